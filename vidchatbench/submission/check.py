"""`check-submission`: the levels in order, each only where the one before found no error."""

from __future__ import annotations

import os
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from vidchatbench.errors import DataError, NotReady, UsageError
from vidchatbench.submission import schema
from vidchatbench.submission.arithmetic import ONLY_ANSWERS_TELL, check_arithmetic
from vidchatbench.submission.codes import found
from vidchatbench.submission.context import Context, merged_runs
from vidchatbench.submission.finding import CheckReport, Finding, Level, NotChecked, Verdict
from vidchatbench.submission.form import check_form, check_identity
from vidchatbench.submission.opened import Opened, open_submission
from vidchatbench.submission.rescore import rescore
from vidchatbench.submission.run_id import time_of
from vidchatbench.submission.screen.screen import screen
from vidchatbench.submission.tree import appended
from vidchatbench.testset import TestSet, available, load_testset


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What was given to the check beside the submission."""

    outputs: Path | None = None
    """The answers themselves."""
    beacon: str | None = None
    """A public random number, published after the submission, from which its samples are drawn."""
    baseline: bool = False
    """Whether it is entered as a control: its answers are degenerate by design, which is then a note."""
    workers: int = 1
    """Processes that score the drawn answers."""


MOST_OF_A_CODE: Final = 8
"""Findings of one code that a report names; one mistake often shows in every sample."""
Step = Callable[[Opened, Context, Asked], tuple[list[Finding], list[NotChecked]]]
LEVELS: Final[Mapping[Level, Step]] = {
    0: lambda opened, context, asked: check_form(opened, context),
    1: lambda opened, context, asked: check_arithmetic(opened, context),
    2: lambda opened, context, asked: screen(opened, context, baseline=asked.baseline),
    3: lambda opened, context, asked: check_answers(opened, context, asked),
}
"""What this installation can check, in order."""


def check_submissions(
    paths: Sequence[Path],
    *,
    against: Path | None = None,
    base_tree: Path | None = None,
    testsets: Sequence[str | Path] = (),
    level: Level = 2,
    asked: Asked | None = None,
) -> CheckReport:
    """Check runs, or all runs of a `submissions/` folder.

    Args:
        paths: Folders of runs, or one `submissions/` folder: then all its runs, with `base_tree` only the new ones.
        against: A `submissions/` folder of merged runs, with which they are compared.
        base_tree: The `submissions/` folder before the change: nothing in it may be edited or gone.
        testsets: Folders of test sets that are not built in. A submission itself can name built-in ones alone.
        level: The highest level to run.
        asked: What level 3 needs.

    Raises:
        UsageError: Where a path is no folder.
    """
    for path in (*paths, *(one for one in (against, base_tree) if one is not None)):
        if not path.is_dir():
            raise UsageError("there is no such folder", where=path, remedy="give submissions/ORG__MODEL/RUN_ID")
    known = _known(testsets)
    merged = [one for path in merged_runs(against) if (one := open_submission(path)[0]) is not None] if against else []
    verdicts: list[Verdict] = []
    for path in paths:
        runs = [] if _is_run(path) else merged_runs(path)
        before = {f"{run.parent.name}/{run.name}" for run in merged_runs(base_tree)} if base_tree else set()
        tree = _tree(path.absolute().parent.parent if _is_run(path) else path, base_tree)
        if not _is_run(path):
            verdicts.append(_verdict(path, tree, [], 0 if not _refused(tree) else None))
            runs = [run for run in runs if f"{run.parent.name}/{run.name}" not in before]
            verdicts += [_check(run, [], merged, known, level, asked or Asked()) for run in runs]
        else:
            verdicts.append(_check(path, tree, merged, known, level, asked or Asked()))
    return CheckReport(submissions=tuple(verdicts))


def _is_run(path: Path) -> bool:
    """Whether it is to be a run's folder, however broken, and no folder of models: runs in a run do not count."""
    named = "__" in path.absolute().parent.name or time_of(path.absolute().name) is not None
    return named or any(os.path.lexists(path / name) for name in (*schema.FILES, schema.WITHDRAWAL))


def _known(given: Sequence[str | Path]) -> dict[str, TestSet]:
    found_sets = {name: load_testset(name) for name in available()}
    for name in given:
        testset = load_testset(name)
        found_sets[testset.info.id] = testset
    return found_sets


