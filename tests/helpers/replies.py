"""Hand-written questions, real replies and graded candidates: `tests/data/replies.jsonl`.

Grades: 1.0 says what the real reply says; 0.8 the same in less; 0.6 answers the question, but otherwise; 0.4 is on the
topic and no answer; 0.2 is about something else. `kind` says what is hard: in a `negation` the candidate of grade 0.6
is the real reply's contrary in almost its words, in a `near miss` that of 0.4 uses its words and says something else.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from helpers.score import sample
from vidchatbench.types import Candidate, Item, NamedArrays, Sample, SampleKey
from vidchatbench_metrics.perception.minilm import MiniLM

GRADES = (1.0, 0.8, 0.6, 0.4, 0.2)
REPLIES = [json.loads(line) for line in (Path(__file__).parents[1] / "data" / "replies.jsonl").open()]


def answered(k: int) -> Sample:
    """The sample of item k, from a source video of its own."""
    own = REPLIES[k]
    candidates = tuple(Candidate(**one) for one in own["candidates"])
    turn = sample(text=own["reply"], initiator_text=own["question"], candidates=candidates).turn
    item = Item(item_id=f"x{k}", task="dialogue", turns=(turn,), portrait="p.png", source_video=f"v{k}")
    return Sample(key=SampleKey(item_id=item.item_id), item=item, start_s=0.0)


class Placed:
    """What MiniLM makes of the list, each text once: the inputs that an item gets where `text` is heard."""

    def __init__(self) -> None:
        self.space = MiniLM()
        self.space.setup()
        texts = [text for k in range(len(REPLIES)) for text in self._texts(k)]
        self._known = dict(zip(texts, self.space.vectors(texts)[0], strict=True))

    @staticmethod
    def _texts(k: int) -> list[str]:
        own = REPLIES[k]
        return [own["question"], own["reply"], *(one["text"] for one in own["candidates"])]

    def heard(self, text: str) -> NamedArrays:
        if text not in self._known:
            self._known[text] = self.space.vectors([text])[0][0]
        return {"heard": self._known[text], "cut": np.array(False)}

    def turn(self, k: int) -> NamedArrays:
        vectors = np.stack([self._known[text] for text in self._texts(k)])
        return {
            "question": vectors[0],
            "reply": vectors[1],
            "candidates": vectors[2:],
            "candidates_cut": np.zeros(len(vectors) - 2, bool),
            "grades": np.array(GRADES),
        }
