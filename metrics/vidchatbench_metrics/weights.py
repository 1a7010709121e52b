"""The weights that the metrics of this package read and no pip package brings: `weights.json`."""

from __future__ import annotations

from pathlib import Path

from vidchatbench.weights import load_catalogue

WEIGHTS = load_catalogue(Path(__file__).with_name("weights.json"))
