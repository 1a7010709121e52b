"""Reasons as results keep them: files by their names, without the folders of whoever's machine it was."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from vidchatbench.engine.evaluate import Evaluation
from vidchatbench.engine.rows import Row
from vidchatbench.types import Reason

_FOLDERS = re.compile(r"(?<![\w/.:~+-])(?:~|/[\w.+@~-]+)(?:/[\w.+@~-]+)*/(?=[\w.+@~-])")
"""`/home/me/work/` of `/home/me/work/d01.mp4`; neither `and/or`, `9 /min` nor `https://...`."""


def names_only(text: str, folders: Iterable[str] = ()) -> str:
    """A text in which files are called by their names: `/home/me/out/d01.mp4` is `d01.mp4`.

    Args:
        text: A reason, which may quote what an adapter, a codec or a library said.
        folders: Folders that are known to occur; others are found by their form, unless they have blanks.
    """
    text = text.replace("file://", "")
    for folder in sorted({*folders, *_own()}, key=len, reverse=True):
        text = text.replace(f"{folder}/", "").replace(folder, Path(folder).name)
    return _FOLDERS.sub("", text)


@cache
def _own() -> tuple[str, ...]:
    """This machine's folders that a message may name. The root and its children are no secret."""
    places = (Path.home(), Path.cwd(), Path(tempfile.gettempdir()))
    return tuple(str(place) for place in places if len(place.parts) > 2)


def without_folders(evaluation: Evaluation, folders: Sequence[Path]) -> Evaluation:
    """The evaluation with every reason in names only."""
    known = {str(form) for folder in folders for form in (folder.absolute(), folder.resolve())} - {"/"}

    def plain(rows: Mapping[str, Sequence[Row]]) -> dict[str, list[Row]]:
        return {id: [_row(row, known) for row in own] for id, own in rows.items()}

    media = {
        key: {role: _reason(clip, known) if isinstance(clip, Reason) else clip for role, clip in clips.items()}
        for key, clips in evaluation.media.items()
    }
    return replace(evaluation, rows=plain(evaluation.rows), real=plain(evaluation.real), media=media)


def _row(row: Row, known: Iterable[str]) -> Row:
    return row if row.reason is None else replace(row, reason=_reason(row.reason, known))


def _reason(reason: Reason, known: Iterable[str]) -> Any:
    remedy = None if reason.remedy is None else names_only(reason.remedy, known)
    return replace(reason, detail=names_only(reason.detail, known), remedy=remedy)
