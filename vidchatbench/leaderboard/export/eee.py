"""Every Eval Ever 0.3.0: one aggregate record.

Its instance rows are not written: each of them must say whether an answer `is_correct`, which no value of ours does.
"""

from __future__ import annotations

import json
import time
from datetime import datetime
from typing import Any

from vidchatbench.leaderboard.export.source import Source
from vidchatbench.results import MetricResult

VERSION = "0.3.0"


def eee(source: Source) -> str:
    """The record, as JSON. All additional details are strings there."""
    bench, harness, submission = source.results.benchmark, source.results.harness, source.submission
    made = datetime.fromisoformat(submission.created_utc).timestamp() if submission else time.time()
    organisation, _, name = source.model.rpartition("/")
    details = {"deployment_type": "unknown", "model_availability": "unknown"}
    model: dict[str, Any] = {"name": name, "id": source.model, "additional_details": details}
    if submission:
        said = submission.model
        model |= {
            "developer": organisation,
            "additional_details": details
            | {
                "model_availability": "open_weights" if said.open_weights else "closed_weights",
                "revision": said.revision,
                "license": said.license,
                "training_data": ", ".join(said.training_data) or "none declared",
                "saw_test_sources": str(said.saw_test_sources).lower(),
            },
        }
    record = {
        "schema_version": VERSION,
        "evaluation_id": f"vidchatbench-{bench.testset}-{bench.version}/{source.model}/{made:.0f}",
        "evaluation_timestamp": f"{made:.0f}",
        "retrieved_timestamp": f"{made:.0f}",
        "source_metadata": {
            "source_name": "VidChatBench",
            "source_type": "evaluation_run",
            "source_organization_name": organisation or "unknown",
            "evaluator_relationship": "first_party" if submission else "other",
        },
        "eval_library": {"name": harness.name, "version": harness.version},
        "model_info": model,
        "evaluation_results": [_result(id, one, source) for id, one in source.values.items()],
    }
    return json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _result(id: str, one: MetricResult, source: Source) -> dict[str, Any]:
    bench = source.results.benchmark
    uncertainty: dict[str, Any] = {"num_samples": one.n}
    if one.ci95:
        uncertainty["confidence_interval"] = {
            "lower": one.ci95[0], "upper": one.ci95[1], "confidence_level": 0.95, "method": one.ci_method,
        }  # fmt: skip
        uncertainty["num_bootstrap_samples"] = one.n_resamples
    if one.se is not None:
        method = "jackknife" if one.ci_method == "influence" else "bootstrap"
        uncertainty["standard_error"] = {"value": one.se, "method": method}
    data: dict[str, Any] = {"dataset_name": source.title, "source_type": "other"}
    if source.dataset_id:
        data |= {"source_type": "hf_dataset", "hf_repo": source.dataset_id, "hf_split": "test"}
    data["additional_details"] = {"version": bench.version, "sha256": bench.testset_sha256, "protocol": bench.protocol}
    return {
        "evaluation_result_id": id,
        "evaluation_name": f"{bench.testset}/{id}",
        "source_data": data,
        "metric_config": {
            "evaluation_description": one.meaning,
            "metric_id": f"vidchatbench.{id}",
            "metric_name": one.title,
            "metric_unit": one.unit or "none",
            "lower_is_better": one.direction == "lower",
            "score_type": "continuous",
            "min_score": "-Infinity" if one.range[0] is None else one.range[0],
            "max_score": "Infinity" if one.range[1] is None else one.range[1],
            "additional_details": {"signature": one.signature, "source": one.source},
        },
        "score_details": {
            "score": one.value,
            "details": {
                "failed_samples": str(one.failed),
                "valid_fraction": f"{one.valid_fraction:.6g}" if one.valid_fraction is not None else "unknown",
                "source_videos": str(one.n_clusters),
            },
            "uncertainty": uncertainty,
        },
    }
