"""How alike names are, and what values look like: what there is to go by where a mapping does not fit."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from pathlib import Path
from statistics import median

from vidchatbench.release.mapping import KINDS
from vidchatbench.release.sample import Seen

ALIKE = 0.7
"""Names less alike than this say nothing."""
WORDS = {
    "video": "video video_id youtube_id yt_id video_name source",
    "speaker": "speaker speaker_id spk person identity",
    "start": "start start_seconds start_time begin from onset",
    "end": "end end_seconds end_time stop to offset",
    "duration": "duration length dur",
    "box": "bbox box bounding_box xyxy crop",
    "width": "width raw_video_width w",
    "height": "height raw_video_height h",
    "fps": "fps frame_rate",
    "talking": "is_talking talking speaking is_speaking active",
    "text": "text transcript transcription sentence words",
    "text_confidence": "confidence conf avg_logprob asr_confidence",
    "no_speech": "no_speech_prob no_speech",
    "compression": "compression_ratio compression",
    "dover": "dover dover_score quality",
    "clarity": "clear clarity",
    "sync_confidence": "sync_confidence sync_conf lse_c",
    "face_sharpness": "face_score face face_blur face_clarity face_sharpness",
    "hand_sharpness": "hand_score hand hand_blur hand_clarity hand_sharpness",
    "motion": "motion motion_score movement",
    "caption": "caption description summary",
    "framing": "body_view framing shot view body",
    "topic": "topic category",
    "pair": "pair pair_id dialogue_id",
}


def may_be(name: str, seen: Seen) -> bool:
    """Whether the type of the samples is one that the quantity can have."""
    kind = KINDS[name]
    if kind == "box":
        return seen.type == "4 numbers"
    if kind == "flag":
        return seen.type == "flag" or (seen.type == "number" and set(seen.numbers) <= {0.0, 1.0})
    if kind == "label":
        return seen.type == "text" or (name == "speaker" and seen.type == "number" and
                                       all(one.is_integer() for one in seen.numbers))  # fmt: skip
    if kind == "text":
        return seen.type in ("text", "texts")
    return seen.type == "number" or (kind == "number" and seen.type.endswith("numbers") and seen.type != "4 numbers")


def looks_like(name: str, seen: Seen) -> bool:
    """Whether the samples alone, whatever their name, could be this quantity."""
    texts, numbers = seen.texts, seen.numbers
    words = [len(text.split()) for text in texts]
    if KINDS[name] in ("box", "flag"):
        return True
    if name == "text":
        return bool(texts) and median(words) >= 4 and len(set(texts)) > 0.9 * len(texts)
    if name in ("speaker", "video"):
        return bool(texts) and max(words) == 1 and 1 < len(set(texts)) < 0.8 * len(texts)
    if name in ("width", "height"):
        return bool(numbers) and min(numbers) >= 100 and max(numbers) <= 8192 and len(set(numbers)) < 20
    if name == "fps":
        return bool(numbers) and min(numbers) >= 10 and max(numbers) <= 120 and len(set(numbers)) < 10
    if name in ("dover", "face_sharpness", "hand_sharpness"):
        return bool(numbers) and min(numbers) >= 0 and max(numbers) <= 1 and len(set(numbers)) > 0.5 * len(numbers)
    return False


def box_form(seen: Seen) -> tuple[str, str]:
    """Form and unit of boxes, by their values."""
    corners = all(box[2] > box[0] and box[3] > box[1] for box in seen.lists)
    largest = max((max(box) for box in seen.lists), default=0)
    return ("xyxy" if corners else "xywh"), ("share" if largest <= 1.01 else "px")


def like_step(at: Sequence[str | int], words: str) -> float:
    """How alike the best step of a path is to one of some words, from 0 to 1."""
    return max((like(str(step), words.split()) for step in at), default=0.0)


def like(name: str, others: Sequence[str]) -> float:
    """How alike two names are, from 0 to 1; 0.9 where one is a part of the other."""
    stem, *stems = (Path(one.lower()).name.split(".")[0] for one in (name, *others))
    part = max((0.9 for one in stems if min(len(one), len(stem)) > 3 and (one in stem or stem in one)), default=0.0)
    return max([part, *(SequenceMatcher(None, stem, one).ratio() for one in stems)])
