"""Import of an invented release of a million clips and build of the test set: time and greatest memory.

    python benchmarks/release.py [--clips 1000000] [--layout N] [--reserve 0.05] [--keep DIR]

Names, files, forms and units are drawn anew for each run and reach the importer through the mapping file alone
(tests/helpers/synthetic_release.py). Making the release is not part of the time. The build runs in one process.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from helpers.synthetic_release import Layout

MOST_S, MOST_GB = 300.0, 2.0
BUILD = """
import resource, sys
from pathlib import Path
from vidchatbench.release import build, load_mapping, load_recipe
from vidchatbench.release.write import write_testset
root, mapping, out, share = sys.argv[1:]
recipe = load_recipe("speakervid-500", reserve={"salt": "speakervid-5m/1", "share": float(share)})
built = build(Path(root), recipe, load_mapping(Path(mapping)), b"a key for the benchmark")
print(f"{built.release.entries:,} clips, {len(built.videos):,} reserved videos, {len(built.eligible):,} candidates")
print(len(built.chosen), "items", write_testset(built, Path(out)))
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1e6)
"""


def main() -> int:
    """Print time, memory and what was built; 1 where it is too much."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=1_000_000)
    parser.add_argument("--layout", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--reserve", type=float, default=0.05)
    parser.add_argument("--keep", type=Path, help="where to leave the release")
    args = parser.parse_args()
    place = Layout(args.layout, plain=True)
    forms = ", ".join(form for _, form, _ in place.tables.values())
    print(
        f"layout {args.layout}: list of {place.list_form}, video told by {place.video_in}, tables {forms}", flush=True
    )
    with tempfile.TemporaryDirectory() as temporary:
        root = (args.keep or Path(temporary)) / "release"
        began = time.perf_counter()
        # In a process of its own: what this one has ever held would count as the next one's memory.
        script = ROOT / "tests/helpers/synthetic_release.py"
        make = [sys.executable, str(script), str(root), "--plain", f"--clips={args.clips}", f"--layout={args.layout}"]
        subprocess.run(make, check=True, stdout=subprocess.DEVNULL)
        mapping = root.with_name("release.toml")
        size = sum(file.stat().st_size for file in root.rglob("*") if file.is_file())
        print(f"made in {time.perf_counter() - began:.0f} s, {size / 1e9:.2f} GB", flush=True)
        began = time.perf_counter()
        command = [sys.executable, "-c", BUILD, str(root), str(mapping), f"{temporary}/out", str(args.reserve)]
        done = subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        took = time.perf_counter() - began
    *said, last = done.stdout.splitlines()
    cpu, memory = map(float, last.split())
    print(*said, sep="\n")
    print(f"built in {took:.0f} s (CPU {cpu:.0f} s; at most {MOST_S:.0f}), "
          f"{memory:.2f} GB of memory (at most {MOST_GB:g})")  # fmt: skip
    return int(took > MOST_S or memory > MOST_GB)


if __name__ == "__main__":
    raise SystemExit(main())
