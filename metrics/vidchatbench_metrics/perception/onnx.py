"""ONNX models on the CPU, the same bits on every worker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol, cast

from vidchatbench.errors import NotReady
from vidchatbench.types import Array

_REMEDY = "get the file that the catalogue names: vidchatbench weights ls"


class Session(Protocol):
    """What is used of `onnxruntime.InferenceSession`."""

    def run(self, output_names: Sequence[str] | None, inputs: Mapping[str, Array]) -> list[Array]:
        """All outputs (None) or the named ones."""

    def get_inputs(self) -> Sequence[Any]:
        """The inputs, with `name` and `shape`."""


def load(weights: Path, *, inputs: Sequence[str] = (), outputs: Sequence[str] = ()) -> Session:
    """A session with one thread, so that workers neither fight for cores nor differ in bits.

    Raises:
        NotReady: Where the file is no ONNX model, or lacks one of the named inputs or outputs.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has a class for each of its codes, and no base of its own
        told = " ".join(str(error).split())[:300]
        raise NotReady(f"onnxruntime cannot read the weights: {told}", where=weights, remedy=_REMEDY) from error
    there = {one.name for one in (*session.get_inputs(), *session.get_outputs())}
    if absent := [name for name in (*inputs, *outputs) if name not in there]:
        raise NotReady(f"the network has no {', '.join(absent)}", where=weights, remedy=_REMEDY)
    return cast("Session", session)


def computation(batch: int) -> Mapping[str, str]:
    """How such a model was computed, for a feature's `computation`."""
    return {"onnxruntime": version("onnxruntime"), "device": "cpu", "batch": str(batch), "threads": "1"}
