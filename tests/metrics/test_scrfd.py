"""SCRFD: what its answer means on designed arrays, and the whole way with an ONNX file that always answers alike."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.film import film
from helpers.onnx_file import onnx_file, tiny_arcface, write_onnx
from helpers.score import features, sample
from hypothesis import given, settings
from hypothesis import strategies as st

from vidchatbench.errors import NotReady
from vidchatbench_metrics.perception.scrfd_detector import SCRFDDetector, scrfd_faces
from vidchatbench_metrics.perception.scrfd_tracks import SCRFDTracks

STRIDES = (8, 16, 32)


def answer(*faces):
    """Nothing anywhere but faces: (stride, row, column, which of the two, score, box in strides, landmarks)."""
    parts = [np.zeros((2 * (640 // s) ** 2, width), np.float32) for width in (1, 4, 10) for s in STRIDES]
    for stride, row, column, which, score, box, points in faces:
        k, n = STRIDES.index(stride), (row * (640 // stride) + column) * 2 + which
        parts[k][n], parts[3 + k][n], parts[6 + k][n] = score, box, points
    return parts


POINTS = np.arange(10) / 10
BOX = (1, 2, 3, 4)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(STRIDES), st.integers(0, 19), st.integers(0, 19), st.integers(0, 1), st.floats(0.5, 1, width=32))
def test_each_place_of_each_map_is_where_it_is(stride, row, column, which, score):
    (found,) = scrfd_faces(answer((stride, row, column, which, score, BOX, POINTS)))
    x, y = column * stride, row * stride
    assert found[:4].tolist() == [x - stride, y - 2 * stride, x + 3 * stride, y + 4 * stride]
    assert found[4:14] == pytest.approx(np.tile([x, y], 5) + POINTS * stride, abs=1e-4)
    assert found[14] == np.float32(score)


def test_the_better_of_two_that_overlap_stays_best_first_and_weak_ones_go():
    found = scrfd_faces(
        answer(
            (8, 10, 10, 0, 0.6, BOX, POINTS),
            (8, 10, 10, 1, 0.7, BOX, POINTS),
            (32, 10, 10, 0, 0.9, BOX, POINTS),
            (16, 2, 2, 0, 0.49, BOX, POINTS),
        )
    )
    assert found[:, 14] == pytest.approx([0.9, 0.7])
    assert scrfd_faces(answer()).shape == (0, 15)


def scrfd_file(parts):
    nodes = [("Identity", [f"c{k}"], [f"out{k}"], {}) for k in range(9)]
    return onnx_file(
        nodes,
        constants={f"c{k}": part for k, part in enumerate(parts)},
        inputs={"input.1": [1, 3, "h", "w"]},
        outputs={f"out{k}": part.shape for k, part in enumerate(parts)},
    )


def test_tracks_in_pixels_of_the_clips_own_picture(tmp_path, monkeypatch):
    content = scrfd_file(answer((16, 10, 12, 1, 0.8, (2, 2, 2, 2), POINTS)))
    monkeypatch.setenv("VIDCHATBENCH_WEIGHTS", str(write_onnx(tmp_path, "scrfd-10g", content)))
    clip = film(tmp_path / "clip.mkv", [np.full((200, 320, 3), 90, np.uint8)] * 3)  # shown at twice its size
    found = features({"f": SCRFDTracks().on("response")}, {"response": clip}, sample().turn)["f"]
    assert found["tick"].tolist() == [0, 1, 2]
    assert found["box"] == pytest.approx(np.tile([80, 64, 112, 96], (3, 1)))
    assert found["landmarks"][0, 0] == pytest.approx([96, 80.8])
    assert SCRFDTracks().signature().startswith("faces.scrfd_tracks(v1,clear:0.8,fps:25,gap:25,keep:0.5")


def test_other_networks_are_named(tmp_path, monkeypatch):
    monkeypatch.setenv("VIDCHATBENCH_WEIGHTS", str(tmp_path))
    with pytest.raises(NotReady, match="weights pull scrfd-10g --accept-license"):
        SCRFDTracks().setup()
    (tmp_path / "small.onnx").write_bytes(tiny_arcface())
    with pytest.raises(NotReady, match=r"small\.onnx: takes no picture of 640 x 640"):
        SCRFDDetector(tmp_path / "small.onnx")
    (tmp_path / "eight.onnx").write_bytes(scrfd_file([*answer()[:8], np.zeros((800, 9), np.float32)]))
    with pytest.raises(NotReady, match=r"eight\.onnx: is no SCRFD with landmarks"):
        SCRFDDetector(tmp_path / "eight.onnx")


def test_a_larger_picture_is_refused(tmp_path):
    (tmp_path / "scrfd.onnx").write_bytes(scrfd_file(answer()))
    with pytest.raises(ValueError, match="700 x 10 is larger"):
        SCRFDDetector(tmp_path / "scrfd.onnx")(np.zeros((10, 700, 3), np.uint8))
