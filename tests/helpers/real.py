"""A test set and two systems of the real clips: built from `../shared/clips` in a scratch folder, never shipped."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import av

DIALOGUE = "branch/dialogue/case1"
GENERATED = "generated/dialogue"
SINGLE = ("head/4", "half_body/1", "half_body/2", "half_body/5", "full_body/1", "full_body/3", "side/1", "side/3")

# item: initiator, its last speech's end (measured once), real responder, its start, the answer under test
ITEMS = {
    "case1": (f"{DIALOGUE}/1.mp4", 7.85, f"{DIALOGUE}/2.mp4", 8.12, f"{GENERATED}/finetune/case1/responder.mp4"),
    "case2": (f"{GENERATED}/pretrain/case1/initiator.mp4", 3.16, "range/head/4.mp4", 3.3,
              f"{GENERATED}/pretrain/case1/responder.mp4"),
    "case3": (f"{GENERATED}/finetune/case1/initiator.mp4", 5.84, "range/half_body/5.mp4", 6.0,
              f"{GENERATED}/finetune/case1/responder.mp4"),
}  # fmt: skip


def build(clips: Path, root: Path, singles: tuple[str, ...] = SINGLE) -> tuple[Path, Path, Path]:
    """The test set, the outputs `real` (the real responders themselves) and `generated` (some items missing)."""
    testset, real, generated = root / "clips", root / "real", root / "generated"
    for folder in (testset / "media", real, generated):
        folder.mkdir(parents=True)
    lines, listed = [], []
    for name, (initiator, end, reference, start, answer) in ITEMS.items():
        lines.append(_item(clips, testset, name, "dialogue", initiator, reference, end, start))
        shutil.copy(clips / reference, real / f"{name}.mp4")
        listed.append({"item_id": name, "file": f"{name}.mp4", "start_s": start})
        shutil.copy(clips / answer, generated / f"{name}.mp4")
    for k, kind in enumerate(singles):
        name = f"single.{kind.replace('/', '-')}"
        lines.append(_item(clips, testset, name, "single", f"range/{kind}.mp4", f"range/{kind}.mp4", 0.0, 0.0))
        shutil.copy(clips / f"range/{kind}.mp4", real / f"{name}.mp4")
        listed.append({"item_id": name, "file": f"{name}.mp4", "start_s": 0.0})
        if k < 2:
            shutil.copy(clips / f"generated/single/{(1, 4)[k]}.mp4", generated / f"{name}.mp4")
    (testset / "items.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (real / "manifest.jsonl").write_text("".join(json.dumps(line) + "\n" for line in listed))
    (testset / "testset.toml").write_text(
        'schema = "vidchatbench.testset/1"\nid = "clips"\nversion = "1"\ntitle = "Real clips"\n'
        'tasks = ["dialogue", "single"]\nprotocol = "dyadic"\nprofile = "bundled"\nlicence = "research use only"\n'
        'description = "Real clips, paired by hand: for tests only."\nmedia = "not redistributable"\n'
    )
    return testset, real, generated


def _item(clips, testset, name, task, initiator, reference, end, start):
    for what, path in (("initiator", initiator), ("reference", reference)):
        shutil.copy(clips / path, testset / "media" / f"{name}.{what}.mp4")
    with av.open(str(clips / reference)) as container:
        next(container.decode(video=0)).to_image().save(testset / "media" / f"{name}.portrait.png")
    turn = {
        "initiator": f"media/{name}.initiator.mp4",
        "reference": f"media/{name}.reference.mp4",
        "initiator_speech_end_s": end,
        "reference_start_s": start,
    }
    return {
        "item_id": name,
        "task": task,
        "turns": [turn],
        "portrait": f"media/{name}.portrait.png",
        "source_video": name,
    }
