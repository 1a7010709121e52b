"""How a file comes into the weights folder: from its published place, or from a person's hand."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vidchatbench.errors import NotReady, UsageError
from vidchatbench.weights.catalogue_file import CatalogueFile, typed
from vidchatbench.weights.download import Progress, cannot_write, download
from vidchatbench.weights.entry import mismatch
from vidchatbench.weights.folder import State, name_of, weights_dir
from vidchatbench.weights.offline import offline
from vidchatbench.weights.weights_file import sha256_of

_MOST = 4 << 30
"""Bytes after which a file whose size is not known is not unpacked any further."""


def pull(file: CatalogueFile, *, accepted: bool, progress: Progress) -> Path:
    """Download a file into the weights folder, whole and verified; one that is there is left as it is.

    A zip that holds it (`archive` of the entry) lies beside it then; who pulls decides when it may go.

    Raises:
        NotReady: Where its limits were not accepted, no place gives it, or its content is not the published one.
        VidChatBenchError: Where the disk is full or cannot be written.
    """
    entry = file.entry
    if file.found() is not None:
        return file.locate()
    if entry.limits and not accepted:
        raise NotReady(f"{entry.name} has limits of use: {entry.limits}", remedy=file.remedy())
    mirror = os.environ.get("VIDCHATBENCH_WEIGHTS_MIRROR", "").rstrip("/")
    mirror += "/" if mirror else ""
    published = [url for url in (entry.url, *entry.mirrors) if url]
    if offline() or not (mirror or published):
        raise NotReady(
            "this process is offline (--offline or VIDCHATBENCH_OFFLINE)" if offline() else "no place of it is known",
            where=entry.file,
            remedy=f"on a machine that has a net and may take it here, {file.by_hand()}",
        )
    with _locked(entry.file):
        if file.found() is not None:  # another process brought it meanwhile
            return file.locate()
        part = weights_dir() / f"{entry.file}.part"
        plain = [mirror + entry.file] if mirror else []
        known = entry.sha256 or entry.sha256_prefix
        try:
            urls = plain if entry.member else plain + published
            sha256 = download(urls, part, size=entry.size, sha256=known, progress=progress, insecure=mirror)
        except NotReady as error:
            if not (entry.member and published):
                raise NotReady(error.cause, where=entry.file, remedy=error.remedy or file.by_hand()) from error
            sha256 = _unpack(file, _archive(file, published, progress), part)
        return _keep(file, part, "official" if entry.sha256 else "recorded", sha256)


def add(file: CatalogueFile, source: Path, *, unofficial: bool, accepted: bool) -> Path:
    """Copy a file from this machine into the weights folder, verified.

    Args:
        file: What it is.
        source: The file; its name does not matter.
        unofficial: It is another content (an own training, a test), which every signature will say.
        accepted: Whether the limits of use were accepted; asked of the published content alone.

    Raises:
        UsageError: Where `source` is no file, is not the published content, or the folder has one already.
        NotReady: Where its limits were not accepted.
        VidChatBenchError: Where the disk is full or cannot be written.
    """
    entry = file.entry
    try:
        size, sha256 = source.stat().st_size, sha256_of(source)
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", where=source) from error
    problem = entry.problem(size, sha256)
    published = problem is None and bool(entry.sha256)
    if not unofficial and problem:
        raise UsageError(
            f"this is not the published {entry.file}: {problem}",
            where=source,
            remedy=f"vidchatbench weights add {entry.name} FILE --unofficial, if you want another content: every "
            "signature will say so",
        )
    if unofficial and published:
        raise UsageError("this is the published content", where=source, remedy="leave --unofficial out")
    if not unofficial and entry.limits and not accepted:
        raise NotReady(
            f"{entry.name} has limits of use: {entry.limits}",
            remedy=f"vidchatbench weights add {entry.name} FILE --accept-license",
        )
    state: State = "unofficial" if unofficial else "official" if entry.sha256 else "recorded"
    name = name_of(entry.file, state, sha256)
    with _locked(entry.file):
        there = file.found()
        if there is not None:
            same = sha256_of(weights_dir() / there.name) == sha256
            if same and there.name == name:
                return weights_dir() / name
            if not (same and (there.state, state) == ("official", "recorded")):
                raise UsageError(
                    f"{there.name} is there already", where=weights_dir(), remedy=f"rm {typed(there.name)}, then again"
                )
        part = weights_dir() / f"{entry.file}.part"
        try:
            shutil.copyfile(source, part)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise cannot_write(part, error) from error
        copied = sha256_of(part)
        if copied != sha256:
            part.unlink()
            raise UsageError(f"it changed while it was copied: sha256 {sha256}, then {copied}", where=source)
        if there is not None:
            (weights_dir() / there.name).unlink()  # the same bytes, under a name that does not tell which
        return _keep(file, part, state, sha256)


@contextmanager
def _locked(name: str) -> Iterator[None]:
    """One process at a time for a file; what another is doing is waited for."""
    from filelock import FileLock

    folder = weights_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / f".{name}.lock")
        lock.acquire()
    except OSError as error:
        raise cannot_write(folder, error) from error
    try:
        yield
    finally:
        lock.release()


def _keep(file: CatalogueFile, part: Path, state: State, sha256: str) -> Path:
    """Give a whole and verified file its name."""
    kept = weights_dir() / name_of(file.entry.file, state, sha256)
    try:
        part.replace(kept)
    except OSError as error:
        raise cannot_write(kept, error) from error
    return kept


def _archive(file: CatalogueFile, urls: list[str], progress: Progress) -> Path:
    """The zip that holds the file: one that is there already, or the download."""
    entry = file.entry
    assert entry.archive is not None
    with _locked(entry.archive):
        kept = weights_dir() / entry.archive
        known = (entry.archive_size, entry.archive_sha256)
        if kept.is_file() and not mismatch(kept.stat().st_size, sha256_of(kept), *known):
            return kept
        part = weights_dir() / f"{entry.archive}.part"
        download(urls, part, size=entry.archive_size, sha256=entry.archive_sha256, progress=progress)
        part.replace(kept)
        return kept


def _unpack(file: CatalogueFile, archive: Path, part: Path) -> str:
    """Extract one member to `part`, no other and nowhere else, and hold it to its digest."""
    entry = file.entry
    assert entry.member is not None
    try:
        with zipfile.ZipFile(archive) as opened, opened.open(entry.member) as member, part.open("wb") as out:
            while out.tell() <= (entry.size or _MOST) and (chunk := member.read(1 << 20)):
                out.write(chunk)
        problem = entry.problem(part.stat().st_size, found := sha256_of(part))
    except KeyError as error:
        raise NotReady(f"it holds no {entry.member}", where=archive, remedy=file.by_hand()) from error
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise NotReady(
            f"{entry.member} cannot be unpacked: {error}", where=archive, remedy=f"rm {typed(archive.name)}, then again"
        ) from error
    except OSError as error:
        part.unlink(missing_ok=True)
        raise cannot_write(part, error) from error
    if problem:
        part.unlink()
        raise NotReady(
            f"{entry.member} is not the known one: {problem}",
            where=archive,
            remedy=f"rm {typed(archive.name)}, then again",
        )
    return found
