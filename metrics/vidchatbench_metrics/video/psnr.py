"""Metric: PSNR against the real answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vidchatbench.feature import On
from vidchatbench.metric import Card, MeanMetric
from vidchatbench.types import Floats, NamedArrays, Sample
from vidchatbench_metrics.valid_mean import valid_means
from vidchatbench_metrics.video.pair import FramePairs


class PSNR(MeanMetric):
    """Mean over frames of the peak signal-to-noise ratio, 0 to 100 dB, higher is closer."""

    card = Card(
        id="video.psnr",
        version=1,
        family="video",
        title="PSNR",
        unit="dB",
        range=(0.0, 100.0),
        direction="higher",
        meaning=(
            "How close the response's pixels are to those of the real answer at the same moment, as a squared error "
            "in dB. A free answer may be as good as the real one and move quite differently, so this number does not "
            "say how good a free answer is: a still portrait often has more than a lively answer. Read it as a check, "
            "never as a headline."
        ),
        source=(
            "10 log10(1 / MSE) on [0, 1] for each frame, then the mean of the frames (the habit of video generation "
            "papers)."
        ),
        unspecified_by_paper=(
            "How to align two clips. Here: both from their first frame at 25 fps, tick by tick, as far as the shorter "
            "goes (`overlap` is that share of the longer), the response cut to the reference's shape, short side 256. "
            "Identical frames count 100 dB."
        ),
        responds_to=("blur", "noise", "compression", "another picture", "a shift in time"),
        ignores=("sound", "re-muxing", "resolution of an otherwise equal picture"),
        fail_value=0.0,
        tolerance=0.01,
        profiles=frozenset({"bundled", "paper"}),
        real="none",
    )

    def needs(self) -> Mapping[str, On]:
        """The frames of both clips, paired."""
        return {"pairs": FramePairs().on("response", "reference")}

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """Mean over the pairs of frames."""
        pairs = inputs["pairs"]
        return {"value": np.array(pairs["psnr"].mean()), "overlap": pairs["overlap"]}

    def beside(self, rows: Sequence[NamedArrays], weights: Floats) -> Mapping[str, float]:
        """The share of the longer clip that was compared."""
        return valid_means(rows, weights, overlap="overlap")
