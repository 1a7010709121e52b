"""The mapping file: where in a release each quantity stands, under which name, in which unit and form."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping as AnyMapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from vidchatbench.errors import DataError
from vidchatbench.testset.jsonl import canonical, explain

SHIPPED = Path(__file__).parent / "speakervid-5m.toml"
"""The mapping that is used where the command names none."""

Form = Literal["files", "object", "array", "lines"]
"""How a place holds its entries: one file each, one JSON object by name, one JSON array, or a line each."""
Kind = Literal["time", "number", "size", "flag", "text", "label", "box"]
KINDS: dict[str, Kind] = {
    "video": "label",
    "speaker": "label",
    "start": "time",
    "end": "time",
    "duration": "time",
    "box": "box",
    "width": "size",
    "height": "size",
    "fps": "size",
    "talking": "flag",
    "text": "text",
    "text_confidence": "number",
    "no_speech": "number",
    "compression": "number",
    "dover": "number",
    "clarity": "number",
    "sync_confidence": "number",
    "face_sharpness": "number",
    "hand_sharpness": "number",
    "motion": "number",
    "caption": "text",
    "framing": "text",
    "topic": "text",
    "pair": "label",
}
"""Every quantity that a mapping may name, and what kind of value it is."""

_STRICT = {"extra": "forbid"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A file that lists clips."""

    __pydantic_config__ = _STRICT
    file: str
    form: Literal["object", "array", "lines"]
    prefix: str = ""
    """Where in the file the object or array stands (`data.clips`); empty for the whole file."""
    name: str = ""
    """Path from an entry to its clip's name, or to the names of several (`clips.*`); `@key` is an object's key."""
    video: str = ""
    """Path from an entry to the id of its source video, where the list tells it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A folder (or file) with an entry for each clip."""

    __pydantic_config__ = _STRICT
    at: tuple[str, ...]
    """Where it may be, inside the release; the first that is there counts."""
    form: Form = "files"
    """`files` also reads .tar and .tar.gz archives of such files."""
    prefix: str = ""
    key: str = "@key"
    """Path from an entry to the clip's name; `@key` is the file's name without suffix, or an object's key."""
    of_name: str = ""
    """Where entries are named by a part of the clip's name: the pattern whose first group it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """Where one quantity stands."""

    __pydantic_config__ = _STRICT
    of: str = ""
    """The table; `name` for a part of the clip's name (video and speaker only)."""
    path: str | tuple[str | int, ...] = ""
    """Keys and positions joined by dots (`meta.span.0`), `*` for all of a list, or a list of steps where a key has a
    dot; of a name, the named group of `name_pattern`."""
    unit: Literal["s", "ms", "frames", "timecode", "share", "px"] | None = None
    """Of times: s, ms, frames (by `fps`), or timecode (01:02:03.4). Of boxes: share of the picture, or px (by `width`
    and `height`)."""
    form: Literal["xyxy", "xywh"] = "xyxy"
    """Of boxes: two corners, or a corner and the size."""
    over_list: Literal["mean", "median", "least", "most", "join"] | None = None
    """How a list becomes one value."""
    parse: bool = False
    """Whether numbers are written as text."""
    pattern: str = ""
    """Of labels: the pattern whose first group is the value."""
    none: tuple[str, ...] = ()
    """Of labels: values that mean that it is not known."""
    per_video: bool = False
    """Of speakers: the same label in two videos is not the same person."""
    default: float | None = None
    """A value for all clips, where the release has none (`fps`)."""


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """A mapping file, checked in itself; whether it fits a release is for `fit`."""

    __pydantic_config__ = _STRICT
    schema: Literal["vidchatbench.release/1"]
    release: str
    """What data it is about."""
    confirmed: bool
    """Whether somebody has checked it against the release itself."""
    licence: str
    notes: str = ""
    name_suffix: str = ""
    """What stands after clip names in lists (`.json`) and is cut off."""
    name_pattern: str = ""
    """What clip names are made of, with named groups."""
    list: Listing | None = None
    sft: Listing | None = None
    """The list of the high-quality tier."""
    tables: AnyMapping[str, Table]
    quantity: AnyMapping[str, Quantity] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """Digest of what it says about the data, whatever its notes."""
        said = asdict(self)
        said.pop("notes"), said.pop("confirmed")
        return hashlib.sha256(canonical(said)).hexdigest()

    def of(self, table: str) -> dict[str, Quantity]:
        """The quantities that stand in a table."""
        return {name: where for name, where in self.quantity.items() if where.of == table}

    @property
    def main(self) -> str:
        """The table with the time span: a clip that it lacks is none."""
        return self.quantity["start"].of


