"""Bar charts as small SVG pictures, the same bytes on every machine."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

_BAR, _ROW, _LEFT = 320, 20, 150


def bars(title: str, counts: Sequence[tuple[str, int]]) -> str:
    """A horizontal bar for each label, with its number."""
    most = max((count for _, count in counts), default=0) or 1
    height = 34 + _ROW * len(counts)
    rows = []
    for number, (label, count) in enumerate(counts):
        top = 30 + _ROW * number
        rows.append(
            f'<text x="{_LEFT - 8}" y="{top + 14}" text-anchor="end">{escape(label)}</text>'
            f'<rect x="{_LEFT}" y="{top + 3}" width="{count * _BAR // most}" height="{_ROW - 6}" fill="#4a7ab5"/>'
            f'<text x="{_LEFT + count * _BAR // most + 6}" y="{top + 14}">{count}</text>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_LEFT + _BAR + 60}" height="{height}" role="img" '
        f'font-family="sans-serif" font-size="12" fill="#222"><title>{escape(title)}</title>'
        f'<rect width="100%" height="100%" fill="#fff"/>'
        f'<text x="8" y="18" font-weight="bold">{escape(title)}</text>\n' + "\n".join(rows) + "\n</svg>\n"
    )


def binned(values: Sequence[float], step: float, unit: str) -> list[tuple[str, int]]:
    """Counts in bins of one width, from the least value's to the greatest's."""
    places = [int(value // step) for value in values]
    return [
        (f"{place * step:g} to {(place + 1) * step:g} {unit}".rstrip(), places.count(place))
        for place in range(min(places), max(places) + 1)
    ]
