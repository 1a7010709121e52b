"""Forgeries in which several files are changed in step, by our own code: what levels 0 and 1 see of them."""

from __future__ import annotations

import shutil
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from submission.mutator import Content, write
from vidchatbench.errors import MediaError
from vidchatbench.registry import select
from vidchatbench.results.build import coverage, item_record
from vidchatbench.results.total import total
from vidchatbench.submission import schema
from vidchatbench.submission.arithmetic import _problem
from vidchatbench.submission.check import check_submissions
from vidchatbench.submission.context import Context
from vidchatbench.submission.opened import open_submission
from vidchatbench.submission.rebuild import rebuild
from vidchatbench.testset import load_testset

FTO = ("turn.fto_w1", "turn.fto_median", "turn.fto_iqr", "turn.early_rate", "turn.late_rate")


def forged(made, tmp_path, change, *, lines=True, totals=True) -> Path:
    """A copy whose content `change` has changed, with lines and totals formed anew from its rows."""
    run = tmp_path / made.run.parent.name / made.run.name
    shutil.copytree(made.run, run)
    content = Content.of(run)
    change(content)
    write(content, run, [schema.STATS, schema.ITEMS, schema.MANIFEST])
    opened, findings = open_submission(run)
    assert opened is not None, findings
    metrics = select("turn", None, (), ())
    built = rebuild(opened, Context(testset=load_testset(made.testset)), metrics)
    if totals:
        results = {}
        for id, metric in metrics.items():
            before = opened.results.metrics[id]
            own = total(metric, built.rows[id], (), None, before.computation)
            results[id] = asdict(replace(own, real=before.real) if own.real_kind == "same_item" else own)
        said = content.json[schema.RESULTS]
        content.json[schema.RESULTS] = {**said, "metrics": results, "coverage": asdict(coverage(opened.items))}
    if lines:
        found = []
        for sample, record in zip(built.samples, opened.items, strict=True):
            mine = {id: row for id, rows in built.rows.items() for row in rows if row.sample.key == sample.key}
            problem: MediaError | None = _problem(record, mine)
            own = item_record(sample, mine, (), metrics, output=record.output, problem=problem)
            found.append(asdict(own) | {"timelines": asdict(record)["timelines"] | asdict(own)["timelines"]})
        content.json[schema.ITEMS] = found
    write(content, run, [schema.STATS, schema.ITEMS, schema.RESULTS, schema.MANIFEST])
    return run


def codes(run: Path, made, against: Path | None = None) -> set[str]:
    (verdict,) = check_submissions([run], testsets=[made.testset], level=1, against=against).submissions
    return {one.code for one in verdict.findings if one.severity == "error"}


def as_people(content: Content) -> None:
    """Replies exactly as timely as people's."""
    for id in FTO:
        content.arrays[f"{id}/response"] = content.arrays[f"{id}/human"].copy()


def people_as_it(content: Content) -> None:
    """People exactly as timely as the model."""
    for id in FTO:
        content.arrays[f"{id}/human"] = content.arrays[f"{id}/response"].copy()


def before(made, tmp_path, change=lambda content: None) -> Path:
    """A run as if another model's had been merged before."""
    merged = tmp_path / "merged" / "demo__earlier" / "0191d5c2-7a1b-7c3d-8e9f-001122334455"
    shutil.copytree(made.run, merged)
    content = Content.of(merged)
    said = content.json[schema.SUBMISSION]
    said["run_id"], said["model"]["id"] = merged.name, "demo/earlier"
    change(content)
    write(content, merged, [schema.STATS])
    return merged


def nothing(content: Content) -> None:
    pass


def test_what_is_formed_anew_from_the_same_rows_passes(good, holed, tmp_path):
    for made in (good, holed):
        assert codes(forged(made, tmp_path / made.run.name, nothing), made) == set()


def test_better_rows_with_all_that_follows_are_for_level_3(good, tmp_path):
    run = forged(good, tmp_path, as_people)
    assert Content.of(run).json[schema.RESULTS]["metrics"]["turn.fto_w1"]["value"] == 0
    (verdict,) = check_submissions([run], testsets=[good.testset], level=1).submissions
    assert verdict.verdict == "accepted" and any("level 3" in one.why for one in verdict.not_checked)


@pytest.mark.parametrize(("kept", "code"), [("lines", "item-differs"), ("totals", "total-differs")])
def test_better_rows_without_all_that_follows_are_seen(kept, code, good, tmp_path):
    assert code in codes(forged(good, tmp_path, as_people, **{kept: False}), good)


