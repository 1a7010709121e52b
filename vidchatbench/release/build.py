"""From a release and a recipe to a test set: the items, where their clips are cut from, and what no model may see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vidchatbench.errors import DataError
from vidchatbench.release.candidate import Candidate, Stretch, stratum
from vidchatbench.release.choose import choose
from vidchatbench.release.clip import ReleasedClip
from vidchatbench.release.fit import check_fit
from vidchatbench.release.importer import Release, read_release
from vidchatbench.release.mapping import Mapping
from vidchatbench.release.pairing import candidates
from vidchatbench.release.recipe import Bounds, Recipe
from vidchatbench.testset.sources import ClipSource

SPOKEN = ("text_confidence", "no_speech", "compression", "sync_confidence")
"""Scores of speech, which a clip of somebody who listens does not have to have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What a build found and chose."""

    recipe: Recipe
    mapping: Mapping
    release: Release
    chosen: list[Candidate]
    private: list[Candidate]
    """Chosen by the key, from what is left when the videos and people of `chosen` are taken away."""
    eligible: list[Candidate]
    """What the items were chosen from."""
    refused: Counter[str]
    """How many clips of the reserve each bound of the recipe refuses."""
    unused: tuple[str, ...]
    """What the recipe asks and this release cannot tell."""

    @property
    def videos(self) -> list[str]:
        """All source videos of the reserve."""
        return list(self.release.videos)

    @property
    def speakers(self) -> list[str]:
        """Everybody who is seen in them."""
        clips = (clip for video in self.release.videos.values() for clip in video)
        return sorted({clip.speaker for clip in clips if clip.speaker is not None})


def build(root: Path, recipe: Recipe, mapping: Mapping, key: bytes | None = None) -> Built:
    """Choose a recipe's items from a release, and with `key` those that are held back.

    Raises:
        DataError: Where the mapping does not fit the release, a file of it breaks off, or too few items are left.
    """
    if key is not None and not recipe.private:
        raise DataError(f"{recipe.id} holds nothing back", remedy="say how many items: --private N")
    check_fit(root, mapping)
    release = read_release(root, mapping, recipe.reserve.holds)
    bounds, unused = _bounds(recipe, mapping, release)
    heard = _told("text", mapping, release)
    refused: Counter[str] = Counter()
    good: dict[str, bool] = {}
    for video in release.videos.values():
        for clip in video:
            why = _faults(clip, recipe, bounds, heard=heard)
            refused.update(why)
            good[clip.name] = not why
    eligible = [
        one
        for video in release.videos.values()
        for one in candidates(video, recipe.pairing, lambda clip: good[clip.name])
    ]
    chosen = choose(eligible, recipe.count, recipe.rank, lambda one: stratum(one, recipe.strata))
    _enough(chosen, recipe.count, recipe, "count", eligible, release, refused)
    private: list[Candidate] = []
    if key is not None:
        videos = {one.video for one in chosen}
        people = {speaker for one in chosen for speaker in one.speakers}
        left = [one for one in eligible if one.video not in videos and not one.speakers & people]
        private = choose(
            left, recipe.private, lambda name: recipe.rank(name, key), lambda one: stratum(one, recipe.strata)
        )
        _enough(private, recipe.private, recipe, "private", left, release, refused)
    return Built(
        recipe=recipe,
        mapping=mapping,
        release=release,
        chosen=chosen,
        private=private,
        eligible=eligible,
        refused=refused,
        unused=unused,
    )


def _bounds(recipe: Recipe, mapping: Mapping, release: Release) -> tuple[dict[str, Bounds], tuple[str, ...]]:
    """The bounds that can be held, and what cannot be told of this release."""
    held, unused, asked = dict[str, Bounds](), list[str](), dict(recipe.bounds)
    if recipe.tier == "sft" and not release.present.get("sft"):
        unused.append("the list of the high-quality tier (its thresholds stand in for it)")
        asked.update(recipe.tier_bounds)
    for name, bound in asked.items():
        if name == "duration" or _told(name, mapping, release):
            held[name] = bound
        else:
            unused.append(f"{name}, {bound}")
    if not _told("text", mapping, release):
        unused.append("transcripts")
    return held, tuple(unused)


def _told(quantity: str, mapping: Mapping, release: Release) -> bool:
    """Whether the release tells a quantity of any clip."""
    where = mapping.quantity.get(quantity)
    return where is not None and release.present.get(where.of, False)


def _faults(clip: ReleasedClip, recipe: Recipe, bounds: dict[str, Bounds], *, heard: bool) -> list[str]:
    """Why a clip is not good enough."""
    why = []
    if recipe.tier == "sft" and clip.sft is False:
        why.append("not in the list of the high-quality tier")
    for name, bound in bounds.items():
        if name in SPOKEN and clip.talking is False:
            continue
        value = clip.numbers.get(name)
        if value is None:
            why.append(f"{name} is not told")
        elif not bound.hold(value):
            why.append(f"{name} is not {bound}")
    if heard and clip.talking is not False and not clip.text:
        why.append("no transcript")
    return why


def _enough(
    found: list[Candidate],
    count: int,
    recipe: Recipe,
    option: str,
    eligible: list[Candidate],
    release: Release,
    refused: Counter[str],
) -> None:
    if len(found) == count:
        return
    clips = sum(len(video) for video in release.videos.values())
    asked = "" if eligible else f", since no clips are {recipe.pairing.kind.replace('_', '-')} as the recipe asks"
    reasons = "; ".join(f"{n:,} {why}" for why, n in refused.most_common(3)) or "none of them refused by a bound"
    raise DataError(
        f"{recipe.id} needs {count} items ({option}), and this release has {len(found)}: {len(release.videos):,} "
        f"source videos of the reserve ({recipe.reserve.share:.0%} of all), {clips:,} clips that could be read, "
        f"{len(eligible):,} candidates{asked}. Clips refused: {reasons}",
        remedy=f"--{option} {len(found)} or lower"
        if found
        else "vidchatbench testset inspect PATH says whether the mapping reads what it should"
        if option == "count"
        else "fewer items in the open set (--count) leave some for the private one",
    )


def rows(chosen: Sequence[Candidate], recipe: Recipe) -> tuple[list[dict[str, Any]], list[ClipSource]]:
    """The lines of `items.jsonl` and of `sources.jsonl`, sorted.

    What only the media can tell (where the initiator's speech ends) is left out: `testset lock` finds it.
    """
    items, sources = [], []
    for one in chosen:
        turns = []
        for number, (initiator, reference) in enumerate(one.turns):
            stem = f"media/{one.item_id}" + (f".t{number}" if number else "")
            paths = f"{stem}.initiator.mp4", f"{stem}.responder.mp4"
            sources.append(_source(paths[1], reference))
            if initiator == reference:  # somebody alone
                paths = paths[1], paths[1]
            else:
                sources.append(_source(paths[0], initiator))
            turns.append(
                {
                    "initiator": paths[0],
                    "initiator_text": initiator.clip.text,
                    "reference": paths[1],
                    "reference_start_s": round(reference.start_s - initiator.start_s, 3),
                    "text": reference.clip.text,
                    "description": reference.clip.caption,
                }
            )
        portrait, voice = f"media/{one.item_id}.portrait.png", None
        sources.append(_portrait(portrait, one))
        if one.voice is not None:
            voice = f"media/{one.item_id}.voice.wav"
            sources.append(_source(voice, Stretch.whole(one.voice)))
        framing, length, topic = stratum(one, recipe.strata)
        items.append(
            {
                "item_id": one.item_id,
                "task": recipe.task,
                "turns": turns,
                "portrait": portrait,
                "voice": voice,
                "history": [{"speaker": speaker, "text": text} for speaker, text in one.history],
                "source_video": one.video,
                "slices": {
                    "framing": framing,
                    "length": length,
                    "topic": topic,
                    "portrait": "of another clip" if one.portrait is not None else "of the reference",
                }
                | ({"turns": str(len(one.turns))} if recipe.pairing.turns[1] > 1 else {}),
            }
        )
    return sorted(items, key=lambda item: str(item["item_id"])), sorted(sources, key=lambda source: source.path)


def _source(path: str, stretch: Stretch) -> ClipSource:
    clip = stretch.clip
    box = None if path.endswith(".wav") else clip.box
    return ClipSource(path=path, video=clip.video, start_s=stretch.start_s, end_s=stretch.end_s, box=box)


def _portrait(path: str, one: Candidate) -> ClipSource:
    """The middle of another clip of the responder; else the first picture of the reference."""
    if one.portrait is None:
        reference = one.turns[0][1]
        moment, clip = reference.start_s, reference.clip
    else:
        clip = one.portrait
        moment = round((clip.start_s + clip.end_s) / 2, 3)
    return ClipSource(path=path, video=clip.video, start_s=moment, end_s=moment, box=clip.box)
