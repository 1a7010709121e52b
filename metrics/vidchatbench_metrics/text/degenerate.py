"""Metric: replies that are none: too short, too long, in a loop, or without content."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence

import numpy as np

from vidchatbench.feature import On
from vidchatbench.metric import SPOKEN, Card, MeanMetric
from vidchatbench.types import Floats, NamedArrays, Sample
from vidchatbench_metrics.perception.asr import ASR
from vidchatbench_metrics.perception.transcript import Transcript
from vidchatbench_metrics.perception.whisper import Whisper
from vidchatbench_metrics.set_distance import source_group
from vidchatbench_metrics.text.fit import apart
from vidchatbench_metrics.valid_mean import valid_means

SHORT, LONG, LONG_MORE = 0.2, 5, 10
REPEATED, REPEATED_FROM = 0.3, 12
STOCK = frozenset(  # a list literal would be a page long
    """
    a about actually agree ah all alright always am amazing and any anything are aren't as at awesome be been but by
    can can't cannot cool could definitely did didn't do does doesn't don't everything exactly fine for from glad
    good got great had has have haven't hello hey hi hm hmm how i i'd i'll i'm i've idea if in indeed interesting is
    isn't it it'll it's just kind know like lot many maybe me mean mhm mm more much my never nice no nope not
    nothing of oh ok okay on one or other perhaps please point pretty probably question quite really right say see
    so some something sorry sort sounds sure tell thank thanks that that's the them then there there's thing things
    think this to too totally true uh uh-huh um understand very was way we well were what what's will with would wow
    yeah yep yes you you'd you'll you're you've your yourself
    """.split()  # noqa: SIM905
)
"""English words that any reply may hold and none is about."""


class Degenerate(MeanMetric):
    """Share of replies that are too short, too long, repetitive or generic, in %."""

    card = Card(
        id="text.degenerate",
        version=1,
        family="text",
        title="Degenerate replies",
        unit="%",
        range=(0.0, 100.0),
        direction="lower",
        meaning=(
            "Share of replies with at least one flag: too short (no word, or fewer than a fifth of the real reply's), "
            "too long (more than five times as many and ten more), repetitive (of 12 words or more, with over 30 % of "
            "its three-word sequences said before), generic (not one word that says what it is about; English only). A "
            "guard, no quality: real people too say 'yeah, sure'. `same_reply` beside it: the share of replies given "
            "word for word to a question of another source video."
        ),
        source="repeated n-grams: Welleck et al. 2020 (seq-rep-n); generic replies: Li et al. 2016",
        unspecified_by_paper="Not in the paper; thresholds and word list are ours. Recogniser as in text.wer.",
        responds_to=("silence", "loops", "one-word replies", "rambling", "stock phrases"),
        ignores=("picture", "gain", "punctuation", "case"),
        fail_value=100.0,
        tolerance=1.0,
        tasks=SPOKEN,
        profiles=frozenset({"paper"}),
        real="same_item",
    )

    def __init__(self, asr: ASR | None = None) -> None:
        self.asr = asr or Whisper()

    def needs(self) -> Mapping[str, On]:
        """What is heard."""
        return {"heard": self.asr.on("response")}

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """`value`, 100 with a flag; the flags, 100 or 0; a number that stands for the words (`said`); the words."""
        heard = Transcript.of(inputs["heard"])
        english = heard.language in ("", "en")
        raised = flags(heard.text, sample.turn.text, english=english)
        said = hashlib.sha256(" ".join(words(heard.text)).encode()).digest()
        return {
            "value": np.array(100.0 * any(raised.values())),
            **{name: np.array(100.0 * flag) for name, flag in raised.items()},
            "said": np.array(int.from_bytes(said[:6], "big"), np.int64),
            "group": source_group(sample),
            **heard.drawn("response", sample.start_s),
        }

    def beside(self, rows: Sequence[NamedArrays], weights: Floats) -> Mapping[str, float]:
        """The share of each flag, and of replies that are also given elsewhere, among the replies that there are."""
        found = dict(valid_means(rows, weights, short="short", long="long", repetitive="repetitive", generic="generic"))
        own = [(row, weight) for row, weight in zip(rows, weights, strict=True) if "said" in row and weight > 0]
        if own:
            said = np.array([int(row["said"]) for row, _ in own])
            again = ((said[:, None] == said[None, :]) & apart([row for row, _ in own])).any(axis=1)
            found["same_reply"] = 100 * float(np.average(again, weights=[weight for _, weight in own]))
        return found


def flags(heard: str, real: str, *, english: bool = True) -> Mapping[str, bool]:
    """What is wrong with a reply, given the real one: `short`, `long`, `repetitive`, `generic`."""
    said, n, usual = words(heard), len(words(heard)), len(words(real))
    triples = list(zip(said, said[1:], said[2:], strict=False))
    return {
        "short": n == 0 or n < SHORT * usual,
        "long": usual > 0 and n > LONG * usual + LONG_MORE,
        "repetitive": n >= REPEATED_FROM and 1 - len(set(triples)) / len(triples) > REPEATED,
        "generic": english and n > 0 and STOCK.issuperset(said),
    }


def words(text: str) -> list[str]:
    """The words of a text, in lower case: runs of letters and digits, with apostrophes and hyphens inside."""
    return re.findall(r"\w+(?:['-]\w+)*", text.lower().replace("\u2019", "'"))
