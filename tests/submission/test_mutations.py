"""No field of a submission can be changed unseen, whatever digests are made anew; what can be is written down here.

`docs/submissions.md` says the same in words ("What no check can see").
"""

from __future__ import annotations

import random
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest

from submission import mutator
from submission.mutator import Content, mutations
from vidchatbench.registry import select
from vidchatbench.submission import arithmetic, schema
from vidchatbench.submission.check import LEVELS, Asked, run_level
from vidchatbench.submission.context import Context
from vidchatbench.submission.opened import Opened, open_submission
from vidchatbench.submission.run_id import new_run_id
from vidchatbench.testset import load_testset

DECLARED = (
    r"submission\.json environment\.(packages|python|platform).*",
    r"submission\.json harness\.(dirty|git_sha) .*",
    r"submission\.json model\.(components|deterministic|license|n_params|open_weights|paper|revision|saw_test_sources|"
    r"title|training_data|url).*",
    r"submission\.json (generation|outputs_url).*",
    r"results\.json model\.name longer",
    r"results\.json metrics\..*\.computation.*",
)
"""Declarations, and how features were computed: nothing in a submission can show them."""
MEDIA = (
    r"items\.jsonl\.gz #\.output\.(audio_channels|audio_rate|fps|height|width|transcript) .*",
    r"items\.jsonl\.gz #\.remedy .*",
    r"manifest\.jsonl #\.(bytes|audio_bytes) .*",
    r"fingerprints\.jsonl\.gz # deleted",
)
"""Facts of the answers' files: level 3 sees them. (A fingerprint may be left out of an answer that failed.)"""
UNREAD = (
    r"stats\.npz turn\.(early_rate|late_rate|fto_iqr|fto_median)/(response|human) .*",
    r"stats\.npz turn\.(event_l1|response_rate)/timeline\.response .*",
    r"stats\.npz turn\.fto_w1/left_censored .*",
    r"stats\.npz (emotion\.landmark_fd|listen\.[a-z_]+)/(response|reference)(\.lengths)? reversed",
    r"stats\.npz turn\.event_l1/response_min reversed",
    r"stats\.npz check\.(av_length|coverage|fps|frozen|silent)/(?!value).*",
    r"stats\.npz audio\.(bleed/heard|dropouts/per_minute|loudness/(lufs|true_peak_dbtp)|true_peak/true_peak_dbtp).*",
    r"stats\.npz (identity\.dlib|sync\.mouth_audio|video\.[a-z_]+)/(?!value).*",
    r"stats\.npz listen\.(fd|pfd)/group .*",
)
"""Statistics that no total rests on, or not on how large they are or in which sample: level 3 sees them."""
UNHELD = (r"results\.json metrics\.plain\.large\.(ci95|ci_method|ci_reason|n_resamples|real|se).*",)
"""What takes rows that a submission does not hold: only level 3 sees it, where it scores all answers again. The value
stands there twice, and so cannot be changed alone (`test_without_rows.py`)."""
KINDS = ("turn.response_rate", "turn.fto_w1", "turn.event_l1")
"""A mean, a distance with an interval and one without: of the others' fields and arrays only a part is tried."""


def earlier(made) -> Opened:
    """A run as if another model's had been merged before: the real clips' values are known from it."""
    opened, _ = open_submission(made.run)
    said = opened.submission
    return replace(opened, submission=replace(said, run_id=new_run_id(), model=replace(said.model, id="demo/earlier")))


