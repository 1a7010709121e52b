"""CPU time of `vidchatbench --help` over a bare `python -c pass`: user and system, medians of 15, in turns."""

from __future__ import annotations

import resource
import subprocess
import sys
from statistics import median

RUNS = 15
MOST = 10.0
"""The ratio that start-up may cost (bare argparse 2.3, click 8, typer with rich 27)."""


def cpu_s(*command: str) -> float:
    """User and system seconds of one run of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> int:
    """Print both medians and their ratio; 1 where it is too high."""
    # The second is what pip's `vidchatbench` script does, of the tree that this Python imports.
    bare = (sys.executable, "-c", "pass")
    ours = (sys.executable, "-c", "import sys; from vidchatbench.cli import main; sys.exit(main(['--help']))")
    cpu_s(*bare), cpu_s(*ours)  # the first run writes byte code
    # In turns, so that a busy moment of the machine meets both.
    pairs = [(cpu_s(*bare), cpu_s(*ours)) for _ in range(RUNS)]
    base, help_ = (median(times) for times in zip(*pairs, strict=True))
    ratio = help_ / base
    times = f"python -c pass {base * 1e3:.1f} ms, vidchatbench --help {help_ * 1e3:.1f} ms"
    print(f"{times}: {ratio:.1f} x (at most {MOST:g} x)")
    return int(ratio > MOST)


if __name__ == "__main__":
    raise SystemExit(main())
