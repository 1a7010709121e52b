"""What was heard of an answer, as text."""

from __future__ import annotations

from vidchatbench.results import ItemRecord


def said(record: ItemRecord) -> str | None:
    """The words of the response; empty where a recogniser heard none, None where none listened."""
    heard = record.words.get("response")
    return None if heard is None else " ".join(word for _, _, word in heard)
