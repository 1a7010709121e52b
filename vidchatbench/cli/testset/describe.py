"""`vidchatbench testset describe`."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vidchatbench.metric import Metric
    from vidchatbench.testset import TestSet
    from vidchatbench.types import Item


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("testset", metavar="NAME|DIR")


def run(args: argparse.Namespace) -> int:
    """Facts and counts of a test set; what a model is given, what it must answer, and what is computed of it."""
    from collections import Counter

    from vidchatbench.tasks import PROTOCOLS
    from vidchatbench.testset import load_testset
    from vidchatbench.testset.reference_features import FOLDER, ReferenceFeatures

    found = load_testset(args.testset)
    info = found.info
    tasks = Counter(item.task for item in found.items)
    print(f"{info.id} {info.version}: {info.title}\n\n{info.description.strip()}\n")
    print(f"protocol   {info.protocol}: {PROTOCOLS[info.protocol].description}")
    print(f"profile    {info.profile}\nlicence    {info.licence}\nmedia      {info.media}")
    print(f"items      {len(found.items)} ({', '.join(f'{n} {task}' for task, n in sorted(tasks.items()))})")
    print(
        f"samples    {len(found.keys())} for each seed, of {len({i.source_video for i in found.items})} source videos"
    )
    print(f"seeds      {info.seeds} in a submission")
    for name in sorted({name for item in found.items for name in item.slices}):
        counts = Counter(item.slices.get(name, "none") for item in found.items)
        print(f"{name:10} {', '.join(f'{n} {value}' for value, n in sorted(counts.items()))}")
    print(f"lock       {'media.lock.jsonl' if found.lock else 'none (vidchatbench testset lock)'}")
    stored = ReferenceFeatures.of(found.root)
    print(f"features   {f'{FOLDER}/, {len(stored.files)} files' if stored else 'none stored'}")
    print(f"sha256     {found.sha256}\nfolder     {found.root}")
    for task in sorted(tasks):
        _task(found, task, [item for item in found.items if item.task == task])
    if stored:
        print(f"\n{stored}")
    return 0


def _task(testset: TestSet, name: str, items: Sequence[Item]) -> None:
    from vidchatbench.registry import entries
    from vidchatbench.tasks import INPUTS, TASKS, given, has

    task = TASKS[name]
    print(f"\n{name}: {task.title}")
    turns = [(item, turn) for item in items for turn in range(len(item.turns))]
    inputs = []
    for what in given(name, testset.info.protocol):
        n = sum(has(item, turn, what) for item, turn in turns)
        if n:
            inputs.append(f"{what}: {INPUTS[what]}" + (f" ({n} of {len(turns)} samples)" if n < len(turns) else ""))
    _listed("given", inputs)
    _listed("answer", [task.answers])
    metrics = [entry.metric for entry in entries().values() if entry.metric is not None]
    computed, left_out = [], []
    for family in sorted({metric.card.family for metric in metrics}):
        mine = [metric for metric in metrics if metric.card.family == family]
        ids, reasons = scope(mine, name, testset.info.protocol, testset.info.profile)
        computed += [", ".join(ids)] if ids else []
        left_out += [why if ids else f"{family}: {why}" for why in reasons]
    _listed("computed", computed)
    _listed("not", left_out)


def scope(family: Iterable[Metric], task: str, protocol: str, profile: str) -> tuple[list[str], list[str]]:
    """The metrics of a family that a profile computes of a task under a protocol, and why it computes no others.

    The reasons are about the profile's own metrics; where it has none of the family, they say who has.
    """
    from vidchatbench.tasks import TASKS

    members = sorted(family, key=lambda metric: metric.card.id)
    mine = [metric.card for metric in members if profile in metric.card.profiles]
    if not mine:
        others = sorted({name for metric in members for name in metric.card.profiles if task in metric.card.tasks})
        why = TASKS[task].without.get(members[0].card.family)
        if why is None or any(task in metric.card.tasks for metric in members):
            why = f"not in the profile {profile}; see {', '.join(others) or 'vidchatbench metrics ls'}"
        return [], [why]
    computed = [card.id for card in mine if task in card.tasks and protocol in card.protocols]
    other_task = [card.id for card in mine if task not in card.tasks]
    other_protocol = {card.id: card.protocols for card in mine if task in card.tasks and protocol not in card.protocols}
    reasons = []
    if other_task:
        why = TASKS[task].without.get(mine[0].family, "for other tasks")
        reasons.append(f"{', '.join(other_task)}: for other tasks" if computed else why)
    reasons += [f"{id}: only under {', '.join(sorted(names))}" for id, names in other_protocol.items()]
    return computed, reasons


def _listed(head: str, lines: Sequence[str]) -> None:
    import shutil
    import textwrap

    width = max(60, shutil.get_terminal_size((120, 24)).columns)
    for k, line in enumerate(lines):
        print(textwrap.fill(line, width, initial_indent=f"  {'' if k else head:9}", subsequent_indent=" " * 13,
                            break_on_hyphens=False, break_long_words=False))  # fmt: skip
