"""What an adapter's functions may ask for by name. Known to pytest only while a supervisor's worker runs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from vidchatbench.adapters.ask import ask
from vidchatbench.adapters.batches import BATCHES
from vidchatbench.adapters.collect import CHOSEN, FOLDER, JOB
from vidchatbench.adapters.item import Item
from vidchatbench.adapters.live_item import LiveItem


@pytest.fixture(scope="session")
def vcb_args(pytestconfig: pytest.Config) -> dict[str, str]:
    """What was given as `-M name=value`."""
    return dict(pytestconfig.stash[JOB].args)


@pytest.fixture(scope="session")
def vcb_device(pytestconfig: pytest.Config) -> str:
    """Where the model goes: `cuda` (the GPU of this worker) or `cpu`."""
    return "cuda" if pytestconfig.stash[JOB].gpus else "cpu"


@pytest.fixture
def item(request: pytest.FixtureRequest) -> Iterator[Item | LiveItem]:
    """The question, on disk while the test lasts."""
    stash = request.config.stash
    folder = stash[FOLDER]
    held = stash[BATCHES].held(request.param)
    item = held or ask(folder, request.param, stash[CHOSEN][1], stash[JOB])
    yield item
    if isinstance(item, LiveItem):
        item.session.close()
    for place in ("questions", "work"):
        shutil.rmtree(folder / f"{place}/{request.param.key}", ignore_errors=True)
