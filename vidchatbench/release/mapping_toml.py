"""A mapping as the text of a mapping file."""

from __future__ import annotations

import json
from dataclasses import MISSING, Field, fields
from typing import Any

from vidchatbench.release.mapping import Mapping


def mapping_toml(mapping: Mapping, remarks: dict[str, str] | None = None) -> str:
    """The file that `load_mapping` reads as this mapping; `remarks` become comments, by quantity."""
    lines = [
        f"{name} = {_value(getattr(mapping, name))}"
        for name in ("schema", "release", "confirmed", "licence", "notes", "name_suffix", "name_pattern")
    ]
    for name in ("list", "sft"):
        if getattr(mapping, name) is not None:
            lines += ["", f"[{name}]", *(f"{key} = {value}" for key, value in _told(getattr(mapping, name)))]
    lines += ["", "[tables]", *(f"{_key(name)} = {_inline(table)}" for name, table in mapping.tables.items())]
    lines += ["", "[quantity]"]
    for name, where in mapping.quantity.items():
        remark = (remarks or {}).get(name)
        lines += [f"# {line}" for line in (remark or "").splitlines()]
        lines.append(f"{name} = {_inline(where)}")
    return "\n".join(lines) + "\n"


def _told(value: Any) -> list[tuple[str, str]]:
    """What differs from the default."""
    return [
        (one.name, _value(getattr(value, one.name)))
        for one in fields(value)
        if getattr(value, one.name) != _default(one)
    ]


def _default(one: Field[Any]) -> Any:
    return None if one.default is MISSING else one.default


def _inline(value: Any) -> str:
    return "{ " + ", ".join(f"{key} = {text}" for key, text in _told(value)) + " }"


def _key(name: str) -> str:
    return name if name.replace("_", "a").replace("-", "a").isalnum() and name.isascii() else _value(name)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        # A JSON string is a TOML string, but for what JSON escapes as halves of characters: so it escapes nothing else.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    return repr(value)
