"""The sync pipeline against syncnet-python's own code: same weights, same clip, stage by stage.

    python benchmarks/sync_peer.py [--seconds 4]

The weights are our own (S3FD finds white dots, SyncNet's are random but alive), the clip is drawn: 1280 x 720, 25 frames
per second, lossless. One thread; CPU seconds of this process and the programs it calls; quote the ratios. The peer's
requirements would replace our OpenCV, so it stays out of the environment; without it, only our own figures are told:

    pip install --no-deps --target PEER syncnet-python python-speech-features ffmpeg-python future "scenedetect<0.7" click tqdm
    PYTHONPATH=PEER python benchmarks/sync_peer.py
"""  # noqa: E501 - to be copied

from __future__ import annotations

import argparse
import contextlib
import io
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import torch

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "tests")]
from helpers.dots import dot_finder, write_weights
from helpers.film import film
from helpers.nets import _alive
from helpers.score import features, sample

from vidchatbench.errors import NotReady
from vidchatbench.media import Clip
from vidchatbench_metrics.perception.box_tracks import box_tracks
from vidchatbench_metrics.perception.s3fd import detect_faces
from vidchatbench_metrics.perception.s3fd_tracks import S3FDTracks
from vidchatbench_metrics.perception.yunet_tracks import YuNetTracks
from vidchatbench_metrics.sync.face_crop import crop_squares, face_crop
from vidchatbench_metrics.sync.sync_distance import sync_distance
from vidchatbench_metrics.sync.sync_embeddings import SyncEmbeddings
from vidchatbench_metrics.sync.syncnet import SyncNetScores
from vidchatbench_metrics.sync.syncnet_net import SyncNet

SIDE = 130
"""Pixels of the boxes that are tracked and cropped: the reference code wants more than 100."""


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=4)
    n = round(25 * parser.parse_args().seconds)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    known = os.environ.get("VIDCHATBENCH_WEIGHTS")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        frames = [scene(i) for i in range(n)]
        samples = np.random.default_rng(0).integers(-3000, 3000, n * 640).astype(np.int16)
        clip = film(folder / "clip.mkv", frames, sound=samples / 32768, crf=0)
        (folder / "weights").mkdir()
        write_weights(folder / "weights", "s3fd", dot_finder())
        try:
            peer: Any = __import__("syncnet_python")
        except ImportError as error:
            print(f"syncnet-python: not compared, {error} (how to get it: the first lines of this file)")
            peer = None
        tensors = _alive(peer.SyncNetModel() if peer else SyncNet())
        write_weights(folder / "weights", "syncnet-v2", tensors)
        os.environ["VIDCHATBENCH_WEIGHTS"] = str(folder / "weights")
        stages(clip, frames, samples, folder, peer)
        if known:
            os.environ["VIDCHATBENCH_WEIGHTS"] = known
        quick(clip)


def scene(i: int) -> np.ndarray:
    """A dot that flickers beneath, in the middle of a wide picture."""
    image = np.full((720, 1280, 3), 40, np.uint8)
    image[320:336, 640:656] = 255
    image[344:352, 640:656] = 20 + (37 * i) % 50
    return image