def load_mapping(path: Path | None = None) -> Mapping:
    """Read a mapping file (default: the shipped one).

    Raises:
        DataError: Where it is not one, with the key concerned.
    """
    path = path or SHIPPED
    try:
        found = TypeAdapter(Mapping).validate_python(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise DataError(explain(error), where=path) from error
    except (OSError, ValueError) as error:
        raise DataError(f"cannot be read as TOML: {error}", where=path) from error
    wrong = "; ".join(_wrong(found))
    if wrong:
        raise DataError(wrong, where=path, remedy="docs/testset-build.md says what a mapping file holds")
    return found


def _wrong(mapping: Mapping) -> list[str]:
    wrong = [f"quantity.{name}: there is no such quantity" for name in mapping.quantity if name not in KINDS]
    groups: set[str] = set()
    patterns = {"name_pattern": mapping.name_pattern}
    patterns |= {f"tables.{name}.of_name": table.of_name for name, table in mapping.tables.items()}
    patterns |= {f"quantity.{name}.pattern": where.pattern for name, where in mapping.quantity.items()}
    for key, pattern in patterns.items():
        try:
            compiled = re.compile(pattern)
        except re.error as error:
            wrong.append(f"{key}: no regular expression: {error}")
            continue
        if key == "name_pattern":
            groups = set(compiled.groupindex)
        elif pattern and not compiled.groups:
            wrong.append(f"{key}: the pattern has no group")
    for name, where in mapping.quantity.items():
        if where.default is not None and name != "fps":
            wrong.append(f"quantity.{name}: only fps has a default")
        if where.of == "name":
            if name not in ("video", "speaker"):
                wrong.append(f"quantity.{name}: only video and speaker are told by names")
            elif where.path not in groups:
                wrong.append(f"quantity.{name}: name_pattern has no group {where.path!r}")
        elif where.of not in mapping.tables and where.default is None:
            wrong.append(f"quantity.{name}: there is no table {where.of!r}")
        if KINDS.get(name) == "box" and where.unit == "px" and not {"width", "height"} <= set(mapping.quantity):
            wrong.append(f"quantity.{name}: a box in px needs the quantities width and height")
        if where.unit == "frames" and "fps" not in mapping.quantity:
            wrong.append(f"quantity.{name}: frames need the quantity fps")
    wrong += [f"quantity.{needed}: is needed" for needed in ("start", "speaker") if needed not in mapping.quantity]
    if not {"end", "duration"} & set(mapping.quantity):
        wrong.append("quantity.end or quantity.duration: one of them is needed")
    if "video" not in mapping.quantity and not (mapping.list and mapping.list.video):
        wrong.append("quantity.video or list.video: one of them is needed")
    homes = {"name"} | {mapping.quantity[name].of for name in ("start",) if name in mapping.quantity}
    if "video" in mapping.quantity and mapping.quantity["video"].of not in homes:
        wrong.append("quantity.video: must be a part of the name, or stand where the start does")
    if "start" in mapping.quantity and mapping.quantity["start"].of not in mapping.tables:
        wrong.append("quantity.start: must stand in a table")
    elif "start" in mapping.quantity and mapping.tables[mapping.main].of_name:
        wrong.append(f"tables.{mapping.main}.of_name: each clip has a time span of its own")
    return wrong
