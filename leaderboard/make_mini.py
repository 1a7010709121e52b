"""Makes the runs of the `mini` board: baselines, examples and real clips, through the commands that anybody uses.

    python leaderboard/make_mini.py [FOLDER]

Answers and results go to FOLDER (default: runs/mini-board), submissions to `submissions/` beside this file; then
anchors are frozen, unless they are, and `leaderboard.json` is built. About ten CPU minutes the first time; the same
command goes on where it was, and makes no second run of a system that has one. Needs espeak-ng.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
MEDIA = ROOT / "testsets" / "mini" / "media"
SEEDS = 3
BASELINES = {
    "echo": "Echo: the question itself",
    "silence": "Silence: the portrait, moved a little, says nothing",
    "frozen_portrait": "Frozen portrait with the voice sample",
    "constant_latency": "Constant latency: the voice sample, always a second late",
    "shuffled_reference": "Somebody else's answer",
    "retrieval": "Answer to the question that sounds nearest",
    "espeak_puppet": "espeak-ng puppet: one sentence, and a jaw that follows it",
}
EXAMPLES = {
    "faithful": "Example: faithful",
    "degraded": "Example: degraded (blur, noise, late lips, late replies)",
    "degenerate": "Example: degenerate (a still, and near silence)",
}
REAL = {"real_clips": "Real clips"}


def vidchatbench(*words: object) -> None:
    """Run a verb; whatever it says goes to the terminal."""
    command = [sys.executable, "-m", "vidchatbench", *map(str, words)]
    if subprocess.run(command).returncode:
        raise SystemExit(f"{' '.join(command)} failed")


def generated(name: str, outputs: Path) -> None:
    """The answers of a baseline."""
    pool = ("-M", f"pool={MEDIA}") if name in ("shuffled_reference", "retrieval") else ()
    adapter = ROOT / "examples" / "adapters" / f"vcb_{name}.py"
    vidchatbench("generate", adapter, "--testset", "mini", "--seeds", SEEDS, "--out", outputs, *pool)


def copied(name: str, outputs: Path) -> None:
    """An example system's answers: the same for every seed, so the manifest lists each file for all of them."""
    shutil.copytree(ROOT / "examples" / "outputs" / name, outputs, dirs_exist_ok=True)
    listed(outputs, [json.loads(line) for line in (outputs / "manifest.jsonl").read_text().splitlines()])


def real(outputs: Path) -> None:
    """Real clips as answers, at the time at which they really began."""
    outputs.mkdir(parents=True, exist_ok=True)
    lines = []
    for item in map(json.loads, (MEDIA.parent / "items.jsonl").read_text().splitlines()):
        for turn, one in enumerate(item["turns"]):
            file = Path(one["reference"])
            shutil.copy(MEDIA.parent / file, outputs / file.name)
            lines.append(
                {"item_id": item["item_id"], "turn": turn, "file": file.name, "start_s": one["reference_start_s"],
                 "testset": "mini"}
            )  # fmt: skip
    listed(outputs, lines)


def listed(outputs: Path, lines: list[dict[str, object]]) -> None:
    """Write the manifest, with every line for each seed."""
    every = [json.dumps({**line, "seed": seed}, sort_keys=True) + "\n" for line in lines for seed in range(SEEDS)]
    (outputs / "manifest.jsonl").write_text("".join(sorted(set(every))))


def main(folder: Path) -> None:
    """Make, score, submit; freeze; build."""
    for name, title in {**REAL, **EXAMPLES, **BASELINES}.items():
        model, outputs, run = (
            f"vidchatbench/{name.replace('_', '-')}",
            folder / "outputs" / name,
            folder / "runs" / name,
        )
        if (HERE / "submissions" / model.replace("/", "__")).is_dir():
            continue
        if name in BASELINES:
            generated(name, outputs)
        elif name in EXAMPLES:
            copied(name, outputs)
        else:
            real(outputs)
        vidchatbench("eval", "--pred", outputs, "--out", run)
        vidchatbench(
            "submit", run, "--pred", outputs, "--out", HERE / "submissions", "--model", model, "--title", title,
            "--revision", "1", "--license", "Apache-2.0", "--open-weights", "yes", "--training-data", "none",
            "--saw-test-sources", "no", "--deterministic", "yes", "--all-seeds-reported", "--baseline",
        )  # fmt: skip
    if not (HERE / "anchors" / "mini-1.0.0.json").is_file():
        vidchatbench("leaderboard", "anchors", "mini", "--root", HERE)
    vidchatbench("leaderboard", "build", "--root", HERE)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "runs/mini-board"))
