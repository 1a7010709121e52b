"""The portrait stands still while the voice sample is played: the right face and voice, and no life. A control."""

import numpy as np

import vidchatbench as vcb

FPS, RATE, SECONDS = 25, 16000, 3.0


@vcb.responder(id="vidchatbench/frozen-portrait", needs={"portrait", "voice"}, license="apache-2.0", training_data=[],
               deterministic=True)  # fmt: skip
def respond(item: vcb.Item) -> vcb.Response:
    seconds = item.duration_s if item.task == "listening" else SECONDS
    sound = np.zeros(round(seconds * RATE), np.float32)
    if item.voice is not None and item.task != "listening":
        said = item.voice.wave(RATE)[: len(sound)]
        sound[: len(said)] = said
    frames = [item.portrait.image()] * round(seconds * FPS)
    return vcb.Response(frames=frames, fps=FPS, audio=sound, sample_rate=RATE)
