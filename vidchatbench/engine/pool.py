"""Worker processes: plain pipes, no collectives, so that nothing hangs and a crash costs one task."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Protocol, TypeVar

from threadpoolctl import threadpool_limits

R_co = TypeVar("R_co", covariant=True)

_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


class Task(Protocol[R_co]):
    """Something that can be pickled and run elsewhere."""

    def run(self) -> R_co:
        """Do it and return what came of it."""


T = TypeVar("T", bound=Task[Any])


@dataclass(frozen=True, slots=True)
class Died:
    """A worker process ended while it had a task."""

    how: str


@dataclass
class _Worker:
    process: BaseProcess
    pipe: Connection


class Pool:
    """Runs tasks in processes of one thread each. `plugins` are files to import first in each of them.

    With `n == 0` everything runs in this process: slower, but plain to debug.
    """

    def __init__(self, n: int, plugins: Sequence[Path] = ()) -> None:
        self._n, self._plugins = n, tuple(plugins)
        self._workers: list[_Worker] = []
        self._context = get_context("spawn")

    def __enter__(self) -> Pool:
        """Processes are started with the first task."""
        return self

    def __exit__(self, *_: object) -> None:
        """End all processes, also in the middle of a task."""
        for worker in self._workers:
            worker.pipe.close()
            worker.process.terminate()
        for worker in self._workers:
            worker.process.join(timeout=5)

    def run(self, tasks: Sequence[T]) -> Iterator[tuple[T, Any | Died]]:
        """Every task with its result, as they are done; `Died` where the worker was lost."""
        if self._n == 0:
            yield from ((task, _alone(task)) for task in tasks)
            return
        queue = deque(tasks)
        busy: dict[Any, tuple[_Worker, T]] = {}
        idle = list(self._workers)
        while queue or busy:
            while queue and (idle or len(self._workers) < self._n):
                worker = idle.pop() if idle else self._start()
                worker.pipe.send(queue[0])
                busy[worker.pipe] = (worker, queue.popleft())
            for pipe in wait(list(busy)):
                worker, task = busy.pop(pipe)
                try:
                    kind, result = worker.pipe.recv()
                except (EOFError, OSError):
                    worker.process.join()
                    self._workers.remove(worker)
                    yield task, Died(_exit(worker.process.exitcode))
                    continue
                idle.append(worker)
                if kind == "error":
                    raise result
                yield task, result

    def _start(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        before = {name: os.environ.get(name) for name in _ONE_THREAD}
        os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
        try:
            process = self._context.Process(target=_serve, args=(theirs, self._plugins), daemon=True)
            process.start()
        finally:
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})
        theirs.close()
        worker = _Worker(process, ours)
        self._workers.append(worker)
        return worker


def _alone(task: Task[Any]) -> Any:
    """Run a task in this process on one thread, as a worker would: more threads sum in another order."""
    import cv2

    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        with threadpool_limits(limits=1):
            return task.run()
    finally:
        cv2.setNumThreads(before)


def _exit(code: int | None) -> str:
    if code is not None and code < 0:
        return f"the worker process was killed by signal {-code}" + (" (out of memory?)" if code == -9 else "")
    return f"the worker process ended with code {code}"


def _serve(pipe: Connection, plugins: Sequence[Path]) -> None:
    """A worker: takes tasks until the pipe closes, which it also does when the parent is killed."""
    import signal

    import cv2

    from vidchatbench.registry import load_module

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl-C means
    cv2.setNumThreads(1)
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        for file in plugins:
            load_module(file)
        while True:
            task = pipe.recv()
            try:
                answer = ("ok", task.run())
            except BaseException as error:
                answer = ("error", error)
            pipe.send(answer)
