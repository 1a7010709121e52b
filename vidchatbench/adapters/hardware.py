"""What a model ran on: the processor, its cores, and the GPUs with their power limits."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_ASKED = "index,name,power.limit,clocks.max.sm,driver_version"


@dataclass(frozen=True, slots=True)
class Hardware:
    """Of this machine."""

    cpu: str
    cores: int
    """That this process may use."""
    gpus: tuple[str, ...]
    """As nvidia-smi tells it: index, name, power limit, highest clock, driver. Those named by `--gpus`, or all."""

    def __str__(self) -> str:
        """One line: what timings are compared by."""
        names = [gpu.split(", ")[1] for gpu in self.gpus]
        return "; ".join([*names, self.cpu, f"{self.cores} cores"])


def hardware(gpus: Sequence[str] = ()) -> Hardware:
    """Ask the machine.

    Args:
        gpus: The GPUs that the model was given.
    """
    found = _gpus()
    mine = tuple(line for line in found if not gpus or line.split(", ")[0] in gpus)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Hardware(_cpu(), cores, mine)


def _cpu() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _gpus() -> list[str]:
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    command = [program, f"--query-gpu={_ASKED}", "--format=csv,noheader"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return []
    return [line.strip() for line in done.stdout.splitlines() if line.count(", ") >= 1]
