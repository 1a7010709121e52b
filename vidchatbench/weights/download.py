"""A download that can go on where it stopped. The one module that opens a connection."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from vidchatbench.errors import NotReady, VidChatBenchError
from vidchatbench.weights.entry import LOOPBACK, mismatch
from vidchatbench.weights.offline import offline
from vidchatbench.weights.weights_file import sha256_of

if TYPE_CHECKING:
    import requests

Progress = Callable[[int, int | None], None]
"""Called with bytes that are here and bytes in all, where that is known."""

_TRIES = 3
"""Broken connections in a row, none of which came further, after which a place is given up."""
_PAUSE_S = 1.0
"""The wait after the first of them; the next ones are longer."""
_TIMEOUT_S = (15, 60)
_CHUNK = 1 << 16
"""Bytes that are read at a time; where a connection breaks, what came of the last one is lost."""


class _Refused(Exception):
    """Why one place does not give the file."""


def download(
    urls: Sequence[str], part: Path, *, size: int | None, sha256: str | None, progress: Progress, insecure: str = ""
) -> str:
    """Bring a file to `part`, from the first place that gives it whole, going on with what is there of it.

    Args:
        urls: Where it lies, in the order of trying. https, but for this machine and what lies under `insecure`.
        part: The file to write. It stays where a connection breaks, and goes where its content is wrong.
        size: Bytes that it must have, where known.
        sha256: What its sha256 must be or begin with, where known.
        progress: Told how far it is.
        insecure: The base of urls for which http will do.

    Returns:
        The sha256 of what came, which is held to the known one.

    Raises:
        NotReady: Where no place gives it, with what each of them said; offline.
        VidChatBenchError: Where the disk is full or cannot be written.
    """
    if offline():
        raise NotReady("this process is offline (--offline or VIDCHATBENCH_OFFLINE)", where=part.name)
    if sha256 is None:
        part.unlink(missing_ok=True)  # nothing could tell that two halves are of one file
    failures = []
    for url in urls:
        try:
            here = part.stat().st_size if part.is_file() else 0
            if size is not None and here > size:
                part.unlink()
            if size is None or here != size:
                _fetch(url, part, size, progress, insecure)
            found = sha256_of(part)
            if problem := mismatch(part.stat().st_size, found, size, sha256):
                part.unlink()
                raise _Refused(problem)
            return found
        except _Refused as why:
            failures.append(f"{url}: {why}")
        except OSError as error:
            raise cannot_write(part, error) from error
    kept = part.is_file() and part.stat().st_size > 0
    if not kept:
        part.unlink(missing_ok=True)
    raise NotReady(
        "cannot be downloaded: " + "; ".join(failures),
        where=part.name.removesuffix(".part"),
        remedy="give the same command again; what came is kept and it goes on from there" if kept else None,
    )


def cannot_write(file: Path, error: OSError) -> VidChatBenchError:
    """What to say where a file of the weights folder cannot be read or written."""
    return VidChatBenchError(
        f"cannot be written: {error.strerror or error}",
        where=file,
        remedy="make room" if error.errno == errno.ENOSPC else "name another folder with VIDCHATBENCH_WEIGHTS",
    )


def _fetch(url: str, part: Path, size: int | None, progress: Progress, insecure: str) -> None:
    """Fetch one url into `part`, and try again as long as that brings more of it."""
    import pooch
    import requests

    tries = most = 0
    while True:
        before = part.stat().st_size if part.is_file() else 0
        try:
            _may_ask(url, insecure)
            with part.open("ab") as file:
                sink = _Sink(file, size, progress)
                pooch.HTTPDownloader(
                    chunk_size=_CHUNK,
                    timeout=_TIMEOUT_S,
                    headers={"Accept-Encoding": "identity"} | ({"Range": f"bytes={before}-"} if before else {}),
                    hooks={"response": partial(_answered, sink=sink, insecure=insecure)},
                )(url, sink, None)
            return
        except requests.HTTPError as error:
            assert error.response is not None  # the answer that it is about
            if error.response.status_code == 416 and before:
                continue  # the part was as long as the file; `_answered` emptied it
            raise _Refused(f"{error.response.status_code} {error.response.reason}") from error
        except requests.TooManyRedirects as error:
            raise _Refused("it redirects in a circle") from error
        except requests.RequestException as error:  # an OSError too; any other one is the disk's
            here = part.stat().st_size
            tries = 0 if here > max(most, before) else tries + 1
            most = max(most, here, before)
            if here == 0 or tries == _TRIES:
                raise _Refused(f"no connection, or it broke: {_cause(error)}") from error
            time.sleep(_PAUSE_S * tries)


def _answered(response: requests.Response, *, sink: _Sink, insecure: str, **_: object) -> None:
    """See each answer, redirects too, before its content is read."""
    if response.is_redirect:
        _may_ask(urljoin(response.url, response.headers["location"]), insecure)
    elif response.status_code == 206:
        start = response.headers.get("content-range", "").removeprefix("bytes ").partition("-")[0]
        if start != str(here := sink.here()):
            sink.start_again()
            raise _Refused(f"asked to go on at byte {here}, it went on at {start or 'an unknown one'}")
    elif response.status_code in (200, 416):  # it gives all from the start, or has less than what is here
        sink.start_again()


def _may_ask(url: str, insecure: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (
        parts.scheme == "http" and (parts.hostname in LOOPBACK or (insecure and url.startswith(insecure)))
    ):
        raise _Refused(f"{url} is not https")


def _cause(error: BaseException) -> str:
    """The innermost cause: requests and urllib3 wrap it several times."""
    while inner := error.__cause__ or error.__context__:
        error = inner
    return str(error) or type(error).__name__


class _Sink:
    """The file that pooch writes to: no longer than it may be, and telling how far it is."""

    def __init__(self, file: IO[bytes], size: int | None, progress: Progress) -> None:
        self._file, self._size, self._progress = file, size, progress

    def here(self) -> int:
        return self._file.tell()

    def start_again(self) -> None:
        self._file.truncate(0)
        self._file.seek(0, os.SEEK_END)

    def write(self, chunk: Any) -> None:
        if self._size is not None and self.here() + len(chunk) > self._size:
            self.start_again()
            raise _Refused(f"it sends more than the known {self._size:,} bytes")
        self._file.write(chunk)
        self._progress(self.here(), self._size)

    def flush(self) -> None:
        self._file.flush()
