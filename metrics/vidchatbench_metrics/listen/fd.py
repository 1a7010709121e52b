"""`listen.fd` and `listen.pfd`: Frechet distances of listening over the whole set, in windows of one second."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from vidchatbench.errors import Role, Unscored
from vidchatbench.feature import On
from vidchatbench.metric import Card
from vidchatbench.types import Floats, NamedArrays, Sample
from vidchatbench_metrics.listen.signals import signals
from vidchatbench_metrics.listen.windows import DIMENSIONS, windows
from vidchatbench_metrics.perception.dlib_face import NON_COMMERCIAL
from vidchatbench_metrics.perception.faces import Faces
from vidchatbench_metrics.set_distance import FrechetDistance, source_group

_WINDOWS = (
    "The papers take motion coefficients of single frames, one distance a clip, and average over clips: a covariance "
    "of 50 dimensions from some 250 correlated frames. Here: one distance over the whole set. A vector is the mean and "
    "the standard deviation, over one second, of seven signals from 68 landmarks at 25 fps: height of the nose, turn, "
    "tilt, eye aspect ratio, brow raise, mouth opening and smile, each less the clip's median and in people's own "
    "standard deviations within a clip. Seconds of the turn's timeline with fewer than 20 frames seen are left out."
)


def listened(faces: NamedArrays, start_s: float, role: Role) -> dict[int, Floats]:
    """The windows of a face by second.

    Raises:
        Unscored: Where nobody is seen, or not for a whole second; the blame is `role`'s.
    """
    face = signals(faces)
    if not face.seen.any():
        raise Unscored("no_face", f"no frontal face was found in the {role}", role=role)
    found = windows(face, start_s)
    if not found:
        raise Unscored("too_short", f"the face of the {role} is not seen for a whole second", role=role)
    return found


class ListenFD(FrechetDistance):
    """Frechet distance of listening, 0 and more, lower is more like people."""

    dimensions = DIMENSIONS

    card = Card(
        id="listen.fd",
        version=1,
        family="listen",
        title="Listening FD",
        unit="",
        range=(0.0, None),
        direction="lower",
        meaning=(
            "Whether listeners move as much, as quickly and in as many ways as real listeners do over the whole set: "
            "head, eyes, brows and mouth. 0 is the same distribution. It does not know the speaker, so a listener who "
            "answers another one's story is as good: see listen.pfd and listen.sync_z. Compare only values over "
            "equally many items, beside the value of real against real."
        ),
        source="FD of listening heads: Ng et al., Learning to Listen, CVPR 2022 (arXiv:2204.08451).",
        unspecified_by_paper=_WINDOWS,
        responds_to=("a frozen face", "damped or exaggerated movement", "jitter"),
        ignores=("sound", "re-muxing", "place and size of the face", "a constant expression"),
        fail_value=None,
        min_n=2,
        tolerance=0.05,
        tasks=frozenset(("listening",)),
        profiles=frozenset({"bundled"}),
        real="halves",
        licence=NON_COMMERCIAL,
    )

    def needs(self) -> Mapping[str, On]:
        """The faces of both listeners."""
        return {"response": Faces().on("response"), "reference": Faces(subject="box").on("reference")}

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """The windows (k, 14) float32 of the `response` and of the `reference`, and their `group`."""
        reference = listened(inputs["reference"], sample.turn.reference_start_s, "reference")
        response = listened(inputs["response"], sample.start_s, "response")
        return {
            "group": source_group(sample),
            "response": np.array([*response.values()], np.float32),
            "reference": np.array([*reference.values()], np.float32),
        }


class ListenPFD(ListenFD):
    """Frechet distance of speaker and listener taken together, 0 and more, lower is more like people."""

    dimensions = 2 * DIMENSIONS

    card = Card(
        id="listen.pfd",
        version=1,
        family="listen",
        title="Paired listening FD",
        unit="",
        range=(0.0, None),
        direction="lower",
        meaning=(
            "As listen.fd, over pairs: what the speaker and the listener do in the same second. So it also knows how "
            "the one goes with the other, as far as that shows within a second and in straight lines. 0 is the same "
            "distribution. Compare only values over equally many items, beside the value of real against real."
        ),
        source="Paired FD: Ng et al., Learning to Listen, CVPR 2022 (arXiv:2204.08451).",
        unspecified_by_paper=_WINDOWS + " Speaker and listener are paired second by second: 28 dimensions.",
        responds_to=(
            "a frozen face",
            "damped or exaggerated movement",
            "jitter",
            "listeners exchanged between speakers",
        ),
        ignores=("sound", "re-muxing", "place and size of the face", "a constant expression"),
        fail_value=None,
        min_n=2,
        tolerance=0.05,
        tasks=frozenset(("listening",)),
        profiles=frozenset({"bundled"}),
        real="halves",
        licence=NON_COMMERCIAL,
    )

    def needs(self) -> Mapping[str, On]:
        """The faces of both listeners and of the speaker."""
        return {**super().needs(), "initiator": Faces(subject="largest").on("initiator")}

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """The pairs (k, 28) float32 of the `response` and of the `reference`, and their `group`."""
        speaker = listened(inputs["initiator"], 0.0, "initiator")
        starts: dict[Role, float] = {"reference": sample.turn.reference_start_s, "response": sample.start_s}
        pairs: dict[str, np.ndarray] = {}
        for role, start in starts.items():
            heard = listened(inputs[role], start, role)
            both = [np.concatenate([speaker[k], heard[k]]) for k in heard if k in speaker]
            if not both:
                why = f"the {role} and the initiator are not seen in the same second of the turn's timeline"
                raise Unscored("too_short", why, role=role)
            pairs[role] = np.array(both, np.float32)
        return {"group": source_group(sample), **pairs}
