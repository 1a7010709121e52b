"""The latency of one sample, as it stands in a row and in the line of `manifest.jsonl`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

_STRICT = {"extra": "forbid", "allow_inf_nan": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Achieved times of one sample, in seconds. What is not there is None, and `absent` says why.

    `start_s` of the answer is another thing: the offset that the answer *declares*, by which the metrics of turn-taking
    place it. These are the times at which its parts *were there*.
    """

    __pydantic_config__ = _STRICT
    clock: Literal["paced", "virtual", "burst", "offline"]
    """`offline`: the adapter was given the whole question at once."""
    hardware: str = ""
    batch: int = 1
    """Samples that the adapter answered in one call; `gen_s` is then this sample's equal part."""
    gen_s: float | None = None
    """The adapter's own time: without waiting for the question, and without encoding the answer."""
    media_s: float | None = None
    """Length of what it made."""
    rtf: float | None = None
    """gen_s / media_s; below 1 it is faster than life."""
    rtf_1s: tuple[float, ...] = ()
    """The same for each full second of the answer after its first chunk: `rtf_p95` is their 95th percentile."""
    speaks: bool = True
    """Whether the task wants speech; where it does not, nothing waits for any."""
    speech_end_s: float | None = None
    """When the initiator has stopped speaking: the zero of the times below, but for ttff_s."""
    ttfa_s: float | None = None
    """Until the first audible sample was there. Negative where it came before the initiator had stopped."""
    ttff_s: float | None = None
    """Until the first frame of any kind had arrived, from the start of the question."""
    ttfv_s: float | None = None
    """Until the first frame of the reply was there: that which is shown at the first audible sample, or after it."""
    ttfav_s: float | None = None
    """Until both were there, playable and in sync. The headline."""
    censored_s: float | None = None
    """Where there is no ttfa_s: until when it was waited for. None: it will never come, the adapter has ended."""
    n_stalls: int | None = None
    """Of a player with a jitter buffer of 0.2 s."""
    stalled_s: float | None = None
    stall_ratio: float | None = None
    """stalled_s / (stalled_s + media_s)."""
    av_skew_ms: float | None = None
    """How far sound and picture come apart where neither waits for the other: 95th percentile over the frames."""
    chunk_jitter_ms: float | None = None
    """Standard deviation of the times between arrivals, less those between the chunks' pts; of the picture's chunks."""
    stop_latency_s: float | None = None
    """From when the initiator begins to speak again, while the answer is heard, until the answer falls silent."""
    lookahead_s: float | None = None
    """Most by which a chunk's pts lies before the input that had been given when it came: its time was over then."""
    lag_ms: float | None = None
    """95th percentile of how late the harness released the question: the noise of this measurement."""
    stages: Mapping[str, float] = field(default_factory=dict)
    """When each `vcb.Mark` first came, after speech_end_s."""
    absent: Mapping[str, str] = field(default_factory=dict)
    """By field: why it is None."""
