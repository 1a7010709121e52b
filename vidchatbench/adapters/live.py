"""Runs a streaming adapter on one question: takes its chunks as they come, and writes down when they came."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from vidchatbench.adapters.gather import Gathered
from vidchatbench.adapters.live_item import LiveItem
from vidchatbench.adapters.response import InvalidResponse, Response
from vidchatbench.latency import StreamLog


def run_live(
    function: Callable[..., Any], given: Mapping[str, Any], item: LiveItem, max_s: float
) -> tuple[Gathered, StreamLog]:
    """Ask, and take what comes.

    Raises:
        InvalidResponse: Where a chunk is not right, or what comes are no chunks.
    """
    session, gathered = item.session, Gathered(max_s)
    gc.collect()  # not while the clock runs
    if not session.has_question:
        session.begin()
    session.resume()
    answer = function(**given)
    session.pause()
    if isinstance(answer, Response) or not isinstance(answer, Iterable):
        raise InvalidResponse(
            f"the adapter returned {type(answer).__name__}; with mode='streaming' it yields vcb.AudioChunk and "
            "vcb.VideoChunk"
        )
    chunks = iter(answer)
    try:
        while True:
            session.resume()
            try:
                chunk = next(chunks)
            except StopIteration:
                session.pause()
                break
            session.pause()
            session.begin()
            gathered.add(chunk, session)
            del chunk
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            with suppress(Exception):
                close()
    return gathered, gathered.log(session)
