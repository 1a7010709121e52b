"""Gets source videos by the program yt-dlp, only where the user asks for it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from vidchatbench.errors import NotReady, UsageError
from vidchatbench.testset.load import TestSet
from vidchatbench.testset.sources import read_sources
from vidchatbench.weights.offline import offline

PLATFORM = "https://www.youtube.com/watch?v="
_ID = re.compile(r"[A-Za-z0-9_-]{11}")
_TIMEOUT_S = 3600
_OPTIONS = (
    *("--ignore-config", "--no-playlist", "--no-overwrites", "--no-progress", "--retries", "3"),
    *("--format", "bv*[height<=1080]+ba/b", "--merge-output-format", "mkv", "--output", "%(id)s.%(ext)s"),
)


def download_videos(testset: TestSet, folder: Path) -> Iterator[str]:
    """Get the source videos that `folder` lacks, one after the other; a line for each that could not be had.

    Raises:
        NotReady: Where yt-dlp is not installed.
        UsageError: Where no connection may be opened, or `folder` cannot be made.
    """
    if offline():
        raise UsageError("--download needs a connection, and VIDCHATBENCH_OFFLINE forbids it")
    program = _program()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot be made: {error.strerror}", where=folder) from error
    named = testset.media()
    there = {path.stem for path in folder.rglob("*") if path.is_file() and path.suffix not in (".part", ".ytdl")}
    ids = {clip.video for path, clip in read_sources(testset.root).items() if path in named}
    for video in sorted(ids - there):
        if not _ID.fullmatch(video):
            yield f"{video!r} is no video id of the platform: not asked for"
            continue
        why = _get(program, video, folder)
        if why:
            yield f"{video}: {why}"


def _program() -> list[str]:
    if found := shutil.which("yt-dlp"):
        return [found]
    if find_spec("yt_dlp"):
        return [sys.executable, "-m", "yt_dlp"]
    raise NotReady("--download needs the program yt-dlp", remedy="pip install 'vidchatbench[fetch]'")


def _get(program: list[str], video: str, folder: Path) -> str | None:
    """Why a video could not be had, or None."""
    command = [*program, *_OPTIONS, "--paths", str(folder.resolve()), "--", PLATFORM + video]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return f"gave up after {_TIMEOUT_S} s"
    except OSError as error:
        return f"yt-dlp cannot be started: {error.strerror}"
    said = done.stderr.strip().splitlines()
    return None if done.returncode == 0 else (said[-1] if said else f"yt-dlp ended with code {done.returncode}")
