"""Numbers as they stand in a leaderboard's files."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

DIGITS: Final = 10
"""Significant digits: more are not the same on two machines."""
_ZERO = 1e-12
"""What is smaller is rounding."""


def plain(value: Any) -> Any:
    """A value of mappings, sequences and numbers as JSON has it, its numbers rounded to 10 significant digits."""
    if isinstance(value, float):
        return 0.0 if abs(value) < _ZERO else round(value, DIGITS - 1 - math.floor(math.log10(abs(value))))
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, tuple | list) else value
