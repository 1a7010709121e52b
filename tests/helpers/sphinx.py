"""pocketsphinx as a second recogniser, for tests alone: it runs anywhere, and most of what it hears is wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from vidchatbench_metrics.perception.asr import ASR
from vidchatbench_metrics.perception.transcript import Transcript


@dataclass(frozen=True)
class Sphinx(ASR):
    """The English model that comes with pocketsphinx."""

    id = "speech.sphinx"
    version = 1

    def setup(self):
        if hasattr(self, "_decoder"):
            return
        pocketsphinx = pytest.importorskip("pocketsphinx", reason="needs pip install pocketsphinx")
        object.__setattr__(self, "_decoder", pocketsphinx.Decoder(loglevel="FATAL"))

    def recognise(self, samples):
        self._decoder.start_utt()
        sound = np.round(np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
        self._decoder.process_raw(sound, full_utt=True)
        self._decoder.end_utt()
        found = self._decoder.hyp()
        said = [seg for seg in self._decoder.seg() or () if seg.word[0] not in "<["] if found else []
        words = tuple(seg.word.partition("(")[0] for seg in said)
        times = np.array([(seg.start_frame / 100, (seg.end_frame + 1) / 100) for seg in said], np.float64)
        return Transcript(" ".join(words), words, times.reshape(-1, 2), "en")
