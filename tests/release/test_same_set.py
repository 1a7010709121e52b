"""One release is one test set: in whatever layout, order and Python version."""

from __future__ import annotations

import json
import tomllib

import pytest
from pydantic import TypeAdapter

from vidchatbench.testset import load
from vidchatbench.testset.jsonl import read_jsonl
from vidchatbench.testset.sources import ClipSource
from vidchatbench.types import Item, Turn

RECIPES = ("speakervid-500", "speakervid-listening", "speakervid-single", "speakervid-multi-turn")

GOLDEN = "b0bec0322d75a8c5af311a31e4037de344ac039bc11cea49fd448a11c2308b64"
"""The checksum that 3.11 and 3.13 gave: another one is another test set, and a new version of the recipe."""


@pytest.mark.parametrize("recipe", RECIPES)
def test_layout_and_order_do_not_show(release, built, recipe):
    """Other names, files, units, forms and another order of everything: the same bytes."""
    files = [
        [(out / name).read_bytes() for name in ("items.jsonl", "sources.jsonl", "testset.toml", "exclude_videos.txt")]
        for layout, order in ((1, None), (2, 5), (5, 9), (24, 2))
        for _, out in [built(*release(layout=layout, order=order, name=f"r{layout}"), recipe=recipe, count=4)]
    ]
    assert all(others == files[0] for others in files)


def test_everything_is_the_same_where_only_the_order_differs(release, built):
    folders = [built(*release(order=order, name=f"r{order}"), key=b"k" * 32)[1] for order in (None, 1, 2)]
    for suffix in ("", "-private"):
        first, *others = (folder.with_name(folder.name + suffix) for folder in folders)
        for file in sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file()):
            assert all((other / file).read_bytes() == (first / file).read_bytes() for other in others), file


def test_the_checksum_is_frozen(release, built):
    """Whatever this Python is: what one machine built, every other one must."""
    _, out = built(*release(layout=1), count=8)
    assert json.loads((out / "build.json").read_text())["sha256"] == GOLDEN


@pytest.mark.parametrize("recipe", RECIPES)
def test_what_is_written_is_a_test_set(release, built, recipe):
    """But for the end of the initiator's speech, which only the media tell."""
    found, out = built(*release(), recipe=recipe, count=4)
    lines = [json.loads(line) for line in (out / "items.jsonl").read_text().splitlines()]
    for line in lines:
        for turn in line["turns"]:
            turn.setdefault("initiator_speech_end_s", 1.0)
            if "description" not in Turn.__slots__:
                del turn["description"]
    items = TypeAdapter(list[Item]).validate_python(lines)
    sources = {source.path: source for source in read_jsonl(out / "sources.jsonl", ClipSource)}
    info = TypeAdapter(load.TestSetInfo).validate_python(tomllib.loads((out / "testset.toml").read_text()))
    assert info.tasks == (found.recipe.task,)
    named = {path for item in items for path in (item.portrait, item.voice) if path is not None}
    named |= {path for item in items for turn in item.turns for path in (turn.initiator, turn.reference)}
    assert all(item.turns[0].text or found.recipe.task == "listening" for item in items)
    assert named == sources.keys()
    for item in items:
        assert {sources[path].video for path in named if item.item_id in path} == {item.source_video}
        for turn in item.turns:
            initiator, reference = sources[turn.initiator], sources[turn.reference]
            assert turn.reference_start_s == pytest.approx(reference.start_s - initiator.start_s, abs=1e-9)
            assert all(0 <= edge <= 1 for edge in reference.box)
            assert reference.end_s > reference.start_s
        portrait = sources[item.portrait]
        assert portrait.start_s == portrait.end_s
    assert (
        "not the paper's" in (out / "CARD.md").read_text() or "not a list of the paper" in (out / "CARD.md").read_text()
    )
