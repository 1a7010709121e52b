"""Pure statistics on NumPy arrays: intervals by cluster bootstrap, and distances between samples."""

from vidchatbench.stats.bca import bca_interval
from vidchatbench.stats.frechet import frechet_distance
from vidchatbench.stats.halves import split_halves
from vidchatbench.stats.interval import Interval
from vidchatbench.stats.wasserstein import wasserstein1, wasserstein1_many

__all__ = ["Interval", "bca_interval", "frechet_distance", "split_halves", "wasserstein1", "wasserstein1_many"]
