"""Clips made for the purpose by the ffmpeg program, and what ffprobe says of a file."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

FLASH = "color=black:s=160x120:r={rate}:d={length},drawbox=c=white:t=fill:enable='between(n,{rate},{rate}*1.2)'"
BURST = "aevalsrc='if(between(t,1,1.2),0.5*sin(2*PI*1000*t),0)':s=48000:d={length}"

Maker = Callable[..., Path]


def run(*arguments: str) -> bytes:
    done = subprocess.run(arguments, capture_output=True, check=False)
    if done.returncode:
        message = done.stderr.decode(errors="replace")
        if "Unknown encoder" in message or "Error selecting an encoder" in message:
            pytest.skip(f"this ffmpeg lacks an encoder: {message.splitlines()[0]}")
        raise RuntimeError(message)
    return done.stdout


@pytest.fixture(scope="session")
def ffmpeg() -> Callable[..., bytes]:
    """Runs the ffmpeg program."""
    if not (shutil.which("ffmpeg") and shutil.which("ffprobe")):
        pytest.skip("needs the programs ffmpeg and ffprobe to make and judge clips")
    return lambda *arguments: run("ffmpeg", "-nostdin", "-y", "-v", "error", *map(str, arguments))


@pytest.fixture(scope="session")
def ffprobe(ffmpeg: object) -> Callable[..., dict]:
    """What ffprobe says, as JSON."""
    return lambda path, *arguments: json.loads(
        run("ffprobe", "-v", "error", "-of", "json", *map(str, arguments), str(path))
    )


@pytest.fixture(scope="session")
def pcm(ffmpeg: Callable[..., bytes]) -> Callable[..., np.ndarray]:
    """The sound as the ffmpeg program decodes it: samples x channels."""

    def decode(path: Path, channels: int, *arguments: str) -> np.ndarray:
        raw = ffmpeg("-i", path, "-map", "0:a:0", "-f", "f32le", "-c:a", "pcm_f32le", *arguments, "-")
        return np.frombuffer(raw, np.float32).reshape(-1, channels)

    return decode


@pytest.fixture(scope="session")
def flash(ffmpeg: Callable[..., bytes], tmp_path_factory: pytest.TempPathFactory) -> Maker:
    """A clip in which a white flash and a 1 kHz burst begin together, one second in."""
    folder = tmp_path_factory.mktemp("flash")

    def make(name: str, *codec: str, rate: int = 25, length: float = 2) -> Path:
        path = folder / name
        if not path.exists():
            source = ("-f", "lavfi", "-i", FLASH.format(rate=rate, length=length))
            ffmpeg(*source, "-f", "lavfi", "-i", BURST.format(length=length), *codec, path)
        return path

    return make


@pytest.fixture(scope="session")
def remux(ffmpeg: Callable[..., bytes], tmp_path_factory: pytest.TempPathFactory) -> Maker:
    """A file copied packet by packet into another container."""
    folder = tmp_path_factory.mktemp("remux")

    def make(name: str, *arguments: object) -> Path:
        ffmpeg(*arguments, "-c", "copy", folder / name)
        return folder / name

    return make
