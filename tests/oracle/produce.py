"""Computes the oracle's items with the functions that the metrics call.

    python tests/oracle/produce.py PART OUT

PART is a folder of the oracle's form (inputs/, meta.json); what it lacks of inputs.py, weights.py and layouts/ is taken
from ../shared/oracle. OUT receives one npz a family, under the oracle's keys.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
SHARED = HERE.parents[2] / "shared" / "oracle"
FAMILIES = ("frames", "lips", "voice", "words")


def open_part(folder: Path):
    """The oracle's inputs in a folder, and what fills the layout of a network with the synthetic tensors."""
    import torch

    def home(name: str) -> Path:
        return next(place for place in (folder, folder.parent, SHARED) if (place / name).exists())

    sys.path[:0] = [str(home("inputs.py")), str(home("weights.py"))]
    filler, inputs = import_module("weights"), import_module("inputs")

    def fill(layout: str) -> dict[str, torch.Tensor]:
        arrays = filler.fill_layout(str(home("layouts") / "layouts" / f"{layout}.json"))
        return {name: torch.from_numpy(np.array(array)) for name, array in arrays.items()}

    return inputs.Part(str(folder)), fill


def main(part: str, out: str) -> None:
    """Write OUT/<family>.npz."""
    opened, fill = open_part(Path(part).resolve())
    sys.path.insert(0, str(HERE))
    Path(out).mkdir(parents=True, exist_ok=True)
    for family in FAMILIES:
        items = import_module(family).produce(opened, fill)
        np.savez(Path(out) / f"{family}.npz", **items)
        print(f"{family}: {len(items)} items")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
