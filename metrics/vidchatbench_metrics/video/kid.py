"""Metric: KID, the kernel distance of single pictures."""

from __future__ import annotations

from vidchatbench.feature import Feature
from vidchatbench.metric import Card
from vidchatbench_metrics.set_distance import KernelDistance, SetDistance
from vidchatbench_metrics.video.inception import Inception


class KID(SetDistance, KernelDistance):
    """Kernel distance of Inception features, 0 for equal distributions, lower is closer."""

    card = Card(
        id="video.kid",
        version=1,
        family="video",
        title="KID",
        unit="",
        range=(None, None),
        direction="lower",
        meaning=(
            "How far the responses' single pictures are from the real answers' in kind and variety: what FID asks, by "
            "an estimate that is right on average at any number of clips, so that it tells models apart where FID's "
            "bias hides them. 0 is the same distribution; by chance it may fall a little below. Given as it is, not "
            "times 1000 as some papers do."
        ),
        source=(
            "Binkowski et al., Demystifying MMD GANs, ICLR 2018, section 4 (arXiv:1801.01401): unbiased squared MMD "
            "with the kernel (x.y / d + 1)^3."
        ),
        unspecified_by_paper=(
            "Subsets: none, all pairs are used. Pairs of pictures from one source video are left out, since frames of "
            "a clip are no independent draws and their likeness would count as distance; with one picture a video it "
            "is the KID of clean-fid and torch-fidelity. Pictures, resize and network are those of video.fid."
        ),
        responds_to=("blur", "noise", "compression", "other people or places", "less variety"),
        ignores=("sound", "re-muxing", "the order of frames"),
        fail_value=None,
        min_n=4,
        tolerance=1e-5,
        profiles=frozenset({"paper"}),
        real="halves",
        submitted=False,
    )

    def feature(self) -> Feature:
        """Inception in 16 pictures."""
        return Inception()
