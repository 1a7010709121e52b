"""The card of a built test set: what it is and is not, what it was chosen from, how it is spread, what to leave out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from vidchatbench.release.bars import bars, binned
from vidchatbench.release.build import Built
from vidchatbench.release.candidate import Candidate, stratum


def charts(built: Built, chosen: Sequence[Candidate]) -> dict[str, str]:
    """The pictures of a card by file name."""
    strata = [stratum(one, built.recipe.strata) for one in chosen]
    lengths = [turn[1].end_s - turn[1].start_s for one in chosen for turn in one.turns]
    gaps = [round(turn[1].start_s - turn[0].end_s, 3) for one in chosen for turn in one.turns]
    made = {
        "framing.svg": bars("Items by framing", _counted(one[0] for one in strata)),
        "length.svg": bars("References by length", binned(lengths, 1.0, "s")),
        "topic.svg": bars("Items by topic", _counted(one[2] for one in strata)),
    }
    if built.recipe.pairing.kind == "consecutive":
        made["gap.svg"] = bars("From the initiator's clip to the reference", binned(gaps, 0.5, "s"))
    dover = [clip.numbers["dover"] for one in chosen for clip in one.clips if "dover" in clip.numbers]
    return made | ({"dover.svg": bars("Clips by DOVER score", binned(dover, 0.05, ""))} if dover else {})


def _counted(labels: object) -> list[tuple[str, int]]:
    counts = Counter(labels)  # type: ignore[call-overload]
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def card(built: Built, chosen: Sequence[Candidate], checksum: str, *, private: bool) -> str:
    """`CARD.md`."""
    recipe, mapping, release = built.recipe, built.mapping, built.release
    clips = [clip for video in release.videos.values() for clip in video]
    strata = [stratum(one, recipe.strata) for one in chosen]
    responders = {one.responder for one in chosen if one.responder is not None}
    same = sum(one.portrait is None for one in chosen)
    facts = {
        "items": f"{len(chosen)} `{recipe.task}`, {sum(len(one.turns) for one in chosen)} answers to give",
        "source videos": f"{len({one.video for one in chosen})}",
        "responders": f"{len(responders)} known" + (
            f"; {sum(one.responder is None for one in chosen)} items with one that the release does not name"
            if any(one.responder is None for one in chosen) else ""),
        "strata": f"{len(set(strata))} of framing, length and topic",
        "portraits": f"{len(chosen) - same} of another clip, {same} the reference's first picture",
        "voices": f"{sum(one.voice is not None for one in chosen)} from another clip of the responder",
        "protocol, profile": f"{recipe.protocol}, {recipe.profile}",
        "licence": recipe.licence,
        "recipe": f"`{recipe.id}` {recipe.version}, sha256 {recipe.sha256[:16]}",
        "mapping": f"{mapping.release}, sha256 {mapping.sha256[:16]}, "
        + ("confirmed" if mapping.confirmed else "**not confirmed** by anybody who has compared it with the release"),
        "checksum": f"`{checksum}` (`cat items.jsonl sources.jsonl \\| sha256sum`)",
    }  # fmt: skip
    gaps = list(recipe.gaps) + [
        f"Not asked for, since this release does not tell it: {unused}." for unused in built.unused
    ]
    refused = sorted(built.refused.items(), key=lambda pair: (-pair[1], pair[0]))
    hidden = " Held back: chosen with a key, from videos and people that the open set does not have." if private else ""
    parts = [
        f"# Test set `{recipe.id}{'-private' if private else ''}`, version {recipe.version}",
        f"{recipe.description.strip()}{hidden}",
        "| | |\n|---|---|\n" + "\n".join(f"| {name} | {value} |" for name, value in facts.items()),
        "## Known gaps\n" + "\n".join(f"* {gap}" for gap in gaps),
        "## What it was chosen from\n"
        f"Of {release.entries:,} clips, those of {len(release.videos):,} source videos are the *reserve*: "
        f"{recipe.reserve.share:.1%} of all videos, by a digest of their ids. {len(clips):,} of their clips could be "
        f"read, {len(built.eligible):,} candidates are good enough, and the items are those of lowest rank, one for "
        "each source video and responder as far as possible, spread over the strata in proportion.",
        f"No model that is scored on this set may be trained on the reserve: the {len(built.videos):,} videos of "
        f"`exclude_videos.txt`, and all clips of the {len(built.speakers):,} people of `exclude_speakers.txt`.",
    ]
    if refused:
        parts.append("Clips that a bound of the recipe refuses:\n\n" + _table(refused))
    if release.skipped.counts:
        parts.append("Entries that were passed over:\n\n```\n" + str(release.skipped) + "\n```")
    pictures = "\n".join(f"![{name.removesuffix('.svg')}](card/{name})" for name in charts(built, chosen))
    parts.append(f"## How it is spread\n{pictures}")
    return "\n\n".join(parts) + "\n"


def _table(rows: Sequence[tuple[str, int]]) -> str:
    return "| reason | clips |\n|---|---|\n" + "\n".join(f"| {reason} | {count:,} |" for reason, count in rows)
