"""`vidchatbench submit`: from a results directory and its outputs to a run's folder that the check accepts."""

from __future__ import annotations

import gzip
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from vidchatbench.api import find_testset
from vidchatbench.engine.cache import write_atomic
from vidchatbench.engine.pool import Pool
from vidchatbench.errors import DataError, UsageError
from vidchatbench.registry import entries
from vidchatbench.results import Results, read_results, rows_without
from vidchatbench.submission import schema
from vidchatbench.submission.answers import measure
from vidchatbench.submission.bounded import sha256
from vidchatbench.submission.check import Asked, check_submissions
from vidchatbench.submission.declared import ALL_SEEDS, Declared, folder_of
from vidchatbench.submission.environment import environment, harness_info
from vidchatbench.submission.finding import Verdict
from vidchatbench.submission.run_id import new_run_id, time_of
from vidchatbench.submission.schema import FileInfo, Submission, SubmittedModel, Withdrawal
from vidchatbench.testset import Outputs, TestSet, read_outputs
from vidchatbench.testset.jsonl import canonical


@dataclass(frozen=True, kw_only=True)
class Packed:
    """What came of packing."""

    folder: Path | None
    """The run's folder; None where the check refuses it, and nothing was put there."""
    verdict: Verdict


def pack(
    results: Path,
    outputs: Path,
    out: Path,
    declared: Declared,
    *,
    testset: str | Path | None = None,
    all_seeds_reported: bool = False,
    supersedes: str | None = None,
    outputs_url: str | None = None,
    baseline: bool = False,
    workers: int = 1,
    progress: Callable[[int, int, str], None] = lambda done, total, last: None,
) -> Packed:
    """Pack a run, check it, and put it into place whole or not at all.

    Args:
        results: The directory that `eval` wrote.
        outputs: The answers that it scored.
        out: The `submissions/` folder.
        declared: What is said of the model.
        testset: Name or folder, where the outputs' manifest names none or it is not built in.
        all_seeds_reported: The declaration that no other seed was made and left out.
        supersedes: The run id of an earlier run of this model.
        outputs_url: Where the answers can be fetched.
        baseline: It is a control: what makes its answers degenerate is a note.
        workers: Processes that decode; 0 decodes in this one.
        progress: Called with files decoded, files in all, and the last one.

    Raises:
        UsageError: Where something is not declared, or the run holds too few seeds, with what to type.
        DataError: Where the results or the outputs cannot be read.
    """
    model = _declared(declared, all_seeds_reported)
    read = read_results(results)
    answers = read_outputs(outputs)
    chosen = find_testset(answers, testset or read.benchmark.testset)
    _enough_seeds(read.benchmark.n_seeds, answers, chosen)
    keys = sorted(chosen.keys(answers.seeds), key=lambda key: key.order)
    with Pool(workers) as pool:
        measured = measure(answers, keys, pool, progress)
    files = {
        **{name: _content(results / name) for name in (schema.RESULTS, schema.ITEMS)},
        schema.STATS: _rows(results, read),
        schema.MANIFEST: _lines(measured.manifest),
        schema.FINGERPRINTS: gzip.compress(_lines(measured.fingerprints), mtime=0),
    }
    run_id = new_run_id()
    submission = Submission(
        run_id=run_id, created_utc=_stamp(run_id), model=model, all_seeds_reported=True, supersedes=supersedes,
        outputs_url=outputs_url, harness=harness_info(), environment=environment(results),
        generation=declared.generation,
        files={name: FileInfo(sha256=sha256(content), bytes=len(content)) for name, content in files.items()},
    )  # fmt: skip
    files[schema.SUBMISSION] = readable(submission)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".packing-", dir=out) as part:
        folder = Path(part) / folder_of(model.id) / run_id
        folder.mkdir(parents=True)
        for name, content in files.items():
            write_atomic(folder / name, content)
        (verdict,) = check_submissions(
            [folder], against=out, testsets=[chosen.root], asked=Asked(baseline=baseline)
        ).submissions
        if verdict.verdict == "refused":
            return Packed(folder=None, verdict=verdict)
        place = out / folder_of(model.id) / run_id
        place.parent.mkdir(exist_ok=True)
        shutil.move(folder, place)
    return Packed(folder=place, verdict=verdict)


def withdraw(run: Path, reason: str) -> Path:
    """Write `withdrawal.json` into a run's folder. The run itself stays as it is.

    Raises:
        DataError: Where the folder is no run.
        UsageError: Where it is withdrawn already, or no reason is given.
    """
    try:
        said = json.loads((run / schema.SUBMISSION).read_text(encoding="utf-8"))
        run_id = str(said["run_id"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        remedy = "give submissions/ORG__MODEL/RUN_ID"
        raise DataError(f"cannot be read: {error}", where=run / schema.SUBMISSION, remedy=remedy) from error
    if not reason.strip():
        raise UsageError("a withdrawal needs a reason, which the board shows", remedy='add --reason "..."')
    file = run / schema.WITHDRAWAL
    if file.exists():
        raise UsageError("it is withdrawn already", where=file)
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    write_atomic(file, readable(Withdrawal(run_id=run_id, withdrawn_utc=now, reason=reason.strip(), by="submitter")))
    return file


def readable(value: Any) -> bytes:
    """A dataclass as JSON that people read; always the same bytes for the same value."""
    return (json.dumps(asdict(value), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _declared(declared: Declared, all_seeds_reported: bool) -> SubmittedModel:
    if all_seeds_reported:
        return declared.model()
    try:
        declared.model()
    except UsageError as error:
        if error.remedy and error.remedy.startswith("add "):
            error.remedy = f"add {ALL_SEEDS} {error.remedy.removeprefix('add ')}"
            error.cause = error.cause.replace("not declared: ", "not declared: that all seeds are reported, ")
        raise
    raise UsageError(
        "not declared: that all seeds that were made are reported, and none was left out", remedy=f"add {ALL_SEEDS}"
    )


def _enough_seeds(n: int, answers: Outputs, testset: TestSet) -> None:
    wanted = testset.info.seeds
    if n >= wanted:
        return
    generated = (answers.root / "generation").is_dir()
    make = f"vidchatbench generate ADAPTER --testset {testset.name} --seeds {wanted} --out {answers.root}"
    raise UsageError(
        f"the run holds {n} seed{'s' * (n != 1)}, a submission to {testset.info.id} {wanted}",
        where=answers.root,
        remedy=(make if generated else f"add the answers of seeds 0 to {wanted - 1}, as in d01.s2.mp4, or: {make}")
        + f"; then vidchatbench eval --pred {answers.root}. Of a deterministic model, manifest.jsonl may list one file "
        "for every seed",
    )


def _stamp(run_id: str) -> str:
    made = time_of(run_id)
    assert made is not None
    return made.strftime("%Y-%m-%dT%H:%M:%SZ")


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        remedy = "make the folder anew: vidchatbench eval --pred DIR --out DIR"
        raise DataError(f"cannot be read: {error.strerror}", where=file, remedy=remedy) from error


def _rows(results: Path, read: Results) -> bytes:
    """stats.npz, byte for byte where a submission holds the rows of all its metrics."""
    known = {id: entry.metric for id, entry in entries().items() if id in read.metrics}
    left_out = {id for id, metric in known.items() if metric is not None and not metric.card.submitted}
    return rows_without(results, left_out) if left_out else _content(results / schema.STATS)


def _lines(values: Iterable[Any]) -> bytes:
    return b"".join(canonical(asdict(value)) + b"\n" for value in values)
