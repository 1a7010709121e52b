"""The report of `check-adapter` as a page, with two clips beside each other where that helps."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from urllib.parse import quote

from vidchatbench.adapters.checks.line import Check

_STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}
table{border-collapse:collapse;width:100%}td{padding:.4rem .8rem .4rem 0;vertical-align:top;border-top:1px solid #ddd}
.FAILED{color:#a40000;font-weight:600}.passed{color:#276b27}.note,.skipped{color:#666}
video{width:18rem;margin-right:1rem}figure{display:inline-block;margin:.5rem 0}pre{white-space:pre-wrap;margin:0}"""


def write_page(path: Path, adapter: str, checks: Sequence[Check]) -> None:
    """One self-contained file beside the clips that it shows."""
    rows = []
    for check in checks:
        clips = "".join(_figure(clip.relative_to(path.parent)) for clip in check.clips)
        rows.append(
            f"<tr><td>{check.id}</td><td>{escape(check.title)}</td><td class={check.verdict}>{check.verdict}</td>"
            f"<td><pre style='font:inherit'>{escape(check.text)}</pre>{clips}</td></tr>"
        )
    page = (f"<!doctype html><meta charset=utf-8><title>{escape(adapter)}</title><style>{_STYLE}</style>"
            f"<h1>{escape(adapter)}</h1><table>{''.join(rows)}</table>")  # fmt: skip
    path.write_text(page, encoding="utf-8")


def _figure(clip: Path) -> str:
    name = clip.as_posix()
    return f"<figure><video controls src='{quote(name)}'></video><figcaption>{escape(name)}</figcaption></figure>"
