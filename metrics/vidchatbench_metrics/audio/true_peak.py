"""`audio.true_peak`: by how much the reply overshoots the level that players can reproduce."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vidchatbench.feature import On
from vidchatbench.metric import SPOKEN, Card, MeanMetric
from vidchatbench.types import Floats, NamedArrays, Sample
from vidchatbench_metrics.audio.level import Level
from vidchatbench_metrics.perception.speech import Speech, need_speech

LIMIT_DBTP = -1.0
WORST_DB = 12.0


class TruePeak(MeanMetric):
    """True peak above -1 dBTP."""

    card = Card(
        id="audio.true_peak",
        version=1,
        family="audio",
        title="True peak over -1 dBTP",
        unit="dB",
        range=(0.0, WORST_DB),
        direction="lower",
        meaning=(
            "By how much the reply's highest level, between samples too, is above -1 dBTP, the most that broadcasting "
            "allows: above it, players and coders clip. 0 is within the limit; how far below does not matter. It says "
            "nothing of how loud the reply is (audio.loudness), nor of sound that was clipped and turned down."
        ),
        source="ITU-R BS.1770-4, true peak; EBU R 128 (maximum -1 dBTP); FFmpeg's ebur128",
        unspecified_by_paper=(
            "At most 12 dB count, which is also what a failed response and a reply with less than 0.3 s of speech "
            "count as."
        ),
        responds_to=("overdrive", "gain at full scale", "silence"),
        ignores=("gain below full scale", "delay", "mono or stereo", "picture"),
        fail_value=WORST_DB,
        tolerance=0.1,
        tasks=SPOKEN,
        profiles=frozenset({"bundled"}),
        real="same_item",
    )

    def needs(self) -> Mapping[str, On]:
        """The response's level, and whether somebody speaks."""
        return {"level": Level().on("response"), "speech": Speech().on("response")}

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """`value`: the excess in dB; `true_peak_dbtp` itself."""
        need_speech(inputs["speech"])
        peak = np.asarray(inputs["level"]["true_peak_dbtp"])
        return {"value": np.clip(peak - LIMIT_DBTP, 0, WORST_DB), "true_peak_dbtp": peak}

    def beside(self, rows: Sequence[NamedArrays], weights: Floats) -> Mapping[str, float]:
        """Highest true peak in dBTP of the responses that could be measured."""
        peaks = [
            float(row["true_peak_dbtp"])
            for row, w in zip(rows, weights, strict=True)
            if "true_peak_dbtp" in row and w > 0
        ]
        return {"max_true_peak_dbtp": max(peaks)} if peaks else {}
