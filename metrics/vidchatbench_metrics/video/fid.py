"""Metric: FID, the Frechet distance of single pictures."""

from __future__ import annotations

from vidchatbench.feature import Feature
from vidchatbench.metric import Card
from vidchatbench_metrics.set_distance import FrechetDistance, SetDistance
from vidchatbench_metrics.video.inception import Inception


class FID(SetDistance, FrechetDistance):
    """Frechet distance of Inception features, 0 and more, lower is closer."""

    dimensions = 2048

    card = Card(
        id="video.fid",
        version=1,
        family="video",
        title="FID",
        unit="",
        range=(0.0, None),
        direction="lower",
        meaning=(
            "How far the responses' single pictures are from the real answers' in kind and variety, as a network for "
            "photographs sees them. It is biased upwards by about 1/n, by another amount for every model: compare only "
            "values over equally many items, read it beside the value of real against real, and rank by KID. It knows "
            "nothing of motion, speech or who is shown."
        ),
        source=(
            "Heusel et al., GANs trained by a two time-scale update rule converge to a local Nash equilibrium, "
            "NeurIPS 2017, eq. 6 (arXiv:1706.08500); resize as Parmar et al., CVPR 2022 (arXiv:2104.11222)."
        ),
        unspecified_by_paper=(
            "Which frames, which resize, which network copy. Here: 16 pictures a clip, evenly spaced over its ticks at "
            "25 per second, of the response and of its reference; whole pictures stretched to 299 x 299 by the "
            "antialiased bicubic filter of clean-fid, straight from the decoder; pool3 features of the Inception of "
            "December 2015; float64 Frechet distance without a matrix square root."
        ),
        responds_to=("blur", "noise", "compression", "other people or places", "less variety"),
        ignores=("sound", "re-muxing", "the order of frames"),
        fail_value=None,
        min_n=4,
        tolerance=0.01,
        profiles=frozenset({"paper"}),
        real="halves",
        submitted=False,
    )

    def feature(self) -> Feature:
        """Inception in 16 pictures."""
        return Inception()
