"""Feature: how well lips and sound of the person on screen go together, by SyncNet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from vidchatbench.errors import MediaError
from vidchatbench.feature import Feature, FrameFeature, FramePass, Inputs, On
from vidchatbench.media import Frame, MediaInfo, Presentation
from vidchatbench.types import Array, Floats, NamedArrays
from vidchatbench.weights import WeightsFile
from vidchatbench_metrics.perception.checkpoint import state_dict
from vidchatbench_metrics.perception.face_view import FPS
from vidchatbench_metrics.perception.s3fd_tracks import S3FDTracks
from vidchatbench_metrics.perception.subject import Subject, subject_track
from vidchatbench_metrics.perception.torch_net import OnTorch
from vidchatbench_metrics.sync.face_crop import SHORTEST, crop_squares, face_crop
from vidchatbench_metrics.sync.loudness import loud_level
from vidchatbench_metrics.sync.mfcc import RATE
from vidchatbench_metrics.sync.sync_distance import VSHIFT, sync_distance
from vidchatbench_metrics.sync.sync_embeddings import SAMPLES_PER_FRAME, SyncEmbeddings
from vidchatbench_metrics.weights import WEIGHTS

if TYPE_CHECKING:
    from vidchatbench_metrics.sync.syncnet_net import SyncNet


@dataclass(frozen=True)
class SyncNetScores(OnTorch, FrameFeature):
    """Distances between the lips and the sound of the subject's track at 25 frames per second, at 31 shifts.

    Crops come straight from the decoder; the reference code writes them as JPEG in between, which moves embeddings by
    about 4 %. Sound is the clip's, mono at 16 kHz in 16 bits, from the track's first frame on.

    `tracks` finds and follows the faces: it gives `track`, `tick`, `seen`, `box` and `size` as `S3FDTracks` does. Boxes
    are taken as S3FD draws them, from forehead to chin. Of a track with gaps the longest stretch without one is scored.

    Arrays: `windows` () how many windows were scored, 0 where there is no face, or less than seven frames of it or six
    of sound; `ticks` (2,) the track's first frame and the one after its last, both 0 without a track. Shares of the
    track's frames: `seen` () where the face was detected, `fresh` () where the picture is a new one. `side` () the mean
    longer side of its box in pixels of the clip's own picture; `level` () the 95 % quantile of the root mean square of
    its sound in blocks of 40 ms, as a share of full scale. Where there are windows: `confidence`, `distance`, `offset`
    (scalars), `means` (31,) and `framewise` (windows,), as in `SyncDistance`.

    Source: Chung and Zisserman, Out of time, ACCV-W 2016; joonson/syncnet_python.
    """

    id = "sync.syncnet"
    version = 1
    turn_fields = ("subject_box",)
    batch = 8

    subject: Subject = "prefer_box"
    tracks: Feature = S3FDTracks()  # noqa: RUF009 - frozen

    def params(self) -> Mapping[str, str | int | float | bool]:
        """How the subject is chosen, and the shifts."""
        return {"subject": self.subject, "vshift": VSHIFT, "fps": FPS}

    def weights(self) -> Mapping[str, WeightsFile]:
        """Both towers."""
        return {"syncnet": WEIGHTS["syncnet-v2"]}

    def needs(self) -> Mapping[str, On]:
        """All faces of the clip."""
        return {"all": self.tracks.on("clip")}

    def network(self) -> SyncNet:
        """The network with its weights."""
        from vidchatbench_metrics.perception.ready_network import ready_network
        from vidchatbench_metrics.sync.syncnet_net import SyncNet

        file = self.weights()["syncnet"].verified()
        return ready_network(SyncNet(), state_dict(file), where=file)

    def presentations(self, infos: Mapping[str, MediaInfo]) -> Mapping[str, Presentation]:
        """25 frames per second at the clip's own size, as the tracks were found on."""
        video = infos["clip"].video
        if video is None:
            raise MediaError("no_video", "there is no video track to look for faces in")
        return {"clip": Presentation(width=video.width, height=video.height, fps=Fraction(FPS))}

    def start(self, inputs: Inputs) -> FramePass:
        """Choose the track, and take the sound from its first frame on.

        Raises:
            MediaError: `no_audio`, where there is none.
        """
        faces = inputs.needs["all"]
        mine = faces["track"] == subject_track(faces, inputs.fields.get("subject_box"), self.subject)
        rows = np.flatnonzero(mine)
        # A face that was away for a while may still be one track.
        rows = max(np.split(rows, np.flatnonzero(np.diff(faces["tick"][rows]) != 1) + 1), key=len)
        first = int(faces["tick"][rows[0]]) if len(rows) else 0
        sound = inputs.clips["clip"].audio(RATE)[first * SAMPLES_PER_FRAME :]
        samples = np.clip(np.round(sound * 32768.0), -32768, 32767).astype(np.int16)
        boxes = faces["box"][rows].astype(np.float64)
        return _Pass(first, boxes, faces["seen"][rows], samples, SyncEmbeddings(samples, self.net))


class _Pass(FramePass):
    def __init__(self, first: int, boxes: Floats, seen: Array, samples: Array, embeddings: SyncEmbeddings) -> None:
        self.first, self.boxes, self.seen = first, boxes, seen
        self.samples = samples[: len(boxes) * SAMPLES_PER_FRAME]
        self.squares = crop_squares(boxes) if len(boxes) >= SHORTEST else boxes[:0]
        self.embeddings = embeddings
        self.fresh = 0

    def update(self, slot: str, frame: Frame) -> None:
        i = frame.tick - self.first
        if 0 <= i < len(self.boxes):
            self.fresh += not (frame.repeat and i)
        if 0 <= i < len(self.squares):
            self.embeddings.add(face_crop(frame.image, self.squares[i])[..., ::-1])

    def result(self) -> NamedArrays:
        lips, sound = self.embeddings.result()
        sides = self.boxes[:, 2:] - self.boxes[:, :2]
        blocks = self.samples[: len(self.samples) // SAMPLES_PER_FRAME * SAMPLES_PER_FRAME].astype(np.float64) / 32768
        levels = np.sqrt((blocks.reshape(-1, SAMPLES_PER_FRAME) ** 2).mean(axis=1))
        found = {
            "windows": np.array(len(lips), np.int32),
            "ticks": np.array([self.first, self.first + len(self.boxes)], np.int32),
            "seen": np.array(self.seen.mean() if len(self.seen) else 0.0),
            "fresh": np.array(self.fresh / len(self.boxes) if len(self.boxes) else 0.0),
            "side": np.array(sides.max(axis=1).mean() if len(sides) else 0.0),
            "level": np.array(loud_level(levels)),
        }
        if not len(lips):
            return found
        scores = sync_distance(lips, sound)
        return {
            **found,
            "confidence": np.array(scores.confidence),
            "distance": np.array(scores.distance),
            "offset": np.array(scores.offset, np.int32),
            "means": scores.means,
            "framewise": scores.framewise,
        }