def play(made, merged, tmp_path, monkeypatch, wanted):
    """Check each mutation that `wanted` picks; the labels of those that pass levels 0 and 1 and say another thing."""
    remembered = {}

    def remember(metric, rows, real, unready, computation, form=arithmetic.total):
        parts = [metric.card.id, dict(computation)]
        for row in rows:
            parts.append((str(row.sample.key), row.status, row.reason, row.sample.item.source_video))
            parts += [(name, a.dtype.str, a.shape, a.tobytes()) for name, a in sorted((row.stats or {}).items())]
        key = repr(parts)
        if key not in remembered:
            remembered[key] = form(metric, rows, real, unready, computation)
        return remembered[key]

    monkeypatch.setattr(arithmetic, "total", remember)  # the same total of the same rows, once
    context = Context(testset=load_testset(made.testset), others=(earlier(merged),))
    content = Content.of(made.run)
    run = tmp_path / made.run.parent.name / made.run.name
    shutil.copytree(made.run, run)
    original, _ = open_submission(run)
    said = {name: saying(original, name) for name in schema.FILES}
    files = {path.name: path.read_bytes() for path in run.iterdir()}
    passed, n = [], 0
    for label, name, mutant in mutations(content):
        if not wanted(label):
            continue
        mutator.write(mutant(), run, [name])
        opened, findings = open_submission(run)
        if opened is None or saying(opened, name) != said[name]:
            n += 1
            for level in (0, 1):
                if opened is not None and not any(one.severity == "error" for one in findings):
                    findings = [*findings, *run_level(level, LEVELS[level], opened, context, Asked())[0]]
            errors = [one for one in findings if one.severity == "error"]
            assert all(one.remedy for one in errors), label
            assert "unfinished" not in {one.code for one in errors}, (label, errors)
            if not errors:
                passed.append(label)
        for changed in {name, schema.SUBMISSION}:
            (run / changed).write_bytes(files[changed])
    return passed, n


def saying(opened: Opened, name: str):
    """All that one file says: a mutation that changes nothing of it (0 times 1.01) is none."""
    if name == schema.STATS:
        with np.load(mutator.io.BytesIO(opened.rows.content)) as stored:
            return {part: (stored[part].dtype.str, stored[part].shape, stored[part].tobytes()) for part in stored.files}
    if name == schema.FINGERPRINTS:
        return {key: str(one) for key, one in opened.fingerprints.items()}
    return repr(
        {
            schema.SUBMISSION: replace(opened.submission, files={}),
            schema.RESULTS: opened.results,
            schema.ITEMS: opened.items,
            schema.MANIFEST: list(opened.manifest.items()),
        }[name]
    )


def undocumented(passed):
    known = re.compile("|".join((*DECLARED, *MEDIA, *UNREAD, *UNHELD)))
    return [label for label in passed if not known.fullmatch(label)]


@pytest.mark.parametrize("which", ["good", "holed"])
def test_some_forgeries(which, good, request, tmp_path, monkeypatch):
    rng = random.Random(9)
    passed, n = play(request.getfixturevalue(which), good, tmp_path, monkeypatch, lambda label: rng.random() < 0.04)
    assert n > 50 and undocumented(passed) == []


@pytest.mark.slow
def test_every_forgery(good, tmp_path, monkeypatch):
    rng = random.Random(9)
    usual = [id for id in select("turn", None, (), ()) if id not in KINDS]
    passed, n = play(
        good, good, tmp_path, monkeypatch, lambda label: not any(id in label for id in usual) or rng.random() < 0.1
    )
    assert n > 1200 and undocumented(passed) == []


@pytest.mark.slow
def test_every_forgery_of_lines_with_failures(holed, good, tmp_path, monkeypatch):
    lines = (schema.ITEMS, schema.MANIFEST, schema.FINGERPRINTS)
    passed, n = play(holed, good, tmp_path, monkeypatch, lambda label: label.startswith(lines))
    assert n > 200 and undocumented(passed) == []


@pytest.mark.slow
def test_forgeries_of_all_families(whole, tmp_path, monkeypatch):
    """A third of what can be done to the arrays, and little of the rest: `good` is of one family alone."""
    rng = random.Random(9)
    passed, n = play(
        whole,
        whole,
        tmp_path,
        monkeypatch,
        lambda label: rng.random() < (0.35 if label.startswith(schema.STATS) else 0.01),
    )
    assert n > 300 and undocumented(passed) == []
