"""Nods, blinks and smiles put into a real face's picture, seen through dlib."""

import cv2
import numpy as np
import pytest
from helpers.astronaut import moved, portrait
from helpers.film import film
from helpers.listener import BLINK_S, NOD_S, SMILE_S, course
from helpers.score import features, sample

from vidchatbench_metrics.listen.events import blinks, nods, smiles
from vidchatbench_metrics.listen.signals import signals
from vidchatbench_metrics.perception.faces import Faces


def rendered(nod, closed, smile, marks):
    """The portrait with the head lowered, the lids drawn over the eyes, and the corners of the mouth pulled up."""
    image = portrait()
    y, x = np.mgrid[: image.shape[0], : image.shape[1]].astype(np.float32)
    right, down = np.zeros_like(x), np.zeros_like(y)
    for corner, side in ((marks[48], -1), (marks[54], 1)):
        near = np.exp(-(((x - corner[0]) / 14) ** 2) - ((y - corner[1]) / 14) ** 2)
        right += side * 7 * smile * near
        down -= 7 * smile * near
    image = cv2.remap(image, x - right, y - down, cv2.INTER_LINEAR)
    for eye in (marks[36:42], marks[42:48]):
        left, top = eye.min(axis=0) - np.array([3, 4])
        far, bottom = eye.max(axis=0) + np.array([3, 1])
        skin = image[int(top) - 4 : int(top) - 1, int(left) : int(far)].mean(axis=(0, 1))
        line = top + (bottom - top) * closed
        lid = (x > left) & (x < far) & (y > top) & (y < line)
        image[lid] = skin
        image[(x > left) & (x < far) & (abs(y - line) < 1) & (closed > 0.3)] = skin / 3
    return moved(image, 0, nod)


@pytest.mark.slow
def test_events_in_rendered_faces_are_counted_within_a_tenth(tmp_path):
    pytest.importorskip("dlib")

    def seen(frames):
        clip = film(tmp_path / "listens.mkv", frames)
        return features({"f": Faces().on("response")}, {"response": clip}, sample().turn)["f"]

    found = seen([portrait()] * 2)
    marks = found["landmarks"][0] * 400 / found["size"][0]
    n, at = 225, {"nods": [1, 2, 3, 7.4, 8.2], "blinks": [0.5, 1.6, 3.6, 6.8, 7.9], "smiles": [4.8]}
    eyes = np.linalg.norm(marks[45] - marks[36])
    lowered = 0.15 * eyes * course(n, at["nods"], NOD_S)
    frames = [
        rendered(*now, marks)
        for now in zip(lowered, course(n, at["blinks"], BLINK_S), course(n, at["smiles"], SMILE_S), strict=True)
    ]
    face = signals(seen(frames))
    assert [len(count(face)) for count in (nods, blinks, smiles)] == [5, 5, 1]
