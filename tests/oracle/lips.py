"""The oracle's items of lips and faces, computed by the functions that the metrics call."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from vidchatbench.stats import frechet_distance
from vidchatbench_metrics.emotion.deep3d_align import EXPRESSION, deep3d_align, deep3d_coefficients
from vidchatbench_metrics.emotion.deep3d_net import Deep3DNet
from vidchatbench_metrics.perception import s3fd
from vidchatbench_metrics.perception.arcface_net import IResNet
from vidchatbench_metrics.perception.box_tracks import box_tracks
from vidchatbench_metrics.perception.face_align import arcface_embeddings, face_align, similarity
from vidchatbench_metrics.perception.ready_network import ready_network
from vidchatbench_metrics.perception.s3fd_net import S3FDNet
from vidchatbench_metrics.perception.torch_net import TorchNet
from vidchatbench_metrics.sync.face_crop import crop_squares, face_crop
from vidchatbench_metrics.sync.mfcc import mfcc
from vidchatbench_metrics.sync.sync_distance import sync_distance
from vidchatbench_metrics.sync.sync_embeddings import SyncEmbeddings
from vidchatbench_metrics.sync.syncnet_net import SyncNet

EVERY = 10


def produce(part, fill) -> dict[str, object]:
    """All items of this kind. `part` is the oracle's inputs; `fill` gives the synthetic tensors of a layout."""
    return {name: value for one in PRODUCERS for name, value in one(part, fill).items()}


def cepstra(part, fill):
    return {f"mfcc.{n}.int16": mfcc(part.audio(n)) for n in part.names}


def syncnet(part, fill):
    net = on_cpu(ready_network(SyncNet(), fill("syncnet")))
    items = {}
    for n in part.names:
        lips, heard = embedded(part.frames(n), part.audio(n), net)
        items |= {f"syncnet.{n}.lip_emb": lips, f"syncnet.{n}.aud_emb": heard}
        items |= distances(f"syncnet.{n}", sync_distance(lips, heard))
    return items


def embedded(frames, samples, net):
    embeddings = SyncEmbeddings(samples, net)
    for frame in frames:
        embeddings.add(frame)
    return embeddings.result()


def syncdist(part, fill):
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


def detector(part, fill):
    key = f"s3fd.{part.s}"
    net = on_cpu(ready_network(S3FDNet(), fill("s3fd"), memory_format=torch.contiguous_format))
    shown = s3fd.network_input(part.s3fd_image(), 0.25)
    answer = net(shown)[0]
    loc, conf, priors = part.s3fd_designed()
    found = s3fd.decode(np.hstack([loc[0], conf[0]]), priors)
    return {
        f"{key}.net_input": shown,
        f"{key}.loc": answer[:, :4],
        f"{key}.conf": answer[:, 4:],
        f"{key}.priors": s3fd.priors(*shown.shape[2:]),
        f"{key}.detect_designed": found,
        f"{key}.nms01_keep": s3fd.nms(found[:, 1:], found[:, 0], 0.1),
    }


def crops(part, fill):
    frames, detections = part.crop_case()
    boxes = [np.array([face["bbox"] for face in found]).reshape(-1, 4) for found in detections]
    tracks = box_tracks(boxes, gap=25, overlap=0.5, longer=20, larger=100)
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


def arcface(part, fill):
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
        net = on_cpu(ready_network(IResNet(layers), fill(f"arcface_iresnet{layers}")))
        for prefix, seen in ((key, faces), (f"arcface_net.{part.s}", given)):
            found = arcface_embeddings(np.stack(list(seen.values()))[..., ::-1], net)
            items |= {f"{prefix}.{case}.emb_iresnet{layers}": row for case, row in zip(seen, found, strict=True)}
    rows = np.stack([items[f"{key}.{case}.emb_iresnet50"] for case in faces])
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    items[f"{key}.cosine_matrix_iresnet50"] = rows @ rows.T
    return items


def deep3d(part, fill):
    net = on_cpu(ready_network(Deep3DNet(), fill("deep3d_reconnet_resnet50")))
    items, expressions = {}, {}
    for n in part.names:
        faces = []
        for image, landmarks in part.deep3d_cases(n):
            height, width = image.shape[:2]
            faces.append(deep3d_align(image, landmarks * (1, -1) + (0, height - 1)))  # the oracle's y points upwards
        found = deep3d_coefficients(np.stack([face.image for face in faces]), net)
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


def on_cpu(net):
    """As the features run it."""
    return TorchNet(net, device="cpu", batch=1 if isinstance(net, S3FDNet) else 8)


PRODUCERS = (cepstra, syncnet, syncdist, detector, crops, arcface, deep3d)
