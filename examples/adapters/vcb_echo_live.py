"""Says what it hears while it hears it, as a streaming adapter. Every piece of the question comes back at once.

vidchatbench generate vcb_echo_live.py --testset mini
"""

from collections.abc import Iterator

import vidchatbench as vcb


@vcb.responder(id="vidchatbench/echo-live", revision="1", license="Apache-2.0", training_data=[], deterministic=True,
               needs={"video", "audio"}, tasks={"dialogue", "multi_turn", "listening"}, mode="streaming")  # fmt: skip
def live(item: vcb.LiveItem) -> Iterator[vcb.AudioChunk | vcb.VideoChunk]:
    stream = item.stream(sample_rate=16000, fps=25, size=(256, 256))
    before = 0.0
    for tick in stream:  # waits until tick.t; what comes later is not there yet
        yield vcb.AudioChunk(tick.audio, stream.sample_rate, pts=before)
        if len(tick.frames):
            yield vcb.VideoChunk(tick.frames, stream.fps, pts=before)
        before = tick.t
