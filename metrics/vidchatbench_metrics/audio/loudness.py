"""`audio.loudness`: how far the reply's loudness is from the real responder's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vidchatbench.errors import Unscored
from vidchatbench.feature import On
from vidchatbench.metric import SPOKEN, Card, MeanMetric
from vidchatbench.types import Floats, NamedArrays, Sample
from vidchatbench_metrics.audio.level import SILENT_LUFS, Level

WORST_LU = 40.0


class Loudness(MeanMetric):
    """Difference in integrated loudness between response and reference."""

    card = Card(
        id="audio.loudness",
        version=1,
        family="audio",
        title="Loudness error",
        unit="LU",
        range=(0.0, WORST_LU),
        direction="lower",
        meaning=(
            "How much louder or softer the model's reply is than the real person's: the difference of their "
            "integrated loudness, whichever its sign. 1 LU is 1 dB; about 3 LU are noticed at once, 10 LU sound "
            "twice as loud. It says nothing about quality."
        ),
        source="ITU-R BS.1770-4, integrated loudness; FFmpeg's ebur128",
        unspecified_by_paper=(
            "A mono sound counts as two equal channels, more than two channels are averaged to one. Silence measures "
            "-70 LUFS. Differences are capped at 40 LU, which is also what a failed response counts as."
        ),
        responds_to=("gain", "silence"),
        ignores=("delay", "mono or stereo", "sample rate", "picture"),
        fail_value=WORST_LU,
        tolerance=0.1,
        tasks=SPOKEN,
        profiles=frozenset({"bundled"}),
        real="none",
    )

    def needs(self) -> Mapping[str, On]:
        """The level of both clips."""
        return {"response": Level().on("response"), "reference": Level().on("reference")}

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """`value`: the difference in LU; `lufs` and `true_peak_dbtp` of the response."""
        reference = float(inputs["reference"]["lufs"])
        if reference <= SILENT_LUFS:
            raise Unscored("no_audio", "the reference is silent", role="reference")
        response = {name: np.asarray(inputs["response"][name]) for name in ("lufs", "true_peak_dbtp")}
        return {"value": np.minimum(np.abs(response["lufs"] - reference), WORST_LU), **response}

    def beside(self, rows: Sequence[NamedArrays], weights: Floats) -> Mapping[str, float]:
        """Mean loudness in LUFS and highest true peak in dBTP of the responses that could be measured."""
        measured = [(row, w) for row, w in zip(rows, weights, strict=True) if "lufs" in row and w > 0]
        if not measured:
            return {}
        lufs = np.average([float(row["lufs"]) for row, _ in measured], weights=[w for _, w in measured])
        return {"lufs": float(lufs), "max_true_peak_dbtp": max(float(row["true_peak_dbtp"]) for row, _ in measured)}
