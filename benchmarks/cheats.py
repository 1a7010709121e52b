"""How surely cheats are told from honest answers by their fingerprints: the table of docs/cheats.md.

    python benchmarks/cheats.py FOLDER

Needs the program ffmpeg. Every .mp4 under the folder is edited as somebody might who hands it in as an answer, and each
edit is held against the original; beside it stand what must not be told as a copy: the two halves of each clip (one
shot, two takes), every clip against every other, and on `mini` other takes of the same people. Then the same for what
stands still, repeats itself or is silent. The limits stand in `vidchatbench/submission/screen/`.
"""

from __future__ import annotations

import argparse
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from vidchatbench.media import Clip
from vidchatbench.submission.screen import frozen, loops, silence
from vidchatbench.submission.screen.alike import PICTURE, SOUND, alike
from vidchatbench.submission.screen.heard import levels, movement, moving, rms_db, spectra, toggles
from vidchatbench.testset import load_testset
from vidchatbench.testset.fingerprint import Fingerprint
from vidchatbench.types import Floats

ROOT = Path(__file__).resolve().parent.parent
X264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf")
SMALL = "scale=-2:240"
EDITS: dict[str, tuple[str, ...]] = {
    "360 lines, crf 32, AAC 48k": ("-vf", "scale=-2:360", *X264, "32", "-b:a", "48k"),
    "240 lines, 30 fps, 44.1 kHz stereo": ("-vf", SMALL, "-r", "30", *X264, "30", "-ar", "44100", "-ac", "2"),
    "mirrored, cut by 0.12 s, MP3 32k": ("-ss", "0.12", "-vf", f"{SMALL},hflip", *X264, "30", "-c:a", "libmp3lame"),
    "9 dB quieter": ("-vf", SMALL, *X264, "30", "-af", "volume=-9dB"),
    "noise in the picture": ("-vf", f"{SMALL},noise=alls=12:allf=t", *X264, "24"),
    "voice 6 % higher": ("-vf", SMALL, "-af", "rubberband=pitch=1.06", *X264, "30"),
    "3 % faster, same pitch": ("-vf", f"setpts=PTS/1.03,{SMALL}", "-af", "atempo=1.03", *X264, "30"),
    "cropped by 6 %, more contrast": ("-vf", f"crop=iw*0.94:ih*0.94,{SMALL},eq=contrast=1.1", *X264, "30"),
}
"""What ffmpeg does, by name."""


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    files = sorted(parser.parse_args(argv).folder.rglob("*.mp4"))
    prints = [Fingerprint.of(Clip(file)) for file in files]
    print(f"{len(files)} clips; a copy: picture {PICTURE} or more, sound {SOUND} or more")
    for name, words in EDITS.items():
        made = [_made(file, *words) for file in files]
        held = [alike([one], [edit]) for one, edit in zip(prints, made, strict=True)]
        _copies(name, np.array([one.picture[0, 0] for one in held]), np.array([one.sound[0, 0] for one in held]))
    halves = [(_part(file, 0, one), _part(file, 1, one)) for file, one in zip(files, prints, strict=True)]
    _others("the other half of the same shot", np.array([_pair(a, b) for a, b in halves]))
    every = alike(prints, prints)
    pairs = np.triu_indices(len(prints), 1)
    _others("other clips", np.stack([every.picture[pairs], every.sound[pairs]], 1))
    _mini()
    _repeating(files, prints)
    people = [*prints, *_of("faithful"), *_of("degraded")]
    moves = [float(np.quantile(movement(one), 0.75)) for one in people]
    print(f"{'movement, 3rd quartile':38} people at least {min(moves):.0f}, the frozen ones of `degenerate` at most "
          f"{max(float(np.quantile(movement(one), 0.75)) for one in _of('degenerate')):.0f}; "
          f"limit {frozen.STILL}")  # fmt: skip
    print(f"{'level of the sound':38} people at least {min(rms_db(one) for one in prints):.0f} dB; "
          f"limit {silence.SILENT_DB:.0f} dB")  # fmt: skip


