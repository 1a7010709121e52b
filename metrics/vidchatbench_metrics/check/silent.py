"""`check.silent`: the share of answers in which somebody is heard to speak."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from vidchatbench.feature import On
from vidchatbench.metric import SPOKEN, Card, MeanMetric
from vidchatbench.types import NamedArrays, Sample
from vidchatbench_metrics.perception.speech import Speech

LEAST_SHARE = 0.05
LEAST_DBFS = -60.0


class Silent(MeanMetric):
    """Share of items that are not silent."""

    card = Card(
        id="check.silent",
        version=1,
        family="check",
        title="Not silent",
        unit="",
        range=(0.0, 1.0),
        direction="higher",
        meaning=(
            "Share of the items whose response is not silent: speech for at least 5 % of its length, and an overall "
            "level above -60 dBFS. Several sound metrics look good on silence; this one does not."
        ),
        source="VidChatBench; speech by silero v6",
        unspecified_by_paper="A response without a sound track does not pass.",
        responds_to=("silence", "noise in place of speech", "missing sound"),
        ignores=("gain above -60 dBFS", "sample rate", "mono or stereo", "picture"),
        fail_value=0.0,
        tolerance=0.0,
        tasks=SPOKEN,
        profiles=frozenset({"bundled"}),
        real="same_item",
    )

    def params(self) -> Mapping[str, str | int | float | bool]:
        """What passes."""
        return {"least_share": LEAST_SHARE, "least_dbfs": LEAST_DBFS}

    def needs(self) -> Mapping[str, On]:
        """Speech of the response."""
        return {"speech": Speech().on("response")}

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """`value`: 1 or 0; `speech_share` and `rms_dbfs` of the response, and its timeline."""
        speech = inputs["speech"]
        share = float(speech["speech_s"]) / max(float(speech["duration_s"]), 1e-9)
        heard = share >= LEAST_SHARE and float(speech["rms_dbfs"]) > LEAST_DBFS
        return {
            "value": np.array(float(heard)),
            "speech_share": np.array(share),
            "rms_dbfs": np.asarray(speech["rms_dbfs"]),
            "timeline.response": speech["segments"] + sample.start_s,
        }
