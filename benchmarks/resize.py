"""Our resize against Pillow's in floats (as clean-fid does it), one thread: `python benchmarks/resize.py`."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
from PIL import Image

from vidchatbench.media.resize import resize
from vidchatbench.types import Array

SIZES = (
    (1728, 1080, 299, 299),
    (1120, 960, 299, 299),
    (768, 480, 299, 299),
    (1728, 1080, 640, 400),
    (480, 270, 960, 540),
)


def pillow(image: Array, width: int, height: int) -> Array:
    """Each channel in mode F, antialiased bicubic, clipped."""
    size = (width, height)
    planes = [
        Image.fromarray(image[..., c].astype(np.float32)).resize(size, Image.Resampling.BICUBIC) for c in range(3)
    ]
    return np.clip(np.stack([np.asarray(plane) for plane in planes], -1), 0, 255)


def cpu_ms(work: Callable[[], object], repeats: int) -> float:
    """Median CPU milliseconds."""
    work()
    spent = []
    for _ in range(repeats):
        before = time.process_time()
        work()
        spent.append(time.process_time() - before)
    return 1e3 * statistics.median(spent)


def main() -> None:
    """Measure every size and print the table."""
    rng = np.random.default_rng(0)
    print(f"{'from':>10} {'to':>9} {'Pillow':>8} {'ours':>7} {'ratio':>6} {'largest difference':>19}   CPU ms")
    for columns, rows, width, height in SIZES:
        image = rng.integers(0, 256, (rows, columns, 3), dtype=np.uint8)
        difference = float(np.abs(pillow(image, width, height) - resize(image, width, height)).max())
        theirs = cpu_ms(lambda i=image, w=width, h=height: pillow(i, w, h), 5)
        ours = cpu_ms(lambda i=image, w=width, h=height: resize(i, w, h), 15)
        sizes = f"{columns}x{rows:<5} {width}x{height:<5}"
        print(f"{sizes:>20} {theirs:8.2f} {ours:7.2f} {theirs / ours:6.1f} {difference:19.1e}")


if __name__ == "__main__":
    main()
