"""A metric's card in words: `vidchatbench metrics describe` prints it, and the documentation's pages are made of it."""

from __future__ import annotations

from vidchatbench.errors import UsageError
from vidchatbench.metric import Metric
from vidchatbench.registry import Entry, features
from vidchatbench.weights import CatalogueFile, PackageFile, WeightsFile

_REAL = {
    "same_item": "each real reply in the response's place: the ceiling",
    "halves": "disjoint halves of the real replies against each other: the noise floor",
    "none": "no value: a clip against itself says nothing",
}


def card_text(entry: Entry) -> dict[str, str]:
    """All there is to know of a metric, whether it can run here or not: heading to text.

    `weights`, `features` and `signature` hold a line for each file, feature or signature; the others are one line.

    Raises:
        UsageError: Where the metric could not be loaded.
    """
    if entry.metric is None:
        raise UsageError(f"it cannot be loaded: {entry.error}", where=entry.source)
    card, below = entry.metric.card, features(entry.metric)
    low, high = ("unbounded" if bound is None else f"{bound:g}" for bound in card.range)
    files = dict.fromkeys(file for feature in below for _, file in sorted(feature.weights().items()))
    return {
        "id": f"{card.id}, version {card.version}, from {entry.source}",
        "title": card.title,
        "meaning": card.meaning,
        "better": card.direction,
        "unit": card.unit or "none",
        "range": f"{low} to {high}",
        "tasks": ", ".join(sorted(card.tasks)),
        "protocols": ", ".join(sorted(card.protocols)),
        "profiles": ", ".join(sorted(card.profiles)) or "none",
        "source": card.source,
        "unspecified by paper": card.unspecified_by_paper or "nothing",
        "responds to": "; ".join(card.responds_to),
        "ignores": "; ".join(card.ignores),
        "a failed item": _failed(entry.metric),
        "needs samples": str(card.min_n),
        "machines differ": f"by at most {card.tolerance:g}",
        "real clips": _REAL[card.real],
        "submissions": "hold its rows" if card.submitted else "hold its value alone: its rows are too large",
        "limits of use": card.licence or "none known",
        "weights": "\n".join(map(_weights, files)) or "none",
        "features": "\n".join(feature.signature() for feature in below),
        "signature": entry.metric.signature(),
    }


def _failed(metric: Metric) -> str:
    """What becomes of a sample that failed."""
    if metric.card.fail_value is not None:
        return f"counts as {metric.card.fail_value:g}"
    return "is left out, and the value is partial" if type(metric).failed is Metric.failed else "see meaning"


def _weights(file: WeightsFile) -> str:
    """One file: how it is called, what it is, its licence."""
    if isinstance(file, CatalogueFile):
        entry = file.entry
        limits = f"; {entry.limits}" if entry.limits else ""
        return f"{entry.name}: {entry.what}. Licence: {entry.licence}{limits}"
    if isinstance(file, PackageFile):
        return f"{file.path} of the package {file.package}. Licence: {file.licence.rstrip('.')}"
    return f"a folder of your own, {file.label}"
