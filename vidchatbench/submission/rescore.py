"""Level 3: some of the answers themselves, drawn by lot, held against the manifest and scored again."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np

from vidchatbench.engine.cache import Cache
from vidchatbench.engine.evaluate import Plan, evaluate
from vidchatbench.engine.graph import Graph
from vidchatbench.engine.pool import Died, Pool
from vidchatbench.engine.rows import Row
from vidchatbench.engine.verify import MeasureTask
from vidchatbench.errors import MediaError, Unscored, UsageError
from vidchatbench.media import Clip
from vidchatbench.metric import Metric
from vidchatbench.registry import entries, ready
from vidchatbench.submission.agreement import differs, drift
from vidchatbench.submission.draw import Draw, K, draw
from vidchatbench.submission.fetched import fetch
from vidchatbench.submission.finding import Finding, NotChecked, Severity
from vidchatbench.submission.opened import Opened, key_of
from vidchatbench.submission.schema import FINGERPRINTS, ITEMS, MANIFEST, RESULTS, ManifestLine
from vidchatbench.submission.screen.flag import flag, named
from vidchatbench.testset import TestSet, read_outputs
from vidchatbench.testset.fingerprint import Fingerprint
from vidchatbench.testset.likeness import likeness
from vidchatbench.testset.lock import MediaLine
from vidchatbench.testset.reference_features import ReferenceFeatures
from vidchatbench.testset.verify import check_media, judge

ALLOWED: Final = 0.02
"""Share of a metric's rows, and one at least, that may differ: a threshold in a detector can fall either way."""
_AGAIN: Final = (
    "score these very outputs anew and pack that run: vidchatbench eval --pred OUTPUTS, vidchatbench submit RUN"
)
_SAME: Final = "hand in the outputs that were scored; if they are lost, generate and score anew, as another run"


@dataclass(frozen=True, kw_only=True)
class Rescore:
    """What came of it."""

    draw: Draw
    findings: tuple[Finding, ...]
    not_checked: tuple[NotChecked, ...]


def rescore(
    opened: Opened,
    testset: TestSet,
    outputs: Path,
    beacon: str,
    *,
    k: int = K,
    workers: int = 1,
    device: str = "cpu",
    progress: Callable[[int, int, str], None] = lambda done, total, what: None,
) -> Rescore:
    """Draw answers, verify their files, and score them anew.

    Nothing of the outputs is executed; no link in them is followed; they are decoded in worker processes.

    Args:
        opened: The submission, whose form and arithmetic are right.
        testset: With its media.
        outputs: The folder with the answers as they were fetched, named as in the manifest.
        beacon: Public randomness in hex, published after the submission.
        k: How many to draw; all where there are fewer.
        workers: Processes; 0 decodes and scores in this one.
        device: Where features that can choose run.
        progress: As `evaluate`'s.

    Raises:
        UsageError: Where the beacon or the folder is none.
        DataError: Where the test set's media are not here.
    """
    lot = draw(opened, beacon, k)
    if not outputs.is_dir():
        raise UsageError("there is no such folder", where=outputs, remedy="--outputs takes the fetched answers' folder")
    items = {opened.manifest[key].item_id for key in (*lot.samples, *lot.lost)}
    part = replace(testset, items=tuple(item for item in testset.items if item.item_id in items))
    stored = ReferenceFeatures.of(testset.root)
    if part.items:
        check_media(part, may_be_absent=bool(stored))
    findings, unseen = [_told(lot)], list[NotChecked]()
    with TemporaryDirectory(prefix="vidchatbench-rescore-") as folder, Pool(workers) as pool:
        copied, wrong = _copy(opened, lot, outputs, Path(folder))
        findings += wrong + _prints(opened, copied, Path(folder), pool)
        if copied or lot.lost:
            rows, unready = _score(opened, part, stored, Path(folder), pool, device, progress)
            findings += _compare(opened, {*copied, *lot.lost}, rows)
            more, not_formed = _totals(opened, rows)
            findings += more
            unseen += [*unready, *not_formed]
    return Rescore(draw=lot, findings=tuple(findings), not_checked=tuple(unseen))


