"""`results.json` and a line of `items.jsonl.gz`: what a run leaves, as types. Pydantic validates them on the way in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from vidchatbench.types import Quantity, Task

SCHEMA: Final = "vidchatbench.results/1"
_STRICT = {"extra": "forbid", "allow_inf_nan": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricResult:
    """One metric's number with everything that is needed to quote it."""

    __pydantic_config__ = _STRICT
    value: float | None
    """The headline; null with a `reason` where there is none. Failed items count at the declared worst value."""
    n: int
    """Samples that the value rests on: valid ones, and failed ones at the declared worst value."""
    ci95: tuple[float, float] | None
    """95 % interval, by source video; null with `ci_reason` where it would not be valid."""
    signature: str
    """All that defines the number. Values with different signatures are not comparable."""
    unit: str
    direction: Literal["higher", "lower"]
    reason: str | None
    """Why there is no value, or why it is `partial`."""
    remedy: str | None
    """What to do or type, where something can be done."""
    version: int
    family: str
    title: str
    meaning: str
    source: str
    licence: str
    """Limits on the use of the number's ingredients."""
    fail_value: float | None
    """What a failed sample counts as."""
    range: tuple[float | None, float | None]
    expected: int
    """Samples of the test set to which the metric applies, excluded ones not counted."""
    excluded: int
    """Samples left out because of the test set's own files; never charged to the model."""
    failed: int
    by_reason: Mapping[str, int]
    """Failed and excluded samples by reason."""
    valid_fraction: float | None
    """Valid samples / expected."""
    value_valid_only: float | None
    """The value over valid samples alone, beside the headline."""
    partial: bool
    """A set metric over less than all expected samples: shown, never ranked."""
    beside: Mapping[str, float]
    """Secondary values, by name."""
    se: float | None
    ci_method: str | None
    ci_reason: str | None
    n_resamples: int
    n_clusters: int
    real: float | None
    """The real clips' own value: the ceiling (`same_item`) or the noise floor (`halves`)."""
    real_kind: Literal["same_item", "halves", "none"]
    computation: Mapping[str, str]
    """How the number's features were computed; may differ between comparable results."""
    defects: tuple[str, ...] = ()
    """What failed inside the metric while its total was formed, and so stands empty; the profile is incomplete."""
    compared: Quantity | None = None
    """What the number is a distance of, where it is one between the model's and people's distributions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How many of the samples that must exist could be used."""

    __pydantic_config__ = _STRICT
    expected: int
    ok: int
    failed: int
    by_reason: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """What was measured against."""

    __pydantic_config__ = _STRICT
    name: str
    testset: str
    version: str
    testset_sha256: str
    """Digest of the manifest and lock, of the whole test set also where items were left out because of their media;
    results with different ones are not comparable."""
    protocol: str
    profile: str
    n_items: int
    """Items that were scored."""
    n_samples: int
    n_seeds: int
    limited: bool
    """Whether `--limit` cut the test set: a rehearsal, not a result."""
    items_total: int | None = None
    """Items of the whole test set; None in results of versions that did not say."""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Items that were not scored (`--allow-missing-media`), each with the file that is not right, and how."""
    reencoded: tuple[str, ...] = ()
    """Files of the test set that were scored on as copies: the locked content in another encoding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Harness:
    """What measured."""

    __pydantic_config__ = _STRICT
    name: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Whose outputs these are."""

    __pydantic_config__ = _STRICT
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """`results.json`: byte-identical for identical inputs, signatures and computation."""

    __pydantic_config__ = _STRICT
    schema: Literal["vidchatbench.results/1"] = SCHEMA
    benchmark: Benchmark
    harness: Harness
    model: Model
    coverage: Coverage
    complete: bool
    """Whether every metric of the profile has a value that rests on all expected samples of the whole test set."""
    metrics: Mapping[str, MetricResult]
    families: Mapping[str, str] = field(default_factory=dict)
    """What each family's numbers mean, in a sentence, for families that have one."""
    ranked: bool = True
    """Whether it may be ranked among others: every item was scored, and on the very media of the lock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One metric on one sample."""

    __pydantic_config__ = _STRICT
    value: float | None
    status: Literal["ok", "failed", "excluded", "not_applicable", "not_ready"]
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputInfo:
    """The answer's file as it was found."""

    __pydantic_config__ = _STRICT
    file: str
    sha256: str
    start_s: float
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    video_duration_s: float | None = None
    audio_rate: int | None = None
    audio_channels: int | None = None
    audio_duration_s: float | None = None
    transcript: str | None = None
    """As it came with the outputs; never scored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One sample's values of what a metric compares, as `MetricResult.compared` says."""

    __pydantic_config__ = _STRICT
    response: tuple[float, ...]
    """The model's; for a failed sample, what it counts as."""
    human: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRecord:
    """One line of `items.jsonl.gz`: one answer, all its metrics."""

    __pydantic_config__ = _STRICT
    item_id: str
    turn: int
    seed: int
    task: Task
    source_video: str
    slices: Mapping[str, str]
    status: Literal["ok", "failed"]
    reason: str | None
    remedy: str | None = None
    output: OutputInfo | None
    metrics: Mapping[str, Cell]
    timelines: Mapping[str, tuple[tuple[float, float], ...]] = field(default_factory=dict)
    """Speech of `initiator`, `response` and `reference`: starts and ends in seconds on the turn's timeline."""
    initiator_speech_end_s: float | None = None
    """When the initiator's last speech ends, from the test set; drawn on the item's timeline."""
    words: Mapping[str, tuple[tuple[float, float, str], ...]] = field(default_factory=dict)
    """What is heard of `response` and `reference`: start, end (as in `timelines`) and each word; empty where a
    recogniser heard none, and no entry where none listened."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """What `initiator` and `reference` say by the test set's own word, without times."""
    compared: Mapping[str, Compared] = field(default_factory=dict)
    """By metric, for those that compare distributions."""
