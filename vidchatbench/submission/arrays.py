"""`stats.npz` of strangers: an archive of plain arrays, each part counted and looked at before it is read."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from pathlib import Path
from typing import Final

import numpy as np

from vidchatbench.results import StoredRows
from vidchatbench.submission.bounded import RATIO, UNPACKED, Refused
from vidchatbench.submission.codes import found
from vidchatbench.submission.schema import STATS

_NAME: Final = re.compile(r"[a-z0-9_]+(?:\.[a-z0-9_]+)+/[A-Za-z0-9_.]{1,80}\.npy", re.ASCII)
_KINDS: Final = ("|b1", "|u1", "<i4", "<i8", "<f4", "<f8")
"""What metrics make."""
_MOST_PARTS: Final = 4000
_REMEDY: Final = "pack the run anew: vidchatbench submit RUN --pred OUTPUTS"
_UNSUSPECTED: Final = 8 << 20


def stored_rows(content: bytes, file: Path) -> StoredRows:
    """The rows in verified bytes; `file` only names them.

    Raises:
        Refused: Where it is no archive of plain arrays, or unpacks to more than it may.
    """
    try:
        if not content.startswith(b"PK\x03\x04"):  # zipfile would look for an archive behind it, and NumPy would not
            raise Refused(found("damaged", STATS, "does not begin as an archive does", _REMEDY))
        if content.count(b"PK\x01\x02") > 2 * _MOST_PARTS:
            raise Refused(found("too-large", STATS, f"has more than {_MOST_PARTS} parts", _REMEDY))
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = _names(archive)
            for part in archive.infolist():
                _array(archive, part)
    except Refused:
        raise
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
        raise Refused(found("damaged", STATS, f"cannot be read: {error}", _REMEDY)) from None
    return StoredRows(file, frozenset(names), content)


def _names(archive: zipfile.ZipFile) -> list[str]:
    parts = archive.infolist()
    if len(parts) > _MOST_PARTS:
        raise Refused(found("too-large", STATS, f"has {len(parts)} parts, more than {_MOST_PARTS}", _REMEDY))
    sizes = 0
    for part in parts:
        where = f"{STATS}: {part.filename}"
        if not _NAME.fullmatch(part.filename) or part.filename != part.orig_filename:
            raise Refused(found("array", where, "is no name of an array: METRIC/NAME.npy", _REMEDY))
        if part.flag_bits & 1 or part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Refused(found("damaged", where, "is encrypted, or packed in an unknown way", _REMEDY))
        sizes += part.file_size
        if sizes > UNPACKED[STATS]:
            raise Refused(found("too-large", STATS, f"unpacks to more than {UNPACKED[STATS]} bytes", _REMEDY))
        if part.file_size > max(_UNSUSPECTED, RATIO * part.compress_size):
            raise Refused(found("too-large", where, "is packed tighter than any array of numbers", _REMEDY))
    names = [part.filename.removesuffix(".npy") for part in parts]
    if len(set(names)) != len(names):
        raise Refused(found("array", STATS, "an array stands there twice", _REMEDY))
    return names


def _array(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Look at an array's head, and count its content; nothing is unpickled, and nothing kept."""
    where = f"{STATS}: {part.filename}"
    with archive.open(part) as stream:
        version = np.lib.format.read_magic(stream)
        if version != (1, 0):
            raise Refused(found("array", where, f"is of the form {version}, not (1, 0)", _REMEDY))
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream)
        of_samples = part.filename.endswith("/samples.npy")
        plain = dtype.kind == "U" if of_samples else dtype.str in _KINDS
        if dtype.hasobject or not plain or fortran or len(shape) > 4 or (of_samples and len(shape) != 1):
            raise Refused(found("array", where, f"is an array of {dtype}, shape {shape}: not plain numbers", _REMEDY))
        size, read = dtype.itemsize, 0
        for side in shape:
            size *= side
        if size > UNPACKED[STATS]:
            raise Refused(found("too-large", where, f"says that it has {size} bytes", _REMEDY))
        while block := stream.read(1 << 20):
            read += len(block)
            if read > size:
                break
        if read != size:
            raise Refused(found("array", where, f"holds {read} bytes, its shape {shape} wants {size}", _REMEDY))
