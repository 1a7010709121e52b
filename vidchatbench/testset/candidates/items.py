"""Candidates put into the lines of `items.jsonl`, all else left as it was written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from vidchatbench.testset.candidates.build import Place
from vidchatbench.testset.jsonl import canonical
from vidchatbench.testset.load import TestSet
from vidchatbench.types import Candidate, Item


def with_candidates(testset: TestSet, candidates: Mapping[Place, tuple[Candidate, ...]]) -> TestSet:
    """The test set with these candidates in place of those of the same turns."""

    def changed(item: Item) -> Item:
        return replace(
            item,
            turns=tuple(
                replace(turn, candidates=candidates.get((item.item_id, number), turn.candidates))
                for number, turn in enumerate(item.turns)
            ),
        )

    return replace(testset, items=tuple(changed(item) for item in testset.items))


def items_file(testset: TestSet, candidates: Mapping[Place, tuple[Candidate, ...]]) -> bytes:
    """The content of `items.jsonl` with these candidates. Lines keep their order, and what they leave out stays out."""
    lines = []
    for line in (testset.root / "items.jsonl").read_text(encoding="utf-8").splitlines():
        if line.strip():
            item: dict[str, Any] = json.loads(line)
            for number, turn in enumerate(item["turns"]):
                new = candidates.get((item["item_id"], number))
                if new is not None:
                    turn["candidates"] = [{"grade": one.grade, "text": one.text} for one in new]
            lines.append(canonical(item) + b"\n")
    return b"".join(lines)
