"""What the terminal shows, and the tables for papers."""

import io
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

from report.builder import HOSTILE, KINDS, REASON, REMEDY, hostile, make
from vidchatbench.errors import DataError, UsageError
from vidchatbench.report.export import export
from vidchatbench.report.quote import Quote, numeral
from vidchatbench.report.table import print_table


def printed(results, width, **options):
    out = io.StringIO()
    print_table(results, Console(file=out, width=width, **options), Path("runs/a/report.html"))
    return out.getvalue()


@pytest.mark.parametrize("width", [80, 120])
def test_every_metric_is_printed_with_its_value(width):
    results, _ = make(14)
    text = printed(results, width)
    table = text[: text.index("higher is better")]
    assert all(len(line) <= width for line in table.splitlines())
    for metric in results.metrics.values():
        quote = Quote(metric)
        assert metric.title.split()[0] in table
        assert quote.value in table and quote.interval in table and quote.real in table


def test_a_pipe_gets_no_boxes_and_no_colour():
    text = printed(make(14)[0], 80)
    assert not set(text) & set("─│┃━╭\x1b")


def test_below_the_table_stands_what_is_missing_and_what_to_type():
    text = printed(make(14)[0], 80)
    assert "coverage: 13 of 14 samples usable, 1 failed (missing 1)" in text
    assert f"no value: identity.arcface, sync.c: {REASON}" in text
    assert f"    -> {REMEDY}\n" in text
    assert "partial (*): video.fid_dino" in text
    assert "report: runs/a/report.html" in text


def test_failures_are_marked_at_the_count():
    text = printed(make(14)[0], 120)
    (line,) = [line for line in text.splitlines() if line.strip().startswith("Face identity, dlib")]
    assert line.rstrip().endswith("14/14 (3)")


def test_names_are_not_read_as_markup():
    results, _ = make(2)
    named = replace(results, model=replace(results.model, name="[red]a[/red]"))
    assert "[red]a[/red]" in printed(named, 120)
    assert "<script>" in printed(hostile()[0], 120)


@pytest.mark.parametrize(
    ("value", "ci95", "expected"),
    [
        (0.71234, (0.70, 0.72), "0.712"),
        (32.3512, None, "32.4"),
        (1234.5, None, "1234"),
        (0.0, None, "0.00"),
        (0.0, (0.0, 0.0), "0.00"),
        (-0.0001, (-0.1, 0.1), "0.00"),
        (15.5, (13.1, 17.9), "15.5"),
        (2e-7, None, "2.00e-07"),
        (3.2e9, None, "3.20e+09"),
    ],
)
def test_digits_follow_what_is_known(value, ci95, expected):
    metric = replace(make(1)[0].metrics["video.psnr"], value=value, ci95=ci95, real=None, value_valid_only=None)
    assert Quote(metric).number(value) == expected


def test_numerals_never_say_minus_zero():
    assert numeral(-0.0004, 2) == "0.00"


def two(n=14):
    return [("a_b", make(n)[0]), ("c|d & 5 %", make(n, name="other")[0])]


def test_csv_gives_every_number_back():
    systems = two()
    # As text: the file is exact, and older pandas round a last digit when they read numbers.
    frame = pd.read_csv(io.StringIO(export(systems, "csv")), index_col="system", dtype=str)
    for name, results in systems:
        for id_, metric in results.metrics.items():
            if metric.value is None:
                assert pd.isna(frame.loc[name, id_])
                continue
            assert float(frame.loc[name, id_]) == metric.value
            assert int(frame.loc[name, f"{id_}:n"]) == metric.n
            assert frame.loc[name, f"{id_}:signature"] == metric.signature
            if metric.ci95:
                assert tuple(float(frame.loc[name, f"{id_}:ci95_{end}"]) for end in ("low", "high")) == metric.ci95


def test_markdown_has_equal_columns_signatures_and_reasons():
    text = export(two(), "md")
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert len(table) == 4
    assert {line.replace("\\|", "").count("|") for line in table} == {len(KINDS) + 2}
    assert "c\\|d" in text and "5f" * 32 in text
    assert all(metric.signature in text for metric in two()[0][1].metrics.values())
    assert f"a_b, sync.c: {REASON}" in text


def test_latex_escapes_and_keeps_columns():
    text = export(two(), "latex")
    body = text[text.index(r"\midrule") : text.index(r"\bottomrule")]
    lines = [line for line in body.splitlines() if line.endswith(r"\\")]
    assert [line.replace(r"\&", "").count("&") for line in lines] == [len(KINDS)] * 2
    assert r"a\_b" in text and r"5 \%" in text and r"$\uparrow$" in text
    assert "<script>" in export([(HOSTILE, hostile()[0])], "latex")


def test_other_signatures_are_refused_with_what_differs():
    systems = two()
    changed = replace(systems[1][1].metrics["video.psnr"], signature="video.psnr|v1|cap:60")
    systems[1] = ("b", replace(systems[1][1], metrics={**systems[1][1].metrics, "video.psnr": changed}))
    with pytest.raises(DataError, match=r"video\.psnr has different signatures: 'a_b' has cap:100 .*'b' has cap:60"):
        export(systems, "md")


@pytest.mark.parametrize("what", ["testset_sha256", "protocol"])
def test_other_test_sets_are_refused(what):
    systems = two()
    other = systems[1][1]
    systems[1] = ("b", replace(other, benchmark=replace(other.benchmark, **{what: "another"})))
    with pytest.raises(DataError, match=f"{what} differs") as caught:
        export(systems, "csv")
    assert caught.value.remedy


def test_a_metric_that_only_one_system_has_is_a_hole_with_a_note():
    a, b = make(7)[0], make(7, kinds=KINDS[:3])[0]
    assert "b, turn.overlap: not scored" in export([("a", a), ("b", b)], "md")


def test_nothing_and_unknown_formats_are_refused():
    with pytest.raises(UsageError):
        export([], "md")
    with pytest.raises(UsageError, match="xls"):
        export(two(), "xls")
