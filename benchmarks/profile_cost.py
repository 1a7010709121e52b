"""What a profile costs: CPU seconds per second of clip, for every feature that its metrics stand on.

    python benchmarks/profile_cost.py [--testset mini | --clips FOLDER] [--profile bundled] [--repeat 3]

The real replies of the test set stand in for a model's outputs; with `--clips` every video plays all parts. All runs in
this process, without the cache, one thread a library; loading models is listed apart; each figure is the median of the
repeats. A feature of the pictures is charged what it costs beyond watching its frames; `decode` is one decode of the
clips with the frames of all features at once, as in a run. (Not named profile.py: that would hide Python's own module.)
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import cv2
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

from vidchatbench.engine.compute import Job, compute
from vidchatbench.engine.graph import Graph, Node
from vidchatbench.engine.run import together
from vidchatbench.errors import UsageError, VidChatBenchError
from vidchatbench.feature import Feature, FrameFeature, FramePass, Inputs
from vidchatbench.media import Clip, Frame, MediaInfo, Presentation
from vidchatbench.registry import Entry, ready, select
from vidchatbench.testset import load_testset
from vidchatbench.types import NamedArrays, Reason, Turn

Media = Mapping[str, Clip | Reason]


class Watching(FrameFeature):
    """Asks for the frames of another feature and does nothing with them: what decoding and resizing cost."""

    id = "benchmark.watching"
    version = 1

    def __init__(self, like: FrameFeature) -> None:
        self.like = like

    def presentations(self, infos: Mapping[str, MediaInfo]) -> Mapping[str, Presentation]:
        """Those of the other feature."""
        return self.like.presentations(infos)

    def start(self, inputs: Inputs) -> FramePass:
        """A pass that ignores what it sees."""
        return _Idle()


class _Idle(FramePass):
    def update(self, slot: str, frame: Frame) -> None:
        pass

    def result(self) -> NamedArrays:
        return {}


class Bench:
    """Computes nodes again and again, and keeps their results for the nodes that need them."""

    def __init__(self, repeat: int) -> None:
        self.repeat = repeat
        self.results: dict[str, NamedArrays] = {}
        self.models: dict[str, Feature] = {}
        """The features whose models are loaded, by signature."""

    def load(self, feature: Feature) -> float:
        """Set a feature up; CPU seconds."""
        before = time.process_time()
        feature.setup()
        self.models[feature.signature()] = feature
        return time.process_time() - before

    def compute(self, nodes: Iterable[Node], *, watch: bool = False) -> dict[str, NamedArrays | Exception]:
        """All nodes in one go, each clip decoded once; with `watch`, their frames are only looked at."""
        jobs = {}
        for node in nodes:
            feature = self.models[node.feature.signature()]
            needs = {name: self.results[key] for name, key in node.needs.items()}
            if watch and isinstance(feature, FrameFeature):
                feature = Watching(feature)
            jobs[Job(feature, Inputs(node.clips, needs, node.fields))] = node.key
        return {jobs[job]: result for job, result in compute(list(jobs)).items()}

    def alone(self, nodes: Sequence[Node]) -> tuple[float, list[Node], list[Exception]]:
        """CPU seconds of one feature beyond watching its frames, the nodes that have a result, and errors of others."""
        done, errors = [], []
        for node in nodes:
            if all(key in self.results for key in node.needs.values()):
                result = self.compute([node])[node.key]
                if isinstance(result, Exception):
                    errors.append(result)
                else:
                    self.results[node.key] = result
                    done.append(node)
        spent = self.cpu(lambda: [self.compute([node]) for node in done])
        if isinstance(nodes[0].feature, FrameFeature):
            spent -= self.cpu(lambda: [self.compute([node], watch=True) for node in done])
        return max(0.0, spent), done, errors

    def cpu(self, work: Callable[[], object]) -> float:
        """Median CPU seconds of this process, all threads."""
        found = []
        for _ in range(self.repeat):
            before = time.process_time()
            work()
            found.append(time.process_time() - before)
        return statistics.median(found)


def from_testset(name: str) -> Iterator[tuple[Turn, Media]]:
    """Every turn of a test set. The real reply is opened twice, so that a pair costs two decodes as in a run."""
    testset = load_testset(name)
    clips = {path: Clip(testset.file(path)) for path in testset.media()}
    for item in testset.items:
        for turn in item.turns:
            yield (
                turn,
                {
                    "response": Clip(testset.file(turn.reference)),
                    "reference": clips[turn.reference],
                    "initiator": clips[turn.initiator],
                    "portrait": clips[item.portrait],
                    "voice": clips[item.voice or turn.reference],
                },
            )


def from_folder(folder: Path) -> Iterator[tuple[Turn, Media]]:
    """Every mp4 file below a folder as a turn of its own, in which it plays all parts."""
    files = sorted(folder.rglob("*.mp4"))
    if not files:
        raise UsageError("holds no mp4 file", where=folder)
    for file in files:
        turn = Turn(initiator=file.name, reference=file.name, initiator_speech_end_s=0, reference_start_s=0)
        roles = ("reference", "initiator", "portrait", "voice")
        yield turn, {"response": Clip(file), **dict.fromkeys(roles, Clip(file))}


def plan(profile: str, turns: Iterable[tuple[Turn, Media]]) -> tuple[list[Node], float, set[str]]:
    """The profile's nodes in order of need, the seconds of scored clips, and what cannot be measured."""
    graph, left_out, scored = Graph(), set(), {}
    metrics = select(profile, None, (), ())
    for turn, media in turns:
        response = media["response"]
        assert isinstance(response, Clip)
        scored[response.digest] = seconds(response)
        for name, metric in metrics.items():
            why = metric.error if isinstance(metric, Entry) else ready(metric)
            if why or isinstance(metric, Entry):
                left_out.add(f"{name}: {why}")
                continue
            keys = [graph.add(on, media, turn) for on in metric.needs().values()]
            left_out |= {f"{name}: {key.detail}" for key in keys if isinstance(key, Reason)}
    return graph.closure(graph.nodes, set()), sum(scored.values()), left_out


