"""`vidchatbench schema`."""

from __future__ import annotations

import argparse

NAMES = (
    "item",
    "testset",
    "outputs",
    "results",
    "record",
    "comparison",
    "submission",
    "manifest",
    "fingerprint",
    "check",
    "withdrawal",
    "leaderboard",
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the argument."""
    parser.add_argument(
        "name",
        choices=NAMES,
        help="item: a line of items.jsonl; testset: testset.toml; outputs: a line of an outputs folder's "
        "manifest.jsonl; results: results.json; record: a line of items.jsonl.gz; comparison: compare --json; of a "
        "submission: submission (submission.json), manifest and fingerprint (a line of each), withdrawal; check: "
        "check-submission --json; leaderboard: leaderboard.json",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the JSON Schema (2020-12)."""
    import json

    from pydantic import TypeAdapter

    from vidchatbench.comparison import Comparison
    from vidchatbench.leaderboard.schema import Leaderboard
    from vidchatbench.results import ItemRecord, Results
    from vidchatbench.submission.finding import CheckReport
    from vidchatbench.submission.schema import FingerprintLine, ManifestLine, Submission, Withdrawal
    from vidchatbench.testset.load import TestSetInfo
    from vidchatbench.testset.outputs import OutputLine
    from vidchatbench.types import Item

    kinds: dict[str, type] = dict(
        zip(
            NAMES,
            (
                Item,
                TestSetInfo,
                OutputLine,
                Results,
                ItemRecord,
                Comparison,
                Submission,
                ManifestLine,
                FingerprintLine,
                CheckReport,
                Withdrawal,
                Leaderboard,
            ),
            strict=True,
        )
    )
    schema = TypeAdapter(kinds[args.name]).json_schema()
    print(json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}, indent=1))
    return 0
