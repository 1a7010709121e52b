"""What SyncNet's numbers owe to the faces it is shown: the detector, the box, the files of the reference code.

    python benchmarks/sync_faces.py FOLDER [--frames 75]

For every mp4 below FOLDER the subject's track by YuNet, its crops, and the scores over the first frames of it; then the
same with one thing changed. Printed are medians over the clips (and the largest): how far the crop moved, in pixels of
its 224; how much the lip embeddings, the distance and the confidence changed. With `syncnet-v2` in the weights folder
these are the real numbers, and with `s3fd` the reference detector is among the changes; without them SyncNet has random
weights, and only relative changes mean anything. The files need the program ffmpeg.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "tests")]
from helpers.nets import _alive
from helpers.score import features, sample

from vidchatbench.errors import NotReady
from vidchatbench.media import Clip, Presentation
from vidchatbench_metrics.perception.ready_network import ready_network
from vidchatbench_metrics.perception.s3fd_tracks import S3FDTracks
from vidchatbench_metrics.perception.subject import subject_track
from vidchatbench_metrics.perception.torch_net import TorchNet
from vidchatbench_metrics.perception.yunet_tracks import YuNetTracks
from vidchatbench_metrics.sync.face_crop import SIZE, crop_squares, face_crop
from vidchatbench_metrics.sync.sync_distance import sync_distance
from vidchatbench_metrics.sync.sync_embeddings import SyncEmbeddings
from vidchatbench_metrics.sync.syncnet import SyncNetScores
from vidchatbench_metrics.sync.syncnet_net import SyncNet

CHANGES = {
    "YuNet at 320 pixels": lambda x, y, half: (x, y, half),
    "box 10 % smaller": lambda x, y, half: (x, y, 0.9 * half),
    "box 10 % larger": lambda x, y, half: (x, y, 1.1 * half),
    "box 5 % lower": lambda x, y, half: (x, y + 0.1 * half, half),
    "box 5 % to the right": lambda x, y, half: (x + 0.1 * half, y, half),
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--frames", type=int, default=75)
    args = parser.parse_args()
    net = _network()
    found: dict[str, list[tuple[float, ...]]] = {}
    for file in sorted(args.folder.rglob("*.mp4")):
        for name, row in changes(Clip(file), args.frames, net):
            found.setdefault(name, []).append(row)
            if name == "":
                print(f"{file.relative_to(args.folder)}: C {row[0]:.3f}, D {row[1]:.3f}, offset {row[2]:+.0f}")
    print(f"\n{'change':34} clips  crop px     embeddings    distance      confidence    same offset")
    for name, rows in found.items():
        if name:
            columns = [f"{statistics.median(c):.3g} ({max(c):.2g})" for c in zip(*rows, strict=True)]
            same = sum(row[-1] == 0 for row in rows)
            print(f"{name:34} {len(rows):5}  {columns[0]:11} " + " ".join(f"{c:13}" for c in columns[1:4]), same)


def _network() -> TorchNet:
    feature = SyncNetScores(tracks=YuNetTracks())
    try:
        net = feature.network()
        print("SyncNet's own weights\n")
    except NotReady as error:
        print(f"random weights, so that only relative changes mean anything: {error}\n")
        net = ready_network(SyncNet(), _alive(SyncNet()))
    return TorchNet(net, device="cpu", batch=8)


def changes(clip: Clip, most: int, net: TorchNet) -> Iterator[tuple[str, tuple[float, ...]]]:
    """C, D and offset of the clip under the name "", then what each change does to them."""
    tracks = {"base": _squares(clip, YuNetTracks())}
    if len(tracks["base"]) < 37 or clip.info.audio is None:
        return
    tracks["YuNet at 320 pixels"] = _squares(clip, YuNetTracks(long_side=320))
    try:
        S3FDTracks().weights()["s3fd"].verified()
        tracks["S3FD, as the reference has it"] = _squares(clip, S3FDTracks())
    except NotReady:
        pass
    base = tracks.pop("base")
    for name, change in CHANGES.items():
        tracks.setdefault(name, {tick: change(*square) for tick, square in base.items()})
    common = sorted(set(base).intersection(*tracks.values()))[:most]
    if len(common) < 37 or common[-1] - common[0] != len(common) - 1:
        return
    shown = {name: [] for name in ("base", *tracks)}
    for frame in _frames(clip):
        if common[0] <= frame.tick <= common[-1]:
            for name, squares in {"base": base, **tracks}.items():
                shown[name].append(face_crop(frame.image, np.array(squares[frame.tick]))[..., ::-1])
    if shutil.which("ffmpeg"):
        shown["the crops as MPEG-4, then JPEG"] = _through_files(shown["base"])
    sound = clip.audio(16000)[common[0] * 640 :]
    samples = np.clip(np.round(sound * 32768.0), -32768, 32767).astype(np.int16)
    lips, scores = {}, {}
    for name, faces in shown.items():
        embeddings = SyncEmbeddings(samples, net)
        for face in faces:
            embeddings.add(face)
        lips[name], heard = embeddings.result()
        scores[name] = sync_distance(lips[name], heard)
    own = scores["base"]
    yield "", (own.confidence, own.distance, own.offset)
    for name in list(shown)[1:]:
        moved = [
            np.abs(_edges(tracks.get(name, base)[t]) - _edges(base[t])).max() / base[t][2] / 2.8 * SIZE for t in common
        ]
        apart = np.linalg.norm(lips[name] - lips["base"], axis=1) / np.linalg.norm(lips["base"], axis=1)
        new = scores[name]
        yield name, (
            float(np.median(moved)), float(np.median(apart)), abs(new.distance / own.distance - 1),
            abs(new.confidence / own.confidence - 1), abs(new.offset - own.offset),
        )  # fmt: skip


def _edges(square: tuple[float, ...]):
    x, y, half = square
    return np.array([x - 1.4 * half, x + 1.4 * half, y - half, y + 1.8 * half])


def _squares(clip: Clip, tracks: YuNetTracks | S3FDTracks) -> dict[int, tuple[float, ...]]:
    faces = features({"all": tracks.on("response")}, {"response": clip}, sample().turn)["all"]
    mine = faces["track"] == subject_track(faces, None, "largest")
    if mine.sum() < 7:
        return {}
    squares = crop_squares(faces["box"][mine].astype(float))
    return dict(zip(faces["tick"][mine].tolist(), map(tuple, squares), strict=True))


def _frames(clip: Clip):
    video = clip.info.video
    for _, frame in clip.frames([Presentation(width=video.width, height=video.height, fps=Fraction(25))]):
        yield frame


def _through_files(faces: list) -> list:
    """As the reference code keeps them: XVID at OpenCV's defaults, then JPEG at ffmpeg's."""
    with tempfile.TemporaryDirectory() as folder:
        writer = cv2.VideoWriter(f"{folder}/c.avi", cv2.VideoWriter_fourcc(*"XVID"), 25, (SIZE, SIZE))
        for face in faces:
            writer.write(np.ascontiguousarray(face))
        writer.release()
        command = ["ffmpeg", "-v", "error", "-i", f"{folder}/c.avi", "-threads", "1", "-f", "image2"]
        subprocess.run([*command, f"{folder}/%06d.jpg"], check=True)
        return [cv2.imread(str(path)) for path in sorted(Path(folder).glob("*.jpg"))]


if __name__ == "__main__":
    main()
