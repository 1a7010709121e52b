"""What a submission is held against."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vidchatbench.submission.opened import Opened
from vidchatbench.testset import TestSet


@dataclass(frozen=True, kw_only=True)
class Context:
    """The installed test set, and the runs that were merged before."""

    testset: TestSet
    others: tuple[Opened, ...] = ()
    """Merged runs, of any test set; the run itself is not among them."""

    def alike(self, signature: str, metric: str) -> tuple[Opened, ...]:
        """The merged runs on the same test set that hold this metric with this signature."""
        return tuple(
            other
            for other in self.others
            if other.results.benchmark.testset_sha256 == self.testset.sha256
            and (result := other.results.metrics.get(metric)) is not None
            and result.signature == signature
        )


def merged_runs(root: Path) -> list[Path]:
    """The folders of runs below a `submissions/` folder, sorted; links are not followed."""
    if not root.is_dir():
        return []
    models = [path for path in sorted(root.iterdir()) if "__" in path.name and path.is_dir() and not path.is_symlink()]
    return [run for model in models for run in sorted(model.iterdir()) if run.is_dir() and not run.is_symlink()]
