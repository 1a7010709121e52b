"""Metric: KVD, the kernel distance of short stretches of video."""

from __future__ import annotations

from collections.abc import Mapping

from vidchatbench.feature import On
from vidchatbench.metric import Card
from vidchatbench.types import NamedArrays, Sample
from vidchatbench_metrics.set_distance import KernelDistance, source_group
from vidchatbench_metrics.video.i3d import I3D


class KVD(KernelDistance):
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
        unspecified=(
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

    def needs(self) -> Mapping[str, On]:
        """The logits of both."""
        return {role: I3D().on(role) for role in ("response", "reference")}

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """Up to 4 vectors (k, 400) float32 of the `response` and of the `reference`."""
        return {"group": source_group(sample), **{role: inputs[role]["features"] for role in inputs}}
