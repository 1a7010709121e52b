"""How loud a clip is."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from vidchatbench.feature import ClipFeature, Inputs
from vidchatbench.types import Array, NamedArrays

if TYPE_CHECKING:
    import av

SILENT_LUFS = -70.0
"""What BS.1770 gives where no block passes its absolute gate."""
_LEAST_PEAK = 0.001
"""FFmpeg prints the peak with three decimals."""


class Level(ClipFeature):
    """Integrated loudness (ITU-R BS.1770-4, by FFmpeg's `ebur128`) and true peak of a clip's sound.

    One channel counts as two equal ones, as it is played; more than two are averaged to one first.

    Result, scalars:
        lufs: Integrated loudness in LUFS; -70 for silence, and for sound shorter than one block of 0.4 s.
        true_peak_dbtp: Highest level between samples too, dB relative to full scale; -60 or more.

    Raises MediaError (no_audio) where there is no sound track.
    """

    id = "audio.level"
    version = 1

    def params(self) -> Mapping[str, str | int | float | bool]:
        """The standard, and that one channel counts twice."""
        return {"standard": "BS.1770-4", "dualmono": True}

    def computation(self) -> Mapping[str, str]:
        """FFmpeg's version."""
        from vidchatbench.media import ffmpeg_version

        return {"ffmpeg": ffmpeg_version()}

    def compute(self, inputs: Inputs) -> NamedArrays:
        """Measure the clip's sound as it is stored, block by block."""
        meter: _Meter | None = None
        for block, rate in inputs.clips["clip"].audio_blocks():
            if block.shape[1] > 2:
                block = block.mean(axis=1, keepdims=True)
            meter = meter or _Meter(rate, block.shape[1])
            meter.add(block)
        found = meter.finish() if meter else {}
        peak = max(float(found.get("lavfi.r128.true_peak", 0.0)), _LEAST_PEAK)
        return {
            "lufs": np.array(max(SILENT_LUFS, float(found.get("lavfi.r128.I", SILENT_LUFS)))),
            "true_peak_dbtp": np.array(20 * np.log10(peak)),
        }


class _Meter:
    """FFmpeg's ebur128 filter, fed block by block; its last word stands in the last frame's metadata."""

    def __init__(self, rate: int, channels: int) -> None:
        from av.filter import Graph

        self._rate, self._layout = rate, "mono" if channels == 1 else "stereo"
        self._position = 0
        self._found: dict[str, str] = {}
        graph = Graph()
        self._graph, self._sink = graph, graph.add("abuffersink")
        self._entry = graph.add_abuffer(
            sample_rate=rate, format="flt", layout=self._layout, time_base=Fraction(1, rate)
        )
        ebur128 = graph.add("ebur128", "peak=true:metadata=1:dualmono=true")
        self._entry.link_to(ebur128)
        ebur128.link_to(self._sink)
        graph.configure()

    def add(self, block: Array) -> None:
        import av

        packed = np.ascontiguousarray(block, np.float32).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=self._layout)
        frame.sample_rate, frame.time_base = self._rate, Fraction(1, self._rate)
        frame.pts, self._position = self._position, self._position + len(block)
        self._push(frame)

    def finish(self) -> Mapping[str, str]:
        self._push(None)
        return self._found

    def _push(self, frame: av.AudioFrame | None) -> None:
        import av

        self._entry.push(frame)
        while True:
            try:
                self._found = self._sink.pull().metadata or self._found
            except (av.BlockingIOError, av.EOFError):
                return