def _place(path: Path) -> tuple[str, str]:
    """A run's folder in `submissions/`, wherever that is: never what the run says of itself."""
    return path.absolute().parent.name, path.absolute().name


def _tree(head: Path, base: Path | None) -> list[Finding]:
    return appended(base, head) if base is not None else []


def _check(
    path: Path,
    tree: list[Finding],
    merged: Sequence[Opened],
    testsets: Mapping[str, TestSet],
    level: Level,
    asked: Asked,
) -> Verdict:
    opened, findings = open_submission(path)
    findings = [*tree, *findings]
    if opened is None:
        return _verdict(path, findings, [], None)
    if opened.withdrawal is not None:
        findings += check_identity(opened)
        why = "it is withdrawn: nobody ranks it"
        return _verdict(path, findings, [NotChecked(what="its numbers", why=why)], None if _refused(findings) else 0)
    name = opened.results.benchmark.testset
    testset = testsets.get(name)
    if testset is None:
        detail = f"the test set {name!r} is not installed here; there are: {', '.join(sorted(testsets))}"
        findings.append(found("testset-unknown", schema.RESULTS, detail, "give its folder: --testset DIR"))
        return _verdict(path, findings, [], None)
    others = tuple(one for one in merged if _place(one.path) != _place(path))
    context = Context(testset=testset, others=others)
    unseen: list[NotChecked] = []
    passed: Level | None = None
    for number in (one for one in LEVELS if one <= level):
        more, not_seen = run_level(number, LEVELS[number], opened, context, asked)
        findings += more
        unseen += not_seen
        if _refused(findings):
            break
        passed = number
        if number == 3:
            unseen = [one for one in unseen if one != ONLY_ANSWERS_TELL]
    return _verdict(path, findings, unseen, passed)


def check_answers(opened: Opened, context: Context, asked: Asked) -> tuple[list[Finding], list[NotChecked]]:
    """Level 3.

    Raises:
        UsageError: Where the outputs or the beacon are not given, or the test set's media are not here.
    """
    if asked.outputs is None or asked.beacon is None:
        raise UsageError(
            "level 3 scores answers again: it needs them, and a public random number to draw them by",
            remedy="add --outputs DIR --beacon HEX (the randomness of a drand round published after the pull request)",
        )
    try:
        found_again = rescore(opened, context.testset, asked.outputs, asked.beacon, workers=asked.workers)
    except DataError as error:  # of the test set here, not of the submission
        raise UsageError(error.cause, where=error.where, remedy=error.remedy) from error
    return list(found_again.findings), list(found_again.not_checked)


def run_level(
    level: Level, step: Step, opened: Opened, context: Context, asked: Asked
) -> tuple[list[Finding], list[NotChecked]]:
    """One level; whatever a stranger's numbers make it do is a finding."""
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return step(opened, context, asked)
    except (NotReady, UsageError):  # the check itself cannot go on: a package is missing, an option is wrong
        raise
    except Exception as error:
        detail = f"level {level} could not be finished with it: {type(error).__name__}: {error}"
        return [found("unfinished", opened.path.name, detail, "where the run is sound, please report it")], []


def _refused(findings: Sequence[Finding]) -> bool:
    return any(finding.severity == "error" for finding in findings)


def _told(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The first findings of each code; how many more there are of it, in its last one."""
    told: list[Finding] = []
    counts = Counter(finding.code for finding in findings)
    seen: Counter[str] = Counter()
    for finding in findings:
        seen[finding.code] += 1
        more = counts[finding.code] - MOST_OF_A_CODE
        if seen[finding.code] == MOST_OF_A_CODE and more > 0:
            finding = replace(finding, detail=f"{finding.detail}; and {more} more findings of this kind")
        if seen[finding.code] <= MOST_OF_A_CODE:
            told.append(finding)
    return tuple(told)


def _verdict(path: Path, findings: Sequence[Finding], unseen: Sequence[NotChecked], passed: Level | None) -> Verdict:
    refused = _refused(findings)
    return Verdict(
        path=path.as_posix(), verdict="refused" if refused else "accepted",
        level=passed,
        findings=_told(findings), not_checked=tuple(unseen),
    )  # fmt: skip
