"""One clip of a release, with the values that the mapping found: times in seconds, boxes in shares of the picture."""

from __future__ import annotations

from dataclasses import dataclass

from vidchatbench.release.draft import Draft
from vidchatbench.release.mapping import Mapping
from vidchatbench.release.values import Fault

LONGEST_S = 24 * 3600.0
"""No source video is longer; a later time has another unit than the mapping says."""
OVERHANG = 0.01
"""How far a box may stand out of the picture before it is a fault; rounding is cut off."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedClip:
    """A stretch of a source video in which one person is seen."""

    name: str
    video: str
    speaker: str | None
    """Id of the person in the whole release; None where it is not known."""
    start_s: float
    end_s: float
    box: Box | None
    """Left, top, right, bottom as shares of width and height; None for the whole picture."""
    talking: bool | None
    sft: bool | None
    """Whether it is in the list of the high-quality tier; None where there is no such list."""
    text: str
    caption: str
    framing: str
    topic: str
    pair: str | None
    """Id of the pair that the release itself makes of it and another clip; None where it makes none."""
    numbers: dict[str, float]
    """Scores by quantity, with `duration`."""

    @property
    def order(self) -> tuple[float, float, str]:
        """Where it stands among the clips of its video."""
        return (self.start_s, self.end_s, self.name)


SCORES = (
    "dover",
    "clarity",
    "sync_confidence",
    "face_sharpness",
    "hand_sharpness",
    "motion",
    "text_confidence",
    "no_speech",
    "compression",
)


def released_clip(name: str, draft: Draft, mapping: Mapping, sft: bool | None) -> ReleasedClip:
    """Put the values of one clip together.

    Raises:
        Fault: Where they do not make a clip, in words for the report.
    """
    if draft.video is None:
        raise Fault("video: is not there")
    start = _seconds("start", draft, mapping)
    told = draft.end is not None
    end = _seconds("end", draft, mapping) if told else start + _seconds("duration", draft, mapping)
    start, end = round(start, 3), round(end, 3)
    if end <= start:
        raise Fault("time span: ends before it begins")
    if end > LONGEST_S:
        raise Fault("time span: ends after more than 24 hours")
    speaker = draft.speaker
    if speaker is not None and mapping.quantity["speaker"].per_video:
        speaker = f"{draft.video}/{speaker}"
    scores = {score: getattr(draft, score) for score in SCORES}
    return ReleasedClip(
        name=name,
        video=draft.video,
        speaker=speaker,
        start_s=start,
        end_s=end,
        box=_box(draft, mapping),
        talking=draft.talking,
        sft=sft,
        text=draft.text or "",
        caption=draft.caption or "",
        framing=draft.framing or "",
        topic=draft.topic or "",
        pair=draft.pair,
        numbers={score: value for score, value in scores.items() if value is not None}
        | {"duration": round(end - start, 3)},
    )


def _seconds(name: str, draft: Draft, mapping: Mapping) -> float:
    value = getattr(draft, name)
    if value is None:
        raise Fault(f"{name}: is not there")
    unit = mapping.quantity[name].unit
    if unit == "frames":
        fps = draft.fps or mapping.quantity["fps"].default
        if not fps:
            raise Fault("fps: is not there")
        return float(value / fps)
    return float(value / 1000 if unit == "ms" else value)


def _box(draft: Draft, mapping: Mapping) -> Box | None:
    if draft.box is None:
        return None
    where = mapping.quantity["box"]
    left, top, right, bottom = draft.box
    if where.form == "xywh":
        right, bottom = left + right, top + bottom
    if where.unit == "px":
        if not draft.width or not draft.height:
            raise Fault("width or height: is not there, and the box is in pixels")
        left, right = left / draft.width, right / draft.width
        top, bottom = top / draft.height, bottom / draft.height
    if not (left < right and top < bottom):
        raise Fault("box: is empty or inside out")
    if min(left, top) < -OVERHANG or max(right, bottom) > 1 + OVERHANG:
        raise Fault("box: stands out of the picture")
    inside = [round(min(max(edge, 0.0), 1.0), 6) for edge in (left, top, right, bottom)]
    return (inside[0], inside[1], inside[2], inside[3])
