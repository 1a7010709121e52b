"""Results: totals formed once, in the parent, from rows sorted by key; and the files on disk."""

from vidchatbench.results.build import build_results
from vidchatbench.results.files import read_items, read_results, rows_without, write_results
from vidchatbench.results.schema import ItemRecord, MetricResult, Results
from vidchatbench.results.stored_rows import StoredRows

__all__ = [
    "ItemRecord",
    "MetricResult",
    "Results",
    "StoredRows",
    "build_results",
    "read_items",
    "read_results",
    "rows_without",
    "write_results",
]
