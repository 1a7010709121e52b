"""What every code of a finding means: one table, for the check, for its page in `docs/` and for who reads a report."""

from __future__ import annotations

from dataclasses import dataclass

from vidchatbench.submission.finding import Finding, Level, Severity


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of finding."""

    level: Level
    severity: Severity
    meaning: str


CODES: dict[str, Code] = {
    # What the folder is
    "path": Code(0, "error", "the folder is not named `<org>__<model>/<run_id>`, or not as submission.json says"),
    "run-id": Code(0, "error", "the run's id is no UUIDv7, or tells another time than `created_utc`"),
    "file-missing": Code(0, "error", "one of the six files is not there"),
    "file-extra": Code(0, "error", "something else lies in the folder"),
    "file-kind": Code(0, "error", "a link, folder or device lies where a file must be, or it cannot be read"),
    "too-large": Code(0, "error", "a file is larger than allowed, packed or unpacked, or has too many parts"),
    "damaged": Code(0, "error", "a compressed file cannot be unpacked, or is not what its name says"),
    "json": Code(0, "error", "not JSON as it must be: UTF-8, no NaN or Infinity, no key twice, no endless nesting"),
    "schema": Code(0, "error", "a field is missing, unknown or of another type; `vidchatbench schema` prints the form"),
    "array": Code(0, "error", "an array of stats.npz is not a plain one of finite numbers, or does not fit the others"),
    "digest": Code(0, "error", "a file is not the one whose digest and size submission.json gives"),
    "unfinished": Code(0, "error", "what it says makes the check itself fail"),
    "append-only": Code(0, "error", "something that was merged is changed or gone, or more than one run is added"),
    # What is declared
    "declaration": Code(0, "error", "a declaration is empty, or not of the form that it must have"),
    "supersedes": Code(0, "error", "`supersedes` names no earlier run of this model"),
    "withdrawal": Code(0, "error", "withdrawal.json is not about the run in whose folder it lies"),
    "one-a-month": Code(0, "note", "another run of this model on this test set is of the same month: one is ranked"),
    # What it is a result of
    "testset-unknown": Code(0, "error", "the test set is not installed where the check runs"),
    "testset-other": Code(0, "error", "scored on another test set: another version, split or digest"),
    "harness": Code(0, "error", "submission.json names another harness than results.json"),
    "harness-other": Code(0, "note", "scored by another version of the harness than the one that checks"),
    "profile": Code(0, "error", "not the test set's own profile, or not exactly its metrics"),
    "not-ranked": Code(0, "error", "a rehearsal (`--limit`), or items left out or scored on re-encoded media"),
    "seeds": Code(0, "error", "fewer seeds than the test set asks for, or seeds that are not 0, 1, 2 ..."),
    "samples": Code(0, "error", "a file does not hold exactly the samples of the test set, each once, in order"),
    "card": Code(0, "error", "a metric is described otherwise than the installed one"),
    "signature": Code(0, "error", "a value was formed with another metric version, other parameters or other weights"),
    "weights": Code(0, "error", "a value stands on weights of somebody's own, or of which no digest is known"),
    "incomplete": Code(0, "error", "a metric has no value for want of weights, or because of a defect"),
    "range": Code(0, "error", "a value lies outside of what its metric can give"),
    # Arithmetic
    "row": Code(1, "error", "a row's statistics are not what the metric makes: names, kinds, shapes, values"),
    "row-unknown": Code(1, "warning", "statistics have names that no merged run holds"),
    "total-differs": Code(1, "error", "a total or what stands beside it is not what the rows give"),
    "item-differs": Code(1, "error", "a line of items.jsonl.gz is not what the rows and the test set give"),
    "coverage-differs": Code(1, "error", "counts of samples, or `complete`, are not what the lines give"),
    "excluded": Code(1, "error", "samples are excluded that the test set's lock does not exclude, or the other way"),
    "media-facts": Code(1, "error", "facts of an answer's file contradict each other or the manifest"),
    "manifest": Code(1, "error", "the manifest says another thing about an answer than items.jsonl.gz"),
    "fingerprint": Code(1, "error", "an answer's fingerprint cannot be of a file of that length and those tracks"),
    "real-differs": Code(1, "error", "the real clips' values are not those of the runs that were merged before"),
    "metric-failed": Code(1, "error", "the installed metric cannot form its total from these rows"),
    # Copies and cheats
    "copy-of-reference": Code(2, "error", "answers are the real responder's clips, in picture, sound or both"),
    "copy-of-initiator": Code(2, "error", "answers are the initiator's clips, in picture, sound or both"),
    "copy-of-run": Code(2, "error", "answers are those of another model's merged run (sound alone: a warning)"),
    "silent": Code(2, "error", "answers that must speak are silent (most: error, some: warning, few: note)"),
    "frozen": Code(2, "error", "pictures stand still (most: error, some: warning, few: note)"),
    "looped": Code(2, "warning", "picture or sound of an answer repeats itself"),
    "one-reply": Code(2, "error", "different questions have one answer, or the very same words (most: error)"),
    "seeds-same": Code(2, "warning", "every seed gives the same answer, and the model is not declared deterministic"),
    "seeds-vary": Code(2, "warning", "answers change with the seed, and the model is declared deterministic"),
    "read-out": Code(2, "error", "answers say a graded candidate or the real reply word for word (most: error)"),
    "length-of-reference": Code(2, "warning", "answers are as long as the real replies, which nobody told the model"),
    "length-far": Code(2, "note", "answers are several times as long as people's, or as short"),
    "too-good": Code(2, "warning", "a value is beyond that of the real clips (where other models' are too: a note)"),
    "facts-differ": Code(2, "error", "times of speech, or frame rates, are not those of what the fingerprint shows"),
    "rows-copied": Code(2, "error", "rows are another run's, with or without noise (the same model's: a warning)"),
    "rows-repeated": Code(2, "error", "values are equal over seeds whose answers differ"),
    "rows-round": Code(2, "error", "values have few decimals, where merged runs have all of them"),
    # Media scored again
    "draw": Code(3, "note", "which answers were drawn, by what seed, and how likely the draw misses a falsified one"),
    "media-missing": Code(3, "error", "an answer that was drawn is not in the folder that was fetched"),
    "media-differs": Code(3, "error", "an answer's file is not the one of the manifest, or of its fingerprint"),
    "rescore-differs": Code(3, "error", "scored again, answers have other values than their rows say (few: a warning)"),
}


def found(code: str, where: str, detail: str, remedy: str | None) -> Finding:
    """A finding of a known code; what comes from a submission is made printable."""
    kind = CODES[code]
    return Finding(
        level=kind.level, code=code, severity=kind.severity, where=printable(where), detail=printable(detail),
        remedy=remedy and printable(remedy),
    )  # fmt: skip


def printable(text: str, limit: int = 600) -> str:
    """Text that can do nothing to a terminal, a log or a page: control characters are shown as escapes, and cut.

    GitHub's runners obey `##[command]` anywhere in a line of a log; it is taken apart.
    """
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[: limit + 1])
    shown = shown.replace("##[", "# #[")
    return shown if len(shown) <= limit else shown[:limit] + "..."
