"""`listen.sync_z`: whether listeners move with the speaker as much as people do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vidchatbench.errors import Role, Unscored
from vidchatbench.feature import On
from vidchatbench.metric import Card, Metric
from vidchatbench.stats import split_halves
from vidchatbench.types import Array, Floats, NamedArrays, Sample
from vidchatbench_metrics.listen.signals import HEIGHT, SMILE, signals
from vidchatbench_metrics.listen.synchrony import PSEUDO_DYADS, RATE, WINDOW, synchrony, z_score
from vidchatbench_metrics.listen.windows import departures
from vidchatbench_metrics.perception.dlib_face import NON_COMMERCIAL
from vidchatbench_metrics.perception.face_view import FPS
from vidchatbench_metrics.perception.faces import Faces
from vidchatbench_metrics.set_distance import source_group

_SPLITS = 50
_PER_STEP = round(FPS / RATE)


class SyncZ(Metric):
    """Difference of the mean synchrony of responses and references, 0 and more, lower is more like people.

    An instance keeps the z-scores of the rows that it saw last: value, interval and floor stand on the same ones.
    """

    card = Card(
        id="listen.sync_z",
        version=1,
        family="listen",
        title="Synchrony",
        unit="SD",
        range=(0.0, None),
        direction="lower",
        meaning=(
            "Whether listeners move with the speaker as much as real listeners do: the difference of `z`, the "
            "responses' synchrony, and `human`, the references', whichever its sign. z is counted in standard "
            "deviations of pseudo-dyads, people of different items put together: 0 is chance, and one pair above 2 is "
            "unlikely to be chance. Mirroring the speaker is as wrong as ignoring them."
        ),
        source=(
            "Windowed lagged cross-correlation: Boker et al., Psychological Methods 2002; pseudo-interactions: "
            "Bernieri, Reznick and Rosenthal, J. Personality and Social Psychology 1988."
        ),
        unspecified_by_paper=(
            "Courses: height of the nose, smile, and the sum of all signals' absolute changes, at 12.5 steps a second; "
            "windows of 4 s every 2 s, lags within 2 s, the greatest absolute correlation as Fisher's z, mean. 50 "
            "items of other source videos are drawn with a fixed seed for each item, and with fewer there is no value: "
            "the listener with their speakers, and the speaker with their listeners; of the two scores the one nearer "
            "to 0 counts, so that nobody stands out who correlates with everybody. Unrelated pairs then have a "
            "standard deviation of 0.7, and 98 % to 100 % of them lie within 2. Clips in which both are there for less "
            "than 4 s are not measured. Raw correlations say nothing: two unrelated smooth series reach 0.35 at some "
            "lag."
        ),
        responds_to=(
            "a listener who mirrors the speaker",
            "listeners exchanged between speakers, where people do sync",
        ),
        ignores=("sound", "re-muxing", "place and size of the face", "delay up to 2 s"),
        fail_value=None,
        tolerance=0.05,
        tasks=frozenset(("listening",)),
        real="halves",
        licence=NON_COMMERCIAL,
    )

    _last: tuple[Sequence[NamedArrays], Floats, Floats] | None = None

    def params(self) -> Mapping[str, str | int | float | bool]:
        """How many pseudo-dyads."""
        return {"pseudo_dyads": PSEUDO_DYADS}

    def needs(self) -> Mapping[str, On]:
        """The faces of both listeners and of the speaker."""
        return {
            "response": Faces().on("response"),
            "reference": Faces(subject="box").on("reference"),
            "initiator": Faces(subject="largest").on("initiator"),
        }

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """`response`, `reference` (n, 3) and what the speaker did meanwhile, and the speaker's whole course."""
        speaker = _courses(inputs["initiator"], "initiator")
        stats: dict[str, Array] = {"group": source_group(sample), "speaker": speaker.astype(np.float32)}
        starts: dict[Role, float] = {"reference": sample.turn.reference_start_s, "response": sample.start_s}
        for role, start_s in starts.items():
            first = round(start_s * RATE)
            listener = _courses(inputs[role], role)[max(-first, 0) :]
            meanwhile = speaker[max(first, 0) :][: len(listener)]
            if len(meanwhile) < WINDOW:
                seconds = len(meanwhile) / RATE
                why = f"the {role} and the initiator are there together for {seconds:.1f} s: at least 4 s are needed"
                raise Unscored("too_short", why, role=role)
            stats[role] = listener[: len(meanwhile)].astype(np.float32)
            stats[f"{role}.speaker"] = meanwhile.astype(np.float32)
        return stats

    def total(self, rows: Sequence[NamedArrays], weights: Floats) -> float:
        """The difference of the two means.

        Raises:
            Unscored: Where there are fewer than 50 speakers of other source videos.
        """
        return float(self.totals(rows, weights[None, :])[0])

    def totals(self, rows: Sequence[NamedArrays], weights: Floats) -> Floats:
        """The differences of all lines."""
        response, reference = self._scores(rows)
        return np.asarray(np.abs(weights @ (response - reference)) / weights.sum(axis=1))

    def beside(self, rows: Sequence[NamedArrays], weights: Floats) -> Mapping[str, float]:
        """The mean z-scores of responses and of references."""
        response, reference = self._scores(rows)
        return {"z": float(weights @ response / weights.sum()), "human": float(weights @ reference / weights.sum())}

    def floor(self, rows: Sequence[NamedArrays], rng: np.random.Generator) -> float | None:
        """The difference between disjoint halves of the references, averaged over 50 splits."""
        _, reference = self._scores(rows)
        halves = [[reference[half].mean() for half in split_halves(len(rows), rng)] for _ in range(_SPLITS)]
        one, other = np.array(halves).T
        return float(np.abs(one - other).mean())

    def _scores(self, rows: Sequence[NamedArrays]) -> tuple[Floats, Floats]:
        """Each row's z-score, of the response and of the reference."""
        seen, *scores = self._last or ((),)
        if not scores or len(seen) != len(rows) or any(a is not b for a, b in zip(seen, rows, strict=True)):
            groups = np.array([int(row["group"]) for row in rows])
            found = np.array([_row_scores(rows, groups, k) for k in range(len(rows))])
            scores = [found[:, 0], found[:, 1]]
            self._last = (tuple(rows), scores[0], scores[1])
        return scores[0], scores[1]


