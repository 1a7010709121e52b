"""The recipe of a test set: which clips go together, how good they must be, how many, and what they must cover."""

from __future__ import annotations

import hashlib
import hmac
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from vidchatbench._data import data_dir
from vidchatbench.errors import DataError, UsageError
from vidchatbench.release.mapping import KINDS
from vidchatbench.testset.jsonl import canonical, explain
from vidchatbench.testset.load import LEAST_SEEDS
from vidchatbench.types import Protocol, Task

_STRICT = {"extra": "forbid"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a value may be, ends included."""

    __pydantic_config__ = _STRICT
    least: float | None = None
    most: float | None = None

    def hold(self, value: float) -> bool:
        """Whether it lies inside."""
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)

    def __str__(self) -> str:
        """`0.6 or more`, `3 to 14`."""
        if self.least is not None and self.most is not None:
            return f"{self.least:g} to {self.most:g}"
        return f"{self.least:g} or more" if self.least is not None else f"{self.most:g} or less"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """How the clips of one source video make an item."""

    __pydantic_config__ = _STRICT
    kind: Literal["consecutive", "co_present", "alone"]
    """Two people in turns, one clip after the other; both at one time; or one clip, which is its own question."""
    gap_s: Bounds = Bounds()
    """From the end of a clip to the start of the next; below 0 they overlap."""
    overlap_s: Bounds = Bounds()
    """How long both are there, of co-present clips."""
    turns: tuple[int, int] = (1, 1)
    """Least and greatest number of turns of an item, each of an initiator's and a responder's clip."""
    responder_talks: bool = True
    voice: Literal["needed", "if_there", "none"] = "if_there"
    """Whether the responder's voice must be heard in a clip that is not part of the item."""
    history_s: float = 0.0
    """How far back what was said before the item is told as text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve:
    """The source videos that no model may be trained on; test items come from them alone."""

    __pydantic_config__ = _STRICT
    salt: str
    share: float
    """Of all source videos."""

    def holds(self, video: str) -> bool:
        """Whether a source video belongs to it: by the video's id and the salt alone."""
        digest = hashlib.sha256(f"{self.salt}\0reserve\0{video}".encode()).digest()
        return int.from_bytes(digest[:8]) < int(self.share * 2**64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Strata:
    """The groups that the items are spread over, by the responder's clip."""

    __pydantic_config__ = _STRICT
    length_s: tuple[float, ...] = (5.0, 8.0)
    """Edges between short, middle and long."""
    framing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Words of the annotation by framing; the first with one of its words counts."""
    topic: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Words by topic; the topic with most of them in caption and transcripts counts."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A `recipe.toml`."""

    __pydantic_config__ = _STRICT
    schema: Literal["vidchatbench.recipe/1"]
    id: str
    version: str
    title: str
    description: str
    task: Task
    protocol: Protocol
    profile: str
    licence: str
    seeds: Annotated[int, Field(ge=LEAST_SEEDS)] = LEAST_SEEDS
    """Answers to each question that a submission holds."""
    gaps: tuple[str, ...] = ()
    """Known gaps, for the card."""
    salt: str
    count: int
    private: int = 0
    """How many more items `--hold-back` chooses."""
    reserve: Reserve
    pairing: Pairing
    tier: Literal["any", "sft"] = "any"
    """Whether all clips must be in the list of the high-quality tier, where there is one."""
    bounds: Mapping[str, Bounds] = field(default_factory=dict)
    """What each quantity of all of an item's clips must be."""
    tier_bounds: Mapping[str, Bounds] = field(default_factory=dict)
    """What stands in for the list of the high-quality tier in a release without it."""
    strata: Strata = Strata()

    @property
    def sha256(self) -> str:
        """Digest of everything in it."""
        return hashlib.sha256(canonical(asdict(self))).hexdigest()

    def rank(self, item: str, key: bytes | None = None) -> str:
        """The place of an item among all: the lowest are taken first. With `key`, only who has it can tell."""
        if key is not None:
            return hmac.new(key, f"{self.salt}\0{item}".encode(), hashlib.sha256).hexdigest()
        return hashlib.sha256(f"{self.salt}\0item\0{item}".encode()).hexdigest()


def recipes() -> dict[str, Path]:
    """The built-in recipes by name."""
    return {file.parent.name: file for file in sorted(data_dir("testsets").glob("*/recipe.toml"))}


def load_recipe(name: str | Path, **changes: Any) -> Recipe:
    """A built-in recipe by name, or any by its file; `changes` replace its values, and another count its name, too.

    Raises:
        UsageError: Where there is no such recipe, with those there are.
        DataError: Where the file is not right, with the key concerned.
    """
    path = recipes().get(str(name), Path(name))
    if not path.is_file():
        known = ", ".join(recipes()) or "none"
        raise UsageError(f"there is no recipe {str(name)!r}", remedy=f"built-in: {known}; or give a recipe.toml")
    try:
        said = _read(path)
        count, asked = said.get("count"), changes.get("count")
        said.update({key: value for key, value in changes.items() if value is not None})
        if asked not in (None, count):
            # Never under the recipe's own name: results would be taken for results on it.
            said["id"] = f"{said.get('id')}-count{asked}"
            said["title"] = f"{said.get('title')}, with {asked} items instead of {count}"
            said["description"] = (
                f"With {asked} items instead of {count}, so another test set. {said.get('description')}"
            )
        found = TypeAdapter(Recipe).validate_python(said)
    except ValidationError as error:
        raise DataError(explain(error), where=path) from error
    except (OSError, ValueError) as error:
        raise DataError(f"cannot be read as TOML: {error}", where=path) from error
    unknown = [
        name for name in [*found.bounds, *found.tier_bounds] if name != "duration" and KINDS.get(name) != "number"
    ]
    if unknown:
        raise DataError(f"bounds.{unknown[0]}: there is no such score", where=path)
    if found.count < 1 or found.private < 0 or not 0 < found.reserve.share <= 1:
        raise DataError("count must be at least 1, private at least 0, reserve.share above 0 and at most 1", where=path)
    if not 1 <= found.pairing.turns[0] <= found.pairing.turns[1]:
        raise DataError("pairing.turns: two numbers, the first at least 1 and not above the second", where=path)
    return found


def _read(path: Path) -> dict[str, Any]:
    """A recipe with what it inherits: tables are joined, everything else is replaced."""
    said = tomllib.loads(path.read_text(encoding="utf-8"))
    base = said.pop("base", None)
    if base is None:
        return said
    if base not in recipes() or recipes()[base] == path:
        raise DataError(f"base: there is no recipe {base!r}", where=path)
    return _joined(_read(recipes()[base]), said)


def _joined(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    return base | {
        key: _joined(base[key], value) if isinstance(value, dict) and isinstance(base.get(key), dict) else value
        for key, value in over.items()
    }
