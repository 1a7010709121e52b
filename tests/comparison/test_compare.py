"""Two runs: the difference and its test; what must not change them; what may not be compared, and why."""

import gzip
import json
import zipfile
from dataclasses import asdict, replace

import numpy as np
import pytest
from helpers.made_run import FD, FTO, PSNR, faces, made_run, offsets, psnr, with_benchmark, with_metric
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vidchatbench.comparison import compare
from vidchatbench.comparison.difference import _statistics
from vidchatbench.errors import DataError, UsageError
from vidchatbench.registry import entries
from vidchatbench.results import StoredRows

N = 100
VALUES = st.lists(st.integers(10, 60), min_size=8, max_size=10)
FEW = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def one(a, b, id=PSNR):
    (pair,) = compare(a, [b]).pairs
    assert not pair.obstacles, pair.obstacles
    return pair.differences[id]


def refusal(a, b, id=PSNR):
    found = one(a, b, id)
    assert (found.difference, found.ci95, found.p, found.detectable, found.verdict) == (None,) * 5
    return found.obstacle


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two systems on 100 source videos; the second is better in PSNR, later, and shifted in its faces."""
    root, rs = tmp_path_factory.mktemp("runs"), np.random.RandomState(0)
    base, human, reference = 20 + 3 * rs.randn(N), 0.2 + 0.3 * rs.randn(N), rs.randn(N, 10)

    def write(name, gain, late, shift):
        stats = {
            **psnr(base + gain + 0.3 * rs.randn(N)),
            **offsets(human + late + 0.2 * rs.randn(N), human),
            **faces(reference + shift + 0.5 * rs.randn(N, 10), reference),
        }
        return made_run(root / name, stats, name=name)

    return write("a", 0, 0.1, 0.0), write("b", 0.5, 0.4, 1.0)


def test_better_later_and_not_alike_are_told(runs):
    found = compare(runs[0], [runs[1]])
    (pair,) = found.pairs
    by = pair.differences
    assert (found.first, pair.other, pair.n_tests) == ("a", "b", 3)
    assert [by[id].verdict for id in (PSNR, FTO, FD)] == ["other", "first", "differ"]
    assert by[PSNR].ci95[0] < 0.5 < by[PSNR].ci95[1] and by[PSNR].ci_method == "influence"
    assert (by[PSNR].null, by[FD].null) == ("mean", "exchangeable")
    assert by[FD].ci95 is None and "holds its level" in by[FD].ci_reason
    assert by[PSNR].detectable == pytest.approx(2.8 * 0.3 * 2**0.5 / N**0.5, rel=0.3)
    assert all(by[id].p <= by[id].p_holm for id in by)
    json.dumps(asdict(found), allow_nan=False)


def test_swapping_negates(runs):
    there, back = one(*runs), one(*reversed(runs))
    assert back.difference == -there.difference
    assert back.ci95 == pytest.approx((-there.ci95[1], -there.ci95[0]), rel=1e-6)
    for id in (PSNR, FTO, FD):
        there, back = one(*runs, id), one(*reversed(runs), id)
        assert (back.p, back.difference) == pytest.approx((there.p, -there.difference))
        assert back.verdict == {"first": "other", "other": "first"}.get(there.verdict, there.verdict)


def test_against_itself_nothing_differs(runs):
    (pair,) = compare(runs[0], [runs[0]]).pairs
    assert pair.n_tests == 0
    for found in pair.differences.values():
        assert (found.difference, found.ci95, found.p, found.p_holm, found.verdict) == (0, (0, 0), 1, 1, None)


def test_several_are_compared_with_the_first_and_do_not_touch_each_other(runs):
    found = compare(runs[0], [runs[1], runs[0]])
    assert found.pairs[0].differences == compare(runs[0], [runs[1]]).pairs[0].differences


@given(VALUES, st.integers(1, 5), st.randoms(use_true_random=False))
@FEW
def test_exact_p_constant_gain_and_order_of_items(tmp_path, values, gain, random):
    """All n differences alike: of 2^n signs two are as extreme. Permuted items: the same answer."""
    n, order = len(values), list(range(len(values)))
    random.shuffle(order)
    a = made_run(tmp_path / "a", psnr(values))
    b = made_run(tmp_path / "b", psnr([v + gain for v in values]))
    found = one(a, b)
    assert found.difference == pytest.approx(gain) and found.p == pytest.approx(2**-n)
    noisy = [v + (k * k) % 5 for k, v in enumerate(values)]
    straight = one(a, made_run(tmp_path / "c", psnr(noisy)))
    mixed = one(
        made_run(tmp_path / "d", psnr([values[k] for k in order])),
        made_run(tmp_path / "e", psnr([noisy[k] for k in order])),
    )
    assert (mixed.difference, mixed.p) == pytest.approx((straight.difference, straight.p))


def test_distances_near_the_noise_floor_are_not_tested(tmp_path):
    """Two systems as good as people, then two that are a little off, of which one is 2.5 times the floor and more."""
    rs = np.random.RandomState(3)
    human = rs.randn(40)
    near = made_run(tmp_path / "near", offsets(human + 1e-3 * rs.randn(40), human))
    again = made_run(tmp_path / "again", offsets(human + 1e-3 * rs.randn(40), human))
    floor = json.loads((near / "results.json").read_text())["metrics"][FTO]["real"]
    within, beyond = (made_run(tmp_path / str(times), offsets(human + times * floor, human)) for times in (2.4, 2.6))
    for other in (again, within):
        found = one(near, other, FTO)
        assert found.difference and found.p is None and "noise floor" in found.p_reason and found.verdict is None
    assert one(near, beyond, FTO).p is not None


def test_items_of_one_source_flip_together(tmp_path):
    """30 items of 3 source videos are 3 independent units: no test, and it says how many are needed."""
    sources = [f"v{k % 3}" for k in range(30)]
    a, b = (made_run(tmp_path / str(g), psnr(np.arange(30) + g), sources=sources) for g in (10, 11))
    found = one(a, b)
    assert (found.n, found.n_clusters, found.p, found.difference) == (30, 3, None, 1)
    assert "needs 7" in found.p_reason and "needs 50" in found.ci_reason


def test_where_few_sources_differ_there_is_neither_test_nor_interval(tmp_path):
    values = np.arange(60.0)
    a, b = (made_run(tmp_path / str(g), psnr(np.where(values < 6, g, 0) + 20)) for g in (1, 2))
    found = one(a, b)
    assert found.difference and found.p is None and found.ci95 is None
    assert found.p_reason == found.ci_reason == "60 independent source(s), 6 with a difference: a paired test needs 7"


def test_few_sources_say_that_two_are_not_alike_and_not_which_is_better(tmp_path):
    """What is tested exactly at any number is the exchange of answers; the mean only from 50 sources on."""
    rs = np.random.RandomState(0)
    for n, verdict, null in ((49, "differ", "exchangeable"), (50, "other", "mean")):
        values = 20 + rs.randn(n)
        a, b = (made_run(tmp_path / f"{n}.{g}", psnr(values + g + 0.1 * rs.randn(n))) for g in (0, 1))
        found = one(a, b)
        assert (found.verdict, found.null, found.ci95 is None) == (verdict, null, n < 50)
        assert bool(found.notes) == (n < 50) and all("below 50" in note for note in found.notes)


def test_quantiles_are_not_tested(runs):
    """The median of the offsets that turn.fto_w1 compares."""
    rows = StoredRows.of(runs[0]).rows(FTO)
    first, other = list(rows.values()), [row | {"response": row["response"] + 0.1} for row in rows.values()]
    metric = entries()["turn.fto_median"].metric
    interval, test, _ = _statistics(metric, first, other, np.arange(N), N)
    assert interval.low is None and test.p is None and "quantile" in test.reason == interval.reason


def test_rows_come_back_as_they_were(runs, tmp_path):
    rows = StoredRows.of(runs[0])
    metric = entries()[FTO].metric
    found = list(rows.rows(FTO).values())
    assert found[0]["left_censored"].shape == () and found[0]["response"].shape == (1,)
    assert (
        metric.total(found, np.ones(N)) == json.loads((runs[0] / "results.json").read_text())["metrics"][FTO]["value"]
    )
    uneven = made_run(
        tmp_path / "u", {PSNR: [{"value": np.array(1.0), "more": np.zeros((2, 3))}, {"value": np.array(2.0)}]}
    )
    back = list(StoredRows.of(uneven).rows(PSNR).values())
    assert back[0]["more"].shape == (2, 3) and "more" not in back[1]


def changed(tmp_path, runs, change):
    """The second run, its results changed, its rows left alone."""
    folder = tmp_path / "changed"
    folder.mkdir()
    for name in ("items.jsonl.gz", "stats.npz", "run.json"):
        (folder / name).write_bytes((runs[1] / name).read_bytes())
    from vidchatbench.results import read_results

    text = json.dumps(asdict(change(read_results(runs[1]))))
    (folder / "results.json").write_text(text)
    return folder


@pytest.mark.parametrize(
    ("change", "what", "said"),
    [
        (with_metric(PSNR, signature="video.psnr|v1|cap:80"), "signature", "cap:80"),
        (with_metric(PSNR, value=None, reason="needs weights", remedy="pull"), "no value", "needs weights"),
        (with_metric(PSNR, partial=True, reason="partial: 3 of 60"), "partial", "3 of 60"),
        (with_metric(PSNR, defects=("its total failed",)), "defect", "its total failed"),
        (with_metric(PSNR, by_reason={"error": 2}), "defect", "2 row(s)"),
        (with_metric(PSNR, value=99.0), "rows", "not of one run"),
    ],
)
def test_what_may_not_be_compared_says_why(tmp_path, runs, change, what, said):
    obstacle = refusal(runs[0], changed(tmp_path, runs, change))
    assert obstacle.what == what and said in obstacle.detail and obstacle.remedy
    assert one(runs[0], tmp_path / "changed", FTO).difference is not None, "the other metrics stand"


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (with_benchmark(testset_sha256="1" * 64, version="2"), "test set"),
        (with_benchmark(protocol="conditioned"), "protocol"),
        (with_benchmark(testset_sha256="1" * 64, n_items=8, limited=True), "samples"),
    ],
)
def test_runs_that_may_not_be_compared_have_no_differences(tmp_path, runs, change, what):
    (pair,) = compare(runs[0], [changed(tmp_path, runs, change)]).pairs
    assert [found.what for found in pair.obstacles] == [what] and not pair.differences
    assert pair.obstacles[0].remedy


def test_other_seeds_are_other_samples(tmp_path):
    a = made_run(tmp_path / "a", psnr(range(9)))
    b = made_run(tmp_path / "b", psnr(range(9)), seed_of=[1] * 9)
    (pair,) = compare(a, [b]).pairs
    assert [found.what for found in pair.obstacles] == ["samples", "samples"] and not pair.differences


def test_a_metric_signature_of_another_installation_is_refused(tmp_path, runs):
    change = with_metric(PSNR, signature="video.psnr|v0")
    folders = []
    for k in range(2):
        (tmp_path / str(k)).mkdir()
        folders.append(changed(tmp_path / str(k), (runs[0], runs[k]), change))
    obstacle = refusal(*folders)
    assert obstacle.what == "signature" and "installed here" in obstacle.detail


def test_a_metric_that_nothing_brings_is_named(tmp_path, runs):
    def rename(results):
        return replace(results, metrics={"mine.gone": results.metrics[PSNR]})

    folders = []
    for k in range(2):
        (tmp_path / str(k)).mkdir()
        folders.append(changed(tmp_path / str(k), (runs[0], runs[k]), rename))
    obstacle = refusal(*folders, "mine.gone")
    assert obstacle.what == "not installed" and "--metric" in obstacle.remedy


def test_computed_otherwise_is_noted_and_small_differences_are_not_tested(tmp_path):
    a = made_run(tmp_path / "a", psnr(np.arange(9.0) + 20))
    tiny = psnr(np.arange(9.0) + 20 + 1e-6)
    b = made_run(tmp_path / "b", tiny, change=with_metric(PSNR, computation={"f": "cuda"}))
    found = one(a, b)
    assert found.p is None and "machines" in found.p_reason and "cuda" in found.notes[0] and found.verdict is None


def damaged(runs, tmp_path, name, content):
    folder = changed(tmp_path, runs, lambda results: results)
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content((folder / name).read_bytes()))
    return folder


@pytest.mark.parametrize("name", ["results.json", "items.jsonl.gz", "stats.npz"])
@pytest.mark.parametrize("content", [None, lambda old: old[: len(old) // 2], lambda old: b""])
def test_absent_and_cut_files_are_named(runs, tmp_path, name, content):
    with pytest.raises(DataError, match=name.replace(".", r"\.")):
        compare(runs[0], [damaged(runs, tmp_path, name, content)])


def test_another_schema_is_named(runs, tmp_path):
    with pytest.raises(DataError, match=r"vidchatbench.results/1"):
        compare(runs[0], [damaged(runs, tmp_path, "results.json", lambda old: old.replace(b"results/1", b"results/9"))])


def test_a_sample_twice_is_named(runs, tmp_path):
    def twice(old):
        lines = gzip.decompress(old)
        return gzip.compress(lines + lines.splitlines()[0])

    with pytest.raises(DataError, match="stands twice"):
        compare(runs[0], [damaged(runs, tmp_path, "items.jsonl.gz", twice)])


def test_nan_in_rows_empties_one_metric(runs, tmp_path):
    folder = changed(tmp_path, runs, lambda results: results)
    with np.load(runs[1] / "stats.npz") as stored:
        arrays = dict(stored)
    arrays[f"{PSNR}/value"] = np.full(N, np.nan)
    np.savez(folder / "stats.npz", **arrays)
    obstacle = refusal(runs[0], folder)
    assert obstacle.what == "rows" and "not finite" in obstacle.detail
    assert one(runs[0], folder, FTO).p is not None


def test_pickles_in_rows_are_not_opened(runs, tmp_path):
    folder = changed(tmp_path, runs, lambda results: results)
    with np.load(runs[1] / "stats.npz") as stored:
        arrays = dict(stored)
    arrays[f"{PSNR}/value"] = np.array([object()] * N)
    np.savez(folder / "stats.npz", **arrays)
    assert "allow_pickle" in refusal(runs[0], folder).detail


def test_lengths_that_do_not_fit(runs, tmp_path):
    folder = changed(tmp_path, runs, lambda results: results)
    with zipfile.ZipFile(runs[1] / "stats.npz") as old, zipfile.ZipFile(folder / "stats.npz", "w") as new:
        for name in old.namelist():
            if name != f"{PSNR}/value.lengths.npy":
                new.writestr(name, old.read(name))
    assert refusal(runs[0], folder).what == "rows"


def test_no_folder_and_no_other(runs, tmp_path):
    with pytest.raises(UsageError, match="no such folder"):
        compare(runs[0], [tmp_path / "none"])
    with pytest.raises(UsageError, match="one run alone"):
        compare(runs[0], [])
