"""Tables of several systems for papers and spreadsheets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pandas as pd

from vidchatbench.errors import DataError, UsageError
from vidchatbench.report.gaps import unranked
from vidchatbench.report.quote import Quote
from vidchatbench.report.tex import tex
from vidchatbench.results.schema import MetricResult, Results

Format = Literal["md", "csv", "latex"]
_SYSTEM = "system"


def export(results: Sequence[tuple[str, Results]], format: Format) -> str:
    """A table with the systems as lines and the metrics as columns.

    Args:
        results: Name and results of each system, in the order of the lines.
        format: `md` and `latex` are for people: value with its 95 % interval, and below the table the signatures and
            the reason of every hole. `csv` is for programs: full precision, with interval, n and signature as columns.

    Raises:
        DataError: Where values with different signatures, or of different test sets, would share a column.
        UsageError: For no results, or another format.
    """
    if not results:
        raise UsageError("no results to export", remedy="name at least one results.json")
    _same_testset(results)
    columns = _columns(results)
    if format == "csv":
        return _csv(results, columns)
    if format == "md":
        return _markdown(results, columns)
    if format == "latex":
        return _latex(results, columns)
    raise UsageError(f"unknown format {format!r}", remedy="one of md, csv, latex")


def _same_testset(results: Sequence[tuple[str, Results]]) -> None:
    first, reference = results[0]
    for name, other in results[1:]:
        for what in ("testset_sha256", "protocol"):
            ours, theirs = getattr(reference.benchmark, what), getattr(other.benchmark, what)
            if ours != theirs:
                raise DataError(
                    f"{what} differs: {ours} for {first!r} ({_testset(reference)}), {theirs} for {name!r}"
                    f" ({_testset(other)}); their values are not comparable",
                    remedy="export them apart, or score both on one test set; see `benchmark` in each results.json",
                )


def _testset(results: Results) -> str:
    return f"{results.benchmark.testset} {results.benchmark.version}"


def _columns(results: Sequence[tuple[str, Results]]) -> dict[str, MetricResult]:
    """All metrics in order of first appearance, each with one result that stands for its title, unit and signature."""
    columns: dict[str, MetricResult] = {}
    holders: dict[str, str] = {}
    for name, one in results:
        for id_, metric in one.metrics.items():
            columns.setdefault(id_, metric)
            if metric.value is None:
                continue
            if id_ not in holders:
                holders[id_], columns[id_] = name, metric
            elif columns[id_].signature != metric.signature:
                raise _differing(id_, holders[id_], columns[id_].signature, name, metric.signature)
    return columns


def _differing(id_: str, first: str, ours: str, second: str, theirs: str) -> DataError:
    def alone(one: str, other: str) -> str:
        return " ".join(part for part in one.split("|") if part not in other.split("|")) or "(nothing more)"

    return DataError(
        f"{id_} has different signatures: {first!r} has {alone(ours, theirs)}, {second!r} has {alone(theirs, ours)};"
        " their values are not comparable",
        remedy="export them apart, or score both again with one version of vidchatbench; see"
        f" `metrics.{id_}.signature` in each results.json",
    )


def _csv(results: Sequence[tuple[str, Results]], columns: dict[str, MetricResult]) -> str:
    lines = []
    for name, one in results:
        b = one.benchmark
        line: dict[str, object] = {_SYSTEM: name, "testset_sha256": b.testset_sha256, "ranked": one.ranked}
        line |= {"items": b.n_items, "items_total": b.items_total}
        for id_ in columns:
            metric = one.metrics.get(id_)
            low, high = metric.ci95 if metric and metric.ci95 else (None, None)
            line |= {
                id_: metric and metric.value,
                f"{id_}:ci95_low": low,
                f"{id_}:ci95_high": high,
                f"{id_}:n": metric and metric.n,
                f"{id_}:expected": metric and metric.expected,
                f"{id_}:partial": metric and metric.partial,
                f"{id_}:signature": metric and metric.signature,
            }
        lines.append(line)
    return str(pd.DataFrame(lines, dtype=object).to_csv(index=False, lineterminator="\n"))


def _frame(results: Sequence[tuple[str, Results]], columns: dict[str, MetricResult]) -> tuple[pd.DataFrame, list[str]]:
    """Cells as people read them, and the notes below."""
    notes = [f"{id_}: {metric.signature}" for id_, metric in columns.items()]
    lines = []
    for name, one in results:
        line = {_SYSTEM: name if one.ranked and not one.benchmark.limited else f"{name} (not ranked)"}
        notes += [f"{name}: not ranked: {why}" for why in unranked(one)]
        for id_, column in columns.items():
            metric = one.metrics.get(id_)
            quote = Quote(metric or column)
            line[id_] = "–" if metric is None or metric.value is None else _cell(quote)
            if metric is None:
                notes.append(f"{name}, {id_}: not scored")
            elif metric.value is None or metric.partial:
                notes.append(f"{name}, {id_}: {metric.reason or 'no reason recorded'}")
        lines.append(line)
    b = results[0][1].benchmark
    notes.insert(0, f"{b.testset} {b.version}, protocol {b.protocol}, sha256 {b.testset_sha256}; 95 % intervals.")
    return pd.DataFrame(lines, dtype=object), notes


def _cell(quote: Quote) -> str:
    interval = f" {quote.interval}" if quote.result.ci95 else ""
    return f"{quote.number(quote.result.value)}{interval}{' (partial)' if quote.result.partial else ''}"


def _heads(columns: dict[str, MetricResult]) -> dict[str, str]:
    return {id_: f"{m.title}{f' ({m.unit})' if m.unit else ''} {Quote(m).arrow}" for id_, m in columns.items()}


def _markdown(results: Sequence[tuple[str, Results]], columns: dict[str, MetricResult]) -> str:
    frame, notes = _frame(results, columns)
    heads = _heads(columns)
    rows = [[heads.get(c, c) for c in frame.columns], *frame.to_numpy().tolist()]
    text = [[cell.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows]
    widths = [max(len(row[k]) for row in text) for k in range(len(text[0]))]
    table = ["| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) + " |" for row in text]
    rule = "|" + "|".join("-" * (w + 2) if k == 0 else "-" * (w + 1) + ":" for k, w in enumerate(widths)) + "|"
    below = ["- `" + note.replace("`", "'") + "`" for note in notes]
    return "\n".join([table[0], rule, *table[1:], "", *below, ""])


def _latex(results: Sequence[tuple[str, Results]], columns: dict[str, MetricResult]) -> str:
    frame, notes = _frame(results, columns)
    heads = {id_: tex(head) for id_, head in _heads(columns).items()}
    frame = frame.map(tex).rename(columns=heads)
    table = frame.to_latex(index=False, escape=False, column_format="l" + "r" * len(columns))
    lines = "\n".join(rf"{{\footnotesize\ttfamily {tex(note)}\par}}" for note in notes)
    return f"% needs \\usepackage{{booktabs}}\n{table}{lines}\n"
