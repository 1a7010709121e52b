"""How surely copies, cuts and other people's clips are told apart by their fingerprints.

    python benchmarks/likeness.py FOLDER

Needs the program ffmpeg. Every .mp4 under the folder is encoded again in several ways and cut by one and two frames of
1/25 s at either end; each variant is held against the original, and every clip against every other. For each kind: how
many were told rightly, the most bits of the look that differ, the least correlation of the sound. The limits stand in
`vidchatbench/testset/likeness.py`.
"""

from __future__ import annotations

import argparse
import subprocess
import time
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path
from tempfile import TemporaryDirectory

from vidchatbench.media import Clip
from vidchatbench.testset.fingerprint import FPS, Fingerprint
from vidchatbench.testset.likeness import LOOK, SOUND, Likeness, likeness
from vidchatbench.testset.verify import judge

_X264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf")
KINDS: dict[str, tuple[tuple[str, ...], int, int]] = {
    "half the size, crf 30, AAC 48k": (("-vf", "scale=-2:480", *_X264, "30", "-b:a", "48k"), 0, 0),
    "240 lines, crf 36, MP3 32k": (("-vf", "scale=-2:240", *_X264, "36", "-c:a", "libmp3lame", "-b:a", "32k"), 0, 0),
    "30 fps, 44.1 kHz stereo": (("-vf", "scale=-2:360", "-r", "30", *_X264, "26", "-ar", "44100", "-ac", "2"), 0, 0),
    "mirrored": (("-vf", "scale=-2:360,hflip", *_X264, "26"), 0, 0),
    "1 frame less at the start": (("-vf", "scale=-2:360", *_X264, "26"), 1, 0),
    "2 frames less at the start": (("-vf", "scale=-2:360", *_X264, "26"), 2, 0),
    "1 frame less at the end": (("-vf", "scale=-2:360", *_X264, "26"), 0, -1),
    "2 frames less at the end": (("-vf", "scale=-2:360", *_X264, "26"), 0, -2),
}
"""By name: ffmpeg's words, frames by which it starts later, and by which it ends later."""


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    files = sorted(parser.parse_args(argv).folder.rglob("*.mp4"))
    before = time.process_time()
    prints = {file: Fingerprint.of(Clip(file)) for file in files}
    seconds = sum(print.picture_s for print in prints.values())
    print(f"{len(files)} clips, {(time.process_time() - before) / seconds:.3f} CPU s a second of clip, "
          f"{sum(len(str(p)) for p in prints.values()) / seconds:.0f} bytes of lock a second")  # fmt: skip
    print(f"limits: look below {LOOK}, sound above {SOUND}")
    for kind, (words, starts, ends) in KINDS.items():
        found = {file: likeness(prints[file], _variant(file, words, starts, ends)) for file in files}
        wrong = [file for file, like in found.items() if not _right(like, kind, starts, ends)]
        _tell(kind, list(found.values()), len(files) - len(wrong))
        for file in wrong:
            print(f"    {file}: {': '.join(judge(found[file]))}")
    others = [likeness(one, other) for one, other in permutations(prints.values(), 2)]
    alarms = sum(like.same for like in others)
    print(f"{'other clips':32} {alarms} of {len(others)} pairs taken for the same; look at least "
          f"{min(like.look or 0 for like in others):.3f}, sound at most "
          f"{max(like.sound or 0 for like in others):.3f}")  # fmt: skip


def _variant(file: Path, words: tuple[str, ...], starts: int, ends: int) -> Fingerprint:
    with TemporaryDirectory() as folder:
        made = Path(folder) / "made.mp4"
        info = Clip(file).info.video
        assert info is not None
        span = ("-ss", f"{starts / FPS:.2f}") * bool(starts) + ("-t", f"{info.duration_s + ends / FPS:.3f}") * bool(
            ends
        )
        subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i", file, *span, *words, made], check=True)
        return Fingerprint.of(Clip(made))


def _right(like: Likeness, kind: str, starts: int, ends: int) -> bool:
    told = (like.starts, like.ends, like.sound_late, like.mirrored)
    return like.same and told == (starts, ends, 0, kind == "mirrored")


def _tell(kind: str, found: Sequence[Likeness], right: int) -> None:
    look, sound = max(like.look or 0 for like in found), min(like.sound or 0 for like in found)
    print(f"{kind:32} {right} of {len(found)} told rightly; look at most {look:.3f}, sound at least {sound:.3f}")


if __name__ == "__main__":
    main()
