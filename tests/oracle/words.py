"""The oracle's items of text, by the functions that the metrics call: word and character error rates."""

from __future__ import annotations

import json
from pathlib import Path

from vidchatbench_metrics.text.edits import edits, normalised, pooled

RULES = {
    "raw": lambda text: text,
    "whisper_english": lambda text: normalised(text, "en"),
    "whisper_basic": lambda text: normalised(text, "de"),
}


def produce(part, fill) -> dict[str, object]:
    """All items of this kind. `part` is the oracle's inputs; `fill` is not needed."""
    out = {}
    pairs = json.loads((Path(part.root) / "inputs" / "text_pairs.json").read_text())
    for name, rule in RULES.items():
        found = {
            unit: [edits(rule(script), rule(heard), unit) for script, heard in pairs]
            for unit in ("words", "characters")
        }
        for k in range(len(pairs)):
            out[f"text.{part.s}.{k}.wer.{name}"] = found["words"][k].rate
            out[f"text.{part.s}.{k}.cer.{name}"] = found["characters"][k].rate
        key = f"text.{part.s}.corpus.{name}"
        out[f"{key}.wer_pooled"] = pooled(found["words"])
        out[f"{key}.wer_mean_of_utterances"] = sum(one.rate for one in found["words"]) / len(pairs)
        out[f"{key}.cer_pooled"] = pooled(found["characters"])
    return out
