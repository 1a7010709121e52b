"""Speech by flite, with the time of every phone."""

from __future__ import annotations

import re
import subprocess
import tempfile
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from people import Voice
from scipy.signal import resample_poly

RATE = 16000
SPEECH_RMS = 10 ** (-22 / 20)
"""Root mean square of the louder half of the 10 ms blocks of a turn, full scale 1."""

Samples = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Phone:
    """One phone of the CMU set (`pau` is silence) and when it sounds, in seconds."""

    name: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Speech:
    """A turn as sound at 16 kHz, from its first phone's start to its last one's end, and its phones."""

    sound: Samples
    phones: tuple[Phone, ...]

    @property
    def duration_s(self) -> float:
        """From onset to end of speech."""
        return len(self.sound) / RATE


def _phrase(text: str, voice: Voice) -> Speech:
    """One phrase without the silence that flite puts around it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "speech.wav"
        command = ["flite", "-voice", voice.base, "-psdur"]
        command += ["--setf", f"duration_stretch={voice.tempo}", "--setf", f"int_f0_target_mean={voice.pitch}"]
        printed = subprocess.run([*command, "-t", text, "-o", str(file)], check=True, capture_output=True, text=True)
        with wave.open(str(file)) as stream:
            if stream.getframerate() != RATE:
                raise ValueError(f"flite's voice {voice.base} speaks at {stream.getframerate()} Hz, not {RATE}")
            sound = np.frombuffer(stream.readframes(stream.getnframes()), "<i2").astype(np.float64) / 32768
    phones, before = [], 0.0
    for name, end in re.findall(r"(\S+):([\d.]+)", printed.stdout):
        phones.append(Phone(name, before / voice.size, float(end) / voice.size))
        before = float(end)
    if voice.size != 1:
        sound = resample_poly(sound, 100, round(100 * voice.size))
    spoken = [p for p in phones if p.name != "pau"]
    first, last = _audible(sound, spoken[0].start_s, spoken[-1].end_s)
    sound = sound[round(first * RATE) : round(last * RATE)].copy()
    ramp = np.linspace(0, 1, 80)
    sound[:80] *= ramp
    sound[-80:] *= ramp[::-1]
    inner = [p for p in phones if p.end_s > first and p.start_s < last]
    return Speech(sound, tuple(Phone(p.name, max(p.start_s, first) - first, min(p.end_s, last) - first) for p in inner))


def _audible(sound: Samples, first: float, last: float) -> tuple[float, float]:
    """The part of a phrase that can be heard: within 40 dB of its loudest 10 ms, near the first and last phone."""
    hop = RATE // 100
    power = (sound[: len(sound) // hop * hop].reshape(-1, hop) ** 2).mean(axis=1)
    loud = np.flatnonzero(power > power.max() * 1e-4) / 100
    inside = loud[(loud > first - 0.03) & (loud < last + 0.03)]
    return float(inside[0]), float(inside[-1]) + 0.01


def speak(text: str, voice: Voice) -> Speech:
    """Say a text, with `|0.4|` for a pause of 0.4 s."""
    parts = re.split(r"\|([\d.]+)\|", text)
    sounds: list[Samples] = []
    phones: list[Phone] = []
    at = 0.0
    for phrase, pause in zip(parts[::2], [*parts[1::2], "0"], strict=True):
        said = _phrase(phrase.strip(), voice)
        phones += [Phone(p.name, p.start_s + at, p.end_s + at) for p in said.phones]
        sounds += [said.sound, np.zeros(round(float(pause) * RATE))]
        at += said.duration_s
        if float(pause):
            phones.append(Phone("pau", at, at + float(pause)))
        at += float(pause)
    sound = np.concatenate(sounds)
    power = (sound[: len(sound) // 160 * 160].reshape(-1, 160) ** 2).mean(axis=1)
    loud = np.sqrt(power[power >= np.median(power)].mean())
    return Speech(sound * SPEECH_RMS / loud, tuple(phones))


def place(speech: Speech | None, at_s: float, duration_s: float, seed: int, *, room_db: float = -68) -> Samples:
    """A clip's sound: quiet room noise with the speech laid in at `at_s`."""
    n = round(duration_s * RATE)
    sound = np.random.default_rng(seed).standard_normal(n) * 10 ** (room_db / 20)
    if speech is not None:
        start = round(at_s * RATE)
        sound[start : start + len(speech.sound)] += speech.sound
    return sound


def to_pcm(sound: Samples) -> NDArray[np.int16]:
    """16 bit, clipped at full scale."""
    return np.clip(np.round(sound * 32767), -32768, 32767).astype(np.int16)
