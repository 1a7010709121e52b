"""The forest plot of a comparison: one page that needs nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from vidchatbench.comparison import Comparison, Difference, Pair
from vidchatbench.engine.cache import write_atomic
from vidchatbench.report.charts.scale import Scale
from vidchatbench.report.comparison_table import DifferenceQuote, reasons
from vidchatbench.report.templating import environment, text

_MOST = 4.0
"""Where the axis ends: what is larger is drawn at its end, with an arrow."""


@dataclass(frozen=True)
class Line:
    """One metric's mark. All metrics share an axis of detectable differences; right is where `other` is better."""

    id: str
    one: Difference
    quote: DifferenceQuote
    x: float | None
    """In per cent of the width; None where nothing is drawn."""
    whisker: tuple[float, float] | None
    """Where the interval begins, and its width."""
    beyond: int
    """-1 or 1 where the mark stands at the axis's end for something larger; else 0."""


def write_forest(path: Path, found: Comparison) -> None:
    """Write the page; it appears whole or not at all, the same bytes for the same comparison.

    Raises:
        VidChatBenchError: Where it cannot be written.
    """
    plots = [(pair, _scale(pair), _lines(pair)) for pair in found.pairs]
    style = Markup(text("base.css", "plot.css", "forest.css"))
    page = environment().get_template("forest.html.j2").render(found=found, plots=plots, style=style, reasons=reasons)
    write_atomic(path, page.encode())


def _standard(one: Difference, value: float) -> float:
    """A difference in detectable ones, right where `other` is better."""
    return value / (one.detectable or 1.0) * (1 if one.direction == "higher" else -1)


def _scale(pair: Pair) -> Scale:
    reached = [1.0]
    for one in pair.differences.values():
        if one.difference is not None and one.detectable:
            reached += [abs(_standard(one, value)) for value in (one.difference, *(one.ci95 or ()))]
    end = min(_MOST, 1.1 * max(reached))
    return Scale(-end, end)


def _lines(pair: Pair) -> list[Line]:
    scale = _scale(pair)
    found = []
    for id, one in pair.differences.items():
        x, whisker, beyond = None, None, 0
        if one.difference is not None and (one.detectable or one.difference == 0):
            at = _standard(one, one.difference)
            x, beyond = scale.percent(at), (at > scale.high) - (at < scale.low)
            if one.ci95 is not None:
                start, end = sorted(scale.percent(_standard(one, value)) for value in one.ci95)
                whisker = start, round(end - start, 3)
        found.append(Line(id, one, DifferenceQuote(one), x, whisker, beyond))
    return found
