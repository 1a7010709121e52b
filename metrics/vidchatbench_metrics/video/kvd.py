"""Metric: KVD, the kernel distance of short stretches of video."""

from __future__ import annotations

from vidchatbench.feature import Feature
from vidchatbench.metric import Card
from vidchatbench_metrics.set_distance import KernelDistance, SetDistance
from vidchatbench_metrics.video.i3d import I3D


class KVD(SetDistance, KernelDistance):
    """Kernel distance of I3D logits, 0 for equal distributions, lower is closer."""

    card = Card(
        id="video.kvd",
        version=1,
        family="video",
        title="KVD",
        unit="",
        range=(None, None),
        direction="lower",
        meaning=(
            "How far stretches of 0.64 s of the responses are from those of the real answers: what FVD asks, by an "
            "estimate that is right on average at any number of clips. 0 is the same distribution; by chance it may "
            "fall a little below."
        ),
        source=(
            "Unterthiner et al., Towards accurate generative models of video, 2018 (arXiv:1812.01717), with the kernel "
            "(x.y / d + 1)^3 of Binkowski et al., ICLR 2018."
        ),
        unspecified_by_paper=(
            "Everything that video.fvd's card names, chosen alike. Pairs of windows from one source video are left "
            "out: they are no independent draws."
        ),
        responds_to=("blur", "noise", "compression", "a frozen picture", "other motion"),
        ignores=("sound", "re-muxing"),
        fail_value=None,
        min_n=4,
        tolerance=1e-4,
        profiles=frozenset({"paper"}),
        real="halves",
    )

    def feature(self) -> Feature:
        """I3D in up to 4 windows."""
        return I3D()