def stages(clip: Clip, frames: list, samples: np.ndarray, folder: Path, peer: Any) -> None:
    """Every stage on the same input, then both pipelines on the clip."""
    faces, scores = S3FDTracks(), SyncNetScores()
    faces.setup()
    scores.setup()
    theirs = None
    if peer:
        files = {name: str(next((folder / "weights").glob(f"{name}.*"))) for name in ("sfd_face", "syncnet_v2")}
        with contextlib.redirect_stdout(io.StringIO()):
            theirs = peer.SyncNetPipeline(
                s3fd_weights=files["sfd_face"], syncnet_weights=files["syncnet_v2"], device="cpu", min_face_size=10
            )
    print(f"{len(frames)} frames of 1280 x 720; CPU milliseconds a frame\n{'':26}   ours  theirs")
    few = frames[:10]
    theirs_find = theirs and (lambda: [theirs.s3fd.detect_faces(f, conf_th=0.9, scales=[0.25]) for f in few])
    (ours, other) = told("S3FD", len(few), lambda: [detect_faces(f, faces.net) for f in few], theirs_find)
    if other is not None:
        print(
            f"  largest difference of a box: {max(np.abs(a - b).max() for a, b in zip(ours, other, strict=True)):.1e}"
        )

    x, y = 648.0, 328.0
    found = [np.array([[x - SIDE / 2, y - SIDE / 2, x + SIDE / 2, y + SIDE / 2]]) for _ in frames]

    def crop() -> list:
        (track,) = box_tracks(found, longer=20)
        return [face_crop(frames[i], s) for i, s in zip(track.frames, crop_squares(track.boxes), strict=True)]

    stills, sound = [], folder / "sound.wav"
    if theirs:
        wav(sound, samples)
        for i, frame in enumerate(frames):
            stills.append(str(folder / f"{i:06d}.jpg"))
            cv2.imwrite(stills[-1], frame[..., ::-1])

    def their_crop() -> Any:
        given = [[{"frame": i, "bbox": b[0].tolist(), "conf": 1.0}] for i, b in enumerate(found)]
        theirs.cfg.min_track = 20
        return theirs._crop(theirs._track(given)[0], stills, sound, folder / "cropped")

    crops, _ = told("tracks and crops", len(frames), crop, their_crop if theirs else None)

    seen = folder / "seen"
    seen.mkdir()
    for i, face in enumerate(crops):
        cv2.imwrite(str(seen / f"{i:06d}.jpg"), face[..., ::-1])
    wav(seen / "audio.wav", samples)
    shown = [cv2.imread(str(path)) for path in sorted(seen.glob("*.jpg"))]

    def score() -> tuple[int, float, float]:
        embeddings = SyncEmbeddings(samples, scores.net)
        for face in shown:
            embeddings.add(face)
        found = sync_distance(*embeddings.result())
        return found.offset, found.confidence, found.distance

    options = SimpleNamespace(tmp_dir=str(seen), batch_size=20, vshift=15)
    ours, other = told(
        "SyncNet and distances", len(shown), score, theirs and (lambda: theirs.syncnet.evaluate(options))
    )
    if other is not None:
        print(f"  offset, confidence, distance: {ours}\n{'':32}{other}")

    def whole() -> Any:
        need = {"f": scores.on("response")}
        return features(need, {"response": Clip(clip.video)}, sample().turn)["f"]

    def their_whole() -> Any:
        theirs.cfg.min_track = 50
        return theirs.inference(str(clip.video))

    ours, other = told("clip to scores", len(frames), whole, their_whole if theirs else None)
    print(f"  ours {int(ours['offset'])}, {float(ours['confidence']):.4f}, {float(ours['distance']):.4f}")
    if other is not None:
        print(f"  theirs, by JPEG and MPEG-4, {other[:3]}")


def told(name: str, count: int, ours: Callable[[], Any], theirs: Callable[[], Any] | None) -> tuple[Any, Any]:
    """Both results; prints what a frame cost."""
    took, a = cpu(ours)
    if theirs is None:
        print(f"{name:26} {1e3 * took / count:6.1f}")
        return a, None
    other, b = cpu(theirs)
    print(f"{name:26} {1e3 * took / count:6.1f} {1e3 * other / count:7.1f}   {other / took:4.1f} x")
    return a, b


def cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    """Least CPU seconds of two runs, of this process and its children; and the result."""
    took = []
    for _ in range(2):
        before = _used()
        with contextlib.redirect_stdout(io.StringIO()):
            result = work()
        took.append(_used() - before)
    return min(took), result


def _used() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def quick(clip: Clip) -> None:
    """What the quick detector costs, where its weights are."""
    try:
        took, _ = cpu(lambda: features({"t": YuNetTracks().on("response")}, {"response": clip}, sample().turn))
        count = clip.info.video.ticks(25)
        print(f"\n{'YuNet, with the decode':26} {1e3 * took / count:6.1f}   {took:.2f} s for the clip")
    except NotReady as error:
        print(f"\nYuNet: not measured, {error}")


def wav(path: Path, samples: np.ndarray) -> None:
    """Mono, 16 kHz, 16 bits."""
    from scipy.io import wavfile

    wavfile.write(path, 16000, samples)


if __name__ == "__main__":
    main()
