"""Achieved latency: what a streaming run logged, the numbers of one sample, and their summary. Pure; measures nothing.

Times of a run are seconds on the *run clock*, which begins when the question begins to be released, so that it is the
item's timeline as well. A sample of sound or picture is *there* once it has arrived and its time (`pts`) has come.
"""

from vidchatbench.latency.audible import audible
from vidchatbench.latency.log import Chunk, Clock, MarkedAt, StreamLog
from vidchatbench.latency.measure import measure, offline, unanswered
from vidchatbench.latency.summary import Latency, Quantiles, summarise
from vidchatbench.latency.survival import quantile, survival_quantile
from vidchatbench.latency.timing import Timing

__all__ = [
    "Chunk",
    "Clock",
    "Latency",
    "MarkedAt",
    "Quantiles",
    "StreamLog",
    "Timing",
    "audible",
    "measure",
    "offline",
    "quantile",
    "summarise",
    "survival_quantile",
    "unanswered",
]
