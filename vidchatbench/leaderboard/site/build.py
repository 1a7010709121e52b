"""The site from `leaderboard.json` and the submissions' folders."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vidchatbench.errors import DataError, UsageError, VidChatBenchError
from vidchatbench.leaderboard.read import read_leaderboard
from vidchatbench.leaderboard.schema import Board, Leaderboard, System
from vidchatbench.leaderboard.site.names import Names
from vidchatbench.leaderboard.site.pages import Pages
from vidchatbench.leaderboard.site.row import Row
from vidchatbench.leaderboard.site.samples import Samples
from vidchatbench.leaderboard.site.web import web
from vidchatbench.report.html import write_report
from vidchatbench.results import read_items, read_results

_MARK = ".vidchatbench-site"
"""The file that says that a folder is a site, and may be replaced by its next version."""
_OWN = ("index.html", "assets", "boards", "data", "reports", "systems", _MARK)
"""All that a site is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What was written."""

    pages: int
    bytes: int
    notes: tuple[str, ...]
    """Runs whose files could not be read, and why: they have no report and no place in a comparison."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """What the pages need of a run's folder."""

    report: str | None
    samples: Mapping[str, Samples]
    """By board."""
    absent: str | None


def build_site(board: Path, submissions: Path, out: Path, source: str | None = None) -> Built:
    """Write the site: the same bytes for the same input; nothing is changed before all of it is made.

    Args:
        board: `leaderboard.json`.
        submissions: The folder of submissions that it was built from.
        out: The folder to write; it is new, or empty, or an earlier site, which is replaced; other files in it stay.
        source: Where the folder that `submissions` lies in can be looked at (https); linked from each system's page.

    Raises:
        DataError: Where `leaderboard.json` is not right.
        UsageError: Where `out` holds something else, or `source` is no https address.
    """
    found, place = read_leaderboard(board), out.absolute()
    if source is not None and not web(source):
        raise UsageError(f"{source!r} is no https address", remedy="--source https://...")
    if out.exists() and not (out.is_dir() and ((out / _MARK).is_file() or not any(out.iterdir()))):
        raise UsageError("it is there, and is no site", where=out, remedy="name a new folder, or an empty one")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".{place.name}."))
        try:
            notes = _write(found, submissions, made, source)
            (made / _MARK).touch()
            made.chmod(0o755)
            _move(made, place)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    except OSError as error:
        raise VidChatBenchError(f"cannot be written: {error.strerror or error}", where=out) from error
    files = [path for name in _OWN for path in _files(place / name)]
    pages = sum(path.suffix == ".html" for path in files)
    return Built(pages=pages, bytes=sum(path.stat().st_size for path in files), notes=tuple(notes))


def _move(made: Path, place: Path) -> None:
    """The new site where the old one is; what else lies there (`.git`, `CNAME`) stays."""
    if not place.exists():
        made.replace(place)
        return
    for name in _OWN:
        old, new = place / name, made / name
        if old.is_dir():
            shutil.rmtree(old)
        else:
            old.unlink(missing_ok=True)
        if new.exists():
            new.replace(old)


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file()]


def _write(found: Leaderboard, submissions: Path, out: Path, source: str | None) -> list[str]:
    names, paths = Names(), Names()
    folders = {board.id: names.of(board.id) for board in found.boards}
    pages = Pages(found, folders, out)
    runs: dict[str, _Run] = {}
    for system in (system for board in found.boards for system in board.systems):
        if system.path not in runs:
            runs[system.path] = _run(found, system, submissions, out, paths.of(system.path))
    for board in found.boards:
        rows = _rows(board, folders[board.id], runs, out, source)
        pages.board(board, rows)
    pages.index()
    return [f"{path}: {run.absent}" for path, run in sorted(runs.items()) if run.absent]


def _run(found: Leaderboard, system: System, submissions: Path, out: Path, name: str) -> _Run:
    try:
        folder = _folder(system.path, submissions)
        results, items = read_results(folder), read_items(folder)
    except DataError as error:
        return _Run(report=None, samples={}, absent=error.cause)
    report = f"reports/{name}.html"
    (out / "reports").mkdir(exist_ok=True)
    write_report(out / report, results, items, {})
    boards = [(board, own) for board in found.boards for own in board.systems if own.path == system.path]
    return _Run(report=report, samples={board.id: Samples.of(board, own, items) for board, own in boards}, absent=None)


def _folder(path: str, submissions: Path) -> Path:
    """A system's folder. `path` comes from a file: it may not lead out of the folder that the submissions lie in."""
    root = submissions.resolve().parent
    parts = Path(path).parts
    folder = submissions.joinpath(*parts[1:]) if parts[:1] == ("submissions",) else root / path
    if not folder.resolve().is_relative_to(root):
        raise DataError("its path leads out of the folder of submissions")
    return folder


def _rows(board: Board, folder: str, runs: Mapping[str, _Run], out: Path, source: str | None) -> list[Row]:
    """The rows, with each system's numbers written to a script that a comparison loads when it is asked for."""
    names = Names()
    known = {system.path: runs[system.path].samples.get(board.id) for system in board.systems}
    sources = {key: video for one in known.values() if one for key, video in one.sources.items()}
    items, numbers = sorted(sources), {video: k for k, video in enumerate(sorted(set(sources.values())))}
    rows = []
    if items:
        data = {"items": items, "sources": [numbers[sources[item]] for item in items]}
        _script(out, f"data/{folder}/items.js", data)
    for system in board.systems:
        run, own, name = runs[system.path], known[system.path], names.of(system.id)
        data_file = f"data/{folder}/of-{name}.js" if own and own.values else None
        if own and data_file:
            _script(out, data_file, {id: own.line(id, items) for id in sorted(own.values)})
        rows.append(
            Row(
                system=system,
                page=f"systems/{folder}/{name}.html",
                report=run.report,
                data=data_file,
                without=own.without if own else {},
                files=f"{source.rstrip('/')}/{system.path}" if source else None,
                absent=run.absent,
            )
        )
    return rows


def _script(out: Path, path: str, data: object) -> None:
    """Numbers as a script, since a page that is opened from a file may load nothing else. ASCII, and JSON alone."""
    file = out / path
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    file.write_text(f"vidchatbench.arrived({json.dumps(path)},{text});\n", encoding="ascii", newline="\n")
