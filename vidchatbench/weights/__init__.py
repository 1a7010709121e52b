"""How third-party weights are found and verified."""

from vidchatbench.weights.local_file import LocalFile, weights_dir
from vidchatbench.weights.package_file import PackageFile
from vidchatbench.weights.weights_file import WeightsFile

__all__ = ["LocalFile", "PackageFile", "WeightsFile", "weights_dir"]
