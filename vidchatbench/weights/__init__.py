"""How third-party weights are listed, brought to this machine, found and verified."""

from vidchatbench.weights.catalogue import Catalogue, load_catalogue
from vidchatbench.weights.catalogue_file import CatalogueFile
from vidchatbench.weights.entry import WeightsEntry
from vidchatbench.weights.folder import weights_dir
from vidchatbench.weights.package_file import PackageFile
from vidchatbench.weights.weights_file import WeightsFile
from vidchatbench.weights.weights_folder import WeightsFolder

__all__ = [
    "Catalogue",
    "CatalogueFile",
    "PackageFile",
    "WeightsEntry",
    "WeightsFile",
    "WeightsFolder",
    "load_catalogue",
    "weights_dir",
]
