"""The portrait drifts across the picture for three seconds and nobody says anything. A control."""

import numpy as np

import vidchatbench as vcb

FPS, RATE, SECONDS = 25, 16000, 3.0


@vcb.responder(id="vidchatbench/silence", needs={"portrait"}, license="apache-2.0", training_data=[],
               deterministic=True)  # fmt: skip
def respond(item: vcb.Item) -> vcb.Response:
    seconds = item.duration_s if item.task == "listening" else SECONDS
    portrait = item.portrait.image()
    columns = np.arange(portrait.shape[1])
    shifts = (round(4 * np.sin(k / 10)) for k in range(round(seconds * FPS)))
    frames = (portrait[:, np.clip(columns + shift, 0, columns[-1])] for shift in shifts)
    return vcb.Response(frames=frames, fps=FPS, audio=np.zeros(round(seconds * RATE), np.float32), sample_rate=RATE)