def _told(lot: Draw) -> Finding:
    missed = "; ".join(
        f"{share:.0%} of them: {anywhere:.1%}, or {elsewhere:.1%} where none is among the best tenth"
        for share in (0.01, 0.05, 0.1)
        for anywhere, elsewhere in [lot.missed(share)]
    )
    said = (
        "all were drawn"
        if len(lot.drawn) == lot.of
        else f"the chance to have missed every falsified answer, if there are {missed}"
    )
    lost = f", and {len(lot.lost)} without an answer" if lot.lost else ""
    detail = (
        f"seed {lot.seed}; {len(lot.drawn)} of {lot.of} answers drawn, {lot.best} of them from the best tenth, "
        f"{len(lot.samples)} scored again{lost}: {said}. Drawn: {', '.join(lot.drawn)}"
    )
    return flag("draw", MANIFEST, [], detail, "anybody can draw again: docs/cheats.md says how", "note")


def _copy(opened: Opened, lot: Draw, outputs: Path, folder: Path) -> tuple[dict[str, ManifestLine], list[Finding]]:
    """The drawn answers' files, copied under names of ours; findings for those that are not those of the manifest."""
    copied: dict[str, ManifestLine] = {}
    wrong: dict[str, list[tuple[str, str]]] = {"media-missing": [], "media-differs": []}
    lines: list[dict[str, Any]] = []
    for key in lot.samples:
        line, names = opened.manifest[key], dict[str, str]()
        for what, name, sha256, size in (
            ("file", line.file, line.sha256, line.bytes),
            ("audio", line.audio_file, line.audio_sha256, line.audio_bytes),
        ):
            if name is None or sha256 is None or size is None:
                continue
            names[what] = (
                f"{len(lines)}{PurePosixPath(name).suffix.lower()}" if what == "file" else f"{len(lines)}.sound"
            )
            problem = fetch(outputs, name, sha256, size, folder / names[what])
            if problem is not None:
                kind = "media-missing" if problem == "it is not there" else "media-differs"
                wrong[kind].append((key, f"{name}: {problem}"))
                break
        else:
            copied[key] = line
            lines.append(
                {"item_id": line.item_id, "turn": line.turn, "seed": line.seed, "start_s": line.start_s, **names}
            )
    reasons = {str(key_of(record)): record.reason or "" for record in opened.items}
    for key in lot.lost:
        line, failed = opened.manifest[key], {"code": "error", "detail": "it has no file"}
        if reasons[key].startswith("timeout:"):
            failed["code"] = "timeout"
        lines.append({"item_id": line.item_id, "turn": line.turn, "seed": line.seed, "failed": failed})
    (folder / "manifest.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    findings = []
    for code, many in wrong.items():
        if many:
            detail = f"{len(many)} of {len(lot.samples)} answers: " + "; ".join(
                f"{key}: {what}" for key, what in many[:3]
            )
            findings.append(flag(code, MANIFEST, [key for key, _ in many], detail, _SAME))
    return copied, findings


def _prints(opened: Opened, copied: Mapping[str, ManifestLine], folder: Path, pool: Pool) -> list[Finding]:
    """The fingerprints taken anew: equal, or, where another decoder rounds otherwise, of one content and one cut."""
    responses = {str(key): one for key, one in read_outputs(folder).responses.items()} if copied else {}
    tasks = [MeasureTask(key, Clip(responses[key].video, responses[key].audio)) for key in copied]
    wrong: list[tuple[str, str]] = []
    for task, result in pool.run(tasks):
        said = opened.fingerprints.get(task.path)
        if isinstance(result, Died | MediaError):
            if said is not None:
                wrong.append((task.path, result.how if isinstance(result, Died) else result.cause))
        elif isinstance(result, MediaLine) and (said is None or str(said) != result.fingerprint):
            how = "there is none" if said is None else _other(said, Fingerprint.parse(result.fingerprint))
            wrong += [(task.path, how)] if how else []
    if not wrong:
        return []
    wrong.sort()
    detail = f"the fingerprints of {len(wrong)} of {len(copied)} answers are not those of their files: {wrong[0][1]}"
    return [flag("media-differs", FINGERPRINTS, [key for key, _ in wrong], detail, _AGAIN)]


def _other(said: Fingerprint, now: Fingerprint) -> str | None:
    status, how = judge(likeness(said, now))
    return None if status == "re-encoded" else f"{status} ({how})"


def _score(
    opened: Opened,
    part: TestSet,
    stored: ReferenceFeatures,
    folder: Path,
    pool: Pool,
    device: str,
    progress: Callable[[int, int, str], None],
) -> tuple[dict[str, tuple[Metric, dict[str, Row]]], list[NotChecked]]:
    """The rows of copied and of lost answers anew, by metric and sample, and the metrics that cannot be formed here."""
    valued = {id: one for id, one in opened.results.metrics.items() if one.expected or one.value is not None}
    unseen: dict[str, str] = {}
    usable: dict[str, Metric] = {}
    for id, result in valued.items():
        metric = entry.metric if (entry := entries().get(id)) is not None else None
        if metric is None:
            unseen[id] = "it is not installed here"
        elif metric.signature() != result.signature:
            unseen[id] = "here it has another signature"
        elif (why := ready(metric)) is not None:
            unseen[id] = f"{why.cause}; {why.remedy}" if why.remedy else why.cause
        else:
            usable[id] = metric
    outputs = read_outputs(folder)
    plan = Plan(testset=part, outputs=outputs, metrics=usable, unready={}, extras={},
                graph=Graph(device=device, stored=stored))  # fmt: skip
    found = evaluate(plan, Cache(), pool, progress)
    unseen |= {id: why.cause for id, why in found.unready.items()}
    rows = {
        id: (
            usable[id],
            {
                str(row.sample.key): row
                for row in own
                if row.sample.key in outputs.responses or row.sample.key in outputs.failed
            },
        )
        for id, own in found.rows.items()
    }
    reasons = sorted(unseen.items())
    return rows, [NotChecked(what=f"{id}, scored again", why=why) for id, why in reasons]


def _compare(opened: Opened, formed: Set[str], rows: Mapping[str, tuple[Metric, dict[str, Row]]]) -> list[Finding]:
    findings = []
    records = {str(key_of(record)): record for record in opened.items}
    for id, (metric, own) in rows.items():
        stored = opened.rows.rows(id)
        said = {key: records[key].metrics[id] for key in own if key in formed and id in records[key].metrics}
        apart = {key: how for key in said if (how := differs(metric.card, said[key], stored.get(key), own[key]))}
        moved = drift(said, {key: own[key] for key in said})
        if apart:
            few = len(apart) <= max(1, int(ALLOWED * len(said)))
            severity: Severity = "warning" if few else "error"
            key = next(iter(apart))
            detail = f"{id}: {len(apart)} of {len(said)} rows are not those of the answers: {key}: {apart[key]}"
            findings.append(flag("rescore-differs", f"{ITEMS}: {named(list(apart))}", [], detail, _AGAIN, severity))
        if moved is not None and abs(moved) > metric.card.tolerance + 1e-9 and not apart:
            detail = (
                f"{id}: over {len(said)} answers the mean is {moved:+.4g} here against there; machines differ by "
                f"{metric.card.tolerance:g} at most"
            )
            findings.append(flag("rescore-differs", f"{RESULTS}: {id}", [], detail, _AGAIN))
    return findings


def _totals(
    opened: Opened, rows: Mapping[str, tuple[Metric, dict[str, Row]]]
) -> tuple[list[Finding], list[NotChecked]]:
    """Where a submission does not hold a metric's rows: its value from the rows formed here, if all of them were."""
    findings, unseen = [], []
    for id, (metric, own) in rows.items():
        said = opened.results.metrics[id]
        if metric.card.submitted or said.value is None:
            continue
        keys = [str(key_of(one)) for one in opened.items if (cell := one.metrics.get(id)) and cell.status == "ok"]
        stats = [row.stats for key in keys if (row := own.get(key)) is not None and row.stats is not None]
        if len(stats) < len(keys):
            why = f"a submission does not hold its rows, and {len(stats)} of {len(keys)} were formed here"
            unseen.append(NotChecked(what=f"the value of {id}", why=why))
            continue
        try:
            again = float(metric.total(stats, np.ones(len(stats))))
        except Unscored as why:
            detail = f"{id}: {said.value:.6g} there, none of all answers scored again: {why.detail}"
            findings.append(flag("rescore-differs", f"{RESULTS}: {id}", [], detail, _AGAIN))
            continue
        if not abs(again - said.value) <= metric.card.tolerance + 1e-9:
            detail = f"{id}: {said.value:.6g} there, {again:.6g} of all answers scored again; machines differ by "
            detail += f"{metric.card.tolerance:g} at most"
            findings.append(flag("rescore-differs", f"{RESULTS}: {id}", [], detail, _AGAIN))
    return findings, unseen
