"""Run ids: UUIDv7 (RFC 9562), which sort by the time at which they were made."""

from __future__ import annotations

import re
import secrets
import time
from datetime import UTC, datetime
from uuid import UUID

_FORM = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def new_run_id(milliseconds: int | None = None) -> str:
    """A UUIDv7 of now, or of a time in milliseconds since 1970. Python has one of its own from 3.14 on."""
    at = time.time_ns() // 1_000_000 if milliseconds is None else milliseconds
    bits = (at & (1 << 48) - 1) << 80 | 7 << 76 | secrets.randbits(12) << 64 | 2 << 62 | secrets.randbits(62)
    return str(UUID(int=bits))


def time_of(run_id: str) -> datetime | None:
    """When an id was made; None where it is no UUIDv7 in its usual form."""
    if not _FORM.fullmatch(run_id):
        return None
    try:
        return datetime.fromtimestamp(int(run_id.replace("-", "")[:12], 16) / 1000, UTC)
    except (OverflowError, ValueError):
        return None
