# vcb_mymodel.py
import vidchatbench as vcb


@vcb.responder(id="me/mymodel", revision="1", license="MIT", training_data=[], deterministic=True)
def respond(item: vcb.Item) -> vcb.Response:
    frames = item.video.frames(fps=25)  # your model goes here: this one plays the question back
    sound = item.audio.wave(16000)
    return vcb.Response(frames=frames, fps=25, audio=sound, sample_rate=16000)
