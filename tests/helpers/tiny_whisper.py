"""A Whisper model of random numbers, in the file format that faster-whisper reads: what it hears is nonsense."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from ctranslate2.specs.model_spec import OPTIONAL, LayerSpec
from ctranslate2.specs.whisper_spec import WhisperSpec
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

WIDTH, HEADS, LAYERS, MELS, STATES = 32, 2, 2, 80, 448
WORDS = (
    "the",
    "a",
    "boat",
    "summer",
    "never",
    "train",
    "late",
    "green",
    "house",
    "we",
    "sing",
    "quiet",
    "salt",
    "nine",
)
LANGUAGES = ("<|en|>", "<|de|>", "<|zh|>")
MARKS = ("<|endoftext|>", "<|startoftranscript|>", *LANGUAGES, "<|translate|>", "<|transcribe|>",
         "<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>")  # fmt: skip


def write_whisper(folder: Path, seed: int = 0) -> Path:
    """`config.json`, `model.bin`, `preprocessor_config.json`, `tokenizer.json`, `vocabulary.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    times = [f"<|{k * 0.02:.2f}|>" for k in range(1501)]
    texts = [
        *letters,
        *(f"\u0120{word}" for word in WORDS),
        "",
    ]  # CTranslate2 knows multilingual ones by the empty token
    tokens = [*texts, *MARKS, *times]
    tokenizer = Tokenizer(models.BPE(vocab={token: k for k, token in enumerate(texts)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(mark, special=True) for mark in MARKS])
    tokenizer.add_tokens([AddedToken(time) for time in times])
    tokenizer.save(str(folder / "tokenizer.json"))

    spec = WhisperSpec(LAYERS, HEADS, LAYERS, HEADS)
    _fill(spec.encoder, np.random.default_rng(seed), STATES, inputs=MELS)
    _fill(spec.decoder, np.random.default_rng(seed + 1), STATES, inputs=len(tokens))
    spec.encoder.position_encodings.encodings = _random(np.random.default_rng(seed), 1500, WIDTH)
    bias = np.full(len(tokens), 0.0, np.float32)
    bias[: len(letters)] = bias[len(texts) - 1] = -30  # of the texts, only our words
    spec.decoder.projection.bias = bias
    spec.register_vocabulary(tokens)
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = []
    spec.config.lang_ids = [tokens.index(language) for language in LANGUAGES]
    spec.config.alignment_heads = [(layer, head) for layer in range(LAYERS) for head in range(HEADS)]
    spec.validate()
    spec.save(str(folder))
    features = {"feature_size": MELS, "sampling_rate": 16000, "hop_length": 160, "chunk_length": 30, "n_fft": 400}
    (folder / "preprocessor_config.json").write_text(json.dumps(features))
    return folder


def _random(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return (rng.normal(size=shape) / np.sqrt(shape[-1])).astype(np.float32)


def _fill(layer: LayerSpec, rng: np.random.Generator, states: int, *, inputs: int, path: str = "") -> None:
    """Random numbers in all tensors that a Whisper of this width has."""
    for name, value in list(vars(layer).items()):
        here = f"{path}.{name}"
        if isinstance(value, LayerSpec):
            _fill(value, rng, states, inputs=inputs, path=here)
        elif isinstance(value, list):
            for k, one in enumerate(value):
                _fill(one, rng, states, inputs=inputs, path=f"{here}[{k}]")
        elif name == "gamma":
            layer.gamma = np.ones(WIDTH, np.float32)
        elif name == "beta":
            layer.beta = np.zeros(WIDTH, np.float32)
        elif name == "encodings":
            layer.encodings = _random(rng, states, WIDTH)
        elif value is None or (value == OPTIONAL and name == "bias" and "embeddings" not in path):
            shape = _shape(path, inputs)
            setattr(layer, name, _random(rng, *(shape if name == "weight" else shape[:1])))


def _shape(path: str, inputs: int) -> tuple[int, ...]:
    if "conv" in path:
        return (WIDTH, inputs if "conv1" in path else WIDTH, 3)
    if "embeddings" in path or "projection" in path:
        return (inputs, WIDTH)
    if "ffn" in path:
        return (4 * WIDTH, WIDTH) if "linear_0" in path else (WIDTH, 4 * WIDTH)
    if "self_attention.linear[0]" in path:
        return (3 * WIDTH, WIDTH)
    if ".attention.linear[1]" in path:
        return (2 * WIDTH, WIDTH)
    return (WIDTH, WIDTH)
