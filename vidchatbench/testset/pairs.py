"""Pairs of clips in somebody's own folder: which file asks and which answers, by name or by order."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from vidchatbench.errors import UsageError
from vidchatbench.testset.outputs import AUDIO_SUFFIXES, VIDEO_SUFFIXES

_PICTURES = (".png", ".jpg", ".jpeg", ".webp")
WORDS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "initiator": (("initiator", "user", "speaker", "question"), VIDEO_SUFFIXES),
    "responder": (("responder", "agent", "assistant", "listener", "answer", "reply", "response"), VIDEO_SUFFIXES),
    "portrait": (("portrait",), _PICTURES),
    "voice": (("voice",), AUDIO_SUFFIXES),
}
"""By role: the words that say it, as a part of a file's name or of a folder's (`a_user.mp4`, `agent/a.mp4`), and what
kinds of file can play it."""
_BETWEEN = re.compile(r"[._\- ]+")
_NUMBERED = re.compile(r"(?P<name>.*?)[._\- ]*(?P<last>\d+|[abAB])$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two clips that belong together, with what was found beside them: paths on this machine."""

    name: str
    """Id of the item: letters, digits, `_` and `-`."""
    source: str
    """The folder in which the pair stands; the pair's own name where that is the whole folder."""
    initiator: Path
    responder: Path
    by: Literal["name", "order"]
    """How it was told which is which."""
    portrait: Path | None = None
    voice: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """What a folder holds."""

    found: tuple[Pair, ...]
    """Sorted by name."""
    left_out: Mapping[str, str]
    """Why, by file or folder: every video that is in no pair."""


def find_pairs(folder: Path, *, besides: Path | None = None) -> Pairs:
    """The pairs of a folder and of those in it. Nothing is opened.

    Hidden files, `besides` and folders that are test sets are not looked at.

    Raises:
        UsageError: Where there is no such folder.
    """
    if not folder.is_dir():
        raise UsageError("there is no such folder", where=folder)
    skip = {path.parent.resolve() for path in folder.rglob("testset.toml")} | (
        {besides.resolve()} if besides else set()
    )
    groups: dict[Path, dict[str, list[Path]]] = defaultdict(lambda: defaultdict(list))
    unnamed: dict[Path, list[Path]] = defaultdict(list)
    for path in sorted(folder.rglob("*")):
        file = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in file.parts)
        if hidden or not path.is_file() or not skip.isdisjoint(path.resolve().parents):
            continue
        role, key = _by_name(file)
        if role:
            groups[key][role].append(file)
        elif file.suffix.lower() in VIDEO_SUFFIXES:
            unnamed[file.parent].append(file)
    ordered, left_out = _by_order(unnamed)
    pairs = []
    for key in sorted({*groups, *ordered}):
        roles = groups.get(key, {})
        both = ordered.get(key)
        if both and not {"initiator", "responder"} & set(roles):
            roles = {**roles, "initiator": both[:1], "responder": both[1:]}
        elif both:
            left_out |= {str(file): "its name does not say what it is, beside files whose names do" for file in both}
        why = _wrong(roles)
        if why:
            left_out |= {str(file): why for files in roles.values() for file in files}
        else:
            here = {role: folder / files[0] for role, files in roles.items()}
            own = _item_name(str(key) if key.parts else folder.resolve().name)
            parent = "/".join(_without_words(part) for part in roles["initiator"][0].parent.parts)
            source = "/".join(part for part in parent.split("/") if part) or own
            by: Literal["name", "order"] = "order" if both and roles["initiator"] == both[:1] else "name"
            pairs.append(Pair(name=own, source=source, by=by, **here))
    return _distinct(pairs, folder, left_out)


def _by_name(file: Path) -> tuple[str, Path]:
    """The role that a word in the name says, or in a folder's, and the path without that word; or no role."""
    parts = [*file.parent.parts, file.stem]
    for k in range(len(parts) - 1, -1, -1):
        for word in reversed(_BETWEEN.split(parts[k])):
            for role, (words, suffixes) in WORDS.items():
                if word.lower() in words and file.suffix.lower() in suffixes:
                    rest = [*parts[:k], _without(parts[k], word), *parts[k + 1 :]]
                    return role, Path(*(part for part in rest if part))
    return "", file


def _without(part: str, word: str) -> str:
    return "-".join(one for one in _BETWEEN.split(part) if one and one != word)


def _without_words(part: str) -> str:
    every = {word for words, _ in WORDS.values() for word in words}
    return "-".join(one for one in _BETWEEN.split(part) if one and one.lower() not in every)


def _by_order(unnamed: Mapping[Path, Sequence[Path]]) -> tuple[dict[Path, list[Path]], dict[str, str]]:
    """Twos of a folder: the only two, or those whose names differ in a last number or letter alone."""
    ordered: dict[Path, list[Path]] = {}
    left_out: dict[str, str] = {}
    for parent, files in unnamed.items():
        alike: dict[str, list[Path]] = defaultdict(list)
        for file in files:
            numbered = _NUMBERED.fullmatch(file.stem)
            alike[numbered["name"] if numbered else file.stem].append(file)
        if len(files) == 2:
            alike = {next(iter(alike)) if len(alike) == 1 else "": list(files)}
        for name, some in alike.items():
            if len(some) == 2:
                ordered[parent / name if name else parent] = sorted(some, key=_natural)
            else:
                left_out |= dict.fromkeys(
                    map(str, some),
                    f"nothing says who asks and who answers: {len(some)} such files stand together, not two; "
                    "call them NAME_initiator and NAME_responder",
                )
    return ordered, left_out


def _natural(file: Path) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (0, part.lower()) for part in re.split(r"(\d+)", file.stem)]


def _wrong(roles: Mapping[str, Sequence[Path]]) -> str | None:
    for role, files in roles.items():
        if len(files) > 1:
            return f"{' and '.join(map(str, files))} have the same name and role ({role}); keep one"
    missing = [role for role in ("initiator", "responder") if role not in roles]
    return f"there is no {' and no '.join(missing)} of its name" if missing else None


def _item_name(key: str) -> str:
    """A name that can stand in a file's name, and that cannot be taken for a turn's or a seed's."""
    return re.sub(r"[^\w-]+", "-", unicodedata.normalize("NFC", key)).strip("-") or "pair"


def _distinct(pairs: Iterable[Pair], folder: Path, left_out: dict[str, str]) -> Pairs:
    every = sorted(pairs, key=lambda pair: pair.name)
    counts = Counter(pair.name.casefold() for pair in every)  # a file system may not tell A from a
    found = []
    for pair in every:
        if counts[pair.name.casefold()] == 1:
            found.append(pair)
        else:
            why = f"several pairs would be called {pair.name!r}; rename one of them"
            left_out |= {str(file.relative_to(folder)): why for file in (pair.initiator, pair.responder)}
    return Pairs(found=tuple(found), left_out=dict(sorted(left_out.items())))
