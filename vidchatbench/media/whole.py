"""Whether a file is all there.

libav reads a file that was cut short to where it ends and says nothing. Most containers tell their length, so it can
be known before anything is decoded. An mpegts, flv, mp3, ogg or gif file cannot be told from a shorter clip.
"""

from __future__ import annotations

import io

_BOXES = (b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"free", b"skip", b"wide", b"uuid", b"sidx", b"pnot")
_CONTENT = (b"moov", b"moof", b"mdat")
_EBML, _SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"
_STREAMED = (0, 0xFFFFFFFF)
"""RIFF sizes that say the writer did not know."""


def missing_bytes(file: io.FileIO) -> int:
    """How many bytes its container says are missing at the end; 0 where nothing is, or where it does not say."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    head = file.read(16)
    if head[4:8] in _BOXES:
        end = _boxes_end(file, size)
    elif head[:4] == b"RIFF":
        length = int.from_bytes(head[4:8], "little")
        end = 0 if length in _STREAMED else 8 + length
    elif head[:4] == _EBML:
        end = _segment_end(file)
    elif head[:3] == b"\xff\xd8\xff":
        file.seek(0)
        data = file.read()
        end = size + 2 * (data.rfind(b"\xff\xd9") < data.rfind(b"\xff\xda"))  # end of image, start of scan
    else:
        end = 0
    file.seek(0)
    return max(0, end - size)


def _boxes_end(file: io.FileIO, size: int) -> int:
    """Where the last box of an mp4 or mov ends (ISO/IEC 14496-12, 4.2), or 0 where what follows is no box."""
    position = 0
    while position + 8 <= size:
        file.seek(position)
        head = file.read(16)
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        if length < 8:  # 0: up to the end of the file
            return 0
        position += length
        if position > size:
            return position if head[4:8] in _CONTENT else 0
    return position


def _segment_end(file: io.FileIO) -> int:
    """Where the one segment of a Matroska or WebM file ends (RFC 8794, RFC 9559), or 0 where its size is unknown."""
    file.seek(4)
    header, _ = _number(file)
    file.seek(header, io.SEEK_CUR)
    if file.read(4) != _SEGMENT:
        return 0
    length, unknown = _number(file)
    return 0 if length == unknown else file.tell() + length


def _number(file: io.FileIO) -> tuple[int, int]:
    """An EBML variable-size integer, and the value of that width that means `unknown`."""
    first = int.from_bytes(file.read(1), "big")
    width = 9 - first.bit_length()
    unknown = (1 << 7 * width) - 1
    return int.from_bytes(bytes([first]) + file.read(width - 1), "big") & unknown, unknown
