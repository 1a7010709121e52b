"""How third-party weights are found and verified."""

from vidchatbench.weights.package_file import PackageFile

__all__ = ["PackageFile"]
