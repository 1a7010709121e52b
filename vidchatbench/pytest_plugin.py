"""The door to pytest. It loads nothing and does nothing unless a `vcb_*.py` file is named on the command line."""

from __future__ import annotations

import pytest

from vidchatbench.adapters.naming import is_adapter


def pytest_addoption(parser: pytest.Parser) -> None:
    """All options begin with --vcb, so that they meet no other plugin's."""
    group = parser.getgroup("vidchatbench", "model adapters (files named vcb_*.py)")
    group.addoption("--vcb-testset", metavar="NAME|DIR", help="the test set that an adapter answers")
    group.addoption("--vcb-out", metavar="DIR", help="the folder for its answers (default: outputs/NAME)")
    group.addoption("--vcb-arg", metavar="K=V", action="append", default=[], help="for the fixture vcb_args")
    group.addoption("--vcb-run", metavar="DIR", help="internal: the folder of a running `vidchatbench generate`")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """`pytest vcb_mymodel.py --vcb-testset mini` is `vidchatbench generate` with pytest's own words and exit codes."""
    if config.option.vcb_run or config.option.help or config.option.version:
        return None
    adapters = [arg for arg in config.args if is_adapter(arg.partition("::")[0])]
    if not adapters:
        return None
    from vidchatbench.adapters.from_pytest import generate_from_pytest

    return generate_from_pytest(config, adapters)


def pytest_configure(config: pytest.Config) -> None:
    """The hooks that make answers, in a process that a supervisor started."""
    if config.option.vcb_run:
        from pathlib import Path

        from vidchatbench.adapters.worker import Worker

        config.pluginmanager.register(Worker(config, Path(config.option.vcb_run)), "vidchatbench-worker")
