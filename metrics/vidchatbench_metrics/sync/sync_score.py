"""What the three numbers of SyncNet have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence

import numpy as np

from vidchatbench.errors import Role, Unscored
from vidchatbench.feature import On
from vidchatbench.metric import MeanMetric
from vidchatbench.types import Floats, NamedArrays, Sample
from vidchatbench_metrics.perception.subject import subject_track
from vidchatbench_metrics.sync.loudness import QUIET, QUIET_DB
from vidchatbench_metrics.sync.sync_distance import VSHIFT
from vidchatbench_metrics.sync.syncnet import SyncNetScores
from vidchatbench_metrics.valid_mean import valid_means

LEAST_WINDOWS = 2 * VSHIFT + 1
"""With fewer, some shift would compare most windows with the zeros beyond the sound's ends."""
LEAST_FRESH = 0.5
"""Below it a picture stays for more than two frames on the mean: a window of five shows two."""
_MIN_TRACK = 100
"""Frames that the reference code wants more of."""

SOURCE = (
    "Chung and Zisserman, Out of time: automated lip sync in the wild, ACCV-W 2016; joonson/syncnet_python "
    "(SyncNetInstance.evaluate); as LSE-C and LSE-D in Prajwal et al., A lip sync expert is all you need, ACM MM 2020 "
    "(arXiv:2008.10010)."
)
S3FD = "S3FD at a quarter of the clip's size, threshold 0.9, boxes as they are"
PIPELINE = (
    "Which faces and tracks: published codes average over all tracks, or take the best confidence and the best "
    f"distance of different ones. Here: the one track of the turn's subject at 25 frames per second ({S3FD}). The "
    "reference code leaves out tracks of up to 100 frames and faces of up to 100 pixels without a word; here all count "
    "from 31 windows (36 frames, 1.44 s) on, and `short` is the share of those that it would leave out for their "
    "length. Cuts are not searched for. Crops go to the network as they are decoded: the reference code's MPEG-4 and "
    "JPEG files around them are left out, which on 16 clips, with random weights, moved distance and confidence by 1.3 "
    "and 1.4 % at the median and 3 % at most (docs/sync.md). "
)
LICENCE = "SyncNet's and S3FD's weights: for research (CC BY, robots.ox.ac.uk/~vgg)"


class SyncScore(MeanMetric):
    """Mean over the items of a number of the subject's track.

    An item whose real reply shows no face of the subject, is silent, too short or of a low frame rate cannot be judged,
    and is left out for everybody.
    """

    def params(self) -> Mapping[str, str | int | float | bool]:
        """What can be scored, and how tracks become one number."""
        return {"least_windows": LEAST_WINDOWS, "least_fresh": LEAST_FRESH, "quiet_db": QUIET_DB, "tracks": "subject"}

    def feature(self) -> SyncNetScores:
        """What scores a clip."""
        return SyncNetScores()

    def needs(self) -> Mapping[str, On]:
        """The scores of the response; those of the reference, and its faces, to know whether the item can be judged."""
        feature = self.feature()
        return {
            "scores": feature.on("response"),
            "reference": feature.on("reference"),
            "faces": feature.tracks.on("reference"),
        }

    @abstractmethod
    def number(self, scores: NamedArrays) -> float:
        """The metric's own number of the scores of a clip that can be scored."""

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """`value`; `seen`, `fresh` and `side` as in `SyncNetScores`; `short`: whether the reference code wants more."""
        if subject_track(inputs["faces"], sample.turn.subject_box, "box") < 0:
            raise Unscored("no_face", "no face of the subject was found in the reference", role="reference")
        _check(inputs["reference"], "reference")
        scores = inputs["scores"]
        _check(scores, "response")
        first, end = scores["ticks"]
        return {
            "value": np.array(self.number(scores)),
            "seen": scores["seen"],
            "fresh": scores["fresh"],
            "side": scores["side"],
            "short": np.array(float(end - first <= _MIN_TRACK)),
        }

    def beside(self, rows: Sequence[NamedArrays], weights: Floats) -> Mapping[str, float]:
        """Means over the scored items."""
        return valid_means(rows, weights, seen="seen", fresh="fresh", side="side", short="short")


def _check(scores: NamedArrays, role: Role) -> None:
    first, end = (int(tick) for tick in scores["ticks"])
    windows, fresh = int(scores["windows"]), float(scores["fresh"])
    if end == first:
        raise Unscored("no_face", f"no face was found in the {role}", role=role)
    if windows < LEAST_WINDOWS:
        raise Unscored(
            "too_short",
            f"the {role} has {windows} windows of face and sound in {(end - first) / 25:.2f} s of a track: "
            f"{LEAST_WINDOWS} are needed",
            role=role,
        )
    if fresh < LEAST_FRESH:
        raise Unscored(
            "low_fps",
            f"{fresh * 25:.1f} new pictures a second in the {role}: {LEAST_FRESH * 25:g} are needed to see lips move",
            role=role,
        )
    if scores["level"] < QUIET:
        raise Unscored("no_speech", f"the {role}'s sound stays below {QUIET_DB} dB of full scale", role=role)
