"""The takes of a turn: the test set's own two clips, and the three example systems' answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from zlib import crc32

import cv2
import numpy as np
from face import Pose, Shot, draw
from film import Picture
from motion import FPS, Style, perform
from people import Person, Voice
from script import Line, Scene
from speech import RATE, SPEECH_RMS, Phone, Samples, Speech, place, speak, to_pcm


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """A clip before it is drawn. Times in seconds; `start_s` is on the turn's timeline."""

    person: Person
    shot: Shot
    sound: Samples
    phones: tuple[Phone, ...]
    onset_s: float
    """When speech begins inside the clip."""
    end_s: float
    """When speech ends inside the clip."""
    start_s: float
    seed: int
    style: Style = field(default_factory=Style)
    look: str = "clean"
    """`clean`, `poor` (blur and noise) or `frozen` (the portrait)."""

    @property
    def duration_s(self) -> float:
        """A whole number of frames."""
        return len(self.sound) / RATE

    def pcm(self) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
        """The sound as it is encoded."""
        return to_pcm(self.sound)

    def pictures(self) -> Iterator[Picture]:
        """The frames as they are encoded."""
        if self.look == "frozen":
            picture = draw(self.person, Pose(smile=0.3), self.shot)
            yield from (picture for _ in range(round(self.duration_s * FPS)))
            return
        for i, pose in enumerate(perform(self.sound, self.phones, self.onset_s, self.seed, self.style)):
            picture = draw(self.person, pose, self.shot, i)
            yield _spoil(picture, self.seed + i) if self.look == "poor" else picture


def _spoil(picture: Picture, seed: int) -> Picture:
    """Blur and noise; OpenCV's blur of 8 bit pictures is exact on every machine."""
    blurred = cv2.GaussianBlur(picture, (0, 0), 1.8).astype(np.int16)
    rows, columns = picture.shape[0] // 2, picture.shape[1] // 2
    # Grains of 2 x 2 pixels: finer noise would be smoothed away by the encoder.
    noise = np.random.default_rng(seed).integers(-32, 33, (rows, columns), dtype=np.int16).repeat(2, 0).repeat(2, 1)
    return np.asarray(np.clip(blurred + noise[..., None], 0, 255), np.uint8)


def seed_of(name: str) -> int:
    """The seed of a clip, from its name."""
    return crc32(name.encode())


def portrait_shot(framing: str) -> Shot:
    """The camera of the portraits, and of the clips but for a small shift."""
    if framing == "head":
        return Shot(size=256, scale=62, centre=(128, 122))
    return Shot(size=320, scale=62, centre=(160, 134))


def _shot(scene: Scene, role: str, name: str, light: float = 0.0, warmth: float = 0.0) -> Shot:
    """All takes of a scene share the camera, as a system that is given the portrait would; light and grain differ."""
    rng = np.random.default_rng(seed_of(f"{scene.id}.{role}"))
    base = portrait_shot(scene.framing)
    shift = rng.uniform(-3, 3, 2)
    return replace(
        base,
        centre=(base.centre[0] + shift[0], base.centre[1] + shift[1]),
        scale=base.scale * rng.uniform(0.98, 1.02),
        light=light,
        warmth=warmth,
        grain_seed=seed_of(name),
    )


def _frames_long(seconds: float) -> float:
    return float(np.ceil(seconds * FPS - 1e-9) / FPS)


def _edges(seed: int) -> tuple[float, float]:
    """The little silence before and after the speech of a clip."""
    before, after = np.random.default_rng(seed + 1).uniform((0.12, 0.28), (0.30, 0.48))
    return round(float(before), 2), float(after)


def _spoken(person: Person, shot: Shot, said: Speech, name: str, onset_on_timeline: float | None, style: Style) -> Take:
    seed = seed_of(name)
    before, after = _edges(seed)
    length = _frames_long(before + said.duration_s + after)
    return Take(
        person=person, shot=shot, sound=place(said, before, length, seed), phones=said.phones, onset_s=before,
        end_s=before + said.duration_s, start_s=0.0 if onset_on_timeline is None else onset_on_timeline - before,
        seed=seed, style=style,
    )  # fmt: skip


def initiator(scene: Scene, turn: int) -> Take:
    """The question."""
    name = f"{scene.stem(turn)}.initiator"
    said = speak(scene.turn[turn].ask, scene.asker.voice)
    return _spoken(scene.asker, _shot(scene, "initiator", name), said, name, None, Style())


