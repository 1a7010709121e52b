"""UTMOS: the network against the public code's answers for weights of our own making, and its gate against silence."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from helpers.score import sample
from helpers.spoken import RATE, write_wav

torch = pytest.importorskip("torch", reason="needs PyTorch: pip install 'vidchatbench[paper]'")

from vidchatbench.errors import MediaError, NotReady, Unscored
from vidchatbench.feature import Inputs
from vidchatbench.media import Clip
from vidchatbench.types import Reason
from vidchatbench_metrics.audio.naturalness import Naturalness
from vidchatbench_metrics.audio.utmos import Utmos
from vidchatbench_metrics.audio.utmos_net import UtmosNet
from vidchatbench_metrics.perception.torch_net import TorchNet

GOLDEN = {16000: 2.48514, 16320: 2.52457, 40000: 2.58835}
"""What tarepan/SpeechMOS (utmos22/strong) says of `noise` with the weights of `filled`; it pads odd frame counts."""


def filled(shapes: dict[str, torch.Size]) -> dict[str, torch.Tensor]:
    """Weights that depend on name and shape alone, under which activations neither die nor explode."""

    def one(name: str, shape: tuple[int, ...]) -> np.ndarray:
        normal = np.random.RandomState(zlib.crc32(name.encode())).standard_normal(shape)
        if name.endswith("weight_g") or (len(shape) == 1 and name.endswith("weight")):
            return 1 + 0.1 * normal
        return normal * np.sqrt(2 / np.prod(shape[1:])) if len(shape) > 1 else 0.05 * normal

    return {name: torch.from_numpy(one(name, tuple(shape)).astype(np.float32)) for name, shape in shapes.items()}


def noise(samples: int) -> np.ndarray:
    return (0.1 * np.random.RandomState(0).standard_normal((1, samples))).astype(np.float32)


@pytest.mark.slow
def test_the_public_codes_answers() -> None:
    with torch.device("meta"):
        shapes = {name: tensor.shape for name, tensor in UtmosNet().state_dict().items()}
    net = TorchNet(UtmosNet().load(filled(shapes)), device="cpu", batch=1)
    for samples, expected in GOLDEN.items():
        assert float(net(noise(samples))[0]) == pytest.approx(expected, abs=1e-4)


def test_a_tensor_that_is_absent_or_superfluous_is_refused() -> None:
    with torch.device("meta"):
        net = UtmosNet()
    tensors = net.state_dict()
    with pytest.raises(RuntimeError, match=r"Missing key.*domain_emb"):
        net.load({name: tensor for name, tensor in tensors.items() if name != "domain_emb"})
    with pytest.raises(RuntimeError, match="Unexpected key"):
        net.load({**tensors, "more": torch.zeros(1)})


def stats(mos: float, speech_s: float = 2.0) -> float:
    inputs = {"utmos": {"mos": np.array(mos)}, "speech": {"speech_s": np.array(speech_s)}}
    return float(Utmos().item(sample(), inputs)["value"])


def test_value_is_the_score_within_its_scale() -> None:
    assert stats(3.7) == 3.7
    assert stats(5.3) == 5.0
    assert stats(0.4) == 1.0


def test_silence_and_a_missing_answer_are_the_worst() -> None:
    with pytest.raises(Unscored) as caught:
        stats(2.0, speech_s=0.1)
    assert (caught.value.code, caught.value.role) == ("no_speech", "response")
    failed = Utmos().failed(sample(), Reason(code="missing", detail=""), {})
    assert Utmos().total([failed, {"value": np.array(4.0)}], np.ones(2)) == 2.5


def test_without_weights_it_says_what_to_type(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("VIDCHATBENCH_WEIGHTS", str(tmp_path))
    with pytest.raises(NotReady) as caught:
        Naturalness().setup()
    assert "vidchatbench weights pull utmos22-strong" in str(caught.value)


def test_unreadable_or_too_short_is_said(tmp_path) -> None:
    (tmp_path / "broken.wav").write_bytes(b"RIFF no")
    write_wav(tmp_path / "blink.wav", np.zeros(RATE // 100))
    for name, code in (("broken.wav", "unreadable"), ("blink.wav", "too_short")):
        with pytest.raises(MediaError) as caught:
            Naturalness().compute(Inputs({"clip": Clip(tmp_path / name)}))
        assert caught.value.code == code
