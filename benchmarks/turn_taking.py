"""What turn-taking costs: CPU seconds per second of sound.

    python benchmarks/turn_taking.py [--testset mini] [--repeat 5]

The clips of a test set, on one thread: voice activity with its edges, cross talk, and the rows of all metrics of
turn-taking from them. Each figure is the median of the repeats. The aim is 0.02 for all together.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence

import numpy as np
from threadpoolctl import threadpool_limits

from vidchatbench.errors import Unscored
from vidchatbench.media import Clip
from vidchatbench.registry import select
from vidchatbench.testset import load_testset
from vidchatbench.types import Sample, SampleKey
from vidchatbench_metrics.perception import cross_talk
from vidchatbench_metrics.perception.speech import Speech


def cpu(work: Callable[[], object], repeat: int) -> float:
    """Median CPU seconds."""
    found = []
    for _ in range(repeat):
        before = time.process_time()
        work()
        found.append(time.process_time() - before)
    return statistics.median(found)


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--testset", default="mini")
    parser.add_argument("--repeat", type=int, default=5)
    args = parser.parse_args(argv)
    testset = load_testset(args.testset)
    turns = [(item, k, turn) for item in testset.items for k, turn in enumerate(item.turns)]
    paths = sorted({path for _, _, turn in turns for path in (turn.initiator, turn.reference)})
    clips = {path: Clip(testset.file(path)) for path in paths}
    metrics = list(select("turn", ["turn"], (), ()).values())
    speech = Speech()
    speech.setup()
    sounds = {path: clip.audio(16000) for path, clip in clips.items()}
    low = {path: clip.audio(cross_talk.RATE) for path, clip in clips.items()}
    seconds = sum(len(sound) for sound in sounds.values()) / 16000
    found = {path: speech.find(sound) for path, sound in sounds.items()}

    def talk() -> list[dict[str, np.ndarray]]:
        mixes = [cross_talk.find(low[turn.reference], low[turn.initiator])[0] for _, _, turn in turns]
        return [{"correlation": np.array(mix)} for mix in mixes]

    mixes = talk()

    def rows() -> None:
        for (item, k, turn), mix in zip(turns, mixes, strict=True):
            of = Sample(key=SampleKey(item_id=item.item_id, turn=k), item=item, start_s=turn.reference_start_s)
            reply = found[turn.reference]
            inputs = {"initiator": found[turn.initiator], "response": reply, "reference": reply}
            for metric in metrics:
                try:
                    metric.item(of, inputs | {"response_mix": mix, "reference_mix": mix})
                except Unscored:
                    continue

    stages = {
        "decoding to 16 kHz": lambda: [clip.audio(16000) for clip in clips.values()],
        "voice activity and edges": lambda: [speech.find(sound) for sound in sounds.values()],
        "cross talk": talk,
        f"rows of {len(metrics)} metrics": rows,
    }
    total = 0.0
    with threadpool_limits(1):
        for name, work in stages.items():
            spent = cpu(work, args.repeat) / seconds
            total += spent
            print(f"{name:28} {spent:.4f} CPU s per second of sound")
    print(f"{'all':28} {total:.4f}   ({seconds:.0f} s of sound in {len(clips)} clips)")


if __name__ == "__main__":
    main()
