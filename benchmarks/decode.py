"""CPU time of our decode against the ffmpeg program on the same clips: `python benchmarks/decode.py [clips folder]`.

Prints, per clip, CPU milliseconds a frame for `ffmpeg -f null -` on one thread, for the presentation of every frame at
640 pixels of width, and for decoding alone (one tick in all); then the median ratio to ffmpeg. Without a folder, clips
are made with ffmpeg.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from vidchatbench.media import Clip, Presentation


def cpu_ms(work: Callable[[], object], repeats: int = 3) -> float:
    """Median CPU milliseconds, children included."""
    spent = []
    for _ in range(repeats):
        before = os.times()
        work()
        after = os.times()
        spent.append(sum(after[:4]) - sum(before[:4]))
    return 1e3 * statistics.median(spent)


def made(folder: Path) -> list[Path]:
    """Clips of 10 s, with some noise so that the decoder has work."""
    paths = []
    for size in ("768x480", "1120x960", "1728x1080"):
        paths.append(folder / f"{size}.mp4")
        source = f"testsrc2=s={size}:r=25:d=10,noise=alls=8:allf=t"
        command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, "-pix_fmt", "yuv420p", "-crf", "26"]
        subprocess.run([*command, str(paths[-1])], check=True)
    return paths


def presented(path: Path, rate: Fraction | None) -> int:
    """Decode a clip and show it at 640 pixels of width."""
    info = Clip(path).info.video
    if info is None:
        return 0
    height = 2 * round(640 * info.height / info.width / 2)
    return sum(1 for _ in Clip(path).frames([Presentation(width=640, height=height, fps=rate)]))


def main() -> None:
    """Measure every clip and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        given = sorted(Path(sys.argv[1]).rglob("*.mp4")) if len(sys.argv) > 1 else made(Path(folder))
        ratios = []
        print(f"{'clip':44} {'frames':>6} {'ffmpeg':>7} {'decode':>7} {'640 px':>7}  CPU ms a frame")
        for path in given:
            frames = presented(path, None)
            command = ["ffmpeg", "-v", "error", "-threads", "1", "-i", str(path), "-map", "0:v", "-f", "null", "-"]
            program = cpu_ms(lambda command=command: subprocess.run(command, check=True)) / frames
            alone = cpu_ms(lambda path=path: presented(path, Fraction(1, 10000))) / frames
            shown = cpu_ms(lambda path=path: presented(path, None)) / frames
            ratios.append((alone / program, shown / program))
            print(f"{str(path)[-44:]:44} {frames:6} {program:7.2f} {alone:7.2f} {shown:7.2f}")
        decode, show = (statistics.median(column) for column in zip(*ratios, strict=True))
        print(f"median ratio to ffmpeg: decode {decode:.2f}, 640 px {show:.2f}")


if __name__ == "__main__":
    started = time.perf_counter()
    main()
    print(f"{time.perf_counter() - started:.0f} s")
