"""A complete third-party metric: one feature of the pictures, one metric on top of it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import cv2
import numpy as np

from vidchatbench.errors import Unscored
from vidchatbench.feature import FrameFeature, FramePass, Inputs, On
from vidchatbench.media import Frame, MediaInfo, Presentation
from vidchatbench.metric import Card, MeanMetric
from vidchatbench.types import NamedArrays, Sample


class Sharpness(FrameFeature):
    """`variance` (n,): variance of the Laplacian of the luma, per frame, at 5 frames a second, cut to 256 x 256."""

    id = "example.sharpness"
    version = 1

    def presentations(self, infos: Mapping[str, MediaInfo]) -> Mapping[str, Presentation]:
        """One size for all clips, so that the number does not depend on the resolution of the file."""
        return {"clip": Presentation(width=256, height=256, fps=Fraction(5), fit="crop")}

    def start(self, inputs: Inputs) -> FramePass:
        """Begin with no frames."""
        return _SharpnessPass()


class _SharpnessPass(FramePass):
    def __init__(self) -> None:
        self.variance: list[float] = []

    def update(self, slot: str, frame: Frame) -> None:
        luma = cv2.cvtColor(frame.image, cv2.COLOR_RGB2GRAY)
        self.variance.append(float(cv2.Laplacian(luma, cv2.CV_64F).var()))

    def result(self) -> NamedArrays:
        return {"variance": np.array(self.variance)}


class SharpnessGap(MeanMetric):
    """How many times sharper or softer than the real answer, in doublings."""

    card = Card(
        id="video.sharpness_gap",
        version=1,
        family="video",
        title="Sharpness gap",
        unit="octaves",
        range=(0.0, 10.0),
        direction="lower",
        meaning="0: as sharp as the real answer; 1: its fine detail has half or twice the energy. Blind to what the "
        "detail shows: noise counts as sharpness.",
        source="Pech-Pacheco et al., Diatom autofocusing in brightfield microscopy, ICPR 2000 (LAPV)",
        unspecified_by_paper="Size and rate of the frames; here 256 x 256 at 5 per second, median over frames.",
        responds_to=("blur", "sharpening", "noise"),
        ignores=("shift in time", "sound"),
        fail_value=10.0,
        tolerance=0.01,
        real="none",
    )

    def needs(self) -> Mapping[str, On]:
        """The same feature of both clips."""
        sharpness = Sharpness()
        return {"response": sharpness.on("response"), "reference": sharpness.on("reference")}

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """|log2| of the ratio of the medians, 10 at most."""
        response, reference = (float(np.median(inputs[role]["variance"])) for role in ("response", "reference"))
        if reference == 0:
            raise Unscored("error", "the real clip's picture is flat", role="reference")
        if response == 0:
            return {"value": np.array(10.0)}
        return {"value": np.array(min(10.0, abs(np.log2(response / reference))))}
