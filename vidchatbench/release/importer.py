"""Reading a release: its lists, then its tables, entry by entry; only clips of the videos asked for are kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

from vidchatbench.errors import DataError
from vidchatbench.release.clip import ReleasedClip, released_clip
from vidchatbench.release.documents import Entry, listed_entries, present, table_entries
from vidchatbench.release.draft import Draft
from vidchatbench.release.mapping import Listing, Mapping, Table
from vidchatbench.release.skipped import Skipped
from vidchatbench.release.values import Fault, follow, label, reader, steps_of


@dataclass(frozen=True, slots=True)
class Release:
    """What was read."""

    videos: dict[str, list[ReleasedClip]]
    """The clips of each source video that was asked for, in order of time."""
    entries: int
    """How many clips the release has."""
    skipped: Skipped
    present: dict[str, bool]
    """Which of the lists and tables are there."""


@dataclass
class _Import:
    root: Path
    mapping: Mapping
    keep: Callable[[str], bool]
    drafts: dict[str, Draft] = field(default_factory=dict)
    spoilt: dict[str, set[str]] = field(default_factory=dict)
    """Reasons by clip; a set, so that a reason counts once however often and in what order it is met."""
    skipped: Skipped = field(default_factory=Skipped)

    def spoil(self, name: str, reason: str) -> None:
        reasons = self.spoilt.setdefault(name, set())
        if reason not in reasons:
            reasons.add(reason)
            self.skipped.add(reason, name)

    def names(self, listing: Listing, entry: Entry) -> list[str]:
        """The clip names of an entry of a list; what is none is counted."""
        found = entry.key if listing.name == "@key" else follow(entry.value, steps_of(listing.name))
        names, what = [], "sft" if listing is self.mapping.sft else "list"
        for one in found if isinstance(found, list) else [found]:
            try:
                name = label(one)
            except Fault as fault:
                self.skipped.add(f"{what}: clip name {fault}", repr(one)[:80])
            else:
                names.append((name or "").removesuffix(self.mapping.name_suffix))
        return names


def read_release(root: Path, mapping: Mapping, keep: Callable[[str], bool] = lambda video: True) -> Release:
    """Read the clips of all source videos that `keep` wants.

    Raises:
        DataError: Where a list or an archive breaks off, or there is nothing to read.
    """
    there = present(root, mapping)
    if not there.get(mapping.main):
        at = " or ".join(mapping.tables[mapping.main].at)
        raise DataError(f"there is no {at}, where the time spans stand", where=root, remedy=_INSPECT)
    work = _Import(root, mapping, keep)
    # Where the name or the list tells the video, most entries need not be opened at all.
    told = mapping.quantity["video"].of == "name" if "video" in mapping.quantity else True
    listed = bool(there.get("list"))
    if told and listed:
        entries = _from_list(work)
        _read_table(work, mapping.main)
    else:
        entries = _from_main(work)
        if listed and mapping.list:
            entries = _check_list(work, mapping.list)
    if there.get("sft") and mapping.sft:
        for entry in listed_entries(root, mapping.sft):
            for name in work.names(mapping.sft, entry):
                if name in work.drafts:
                    work.drafts[name].sft = True
    for table in mapping.tables:
        if table != mapping.main and mapping.of(table):
            _read_table(work, table)
    return Release(_clips(work, sft=bool(there.get("sft"))), entries, work.skipped, there)


_INSPECT = "vidchatbench testset inspect PATH says what is there; a mapping file says where it stands"


def _video_reader(mapping: Mapping) -> Callable[[str], str | None]:
    """From a clip's name to its video, where names tell it."""
    where = mapping.quantity.get("video")
    if where is None or where.of != "name":
        return lambda name: None
    pattern, group = re.compile(mapping.name_pattern), str(where.path)

    def read(name: str) -> str | None:
        found = pattern.search(name)
        return found[group] if found else None

    return read


def _from_list(work: _Import) -> int:
    listing = work.mapping.list
    assert listing is not None
    count, repeated = 0, set[str]()
    for name, video in _listed(work, listing):
        count += 1
        if video is None:
            work.skipped.add("list: the video of a clip is not told", name)
        elif name in work.drafts:
            repeated.add(name)
        elif work.keep(video):
            work.drafts[name] = Draft()
            work.drafts[name].video = video
    # Again, for what another video has, too: where that is not kept, it left no trace the first time.
    for name, video in _listed(_Import(work.root, work.mapping, work.keep), listing):
        if name in work.drafts and work.drafts[name].video != video:
            work.spoil(name, "list: one clip under two videos")
    for name in repeated - work.spoilt.keys():
        work.skipped.add("list: a clip is there twice", name)
    return count


def _listed(work: _Import, listing: Listing) -> Iterator[tuple[str, str | None]]:
    """Each clip's name with its video, as names or the list tell it."""
    video_of, steps = _video_reader(work.mapping), steps_of(listing.video)
    for entry in listed_entries(work.root, listing):
        if entry.fault:
            work.skipped.add(f"list: entry {entry.fault}", entry.key)
            continue
        told = entry.key if listing.video == "@key" else follow(entry.value, steps) if steps else None
        try:
            video = label(told) if told is not None else None
        except Fault:
            video = None
        for name in work.names(listing, entry):
            yield name, video_of(name) or video


