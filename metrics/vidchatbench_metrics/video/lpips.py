"""Metric: LPIPS against the real answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vidchatbench.feature import On
from vidchatbench.metric import Card, MeanMetric
from vidchatbench.types import Floats, NamedArrays, Sample
from vidchatbench_metrics.valid_mean import valid_means
from vidchatbench_metrics.video.lpips_pairs import LPIPSPairs


class LPIPS(MeanMetric):
    """Mean over frames of the perceptual distance, 0 for equal pictures, lower is closer."""

    card = Card(
        id="video.lpips",
        version=1,
        family="video",
        title="LPIPS",
        unit="",
        range=(0.0, None),
        direction="lower",
        meaning=(
            "How different the response looks from the real answer at the same moment, as people judge small patches: "
            "0 for equal pictures, about 0.6 to 0.8 for unrelated ones. A free answer may be as good as the real one "
            "and move quite differently: a check, never a headline. A failed item counts 1."
        ),
        source=(
            "Zhang et al., The unreasonable effectiveness of deep features as a perceptual metric, CVPR 2018 "
            "(arXiv:1801.03924), version 0.1 with AlexNet."
        ),
        unspecified_by_paper=(
            "Size and alignment: the pictures that video.psnr and video.ssim compare (25 frames per second from each "
            "clip's first frame, the response cut to the reference's shape, short side 256), every fifth of them."
        ),
        responds_to=("blur", "noise", "compression", "another picture", "a shift in time"),
        ignores=("sound", "re-muxing"),
        fail_value=1.0,
        tolerance=1e-4,
        profiles=frozenset({"paper"}),
        real="none",
    )

    def needs(self) -> Mapping[str, On]:
        """The distances of the pairs."""
        return {"pairs": LPIPSPairs().on("response", "reference")}

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """Mean over the pairs of frames."""
        pairs = inputs["pairs"]
        return {"value": np.array(pairs["lpips"].mean()), "overlap": pairs["overlap"]}

    def beside(self, rows: Sequence[NamedArrays], weights: Floats) -> Mapping[str, float]:
        """The share of the longer clip that was compared."""
        return valid_means(rows, weights, overlap="overlap")
