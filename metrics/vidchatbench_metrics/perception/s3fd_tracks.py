"""Feature: every face in a clip by S3FD, followed from frame to frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from vidchatbench.errors import MediaError
from vidchatbench.feature import FrameFeature, FramePass, Inputs
from vidchatbench.media import Frame, MediaInfo, Presentation
from vidchatbench.types import Array, NamedArrays
from vidchatbench.weights import WeightsFile
from vidchatbench_metrics.perception.box_tracks import box_tracks
from vidchatbench_metrics.perception.checkpoint import state_dict
from vidchatbench_metrics.perception.face_view import FPS
from vidchatbench_metrics.perception.s3fd import detect_faces
from vidchatbench_metrics.perception.torch_net import OnTorch
from vidchatbench_metrics.weights import WEIGHTS

if TYPE_CHECKING:
    from vidchatbench_metrics.perception.s3fd_net import S3FDNet


@dataclass(frozen=True)
class S3FDTracks(OnTorch, FrameFeature):
    """All faces of a clip at 25 frames per second, as SyncNet's pipeline finds and follows them.

    The detector sees every new picture at `scale` of the clip's own size; a picture that stays on screen keeps its
    faces. A face needs a score above `least` (0 to 1), and a box no larger than the picture. A track goes over at most
    `gap` frames without its face. All tracks are given, also short ones and small faces: whoever reads them says what
    is too short and too small.

    Arrays, one row for each face on each frame, track by track, k rows: `track` (k,) number of the track; `tick` (k,);
    `seen` (k,) whether the face was detected there or lies between two detections; `box` (k, 4) left, top, right,
    bottom in pixels of the clip's own picture, float32. `size` (2,) its width and height, `n_ticks` () number of
    frames. No face at all is a valid result: k is 0.

    Source: Zhang et al., S3FD, ICCV 2017; joonson/syncnet_python, `run_pipeline.py`, without its search for cuts.
    """

    id = "faces.s3fd"
    version = 1
    batch = 1

    scale: float = 0.25
    least: float = 0.9
    gap: int = 25

    def params(self) -> Mapping[str, str | int | float | bool]:
        """Scale, threshold and gap."""
        return {"scale": self.scale, "least": self.least, "gap": self.gap, "fps": FPS}

    def weights(self) -> Mapping[str, WeightsFile]:
        """The detector."""
        return {"s3fd": WEIGHTS["s3fd"]}

    def network(self) -> S3FDNet:
        """The network with its weights, in the memory layout that rounds best."""
        import torch

        from vidchatbench_metrics.perception.ready_network import ready_network
        from vidchatbench_metrics.perception.s3fd_net import S3FDNet

        file = self.weights()["s3fd"].verified()
        return ready_network(S3FDNet(), state_dict(file), where=file, memory_format=torch.contiguous_format)

    def presentations(self, infos: Mapping[str, MediaInfo]) -> Mapping[str, Presentation]:
        """25 frames per second at the clip's own size."""
        video = infos["clip"].video
        if video is None:
            raise MediaError("no_video", "there is no video track to look for faces in")
        return {"clip": Presentation(width=video.width, height=video.height, fps=Fraction(FPS))}

    def start(self, inputs: Inputs) -> FramePass:
        """Begin with nothing seen."""
        return _Pass(self, self.net)


def _within(boxes: Array, width: int, height: int) -> Array:
    """The boxes that a face can have: no side longer than the picture's longer one, and something of it in sight."""
    left, top, right, bottom = boxes.T
    small = np.maximum(right - left, bottom - top) <= max(width, height)
    return np.asarray(boxes[small & (right > 0) & (bottom > 0) & (left < width) & (top < height)])


class _Pass(FramePass):
    def __init__(self, feature: S3FDTracks, net: Callable[..., Array]) -> None:
        self.feature = feature
        self.net = net
        self.size = (0, 0)
        self.found: list[Array] = []

    def update(self, slot: str, frame: Frame) -> None:
        if not (frame.repeat and self.found):
            self.size = (frame.image.shape[1], frame.image.shape[0])
            faces = detect_faces(frame.image, self.net, scale=self.feature.scale, least=self.feature.least)
            self.found.append(_within(faces[:, :4], *self.size))
        else:
            self.found.append(self.found[-1])

    def result(self) -> NamedArrays:
        tracks = box_tracks(self.found, gap=self.feature.gap, longer=0, larger=0)
        none = np.zeros((0, 4))
        return {
            "track": np.repeat(np.arange(len(tracks), dtype=np.int32), [len(track.frames) for track in tracks]),
            "tick": np.array([tick for track in tracks for tick in track.frames], np.int32),
            "seen": np.array([seen for track in tracks for seen in track.seen], bool),
            "box": np.concatenate([none, *(track.boxes for track in tracks)]).astype(np.float32),
            "size": np.array(self.size, np.int32),
            "n_ticks": np.array(len(self.found), np.int32),
        }