def _from_main(work: _Import) -> int:
    """Clips from the table of time spans, where only that tells what videos there are."""
    mapping, video_of, seen = work.mapping, _video_reader(work.mapping), set[int]()
    table = mapping.tables[mapping.main]
    readers = {name: reader(name, where) for name, where in mapping.of(mapping.main).items()}
    count = 0

    def wanted(key: str) -> bool:
        nonlocal count
        count += 1
        video = video_of(key)
        return video is None or work.keep(video)

    for entry in table_entries(work.root, table, wanted):
        count += table.form != "files"
        name = _key_of(work, mapping.main, table, entry)
        video = video_of(name) if name is not None else None
        if name is None or (video is not None and not work.keep(video)):
            continue
        values = _values(work, mapping.main, readers, entry, [name])
        if values is None:
            continue
        video = video or values.get("video")
        if video is None:
            work.spoil(name, "video: is not there")
            continue
        digest = int.from_bytes(blake2b(name.encode(), digest_size=8).digest())
        met, kept = digest in seen, work.drafts.get(name)
        seen.add(digest)
        if not work.keep(video):
            differs = kept is not None
        elif kept is None:
            # Met, but not kept: it was under another video.
            differs = met
            if not met:
                kept = work.drafts[name] = Draft()
                kept.video = video
                kept.take(mapping.main, values)
        else:
            differs = kept.video != video or not kept.take(mapping.main, values)
        if differs:
            work.spoil(name, f"{mapping.main}: two entries of one clip differ")
    return count


def _check_list(work: _Import, listing: Listing) -> int:
    """Drop what the list does not name; how many it names."""
    count, named = 0, set[str]()
    for entry in listed_entries(work.root, listing):
        if entry.fault:
            work.skipped.add(f"list: entry {entry.fault}", entry.key)
            continue
        for name in work.names(listing, entry):
            count += 1
            if name in named:
                work.skipped.add("list: a clip is there twice", name)
            elif name in work.drafts:
                named.add(name)
    for name in work.drafts.keys() - named:
        work.spoil(name, "list: does not name the clip")
    return count


def _read_table(work: _Import, name: str) -> None:
    """Read a table for the clips that are kept."""
    mapping = work.mapping
    table = mapping.tables[name]
    readers = {quantity: reader(quantity, where) for quantity, where in mapping.of(name).items()}
    owners: dict[str, list[str]] | None = None
    if table.of_name:
        pattern, owners = re.compile(table.of_name), {}
        for clip in work.drafts:
            found = pattern.search(clip)
            if found:
                owners.setdefault(found[1], []).append(clip)
    known = (work.drafts if owners is None else owners).__contains__
    in_key = table.form == "files" or (table.form == "object" and table.key == "@key")
    for entry in table_entries(work.root, table, known if in_key else lambda key: True):
        key = _key_of(work, name, table, entry)
        if key is None or not known(key):
            continue
        clips = [key] if owners is None else owners[key]
        values = _values(work, name, readers, entry, clips)
        for clip in clips if values is not None else ():
            if not work.drafts[clip].take(name, values or {}):
                work.spoil(clip, f"{name}: two entries of one clip differ")


def _key_of(work: _Import, name: str, table: Table, entry: Entry) -> str | None:
    if table.key == "@key":
        try:
            return (label(entry.key) or "").removesuffix(work.mapping.name_suffix)
        except Fault as fault:
            work.skipped.add(f"{name}: clip name {fault}", entry.key)
            return None
    if entry.fault:
        work.skipped.add(f"{name}: entry {entry.fault}", entry.key)
        return None
    try:
        found = follow(entry.value, steps_of(table.key))
        if found is None:
            raise Fault("is not there")
        return (label(found) or "").removesuffix(work.mapping.name_suffix)
    except Fault as fault:
        work.skipped.add(f"{name}: clip name {fault}", entry.key)
        return None


def _values(
    work: _Import, table: str, readers: dict[str, Callable[[Any], Any]], entry: Entry, names: list[str]
) -> dict[str, Any] | None:
    """An entry's values; None where one is not right, and its clips are spoilt."""
    fault, values = entry.fault, {}
    for quantity, read in readers.items() if not fault else ():
        try:
            values[quantity] = read(entry.value)
        except Fault as found:
            fault = f"{quantity} {found}"
            break
    if not fault:
        return values
    for name in names:
        work.spoil(name, f"{table}: {fault}")
    return None


def _clips(work: _Import, *, sft: bool) -> dict[str, list[ReleasedClip]]:
    """Put the drafts together, by video; each draft is let go as soon as it is used."""
    mapping = work.mapping
    where = mapping.quantity["speaker"]
    pattern = re.compile(mapping.name_pattern) if where.of == "name" else None
    videos: dict[str, list[ReleasedClip]] = {}
    while work.drafts:
        name, draft = work.drafts.popitem()
        if name in work.spoilt:
            continue
        if mapping.main not in draft.seen:
            work.skipped.add(f"{mapping.main}: has no entry of the clip", name)
            continue
        try:
            if pattern is not None:
                found = pattern.search(name)
                draft.speaker = label(found[str(where.path)], none=where.none) if found else None
            clip = released_clip(name, draft, mapping, draft.sft if sft else None)
        except Fault as fault:
            work.skipped.add(str(fault), name)
        else:
            videos.setdefault(clip.video, []).append(clip)
    return {video: sorted(videos[video], key=lambda clip: clip.order) for video in sorted(videos)}
