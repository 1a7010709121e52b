"""The adapter's file as pytest collects it: one test for each sample and responder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from vidchatbench.adapters.job import Folder, Job, Todo
from vidchatbench.adapters.responder import Responder, responder_of
from vidchatbench.errors import VidChatBenchError


class AdapterModule(pytest.Module):
    """Collects responders, and nothing that looks like a test."""

    def istestfunction(self, obj: object, name: str) -> bool:
        """Whether this is a responder."""
        return responder_of(obj) is not None

    def istestclass(self, obj: object, name: str) -> bool:
        """Never."""
        return False

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        """The samples of the one responder that is asked for."""
        job = self.config.stash[JOB]
        found = {name: spec for name, obj in vars(self.obj).items() if (spec := responder_of(obj))}
        chosen = _choose(found, job, self.path)
        if why := _one_worker(found[chosen], job, self.config):
            raise self.CollectError(f"{self.path.name}: {why}")
        self.config.stash[FOLDER].write("responder.json", found[chosen])
        self.config.stash[CHOSEN] = (chosen, found[chosen])
        return [one for one in super().collect() if getattr(one, "originalname", one.name) == chosen]

    def _getobj(self) -> Any:
        try:
            return super()._getobj()  # type: ignore[no-untyped-call]
        except self.CollectError:
            raise
        except VidChatBenchError as error:
            raise self.CollectError(str(error)) from error


JOB = pytest.StashKey[Job]()
FOLDER = pytest.StashKey[Folder]()
CHOSEN = pytest.StashKey[tuple[str, Responder]]()


def _one_worker(spec: Responder, job: Job, config: pytest.Config) -> str | None:
    """Why there may be no second worker, where there is one."""
    if getattr(config, "workerinput", {}).get("workercount", 1) == 1:
        return None
    if spec.history == "self":
        return "history='self' goes turn by turn, with one worker: leave -n out"
    if spec.batch_size > 1:
        return f"batch_size={spec.batch_size} is for one worker: leave -n out, or say batch_size=1"
    if spec.mode == "streaming" and job.clock != "burst":
        return f"latency (--clock {job.clock}) is measured with one worker: leave -n out, or say --clock burst"
    return None


def _choose(found: dict[str, Responder], job: Job, path: Path) -> str:
    if job.function is not None and job.function in found:
        return job.function
    names = ", ".join(f"{path.name}::{name}" for name in found)
    if not found:
        raise pytest.Collector.CollectError(f"{path.name}: there is no function with @vcb.responder(...) in it")
    if job.function is not None:
        raise pytest.Collector.CollectError(f"{path.name}: there is no responder {job.function!r}; there are {names}")
    if len(found) > 1:
        raise pytest.Collector.CollectError(f"{path.name}: it has several responders; name one: {names}")
    return next(iter(found))


def parametrize(metafunc: pytest.Metafunc) -> None:
    """One call for each sample that the responder answers."""
    spec = responder_of(metafunc.function)
    if spec is None:
        return
    self_made = spec.history == "self"
    cases = [
        pytest.param(todo, id=todo.id + ("-self" if self_made else ""))
        for todo in metafunc.config.stash[JOB].samples
        if todo.task in spec.tasks
    ]
    metafunc.parametrize("item", cases, indirect=True)


def todo_of(item: pytest.Item) -> Todo | None:
    """The sample of a collected call; None for anything else."""
    callspec = getattr(item, "callspec", None)
    found = callspec.params.get("item") if callspec is not None else None
    return found if isinstance(found, Todo) else None


def deselect_done(config: pytest.Config, items: list[pytest.Item]) -> int:
    """Leave out what is done; how many that were."""
    done = [item for item in items if (todo := todo_of(item)) is not None and todo.done]
    if done:
        config.hook.pytest_deselected(items=done)
        items[:] = [item for item in items if item not in set(done)]
    return len(done)
