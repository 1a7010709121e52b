"""`turn.false_takeover`: how often the model takes the floor while its partner only pauses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vidchatbench.errors import Unscored
from vidchatbench.metric import Card
from vidchatbench.types import Floats, NamedArrays, Reason, Sample
from vidchatbench_metrics.turn.timeline import ROUNDING_S, floor_taking
from vidchatbench_metrics.turn.two_tracks import TwoTracks, beside_question, require_duplex

LEAST_PAUSE_S = 0.5


class FalseTakeover(TwoTracks):
    """Share of the initiator's pauses in which the model starts to speak and takes the floor."""

    card = Card(
        id="turn.false_takeover",
        version=1,
        family="turn",
        title="False takeovers",
        unit="%",
        range=(0.0, 100.0),
        direction="lower",
        meaning=(
            "Share of the pauses in the question, of 0.5 s or more, in which the model begins a reply that takes the "
            "floor (speech spanning 1.0 s or more). Backchannels do not count, and a model that never speaks has 0 %: "
            "read it with turn.response_rate. Only for responses that run beside the question."
        ),
        source="pause handling of Full-Duplex-Bench (Lin et al. 2025)",
        unspecified_by_paper=(
            "A pause is a silence of the initiator's in which the real listener does not take the floor, so that real "
            "changes of speaker are none. In a failed response all pauses count as taken."
        ),
        responds_to=("replying in pauses",),
        ignores=("gain", "sample rate", "mono or stereo", "picture"),
        fail_value=100.0,
        tolerance=0.5,
        tasks=frozenset(("dialogue", "listening", "multi_turn")),
        profiles=frozenset({"duplex"}),
        real="none",
    )

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """`pauses` and those `taken`, both 0 where the response does not run beside the question."""
        self.refuse(sample, inputs)
        row = beside_question(sample)
        pauses = self._pauses(sample, inputs)[: None if row["duplex"] else 0]
        starts = floor_taking(self.speech("response", sample, inputs))[:, 0]
        within = (starts >= pauses[:, :1] - ROUNDING_S) & (starts < pauses[:, 1:])
        return {**row, "pauses": np.array(float(len(pauses))), "taken": np.array(float(within.any(axis=1).sum()))}

    def failed(self, sample: Sample, reason: Reason, inputs: Mapping[str, NamedArrays]) -> NamedArrays | None:
        """All pauses taken."""
        if not {"initiator", "reference"} <= inputs.keys():
            return None
        pauses = np.array(float(len(self._pauses(sample, inputs))))
        return {"duplex": np.array(0.0), "pauses": pauses, "taken": pauses}

    def total(self, rows: Sequence[NamedArrays], weights: Floats) -> float:
        """The share over all pauses, so that items weigh by the number of theirs."""
        require_duplex(rows)
        if not any(float(row["pauses"]) for row in rows):
            raise Unscored("too_short", "no question has a pause of 0.5 s or more", role="initiator")
        return float(self.totals(rows, weights[None])[0])

    def totals(self, rows: Sequence[NamedArrays], weights: Floats) -> Floats:
        """The share for each line of `weights`; NaN where a line leaves no pause."""
        pauses, taken = (np.array([float(row[name]) for row in rows]) for name in ("pauses", "taken"))
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(100 * (weights @ taken) / (weights @ pauses))

    def beside(self, rows: Sequence[NamedArrays], weights: Floats) -> Mapping[str, float]:
        """`pauses`: how many there were."""
        return {"pauses": float(weights @ np.array([float(row["pauses"]) for row in rows]))}

    def _pauses(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> Floats:
        """Initiator's silences (n, 2) of 0.5 s or more in which the real listener does not take the floor."""
        initiator, human = self.initiator(sample, inputs), floor_taking(self.speech("reference", sample, inputs))
        silences = np.stack([initiator[:-1, 1], initiator[1:, 0]], axis=1)
        changes = (human[:, 0] < silences[:, 1:]) & (human[:, 1] > silences[:, :1])
        long = silences[:, 1] - silences[:, 0] >= LEAST_PAUSE_S - ROUNDING_S
        return np.asarray(silences[long & ~changes.any(axis=1)])