def _made(file: Path, *words: str) -> Fingerprint:
    with TemporaryDirectory() as folder:
        out = Path(folder) / "made.mp4"
        subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i", file, *words, out], check=True)
        return Fingerprint.of(Clip(out))


def _part(file: Path, half: int, print: Fingerprint) -> Fingerprint:
    middle = print.picture_s / 2
    return _made(file, "-ss", f"{half * middle:.3f}", "-t", f"{middle:.3f}", "-vf", SMALL, *X264, "28")


def _pair(a: Fingerprint, b: Fingerprint) -> tuple[float, float]:
    held = alike([a], [b])
    return float(held.picture[0, 0]), float(held.sound[0, 0])


def _copies(name: str, picture: Floats, sound: Floats) -> None:
    either = int(((picture >= PICTURE) | (sound >= SOUND)).sum())
    told = [int((picture >= PICTURE).sum()), int((sound >= SOUND).sum())]
    print(f"{name:38} picture {told[0]} (least {picture.min():.2f}), sound {told[1]} (least {sound.min():.2f}), "
          f"either {either} of {len(sound)}")  # fmt: skip


def _others(name: str, found: Floats) -> None:
    alarms = int(((found[:, 0] >= PICTURE) | (found[:, 1] >= SOUND)).sum())
    print(f"{name:38} {alarms} of {len(found)} taken for copies: picture at most {_most(found[:, 0])}, "
          f"sound at most {_most(found[:, 1])}")  # fmt: skip


def _most(values: Floats) -> str:
    return f"{values.max():.2f}" if values.max() >= 0 else "unlike"


def _of(system: str) -> list[Fingerprint]:
    return [Fingerprint.of(Clip(file)) for file in sorted((ROOT / "examples" / "outputs" / system).glob("*.mp4"))]


def _mini() -> None:
    lock = load_testset("mini").lock
    assert lock is not None
    locked = [Fingerprint.parse(line.fingerprint) for path, line in lock.media.items() if path.endswith(".mp4")]
    for system in ("faithful", "degraded"):
        held = alike(_of(system), locked)
        _others(f"mini: {system}, and the test set's", np.stack([held.picture.ravel(), held.sound.ravel()], 1))


def _repeating(files: Sequence[Path], prints: Sequence[Fingerprint]) -> None:
    made: list[Fingerprint] = []
    back: list[Fingerprint] = []
    with TemporaryDirectory() as folder:
        for file in files:
            piece = Path(folder) / "piece.mp4"
            cut = ("-ss", "0.5", "-t", "1.6", "-i", file, *X264, "24", piece)
            subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *cut], check=True)
            again = Path(folder) / "again.mp4"
            turn = ("-stream_loop", "2", "-i", piece, *X264, "24", again)
            subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *turn], check=True)
            made.append(Fingerprint.of(Clip(again)))
            words = ("-filter_complex", f"[0:v]{SMALL},split[a][b];[b]reverse[c];[a][c]concat", *X264, "24", "-an")
            back.append(_made(piece, *words))
    people = [*prints, *_of("faithful"), *_of("degraded")]
    for name, of, others, score, limit in (
        (
            "1.6 s three times, picture",
            made,
            people,
            lambda one: loops.repeats(one, moving, toggles),
            loops.PICTURE,
        ),
        ("the same, sound", made, people, lambda one: loops.repeats(one, levels, spectra), loops.SOUND),
        ("1.6 s there and back, picture", back, people, loops.returns, loops.BACKWARDS),
    ):
        a, b = ([score(one) for one in many] for many in (of, others))
        told = sum(value >= limit for value in a)
        print(f"{name:38} told {told} of {len(a)} (least {min(a):.2f}), people at most {max(b):.2f}; limit {limit}")


if __name__ == "__main__":
    main()
