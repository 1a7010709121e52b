"""The contract of a metric: a card, one pure function of an item, one pure function of all rows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from vidchatbench.feature import On
from vidchatbench.tasks import PROTOCOLS, TASKS
from vidchatbench.types import Floats, NamedArrays, Protocol, Quantity, Reason, Sample, Task

ALL_TASKS: frozenset[Task] = frozenset(TASKS)
ALL_PROTOCOLS: frozenset[Protocol] = frozenset(PROTOCOLS)
SPOKEN: frozenset[Task] = frozenset(name for name, task in TASKS.items() if task.speaks)
"""The tasks in which the responder speaks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a metric's number means; printed by `vidchatbench metrics describe`."""

    id: str
    version: int
    family: str
    """The dimension it belongs to: `video`, `identity`, `sync`, `emotion`, `audio`, `turn`, `check`, ..."""
    title: str
    """A few words for a table's head."""
    unit: str
    """`dB`, `s`, `LU`, `%`; empty for a plain number."""
    range: tuple[float | None, float | None]
    """Least and greatest possible value; None where there is no bound."""
    direction: Literal["higher", "lower"]
    """Which way is better."""
    meaning: str
    """What the number says, in a sentence or two, and what it does not say."""
    source: str
    """Paper and equation, or code."""
    unspecified_by_paper: str = ""
    """What the paper that defines the number leaves open, and our choice."""
    responds_to: tuple[str, ...]
    """Changes that must move it."""
    ignores: tuple[str, ...]
    """Changes that must not move it by more than `tolerance`."""
    fail_value: float | None
    """What a failed item counts as in a per-item mean; None for a set metric, which is then `partial`."""
    min_n: int = 1
    """Fewest valid samples for which a value is given."""
    tolerance: float
    """How far the value may differ between machines, in its unit."""
    tasks: frozenset[Task] = ALL_TASKS
    """The tasks for which it makes sense."""
    protocols: frozenset[Protocol] = ALL_PROTOCOLS
    """The protocols for which it makes sense: a number that needs the words to be said has none for a free reply."""
    profiles: frozenset[str] = frozenset()
    """The profiles that it belongs to."""
    real: Literal["same_item", "halves", "none"]
    """How the real clips' own value is formed, as the ceiling: each reference in the response's place, disjoint halves
    of the references against each other, or not at all (a clip against itself says nothing)."""
    compared: Quantity | None = None
    """For a Wasserstein-1 distance to people: what it is a distance of. Rows then hold its values, (k,) each, as
    `response` and `human`, those of one row sharing its weight; the report draws both distributions."""
    submitted: bool = True
    """Whether a submission holds its rows: False where one row takes more than 64 KiB. Then results.json alone carries
    the number, and it is listed as not formed anew. It is a set metric (`fail_value` None, failures left out), and its
    rows hold nothing that stands with the items: no `value`, no tracks, nothing compared."""
    licence: str = ""
    """Limits on the use of the number's ingredients, such as non-commercial weights."""


class Metric(ABC):
    """A metric: small and pure. Instances are cheap and can be pickled."""

    card: ClassVar[Card]

    def params(self) -> Mapping[str, str | int | float | bool]:
        """All that defines the number apart from the features and the card's version."""
        return {}

    @abstractmethod
    def needs(self) -> Mapping[str, On]:
        """The features it reads, by name, each bound to roles: `{"faces": Faces().on("response")}`."""

    @abstractmethod
    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """The statistics of one sample.

        Arrays named `timeline.<track>` (n x 2: start and end of speech in seconds on the turn's timeline) are drawn in
        the report, and so are `words.<track>` (UTF-8 bytes, one word a line) with `words_at.<track>` (n x 2, as above);
        with the real clip in the response's place, what is the response's is drawn as the reference's. `value`, where
        one sample alone can be good or bad, is shown and ranked with the items.

        Raises:
            Unscored: Where the sample has none, with the reason.
        """

    def failed(self, sample: Sample, reason: Reason, inputs: Mapping[str, NamedArrays]) -> NamedArrays | None:
        """The statistics of a sample that failed by the model's fault; `inputs` holds the features that there are.

        None, for a set metric, leaves the sample out and makes the value `partial`.
        """
        return None if self.card.fail_value is None else {"value": np.array(self.card.fail_value)}

    @abstractmethod
    def total(self, rows: Sequence[NamedArrays], weights: Floats) -> float:
        """The value over all rows, where `weights` (n,) are the rows' multiplicities (bootstrap counts, 0 allowed).

        Raises:
            Unscored: Where rows are there, but do not determine a value. Any other exception, and a value that is not
                finite, is a defect of the metric: its cell is empty, and the profile incomplete.
        """

    def totals(self, rows: Sequence[NamedArrays], weights: Floats) -> Floats:
        """`total` for each line of `weights` (B x n). Override where one pass over all lines is quicker."""
        return np.array([self.total(rows, line) for line in weights])

    def beside(self, rows: Sequence[NamedArrays], weights: Floats) -> Mapping[str, float]:
        """Secondary values shown beside the headline, by name."""
        return {}

    def floor(self, rows: Sequence[NamedArrays], rng: np.random.Generator) -> float | None:
        """For `real == "halves"`: the value of real against real, over disjoint halves of the references."""
        return None

    def no_interval(self, n: int) -> str | None:
        """Why an interval over n independent sources would not be valid, or None where it is."""
        return None

    def no_test(self) -> str | None:
        """Why `compare` may offer neither test nor interval of a difference, or None where it may.

        Both rest on what leaving out one source at a time does to `total`. It says how much a mean, a rate or a
        distance scatters, but not a quantile, which jumps from value to value.
        """
        return None

    def influence(self, rows: Sequence[NamedArrays]) -> Floats | None:
        """How much each row moves `total`, (n,), where the interval comes from that; None where it is a bootstrap's.

        `total` is about its own expectation plus the mean of the influences. Asked only where `no_interval` has nothing
        against it; the influences of one source video are added up.
        """
        return None

    def signature(self) -> str:
        """All that defines the number, in one line: `video.psnr|v1|cap:100|pair=...`."""
        parts = [self.card.id, f"v{self.card.version}"]
        parts += [f"{name}:{value}" for name, value in sorted(self.params().items())]
        parts += [f"{name}={'+'.join(on.names)}:{on.feature.signature()}" for name, on in sorted(self.needs().items())]
        return "|".join(parts)


class MeanMetric(Metric):
    """A metric whose total is the weighted mean of the rows' `value`, failed items at the declared worst value."""

    def total(self, rows: Sequence[NamedArrays], weights: Floats) -> float:
        """Weighted mean of `value`."""
        return float(self.totals(rows, weights[None, :])[0])

    def totals(self, rows: Sequence[NamedArrays], weights: Floats) -> Floats:
        """All weighted means in one product; compensated so that equal rows give exactly their value."""
        values = np.array([float(row["value"]) for row in rows])
        centre = float(values[0])
        return np.asarray(centre + weights @ (values - centre) / weights.sum(axis=1))
