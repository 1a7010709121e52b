"""Whether this process, and those it starts, may open a connection."""

from __future__ import annotations

import os


def offline() -> bool:
    """Whether `VIDCHATBENCH_OFFLINE` is set (to anything but 0)."""
    return os.environ.get("VIDCHATBENCH_OFFLINE", "0") not in ("", "0")


def go_offline() -> None:
    """Open no connection from here on, nor in worker processes, nor in libraries that ask the Hugging Face hub."""
    os.environ.update(VIDCHATBENCH_OFFLINE="1", HF_HUB_OFFLINE="1")
