"""A test set: a folder with `testset.toml`, `items.jsonl` and, where the media were locked, `media.lock.jsonl`."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, TypeAdapter, ValidationError

from vidchatbench._data import data_dir
from vidchatbench.errors import DataError, UsageError
from vidchatbench.tasks import PROTOCOLS, TASKS
from vidchatbench.testset.jsonl import canonical, explain, read_jsonl
from vidchatbench.testset.lock import LOCK_LINE, Lock, plain
from vidchatbench.testset.timeline import lacks, timed
from vidchatbench.types import Item, Protocol, SampleKey, Task

LEAST_SEEDS: Final = 3
"""Fewer would not tell how much a model's numbers depend on the seed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestSetInfo:
    """`testset.toml`."""

    __pydantic_config__ = {"extra": "forbid"}  # noqa: RUF012 - pydantic reads it from the class
    schema: Literal["vidchatbench.testset/1"]
    id: str
    version: str
    title: str
    tasks: tuple[Task, ...]
    protocol: Protocol
    profile: str
    """The profile that is computed where the command names none."""
    licence: str
    description: str
    media: str
    """`bundled`, or how to get the media."""
    best_candidate: Literal["any", "reference", "paraphrase"] = "any"
    """What the candidate of grade 1.0 is: the real reply's words, other words for it, or either."""
    seeds: Annotated[int, Field(ge=LEAST_SEEDS)] = LEAST_SEEDS
    """Answers to each question that a submission holds, with seeds from 0 on; all are reported."""


@dataclass(frozen=True, kw_only=True)
class TestSet:
    """A loaded test set."""

    __test__ = False  # pytest would take the name for a test class
    root: Path
    info: TestSetInfo
    items: tuple[Item, ...]
    """Sorted by item id."""
    lock: Lock | None

    @cached_property
    def sha256(self) -> str:
        """Digest of the manifest, the locked media and timeline; the order of lines and the place do not matter."""
        digest = hashlib.sha256(canonical(asdict(self.info)))
        for item in self.items:
            turns = [asdict(turn) | dict.fromkeys(lacks(turn)) for turn in item.turns]
            digest.update(canonical(asdict(item) | {"turns": turns}))
        if self.lock:
            for path, line in sorted(self.lock.media.items()):
                digest.update(canonical([path, line.sha256]))
            for _, times in sorted(self.lock.timeline.items()):
                digest.update(canonical(plain(times)))
        return digest.hexdigest()

    @property
    def name(self) -> str:
        """What to type for it: its id where it is built in, else its folder."""
        return self.info.id if available().get(self.info.id) == self.root else str(self.root)

    def file(self, path: str) -> Path:
        """Where a media path of the manifest is on this machine."""
        return self.root / path

    def media(self) -> dict[str, str]:
        """Every media path that the items name, with the first use of it."""
        uses: dict[str, str] = {}
        for item in self.items:
            for what, path in _paths(item):
                uses.setdefault(path, f"{item.item_id} {what}")
        return uses

    def keys(self, seeds: tuple[int, ...] = (0,)) -> list[SampleKey]:
        """Every sample that must be answered, in order."""
        return [
            SampleKey(item_id=item.item_id, turn=turn, seed=seed)
            for item in self.items
            for turn in range(len(item.turns))
            for seed in seeds
        ]


def available() -> dict[str, Path]:
    """The built-in test sets by name."""
    root = data_dir("testsets")
    return {file.parent.name: file.parent for file in sorted(root.glob("*/testset.toml"))}


def load_testset(name: str | Path, *, with_lock: bool = True) -> TestSet:
    """Load a built-in test set by name, or any by its folder; `with_lock=False` as if it had no lock.

    Times that the items leave out come from the lock. Where it lacks them too, the set loads all the same: what needs
    them asks `testset.timeline.need_timeline`.

    Raises:
        UsageError: Where there is no such test set, with those there are.
        DataError: Where its files are not right, with file, line and field.
    """
    root = available().get(str(name), Path(name))
    if not (root / "testset.toml").is_file():
        by_recipe = (data_dir("testsets") / name / "recipe.toml").is_file()
        raise UsageError(
            f"there is no test set {str(name)!r}",
            remedy=f"a recipe of this name makes one: vidchatbench testset build {name} --from PATH"
            if by_recipe
            else f"built-in: {', '.join(available()) or 'none'}; or give the folder that holds a testset.toml",
        )
    info = _info(root / "testset.toml")
    for task in info.tasks:
        _known("task", task, TASKS, root / "testset.toml")
    _known("protocol", info.protocol, PROTOCOLS, root / "testset.toml")
    items = sorted(read_jsonl(root / "items.jsonl", Item), key=lambda item: item.item_id)
    _check(items, root)
    lock_file = root / "media.lock.jsonl"
    lock = Lock.of(read_jsonl(lock_file, LOCK_LINE)) if with_lock and lock_file.is_file() else None
    return TestSet(root=root, info=info, items=tuple(timed(item, lock) for item in items), lock=lock)


def _info(path: Path) -> TestSetInfo:
    try:
        return TypeAdapter(TestSetInfo).validate_python(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise DataError(explain(error), where=path) from error
    except (OSError, ValueError) as error:
        raise DataError(f"cannot be read as TOML: {error}", where=path) from error


def _known(what: str, name: str, known: Iterable[str], where: Path | str) -> None:
    if name not in known:
        raise DataError(f"there is no {what} {name!r}", where=where, remedy=f"{what}s: {', '.join(sorted(known))}")


def _check(items: list[Item], root: Path) -> None:
    where = root / "items.jsonl"
    if not items:
        raise DataError("it has no items", where=where)
    seen: set[str] = set()
    for item in items:
        if item.item_id in seen:
            raise DataError(f"the item id {item.item_id!r} is there twice", where=where)
        seen.add(item.item_id)
        _known("task", item.task, TASKS, f"{where}: {item.item_id}")
        if not item.turns or (len(item.turns) > 1 and not TASKS[item.task].several_turns):
            raise DataError(f"{item.item_id}: a {item.task} item cannot have {len(item.turns)} turns", where=where)
        for what, path in _paths(item):
            if not (root / path).resolve().is_relative_to(root.resolve()):
                raise DataError(f"{item.item_id}: the {what} path {path!r} leads out of the test set", where=where)


def _paths(item: Item) -> Iterator[tuple[str, str]]:
    yield "portrait", item.portrait
    if item.voice is not None:
        yield "voice", item.voice
    for turn in item.turns:
        yield "initiator", turn.initiator
        yield "reference", turn.reference
