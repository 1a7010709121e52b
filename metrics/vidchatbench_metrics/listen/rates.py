"""`listen.nod_rate`, `listen.blink_rate`, `listen.smile_rate`: whether a listener does as much of each as people do."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence

import numpy as np

from vidchatbench.errors import Role, Unscored
from vidchatbench.feature import On
from vidchatbench.metric import Card, Metric
from vidchatbench.stats import split_halves
from vidchatbench.types import Array, Floats, NamedArrays, Sample
from vidchatbench_metrics.listen.events import BLINK, NOD, SMILE_UP, blinks, nods, smiles
from vidchatbench_metrics.listen.signals import Signals, signals
from vidchatbench_metrics.perception.dlib_face import NON_COMMERCIAL
from vidchatbench_metrics.perception.face_view import FPS
from vidchatbench_metrics.perception.faces import Faces

LEAST_FPS = 14.9
"""15, and what the ends of a short clip round off."""
LEAST_S = 2.0
_SPLITS = 50

_MEANING = (
    " It is the difference, whichever its sign, between the model's rate and the real listeners' over the whole set: "
    "too many are as wrong as too few, and 0 is as many as people have. `rate` and `human` are the two rates. It does "
    "not ask when they come. The set needs minutes of listening: after k events a rate is known to about 1 / sqrt(k) "
    "of itself."
)
_COUNTED = (
    " Counted where the face is seen while the initiator speaks (from 0 to `initiator_speech_end_s` on the turn's "
    "timeline), from 68 landmarks at 25 fps, gaps up to 0.2 s bridged; a video with fewer than 15 pictures a second "
    "is not counted (low_fps; one that is stored at a quicker rate passes, see video.held), nor less than 2 s of face."
)


def _card(
    *,
    id: str,
    title: str,
    meaning: str,
    source: str,
    counted: str,
    responds_to: tuple[str, ...],
    ignores: tuple[str, ...],
) -> Card:
    return Card(
        id=id,
        version=1,
        family="listen",
        title=title,
        unit="/min",
        range=(0.0, None),
        direction="lower",
        meaning=meaning + _MEANING,
        source=source,
        unspecified_by_paper=counted + _COUNTED,
        responds_to=(*responds_to, "a frozen face"),
        ignores=("sound", "re-muxing", "place and size of the face", *ignores),
        fail_value=None,
        tolerance=0.5,
        tasks=frozenset(("listening",)),
        profiles=frozenset({"bundled"}),
        real="halves",
        licence=NON_COMMERCIAL,
    )


class EventRate(Metric):
    """The difference between the rates of an event in the responses and in the references, per minute."""

    @abstractmethod
    def events(self, face: Signals) -> Array:
        """The events, (k, 2) frames."""

    def needs(self) -> Mapping[str, On]:
        """The faces of both listeners."""
        return {"response": Faces().on("response"), "reference": Faces(subject="box").on("reference")}

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """`response` and `reference`, (2,) each: how many events in how many minutes."""
        starts: dict[Role, float] = {"reference": sample.turn.reference_start_s, "response": sample.start_s}
        return {role: self._count(inputs[role], start, sample, role) for role, start in starts.items()}

    def _count(self, faces: NamedArrays, start_s: float, sample: Sample, role: Role) -> Floats:
        face = signals(faces)
        if not face.seen.any():
            raise Unscored("no_face", f"no frontal face was found in the {role}", role=role)
        if face.fps < LEAST_FPS:
            why = f"{face.fps:.1f} new pictures of the face a second: at least 15 are needed to see a nod or a blink"
            raise Unscored("low_fps", why, role=role)
        times = start_s + np.arange(len(face.seen)) / FPS
        heard = (times >= 0) & (times < sample.turn.initiator_speech_end_s)
        seconds = float((face.seen & heard).sum()) / FPS
        if seconds < LEAST_S:
            why = f"{seconds:.2f} s of the face of the {role} while the initiator speaks: at least 2 s are needed"
            raise Unscored("too_short", why, role=role)
        return np.array([heard[self.events(face)[:, 0]].sum(), seconds / 60])

    def total(self, rows: Sequence[NamedArrays], weights: Floats) -> float:
        """The difference of the two pooled rates."""
        return float(self.totals(rows, weights[None, :])[0])

    def totals(self, rows: Sequence[NamedArrays], weights: Floats) -> Floats:
        """The differences of all lines."""
        return np.abs(self._rate(rows, weights, "response") - self._rate(rows, weights, "reference"))

    def beside(self, rows: Sequence[NamedArrays], weights: Floats) -> Mapping[str, float]:
        """The two rates, per minute."""
        lines = weights[None, :]
        return {
            name: float(self._rate(rows, lines, role)[0])
            for name, role in (("rate", "response"), ("human", "reference"))
        }

    def floor(self, rows: Sequence[NamedArrays], rng: np.random.Generator) -> float | None:
        """The difference between disjoint halves of the references, averaged over 50 splits."""
        if len(rows) < 2:
            return None
        lines = np.zeros((2, _SPLITS, len(rows)))
        for k in range(_SPLITS):
            for side, half in enumerate(split_halves(len(rows), rng)):
                lines[side, k, half] = 1
        one, other = (self._rate(rows, side, "reference") for side in lines)
        return float(np.abs(one - other).mean())

    def _rate(self, rows: Sequence[NamedArrays], weights: Floats, role: str) -> Floats:
        counts = weights @ np.array([row[role] for row in rows])
        return np.asarray(counts[:, 0] / counts[:, 1])


class NodRate(EventRate):
    """Nods."""

    card = _card(
        id="listen.nod_rate",
        title="Nods",
        meaning="Whether a listener nods as often as people do.",
        source="Hadar, Steiner and Rose, Head movement during listening turns, J. Nonverbal Behavior 1985.",
        counted=(
            "A nod is a dip of the nose that stands out by 6 % of the distance of the outer eye corners or more from "
            "both sides within 1.6 s (its prominence), and lasts 0.08 to 0.7 s at half of that depth; each dip of "
            "repeated nodding counts, slower movements do not."
        ),
        responds_to=("nods left out", "nods put in"),
        ignores=("slow movement of the head", "blinks and smiles"),
    )

    def params(self) -> Mapping[str, str | int | float | bool]:
        """Thresholds."""
        return NOD

    def events(self, face: Signals) -> Array:
        """Nods."""
        return nods(face)


class BlinkRate(EventRate):
    """Blinks."""

    card = _card(
        id="listen.blink_rate",
        title="Blinks",
        meaning="Whether a listener blinks as often as people do.",
        source="Eye aspect ratio: Soukupova and Cech, Real-time eye blink detection using facial landmarks, CVWW 2016.",
        counted=(
            "A blink is a loss of 35 % or more of the eyes' aspect ratio against the clip's upper quartile, since open "
            "eyes differ from person to person, for 0.04 to 0.5 s, and over when 75 % are back."
        ),
        responds_to=("blinks left out", "blinks put in"),
        ignores=("narrow eyes", "nods and smiles"),
    )

    def params(self) -> Mapping[str, str | int | float | bool]:
        """Thresholds."""
        return BLINK

    def events(self, face: Signals) -> Array:
        """Blinks."""
        return blinks(face)


class SmileRate(EventRate):
    """Smiles."""

    card = _card(
        id="listen.smile_rate",
        title="Smiles",
        meaning="Whether smiles come to a listener's face as often as to people's.",
        source="Corner lift and mouth width from landmarks: VidChatBench.",
        counted=(
            "A smile is a rise of the mean of mouth width and both corners' lift, on a face brought to a frontal "
            "template, by 2 of people's standard deviations or more above the clip's 20 % quantile, for 0.4 s or more, "
            "and over when it is back to 1. A smile that lasts all along does not come, and is not counted: see "
            "emotion.landmark_fd."
        ),
        responds_to=("smiles left out", "smiles put in"),
        ignores=("nods and blinks",),
    )

    def params(self) -> Mapping[str, str | int | float | bool]:
        """Thresholds."""
        return SMILE_UP

    def events(self, face: Signals) -> Array:
        """Smiles."""
        return smiles(face)
