"""A plain metric with a feature of its own, as somebody outside would write it in one file."""

from __future__ import annotations

import numpy as np

from vidchatbench import Card, FrameFeature, FramePass, MeanMetric
from vidchatbench.errors import Unscored
from vidchatbench.media import Presentation


class Grey(FrameFeature):
    """Mean level of each frame."""

    id = "plain.grey"
    version = 1

    def presentations(self, infos):
        return {"clip": Presentation(width=16, height=16)}

    def start(self, inputs):
        return _GreyPass()


class _GreyPass(FramePass):
    def __init__(self):
        self.levels = []

    def update(self, slot, frame):
        self.levels.append(float(frame.image.mean()))

    def result(self):
        return {"levels": np.array(self.levels)}


class Brightness(MeanMetric):
    """Mean level of the response."""

    card = Card(
        id="plain.brightness", version=1, family="plain", title="Brightness", unit="", range=(0.0, 255.0),
        direction="higher", meaning="Mean level.", source="none", responds_to=("brightness",), ignores=("sound",),
        fail_value=0.0, tolerance=0.01, real="same_item",
    )  # fmt: skip

    def needs(self):
        return {"grey": Grey().on("response"), "own": Grey().on("reference")}

    def item(self, sample, inputs):
        levels = inputs["grey"]["levels"]
        if levels.max() < 1:
            raise Unscored("error", "black")
        return {"value": levels.mean()}
