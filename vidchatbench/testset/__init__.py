"""Test sets and outputs folders: the manifest decides what must exist, never the file names found."""

from vidchatbench.testset.load import TestSet, available, load_testset
from vidchatbench.testset.outputs import Outputs, read_outputs

__all__ = ["Outputs", "TestSet", "available", "load_testset", "read_outputs"]
