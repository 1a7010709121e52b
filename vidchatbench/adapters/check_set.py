"""The questions of `check-adapter`: three plain ones, and one that is odd in every way a clip can be."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from vidchatbench.media import Clip, Presentation
from vidchatbench.tasks import TASKS
from vidchatbench.testset import load_testset
from vidchatbench.types import Item

ODD = "ødd 検"
"""An item id as a test set may have it: 0.4 s, 8 fps, 90 x 70, stereo at 44.1 kHz, and no voice sample."""


def write_check_set(root: Path, task: str) -> Path:
    """A test set of its own, made from `mini`'s clips, in which every item asks for the same face.

    `base` is a plain question. `other` asks something else. `blank` is `base` with a black picture, `mute` without
    its sound. Where the task has several turns, `talk` has two.
    """
    mini, about = load_testset("mini"), TASKS[task]
    base, other = [item for item in mini.items if len(item.turns) == 1 and TASKS[item.task].speaks == about.speaks][:2]
    (root / "media").mkdir(parents=True)

    def bring(path: str) -> str:
        to = root / "media" / Path(path).name
        shutil.copyfile(mini.file(path), to)
        return f"media/{to.name}"

    def variant(name: str, change: Callable[[NDArray[Any], NDArray[Any]], tuple[NDArray[Any], NDArray[Any]]],
                **options: Any) -> str:  # fmt: skip
        _remake(mini.file(base.turns[0].initiator), root / f"media/{name}.mp4", change, **options)
        return f"media/{name}.mp4"

    portrait, voice = bring(base.portrait), bring(base.voice) if base.voice else None
    reply = bring(base.turns[0].reference)
    questions = {
        "base": bring(base.turns[0].initiator),
        "other": bring(other.turns[0].initiator),
        "blank": variant("blank", lambda frames, sound: (np.zeros_like(frames), sound)),
        "mute": variant("mute", lambda frames, sound: (frames, np.zeros_like(sound))),
        ODD: variant("odd", _cut, fps=8, rate=44100, size=(90, 70)),
    }
    lines = []
    for name, question in questions.items():
        asked = [(question, reply, _length(root / question))]
        lines.append(_line(name, task, asked, portrait, None if name == ODD else voice))
    if about.several_turns:
        talk = next(item for item in mini.items if len(item.turns) > 1)
        turns = [(bring(turn.initiator), bring(turn.reference), turn.initiator_speech_end_s) for turn in talk.turns[:2]]
        lines.append(_line("talk", task, turns, portrait, voice))
    (root / "items.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    (root / "testset.toml").write_text(
        f'schema = "vidchatbench.testset/1"\nid = "check"\nversion = "1"\ntitle = "Questions of check-adapter"\n'
        f'tasks = ["{task}"]\nprotocol = "{mini.info.protocol}"\nprofile = "bundled"\nlicence = "Apache-2.0"\n'
        f'description = "Made on the spot"\nmedia = "here"\n', encoding="utf-8",
    )  # fmt: skip
    return root


def references(items: tuple[Item, ...]) -> set[str]:
    """The real answers that no question hands out: of each item's last turn."""
    return {item.turns[-1].reference for item in items}


def _line(
    name: str, task: str, turns: list[tuple[str, str, float]], portrait: str, voice: str | None
) -> dict[str, Any]:
    told = [
        {
            "initiator": asked,
            "reference": answered,
            "initiator_speech_end_s": end,
            "reference_start_s": end,
            "text": "It is quite near, about ten minutes on foot.",
        }
        for asked, answered, end in turns
    ]
    return {"item_id": name, "task": task, "turns": told, "portrait": portrait, "voice": voice, "source_video": name}


def _length(path: Path) -> float:
    info = Clip(path).info
    return max(track.duration_s for track in (info.video, info.audio) if track)


def _cut(frames: NDArray[Any], sound: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    return frames[:3], sound[: round(0.4 * 44100)]


def _remake(
    source: Path, to: Path, change: Callable[[NDArray[Any], NDArray[Any]], tuple[NDArray[Any], NDArray[Any]]], *,
    fps: int = 25, rate: int = 16000, size: tuple[int, int] | None = None,
) -> None:  # fmt: skip
    clip = Clip(source)
    video = clip.info.video
    assert video is not None
    width, height = size or (video.width, video.height)
    wanted = Presentation(width=width, height=height, fps=Fraction(fps), fit="crop")
    frames, sound = change(np.stack([frame.image for _, frame in clip.frames([wanted])]), clip.audio(rate))
    channels = "stereo" if size else "mono"
    with av.open(str(to), "w") as out:
        track = out.add_stream("libx264", rate=fps, options={"threads": "1"})
        track.width, track.height, track.pix_fmt = width, height, "yuv420p"
        voice = out.add_stream("aac", rate=rate, layout=channels)
        for image in frames:
            out.mux(track.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        out.mux(track.encode(None))
        for block in _blocks(sound, rate, channels):
            out.mux(voice.encode(block))
        out.mux(voice.encode(None))


def _blocks(sound: NDArray[Any], rate: int, layout: str) -> Iterator[av.AudioFrame]:
    wide = np.stack([sound] * (2 if layout == "stereo" else 1)).astype(np.float32)
    for at in range(0, wide.shape[1], 1024):
        block = av.AudioFrame.from_ndarray(np.ascontiguousarray(wide[:, at : at + 1024]), format="fltp", layout=layout)
        block.sample_rate, block.pts, block.time_base = rate, at, Fraction(1, rate)
        yield block
