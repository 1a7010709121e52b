"""`audio.dnsmos_*`: four opinion scores of the reply's sound."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from vidchatbench.feature import On
from vidchatbench.metric import SPOKEN, Card, MeanMetric
from vidchatbench.types import NamedArrays, Sample
from vidchatbench_metrics.audio.dnsmos import Dnsmos
from vidchatbench_metrics.perception.speech import Speech, need_speech

WORST, BEST = 1.0, 5.0


def _card(name: str, title: str, what: str, responds_to: tuple[str, ...], source: str) -> Card:
    return Card(
        id=f"audio.dnsmos_{name}",
        version=1,
        family="audio",
        title=title,
        unit="",
        range=(WORST, BEST),
        direction="higher",
        meaning=(
            f"{what}, as a network predicts the mean opinion of listeners: 1 is bad, 5 is excellent; clean recorded "
            "speech has about 3 to 4. It was trained on noise suppression, not on synthetic voices: it hears noise, "
            "echo and distortion, and says little about how natural, or how fitting, the speech is."
        ),
        source=source,
        unspecified_by_paper=(
            "Silence is scored by the network too, and not as the worst; so a reply with less than 0.3 s of speech "
            "counts as 1. Scores are limited to 1 to 5. Sound is mixed to mono, brought to 16 kHz and "
            "to an active level of -26 dBFS (the reference code takes it as it is, and then 6 dB move one clip by up "
            "to 0.2), and doubled until it lasts 9.01 s."
        ),
        responds_to=responds_to,
        ignores=("picture", "mono or stereo", "loudness", "the language"),
        fail_value=WORST,
        tolerance=0.01,
        tasks=SPOKEN,
        profiles=frozenset({"bundled"}),
        real="same_item",
        licence="network: CC BY 4.0 (microsoft/DNS-Challenge)",
    )


class _Score(MeanMetric):
    """The mean over items of one of the four scores."""

    part: ClassVar[str]

    def needs(self) -> Mapping[str, On]:
        """The scores, and whether somebody speaks."""
        return {"dnsmos": Dnsmos().on("response"), "speech": Speech().on("response")}

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """`value`: the score of the reply, limited to 1 to 5."""
        need_speech(inputs["speech"])
        return {"value": np.clip(inputs["dnsmos"][self.part], WORST, BEST)}


_P835 = "DNSMOS P.835 (Reddy et al. 2022), sig_bak_ovr.onnx"
_P808 = "DNSMOS P.808 (Reddy et al. 2021), model_v8.onnx"


class Ovrl(_Score):
    """Overall quality."""

    card = _card("ovrl", "DNSMOS overall", "Overall quality of the sound", ("noise", "clipping"), _P835)
    part = "ovrl"


class Sig(_Score):
    """Quality of the speech itself."""

    card = _card("sig", "DNSMOS speech", "Quality of the speech itself", ("noise", "clipping"), _P835)
    part = "sig"


class Bak(_Score):
    """Freedom from background noise."""

    card = _card("bak", "DNSMOS background", "Freedom from noise in the background", ("noise",), _P835)
    part = "bak"


class P808(_Score):
    """Overall quality by the older network."""

    card = _card("p808", "DNSMOS P.808", "Overall quality of the sound (P.808 listening test)", ("noise",), _P808)
    part = "p808"
