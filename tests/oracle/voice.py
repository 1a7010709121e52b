"""The oracle's items of voice and sound: WavLM with ECAPA-TDNN, DNSMOS."""

from __future__ import annotations

import numpy as np
import torch

from vidchatbench_metrics.audio.dnsmos import Dnsmos
from vidchatbench_metrics.perception.torch_net import TorchNet
from vidchatbench_metrics.voice.sim_o import cosine
from vidchatbench_metrics.voice.speaker_net import SpeakerNet

SECONDS = 2


def produce(part, fill) -> dict[str, object]:
    """All items of this kind. `part` is the oracle's inputs; `fill` gives the synthetic tensors of a layout."""
    return {**_voices(part, fill), **_opinions(part)}


def _sound(part, name: str) -> np.ndarray:
    return part.audio(name) / np.float32(32768)


def _voices(part, fill):
    with torch.device("meta"):
        net = SpeakerNet()
    net.load(fill("wavlm_large_ecapa"))
    run = TorchNet(net, device="cpu", batch=1)
    out, embeddings = {}, []
    for name in (f"{part.s}1", f"{part.s}3"):
        sound = _sound(part, name)[None, : SECONDS * 16000]
        with torch.inference_mode():
            hidden = [frames[0].numpy() for frames in net.feature_extract["model"](torch.from_numpy(sound))]
        embeddings.append(run(sound)[0])
        out[f"wavlm.{name}.embedding256"] = embeddings[-1]
        out[f"wavlm.{name}.hidden_means"] = [float(x.mean()) for x in hidden]
        out[f"wavlm.{name}.hidden_stds"] = [float(x.std(ddof=1)) for x in hidden]
        for k in (12, 24):
            out[f"wavlm.{name}.hidden{k}_first4"] = hidden[k][:4]
    out[f"wavlm.{part.s}.cosine"] = cosine(*embeddings)
    return out


def _opinions(part):
    feature = Dnsmos()
    feature.setup()
    names = (*part.names, *part.meta["extra_audio"])
    found = {name: feature.score(_sound(part, name)) for name in names}
    return {
        f"dnsmos.{name}.ovrl_sig_bak_p808": [float(scores[part]) for part in ("ovrl", "sig", "bak", "p808")]
        for name, scores in found.items()
    }
