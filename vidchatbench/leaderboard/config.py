"""`leaderboard/boards/<testset>.toml`: what a test set's boards are called and hold. All of it is data."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from vidchatbench._data import data_dir
from vidchatbench.errors import DataError
from vidchatbench.leaderboard.schema import Kind
from vidchatbench.stats.sign_flip import MIN_FLIPPED, MIN_MEAN
from vidchatbench.tasks import PROTOCOLS, TASKS
from vidchatbench.testset.jsonl import explain

_STRICT = {"extra": "forbid", "allow_inf_nan": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class DimensionConfig:
    """A dimension: which metrics its score is the mean of, and the system that is 0 in it."""

    __pydantic_config__ = _STRICT
    id: str
    title: str
    said: str
    """What its numbers mean, in a sentence."""
    floor: str
    """The degenerate system (`org/model`) whose values are the low anchors."""
    members: tuple[str, ...]
    """Those that a task has no use for are left out of its board, and a dimension without any is."""
    floors: Mapping[str, str] = field(default_factory=dict)
    """Another system as the low anchor of a member, where the dimension's own has no trouble with it."""
    in_overall: bool = True
    """Whether the overall score counts it. Where it counts one that has no test, the overall score has none either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedConfig:
    """A row of a paper."""

    __pydantic_config__ = _STRICT
    protocol: str
    title: str
    values: Mapping[str, float]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperConfig:
    """Where reported rows come from."""

    __pydantic_config__ = _STRICT
    source: str
    url: str | None
    note: str
    columns: Mapping[str, Literal["higher", "lower"]]
    rows: tuple[ReportedConfig, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardConfig:
    """All boards of one version of a test set: one for each of its tasks and protocols."""

    __pydantic_config__ = _STRICT
    schema: Literal["vidchatbench.board/1"]
    testset: str
    version: str
    title: str
    demonstration: bool
    note: str
    tasks: tuple[str, ...]
    protocols: tuple[str, ...]
    profile: str
    """The metrics of this profile that make sense for the task and protocol are the columns."""
    n_items: int
    """Of the whole test set, for where it is not at hand and nobody has submitted."""
    seeds: tuple[int, ...]
    """What a ranked run answers: these and no other."""
    least_sources: int = MIN_MEAN
    """Source videos from which on a test says which system is better (docs/compare.md). A demonstration may go below,
    to 7, where the test holds its level for exchangeable systems only, and its board's note must say so."""
    level: int
    """The least level of verification with which a submission is ranked."""
    ranked: tuple[Kind, ...]
    """The kinds of systems that take part in ranks; the others are shown beside."""
    reference: str | None = None
    """The system of real clips, from which the high anchors come."""
    kinds: Mapping[Kind, tuple[str, ...]] = field(default_factory=dict)
    """Which `org/model` is a baseline, an example, a reference; all others are submissions."""
    dimensions: tuple[DimensionConfig, ...]
    paper: PaperConfig | None = None

    def kind(self, model: str) -> Kind:
        """What a system is."""
        return next((kind for kind, members in self.kinds.items() if model in members), "submission")


def part(root: Path, name: str) -> Path:
    """The folder or file `name` of a leaderboard, or the one that ships where it has none of its own."""
    own = root / name
    return own if own.exists() else data_dir("leaderboard") / name


def read_boards(root: Path) -> list[BoardConfig]:
    """All board files, by test set and version.

    Raises:
        DataError: Where one is not right, or two are of one version of a test set.
    """
    found: dict[tuple[str, str], BoardConfig] = {}
    for path in sorted(part(root, "boards").glob("*.toml")):
        config = _read(path)
        if (config.testset, config.version) in found:
            raise DataError(f"another file has {config.testset} {config.version} too", where=path)
        found[config.testset, config.version] = config
    if not found:
        raise DataError("there are no boards (boards/*.toml)", where=root, remedy="--root names a leaderboard's folder")
    return [found[key] for key in sorted(found)]


def _read(path: Path) -> BoardConfig:
    try:
        config = TypeAdapter(BoardConfig).validate_python(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise DataError(explain(error), where=path) from error
    except (OSError, ValueError) as error:
        raise DataError(f"cannot be read as TOML: {error}", where=path) from error
    for what, names, known in (("task", config.tasks, TASKS), ("protocol", config.protocols, PROTOCOLS)):
        for name in names:
            if name not in known:
                raise DataError(f"there is no {what} {name!r}", where=path, remedy=f"{what}s: {', '.join(known)}")
    least = MIN_FLIPPED if config.demonstration else MIN_MEAN
    if config.least_sources < least:
        raise DataError(f"least_sources is {config.least_sources}, must be {least} or more", where=path)
    ids = [one.id for one in config.dimensions]
    members = [id for one in config.dimensions for id in one.members]
    for twice in (ids, members):
        if len(set(twice)) != len(twice):
            raise DataError(f"{max(twice, key=twice.count)} stands twice", where=path)
    return config