def seconds(clip: Clip) -> float:
    """How long a clip is; 0 for a picture."""
    return max((track.duration_s for track in (clip.info.video, clip.info.audio) if track), default=0.0)


def measure(nodes: Sequence[Node], clip_s: float, left_out: set[str], repeat: int, console: Console) -> None:
    """Time every stage and print it."""
    bench = Bench(repeat)
    table = Table(box=None, pad_edge=False)
    table.add_column("stage", overflow="fold")
    for head in ("CPU s / clip s", "CPU s", "clips", "clip s", "loading, CPU s"):
        table.add_column(head, justify="right")
    by_feature: dict[str, list[Node]] = defaultdict(list)
    for node in nodes:
        by_feature[node.feature.signature()].append(node)
    total, able = 0.0, []

    def line(stage: str, spent: float, clips: Sequence[Clip], loading: str = "") -> None:
        length = sum(map(seconds, clips))
        each = f"{spent / length:.4f}" if length else "-"
        table.add_row(stage, each, f"{spent:.2f}", str(len(clips)), f"{length:.1f}", loading)

    for signature, same in by_feature.items():
        loading = bench.load(same[0].feature)
        spent, done, errors = bench.alone(same)
        left_out |= {f"{signature}: {error}" for error in errors}
        total += spent
        able += done
        params = ", ".join(f"{name} {value}" for name, value in same[0].feature.params().items())
        line(
            f"{same[0].feature.id} {params}",
            spent,
            [next(iter(node.clips.values())) for node in done],
            f"{loading:.2f}",
        )
    watched = {id(c): c for n in able if isinstance(n.feature, FrameFeature) for c in n.clips.values()}
    groups = together([node for node in able if isinstance(node.feature, FrameFeature)])
    spent = bench.cpu(lambda: [bench.compute(group, watch=True) for group in groups])
    line("decode, for all", spent, list(watched.values()))
    console.print(table)

    levels = [together([n for n in able if n.level == level]) for level in sorted({n.level for n in able})]
    whole = bench.cpu(lambda: [bench.compute(group) for groups in levels for group in groups])
    console.print(f"\nsum of the stages  {total + spent:.2f} CPU s")
    console.print(
        f"all in one pass    {whole:.2f} CPU s, {whole / clip_s:.3f} per second of scored clip ({clip_s:.1f} s);"
    )
    console.print(
        "                   the test set's own clips are in it, which the next model's run finds in the cache"
    )
    for reason in sorted(left_out):
        console.print(f"not measured       {reason}", style="yellow")


def main() -> None:
    """Parse, plan, measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--testset", default="mini")
    parser.add_argument("--clips", type=Path, metavar="FOLDER", help="mp4 files to take instead of a test set's clips")
    parser.add_argument("--profile", default="bundled")
    parser.add_argument("--repeat", type=int, default=3)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    with threadpool_limits(1):
        turns = from_folder(args.clips) if args.clips else from_testset(args.testset)
        measure(*plan(args.profile, turns), args.repeat, Console())


if __name__ == "__main__":
    try:
        main()
    except VidChatBenchError as error:
        sys.exit(f"profile_cost.py: {error}")
