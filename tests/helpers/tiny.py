"""Small real media, test sets and outputs, made on the spot."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from vidchatbench.media import Clip
from vidchatbench.testset import load_testset

RATE = 16000


def write_clip(
    path: Path, *, seconds: float = 0.6, fps: int = 25, level: int = 90, tone_hz: float | None = 220.0
) -> Path:
    """A video of a moving square on grey, with a tone as its sound unless `tone_hz` is None."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=fps, options={"crf": "20", "threads": "1"})
        video.width, video.height, video.pix_fmt = 96, 64, "yuv420p"
        sound = out.add_stream("aac", rate=RATE, layout="mono") if tone_hz is not None else None
        for k in range(round(seconds * fps)):
            image = np.full((64, 96, 3), level, np.uint8)
            image[10:30, (3 * k) % 70 : (3 * k) % 70 + 20] = 230
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = k, Fraction(1, fps)
            out.mux(video.encode(frame))
        out.mux(video.encode())
        if sound is not None and tone_hz is not None:
            t = np.arange(round(seconds * RATE)) / RATE
            samples = (0.3 * np.sin(2 * np.pi * tone_hz * t)).astype(np.float32)
            for start in range(0, len(samples), 1024):
                block = av.AudioFrame.from_ndarray(samples[None, start : start + 1024], format="fltp", layout="mono")
                block.sample_rate, block.pts, block.time_base = RATE, start, Fraction(1, RATE)
                out.mux(sound.encode(block))
            out.mux(sound.encode())
    return path


def write_testset(root: Path, n: int = 3, *, name: str = "tiny", seconds: float = 0.6) -> Path:
    """A test set of n dialogue items, each with clips of its own brightness."""
    root.mkdir(parents=True)
    lines = []
    for k in range(n):
        for role in ("i", "r"):
            write_clip(root / "media" / f"{role}{k}.mp4", level=40 + 30 * k, seconds=seconds)
        turn = {
            "initiator": f"media/i{k}.mp4",
            "reference": f"media/r{k}.mp4",
            "initiator_speech_end_s": 0.5,
            "reference_start_s": 0.6,
        }
        lines.append({"item_id": f"x{k}", "task": "dialogue", "turns": [turn], "portrait": f"media/r{k}.mp4",
                      "source_video": f"v{k}"})  # fmt: skip
    (root / "items.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (root / "testset.toml").write_text(
        f'schema = "vidchatbench.testset/1"\nid = "{name}"\nversion = "1"\ntitle = "t"\ntasks = ["dialogue"]\n'
        'protocol = "dyadic"\nprofile = "bundled"\nlicence = "CC0-1.0"\ndescription = "d"\nmedia = "here"\n'
    )
    return root


def write_lock(root: Path, *more: dict[str, object]) -> Path:
    """A lock of a test set's media, with `more` lines."""
    lines: list[dict[str, object]] = []
    for path in sorted(load_testset(root).media()):
        clip = Clip(root / path)
        length = round(max(track.duration_s for track in (clip.info.video, clip.info.audio) if track), 6)
        size = (root / path).stat().st_size
        lines.append({"kind": "media", "path": path, "sha256": clip.digest, "bytes": size, "duration_s": length})
    (root / "media.lock.jsonl").write_text("".join(json.dumps(line) + "\n" for line in [*lines, *more]))
    return root


def write_outputs(root: Path, n: int = 3, **clip: object) -> Path:
    """Outputs for `write_testset`, named by item."""
    for k in range(n):
        write_clip(root / f"x{k}.mp4", **{"level": 45 + 30 * k, **clip})
    return root