def _listening(scene: Scene, line: Line, name: str, length: float, voice: Voice, later_s: float, shot: Shot) -> Take:
    """A silent listener who nods, and may say "uh huh" once."""
    seed = seed_of(name)
    said = speak(line.backchannel, voice) if line.backchannel else None
    at = line.backchannel_s + later_s
    quiet = replace(said, sound=said.sound * 0.5) if said else None
    nods = tuple(n + later_s for n in scene.nods_s)
    return Take(
        person=scene.answerer, shot=shot, sound=place(quiet, at, length, seed), phones=said.phones if said else (),
        onset_s=at, end_s=at + (said.duration_s if said else 0.0), start_s=0.0, seed=seed,
        style=Style(nods_s=nods, smile=0.35),
    )  # fmt: skip


def reference(scene: Scene, turn: int) -> Take:
    """The real answer."""
    name, line, question = f"{scene.stem(turn)}.responder", scene.turn[turn], initiator(scene, turn)
    shot = _shot(scene, "responder", name)
    if scene.listening:
        return _listening(scene, line, name, question.duration_s, scene.answerer.voice, 0, shot)
    said = speak(line.reply, scene.answerer.voice)
    return _spoken(scene.answerer, shot, said, name, question.end_s + line.offset_s, Style())


def faithful(scene: Scene, turn: int) -> Take:
    """A good system: the same person in a like voice, other words, human timing, other light."""
    name, line, question = f"faithful.{scene.stem(turn)}", scene.turn[turn], initiator(scene, turn)
    shot = _shot(scene, "responder", name, 0.2, 0.3)
    own = scene.answerer.voice
    voice = replace(own, pitch=own.pitch * 1.05, tempo=own.tempo * 0.97, size=own.size * 1.03)
    if scene.listening:
        return _listening(scene, line, name, question.duration_s, voice, 0.35, shot)
    said = speak(line.faithful, voice)
    return _spoken(scene.answerer, shot, said, name, question.end_s + line.faithful_offset_s, Style(smile=0.3))


def degraded(scene: Scene, turn: int) -> Take:
    """A poor system: blur and noise, clipped noisy sound, lips 200 ms late, late and long replies full of pauses."""
    name, line, question = f"degraded.{scene.stem(turn)}", scene.turn[turn], initiator(scene, turn)
    seed = seed_of(name)
    shot = _shot(scene, "responder", name, -0.2, -0.3)
    rng = np.random.default_rng(seed)
    late, snr_db, pause = rng.uniform((1.2, 5, 1.1), (1.8, 10, 1.6))
    own = scene.answerer.voice
    if scene.listening:
        take = _listening(scene, line, name, question.duration_s, own, 0.9, shot)
    else:
        reply = re.sub(r"\|[\d.]+\|", "", line.reply)
        text = f"{line.candidates[3]} |{pause:.2f}| {reply}"
        said = speak(text, replace(own, tempo=own.tempo * 1.2))
        # Turn-based: the clip begins where the question's clip ends, so the lateness is silence inside the clip.
        before = question.end_s + late - question.duration_s
        length = _frames_long(before + said.duration_s + 0.3)
        take = Take(
            person=scene.answerer, shot=shot, sound=place(said, before, length, seed), phones=said.phones,
            onset_s=before, end_s=before + said.duration_s, start_s=question.duration_s, seed=seed,
        )  # fmt: skip
    noise = SPEECH_RMS * 10 ** (-snr_db / 20) * rng.standard_normal(len(take.sound))
    noisy = (take.sound + noise) * 10 ** (15 / 20)
    return replace(take, sound=np.clip(noisy, -1, 1), look="poor", style=replace(take.style, lips_late_s=0.2))


def degenerate(scene: Scene, turn: int) -> Take:
    """No system at all: the frozen portrait, and noise at -70 dBFS."""
    like = reference(scene, turn)
    seed = seed_of(f"degenerate.{scene.stem(turn)}")
    sound = np.random.default_rng(seed).standard_normal(len(like.sound)) * 10 ** (-70 / 20)
    start = 0.0 if scene.listening else initiator(scene, turn).duration_s
    return replace(like, shot=portrait_shot(scene.framing), sound=sound, phones=(), start_s=start, look="frozen")
