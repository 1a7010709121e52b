"""Several samples in one call, for adapters with `batch_size` above 1; each stays a test of its own."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from vidchatbench.adapters.ask import ask
from vidchatbench.adapters.collect import CHOSEN, FOLDER, JOB, todo_of
from vidchatbench.adapters.item import Item
from vidchatbench.adapters.job import Todo
from vidchatbench.adapters.response import InvalidResponse, Response


class Batches:
    """The first sample of a batch asks for all of it; the others find their answers here.

    Where a batch fails, its samples are asked one by one, so that a bad one costs one sample, and one that takes too
    much memory is tried again with less.
    """

    def __init__(self) -> None:
        self._answers: dict[Todo, tuple[Item, Response, float, int]] = {}
        self._alone: set[Todo] = set()

    def held(self, todo: Todo) -> Item | None:
        """The question of a sample whose answer is here."""
        return self._answers[todo][0] if todo in self._answers else None

    def answer(
        self, test: pytest.Function, first: Todo, given: Mapping[str, Any], now: Callable[[tuple[Todo, ...]], None]
    ) -> tuple[Response, float, int]:
        """Response, share of the adapter's time, and how many samples were in the call.

        Args:
            test: The test of the sample.
            first: The sample.
            given: The function's arguments; `item` is the sample's question.
            now: Called with the others of the batch, before the adapter is.

        Raises:
            InvalidResponse: Where a sample that was asked alone got no answer.
        """
        if first in self._answers:
            return self._answers.pop(first)[1:]
        others = self._others(test, first)
        now(others)
        stash = test.config.stash
        spec, folder, job = stash[CHOSEN][1], stash[FOLDER], stash[JOB]
        items = [given["item"], *(ask(folder, todo, spec, job) for todo in others)]
        begin = time.perf_counter()
        try:
            answers = _call(test.obj, {**given, "item": items})
        except Exception as error:
            if not others:
                raise
            print(f"a batch of {len(items)} failed ({type(error).__name__}: {error}); one by one", file=sys.stderr)
            self._alone |= {first, *others}
            del error
        else:
            took = (time.perf_counter() - begin) / len(items)
            for todo, item, response in zip(others, items[1:], answers[1:], strict=True):
                self._answers[todo] = (item, response, took, len(items))
            return answers[0], took, len(items)
        _free()
        now(())
        begin = time.perf_counter()
        alone = _call(test.obj, {**given, "item": items[:1]})
        return alone[0], time.perf_counter() - begin, 1

    def _others(self, test: pytest.Function, first: Todo) -> tuple[Todo, ...]:
        """The next samples that wait, as many as fit."""
        size = test.config.stash[CHOSEN][1].batch_size
        if first.alone or first in self._alone:
            return ()
        found: list[Todo] = []
        for item in test.session.items[test.session.items.index(test) + 1 :]:
            todo = todo_of(item)
            if len(found) == size - 1:
                break
            if todo is not None and not todo.alone and todo not in self._alone and todo not in self._answers:
                found.append(todo)
        return tuple(found)


BATCHES = pytest.StashKey[Batches]()


def _call(function: Callable[..., Any], given: Mapping[str, Any]) -> list[Response]:
    wanted = len(given["item"])
    found = function(**given)
    answers = list(found) if isinstance(found, list | tuple) else None
    if answers is None or len(answers) != wanted:
        what = f"{len(answers)} of them" if answers is not None else type(found).__name__
        raise InvalidResponse(f"for {wanted} items the adapter wants to return a list of as many Responses, not {what}")
    for one in answers:
        if not isinstance(one, Response):
            raise InvalidResponse(f"the list holds {type(one).__name__}, not a vcb.Response")
    return answers


def _free() -> None:
    """Give back what the failed batch has left, also on the GPU."""
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
