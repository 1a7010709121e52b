"""The hooks of a pytest process that makes answers. Loaded by `pytest_plugin` where a supervisor started it."""

from __future__ import annotations

import hashlib
import os
import random
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from vidchatbench.adapters import fixtures
from vidchatbench.adapters.ask import changed, session
from vidchatbench.adapters.batches import BATCHES, Batches
from vidchatbench.adapters.collect import CHOSEN, FOLDER, JOB, AdapterModule, deselect_done, parametrize, todo_of
from vidchatbench.adapters.encode import encode
from vidchatbench.adapters.job import Folder, Job, Row, Running, Todo
from vidchatbench.adapters.live import run_live
from vidchatbench.adapters.live_item import LiveItem
from vidchatbench.adapters.parent import die_with_parent
from vidchatbench.adapters.response import InvalidResponse, Response
from vidchatbench.adapters.seen import Seen
from vidchatbench.latency import StreamLog

LOG_CHARS = 20_000
"""Of what an adapter printed, this much from the end is kept."""
DETAIL_CHARS = 400


class Worker:
    """One pytest process: the only one, an xdist worker, or the xdist controller, which runs no sample itself."""

    def __init__(self, config: pytest.Config, folder: Path) -> None:
        die_with_parent()
        self.config = config
        self.folder = Folder(folder)
        job = self.folder.read("job.json", Job)
        if job is None:
            raise pytest.UsageError(f"{folder}/job.json cannot be read; start with `vidchatbench generate`")
        self.job = job
        config.stash[JOB], config.stash[FOLDER], config.stash[BATCHES] = job, self.folder, Batches()
        self.warm = False
        self.seen = Seen(self.folder / "seen.jsonl") if job.watch else None
        config.pluginmanager.register(fixtures, "vidchatbench-fixtures")
        self.dropped = 0
        workerinput = getattr(config, "workerinput", None)
        if workerinput is None:
            self.folder.write("session.json", {"maxfail": int(config.getoption("maxfail") or 0)})
        if job.gpus:
            index = int(str(workerinput["workerid"]).removeprefix("gw")) if workerinput else 0
            os.environ["CUDA_VISIBLE_DEVICES"] = job.gpus[index % len(job.gpus)]

    def pytest_pycollect_makemodule(self, module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
        """The adapter's file and no other."""
        if str(module_path) != self.job.adapter:
            return None
        module: pytest.Module = AdapterModule.from_parent(parent, path=module_path)
        return module

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Ctrl-C; pytest also ends with its exit code where the file cannot be imported."""
        if type(excinfo.value) is KeyboardInterrupt:
            self.folder.write("interrupted.json", {})

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Never the adapter's file, whatever the project's own settings say."""
        return False if str(collection_path) == self.job.adapter else None

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One call for each sample."""
        parametrize(metafunc)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """What is done is left out."""
        self.dropped = deselect_done(config, items)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Where nothing was left to do, that is no failure."""
        self._record.unlink(missing_ok=True)
        if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and self.dropped:
            session.exitstatus = pytest.ExitCode.OK

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        """Loading the model has a time limit of its own."""
        self._now(item, "load", self.job.load_timeout_s)
        return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """Ask the adapter, and keep what it answers."""
        todo = todo_of(pyfuncitem)
        if todo is None:
            return None
        spec = self.config.stash[CHOSEN][1]
        names = pyfuncitem._fixtureinfo.argnames
        given = {name: pyfuncitem.funcargs[name] for name in names}
        if not self.warm:
            self._warm_up(pyfuncitem, todo, given)
        _seed(todo)
        self._now(pyfuncitem, "answer", spec.timeout_s)
        answer = self._answer(pyfuncitem, todo, given)
        response, took = answer.response, answer.gen_s
        made = self.folder / f"work/{todo.key}/.answer.mp4"
        self._untouched(todo)
        encoded = encode(response, made, max_s=self.job.max_s)
        self._untouched(todo)  # frames that come one by one are made while they are encoded
        gen_s = took + encoded.waited_s
        with made.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        if answer.log is not None:
            self.folder.write(f"streams/{todo.key}.json", answer.log)
        made.replace(self.folder.outputs / f"{todo.key}.mp4")
        told = asdict(encoded)
        del told["waited_s"]
        self.folder.put(
            Row(
                key=todo.key, run=self.job.run, made_from=todo.made_from, responder=spec.id, history=spec.history,
                file=f"{todo.key}.mp4", sha256=sha256, start_s=response.start_s, transcript=response.transcript,
                gen_s=round(gen_s, 4), media=told, meta=response.meta,
                clock=answer.log.clock if answer.log is not None else None,
                batch=answer.batch,
            )
        )  # fmt: skip
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
        """A failure becomes a row with its reason, and its output is cut to what can be read."""
        item._report_sections[:] = [(when, key, _tail(text)) for when, key, text in item._report_sections]
        report: Any = yield
        todo = todo_of(item)
        error = call.excinfo.value if call.excinfo is not None else None
        stopped = isinstance(error, KeyboardInterrupt | pytest.exit.Exception)
        if todo is not None and error is not None and not stopped and report.when != "teardown":
            self._failed(todo, error, report)
        if report.when == "call" or report.failed:
            self._record.unlink(missing_ok=True)  # unloading the model is no part of the last sample
        return report  # type: ignore[no-any-return]

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logfinish(self) -> None:
        """This process is between two samples."""
        if self.seen is not None:
            self.seen.memory()
        self._record.unlink(missing_ok=True)

    def _answer(self, test: pytest.Function, todo: Todo, given: Mapping[str, Any]) -> _Answer:
        spec = self.config.stash[CHOSEN][1]
        if isinstance(given["item"], LiveItem):
            gathered, log = run_live(test.obj, given, given["item"], self.job.max_s)
            return _Answer(gathered.response(), log.busy_s, log=log)
        if spec.batch_size > 1:
            response, took, batch = self.config.stash[BATCHES].answer(
                test, todo, given,
                lambda others: self._now(test, "answer", spec.timeout_s * (1 + len(others)), others),
            )  # fmt: skip
            return _Answer(response, took, batch=batch)
        begin = time.perf_counter()
        response = test.obj(**given)
        took = time.perf_counter() - begin
        if not isinstance(response, Response):
            raise InvalidResponse(f"the adapter returned {type(response).__name__}, not a vcb.Response")
        return _Answer(response, took)

    def _warm_up(self, test: pytest.Function, todo: Todo, given: Mapping[str, Any]) -> None:
        """Once a worker: how long loading took, and the first answers of a streaming adapter, which are thrown away."""
        self.warm = True
        told: dict[str, Any] = {"cold_start_s": round(time.monotonic() - self.job.since, 3), "warm_ups": []}
        item, spec = given["item"], self.config.stash[CHOSEN][1]
        if isinstance(item, LiveItem) and item.session.has_question:
            for _ in range(self.job.warm_ups):
                self._now(test, "load", min(spec.timeout_s, self.job.load_timeout_s))
                one = replace(item, session=session(self.folder, todo, spec, self.job, warm_up=True))
                try:
                    run_live(test.obj, {**given, "item": one}, one, self.job.max_s)
                    told["warm_ups"].append("done")
                except Exception as error:  # what is wrong with it will be seen in what counts
                    told["warm_ups"].append(": ".join(reason_of(error)))
                finally:
                    one.session.close()
        self.folder.write("cold_start.json", told)

    def _untouched(self, todo: Todo) -> None:
        if (name := changed(self.folder, todo)) is not None:
            raise InvalidResponse(f"the adapter changed its input {name}; copy it to item.workdir and work on that")

    @property
    def _record(self) -> Path:
        return self.folder / f"running/{os.getpid()}.json"

    def _now(self, item: pytest.Item, phase: Any, limit_s: float, together: tuple[Todo, ...] = ()) -> None:
        todo = todo_of(item)
        if todo is None:
            return
        spec = self.config.stash[CHOSEN][1]
        debugging = self.config.getoption("usepdb") or self.config.getoption("trace")
        running = Running(
            pid=os.getpid(), key=todo.key, phase=phase, since=time.monotonic(), responder=spec.id,
            history=spec.history, limit_s=None if debugging else limit_s,
            together=tuple(other.key for other in together),
        )  # fmt: skip
        self.folder.write(f"running/{os.getpid()}.json", running)

    def _failed(self, todo: Todo, error: BaseException, report: pytest.TestReport) -> None:
        spec = self.config.stash[CHOSEN][1]
        code, detail = reason_of(error)
        if report.when == "setup":
            detail = f"before the call, in a fixture: {detail}"
        self.folder.put(
            Row(key=todo.key, run=self.job.run, made_from=todo.made_from, responder=spec.id, history=spec.history,
                failed={"code": code, "detail": detail},
                clock=self.job.clock if spec.mode == "streaming" else None)
        )  # fmt: skip
        log = self.folder / f"logs/{todo.key}.txt"
        log.parent.mkdir(exist_ok=True)
        log.write_text(_tail(report.longreprtext + "\n" + report.capstdout + report.capstderr), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class _Answer:
    response: Response
    gen_s: float
    batch: int = 1
    log: StreamLog | None = None


def reason_of(error: BaseException) -> tuple[str, str]:
    """Code and detail of what an adapter raised."""
    text = f"{type(error).__name__}: {error}".strip().removesuffix(":")
    detail = " ".join(text.split())[:DETAIL_CHARS]
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return "out_of_memory", detail
    if isinstance(error, InvalidResponse):
        return "invalid", str(error)
    return "error", detail


def _seed(todo: Todo) -> None:
    """Every sample begins from its own state, whatever came before it in this process."""
    digest = hashlib.sha256(f"{todo.key.item_id}|{todo.key.turn}|{todo.key.seed}".encode()).digest()
    value = int.from_bytes(digest[:4], "big")
    random.seed(value)
    with suppress(ImportError):
        import numpy as np

        np.random.seed(value)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(value)


def _tail(text: str) -> str:
    if len(text) <= LOG_CHARS:
        return text
    return f"[the first {len(text) - LOG_CHARS} characters are left out]\n{text[-LOG_CHARS:]}"
