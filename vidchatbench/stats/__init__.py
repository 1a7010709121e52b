"""Pure statistics on NumPy arrays: intervals by cluster bootstrap or influence, and distances between samples."""

from vidchatbench.stats.bca import bca_interval
from vidchatbench.stats.difference import difference_interval, influence_scores, jackknife_scores
from vidchatbench.stats.frechet import frechet_distance, frechet_distances
from vidchatbench.stats.frechet_influence import frechet_influence
from vidchatbench.stats.halves import split_halves
from vidchatbench.stats.holm import holm
from vidchatbench.stats.influence import influence_interval
from vidchatbench.stats.interval import Interval
from vidchatbench.stats.kernel import kernel_distance
from vidchatbench.stats.kernel_blocks import KernelBlocks
from vidchatbench.stats.max_t import max_t
from vidchatbench.stats.sign_flip import SignFlip, sign_flip_test
from vidchatbench.stats.slope import pooled_slope
from vidchatbench.stats.wasserstein import wasserstein1, wasserstein1_many

__all__ = [
    "Interval",
    "KernelBlocks",
    "SignFlip",
    "bca_interval",
    "difference_interval",
    "frechet_distance",
    "frechet_distances",
    "frechet_influence",
    "holm",
    "influence_interval",
    "influence_scores",
    "jackknife_scores",
    "kernel_distance",
    "max_t",
    "pooled_slope",
    "sign_flip_test",
    "split_halves",
    "wasserstein1",
    "wasserstein1_many",
]
