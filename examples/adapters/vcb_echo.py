"""Plays the question back: the wrong person, the wrong voice, in perfect sync. A control."""

import vidchatbench as vcb


@vcb.responder(id="vidchatbench/echo", needs={"video", "audio"}, license="apache-2.0", training_data=[],
               deterministic=True)  # fmt: skip
def respond(item: vcb.Item) -> vcb.Response:
    return vcb.Response(path=item.video.path)
