"""A pull request's comment out of a check's report, which somebody else may have written.

    python3 render.py ARCHIVE [URL OF THE CHECK'S RUN] > COMMENT

ARCHIVE is the artifact of the workflow `submission`, as downloaded: a zip of one file, report.json. Whoever opens a
pull request can change the workflow that makes it, so nothing of it is believed: sizes are bounded before anything is
read, its shape is held to the schema, and its words come to stand in one code block, where Markdown, HTML and @mentions
mean nothing. What cannot be read is said, and is no error here. Standard library only: this runs beside a token that
can write.
"""

from __future__ import annotations

import json
import sys
import unicodedata
import zipfile
import zlib
from pathlib import Path
from typing import Any

MARK = "<!-- vidchatbench check-submission -->"
"""By which our own comment is known again."""
MEMBER, MOST_BYTES = "report.json", 1_000_000
MOST_RUNS, MOST_FINDINGS, MOST_TEXT, MOST_COMMENT = 10, 200, 300, 60_000
SEVERITIES = ("error", "warning", "note")
LEVELS = ("form", "arithmetic", "copies and cheats", "answers scored again")


class Hostile(Exception):
    """What cannot be a report of ours, and why."""


def unpacked(path: Path) -> bytes:
    """The one file of the archive, if it is small."""
    if path.stat().st_size > MOST_BYTES:
        raise Hostile("the artifact is too large")
    try:
        with zipfile.ZipFile(path) as archive:
            if [one.filename for one in archive.infolist()] != [MEMBER]:
                raise Hostile("the artifact holds something else than one report")
            with archive.open(MEMBER) as stream:  # what the archive says of sizes is not believed
                content = stream.read(MOST_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, EOFError, ValueError) as error:
        raise Hostile("the artifact is no zip archive that can be read") from error
    if len(content) > MOST_BYTES:
        raise Hostile("the report is too large")
    return content


def parsed(content: bytes) -> list[dict[str, Any]]:
    """The verdicts of a report in the shape vidchatbench.check/1, every value of its type."""
    try:
        report = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Hostile("the report is no JSON") from error
    _keys(report, "schema", "submissions")
    if report["schema"] != "vidchatbench.check/1":
        raise Hostile("the report is of another schema")
    for run in _list(report["submissions"], MOST_RUNS):
        _keys(run, "path", "verdict", "level", "findings", "not_checked")
        _text(run["path"])
        _one_of(run["verdict"], "accepted", "refused")
        _one_of(run["level"], None, *range(len(LEVELS)))
        for finding in _list(run["findings"], MOST_FINDINGS):
            _keys(finding, "level", "code", "severity", "where", "detail", "remedy")
            _one_of(finding["level"], *range(len(LEVELS)))
            _one_of(finding["severity"], *SEVERITIES)
            _text(finding["code"], finding["where"], finding["detail"], finding["remedy"] or "")
        for rest in _list(run["not_checked"], MOST_FINDINGS):
            _keys(rest, "what", "why")
            _text(rest["what"], rest["why"])
    return list(report["submissions"])


def _keys(value: object, *names: str) -> None:
    if not isinstance(value, dict) or set(value) != set(names):
        raise Hostile("the report is not in the schema's shape")


def _list(value: object, most: int) -> list[Any]:
    if not isinstance(value, list):
        raise Hostile("the report is not in the schema's shape")
    if len(value) > most:
        raise Hostile(f"the report is too long: a list of it has more than {most} entries")
    return value


def _one_of(value: object, *allowed: object) -> None:
    if not any(value is one or (type(value) is type(one) and value == one) for one in allowed):  # True is no 1
        raise Hostile("the report is not in the schema's shape")


def _text(*values: object) -> None:
    if not all(isinstance(value, str) for value in values):
        raise Hostile("the report is not in the schema's shape")


def plain(text: str) -> str:
    """Text of others on one line: cut, without controls, marks that turn its direction, and backticks."""
    kept = "".join("'" if c == "`" else c if _shown(c) else "\N{REPLACEMENT CHARACTER}" for c in text[:MOST_TEXT])
    return kept + ("..." if len(text) > MOST_TEXT else "")


def _shown(character: str) -> bool:
    return character == " " or unicodedata.category(character)[0] not in "CZ"


def comment(archive: Path, run_url: str = "") -> str:
    """The comment's Markdown, at most 60,000 characters."""
    log = f"\n\n[The check's own log]({run_url})" if run_url else ""
    try:
        runs = parsed(unpacked(archive)) if archive.is_file() else []
        if not runs:
            raise Hostile("there is none" if not archive.is_file() else "the report names no submission")
    except Hostile as why:
        return f"{MARK}\n**The check left no report that can be shown:** {why}.{log}\n"
    parts = [MARK]
    for run in runs:
        counts = [sum(finding["severity"] == kind for finding in run["findings"]) for kind in SEVERITIES]
        told = ", ".join(f"{n} {kind}{'s' * (n != 1)}" for n, kind in zip(counts, SEVERITIES, strict=True) if n)
        passed = "no level passed" if run["level"] is None else f"passed up to level {run['level']}"
        named = "" if run["level"] is None else f" ({LEVELS[run['level']]})"
        parts.append(f"**{run['verdict']}**, {passed}{named}: {told or 'nothing found'}\n\n```text\n{_block(run)}\n```")
    parts.append(f"What this comment repeats comes from the pull request; the check itself decides.{log}")
    return "\n\n".join(parts)[:MOST_COMMENT] + "\n"


def _block(run: dict[str, Any]) -> str:
    lines, room = [plain(run["path"])], MOST_COMMENT // (2 * MOST_RUNS)
    ordered = sorted(run["findings"], key=lambda finding: SEVERITIES.index(finding["severity"]))
    told = [
        f"{one['severity']:8}{plain(one['code'])}  {plain(one['where'])}: {plain(one['detail'])}"
        + (f"\n        -> {plain(one['remedy'])}" if one["remedy"] else "")
        for one in ordered
    ] + [f"not seen: {plain(one['what'])} ({plain(one['why'])})" for one in run["not_checked"]]
    for number, line in enumerate(told):
        if len(line) > room:
            return "\n".join([*lines, f"... {len(told) - number} more in the check's own log"])
        room -= len(line)
        lines.append(line)
    return "\n".join(lines)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sys.stdout.write(comment(Path(sys.argv[1]), *sys.argv[2:]))
