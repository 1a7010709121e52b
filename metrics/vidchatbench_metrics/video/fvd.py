"""Metric: FVD, the Frechet distance of short stretches of video."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from vidchatbench.feature import On
from vidchatbench.metric import Card
from vidchatbench.types import NamedArrays, Sample
from vidchatbench_metrics.set_distance import FrechetDistance, source_group
from vidchatbench_metrics.video.i3d import I3D


class FVD(FrechetDistance):
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
        unspecified=(
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

    def needs(self) -> Mapping[str, On]:
        """The logits of both."""
        return {role: I3D(fit=self.fit).on(role) for role in ("response", "reference")}

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """Up to 4 vectors (k, 400) float32 of the `response` and of the `reference`."""
        return {"group": source_group(sample), **{role: inputs[role]["features"] for role in inputs}}


class FVDCrop(FVD):
    """FVD of the middle of the picture; asked for by its id, in no profile."""

    fit = "crop"
    card = replace(FVD.card, id="video.fvd_crop", title="FVD (crop)", profiles=frozenset())
