"""CPU that our pytest plugin costs an unrelated run: user and system, with it and with `-p no:vidchatbench`, in turns.

Medians of 15 runs of one empty test in an empty folder.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

RUNS = 15
MOST_MS = 20.0


def cpu_ms(folder: str, *words: str) -> float:
    """User and system milliseconds of one pytest run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1e3 * (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)


def main() -> int:
    """Print both medians and the difference; 1 where it is too much."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_a.py").write_text("def test_a():\n    pass\n")
        cpu_ms(folder), cpu_ms(folder, "-p", "no:vidchatbench")
        pairs = [(cpu_ms(folder), cpu_ms(folder, "-p", "no:vidchatbench")) for _ in range(RUNS)]
    ours, bare = (median(times) for times in zip(*pairs, strict=True))
    difference = median(one - other for one, other in pairs)
    print(f"with the plugin {ours:.0f} ms, without {bare:.0f} ms; median difference {difference:.1f} ms of {MOST_MS:g}")
    return int(difference > MOST_MS)


if __name__ == "__main__":
    raise SystemExit(main())
