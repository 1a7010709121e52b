"""Conversations of synthetic speech on a timeline, with edges that are known exactly."""

from __future__ import annotations

import io
import shutil
import subprocess
import wave
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import resample_poly

RATE = 16000
PHRASES = (
    "yes",
    "no",
    "yeah",
    "mm",
    "right",
    "okay",
    "stop",
    "well",
    "thanks",
    "I think so",
    "of course",
    "that sounds good to me",
    "where did you find it",
    "she left for the office this morning",
    "we could meet again next week",
)
VOICES = ("flite:slt", "flite:rms", "flite:awb", "espeak:en-us", "espeak:en-gb+f3", "espeak:en-us+m5")


@cache
def say(voice: str, text: str) -> np.ndarray:
    """`text` as speech at 16 kHz, peak 0.5, cut where a 2 ms frame's level is 40 dB below the loudest frame's."""
    program, name = voice.split(":")
    if program == "flite":
        command = ["flite", "-voice", name, "-t", text, "-o", "/dev/stdout"]
        if shutil.which("flite") is None:
            pytest.skip("needs the program flite")
    else:
        command = ["espeak-ng", "-v", name, "--stdout", text]
        if shutil.which("espeak-ng") is None:
            pytest.skip("needs the program espeak-ng")
    data = subprocess.run(command, check=True, capture_output=True).stdout
    with wave.open(io.BytesIO(data)) as w:
        rate = w.getframerate()
        sound = np.frombuffer(w.readframes(w.getnframes()), "<i2") / 32768
    if rate != RATE:
        common = np.gcd(rate, RATE)
        sound = resample_poly(sound, RATE // common, rate // common)
    frames = sound[: len(sound) // 32 * 32].reshape(-1, 32)
    level = np.sqrt((frames**2).mean(axis=1))
    loud = np.flatnonzero(level > level.max() * 10 ** (-40 / 20))
    cut = sound[loud[0] * 32 : (loud[-1] + 1) * 32]
    return (cut * 0.5 / np.abs(cut).max()).astype(np.float32)


@dataclass(frozen=True)
class Conversation:
    """Sound at 16 kHz and the true start and end (k, 2) of each utterance, in seconds."""

    samples: np.ndarray
    events: np.ndarray


def conversation(utterances: list[tuple[str, str, float]], *, lead_s: float = 0.5, tail_s: float = 0.5) -> Conversation:
    """Utterances (voice, text, silence before it in s) one after the other, in digital silence."""
    parts = [np.zeros(round(lead_s * RATE), np.float32)]
    at = len(parts[0])
    events = []
    for index, (voice, text, gap_s) in enumerate(utterances):
        sound = say(voice, text)
        gap = np.zeros(round(gap_s * RATE) if index else 0, np.float32)
        parts += [gap, sound]
        at += len(gap) + len(sound)
        events.append(((at - len(sound)) / RATE, at / RATE))
    parts.append(np.zeros(round(tail_s * RATE), np.float32))
    return Conversation(np.concatenate(parts), np.array(events, np.float64).reshape(-1, 2))


def write_wav(path: Path, samples: np.ndarray, rate: int = RATE) -> Path:
    """Sound (n,) or (n, channels), full scale 1, as a 16-bit WAV file."""
    data = np.round(np.clip(samples, -1, 1) * 32767).astype("<i2")
    with wave.open(str(path), "wb") as w:
        w.setnchannels(1 if data.ndim == 1 else data.shape[1])
        w.setsampwidth(2)
        w.setframerate(rate)
        w.writeframes(data.tobytes())
    return path
