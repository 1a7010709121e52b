"""`check.face`: the share of the time in which a face is to be seen."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from vidchatbench.errors import Unscored
from vidchatbench.feature import On
from vidchatbench.metric import Card, MeanMetric
from vidchatbench.types import NamedArrays, Sample
from vidchatbench_metrics.perception.yunet import YuNetFaces


class Face(MeanMetric):
    """Share of looks, five a second, that find a face; 0 to 1, higher is better."""

    card = Card(
        id="check.face",
        version=1,
        family="check",
        title="Face there",
        unit="",
        range=(0.0, 1.0),
        direction="higher",
        meaning=(
            "Share of the response's frames, five a second, in which at least one face is found, from the front or "
            "from the side; 1 is what every set should have. Anybody's face will do, also a still one: who it is and "
            "whether it moves, other metrics say."
        ),
        source="VidChatBench; faces by YuNet (Wu, Peng and Yu, Machine Intelligence Research 2023)",
        unspecified_by_paper=(
            "Sampling and threshold. Here: every fifth frame at 25 fps, a picture that stays on screen counts each "
            "time; score 0.6. Measured: real clips score 0.83 and more on every frame, also in profile; pictures "
            "without a person stay below 0.4, a real photograph's covered face below 0.3, half a face counts."
        ),
        responds_to=("frames without a face", "a face that is covered or badly blurred", "noise"),
        ignores=("sound", "re-muxing", "mirroring", "brightness within 10 %", "whose face it is"),
        fail_value=0.0,
        tolerance=0.01,
        real="same_item",
    )

    def needs(self) -> Mapping[str, On]:
        """The response's faces; and the reference's, to know whether the item can show one at all."""
        return {"response": YuNetFaces().on("response"), "reference": YuNetFaces().on("reference")}

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """`value`: the share; `several`: the share of looks that find more than one face."""
        if not len(inputs["reference"]["score"]):
            raise Unscored(
                "no_face", "no face was found in the reference: this item cannot be judged", role="reference"
            )
        faces = inputs["response"]
        if not len(faces["looks"]):
            raise Unscored("no_video", "the response has no picture")
        count = np.array([(faces["tick"] == look).sum() for look in faces["looks"]])
        return {"value": np.array((count > 0).mean()), "several": np.array((count > 1).mean())}
