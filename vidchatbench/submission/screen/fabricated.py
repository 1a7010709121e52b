"""Rows that nobody measured: another run's values, with or without noise, and values too round for a computation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Final

import numpy as np
from scipy import stats

from vidchatbench.errors import DataError
from vidchatbench.submission.context import Context
from vidchatbench.submission.finding import Finding, NotChecked, Severity
from vidchatbench.submission.opened import Opened, key_of
from vidchatbench.submission.schema import ITEMS, STATS, ManifestLine
from vidchatbench.submission.screen.flag import flag, share
from vidchatbench.submission.screen.numbers import telling
from vidchatbench.types import Array, NamedArrays

DIGITS: Final = 4
"""Values equal to so many significant digits are one value,"""
EQUAL: Final = 0.05
"""and two systems share at most this part of them by chance."""
EXACT, ELSEWHERE = 9, 0.2
"""Of values that are theirs to so many digits at another question at most this part is so by chance: shares of few
pictures have few values. Between the systems of `mini` no metric has three such questions."""
CORRELATED, RANKED = 0.995, 0.98
"""Values of two systems whose correlation, and correlation of ranks, is greater are one system's, with noise."""
ROUND: Final = 0.9
"""Share of values with at most 4 decimals, where merged runs have nearly none."""
_ROUNDING: Final = 1e-9
FEWEST: Final = 10
"""Of fewer values nothing is said."""
QUESTIONS: Final = 3
"""Answers to fewer questions may be alike by chance: two stills of one portrait have one value."""
_REMEDY: Final = "score the outputs anew and pack that run: vidchatbench eval --pred OUTPUTS, vidchatbench submit RUN"


def fabricated(opened: Opened, context: Context) -> list[Finding | NotChecked]:
    """Values and statistics held against those of all other merged runs on this test set, where the files differ."""
    found: list[Finding | NotChecked] = []
    others = [
        other
        for other in context.others
        if other.results.benchmark.testset_sha256 == opened.results.benchmark.testset_sha256
        and other.submission.run_id != opened.submission.supersedes
    ]
    if not others:
        why = "there is no merged run on this test set (--against submissions/)"
        return [NotChecked(what="rows that are another run's, and values that are too round", why=why)]
    rounded: dict[str, list[float]] = {}
    for other in others:
        theirs = _Theirs(opened, other)
        for id, result in opened.results.metrics.items():
            if id in other.results.metrics and other.results.metrics[id].signature == result.signature:
                rounded.setdefault(id, []).append(_rounded(other, id))
                found += theirs.values(id)
                found += theirs.statistics(id)
    for id, shares in rounded.items():
        own = _rounded(opened, id)
        if own >= ROUND and max(shares) <= 1 - ROUND:
            detail = f"{id}: {own:.0%} of the values have at most {DIGITS} decimals, in merged runs {max(shares):.0%}"
            found.append(flag("rows-round", f"{ITEMS}: {id}", [], detail, _REMEDY))
    return found


