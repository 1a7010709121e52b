"""Metric: SSIM against the real answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vidchatbench.feature import On
from vidchatbench.metric import Card, MeanMetric
from vidchatbench.types import Floats, NamedArrays, Sample
from vidchatbench_metrics.valid_mean import valid_means
from vidchatbench_metrics.video.pair import FramePairs


class SSIM(MeanMetric):
    """Mean over frames of the structural similarity, -1 to 1, higher is closer."""

    card = Card(
        id="video.ssim",
        version=1,
        family="video",
        title="SSIM",
        unit="",
        range=(-1.0, 1.0),
        direction="higher",
        meaning=(
            "How well local brightness, contrast and structure agree with the real answer's at the same moment: 1 for "
            "equal pictures, about 0 for unrelated ones. A free answer may be as good as the real one and move quite "
            "differently, so this number does not say how good a free answer is: a still portrait often has more than "
            "a lively answer. Read it as a check, never as a headline. A failed item counts 0, what unrelated "
            "pictures have; below is possible only for pictures that are inverted."
        ),
        source=(
            "Wang et al., Image quality assessment: from error visibility to structural similarity, IEEE TIP 2004, "
            "eq. 13."
        ),
        unspecified_by_paper=(
            "Colour: the mean over R, G and B (the paper is grey). Border: only where the whole window lies in the "
            "picture. How to align two clips: both from their first frame at 25 fps, tick by tick, as far as the "
            "shorter goes (`overlap` is that share of the longer), the response cut to the reference's shape, short "
            "side 256."
        ),
        responds_to=("blur", "noise", "compression", "another picture", "a shift in time"),
        ignores=("sound", "re-muxing", "resolution of an otherwise equal picture"),
        fail_value=0.0,
        tolerance=0.001,
        profiles=frozenset({"bundled", "paper"}),
        real="none",
    )

    def needs(self) -> Mapping[str, On]:
        """The frames of both clips, paired."""
        return {"pairs": FramePairs().on("response", "reference")}

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """Mean over the pairs of frames."""
        pairs = inputs["pairs"]
        return {"value": np.array(pairs["ssim"].mean()), "overlap": pairs["overlap"]}

    def beside(self, rows: Sequence[NamedArrays], weights: Floats) -> Mapping[str, float]:
        """The share of the longer clip that was compared."""
        return valid_means(rows, weights, overlap="overlap")
