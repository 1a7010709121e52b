"""espeak-ng says one sentence to everything, and the portrait's jaw follows its loudness. A baseline.

Needs the program espeak-ng, and `pip install 'vidchatbench[bundled]'` for dlib's landmarks, which find the mouth.

    vidchatbench generate vcb_espeak_puppet.py --testset mini -M say="I see. Go on."
"""

import subprocess
import wave
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest

import vidchatbench as vcb

FPS, RATE = 25, 22050
LEAD_S, TAIL_S = 0.1, 0.3


@pytest.fixture(scope="session")
def puppeteer(vcb_args):
    import dlib

    models = Path(find_spec("face_recognition_models").origin).parent / "models"
    landmarks = dlib.shape_predictor(str(models / "shape_predictor_68_face_landmarks.dat"))
    return dlib.get_frontal_face_detector(), landmarks, vcb_args.get("say", "I see. Tell me more about that, please.")


def speech(text, folder):
    """espeak-ng's sound, float32 at 22050 Hz."""
    file = folder / "said.wav"
    subprocess.run(["espeak-ng", "-v", "en-us", "-w", str(file), text], check=True)
    with wave.open(str(file)) as sound:
        assert sound.getframerate() == RATE
        return np.frombuffer(sound.readframes(sound.getnframes()), np.int16).astype(np.float32) / 32768


def mouth(detector, landmarks, image):
    """Centre, half width, and the distance to the chin, in pixels."""
    import dlib

    faces = detector(image, 1)
    box = max(faces, key=lambda face: face.area()) if faces else dlib.rectangle(0, 0, *image.shape[1::-1])
    shape = landmarks(image, box)
    points = np.array([(shape.part(k).x, shape.part(k).y) for k in range(68)], float)
    lips = points[60:68].mean(0)
    return lips, (points[54, 0] - points[48, 0]) / 2, points[8, 1] - lips[1]


class Jaw:
    """A picture whose jaw can be lowered: below the lips everything slides down, and the gap is dark."""

    def __init__(self, image, place):
        (self.x, self.y), self.half, self.chin = place
        self.image = image
        rows, columns = np.indices(image.shape[:2], np.float32)
        side = np.exp(-(((columns - self.x) / (1.3 * self.half)) ** 4))
        depth = np.clip((rows - self.y) / (1.6 * self.chin), 0, 1)
        self.columns, self.rows = columns, rows
        self.slide = (side * (rows > self.y) * (1 - depth) ** 2).astype(np.float32)

    def opened(self, amount):
        """The picture at an opening from 0 to 1."""
        drop = amount * 0.35 * self.chin
        rows = self.rows - np.float32(drop) * self.slide
        moved = cv2.remap(self.image, self.columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        if drop >= 1:
            centre = (round(self.x), round(self.y + drop / 2))
            size = (max(1, round(0.75 * self.half)), max(1, round(drop / 2)))
            cv2.ellipse(moved, centre, size, 0, 0, 360, (50, 15, 20), -1, cv2.LINE_AA)
        return moved


@vcb.responder(id="vidchatbench/espeak-puppet", needs={"portrait"}, license="apache-2.0", training_data=[],
               deterministic=True)  # fmt: skip
def respond(puppeteer, item: vcb.Item) -> vcb.Response:
    detector, landmarks, text = puppeteer
    text = item.text or text
    said = np.zeros(0, np.float32) if item.task == "listening" else speech(text, item.workdir)
    seconds = item.duration_s if item.task == "listening" else LEAD_S + len(said) / RATE + TAIL_S
    sound = np.zeros(round(seconds * RATE), np.float32)
    sound[round(LEAD_S * RATE) :][: len(said)] = said
    step = RATE // FPS
    count = int(seconds * FPS)
    loudness = np.array([np.sqrt(np.mean(sound[k * step : (k + 1) * step] ** 2) + 1e-12) for k in range(count)])
    amounts = np.convolve(np.pad(loudness, 1, mode="edge"), [0.25, 0.5, 0.25], "valid") / max(loudness.max(), 1e-3)
    image = item.portrait.image()
    jaw = Jaw(image, mouth(detector, landmarks, image))
    sway = (np.float32([[1, 0, 1.5 * np.sin(k / 12)], [0, 1, np.sin(k / 7)]]) for k in range(count))
    frames = (
        cv2.warpAffine(jaw.opened(amount), shift, image.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)
        for amount, shift in zip(amounts, sway, strict=True)
    )
    return vcb.Response(frames=frames, fps=FPS, audio=sound[: count * step], sample_rate=RATE,
                        transcript=text if len(said) else None)  # fmt: skip