def _row_scores(rows: Sequence[NamedArrays], groups: Array, k: int) -> list[float]:
    others = np.flatnonzero(groups != groups[k])
    if len(others) < PSEUDO_DYADS:
        why = f"{len(others)} speaker(s) of other source videos: at least {PSEUDO_DYADS} are needed for pseudo-dyads"
        raise Unscored("too_short", why, role="initiator")
    chosen = np.random.RandomState(k).permutation(others)[:PSEUDO_DYADS].tolist()
    scores = []
    for role in ("response", "reference"):
        listener, speaker = (rows[k][name].astype(np.float64) for name in (role, f"{role}.speaker"))
        speakers = [synchrony(listener, rows[j]["speaker"].astype(np.float64)) for j in chosen]
        listeners = [synchrony(rows[j][role].astype(np.float64), speaker) for j in chosen]
        scores.append(z_score(synchrony(listener, speaker), np.array(speakers), np.array(listeners)))
    return scores


def _courses(faces: NamedArrays, role: Role) -> Floats:
    """Height, smile and amount of change at 12.5 steps a second: (n, 3)."""
    face = signals(faces)
    if not face.seen.any():
        raise Unscored("no_face", f"no frontal face was found in the {role}", role=role)
    course = departures(face)
    change = np.abs(np.diff(course, axis=0, prepend=course[:1])).sum(axis=1)
    three = np.stack([course[:, HEIGHT], course[:, SMILE], change], axis=1)
    n = len(three) // _PER_STEP
    return np.asarray(three[: n * _PER_STEP].reshape(n, _PER_STEP, 3).mean(axis=1))
