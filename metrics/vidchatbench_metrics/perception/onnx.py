"""ONNX models on the CPU, the same bits on every worker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Protocol, cast

from vidchatbench.types import Array


class Session(Protocol):
    """What is used of `onnxruntime.InferenceSession`."""

    def run(self, output_names: Sequence[str] | None, inputs: Mapping[str, Array]) -> list[Array]:
        """All outputs (None) or the named ones."""


def load(weights: Path) -> Session:
    """A session with one thread, so that workers neither fight for cores nor differ in bits."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])
    return cast("Session", session)


def computation(batch: int) -> Mapping[str, str]:
    """How such a model was computed, for a feature's `computation`."""
    return {"onnxruntime": version("onnxruntime"), "device": "cpu", "batch": str(batch), "threads": "1"}