class _Theirs:
    """Another run's rows, held against ours: every seed against every seed, for a run may be another in other order."""

    def __init__(self, opened: Opened, other: Opened) -> None:
        self.opened, self.other = opened, other
        same = other.submission.model.id == opened.submission.model.id
        self.severity: Severity = "warning" if same else "error"
        self.whose = f"{other.submission.model.id} (run {other.submission.run_id})"
        self.ours_at, self.theirs_at = _places(opened), _places(other)
        files = {_file(line) for line in other.manifest.values()}
        self.fresh = {key for key, line in opened.manifest.items() if line.sha256 and _file(line) not in files}
        """Our answers that are other files than any of theirs: equal files have equal rows."""

    def values(self, id: str) -> Iterator[Finding]:
        """Single samples' values that are theirs, to some digits or with noise."""
        ours, theirs = telling(self.opened, id), telling(self.other, id)
        by_place: dict[tuple[str, int], dict[int, float]] = {}
        for key, value in theirs.items():
            place, seed = self.theirs_at[key]
            by_place.setdefault(place, {})[seed] = value
        keys = [key for key in ours if key in self.fresh and self.ours_at[key][0] in by_place]
        if len(keys) < FEWEST:
            return
        said = {place: {_digits(value) for value in seeds.values()} for place, seeds in by_place.items()}
        equal = [key for key in keys if _digits(ours[key]) in said[self.ours_at[key][0]]]
        every = Counter(word for words in said.values() for word in words)
        chance = share(sum(every[_digits(ours[key])] for key in keys) - len(equal), len(keys) * max(1, len(said) - 1))
        if self._many(equal) and share(len(equal), len(keys)) > max(EQUAL, 4 * chance):
            detail = (
                f"{id}: {len(equal)} of {len(keys)} values are those of {self.whose} to {DIGITS} digits, of other files"
            )
            yield flag("rows-copied", ITEMS, equal, detail, _REMEDY, self.severity)
            return
        moved = list(self._moved(keys, ours, theirs))
        if self._many(moved) and share(len(moved), len(keys)) > ELSEWHERE:
            detail = (
                f"{id}: {len(moved)} of {len(keys)} values are those of {self.whose} to {EXACT} digits, of other "
                "questions and other files"
            )
            yield flag("rows-copied", ITEMS, moved, detail, _REMEDY, self.severity)
            return
        yield from self._noisy(id, {key: ours[key] for key in keys}, by_place)

    def _moved(self, keys: Sequence[str], ours: Mapping[str, float], theirs: Mapping[str, float]) -> Iterator[str]:
        """Our samples whose value is theirs at one other question: what two of theirs share, a third may share.

        Values of at most 4 decimals are left out: what a meter gives in thousandths meets by chance.
        """
        at: dict[str, set[tuple[str, int]]] = {}
        for key, value in theirs.items():
            at.setdefault(_digits(value, EXACT), set()).add(self.theirs_at[key][0])
        for key in keys:
            places = at.get(_digits(ours[key], EXACT), set())
            if len(places) == 1 and self.ours_at[key][0] not in places and not _coarse(ours[key]):
                yield key

    def _noisy(
        self, id: str, ours: Mapping[str, float], theirs: Mapping[tuple[str, int], Mapping[int, float]]
    ) -> Iterator[Finding]:
        seeds = sorted({seed for at in theirs.values() for seed in at})
        mine = sorted({self.ours_at[key][1] for key in ours})
        for own, seed in product(mine, seeds):
            pairs = [
                (value, theirs[place][seed])
                for key, value in ours.items()
                for place, of in [self.ours_at[key]]
                if of == own and seed in theirs[place]
            ]
            x, y = np.array(pairs).reshape(-1, 2).T
            if len(x) < FEWEST or not (x.std() > 0 and y.std() > 0):
                continue
            by_value, by_rank = float(stats.pearsonr(x, y).statistic), float(stats.spearmanr(x, y).statistic)
            if by_value > CORRELATED and by_rank > RANKED:
                detail = (
                    f"{id}: the values of {len(x)} samples follow those of {self.whose}: correlation {by_value:.4f}, "
                    f"by rank {by_rank:.4f} (limits: {CORRELATED}, {RANKED}), and the answers are other files"
                )
                yield flag("rows-copied", f"{ITEMS}: {id}", [], detail, _REMEDY, self.severity)
                return

    def statistics(self, id: str) -> Iterator[Finding]:
        """Vectors and distributions of the response that are theirs."""
        try:
            ours, theirs = self.opened.rows.rows(id), self.other.rows.rows(id)
        except DataError:  # level 1 has said so
            return
        said: dict[tuple[tuple[str, int], str], set[bytes]] = {}
        for key, row in theirs.items():
            for name, array in _long(row):
                said.setdefault((self.theirs_at[key][0], name), set()).add(array.tobytes())
        for name in sorted({name for _, name in said}):
            held = [(key, a) for key, row in ours.items() if key in self.fresh for n, a in _long(row) if n == name]
            equal = [key for key, a in held if a.tobytes() in said.get((self.ours_at[key][0], name), ())]
            if self._many(equal) and share(len(equal), len(held)) > EQUAL:
                detail = (
                    f"{id}: the {name} of {len(equal)} of {len(held)} samples is that of {self.whose}, of other files"
                )
                yield flag("rows-copied", STATS, equal, detail, _REMEDY, self.severity)

    def _many(self, keys: Sequence[str]) -> bool:
        return len({self.ours_at[key][0] for key in keys}) >= QUESTIONS


def _places(opened: Opened) -> dict[str, tuple[tuple[str, int], int]]:
    """By sample: its item and turn, and its seed."""
    return {str(key_of(record)): (key_of(record).place, record.seed) for record in opened.items}


def _file(line: ManifestLine) -> tuple[str | None, str | None]:
    return line.sha256, line.audio_sha256


def _long(row: NamedArrays) -> Iterator[tuple[str, Array]]:
    """The arrays of the response that cannot be equal by chance: long, and of many values."""
    for name, array in row.items():
        if name == "response" and array.size >= FEWEST and len(np.unique(array)) >= array.size / 2:
            yield name, np.ascontiguousarray(array)


def _digits(value: float, digits: int = DIGITS) -> str:
    return f"{value:.{digits}g}"


def _rounded(opened: Opened, id: str) -> float:
    """Share of the telling values with at most 4 decimals; 0 where there are too few of them."""
    own = telling(opened, id)
    return share(sum(round(value, DIGITS) == value for value in own.values()), len(own)) if len(own) >= FEWEST else 0.0


def _coarse(value: float) -> bool:
    """Whether it has at most 4 decimals, but for the rounding of a difference."""
    return abs(round(value, DIGITS) - value) < _ROUNDING
