"""Peak memory must not grow with a clip's length: `python benchmarks/memory.py [clip of a few seconds]`.

Makes 1080p clips of 1 and 10 minutes with ffmpeg and prints the peak resident size of a process that takes all frames
at 299 x 299, at 8 frames a second, and the sound block by block; then with the 16 kHz sound as one array.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

SOURCES = ("-f", "lavfi", "-i", "testsrc2=s=1920x1080:r=25:d=10", "-f", "lavfi", "-i", "sine=r=48000:d=10")
ENCODE = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "30", "-pix_fmt", "yuv420p", "-c:a", "aac")


def long_clip(seed: Path, seconds: int, path: Path) -> Path:
    """The seed repeated to a length, packet by packet."""
    command = ["ffmpeg", "-v", "error", "-stream_loop", "-1", "-i", str(seed), "-t", str(seconds), "-c", "copy"]
    subprocess.run([*command, str(path)], check=True)
    return path


def use(path: Path, *, whole_sound: bool) -> None:
    """What one worker does with a clip."""
    from vidchatbench.media import Clip, Presentation

    clip = Clip(path)
    shown = sum(1 for _ in clip.frames([Presentation(width=299, height=299, fps=Fraction(8), dtype="float32")]))
    samples = len(clip.audio()) if whole_sound else sum(len(block) for block, _ in clip.audio_blocks())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{shown:6} ticks {samples:10} samples, peak {peak:6.0f} MB", flush=True)


def main() -> None:
    """One fresh process for each measurement, since a peak never falls."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seed = Path(sys.argv[1]) if len(sys.argv) > 1 else folder / "seed.mp4"
        if len(sys.argv) == 1:
            subprocess.run(["ffmpeg", "-v", "error", *SOURCES, *ENCODE, str(seed)], check=True)
        for minutes in (1, 10):
            path = long_clip(seed, 60 * minutes, folder / f"{minutes}.mp4")
            for sound in ("blocks", "array"):
                print(
                    f"{minutes:3} min, sound in {'blocks' if sound == 'blocks' else 'one array'}:", end=" ", flush=True
                )
                subprocess.run([sys.executable, __file__, "--use", str(path), sound], check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--use"]:
        use(Path(sys.argv[2]), whole_sound=sys.argv[3] == "array")
    else:
        main()
