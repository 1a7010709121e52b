"""How long a check takes, by level, and how that grows with the samples: `python benchmarks/check_submission.py RUN`.

RUN is a packed run. Beside it, a run of as many samples as a test set of 500 items and three seeds has is made up in
memory: the rows of per-item means and distances, many times over; only the forming of totals is timed there.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from vidchatbench.engine.rows import Row
from vidchatbench.registry import entries
from vidchatbench.results.total import total
from vidchatbench.submission.check import LEVELS, check_submissions
from vidchatbench.submission.opened import Opened, key_of, open_submission
from vidchatbench.testset import available, load_testset
from vidchatbench.types import Sample


def seconds(work: Callable[[], object], repeats: int) -> float:
    """Median CPU time of this process: other work on the machine does not count."""
    times = []
    for _ in range(repeats):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    return statistics.median(times)


def main() -> None:
    """Print medians of CPU seconds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--testset", default=None)
    parser.add_argument("--samples", type=int, default=1500)
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()
    sets = [args.testset] if args.testset else []
    check_submissions([args.run], testsets=sets)  # imports
    opened, _ = open_submission(args.run)
    assert opened is not None, "the run cannot be read"
    n = len(opened.items)
    print(f"{n} samples, {len(opened.results.metrics)} metrics")
    for level in LEVELS:
        took = seconds(partial(check_submissions, [args.run], testsets=sets, level=level), args.repeats)
        print(f"levels to {level}                {took:7.2f} s")
    many = grown(opened, args.testset or opened.results.benchmark.testset, args.samples)
    print(f"totals of {args.samples} samples of {len(many)} metrics")
    slow = {}
    for id, rows in many.items():
        metric = entries()[id].metric
        assert metric is not None
        slow[id] = seconds(partial(total, metric, rows, (), None, {}), 1)
    for id in sorted(slow, key=slow.__getitem__, reverse=True)[:5]:
        print(f"  {id:24} {slow[id]:7.2f} s")
    print(f"  in all                   {sum(slow.values()):7.2f} s")


def grown(opened: Opened, testset: str, samples: int) -> dict[str, list[Row]]:
    """Each metric's rows repeated with a little noise, every copy from source videos of its own."""
    chosen = load_testset(available().get(testset, Path(testset)))
    items = {item.item_id: item for item in chosen.items}
    keys = {str(key_of(record)): key_of(record) for record in opened.items}
    rng = np.random.default_rng(0)
    found: dict[str, list[Row]] = {}
    for id in opened.results.metrics:
        stats = opened.rows.rows(id)
        copies = -(-samples // len(opened.items)) if stats else 0
        rows = []
        for copy in range(copies):
            for key, row in stats.items():
                item = items[keys[key].item_id]
                item = replace(item, source_video=f"{item.source_video}-{copy}")
                noisy = {
                    name: array * (1 + 1e-3 * rng.standard_normal(array.shape)).astype(array.dtype)
                    if array.dtype.kind == "f"
                    else array
                    for name, array in row.items()
                }
                rows.append(Row(sample=Sample(key=keys[key], item=item, start_s=0.0), status="ok", stats=noisy))
        found[id] = rows
    return found


if __name__ == "__main__":
    main()
