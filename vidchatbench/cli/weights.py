"""`vidchatbench weights ls|pull|add|verify|path`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from vidchatbench.errors import NotReady, UsageError

if TYPE_CHECKING:
    from vidchatbench.weights import CatalogueFile


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ls|pull|add|verify|path")
    actions.add_parser("ls", help="all files, which are here, and which metrics need them").set_defaults(run=ls)
    pull = actions.add_parser("pull", help="download what is not here, verified; a broken download goes on")
    pull.add_argument("names", nargs="*", metavar="NAME")
    pull.add_argument("--profile", metavar="P", help="what the metrics of this profile need")
    pull.add_argument("--all", action="store_true", help="every file there is, whether a metric needs it or not")
    pull.add_argument("--offline", action="store_true", help="open no connection; say what to do instead")
    pull.set_defaults(run=run_pull)
    add = actions.add_parser("add", help="copy a file of this machine into the weights folder, verified")
    add.add_argument("names", nargs=1, metavar="NAME")
    add.add_argument("file", type=Path, metavar="FILE")
    add.add_argument("--unofficial", action="store_true", help="it is another content; every signature will say so")
    add.set_defaults(run=run_add)
    for action in (pull, add):
        action.add_argument("--accept-license", action="store_true", help="the limits of use are read and accepted")
    verify = actions.add_parser("verify", help="hash what is here")
    verify.add_argument("names", nargs="*", metavar="NAME")
    verify.set_defaults(run=run_verify)
    path = actions.add_parser("path", help="print where a file is")
    path.add_argument("names", nargs=1, metavar="NAME")
    path.set_defaults(run=print_path)


def ls(args: argparse.Namespace) -> int:
    """One line a file."""
    from vidchatbench.weights import weights_dir
    from vidchatbench.weights.catalogue import known_weights

    users = _users()
    rows = [("name", "state", "MB", "licence", "file", "needed by")]
    for name, file in known_weights().items():
        entry = file.entry
        size = f"{entry.size / 1e6:.1f}" if entry.size else "?"
        needed = ", ".join(users.get(name, ())) or "no metric of this version uses it"
        rows.append((name, _state(file), size, entry.licence, entry.file, needed))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:  # as long as they are, also in a pipe: one line a file
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
    print(f"\nfolder {weights_dir()}")
    return 0


def run_pull(args: argparse.Namespace) -> int:
    """Exit 0 where all are here, 3 with a message for each that could not come."""
    from vidchatbench.weights import weights_dir
    from vidchatbench.weights.offline import go_offline
    from vidchatbench.weights.pull import pull

    if args.offline:
        go_offline()
    absent = [file for file in _asked(args) if _state(file) not in ("official", "recorded", "unofficial")]
    if not args.accept_license and _notices(absent):
        return 3
    zips = {weights_dir() / file.entry.archive for file in absent if file.entry.archive}
    ours = {file for file in zips if not file.exists()}
    wrong = 0
    try:
        for file in absent:
            try:
                with _progress(file.entry.name) as progress:
                    _say(file, pull(file, accepted=True, progress=progress))
            except NotReady as error:
                print(f"vidchatbench: {error}", file=sys.stderr)
                wrong += 1
    finally:
        for archive in ours:
            archive.unlink(missing_ok=True)
    if not absent:
        print("nothing is absent")
    return 3 if wrong else 0


def run_add(args: argparse.Namespace) -> int:
    """Copy and verify."""
    from vidchatbench.weights.pull import add

    file = _asked(args)[0]
    if not args.unofficial and not args.accept_license and _notices([file]):
        return 3
    _say(file, add(file, args.file, unofficial=args.unofficial, accepted=args.accept_license))
    return 0


def run_verify(args: argparse.Namespace) -> int:
    """Exit 0 where every file that is here (or every named one) is as it must be, 3 with a line for each other."""
    from vidchatbench.weights.catalogue import known_weights

    files = _asked(args) if args.names else [f for f in known_weights().values() if _state(f) != "absent"]
    wrong = 0
    for file in files:
        try:
            file.verified()
            print(f"{file.entry.name:24} {_state(file)}, sha256 {file.sha256}")
        except NotReady as error:
            print(f"{file.entry.name:24} WRONG: {error.cause} -> {error.remedy}")
            wrong += 1
    if not files:
        print("no weights are here")
    return 3 if wrong else 0


def print_path(args: argparse.Namespace) -> int:
    """The file's path; exit 3 where it is not here."""
    print(_asked(args)[0].locate())
    return 0


def _asked(args: argparse.Namespace) -> list[CatalogueFile]:
    """The files that the command line names, each once."""
    from difflib import get_close_matches

    from vidchatbench.weights.catalogue import known_weights

    known = known_weights()
    profile, everything = getattr(args, "profile", None), getattr(args, "all", False)
    if sum((bool(args.names), profile is not None, everything)) != 1:
        raise UsageError("which weights?", remedy="give names (vidchatbench weights ls), or --profile P, or --all")
    if profile is not None:
        users, wanted = _users(), set(_profile(profile))
        return [file for name, file in known.items() if wanted & set(users.get(name, ()))]
    for name in args.names:
        if name not in known:
            close = get_close_matches(name, known, n=3)
            raise UsageError(
                f"there are no weights {name!r}",
                remedy=f"did you mean {' or '.join(close)}?" if close else "vidchatbench weights ls",
            )
    return list(known.values()) if everything else [known[name] for name in dict.fromkeys(args.names)]


def _profile(name: str) -> list[str]:
    """The ids of the metrics of a profile."""
    from vidchatbench.registry import select

    return list(select(name, None, (), ()))


def _users() -> dict[str, list[str]]:
    """The ids of the metrics that need a file of a catalogue, by its name."""
    from vidchatbench.registry import entries, features
    from vidchatbench.weights import CatalogueFile

    users: dict[str, list[str]] = {}
    for id, metric in ((entry.id, entry.metric) for entry in entries().values() if entry.metric):
        files = (file for feature in features(metric) for file in feature.weights().values())
        for name in {file.entry.name for file in files if isinstance(file, CatalogueFile)}:
            users.setdefault(name, []).append(id)
    return users


def _state(file: CatalogueFile) -> str:
    """`absent`, `official`, `recorded`, `unofficial`, or what is not right."""
    try:
        found = file.found()
    except NotReady:
        return "several: keep one"
    if found is None:
        return "absent"
    return "unrecorded" if found.state == "official" and not file.entry.sha256 else found.state


def _notices(files: list[CatalogueFile]) -> bool:
    """Print the limits of use of what was asked for; whether there are any."""
    limited = [file.entry for file in files if file.entry.limits]
    for entry in limited:
        print(f"{entry.name} ({entry.file}), licence {entry.licence}\n  {entry.limits}")
    if limited:
        print("nothing was brought here -> the same command with --accept-license, if you accept these limits")
    return bool(limited)


def _say(file: CatalogueFile, path: Path) -> None:
    """Tell where a file is, and what is special about it."""
    notes = {
        "recorded": ": no catalogue knows its sha256; this one is recorded, and any other is refused from now on",
        "unofficial": ": unofficial, as every signature built on it says",
    }
    print(f"{file.entry.name}  {path}{notes.get(_state(file), '')}")


@contextmanager
def _progress(name: str) -> Iterator[Callable[[int, int | None], None]]:
    """A bar on a terminal; nothing in a pipe or a log."""
    if not sys.stderr.isatty():
        yield lambda here, size: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=None)
        yield lambda here, size: bar.update(task, completed=here, total=size)
