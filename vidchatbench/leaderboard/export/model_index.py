"""`model-index`: the block of a Hugging Face model card (its older form, which model pages read)."""

from __future__ import annotations

from vidchatbench.leaderboard.export.source import Source
from vidchatbench.leaderboard.export.yaml import to_yaml


def model_index(source: Source) -> str:
    """The YAML to put between the `---` lines of a model's README.md.

    Intervals have no place of their own in it: they stand in the metric's `args`, with n and the signature.
    """
    bench = source.results.benchmark
    metrics = [
        {
            "type": id,
            "name": one.title,
            "value": one.value,
            "args": {
                "unit": one.unit,
                "better": one.direction,
                "n": one.n,
                "ci95": list(one.ci95) if one.ci95 else None,
                "signature": one.signature,
            },
        }
        for id, one in source.values.items()
    ]
    result = {
        "task": {"type": "video-to-video", "name": "Audio-visual dyadic conversation"},
        "dataset": {
            "type": source.dataset_id or f"vidchatbench/{bench.testset}",
            "name": source.title,
            "config": bench.protocol,
            "split": "test",
            "args": {"version": bench.version, "sha256": bench.testset_sha256},
        },
        "metrics": metrics,
    }
    if source.url:
        result["source"] = {"name": "VidChatBench", "url": source.url}
    return to_yaml({"model-index": [{"name": source.model.rpartition("/")[2], "results": [result]}]})
