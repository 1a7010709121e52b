"""The film strip: eight small pictures, evenly spaced, of real clips of any rate and shape."""

from fractions import Fraction

import cv2
import numpy as np
import pytest
from helpers.score import features, sample

from vidchatbench.errors import MediaError
from vidchatbench.media import AudioInfo, Clip, MediaInfo, VideoInfo
from vidchatbench.report.strip import Strip, pictures


def info(width=1920, height=1080, duration_s=8.0):
    video = VideoInfo(width=width, height=height, fps=Fraction(25), duration_s=duration_s, codec="h264", rotation=0)
    return {"clip": MediaInfo(video=video, audio=None)}


def test_odd_ticks_are_the_middles_of_eight_equal_parts():
    wanted = Strip().presentations(info(duration_s=8.0))["clip"]
    assert [float((2 * k + 1) / wanted.fps) for k in range(8)] == [k + 0.5 for k in range(8)]


@pytest.mark.parametrize(
    ("width", "height", "expected"), [(1920, 1080, 171), (1080, 1920, 54), (4000, 100, 384), (2, 4000, 1)]
)
def test_keeps_the_shape_up_to_a_limit(width, height, expected):
    wanted = Strip().presentations(info(width, height))["clip"]
    assert (wanted.width, wanted.height) == (expected, 96)


def test_sound_alone_is_refused():
    only_sound = MediaInfo(video=None, audio=AudioInfo(rate=16000, channels=1, duration_s=1.0, codec="aac"))
    with pytest.raises(MediaError) as caught:
        Strip().presentations({"clip": only_sound})
    assert caught.value.code == "no_video"


@pytest.mark.parametrize("name", ["generated/dialogue/pretrain/case1/responder.mp4", "branch/dialogue/case1/2.mp4"])
def test_real_clips_give_eight_different_pictures(clips, name):
    clip = Clip(clips / name)
    found = pictures(features({"strip": Strip().on("response")}, {"response": clip}, sample().turn)["strip"])
    images = [cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) for data in found]
    assert len(images) == 8
    assert {image.shape for image in images} == {images[0].shape}
    assert images[0].shape[0] == 96
    assert len(set(found)) == 8
    assert sum(map(len, found)) < 60_000


def test_colours_are_those_of_the_frame():
    running = Strip().start(None)
    from vidchatbench.media import Frame

    running.update("clip", Frame(1, 0.5, np.full((96, 96, 3), (200, 30, 30), np.uint8), False))
    (data,) = pictures(running.result())
    blue, green, red = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[48, 48]
    assert red > 190 and green < 45 and blue < 45
