"""The little of YAML that model cards need."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def to_yaml(value: Any, indent: int = 0) -> str:
    """Mappings and sequences in block style; strings quoted as in JSON, which YAML reads alike."""
    pad = "  " * indent
    if isinstance(value, Mapping):
        return "".join(f"{pad}{key}:{_below(one, indent + 1)}" for key, one in value.items())
    lines = []
    for one in value:
        body = to_yaml(one, indent + 1) if isinstance(one, Mapping | list | tuple) else f"{_scalar(one)}\n"
        lines.append(f"{pad}- {body.removeprefix('  ' * (indent + 1))}")
    return "".join(lines)


def _below(value: Any, indent: int) -> str:
    if isinstance(value, Mapping | list | tuple) and value:
        return "\n" + to_yaml(value, indent)
    return f" {_scalar(value)}\n"


def _scalar(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    # YAML 1.1 takes 1e-05 for a string: a number needs its point.
    return text.replace("e", ".0e") if isinstance(value, float) and "e" in text and "." not in text else text
