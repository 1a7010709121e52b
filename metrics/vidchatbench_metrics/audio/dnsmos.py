"""DNSMOS: what listeners would say of the sound's quality, as a network predicts it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from vidchatbench.feature import ClipFeature, Inputs
from vidchatbench.types import Array, NamedArrays
from vidchatbench.weights import PackageFile
from vidchatbench_metrics.audio.mel import RATE, mel
from vidchatbench_metrics.perception import onnx
from vidchatbench_metrics.perception.active_level import LEVEL, at_active_level

WINDOW = 144160
"""9.01 s, the length that the networks take."""
_P808_CUT = 160

_OVRL = (-0.06766283, 1.11546468, 0.04602535)
_SIG = (-0.08397278, 1.22083953, 0.0052439)
_BAK = (-0.13166888, 1.60915514, -0.39604546)


class Scores(NamedTuple):
    """Mean opinion scores, about 1 (bad) to 5 (excellent); the polynomials may leave this range slightly."""

    ovrl: float
    """Overall quality (P.835)."""
    sig: float
    """Quality of the speech itself (P.835)."""
    bak: float
    """Freedom from background noise (P.835)."""
    p808: float
    """Overall quality by the P.808 network."""


def dnsmos(samples: Array, p835: onnx.Session, p808: onnx.Session) -> Scores:
    """DNSMOS of 16 kHz mono sound, full scale 1; what is beyond full scale is clipped, as in playback.

    As in the reference code (microsoft/DNS-Challenge, Reddy et al. 2021 and 2022): sound shorter than 9.01 s is
    doubled until it is long enough; the scores are means over windows of 9.01 s at every second.

    Raises:
        ValueError: Where there are no samples.
    """
    if not len(samples):
        raise ValueError("DNSMOS of no samples")
    sound = np.clip(np.asarray(samples, np.float32), -1, 1)
    while len(sound) < WINDOW:
        sound = np.concatenate([sound, sound])
    hops = int(len(sound) // RATE - WINDOW / RATE) + 1
    scores = []
    for start in range(0, hops * RATE, RATE):
        window = sound[start : start + WINDOW]
        if len(window) < WINDOW:
            break
        sig, bak, ovrl = p835.run(None, {"input_1": window[None]})[0][0].astype(np.float64)
        opinion = p808.run(None, {"input_1": mel(window[:-_P808_CUT])[None]})[0][0][0]
        scores.append((np.polyval(_OVRL, ovrl), np.polyval(_SIG, sig), np.polyval(_BAK, bak), opinion))
    return Scores(*(float(score) for score in np.mean(np.array(scores, np.float64), axis=0)))


class Dnsmos(ClipFeature):
    """DNSMOS of a clip's sound, brought to an active level of -26 dBFS.

    The P.835 network hears the level: unlevelled, 6 dB less moves a clip by up to 0.2. The level is the one of speech
    detection; on 16 real clips the levelled mean is 0.03 to 0.05 above the unlevelled one.

    Result: ovrl, sig, bak, p808, scalars as in `Scores`. Silence has scores too (OVRL 1.84, BAK 3.47): whoever reads
    them must look first whether somebody speaks.
    """

    id = "audio.dnsmos"
    version = 1
    requires = ("onnxruntime",)
    extra = "bundled"

    def __init__(self) -> None:
        self._models: tuple[onnx.Session, onnx.Session] | None = None

    def params(self) -> Mapping[str, str | int | float | bool]:
        """The presentation and the windows."""
        return {"rate": RATE, "window_s": WINDOW / RATE, "hop_s": 1, "level": LEVEL}

    def weights(self) -> Mapping[str, PackageFile]:
        """The networks for P.835 and P.808, as speechmos ships them."""

        def file(name: str, sha256: str) -> PackageFile:
            licence = "CC BY 4.0 (microsoft/DNS-Challenge)"
            path = f"dnsmos_models/{name}.onnx"
            return PackageFile(
                package="speechmos", path=path, sha256=sha256, licence=licence, pip="vidchatbench[bundled]"
            )

        return {
            "p835": file("sig_bak_ovr", "269fbebdb513aa23cddfbb593542ecc540284a91849ac50516870e1ac78f6edd"),
            "p808": file("model_v8", "9246480c58567bc6affd4200938e77eef49468c8bc7ed3776d109c07456f6e91"),
        }

    def computation(self) -> Mapping[str, str]:
        """ONNX Runtime on the CPU with one thread, one window at a time."""
        return onnx.computation(batch=1)

    def setup(self) -> None:
        """Load both networks."""
        if self._models is None:
            files = self.weights()
            self._models = onnx.load(files["p835"].verified()), onnx.load(files["p808"].verified())

    def compute(self, inputs: Inputs) -> NamedArrays:
        """Score the clip's sound; what is beyond full scale is clipped first, as in playback."""
        return self.score(at_active_level(np.clip(inputs.clips["clip"].audio(RATE), -1, 1)))

    def score(self, samples: Array) -> NamedArrays:
        """The networks' answers for samples as they are: float32, mono, 16 kHz, full scale 1."""
        assert self._models is not None, "setup() has not run"
        return {name: np.array(value) for name, value in dnsmos(samples, *self._models)._asdict().items()}
