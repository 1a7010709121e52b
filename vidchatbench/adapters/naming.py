"""How an adapter's file is known. Imported in every pytest run, so it imports what pytest has loaded anyway."""

from __future__ import annotations

import fnmatch

PATTERN = "vcb_*.py"


def is_adapter(path: str) -> bool:
    """Whether a file is named like an adapter."""
    return fnmatch.fnmatch(path.replace("\\", "/").rpartition("/")[2], PATTERN)
