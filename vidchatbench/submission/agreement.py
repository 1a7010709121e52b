"""Whether rows that were formed anew are those that were submitted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from vidchatbench.engine.rows import Row
from vidchatbench.metric import Card
from vidchatbench.results.schema import Cell
from vidchatbench.types import Array, NamedArrays

SINGLE: Final = 3.0
"""A card's tolerance is that of a mean over samples; a single one may move by so many times as much."""
RELATIVE: Final = 0.02
"""Share of its own length by which a vector may move, beside the tolerance."""
SPEECH_S: Final = 0.25
"""Seconds that may be speech in one timeline and not in the other."""


def differs(card: Card, said: Cell, stored: NamedArrays | None, row: Row) -> str | None:
    """What of a row is not what was submitted, in words; None where it agrees.

    Status and reason are equal; what a failure counts as is held to what an answer is. A value lies within `SINGLE`
    tolerances. Any other array has the same shape, and the length of the difference is at most `RELATIVE` of the
    longer array's plus that of as many tolerances. Timelines agree where at most `SPEECH_S` belong to one alone.
    Words are left out: what they are worth is compared as values.
    Of rows that a submission does not hold, status and reason alone are compared.
    """
    code = row.reason.code if row.reason else None
    told = said.reason.split(":")[0] if said.reason else None
    if said.status != row.status or (row.status != "ok" and told != code):
        return f"{said.status}{f' ({told})' if told else ''} there, {row.status}{f' ({code})' if code else ''} here"
    if not card.submitted:
        return None
    if row.stats is None or stored is None:
        where = "here" if stored is None else "there"
        return None if row.stats is stored else f"it has statistics {where} alone"
    names = {name for name in (*stored, *row.stats) if not name.startswith(("words.", "words_at."))}
    for name in sorted(names, key=lambda name: (name != "value", name)):
        if name not in stored or name not in row.stats:
            return f"{name} is {'here' if name in row.stats else 'there'} alone"
        a, b = np.asarray(stored[name]), np.asarray(row.stats[name])
        if name.startswith("timeline."):
            apart = _apart(a, b)
            if apart > SPEECH_S:
                return f"{name}: {apart:.2f} s are speech in one of both alone"
        elif a.shape != b.shape:
            return f"{name} has the shape {a.shape} there, {b.shape} here"
        elif name == "value" and not a.ndim:
            if abs(float(a) - float(b)) > SINGLE * card.tolerance + 1e-9:
                return f"{float(a):.6g} there, {float(b):.6g} here (allowed: {SINGLE * card.tolerance:.3g})"
        elif (far := _far(a, b, card)) is not None:
            return f"{name} is another: {far}"
    return None


def drift(said: Mapping[str, Cell], rows: Mapping[str, Row]) -> float | None:
    """Mean of what the values of the samples moved by; None where none has a value in both."""
    moved = [
        float(row.stats["value"]) - value
        for key, row in rows.items()
        if row.status == "ok" and row.stats is not None and np.ndim(row.stats.get("value", ())) == 0
        if (value := said[key].value) is not None and said[key].status == "ok"
    ]
    return float(np.mean(moved)) if moved else None


def _far(a: Array, b: Array, card: Card) -> str | None:
    x, y = a.astype(np.float64), b.astype(np.float64)
    apart, long = float(np.linalg.norm(x - y)), max(float(np.linalg.norm(x)), float(np.linalg.norm(y)))
    if apart <= RELATIVE * long + SINGLE * card.tolerance * max(1, x.size) ** 0.5 + 1e-9:
        return None
    return f"it differs by {apart / long:.1%} of its length" if long else "it differs"


def _apart(a: Array, b: Array) -> float:
    """Seconds that lie in the spans of one of two lists alone."""
    edges = np.unique(np.concatenate([a.ravel(), b.ravel()]).astype(np.float64))
    if len(edges) < 2:
        return 0.0
    middles, lengths = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    within = [
        ((spans.reshape(-1, 2)[:, :1] <= middles) & (middles < spans.reshape(-1, 2)[:, 1:])).any(0) for spans in (a, b)
    ]
    return float(lengths[within[0] ^ within[1]].sum())
