"""What failed, grouped by reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from vidchatbench.errors import ReasonCode
from vidchatbench.results.schema import ItemRecord
from vidchatbench.types import SampleKey

Status = Literal["failed", "excluded"]


@dataclass(frozen=True)
class Failure:
    """One sample's failure for one reason."""

    key: SampleKey
    detail: str
    remedy: str | None
    metrics: tuple[str, ...]
    """Ids of the metrics that failed; empty where the whole answer failed."""


@dataclass(frozen=True)
class Group:
    """All failures with one reason."""

    code: str
    status: Status
    """Failed by the model's fault, or excluded because of the test set's own files."""
    failures: tuple[Failure, ...]

    @property
    def samples(self) -> int:
        """How many samples it concerns."""
        return len({failure.key.order for failure in self.failures})

    @property
    def remedies(self) -> list[str]:
        """What to do or type, each once."""
        return list(dict.fromkeys(failure.remedy for failure in self.failures if failure.remedy))


def failures(items: Sequence[ItemRecord]) -> list[Group]:
    """The groups, failed before excluded, the largest first."""
    found: dict[tuple[Status, str], list[Failure]] = {}
    for item in items:
        key = SampleKey(item_id=item.item_id, turn=item.turn, seed=item.seed)
        if item.status == "failed":
            code, detail = split(item.reason)
            found.setdefault(("failed", code), []).append(Failure(key, detail, item.remedy, ()))
            continue
        for (status, reason), ids in _cells(item).items():
            code, detail = split(reason)
            found.setdefault((status, code), []).append(Failure(key, detail, None, tuple(ids)))
    groups = [Group(code, status, tuple(members)) for (status, code), members in found.items()]
    return sorted(groups, key=lambda group: (group.status != "failed", -group.samples, group.code))


def _cells(item: ItemRecord) -> dict[tuple[Status, str | None], list[str]]:
    found: dict[tuple[Status, str | None], list[str]] = {}
    for id_, cell in item.metrics.items():
        if cell.status == "failed" or cell.status == "excluded":
            found.setdefault((cell.status, cell.reason), []).append(id_)
    return found


def split(reason: str | None) -> tuple[str, str]:
    """The code of a reason and the words after it; `error` for words without a known code."""
    if not reason:
        return "error", "no reason was recorded"
    code, _, detail = reason.partition(":")
    return (code.strip(), detail.strip()) if code.strip() in get_args(ReasonCode) else ("error", reason)
