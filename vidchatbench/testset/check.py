"""What is wrong with a folder of outputs, without decoding: missing, extra, unreadable, odd length, rate or sound."""

from __future__ import annotations

from dataclasses import dataclass

from vidchatbench.errors import MediaError
from vidchatbench.media import Clip
from vidchatbench.tasks import TASKS
from vidchatbench.testset.load import TestSet
from vidchatbench.testset.outputs import Outputs
from vidchatbench.types import Item, Response

MIN_FPS = 24
"""Slower video is shown with repeated frames at the 25 fps of the metrics."""
MAX_SKEW_S = 0.1
"""Greatest difference between the lengths of picture and sound that passes unmentioned."""
LENGTH_RATIO = 3.0
"""A reply this many times longer or shorter than the real one is mentioned."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the check."""

    wrong: bool
    """Whether the sample will fail; otherwise a note."""
    kind: str
    where: str
    text: str

    def __str__(self) -> str:
        """`problem  missing     d01: ...`."""
        return f"{'problem' if self.wrong else 'note':8} {self.kind:11} {self.where}: {self.text}"


def check_outputs(testset: TestSet, outputs: Outputs) -> list[Finding]:
    """All findings, in order of the samples; files that are no sample last."""
    items = {item.item_id: item for item in testset.items}
    expected = testset.keys(outputs.seeds)
    found: list[Finding] = []
    for key in expected:
        response = outputs.responses.get(key)
        if key in outputs.failed:
            why = outputs.failed[key]
            found.append(Finding(True, why.code, str(key), why.detail))
        elif response is None or not response.video.is_file():
            found.append(Finding(True, "missing", str(key), f"add {key}.mp4, or list it in manifest.jsonl"))
        else:
            found += _media(response, items[key.item_id], testset)
    for key in sorted(set(outputs.responses) - set(expected), key=lambda key: key.order):
        file = outputs.responses[key].video.name
        found.append(Finding(False, "extra", file, f"{testset.info.id} has no sample {key}; it is not scored"))
    for path in outputs.loose:
        found.append(Finding(False, "extra", str(path.relative_to(outputs.root)), "is no response; it is not scored"))
    return found


def _media(response: Response, item: Item, testset: TestSet) -> list[Finding]:
    where = response.video.name
    clip = Clip(response.video, response.audio)
    try:
        info = clip.info
    except MediaError as error:
        return [Finding(True, error.code, where, f"{error.cause}" + (f" -> {error.remedy}" if error.remedy else ""))]
    found = []
    if info.video is None:
        found.append(Finding(True, "no_video", where, "it has no video track"))
    elif info.video.fps < MIN_FPS:
        found.append(
            Finding(
                False,
                "fps",
                where,
                f"{float(info.video.fps):g} fps; below {MIN_FPS} check.fps fails, and metrics see repeated frames",
            )
        )
    if info.audio is None:
        spoken = TASKS[item.task].speaks
        found.append(Finding(spoken, "no_audio", where, "it has no audio track, nor is there a sound file beside it"))
    elif info.audio.channels > 2:
        found.append(Finding(False, "channels", where, f"{info.audio.channels} channels are mixed to one"))
    if info.video and info.audio:
        skew = info.audio.duration_s - info.video.duration_s
        if abs(skew) > MAX_SKEW_S:
            found.append(Finding(False, "length", where, f"its sound is {skew:+.2f} s longer than its picture"))
        real_s = _picture_s(testset, item.turns[response.key.turn].reference)
        if real_s is not None and not 1 / LENGTH_RATIO <= info.video.duration_s / max(real_s, 1e-3) <= LENGTH_RATIO:
            found.append(
                Finding(False, "length", where, f"{info.video.duration_s:.1f} s, the real reply has {real_s:.1f} s")
            )
    return found


def _picture_s(testset: TestSet, path: str) -> float | None:
    """How long the picture of a clip lasts; of one that is not here, how long the lock says that the clip lasts."""
    file = testset.file(path)
    locked = testset.lock.media.get(path) if testset.lock else None
    if locked is not None and not file.is_file():
        return locked.duration_s
    video = Clip(file).info.video
    return video.duration_s if video else None
