"""The oracle's items of lips and faces, computed by the functions that the metrics call."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import weights  # the oracle's filler

from vidchatbench.stats import frechet_distance
from vidchatbench_metrics.emotion.deep3d_align import deep3d_align
from vidchatbench_metrics.emotion.deep3d_net import EXPRESSION, Deep3DNet, face_coefficients
from vidchatbench_metrics.identity.arcface_net import IResNet, face_embeddings
from vidchatbench_metrics.identity.face_align import face_align, similarity
from vidchatbench_metrics.perception import s3fd
from vidchatbench_metrics.perception.s3fd_net import S3FDNet
from vidchatbench_metrics.perception.torch_network import ready_network
from vidchatbench_metrics.sync.face_crop import crop_squares, face_crop
from vidchatbench_metrics.sync.face_track import face_tracks
from vidchatbench_metrics.sync.mfcc import mfcc
from vidchatbench_metrics.sync.sync_distance import sync_distance, windows
from vidchatbench_metrics.sync.syncnet_net import SyncNet, lip_embeddings, sound_embeddings

LAYOUTS = Path(weights.__file__).parent / "layouts"
EVERY = 10


def produce(part) -> dict[str, np.ndarray]:
    """All items of a part, public or held back, by the golden set's names."""
    items = {}
    for one in (cepstra, syncnet, syncdist, detector, crops, arcface, deep3d):
        items |= one(part)
    return {name: np.asarray(value) for name, value in items.items()}


def cepstra(part):
    return {f"mfcc.{n}.int16": mfcc(part.audio(n)) for n in part.names}


def syncnet(part):
    net = filled(SyncNet(), "syncnet")
    items = {}
    for n in part.names:
        frames, sound = part.frames(n), part.audio(n)
        count = windows(len(frames), len(sound))
        lips, heard = lip_embeddings(net, frames, count), sound_embeddings(net, mfcc(sound), count)
        items |= {f"syncnet.{n}.lip_emb": lips, f"syncnet.{n}.aud_emb": heard}
        items |= distances(f"syncnet.{n}", sync_distance(lips, heard))
    return items


def syncdist(part):
    items = {}
    for n in part.meta["syncdist"]:
        for vshift in (15, 10):
            found = sync_distance(*part.syncdist_case(n), vshift)
            items |= distances(f"syncdist.{n}.vshift{vshift}", found)
    return items


def distances(prefix, found):
    named = {
        "dists": found.distances,
        "mean_dist": found.means,
        "offset": found.offset,
        "conf": found.confidence,
        "min_dist": found.distance,
        "framewise_conf": found.framewise,
    }
    return {f"{prefix}.{name}": value for name, value in named.items()}


def detector(part):
    key = f"s3fd.{part.s}"
    shown = s3fd.network_input(part.s3fd_image(), 0.25)
    with torch.inference_mode():
        offsets, scores = filled(S3FDNet(), "s3fd", torch.contiguous_format)(torch.from_numpy(shown))
    loc, conf, priors = part.s3fd_designed()
    found = s3fd.decode(loc[0], conf[0], priors)
    return {
        f"{key}.net_input": shown,
        f"{key}.loc": offsets[0].numpy(),
        f"{key}.conf": scores[0].numpy(),
        f"{key}.priors": s3fd.priors(*shown.shape[2:]),
        f"{key}.detect_designed": found,
        f"{key}.nms01_keep": s3fd.nms(found[:, 1:], found[:, 0], 0.1),
    }


def crops(part):
    frames, detections = part.crop_case()
    boxes = [np.array([face["bbox"] for face in found]).reshape(-1, 4) for found in detections]
    tracks = face_tracks(boxes, gap=25, overlap=0.5, longer=20, larger=100)
    squares = crop_squares(tracks[0].boxes)
    shown = [face_crop(frames[i], square) for i, square in zip(tracks[0].frames, squares, strict=True)]
    named = {
        "n_tracks": len(tracks),
        "track_frames": tracks[0].frames,
        "track_bbox": tracks[0].boxes,
        "smooth_x": squares[:, 0],
        "smooth_y": squares[:, 1],
        "smooth_s": squares[:, 2],
        "crops_bgr_every10": np.stack(shown[::EVERY]),
    }
    return {f"crop.{part.s}.{name}": value for name, value in named.items()}


def arcface(part):
    """End to end, and the networks alone on the stored crops, where the part has them."""
    cases, key = part.arcface_cases(), f"arcface.{part.s}"
    faces = {case: face_align(image, landmarks) for case, (image, landmarks) in cases.items()}
    items = {f"{key}.{case}.crop_bgr": face for case, face in faces.items()}
    items |= {f"{key}.{case}.matrix": similarity(landmarks) for case, (_, landmarks) in cases.items()}
    stored = Path(part.root) / "golden" / "arcface.npz"
    given = faces
    if stored.is_file():
        with np.load(stored, allow_pickle=False) as golden:
            given = {case: golden[f"{key}.{case}.crop_bgr"] for case in faces}
    for layers in (50, 100):
        net = filled(IResNet(layers), f"arcface_iresnet{layers}")
        for prefix, seen in ((key, faces), (f"arcface_net.{part.s}", given)):
            found = face_embeddings(net, np.stack(list(seen.values()))[..., ::-1].copy())
            items |= {f"{prefix}.{case}.emb_iresnet{layers}": row for case, row in zip(seen, found, strict=True)}
    rows = np.stack([items[f"{key}.{case}.emb_iresnet50"] for case in faces])
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    items[f"{key}.cosine_matrix_iresnet50"] = rows @ rows.T
    return items


def deep3d(part):
    net = filled(Deep3DNet(), "deep3d_reconnet_resnet50")
    items, expressions = {}, {}
    for n in part.names:
        faces = []
        for image, landmarks in part.deep3d_cases(n):
            height, width = image.shape[:2]
            faces.append(deep3d_align(image, landmarks * (1, -1) + (0, height - 1)))  # the oracle's y points upwards
        found = face_coefficients(net, np.stack([face.image for face in faces]))
        expressions[n] = found[:, EXPRESSION]
        named = {
            "trans_params": [width, height, faces[0].scale, *faces[0].centre],
            "aligned_rgb": faces[0].image,
            "landmarks_out": faces[0].landmarks,
            "coeff257": found[0],
            "exp64": expressions[n],
        }
        items |= {f"deep3d.{n}.{name}": value for name, value in named.items()}
    groups = [np.concatenate([expressions[n] for n in group]) for group in part.meta["sets"]]
    items[f"deep3d.{part.s}.exp_fid"] = frechet_distance(*groups)
    return items


def filled(network, layout, memory_format=torch.channels_last):
    arrays = weights.fill_layout(str(LAYOUTS / f"{layout}.json"))
    tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
    return ready_network(network, tensors, where=f"{layout}.json", memory_format=memory_format)
