"""The voice sample, always one second after the question's clip ends, as a pipeline with a fixed delay. A control.

vidchatbench generate vcb_constant_latency.py --testset mini -M latency=1.0
"""

import numpy as np
import pytest

import vidchatbench as vcb

FPS, RATE, SECONDS = 25, 16000, 3.0


@pytest.fixture(scope="session")
def latency(vcb_args):
    return float(vcb_args.get("latency", "1.0"))


@vcb.responder(id="vidchatbench/constant-latency", needs={"portrait", "voice"}, license="apache-2.0", training_data=[],
               deterministic=True)  # fmt: skip
def respond(latency, item: vcb.Item) -> vcb.Response:
    listening = item.task == "listening"
    seconds = item.duration_s if listening else SECONDS
    sound = np.zeros(round(seconds * RATE), np.float32)
    if item.voice is not None and not listening:
        wave = item.voice.wave(RATE)
        loud = np.abs(wave) > 0.05 * np.abs(wave).max()
        said = wave[int(np.argmax(loud)) :][: len(sound)]  # begins with the first sound
        sound[: len(said)] = said
    portrait = item.portrait.image()
    columns = np.arange(portrait.shape[1])
    shifts = (round(4 * np.sin(k / 10)) for k in range(round(seconds * FPS)))
    frames = (portrait[:, np.clip(columns + shift, 0, columns[-1])] for shift in shifts)
    return vcb.Response(
        frames=frames, fps=FPS, audio=sound, sample_rate=RATE, start_s=0.0 if listening else item.duration_s + latency
    )
