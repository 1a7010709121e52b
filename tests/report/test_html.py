"""The page: whole, self-contained, safe against what it shows, the same bytes every time, and nothing left out."""

import re
from dataclasses import replace

import numpy as np
import pytest
from helpers.page import Page

from report.builder import FAMILIES, HOSTILE, KINDS, REASON, REMEDY, hostile, make, strips
from vidchatbench.report.html import write_report
from vidchatbench.results.schema import Coverage


def written(folder, results, items, *, pictures=None, baselines=()):
    path = folder / "report.html"
    write_report(path, results, items, strips(items) if pictures is None else pictures, baselines)
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def ordinary(tmp_path_factory):
    results, items = make(14)
    return written(tmp_path_factory.mktemp("page"), results, items)


def test_is_balanced_and_has_unique_ids(ordinary):
    page = Page(ordinary)
    ids = page.values("id")
    assert len(ids) == len(set(ids))


def test_fetches_nothing(ordinary):
    page = Page(ordinary)
    assert all(value.startswith("data:image/jpeg;base64,") for value in page.values("src"))
    assert all(value.startswith("#") for value in page.values("href"))
    assert not re.search(r"url\(|@import|https?://|fetch\(|XMLHttpRequest", ordinary)
    assert page.tags["link"] == page.tags["iframe"] == 0


def test_links_lead_somewhere(ordinary):
    page = Page(ordinary)
    assert {value[1:] for value in page.values("href")} <= set(page.values("id"))


def test_every_metric_and_every_item_is_there(ordinary):
    results, items = make(14)
    page = Page(ordinary)
    for id_, metric in results.metrics.items():
        assert page.text.count(metric.signature) == 2, id_
        assert metric.title in page.text
    assert page.tags["template"] == len(items) == 14
    for item in items:
        assert f"item-{item.item_id}" in page.values("id")
    assert page.tags["img"] == 16 * sum(item.output is not None for item in items)


def test_a_metric_without_value_says_why_and_what_to_type(ordinary):
    text = Page(ordinary).text
    assert REASON in text
    assert text.count(REMEDY) >= sum(1 for kind in KINDS if kind.missing)


def test_failures_are_grouped_with_remedy(ordinary):
    text = Page(ordinary).text
    failed = text[text.index("Failures No") if "Failures No" in text else text.rindex("Failures") :]
    assert "no_face 2 samples failed" in text
    assert "missing 1 sample failed" in text and "write the answer to d010.mp4" in failed
    assert "no_speech 1 sample excluded because of the test set's own files" in text


def test_same_input_same_bytes_in_any_order_of_items(tmp_path):
    results, items = make(9, seeds=2)
    assert written(tmp_path, results, items) == written(tmp_path, results, items[::-1], pictures=strips(items))


def test_nothing_from_outside_becomes_markup(tmp_path):
    results, items = hostile()
    text = written(tmp_path, results, items, baselines=[(HOSTILE, results)])
    page = Page(text)
    assert page.tags["script"] == 2
    assert '<script>alert("1")' not in text
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    assert HOSTILE in "".join(page.words)
    assert text.count("</script>") == 2


def test_the_policy_allows_the_pages_own_script_only(ordinary):
    import base64
    import hashlib

    (script,) = re.findall(r"<script>(.*?)</script>", ordinary, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (policy,) = [v for v in Page(ordinary).values("content") if v and "default-src" in v]
    assert "default-src 'none'" in policy and f"'sha256-{digest}'" in policy


def test_a_whole_run_is_not_called_incomplete(tmp_path):
    kinds = tuple(kind for kind in KINDS if not kind.missing)
    results, items = make(5, kinds=kinds)
    text = Page(written(tmp_path, results, items)).text
    assert "bundled, complete" in text and "ncomplete" not in text.replace("bundled, complete", "")


def test_a_rehearsal_is_called_one(tmp_path):
    results, items = make(3)
    limited = replace(results, benchmark=replace(results.benchmark, limited=True))
    assert "Rehearsal." in Page(written(tmp_path, limited, items)).text


def test_a_baseline_is_drawn_only_where_comparable(tmp_path):
    results, items = make(4)
    other, _ = make(5, name="frozen")
    moved = replace(other.metrics["video.psnr"], signature="video.psnr|v2")
    other = replace(other, metrics={**other.metrics, "video.psnr": moved})
    text = Page(written(tmp_path, results, items, baselines=[("frozen", other)])).text
    assert text.count("not comparable (other signature or test set): frozen") == 1
    assert "frozen 0." in text


def test_nothing_to_show_still_makes_a_page(tmp_path):
    results, _ = make(3)
    empty = replace(results, coverage=Coverage(expected=0, ok=0, failed=0, by_reason={}), metrics={})
    Page(written(tmp_path, empty, [], pictures={}))


def test_an_infinite_range_and_equal_values_are_drawn(tmp_path):
    results, items = make(3)
    metric = replace(results.metrics["video.psnr"], range=(None, None), value=0.0, ci95=(0.0, 0.0), real=None)
    same = [
        replace(item, metrics={**item.metrics, "video.psnr": replace(item.metrics["video.psnr"], value=0.0)})
        for item in items
    ]
    page = Page(written(tmp_path, replace(results, metrics={"video.psnr": metric}), same))
    assert "nan" not in page.text.lower().split()


def test_a_large_run_stays_in_bounds(tmp_path):
    results, items = make(500)
    text = written(tmp_path, results, items, pictures={})
    assert len(text) < 6_000_000


def test_a_family_says_what_its_numbers_mean_and_one_without_a_sentence_nothing(ordinary):
    said = re.findall(r'<section class="family">\n<h3>(\w+)</h3>\n(?:<p class="sense">(.*?)</p>)?', ordinary)
    assert dict(said) == {kind.family: FAMILIES.get(kind.family, "") for kind in KINDS}


def test_words_gaps_and_texts_are_in_the_fold(ordinary):
    first = make(14)[1][0]
    fold = ordinary[ordinary.index('<template id="fold-0">') : ordinary.index('<template id="fold-1">')]
    marks = re.findall(r'<i style="left:([\d.]+)%" title="([\d.]+) to [\d.]+ s">(\w+)</i>', fold)
    words = [*first.words["response"], *first.words["reference"]]
    assert [(at, word) for _, at, word in marks] == [(f"{start:.2f}", word) for start, _, word in words]
    starts, places = [start for start, *_ in words], [float(x) for x, *_ in marks]
    assert np.corrcoef(starts, places)[0, 1] == pytest.approx(1, abs=1e-6)
    end = first.initiator_speech_end_s
    for track in ("response", "reference"):
        gap = first.timelines[track][0][0] - end
        assert gap <= 0 or f"gap {gap:.2f} s</i>" in fold
    said = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", fold))
    assert said["initiator <small>by the test set</small>"] == "What is your name, 0?"
    assert said["reference <small>by the test set</small>"] == "It is 0, as before."
    assert said["response <small>as a recogniser heard it</small>"].startswith("it is raining since")


def test_the_models_distribution_is_drawn_against_peoples(ordinary):
    assert ordinary.count('class="line-response"') == ordinary.count('class="line-human"') == 1
    text = Page(ordinary).text
    assert "Reply offset, distance to human timing: 0.312 s" in text
    assert "start of the reply after the end of the question, in s" in text
    assert re.search(
        r"Model's median -?\d\.\d\d s over 14 samples, people's -?\d\.\d\d s\. Floor: halves of the real", text
    )
    assert "turn.fto_w1" not in text[text.index("No value for single samples") : text.index("Failures no_face")]
