"""Whether a mapping fits a release: every quantity is sought in the first entries."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from vidchatbench.errors import DataError
from vidchatbench.release.clip import released_clip
from vidchatbench.release.documents import Entry, listed_entries, present, table_entries
from vidchatbench.release.draft import Draft
from vidchatbench.release.mapping import Listing, Mapping, Quantity
from vidchatbench.release.sample import samples
from vidchatbench.release.values import Fault, follow, label, reader, steps_of

NEEDED = frozenset(("video", "speaker", "start", "end", "duration"))
ENOUGH = 0.5
"""The share of the samples in which a needed quantity must be found; faults of single entries do not matter here."""
CLIP_S = (0.2, 120.0)
"""Between these the middle clip's length must lie; elsewhere the unit is another one."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether one thing that the mapping says is so."""

    what: str
    fits: bool
    told: str

    def __str__(self) -> str:
        """`ok    start: 200 of 200`."""
        return f"{'ok' if self.fits else 'WRONG':6} {self.what}: {self.told}"


def fit(root: Path, mapping: Mapping) -> list[Finding]:
    """Everything that the mapping says, held against the first entries of each list and table.

    Raises:
        DataError: Where a file breaks off within them.
    """
    if not root.is_dir():
        raise DataError("there is no such folder", where=root)
    there = present(root, mapping)
    findings, names = [], list[str]()
    for kind, listing in (("list", mapping.list), ("sft", mapping.sft)):
        if listing is None:
            continue
        if not there[kind]:
            findings.append(Finding(kind, True, f"{listing.file} is not there; it is done without"))
            continue
        found = _names(root, mapping, listing)
        names += found if kind == "list" else []
        findings.append(Finding(kind, bool(found), f"{listing.file}: {_first(found) or 'no clip names'}"))
    for table, where in mapping.tables.items():
        if not mapping.of(table):
            continue
        if not there[table]:
            without = "nothing can be built" if table == mapping.main else "it is done without"
            told = f"{' or '.join(where.at)} is not there; {without}"
            findings.append(Finding(table, table != mapping.main, told))
            continue
        entries = samples(table_entries(root, where))
        keys = _keys(entries, where.key, mapping.name_suffix)
        findings.append(Finding(table, bool(keys), _first(keys) or "no entries with a name"))
        findings += [_quantity(mapping, table, quantity, entries) for quantity in mapping.of(table)]
        if table == mapping.main:
            findings.append(_clips(mapping, entries))
            names = names or keys
    if "video" not in mapping.quantity and not there.get("list"):
        findings.append(Finding("video", False, "only the list tells it, and there is none"))
    return findings + [_in_name(mapping, quantity, names) for quantity in mapping.of("name")]


def check_fit(root: Path, mapping: Mapping) -> None:
    """Refuse to go on with a mapping that does not fit.

    Raises:
        DataError: With what does not fit, and the mapping that would.
    """
    wrong = [finding for finding in fit(root, mapping) if not finding.fits]
    if wrong:
        from vidchatbench.release.propose import propose

        proposal = propose(root, mapping)
        raise DataError(
            "the mapping does not fit this release:\n" + "\n".join(f"  {finding}" for finding in wrong)
            + f"\nThis one might (a proposal, to be looked at):\n\n{proposal}",
            where=root,
            remedy=f"vidchatbench testset inspect {root} --write mapping.toml, check it, and give it as --mapping",
        )  # fmt: skip


def _names(root: Path, mapping: Mapping, listing: Listing) -> list[str]:
    found = []
    for entry in samples(listed_entries(root, listing)):
        names = entry.key if listing.name == "@key" else follow(entry.value, steps_of(listing.name))
        for one in names if isinstance(names, list) else [names]:
            try:
                found.append((label(one) or "").removesuffix(mapping.name_suffix))
            except Fault:
                continue
    return found


def _keys(entries: list[Entry], path: str, suffix: str) -> list[str]:
    found = []
    for entry in entries:
        try:
            key = label(entry.key if path == "@key" else follow(entry.value, steps_of(path)))
        except Fault:
            continue
        found.append((key or "").removesuffix(suffix))
    return found


def _first(names: list[str]) -> str:
    return f"{len(names)} sampled, such as {names[0]}" if names else ""


def _quantity(mapping: Mapping, table: str, quantity: str, entries: list[Entry]) -> Finding:
    read, found, faults = reader(quantity, mapping.quantity[quantity]), 0, list[str]()
    for entry in entries:
        try:
            found += read(entry.value) is not None
        except Fault as fault:
            faults.append(str(fault))
    path = mapping.quantity[quantity].path
    at = path if isinstance(path, str) else ".".join(map(str, path))
    told = f"{found} of {len(entries)} in {table} at {at!r}"
    if faults:
        told += f"; {len(faults)} times it {max(sorted(set(faults)), key=faults.count)}"
    fits = found >= ENOUGH * len(entries) if quantity in NEEDED else found > 0
    return Finding(quantity, fits, told)


def _clips(mapping: Mapping, entries: list[Entry]) -> Finding:
    """Times and boxes together, on the table of time spans alone."""
    readers = {name: reader(name, where) for name, where in mapping.of(mapping.main).items()}
    if mapping.quantity["start"].unit == "frames" and not (mapping.quantity["fps"].default or "fps" in readers):
        return Finding("clips", True, "not looked at: another table has the frame rate")
    if not {"width", "height"} <= readers.keys() and mapping.quantity.get("box", Quantity()).unit == "px":
        readers.pop("box", None)  # another table has the picture's size
    lengths, faults = list[float](), list[str]()
    for entry in entries:
        draft = Draft()
        try:
            draft.take(mapping.main, {name: read(entry.value) for name, read in readers.items()})
            draft.video = draft.video or "video"
            lengths.append(released_clip("clip", draft, mapping, None).numbers["duration"])
        except Fault as fault:
            faults.append(str(fault))
    if len(lengths) < ENOUGH * len(entries) or not lengths:
        told = max(sorted(set(faults)), key=faults.count) if faults else "no entries"
        return Finding("clips", False, f"{len(lengths)} of {len(entries)} have a time span and a box; {told}")
    middle = median(lengths)
    fits = CLIP_S[0] <= middle <= CLIP_S[1]
    return Finding("clips", fits, f"the middle one lasts {middle:g} s" + ("" if fits else "; the unit is another one"))


def _in_name(mapping: Mapping, quantity: str, names: list[str]) -> Finding:
    pattern, group = re.compile(mapping.name_pattern), str(mapping.quantity[quantity].path)
    found = [match[group] for match in map(pattern.search, names) if match]
    told = f"{len(found)} of {len(names)} in the name" + (f", such as {found[0]}" if found else "")
    return Finding(quantity, bool(names) and len(found) >= ENOUGH * len(names), told)
