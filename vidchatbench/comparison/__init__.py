"""Comparison of finished runs: paired by sample, by source video; or why two results may not be compared."""

from vidchatbench.comparison.compare import compare
from vidchatbench.comparison.schema import Comparison, Difference, Obstacle, Pair

__all__ = ["Comparison", "Difference", "Obstacle", "Pair", "compare"]
