"""ONNX files of our own making: a graph's nodes and numbers, written in the format's own bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from vidchatbench_metrics.weights import WEIGHTS

# The format is protocol buffers (onnx.proto3); these are its field numbers.
_FLOAT, _INT64 = 1, 7
Node = tuple[str, Sequence[str], Sequence[str], Mapping[str, int | Sequence[int]]]
"""Operator, inputs, outputs, attributes (whole numbers and lists of them)."""


def onnx_file(
    nodes: Sequence[Node],
    *,
    constants: Mapping[str, np.ndarray],
    inputs: Mapping[str, Sequence[int | str]],
    outputs: Mapping[str, Sequence[int | str]],
) -> bytes:
    """A model of float32 inputs and outputs, by name with their shapes (a name in a shape is any size)."""
    graph = b"".join(_bytes(1, _node(*node)) for node in nodes) + _text(2, "graph")
    graph += b"".join(_bytes(5, _tensor(name, array)) for name, array in constants.items())
    graph += b"".join(_bytes(11, _value(name, shape)) for name, shape in inputs.items())
    graph += b"".join(_bytes(12, _value(name, shape)) for name, shape in outputs.items())
    return _whole(1, 8) + _bytes(7, graph) + _bytes(8, _text(1, "") + _whole(2, 13))


def write_onnx(folder: Path, name: str, content: bytes) -> Path:
    """It into a weights folder under a catalogue name, as content that says it is not the official one."""
    published = Path(WEIGHTS[name].entry.file)
    digest = hashlib.sha256(content).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{published.stem}.unofficial-{digest}{published.suffix}").write_bytes(content)
    return folder


def tiny_arcface(seed: int = 0) -> bytes:
    """(n, 512) of faces (n, 3, 112, 112): a random projection of the face at 14 x 14, in ArcFace's place and shape."""
    weights = np.random.default_rng(seed).normal(size=(3 * 14 * 14, 512)).astype(np.float32)
    nodes: list[Node] = [
        ("AveragePool", ["input.1"], ["small"], {"kernel_shape": [8, 8], "strides": [8, 8]}),
        ("Flatten", ["small"], ["flat"], {"axis": 1}),
        ("MatMul", ["flat", "w"], ["683"], {}),
    ]
    return onnx_file(nodes, constants={"w": weights}, inputs={"input.1": ["n", 3, 112, 112]}, outputs={"683": [1, 512]})


def _node(operator: str, taken: Sequence[str], given: Sequence[str], attributes: Mapping[str, object]) -> bytes:
    names = b"".join(_text(1, name) for name in taken) + b"".join(_text(2, name) for name in given)
    return names + _text(4, operator) + b"".join(_bytes(5, _attribute(*pair)) for pair in attributes.items())


def _attribute(name: str, value: object) -> bytes:
    if isinstance(value, int):
        return _text(1, name) + _whole(3, value) + _whole(20, 2)
    return _text(1, name) + b"".join(_whole(8, one) for one in value) + _whole(20, 7)  # type: ignore[attr-defined]


def _tensor(name: str, array: np.ndarray) -> bytes:
    kind = {"f": _FLOAT, "i": _INT64}[array.dtype.kind]
    raw = array.astype(np.float32 if kind == _FLOAT else np.int64).tobytes()
    return b"".join(_whole(1, side) for side in array.shape) + _whole(2, kind) + _text(8, name) + _bytes(9, raw)


def _value(name: str, shape: Sequence[int | str]) -> bytes:
    sides = b"".join(_bytes(1, _whole(1, side) if isinstance(side, int) else _text(2, side)) for side in shape)
    return _text(1, name) + _bytes(2, _bytes(1, _whole(1, _FLOAT) + _bytes(2, sides)))


def _whole(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _text(field: int, text: str) -> bytes:
    return _bytes(field, text.encode())


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