def test_other_people_are_seen_against_merged_runs(good, tmp_path):
    run = forged(good, tmp_path, people_as_it)
    assert codes(run, good) == set()
    merged = before(good, tmp_path)
    assert codes(run, good, merged.parents[1]) == {"real-differs"}
    assert codes(good.run, good, merged.parents[1]) == set()


def test_other_people_for_one_seed_are_seen(good, tmp_path):
    def change(content):
        content.arrays["turn.fto_w1/human"][0] += 0.5

    assert "row" in codes(forged(good, tmp_path, change), good)


def test_a_failure_cannot_count_as_a_success(holed, tmp_path):
    def change(content):
        samples = list(content.arrays["turn.fto_w1/samples"])
        content.arrays["turn.fto_w1/response"][samples.index("d02.s1")] = 0.2

    assert "row" in codes(forged(holed, tmp_path, change), holed)


def test_a_failure_cannot_be_excluded(holed, tmp_path):
    def change(content):
        (line,) = [one for one in content.json[schema.ITEMS] if (one["item_id"], one["seed"]) == ("d02", 1)]
        line["metrics"]["turn.fto_w1"]["status"] = "excluded"
        kept = content.arrays["turn.fto_w1/samples"] != "d02.s1"
        for name in [name for name in content.arrays if name.startswith("turn.fto_w1/")]:
            content.arrays[name] = content.arrays[name][kept]

    assert codes(forged(holed, tmp_path, change), holed) == {"excluded"}


def test_a_failed_answer_cannot_be_dropped_from_all_files(holed, tmp_path):
    def change(content):
        for name in (schema.ITEMS, schema.MANIFEST):
            content.json[name] = [one for one in content.json[name] if (one["item_id"], one["seed"]) != ("d02", 1)]
        for array in [name for name in content.arrays if name.endswith("/samples")]:
            id = array.removesuffix("/samples")
            kept = content.arrays[array] != "d02.s1"
            for name in [name for name in content.arrays if name.startswith(f"{id}/")]:
                if len(content.arrays[name]) == len(kept):
                    content.arrays[name] = content.arrays[name][kept]

    run = tmp_path / holed.run.parent.name / holed.run.name
    shutil.copytree(holed.run, run)
    content = Content.of(run)
    change(content)
    write(content, run, [schema.STATS, schema.ITEMS, schema.MANIFEST])
    assert codes(run, holed) == {"samples"}


def test_a_whole_seed_cannot_be_left_out(good, tmp_path):
    run = tmp_path / good.run.parent.name / good.run.name
    shutil.copytree(good.run, run)
    content = Content.of(run)
    for name in (schema.ITEMS, schema.MANIFEST, schema.FINGERPRINTS):
        content.json[name] = [one for one in content.json[name] if one["seed"] != 2]
    write(content, run, [schema.ITEMS, schema.MANIFEST, schema.FINGERPRINTS])
    assert "seeds" in codes(run, good)


def test_a_good_run_inside_of_a_bad_one_does_not_count(good, tmp_path):
    for name in (good.run.name, "no-id"):
        outer = tmp_path / "demo__outer" / name
        shutil.copytree(good.run, outer / good.run.parent.name / good.run.name)
        assert "file-extra" in codes(outer, good)


def test_a_merged_runs_id_cannot_be_taken(good, tmp_path):
    run = tmp_path / "demo__thief" / good.run.name
    shutil.copytree(good.run, run)
    content = Content.of(run)
    content.json[schema.SUBMISSION]["model"]["id"] = "demo/thief"
    write(content, run, [])
    assert codes(run, good) == set()
    assert codes(run, good, good.submissions) == {"run-id"}


def test_statistics_that_no_merged_run_holds_are_for_people_to_look_at(good, tmp_path):
    """Some metrics give some statistics of some answers alone: the first run that has them is not refused."""

    def change(content):
        for name in [name for name in content.arrays if name.startswith("turn.event_l1/timeline.response")]:
            del content.arrays[name]

    merged = before(good, tmp_path, change)
    (verdict,) = check_submissions([good.run], testsets=[good.testset], level=1, against=merged.parents[1]).submissions
    assert verdict.verdict == "accepted"
    assert [one.severity for one in verdict.findings if one.code == "row-unknown"] == ["warning"]


def test_one_mistake_in_every_sample_is_told_a_few_times(good, tmp_path):
    run = tmp_path / good.run.parent.name / good.run.name
    shutil.copytree(good.run, run)
    content = Content.of(run)
    for line in content.json[schema.MANIFEST]:
        line["sha256"] = "0" * 64
    write(content, run, [schema.MANIFEST])
    (verdict,) = check_submissions([run], testsets=[good.testset], level=1).submissions
    assert len(verdict.findings) == 8 and "and 10 more findings of this kind" in verdict.findings[-1].detail
