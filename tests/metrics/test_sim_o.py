"""SIM-o: the network against the reference code's answers, the parts of it that a formula says, and the metric."""

from __future__ import annotations

import json
import math
import sys
import wave
from importlib import import_module

import numpy as np
import pytest
from helpers.score import sample
from helpers.spoken import RATE, write_wav

torch = pytest.importorskip("torch", reason="needs PyTorch: pip install 'vidchatbench[paper]'")

from vidchatbench.errors import MediaError, NotReady, Unscored
from vidchatbench.feature import Inputs
from vidchatbench.media import Clip
from vidchatbench.types import Reason
from vidchatbench_metrics.perception import wav2vec
from vidchatbench_metrics.perception.torch_net import TorchNet
from vidchatbench_metrics.voice import wavlm_net
from vidchatbench_metrics.voice.sim_o import SimO, cosine
from vidchatbench_metrics.voice.speaker import Speaker
from vidchatbench_metrics.voice.speaker_net import SpeakerNet


@pytest.mark.slow
def test_parity_with_the_reference_code(oracle, monkeypatch) -> None:
    monkeypatch.syspath_prepend(str(oracle))
    filler = import_module("weights")
    monkeypatch.delitem(sys.modules, "weights")
    tensors = filler.fill_layout(str(oracle / "layouts" / "wavlm_large_ecapa.json"))
    with torch.device("meta"):
        net = SpeakerNet()
    run = TorchNet(net.load({n: torch.from_numpy(np.array(t)) for n, t in tensors.items()}), device="cpu", batch=1)
    golden = np.load(oracle / "golden" / "wavlm.npz")
    found = []
    for name in ("p1", "p3"):
        with wave.open(str(oracle / "inputs" / f"audio_{name}.wav")) as w:
            sound = np.frombuffer(w.readframes(2 * RATE), "<i2") / np.float32(32768)
        found.append(run(sound[None])[0])
        assert np.abs(found[-1] - golden[f"wavlm.{name}.embedding256"]).max() < 2e-4
    expected = json.loads((oracle / "golden" / "values.json").read_text())["wavlm.p.cosine"]
    assert cosine(*found) == pytest.approx(expected, abs=1e-5)
    quieter = run(sound[None] / 2)[0]
    assert cosine(found[-1], quieter) > 0.9999  # the network evens out the level; what is left is its variance's floor
    assert np.array_equal(run(sound[None])[0], found[-1])


def test_kinds_of_distance() -> None:
    kinds = wavlm_net._kind(torch.arange(-900, 901))
    assert kinds.min() == 0 and kinds.max() == 319
    near = torch.arange(-79, 80)
    assert torch.equal(wavlm_net._kind(near), near.abs() + 160 * (near > 0))
    assert torch.equal(kinds[:900].flip(0) + 160, kinds[901:])  # both directions alike
    assert (kinds[901:].diff() >= 0).all()
    for far in (80, 100, 350, 790):  # T5's rule, by the formula
        assert int(wavlm_net._kind(torch.tensor([-far]))) == 80 + int(math.log(far / 80) / math.log(10) * 80)
    assert wavlm_net._kind(torch.tensor([-800, -5000])).tolist() == [159, 159]


def test_attention_in_parts_is_attention_at_once(monkeypatch) -> None:
    torch.manual_seed(0)
    attention = wavlm_net._GatedAttention(with_positions=True)
    x, positions = torch.randn(1, 50, 1024), torch.randn(16, 99)
    with torch.inference_mode():
        whole = attention(x, positions)
        monkeypatch.setattr(wav2vec, "_QUERIES", 7)
        assert torch.allclose(attention(x, positions), whole, atol=1e-5)


def test_a_frame_is_20_ms() -> None:
    frames = wav2vec.ConvFrames("layer")
    with torch.inference_mode():
        for samples in (400, 719, 720, 1040):
            assert frames(torch.randn(1, samples)).shape == (1, (samples - 400) // 320 + 1, 512)


def test_only_the_trainings_head_may_be_superfluous() -> None:
    with torch.device("meta"):
        net = SpeakerNet()
    tensors = net.state_dict()
    net.load({**tensors, "loss_calculator.projection.weight": torch.zeros(1)})
    with pytest.raises(RuntimeError, match=r"Missing key.*feature_weight"):
        net.load({name: tensor for name, tensor in tensors.items() if name != "feature_weight"})
    with pytest.raises(RuntimeError, match="Unexpected key"):
        net.load({**tensors, "more.weight": torch.zeros(1)})
    with pytest.raises(RuntimeError, match="size mismatch"):
        net.load({**tensors, "feature_weight": torch.zeros(24)})


def stats(a: np.ndarray, b: np.ndarray, spoken: float = 2.0, spoken_reference: float = 2.0) -> float:
    inputs = {
        "response": {"embedding": a},
        "reference": {"embedding": b},
        "response_speech": {"speech_s": np.array(spoken), "segments": np.array([[0.0, spoken]])},
        "reference_speech": {"speech_s": np.array(spoken_reference), "segments": np.array([[0.0, spoken_reference]])},
    }
    found = SimO().item(sample(start_s=3.0, reference_start_s=2.0), inputs)
    assert found["timeline.response"].tolist() == [[3.0, 3.0 + spoken]]
    assert found["timeline.reference"].tolist() == [[2.0, 2.0 + spoken_reference]]
    return float(found["value"])


def test_the_same_voice_is_1_and_scale_does_not_matter() -> None:
    a, b = np.random.default_rng(0).normal(size=(2, 256)).astype(np.float32)
    assert stats(a, 3 * a) == pytest.approx(1.0)
    assert stats(a, -a) == pytest.approx(-1.0)
    assert stats(a, b) == pytest.approx(stats(b, 2 * a))
    assert abs(stats(a, b)) < 0.3
    assert stats(a, a + b) > stats(a, b)


def test_silence_is_the_worst_and_a_silent_reference_is_not_the_models() -> None:
    a = np.ones(256, np.float32)
    for lengths, role in (((0.1, 2.0), "response"), ((2.0, 0.0), "reference"), ((0.0, 0.0), "reference")):
        with pytest.raises(Unscored) as caught:
            stats(a, a, *lengths)
        assert (caught.value.code, caught.value.role) == ("no_speech", role)
    failed = SimO().failed(sample(), Reason(code="missing", detail=""), {})
    assert SimO().total([failed, {"value": np.array(0.5)}], np.ones(2)) == -0.25


def test_without_weights_it_says_what_to_type(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("VIDCHATBENCH_WEIGHTS", str(tmp_path))
    with pytest.raises(NotReady) as caught:
        Speaker().setup()
    assert "vidchatbench weights pull wavlm-large-sv" in str(caught.value)


def test_unreadable_or_too_short_is_said(tmp_path) -> None:
    (tmp_path / "broken.wav").write_bytes(b"RIFF no")
    write_wav(tmp_path / "blink.wav", np.zeros(RATE // 20))
    for name, code in (("broken.wav", "unreadable"), ("blink.wav", "too_short")):
        with pytest.raises(MediaError) as caught:
            Speaker().compute(Inputs({"clip": Clip(tmp_path / name)}))
        assert caught.value.code == code
