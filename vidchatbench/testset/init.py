"""A test set from somebody's own pairs of clips, with guesses that are told in words."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from vidchatbench.errors import DataError, MediaError, UsageError
from vidchatbench.media import Clip, Presentation
from vidchatbench.tasks import TASKS, given
from vidchatbench.testset.jsonl import canonical
from vidchatbench.testset.load import LEAST_SEEDS, available
from vidchatbench.testset.pairs import Pair, find_pairs

_TEXT_BYTES = 100_000
"""A transcript beside a clip that is longer is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What `init_testset` has written, for people to read."""

    root: Path
    pairs: tuple[str, ...]
    """A line a pair: which file asks, which answers, and how that was told."""
    guesses: tuple[str, ...]
    """What was taken for granted, a sentence each."""
    left_out: Mapping[str, str]
    """Files that are in no item, with the reason."""


def init_testset(
    folder: Path, out: Path, *, task: str, protocol: str, profile: str, name: str | None = None, copy: bool = False
) -> Made:
    """Write a test set of the pairs of `folder` to the new folder `out`; its lock, and so its timeline, comes after.

    Media become hard links, or copies where that cannot be or `copy` asks for it. `out` is there whole or not at all.

    Raises:
        UsageError: Where `folder` is not there, `out` is not empty, or the name is that of a built-in test set.
        DataError: Where no pair is found, with the reasons.
    """
    name = name or out.resolve().name
    if name in available():
        raise UsageError(f"{name!r} is the name of a built-in test set", remedy="give another: --name NAME")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError("is there already and not empty", where=out, remedy="--out takes a new folder")
    pairs = find_pairs(folder, besides=out)
    left_out = dict(pairs.left_out)
    out.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        lines, used = [], []
        (work / "media").mkdir()
        for pair in pairs.found:
            try:
                lines.append(_item(pair, work, task, copy))
                used.append(pair)
            except MediaError as error:
                for file in (pair.initiator, pair.responder):
                    about = "" if str(file) == error.where else f"{Path(error.where or '').name}: "
                    left_out[str(file.relative_to(folder))] = about + error.cause
        if not lines:
            raise DataError(_none(left_out), where=folder, remedy=_NAMES)
        guesses = _guesses(used, lines, task, protocol)
        told = tuple(_told(pair, folder) for pair in used)
        (work / "items.jsonl").write_bytes(b"".join(canonical(line) + b"\n" for line in lines))
        (work / "testset.toml").write_text(_head(name, task, protocol, profile, len(lines)), encoding="utf-8")
        (work / "CARD.md").write_text(_card(name, guesses, told, left_out), encoding="utf-8")
        work.chmod(0o755)
        if out.exists():
            out.rmdir()
        work.rename(out)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    return Made(root=out, pairs=told, guesses=guesses, left_out=left_out)


_NAMES = (
    "call the two clips of a pair NAME_initiator.mp4 and NAME_responder.mp4 (or NAME_user and NAME_agent), or put them "
    "alone into a folder as 1.mp4 (asks) and 2.mp4 (answers)"
)


def _none(left_out: Mapping[str, str]) -> str:
    first = "; ".join(f"{file}: {why}" for file, why in list(left_out.items())[:3])
    return f"no pair of clips is found ({first})" if first else "no pair of clips is found: no video is there"


def _item(pair: Pair, root: Path, task: str, copy: bool) -> dict[str, object]:
    """One line of `items.jsonl`, its media put in place; the times are left to the lock."""
    asks, answers = Clip(pair.initiator).info, Clip(pair.responder).info
    for file, info in ((pair.initiator, asks), (pair.responder, answers)):
        if info.video is None:
            raise MediaError("no_video", "has no picture", where=file)
    if asks.audio is None:
        raise MediaError("no_audio", "has no sound: nobody could say when the question ends", where=pair.initiator)
    turn = {
        "initiator": _put(pair.initiator, root, f"{pair.name}.initiator", copy),
        "reference": _put(pair.responder, root, f"{pair.name}.responder", copy),
        "initiator_text": _text(pair.initiator),
        "text": _text(pair.responder),
    }
    if pair.portrait:
        Clip(pair.portrait).info  # noqa: B018 - raises where it is no picture
        portrait = _put(pair.portrait, root, f"{pair.name}.portrait", copy)
    else:
        portrait = _first_frame(pair, root)
    item: dict[str, object] = {
        "item_id": pair.name,
        "task": task,
        "turns": [{name: value for name, value in turn.items() if value}],
        "portrait": portrait,
        "source_video": pair.source,
    }
    if pair.voice:
        item["voice"] = _put(pair.voice, root, f"{pair.name}.voice", copy)
    return item


def _put(file: Path, root: Path, stem: str, copy: bool) -> str:
    path = f"media/{stem}{file.suffix.lower()}"
    try:
        if copy:
            shutil.copyfile(file, root / path)
        else:
            os.link(file.resolve(), root / path)  # never a symbolic link: no path of a test set leads out of it
    except OSError:
        if copy:
            raise
        shutil.copyfile(file, root / path)
    return path


def _first_frame(pair: Pair, root: Path) -> str:
    import cv2

    video = Clip(pair.responder).info.video
    assert video is not None
    whole = Presentation(width=video.width, height=video.height, fps=Fraction(25), ticks=frozenset((0,)))
    _, frame = next(iter(Clip(pair.responder).frames([whole])))
    path = f"media/{pair.name}.portrait.jpg"
    done, content = cv2.imencode(".jpg", frame.image[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])
    if not done:
        raise MediaError("unreadable", "its first frame cannot be stored as a picture", where=pair.responder)
    (root / path).write_bytes(content.tobytes())
    return path


def _text(file: Path) -> str:
    beside = file.with_suffix(".txt")
    if not beside.is_file() or beside.stat().st_size > _TEXT_BYTES:
        return ""
    return " ".join(beside.read_text(encoding="utf-8", errors="replace").split())


def _told(pair: Pair, folder: Path) -> str:
    asks, answers = (path.relative_to(folder) for path in (pair.initiator, pair.responder))
    return f"{pair.name}: {asks} asks, {answers} answers (told by {pair.by})"


def _guesses(pairs: list[Pair], lines: list[dict[str, object]], task: str, protocol: str) -> tuple[str, ...]:
    n = len(pairs)
    by_order = sum(pair.by == "order" for pair in pairs)
    framed = sum(pair.portrait is None for pair in pairs)
    mute = sum(pair.voice is None for pair in pairs)
    worded = sum(bool(line["turns"][0].get("text")) for line in lines)  # type: ignore[index]
    sources = Counter(pair.source for pair in pairs)
    start = "with it" if TASKS[task].beside_question else "when the initiator's clip ends"
    found = [f"Task: every pair is an item of `{task}`."]
    if by_order:
        found.append(
            f"Who asks: in {by_order} of {n} pairs the first file by name, since no word of the names says it."
        )
    if framed:
        found.append(
            f"Portrait: for {framed} of {n} pairs the first frame of the real reply, since no NAME_portrait.png is "
            "there. A model that begins from it has an easy time with PSNR and identity."
        )
    if mute:
        found.append(f"Voice: {mute} of {n} pairs have no voice sample (NAME_voice.wav).")
    found.append(
        f"Texts: {worded} of {n} replies have their words (a .txt beside the clip); metrics that read them leave out "
        "the others."
    )
    if "text" in given(task, protocol) and worded < n:
        found.append(f"Words to say: {n - worded} of {n} items lack them, and a model is to be given them.")
    of = f"{n} pair{'s' * (n != 1)} of {len(sources)} source{'s' * (len(sources) != 1)}"
    found.append(
        f"Sources: {of}, by folder. Pairs cut from one video are not independent: where that is not what the folders "
        "say, correct `source_video` in items.jsonl."
    )
    found.append(
        f"Times: the question ends where speech is last heard in the initiator's clip, the real reply begins {start}; "
        "the lock holds both. Known times go into items.jsonl (`initiator_speech_end_s`, `reference_start_s`)."
    )
    found.append("Licence: unknown; write it into testset.toml.")
    return tuple(found)


def _head(name: str, task: str, protocol: str, profile: str, n: int) -> str:
    values = {
        "schema": "vidchatbench.testset/1",
        "id": name,
        "version": "1",
        "title": f"{name}: {n} pair{'s' * (n != 1)} of clips",
        "tasks": [task],
        "protocol": protocol,
        "profile": profile,
        "seeds": LEAST_SEEDS,
        "licence": "unknown",
        "media": "in this folder",
        "description": "Made by `vidchatbench testset init` from a folder of pairs; CARD.md says what was guessed.",
    }
    # Strings, numbers and lists of JSON are such of TOML.
    return "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items())


def _card(name: str, guesses: tuple[str, ...], told: tuple[str, ...], left_out: Mapping[str, str]) -> str:
    parts = [f"# Test set `{name}`\n\nMade by `vidchatbench testset init`. What was guessed:\n"]
    parts += [f"- {guess}" for guess in guesses]
    parts += ["\n## Pairs\n", *(f"- {line}" for line in told)]
    if left_out:
        parts += ["\n## Left out\n", *(f"- {file}: {why}" for file, why in left_out.items())]
    return "\n".join(parts) + "\n"
