"""The questions of `check-adapter`: plain ones, one that is odd in every way a clip can be, and one with two ends."""

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
from vidchatbench.testset import TestSet, load_testset
from vidchatbench.types import Item

ODD = "ødd 検"
"""An item id as a test set may have it: 0.4 s, 8 fps, 90 x 70, stereo at 44.1 kHz, and no voice sample."""

FPS, RATE = 25, 16000
_CAUSAL: dict[str, Any] = {"coding": {"qp": "16", "g": "1", "bf": "0"}, "sound_codec": "flac"}
"""Every frame for itself, and lossless sound: what stands in a clip until some time does not depend on what follows."""


def write_check_set(root: Path, task: str) -> Path:
    """A test set of its own, made from `mini`'s clips, in which every item asks for the same face.

    `base` is a plain question. `other` asks something else. `blank` is `base` with a black picture, `mute` without
    its sound. Where the task has several turns, `talk` has two.
    """
    mini, about = load_testset("mini"), TASKS[task]
    base, other = _plain(mini, task)
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
        "base": variant("base", lambda frames, sound: (frames, sound), **_CAUSAL),
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
    _write(root, task, mini.info.protocol, lines)
    return root


def write_fork(root: Path, whole: Path, task: str) -> float:
    """A test set with `base` alone, which ends as `other` does; the time in seconds until which it is the same.

    Everything else of the item is the same too, its name above all, from which its random state comes.

    Args:
        root: A new folder.
        whole: The check set of the same task.
        task: The task.
    """
    shutil.copytree(whole / "media", root / "media")
    lines = [json.loads(line) for line in (whole / "items.jsonl").read_text(encoding="utf-8").splitlines()]
    base, other = (next(line for line in lines if line["item_id"] == name) for name in ("base", "other"))
    clips = [Clip(whole / line["turns"][0]["initiator"]) for line in (base, other)]
    split_s = round(min(clip.info.video.duration_s for clip in clips if clip.info.video) / 2 * FPS) / FPS

    def change(frames: NDArray[Any], sound: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        n, samples = round(split_s * FPS), round(split_s * RATE)
        wanted = Presentation(width=frames.shape[2], height=frames.shape[1], fps=Fraction(FPS), fit="crop")
        theirs = np.stack([frame.image for _, frame in clips[1].frames([wanted])])
        return np.concatenate([frames[:n], theirs[n:]]), np.concatenate(
            [sound[:samples], clips[1].audio(RATE)[samples:]]
        )

    # From what `base` was made from, so that both beginnings are coded from the same pictures, and once.
    mini = load_testset("mini")
    _remake(mini.file(_plain(mini, task)[0].turns[0].initiator), root / "media/base.mp4", change, **_CAUSAL)
    base["turns"][0]["initiator_speech_end_s"] = _length(root / "media/base.mp4")
    _write(root, task, mini.info.protocol, [base])
    return split_s


def _plain(mini: TestSet, task: str) -> list[Item]:
    return [item for item in mini.items if len(item.turns) == 1 and TASKS[item.task].speaks == TASKS[task].speaks][:2]


def _write(root: Path, task: str, protocol: str, lines: list[dict[str, Any]]) -> None:
    (root / "items.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    (root / "testset.toml").write_text(
        f'schema = "vidchatbench.testset/1"\nid = "check"\nversion = "1"\ntitle = "Questions of check-adapter"\n'
        f'tasks = ["{task}"]\nprotocol = "{protocol}"\nprofile = "bundled"\nlicence = "Apache-2.0"\n'
        f'description = "Made on the spot"\nmedia = "here"\n', encoding="utf-8",
    )  # fmt: skip


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
    fps: int = FPS, rate: int = RATE, size: tuple[int, int] | None = None, coding: dict[str, str] | None = None,
    sound_codec: str = "aac",
) -> None:  # fmt: skip
    clip = Clip(source)
    video = clip.info.video
    assert video is not None
    width, height = size or (video.width, video.height)
    wanted = Presentation(width=width, height=height, fps=Fraction(fps), fit="crop")
    frames, sound = change(np.stack([frame.image for _, frame in clip.frames([wanted])]), clip.audio(rate))
    channels = "stereo" if size else "mono"
    with av.open(str(to), "w") as out:
        track = out.add_stream("libx264", rate=fps, options={"threads": "1", **(coding or {})})
        track.width, track.height, track.pix_fmt = width, height, "yuv420p"
        voice: Any = out.add_stream(sound_codec, rate=rate, layout=channels)
        for image in frames:
            out.mux(track.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        out.mux(track.encode(None))
        for block in _blocks(sound, rate, channels, flac=sound_codec == "flac"):
            out.mux(voice.encode(block))
        out.mux(voice.encode(None))


def _blocks(sound: NDArray[Any], rate: int, layout: str, *, flac: bool) -> Iterator[av.AudioFrame]:
    wide = np.stack([sound] * (2 if layout == "stereo" else 1)).astype(np.float32)
    if flac:
        wide = np.round(wide.clip(-1, 1) * 32767).astype(np.int16)
    for at in range(0, wide.shape[1], 1024):
        piece = np.ascontiguousarray(wide[:, at : at + 1024])
        block = av.AudioFrame.from_ndarray(piece, format="s16" if flac else "fltp", layout=layout)
        block.sample_rate, block.pts, block.time_base = rate, at, Fraction(1, rate)
        yield block
