"""Feature: every face in a clip by SCRFD, followed from frame to frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vidchatbench.weights import WeightsFile
from vidchatbench_metrics.perception.detected_tracks import DetectedTracks
from vidchatbench_metrics.perception.scrfd_detector import SIDE, SCRFDDetector
from vidchatbench_metrics.weights import WEIGHTS


@dataclass(frozen=True)
class SCRFDTracks(DetectedTracks):
    """`DetectedTracks` by SCRFD, insightface's detector, with its own thresholds; for non-commercial research only.

    Pictures come at a long side of 640 from the decoder's antialiased resize, and not enlarged beyond twice;
    insightface resizes bilinearly without antialiasing, to 640 whatever the picture.

    Source: Guo et al., Sample and computation redistribution for efficient face detection, ICLR 2022.
    """

    id = "faces.scrfd_tracks"
    version = 1

    long_side: int = SIDE
    least: float = 0.5
    keep: float = 0.5
    overlap: float = 0.4

    def weights(self) -> Mapping[str, WeightsFile]:
        """The detector of insightface's packs buffalo_l and antelopev2."""
        return {"scrfd": WEIGHTS["scrfd-10g"]}

    def detector(self) -> SCRFDDetector:
        """SCRFD in onnxruntime."""
        return SCRFDDetector(WEIGHTS["scrfd-10g"].verified())
