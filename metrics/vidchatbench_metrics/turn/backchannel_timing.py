"""`turn.bc_timing_jsd`: how far the moments of backchannels are from people's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vidchatbench.errors import Unscored
from vidchatbench.metric import Card
from vidchatbench.types import Floats, NamedArrays, Sample
from vidchatbench_metrics.turn.events import Events
from vidchatbench_metrics.turn.two_tracks import (
    SPEAKERS,
    TwoTracks,
    beside_question,
    require_duplex,
    require_reference_beside_question,
)

BIN_S = 0.2
SIGMA_S = 0.2


class BackchannelTiming(TwoTracks):
    """Divergence between when the model and when the real listener utter backchannels."""

    card = Card(
        id="turn.bc_timing_jsd",
        version=1,
        family="turn",
        title="Backchannel timing",
        unit="bit",
        range=(0.0, 1.0),
        direction="lower",
        meaning=(
            "How far the moments of the model's backchannels are from those of the real listener of the same words: "
            "0 at the same moments, 1 at moments that have nothing in common. Only over items in which both utter "
            "one; `coverage` beside it is the share of the items with a human backchannel that have one of the "
            "model's: read them together, and turn.bc_rate. Another person would choose other moments, too."
        ),
        source="Full-Duplex-Bench (Lin et al. 2025), with the divergence itself in place of its square root",
        unspecified_by_paper=(
            "Jensen-Shannon divergence to base 2. Each backchannel's start is spread as a normal distribution of 0.2 s "
            "and gathered in bins of 0.2 s from the start of the question to its end. Items in which the model utters "
            "none are left out of the mean (the source counts them as 1, which hides the timing); a failed response "
            "makes the value partial."
        ),
        responds_to=("shifted backchannels",),
        ignores=("gain", "sample rate", "mono or stereo", "picture"),
        fail_value=None,
        tolerance=0.02,
        tasks=frozenset(("dialogue", "listening", "multi_turn")),
        profiles=frozenset({"duplex"}),
        real="none",
    )

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """`has`: 1 or 0 for the model and for the human; `value`: the divergence in bit, where both have one."""
        require_reference_beside_question(sample)
        self.refuse(sample, inputs)
        initiator = self.initiator(sample, inputs)
        starts = [Events.of(initiator, self.speech(role, sample, inputs)).backchannels(1)[:, 0] for role in SPEAKERS]
        human, model = (density(one, sample.turn.initiator_speech_end_s) for one in starts)
        row = {"has": np.array([len(starts[1]) > 0, len(starts[0]) > 0], np.float64), **beside_question(sample)}
        return row if human is None or model is None else {**row, "value": np.array(divergence(model, human))}

    def total(self, rows: Sequence[NamedArrays], weights: Floats) -> float:
        """Mean divergence over the items in which both utter a backchannel."""
        require_duplex(rows)
        if not any("value" in row for row in rows):
            raise Unscored("no_speech", "no item in which both the model and the real listener utter a backchannel")
        return float(self.totals(rows, weights[None])[0])

    def totals(self, rows: Sequence[NamedArrays], weights: Floats) -> Floats:
        """The mean for each line of `weights`; NaN where a line leaves no such item."""
        has = np.array(["value" in row for row in rows])
        values = np.array([float(row["value"]) for row in rows if "value" in row])
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((weights[:, has] @ values) / weights[:, has].sum(axis=1))

    def beside(self, rows: Sequence[NamedArrays], weights: Floats) -> Mapping[str, float]:
        """`coverage` in %: of the items with a human backchannel, those with one of the model's."""
        has = np.array([row["has"] for row in rows])
        human = weights @ has[:, 1]
        return {"coverage": 100 * float(weights @ has.prod(axis=1) / human)} if human > 0 else {}


def density(starts: Floats, end_s: float) -> Floats | None:
    """The share of backchannels that start in each bin of [0, end_s], spread; None without any."""
    from scipy.special import ndtr

    if not len(starts):
        return None
    edges = BIN_S * np.arange(np.ceil(end_s / BIN_S) + 1)
    mass = np.diff(ndtr((edges - starts[:, None]) / SIGMA_S)).sum(axis=0)
    return np.asarray(mass / mass.sum())


def divergence(p: Floats, q: Floats) -> float:
    """Jensen-Shannon divergence of two distributions in bit, 0 to 1."""
    middle = (p + q) / 2
    terms = [one[one > 0] * np.log2(one[one > 0] / middle[one > 0]) for one in (p, q)]
    return float(np.clip((terms[0].sum() + terms[1].sum()) / 2, 0.0, 1.0))
