"""A set metric whose rows are too large for a submission, as those of FID are."""

from __future__ import annotations

import numpy as np

from helpers.plain import Grey
from vidchatbench import Card, Metric

SHAPE = (16, 1024)


class Large(Metric):
    """How far the mean level of responses is from that of references; rows as large as those of FID."""

    card = Card(
        id="plain.large", version=1, family="plain", title="Large", unit="", range=(0.0, 255.0), direction="lower",
        meaning="Difference of mean levels.", source="none", responds_to=("brightness",), ignores=("sound",),
        fail_value=None, min_n=2, tolerance=0.01, profiles=frozenset({"turn"}), real="halves", submitted=False,
    )  # fmt: skip

    def needs(self):
        return {role: Grey().on(role) for role in ("response", "reference")}

    def item(self, sample, inputs):
        return {role: np.full(SHAPE, inputs[role]["levels"].mean(), np.float32) for role in inputs}

    def total(self, rows, weights):
        means = [np.average([row[role].mean() for row in rows], weights=weights) for role in ("response", "reference")]
        return float(abs(means[0] - means[1]))

    def floor(self, rows, rng):
        return 0.5
