"""When somebody speaks in a clip."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from vidchatbench.errors import Role, Unscored
from vidchatbench.feature import ClipFeature, Inputs
from vidchatbench.types import Array, Floats, NamedArrays
from vidchatbench.weights import PackageFile
from vidchatbench_metrics.perception import edges, onnx, vad
from vidchatbench_metrics.perception.active_level import LEVEL, at_active_level

MERGE_S = 0.2
"""Silences of a speaker below this are part of one inter-pausal unit (dGSLM; Heldner & Edlund 2010 use 0.18 s)."""
LEAST_SPEECH_S = 0.3
"""Less is no reply whose sound, or voice, could be judged."""
_SILENT_DBFS = -120.0
_ROUNDING_S = 1e-6


class Speech(ClipFeature):
    """Speech segments of a clip's sound: the VAD profile `vcb-vad-1`.

    Silero v6 at 16 kHz mono, on sound brought to an active level of -26 dBFS (by at most 40 dB), with hysteresis
    0.5/0.35, speech longer than 60 ms, silence of at least 50 ms, no padding; then every edge moved to where the energy
    rises or falls, and silences below 0.2 s closed.

    Result, times in seconds from the clip's start:
        segments: (k, 2) float64, start and end of the inter-pausal units, ascending; empty where nobody speaks.
        raw: (m, 2) float64, the segments before the closing of short silences.
        speech_s: Sum of the segments' lengths.
        duration_s: Length of the sound.
        rms_dbfs: Level of the whole sound, dB below full scale; -120 for digital silence.

    Raises MediaError (no_audio) where there is no sound track.
    """

    id = "speech.silero"
    version = 1
    requires = ("onnxruntime",)
    extra = "bundled"

    def __init__(self) -> None:
        self._vad: vad.Vad | None = None

    def params(self) -> Mapping[str, str | int | float | bool]:
        """The profile; the constants stand in this file, `vad` and `edges` and are covered by the version."""
        return {"profile": "vcb-vad-1", "level": LEVEL, "edges": "energy36dB", "merge_s": MERGE_S}

    def weights(self) -> Mapping[str, PackageFile]:
        """Silero v6 as faster-whisper ships it."""
        return {
            "vad": PackageFile(
                package="faster_whisper",
                path="assets/silero_vad_v6.onnx",
                sha256="4cbf549b8326f60f80f2536d9eefeb450a9abe83365a098031c89719f1be17d2",
                licence="MIT",
                pip="vidchatbench[bundled]",
            )
        }

    def computation(self) -> Mapping[str, str]:
        """ONNX Runtime on the CPU with one thread and a fixed batch."""
        return onnx.computation(vad.BATCH)

    def setup(self) -> None:
        """Load the network."""
        if self._vad is None:
            self._vad = vad.Vad(self.weights()["vad"].verified())

    def compute(self, inputs: Inputs) -> NamedArrays:
        """Find the speech of the clip."""
        return self.find(inputs.clips["clip"].audio(vad.RATE))

    def find(self, samples: Array) -> NamedArrays:
        """The same for samples: float32, mono, 16 kHz, full scale 1."""
        assert self._vad is not None, "setup() has not run"
        duration_s = len(samples) / vad.RATE
        even = at_active_level(samples)
        raw = vad.hysteresis(self._vad.probabilities(even), duration_s)
        if len(raw):
            raw = edges.refine(raw, edges.envelope(even))
        segments = merge(raw)
        power = float(np.mean(np.square(samples, dtype=np.float64))) if len(samples) else 0.0
        return {
            "segments": segments,
            "raw": raw,
            "speech_s": np.array((segments[:, 1] - segments[:, 0]).sum()),
            "duration_s": np.array(duration_s),
            "rms_dbfs": np.array(max(_SILENT_DBFS, 10 * np.log10(power)) if power > 0 else _SILENT_DBFS),
        }


def merge(segments: Floats, shorter_than_s: float = MERGE_S) -> Floats:
    """Inter-pausal units: the segments (k, 2) joined over silences shorter than `shorter_than_s`."""
    if not len(segments):
        return segments
    apart = np.flatnonzero(segments[1:, 0] - segments[:-1, 1] >= shorter_than_s - _ROUNDING_S)
    return np.stack([segments[np.r_[0, apart + 1], 0], segments[np.r_[apart, len(segments) - 1], 1]], axis=1)


def need_speech(speech: NamedArrays, role: Role = "response") -> float:
    """The seconds of speech in what `Speech` gave for a clip.

    Raises:
        Unscored: no_speech, below 0.3 s: silence is never scored as a good or a bad voice.
    """
    spoken = float(speech["speech_s"])
    if spoken < LEAST_SPEECH_S:
        raise Unscored("no_speech", f"{spoken:.2f} s of speech in the {role}, needs {LEAST_SPEECH_S} s", role=role)
    return spoken
