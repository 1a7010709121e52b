"""Runs pytest until every sample was tried: hands out questions, keeps time, and starts it again where it died."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from vidchatbench.adapters.feed import Feed
from vidchatbench.adapters.job import Folder, Job, Row, Running
from vidchatbench.adapters.parent import alive, kill_tree
from vidchatbench.adapters.question import Question
from vidchatbench.adapters.responder import Responder
from vidchatbench.errors import VidChatBenchError
from vidchatbench.latency import Clock
from vidchatbench.types import SampleKey

POLL_S = 0.02
LOOK_S = 0.2
UNLOAD_S = 120.0
"""Time for the model to be unloaded, after the last answer."""
_DONE = (0, 1, 5)
"""pytest's exit codes after which it has tried all that it was to try: all passed, some failed, none was left."""
_FRUITLESS = 2
"""So many deaths while the model is loaded end the run: it will not load the next time either."""


class Supervisor:
    """One run of `generate`."""

    def __init__(
        self, folder: Folder, job: Job, questions: Mapping[SampleKey, Question], env: Mapping[str, str]
    ) -> None:
        self.folder, self.job = folder, job
        self._questions = questions
        self._feeds: dict[SampleKey, Feed] = {}
        self._alone: set[SampleKey] = set()
        self._env = dict(env)
        self._todo = {todo.key: todo for todo in job.samples}
        self._died_loading = 0
        self._idle_since: float | None = None

    def run(self, options: Sequence[str]) -> int:
        """Start pytest, again and again while it dies; pytest's last exit code (2: interrupted).

        Raises:
            VidChatBenchError: Where it dies and no sample is to blame, or while the model is loaded.
        """
        while True:
            tried, apart = self._tried(), len(self._alone)
            now = [
                replace(todo, done=todo.done or todo.key in tried, alone=todo.key in self._alone)
                for todo in self.job.samples
            ]
            if all(todo.done for todo in now):
                return 1 if any(row.failed for row in tried.values()) else 0
            self.folder.write("job.json", replace(self.job, samples=tuple(now), since=time.monotonic()))
            try:
                code = self._once(options)
            finally:
                self._stop_feeds(tuple(self._feeds))
            if code == 2 or code in _DONE or self._enough():
                return code
            fruitless = len(self._tried()) == len(tried) and len(self._alone) == apart
            if code > 0 and fruitless:
                return code
            if fruitless:
                raise VidChatBenchError(f"pytest ended ({_how(code)}) before any sample was tried")

    def _once(self, options: Sequence[str]) -> int:
        command = [sys.executable, "-m", "pytest", "-p", "vidchatbench", *options, f"--vcb-run={self.folder.root}"]
        process = subprocess.Popen([*command, self.job.adapter], env=self._env)
        with _interruptible(process):
            looked = 0.0
            while process.poll() is None:
                self._serve()
                if time.monotonic() - looked > LOOK_S:
                    looked = time.monotonic()
                    self._keep_time()
                    self._bury()
                    self._stop_feeds([key for key in self._feeds if not (self.folder / f"questions/{key}").is_dir()])
                    if self._hangs():
                        break
                # While a question is released in time, this thread keeps out of the way of the one that does it.
                time.sleep(LOOK_S if self._feeds and self.job.clock == "paced" else POLL_S)
        self._bury()
        return process.returncode

    def _serve(self) -> None:
        """Put questions there that are waited for."""
        for asked in (self.folder / "asks").glob("*"):
            asked.unlink()
            found = next((key for key in self._todo if str(key) == asked.name), None)
            if found is None:
                continue
            live = self._clock is not None
            question = self._questions[found]
            if live and question.initiator is not None:
                self._stop_feeds([found])
                self._feeds[found] = Feed(self.folder / "feeds", str(found), question.source, self.job.clock)
                self._feeds[found].start()
            question.pose(self.folder / f"questions/{found}", live=live)

    def _stop_feeds(self, keys: Sequence[SampleKey]) -> None:
        for key in keys:
            if key in self._feeds:
                self._feeds.pop(key).stop()

    def _keep_time(self) -> None:
        for one in self.folder.running():
            if one.limit_s is not None and time.monotonic() - one.since > one.limit_s and alive(one.pid):
                kill_tree(one.pid)
                while alive(one.pid):
                    time.sleep(POLL_S)
                doing = "loading the model" if one.phase == "load" else "no answer"
                self._fail(one, "timeout", f"{doing} within {one.limit_s:g} s; the worker was killed")

    def _bury(self) -> None:
        """Whatever a process was doing when it died has failed."""
        for one in self.folder.running():
            if (self.folder / "interrupted.json").is_file():
                return  # what Ctrl-C ended did not fail
            if not alive(one.pid):
                self._fail(one, "crash", "the worker process died (killed, out of memory, or a fault in native code)")

    def _hangs(self) -> bool:
        """Whether all is done and pytest does not end: in a fixture's end, or in xdist."""
        wanted = sum(not todo.done for todo in self.job.samples)
        if any((self.folder / "running").iterdir()) or len(self._tried()) < wanted:
            self._idle_since = None
            return False
        self._idle_since = self._idle_since or time.monotonic()
        return time.monotonic() - self._idle_since > UNLOAD_S

    def _fail(self, one: Running, code: str, detail: str) -> None:
        (self.folder / f"running/{one.pid}.json").unlink(missing_ok=True)
        if one.together:  # which of them it was will be seen when each is asked alone
            self._alone |= {one.key, *one.together}
            return
        before = self.folder.row(one.key)
        if before is not None and before.run == self.job.run:
            return  # it finished in the same moment
        todo = self._todo[one.key]
        self.folder.put(
            Row(key=one.key, run=self.job.run, made_from=todo.made_from, responder=one.responder, history=one.history,
                failed={"code": code, "detail": detail}, clock=self._clock)
        )  # fmt: skip
        self._died_loading = self._died_loading + 1 if one.phase == "load" else 0
        if self._died_loading >= _FRUITLESS:
            raise VidChatBenchError(
                f"the worker died {self._died_loading} times while the model was loaded: {detail}",
                where=self.job.adapter, remedy="see what was printed above; --load-timeout gives it more time",
            )  # fmt: skip

    @property
    def _clock(self) -> Clock | None:
        spec = self.folder.read("responder.json", Responder)
        return self.job.clock if spec is not None and spec.mode == "streaming" else None

    def _tried(self) -> dict[SampleKey, Row]:
        """The rows of this run."""
        rows = {todo.key: self.folder.row(todo.key) for todo in self.job.samples}
        return {key: row for key, row in rows.items() if row is not None and row.run == self.job.run}

    def _enough(self) -> bool:
        """Whether -x or --maxfail says to stop."""
        session = self.folder.read("session.json", dict)
        most = int(session.get("maxfail", 0)) if session else 0
        return 0 < most <= sum(row.failed is not None for row in self._tried().values())


@contextmanager
def _interruptible(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Ctrl-C is pytest's: it ends its session in order, and this process waits for that. An error here ends pytest."""
    before = signal.signal(signal.SIGINT, lambda *_: None) if _in_main_thread() else None
    try:
        yield
    finally:
        if before is not None:
            signal.signal(signal.SIGINT, before)
        if process.poll() is None:
            kill_tree(process.pid)
            process.wait()


def _in_main_thread() -> bool:
    import threading

    return threading.current_thread() is threading.main_thread()


def _how(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"


def child_env(hidden: Path) -> dict[str, str]:
    """The environment of a worker: this one's, without whatever names the test set's folder."""
    place = str(hidden.resolve())
    return {
        name: value for name, value in os.environ.items()
        if place not in value and name not in ("PYTEST_ADDOPTS", "PYTEST_CURRENT_TEST")
    }  # fmt: skip
