"""`.eval_results/*.yaml`: what a benchmark's page at Hugging Face collects from model repositories."""

from __future__ import annotations

from typing import Any

from vidchatbench.errors import UsageError
from vidchatbench.leaderboard.export.source import Source
from vidchatbench.leaderboard.export.yaml import to_yaml


def eval_results(source: Source) -> str:
    """One entry a metric, since an entry has one value; `task_id` is the metric's id.

    Raises:
        UsageError: Where the test set's dataset is not named: an entry belongs to a dataset of the hub.
    """
    if source.dataset_id is None:
        raise UsageError(
            "each entry belongs to a dataset of the hub", remedy="name the one of this test set: --dataset-id ORG/NAME"
        )
    bench = source.results.benchmark
    entries = []
    for id, one in source.values.items():
        interval = f", 95 % interval {one.ci95[0]:.6g} to {one.ci95[1]:.6g}" if one.ci95 else ""
        notes = f"{bench.testset} {bench.version}, {bench.protocol}, n = {one.n}{interval}; {one.direction} is better"
        entry: dict[str, Any] = {"dataset": {"id": source.dataset_id, "task_id": id}, "value": one.value}
        if source.submission:
            entry["date"] = source.submission.created_utc
        if source.url:
            entry["source"] = {"url": source.url, "name": "VidChatBench"}
        entries.append({**entry, "notes": notes})
    return to_yaml(entries)
