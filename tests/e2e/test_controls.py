"""The example systems against `controls.toml`, which was written before anything was scored."""

from __future__ import annotations

import tomllib

import jsonschema
import pytest
from pydantic import TypeAdapter

import vidchatbench
from vidchatbench.registry import entries
from vidchatbench.results import Results

pytestmark = pytest.mark.slow
SYSTEMS = ("faithful", "degraded", "degenerate")


@pytest.fixture(scope="module")
def results(root, tmp_path_factory):
    """All three systems on `mini`."""
    out = tmp_path_factory.mktemp("controls")
    return {
        name: vidchatbench.evaluate(root / "examples" / "outputs" / name, out=out / name).results for name in SYSTEMS
    }


@pytest.fixture(scope="module")
def controls(root):
    return tomllib.loads((root / "testsets" / "mini" / "controls.toml").read_text())


def test_every_metric_has_an_expectation_and_a_reason(controls):
    bundled = {e.id for e in entries().values() if e.metric is not None and "bundled" in e.metric.card.profiles}
    for control in ("degraded", "degenerate"):
        assert set(controls[control]) == bundled
        for entry in controls[control].values():
            assert entry["expect"] in ("must_lose", "may_tie", "may_win") and len(entry["because"]) > 10


@pytest.mark.parametrize("control", ["degraded", "degenerate"])
def test_the_controls_do_what_was_said(results, controls, control):
    wrong = []
    for id, entry in controls[control].items():
        ours, theirs = results["faithful"].metrics[id], results[control].metrics[id]
        assert ours.value is not None and theirs.value is not None, id
        gain = (theirs.value - ours.value) * (1 if ours.direction == "higher" else -1)
        if entry["expect"] == "must_lose" and gain >= 0:
            wrong.append(f"{id} must lose: {theirs.value} against {ours.value}")
        if entry["expect"] == "may_tie" and gain > 0 and not _overlap(ours.ci95, theirs.ci95):
            wrong.append(f"{id} may only tie: {theirs.value} {theirs.ci95} against {ours.value} {ours.ci95}")
    assert not wrong, "\n".join(wrong)


def _overlap(a, b):
    return a is None or b is None or (a[0] <= b[1] and b[0] <= a[1])


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_result_is_complete_and_valid(results, system):
    found = results[system]
    assert found.complete and found.coverage.ok == found.coverage.expected
    jsonschema.validate(TypeAdapter(Results).dump_python(found, mode="json"), TypeAdapter(Results).json_schema())
    for id, metric in found.metrics.items():
        assert metric.value is not None and metric.n == metric.expected, id
        assert metric.ci95 is not None or metric.ci_reason, id
        assert metric.signature.startswith(f"{id}|v")
