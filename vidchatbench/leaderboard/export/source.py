"""What is exported: the results of a run, and what a submission declares of the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from vidchatbench.errors import DataError, UsageError
from vidchatbench.results import MetricResult, Results, read_results
from vidchatbench.submission.schema import SUBMISSION, Submission
from vidchatbench.testset.jsonl import explain


@dataclass(frozen=True, kw_only=True)
class Source:
    """A finished run."""

    results: Results
    submission: Submission | None
    """None for a bare results directory."""
    dataset_id: str | None
    """The test set's name at whoever reads the export: `org/name`."""
    url: str | None
    """Where the run can be seen."""

    @property
    def model(self) -> str:
        """`org/name` where that is declared, else the name of the outputs folder."""
        return self.submission.model.id if self.submission else self.results.model.name

    @property
    def title(self) -> str:
        """The test set in words."""
        bench = self.results.benchmark
        return f"VidChatBench {bench.testset} {bench.version} ({bench.protocol})"

    @property
    def values(self) -> Mapping[str, MetricResult]:
        """The metrics that have a whole value: a partial one would stand there without its mark."""
        return {id: one for id, one in self.results.metrics.items() if one.value is not None and not one.partial}

    @property
    def left_out(self) -> Mapping[str, str]:
        """The others, and why."""
        return {id: one.reason or "partial" for id, one in self.results.metrics.items() if id not in self.values}


def read_source(folder: Path, *, dataset_id: str | None = None, url: str | None = None) -> Source:
    """Read a results directory or a submission.

    Raises:
        UsageError: Where it is a rehearsal, or its test set was not scored whole: that is no result to hand on.
        DataError: Where a file is absent or not right.
    """
    results, file = read_results(folder), folder / SUBMISSION
    if not results.ranked:
        raise UsageError(
            "not every item was scored, or not on the test set's very media: that is no result to hand on",
            where=folder,
            remedy="score the whole test set: vidchatbench eval --pred DIR",
        )
    submission = None
    if file.is_file():
        try:
            submission = TypeAdapter(Submission).validate_json(file.read_bytes())
        except (OSError, ValidationError) as error:
            raise DataError(explain(error) if isinstance(error, ValidationError) else str(error), where=file) from error
    return Source(results=results, submission=submission, dataset_id=dataset_id, url=url)
