"""Which answers are scored again: drawn by a public random number, so that nobody knows before, and anybody can check.

The seed is SHA-256 over the 32 bytes of the manifest's digest and the bytes of the beacon: a random number published
after the submission was. A sample's lot is the SHA-256, in hex, of the text `SEED:SAMPLE`, the seed in hex. Half of
the draw are the lowest lots among the tenth of the answers with the highest anomaly, the rest the lowest lots of all
others.
"""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from scipy import stats

from vidchatbench.errors import UsageError
from vidchatbench.submission.opened import Opened, key_of
from vidchatbench.submission.schema import MANIFEST
from vidchatbench.tasks import TASKS

K: Final = 60
"""Answers to draw: of a submission of which 5 % are falsified, 60 find one in 95 of 100 cases."""
BEST: Final = 0.1
"""Share of the answers with the highest anomaly, of which half of the draw is taken."""
_LEAST_BYTES: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """What was drawn."""

    seed: str
    """64 hex digits."""
    drawn: tuple[str, ...]
    """Samples in order of their lots, those of the best tenth first."""
    best: int
    """How many of them come from the best tenth."""
    of: int
    """Answers that could be drawn."""
    samples: tuple[str, ...]
    """All that is scored again, in the order of the manifest: what was drawn, and other turns of its conversations."""

    lost: tuple[str, ...]
    """Samples without an answer whose rows are formed again: what they count as may rest on the real clips. Their
    lowest lots, as many as answers are drawn at most."""

    def missed(self, share: float) -> tuple[float, float]:
        """The chance to have drawn none of the falsified answers, of which there is this share.

        First where they lie anywhere, (1 - p)^k; then where they avoid the best tenth, which leaves the other draws.
        """
        return (1 - share) ** len(self.drawn), (1 - share) ** (len(self.drawn) - self.best)


def draw(opened: Opened, beacon: str, k: int = K) -> Draw:
    """Draw the answers to score again.

    Raises:
        UsageError: Where the beacon is no hexadecimal number of at least 16 bytes, or `k` is none.
    """
    try:
        public = bytes.fromhex(beacon)
    except ValueError:
        public = b""
    if len(public) < _LEAST_BYTES:
        remedy = "give the randomness of a drand round that was published after the pull request was opened"
        raise UsageError(f"the beacon {beacon[:80]!r} is no hexadecimal number of 16 bytes or more", remedy=remedy)
    if k < 1:
        raise UsageError(f"{k} answers cannot be drawn: at least one is needed")
    seed = hashlib.sha256(bytes.fromhex(opened.submission.files[MANIFEST].sha256) + public).hexdigest()
    there = [key for key, line in opened.manifest.items() if line.file is not None]
    odd = anomaly(opened)
    best = sorted(there, key=lambda key: (-odd[key], key))[: math.ceil(BEST * len(there))]
    first = sorted(best, key=lambda key: _lot(seed, key))[: (k + 1) // 2]
    rest = sorted(set(there) - set(first), key=lambda key: _lot(seed, key))[: k - len(first)]
    drawn = (*first, *rest)
    lost = sorted(opened.manifest.keys() - set(there), key=lambda key: _lot(seed, key))[:k]
    return Draw(
        seed=seed, drawn=drawn, best=len(first), of=len(there), samples=_with_turns(opened, drawn), lost=tuple(lost)
    )


def anomaly(opened: Opened) -> dict[str, float]:
    """How much better than the run's others each answer is: the mean over metrics of the share of answers it beats.

    Ties count half; only metrics with a value a sample, and only samples that a metric could measure, have a say. 0.5
    where none has.
    """
    beaten: dict[str, list[float]] = defaultdict(list)
    for id, result in opened.results.metrics.items():
        valued: dict[str, float] = {}
        for record in opened.items:
            cell = record.metrics.get(id)
            if cell is not None and cell.status == "ok" and cell.value is not None:
                valued[str(key_of(record))] = cell.value if result.direction == "higher" else -cell.value
        if len(valued) > 1:
            ranks = (stats.rankdata(list(valued.values())) - 1) / (len(valued) - 1)
            for key, rank in zip(valued, ranks, strict=True):
                beaten[key].append(float(rank))
    return {key: round(math.fsum(own) / len(own), 9) if (own := beaten.get(key)) else 0.5 for key in opened.manifest}


def _lot(seed: str, key: str) -> str:
    return hashlib.sha256(f"{seed}:{key}".encode()).hexdigest()


def _with_turns(opened: Opened, drawn: tuple[str, ...]) -> tuple[str, ...]:
    """Whole conversations: what a metric says of a turn may rest on the others."""
    task = {str(key_of(record)): record.task for record in opened.items}
    whole = {
        (opened.manifest[key].item_id, opened.manifest[key].seed) for key in drawn if TASKS[task[key]].several_turns
    }
    return tuple(
        key
        for key, line in opened.manifest.items()
        if line.file and (key in drawn or (line.item_id, line.seed) in whole)
    )
