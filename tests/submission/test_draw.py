"""The draw can be derived again by anybody from the words of `draw.py`, and nobody can foresee it."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace

import pytest
from helpers.opened import opened

from vidchatbench.errors import UsageError
from vidchatbench.submission.draw import anomaly, draw
from vidchatbench.submission.schema import FileInfo

BEACON = hashlib.sha256(b"a drand round").hexdigest()


@pytest.fixture(scope="module")
def run(faithful):
    """45 answers with two metrics, one of which is better where it is lower; some cells without a value."""
    answers = {f"{key}{seed}": print for key, print in faithful.items() for seed in ("", ".s1", ".s2")}
    high = {key: (k * 7919) % 101 / 10 for k, key in enumerate(answers)}
    low = {key: (k * 104729) % 17 + 0.5 for k, key in enumerate(answers) if k % 5}
    given = opened(answers, values={"a.high": high, "a.low": low})
    metrics = {**given.results.metrics, "a.low": replace(given.results.metrics["a.low"], direction="lower")}
    files = {"manifest.jsonl": FileInfo(sha256=hashlib.sha256(b"manifest").hexdigest(), bytes=9)}
    return replace(
        given, results=replace(given.results, metrics=metrics), submission=replace(given.submission, files=files)
    )


def by_hand(run, beacon, k):
    """The draw in plain Python: no NumPy, no SciPy, nothing of the project."""
    seed = hashlib.sha256(
        bytes.fromhex(run.submission.files["manifest.jsonl"].sha256) + bytes.fromhex(beacon)
    ).hexdigest()
    beaten = {key: [] for key in run.manifest}
    names = {(r.item_id, r.turn, r.seed): key for key, r in run.manifest.items()}
    for id, metric in run.results.metrics.items():
        sign = 1 if metric.direction == "higher" else -1
        values = {names[r.item_id, r.turn, r.seed]: sign * r.metrics[id].value for r in run.items if id in r.metrics}
        for key, value in values.items():
            worse = sum(other < value for other in values.values())
            equal = sum(other == value for other in values.values()) - 1
            beaten[key].append((worse + equal / 2) / (len(values) - 1))
    odd = {key: round(sum(own) / len(own), 9) if own else 0.5 for key, own in beaten.items()}
    lot = {key: hashlib.sha256(f"{seed}:{key}".encode()).hexdigest() for key in odd}
    best = sorted(odd, key=lambda key: (-odd[key], key))[: -(-len(odd) // 10)]
    first = sorted(best, key=lot.get)[: (k + 1) // 2]
    rest = sorted((key for key in odd if key not in first), key=lot.get)
    return seed, [*first, *rest[: k - len(first)]]


@pytest.mark.parametrize("k", [1, 6, 20, 44, 45, 60])
def test_anybody_draws_the_same(run, k):
    seed, drawn = by_hand(run, BEACON, k)
    found = draw(run, BEACON, k)
    assert (found.seed, list(found.drawn)) == (seed, drawn)
    assert len(set(found.drawn)) == len(found.drawn) == min(k, 45)
    assert found == draw(run, BEACON.upper(), k)


def test_whole_conversations(run):
    found = draw(run, BEACON, 8)
    turns = Counter(run.manifest[key].item_id for key in run.manifest if key.endswith((".t1", ".t2")))
    drawn = {(run.manifest[key].item_id, run.manifest[key].seed) for key in found.drawn}
    expected = [
        key for key, line in run.manifest.items()
        if key in found.drawn or (line.item_id in turns and (line.item_id, line.seed) in drawn)
    ]  # fmt: skip
    assert list(found.samples) == expected
    assert set(found.drawn) <= set(found.samples)


def test_every_answer_can_be_drawn_and_the_best_more_often(run):
    """Over 600 beacons each answer comes up, and the best tenth in half of the draws' places."""
    times = Counter()
    for number in range(600):
        times.update(draw(run, hashlib.sha256(str(number).encode()).hexdigest(), 6).drawn)
    odd = anomaly(run)
    best = sorted(run.manifest, key=lambda key: (-odd[key], key))[:5]
    assert set(times) == set(run.manifest)
    assert all(times[key] > 300 for key in best)
    assert all(20 < times[key] < 90 for key in set(run.manifest) - set(best))


def test_one_byte_of_the_manifest_is_another_draw(run):
    other = FileInfo(sha256=hashlib.sha256(b"another").hexdigest(), bytes=9)
    changed = replace(run, submission=replace(run.submission, files={"manifest.jsonl": other}))
    assert draw(run, BEACON, 20).drawn != draw(changed, BEACON, 20).drawn


def test_answers_that_are_not_there_are_not_drawn(run):
    manifest = {
        key: replace(line, file=None, sha256=None) if ".s1" in key else line for key, line in run.manifest.items()
    }
    found = draw(replace(run, manifest=manifest), BEACON, 60)
    assert found.of == len(found.drawn) == 30


def test_the_chance_to_miss(run):
    found = draw(run, BEACON, 10)
    assert found.best == 5
    assert found.missed(0.05) == pytest.approx((0.95**10, 0.95**5))


@pytest.mark.parametrize("beacon", ["", "xyz", "ab", "0" * 31, "zz" * 32])
def test_a_beacon_that_is_none(run, beacon):
    with pytest.raises(UsageError, match="hexadecimal"):
        draw(run, beacon)


def test_at_least_one(run):
    with pytest.raises(UsageError, match="at least one"):
        draw(run, BEACON, 0)
