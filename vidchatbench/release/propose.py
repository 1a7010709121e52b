"""A mapping that would fit: by names where they say something, else by types and ranges."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

from vidchatbench.errors import DataError
from vidchatbench.release.fit import Finding, fit
from vidchatbench.release.look import ALIKE, WORDS, box_form, like, like_step, looks_like, may_be
from vidchatbench.release.mapping import KINDS, Listing, Mapping, Quantity, Table
from vidchatbench.release.mapping_toml import mapping_toml
from vidchatbench.release.survey import Place, survey
from vidchatbench.release.values import follow

At = tuple[str | int, ...]
TOLD = ("video", "speaker", "talking", "text", "dover", "face_sharpness", "hand_sharpness", "width", "height", "fps")
"""Quantities of which the proposal says what they could be, where no name tells."""
_NOTES = "Proposed by `vidchatbench testset inspect`; nobody has looked at it."


def propose(root: Path, mapping: Mapping) -> str:
    """The text of a mapping file, made of what still fits in `mapping` and what was found instead.

    Whoever uses it must look at it: where names say nothing, types and ranges are all there is to go by.
    """
    places = [place for place in survey(root) if place.entries]
    tables = [place for place in places if not place.is_file] or places
    lists = [place for place in places if place not in tables]
    remarks: dict[str, str] = {}
    found = replace(mapping, confirmed=False, notes=_NOTES)
    found = _with_tables(found, tables)
    found = _with_lists(found, root, lists)
    taken: set[tuple[str, At]] = set()
    right = _right(root, found)
    kept = {name: where for name, where in found.quantity.items() if name in right}
    _span(kept, found, tables, taken, remarks)
    for name in KINDS:
        # The list may tell the video. Only pixels need the picture's size, and only frames their rate.
        units = {kept[one].unit for one in ("start", "box") if one in kept}
        idle = (
            (name == "video" and found.list is not None and found.list.video)
            or (name in ("width", "height") and "px" not in units)
            or (name == "fps" and "frames" not in units)
        )
        if name not in kept and not idle and name not in ("start", "end", "duration"):
            where = _quantity(name, found, tables, taken, remarks)
            if where is not None:
                kept[name] = where
    found = replace(found, quantity={name: kept[name] for name in KINDS if name in kept})
    return _told(root, found, remarks)


def _told(root: Path, found: Mapping, remarks: dict[str, str]) -> str:
    missing = [name for name in ("start", "end", "speaker", "video") if name not in found.quantity]
    if "duration" in found.quantity and "end" in missing:
        missing.remove("end")
    if "video" in missing and found.list and found.list.video:
        missing.remove("video")
    head = [f"# Not found, and needed: {name}. Add it to [quantity]." for name in missing]
    head += [f"# {name}: {remark}" for name, remark in remarks.items() if name not in found.quantity]
    if not missing:
        head += [f"# Does not fit yet: {one.what}: {one.told}" for one in _findings(root, found) if not one.fits]
    return "\n".join([*head, mapping_toml(found, remarks)])


def _findings(root: Path, mapping: Mapping) -> list[Finding]:
    try:
        return fit(root, mapping)
    except (DataError, KeyError):
        return []


def _right(root: Path, mapping: Mapping) -> set[str]:
    """The quantities that are where the mapping says, with sensible values."""
    findings = {one.what: one.fits for one in _findings(root, mapping)}
    right = {name for name in mapping.quantity if findings.get(name)}
    if findings.get("clips") is False:
        right -= {"start", "end", "duration", "box"}
    return right


def _with_tables(mapping: Mapping, places: Sequence[Place]) -> Mapping:
    """Tables where they are: by exact name, by likeness, and all other places under their own name."""
    tables: dict[str, Table] = {}
    free = list(places)
    # Likeness 2 is the name itself: those come first, so that no like name takes what is another's.
    ranked = [
        (2.0 if place.at in table.at else like(place.at, table.at), name, place)
        for name, table in mapping.tables.items()
        for place in places
    ]
    for likeness, name, place in sorted(ranked, key=lambda one: (-one[0], one[1], one[2].at)):
        if likeness >= ALIKE and name not in tables and place in free:
            free.remove(place)
            tables[name] = _table(place, mapping.tables[name])
    for place in free:
        tables[re.sub(r"\W+", "_", Path(place.at).name.split(".")[0])] = _table(place, Table(at=(place.at,)))
    return replace(mapping, tables=tables)


def _table(place: Place, table: Table) -> Table:
    key = "@key"
    if place.form in ("array", "lines"):
        names = _names(place)
        key = ".".join(map(str, names)) if names is not None else ""
    return replace(table, at=(place.at,), form=place.form, key=key)


def _with_lists(mapping: Mapping, root: Path, places: Sequence[Place]) -> Mapping:
    changes: dict[str, Listing | None] = {}
    free = [place for place in places if place.form != "files"]
    for kind, listing in (("list", mapping.list), ("sft", mapping.sft)):
        expected = listing.file if listing else kind
        # Of two lists whose names say nothing, the longer one has all clips.
        best = max(free, key=lambda place: (round(like(place.at, (expected,)), 1) if place.at == expected else 0,
                                            (root / place.at).stat().st_size), default=None)  # fmt: skip
        changes[kind] = None
        if best is not None:
            free.remove(best)
            changes[kind] = _listing(best)
    return replace(mapping, list=changes["list"], sft=changes["sft"])


def _listing(place: Place) -> Listing:
    form = place.form
    assert form != "files"
    top = place.seen[()].type
    if top == "texts":
        return Listing(file=place.at, form=form, name="*", video="@key" if form == "object" else "")
    if top == "text":
        return Listing(file=place.at, form=form)
    names = _names(place)
    name = ".".join(map(str, names)) if names is not None else "@key" if form == "object" else ""
    video = _best("video", place, exclude={names} if names is not None else set())
    return Listing(file=place.at, form=form, name=name, video=".".join(map(str, video)) if video else "")


def _names(place: Place) -> At | None:
    """The path of texts that could be names of clips: all different, one word, and long."""
    scored = []
    for at, seen in place.seen.items():
        if seen.type != "text" or not seen.texts or any(" " in text for text in seen.texts[:20]):
            continue
        distinct = len(set(seen.texts)) / len(seen.texts)
        if distinct > 0.95:
            likeness = like_step(at, "name clip_name clip filename id")
            scored.append((likeness, sum(map(len, seen.texts)) / len(seen.texts), str(at), at))
    return max(scored)[3] if scored else None


def _span(
    kept: dict[str, Quantity],
    mapping: Mapping,
    places: Sequence[Place],
    taken: set[tuple[str, At]],
    remarks: dict[str, str],
) -> None:
    """Start and end, where they are not right already: two numbers of one place, the second always the larger."""
    if "start" in kept and ("end" in kept or "duration" in kept):
        return
    for name in ("start", "end", "duration"):
        kept.pop(name, None)
    best: tuple[float, str, At, At, str] | None = None
    for place in places:
        corners = {at for at, seen in place.seen.items() if seen.type == "4 numbers"}
        ways = [
            at
            for at, seen in place.seen.items()
            if seen.type == "number" and at[:-1] not in corners and len(set(seen.numbers)) > 0.5 * len(place.entries)
        ]
        for first in ways:
            for second in ways:
                unit = _unit(place, first, second) if first != second else None
                if unit is None:
                    continue
                likeness = like_step(first, WORDS["start"]) + like_step(second, WORDS["end"])
                beside = 0.5 if first[:-1] == second[:-1] else 0.0
                if best is None or likeness + beside > best[0]:
                    best = (likeness + beside, place.at, first, second, unit)
    if best is None:
        remarks["start"] = "no two numbers are a start and an end; a start and a duration have to be given by hand"
        return
    _, at, first, second, unit = best
    of = _name_of(mapping, at)
    kept["start"] = Quantity(of=of, path=_path(first), unit=unit)  # type: ignore[arg-type]
    kept["end"] = Quantity(of=of, path=_path(second), unit=unit)  # type: ignore[arg-type]
    taken |= {(at, first), (at, second)}
    if best[0] < 2 * ALIKE:
        remarks["start"] = "two numbers, the second always the larger by the length of a clip: check them"


def _unit(place: Place, first: At, second: At) -> str | None:
    """The unit in which two numbers are a clip of 0.5 to 60 s; None where the second is not always the larger."""
    pairs = [(follow(entry.value, first), follow(entry.value, second)) for entry in place.entries]
    both = [(one, other) for one, other in pairs if isinstance(one, (int, float)) and isinstance(other, (int, float))]
    if len(both) < 0.5 * len(pairs) or sum(other > one >= 0 for one, other in both) < 0.95 * len(both):
        return None
    middle = median(other - one for one, other in both)
    whole = all(float(one).is_integer() and float(other).is_integer() for one, other in both)
    spread = max(one for one, _ in both) - min(one for one, _ in both)
    if spread <= middle:  # starts of clips are further apart than one clip is long
        return None
    if 0.5 <= middle <= 60 and not whole:
        return "s"
    if whole and middle > 1500:
        return "ms"
    return "frames" if whole and middle > 12 else "s" if 0.5 <= middle <= 60 else None


def _quantity(
    name: str, mapping: Mapping, places: Sequence[Place], taken: set[tuple[str, At]], remarks: dict[str, str]
) -> Quantity | None:
    scored = []
    for place in places:
        of = _name_of(mapping, place.at)
        # What a table is for says where to look; names of fields say more.
        home = 0.3 if mapping.quantity.get(name) is not None and mapping.quantity[name].of == of else 0.0
        for at, seen in place.seen.items():
            if (place.at, at) not in taken and may_be(name, seen):
                scored.append((like_step(at, WORDS[name]) + home, seen.count, str(at), at, place))
    scored.sort(key=lambda one: (-one[0], -one[1], one[2]))
    if not scored:
        return None
    likeness, _, _, at, place = scored[0]
    sure = likeness >= ALIKE
    if not sure:
        # Names say nothing: what has the look of it, where only one thing has.
        looks = [one for one in scored if looks_like(name, one[4].seen[one[3]])]
        if len(looks) != 1:
            if name in TOLD and looks:
                could = ", ".join(
                    f"{'.'.join(map(str, at))} of {place.at} ({place.seen[at]})" for _, _, _, at, place in looks[:4]
                )
                remarks[name] = f"no name tells it; it could be {could}"
            return None
        _, _, _, at, place = looks[0]
        remarks[name] = "by its look alone, not by name: check it"
    taken.add((place.at, at))
    seen = place.seen[at]
    where = Quantity(of=_name_of(mapping, place.at), path=_path(at))
    if KINDS[name] == "box":
        form, unit = box_form(seen)
        where = replace(where, form=form, unit=unit)  # type: ignore[arg-type]
    elif seen.type.endswith("numbers"):
        where = replace(where, over_list="mean")
    elif seen.type == "texts":
        where = replace(where, over_list="join")
    return where


def _best(name: str, place: Place, exclude: set[At]) -> At | None:
    scored = [
        (like_step(at, WORDS[name]), str(at), at)
        for at, seen in place.seen.items()
        if at and at not in exclude and may_be(name, seen)
    ]
    if not scored:
        return None
    # An entry that holds a clip's name and one more text: that is its video.
    likeness, _, at = max(scored)
    return at if likeness >= ALIKE or len(scored) == 1 else None


def _name_of(mapping: Mapping, at: str) -> str:
    return next(name for name, table in mapping.tables.items() if table.at == (at,))


def _path(at: At) -> str | At:
    """As text where that reads as the same steps."""
    text = ".".join(map(str, at))
    plain = all(isinstance(step, int) or ("." not in step and step and not step.isdecimal()) for step in at)
    return text if plain else at
