"""All baselines of `examples/adapters` on `mini`: made, scored, printed as one table, and held to `controls.toml`.

    python benchmarks/baselines.py [FOLDER]

About eight CPU minutes the first time; the same command goes on where it was. Exit code 1 where a line does not hold.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
POOL = ROOT / "testsets" / "mini" / "media"
NAMES = ("echo", "silence", "frozen_portrait", "constant_latency", "shuffled_reference", "retrieval", "espeak_puppet")
CONTROLS = tomllib.loads((ROOT / "testsets" / "mini" / "controls.toml").read_text())


def vidchatbench(*words: object) -> None:
    """Run a verb; whatever it says goes to the terminal."""
    command = [sys.executable, "-m", "vidchatbench", *map(str, words)]
    done = subprocess.run(command)
    if done.returncode not in (0, 4):
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}")


def broken(control: dict[str, dict[str, str]], ours: dict[str, dict], theirs: dict[str, dict]) -> list[str]:
    """The lines that do not hold: must lose and does not, or may only tie and is clearly better."""
    found = []
    for id, line in control.items():
        a, b = ours[id], theirs[id]
        if a["value"] is None or b["value"] is None:
            found.append(f"{id}: there is no value: {a['reason'] or b['reason']}")
            continue
        gain = (b["value"] - a["value"]) * (1 if a["direction"] == "higher" else -1)
        apart = a["ci95"] and b["ci95"] and (a["ci95"][1] < b["ci95"][0] or b["ci95"][1] < a["ci95"][0])
        if (line["expect"] == "must_lose" and gain >= 0) or (line["expect"] == "may_tie" and gain > 0 and apart):
            found.append(f"{id} {line['expect']}: {b['value']:.4g} against faithful's {a['value']:.4g}")
    return found


def main(folder: Path) -> int:
    """Make, score, print, compare."""
    for name in NAMES:
        pool = ("-M", f"pool={POOL}") if name in ("shuffled_reference", "retrieval") else ()
        adapter = ROOT / "examples" / "adapters" / f"vcb_{name}.py"
        vidchatbench("generate", adapter, "--testset", "mini", "--out", folder / "outputs" / name, *pool)
    preds = {name: folder / "outputs" / name for name in NAMES}
    preds["faithful"] = ROOT / "examples" / "outputs" / "faithful"
    for name, pred in preds.items():
        vidchatbench("eval", "--pred", pred, "--out", folder / "runs" / name)
    vidchatbench("table", *(folder / "runs" / name for name in preds), "--format", "md")
    results = {name: json.loads((folder / "runs" / name / "results.json").read_text())["metrics"] for name in preds}
    lines = wrong = 0
    for name in NAMES:
        lines += len(CONTROLS[name])
        for text in broken(CONTROLS[name], results["faithful"], results[name]):
            wrong += 1
            print(f"{name}: {text}")
    print(f"{lines - wrong} of {lines} lines of controls.toml hold")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "runs/baselines")))
