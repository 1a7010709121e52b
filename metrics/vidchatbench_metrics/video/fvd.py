"""Metric: FVD, the Frechet distance of short stretches of video."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from vidchatbench.feature import Feature
from vidchatbench.metric import Card
from vidchatbench_metrics.set_distance import FrechetDistance, SetDistance
from vidchatbench_metrics.video.i3d import I3D


class FVD(SetDistance, FrechetDistance):
    """Frechet distance of I3D logits, 0 and more, lower is closer."""

    dimensions = 400
    fit: Literal["stretch", "crop"] = "stretch"

    card = Card(
        id="video.fvd",
        version=1,
        family="video",
        title="FVD",
        unit="",
        range=(0.0, None),
        direction="lower",
        meaning=(
            "How far stretches of 0.64 s of the responses are from those of the real answers, as a network that names "
            "actions sees them. It follows the look of the frames more than their motion (Ge et al., CVPR 2024), is "
            "biased upwards by about 1/n, and is unstable below some 256 clips: read it beside the value of real "
            "against real, and rank by KVD. The values of the VidChatBench paper have another, unpublished scale and "
            "cannot be compared."
        ),
        source=(
            "Unterthiner et al., Towards accurate generative models of video, 2018 (arXiv:1812.01717), with the "
            "PyTorch copy of I3D that VideoGPT and cd-fvd use."
        ),
        unspecified_by_paper=(
            "Network copy, frame rate, number and place of windows, resize. Here: 400 logits of i3d_pretrained_400; "
            "up to 4 windows of 16 frames at 25 per second side by side, evenly spaced over each clip, of the response "
            "and of its reference; pictures stretched to 224 x 224 (video.fvd_crop: short side 224, middle), bilinear "
            "without antialiasing as the FVD codes have it, in [-1, 1]."
        ),
        responds_to=("blur", "noise", "compression", "a frozen picture", "other motion"),
        ignores=("sound", "re-muxing"),
        fail_value=None,
        min_n=4,
        tolerance=0.01,
        profiles=frozenset({"paper"}),
        real="halves",
    )

    def feature(self) -> Feature:
        """I3D in up to 4 windows."""
        return I3D(fit=self.fit)


class FVDCrop(FVD):
    """FVD of the middle of the picture; asked for by its id, in no profile."""

    fit = "crop"
    card = replace(FVD.card, id="video.fvd_crop", title="FVD (crop)", profiles=frozenset())
