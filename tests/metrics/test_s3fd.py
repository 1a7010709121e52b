"""S3FD's boxes, and how networks are made ready."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidchatbench_metrics.perception import s3fd

torch = pytest.importorskip("torch")

from vidchatbench_metrics.perception.s3fd_net import S3FDNet

with torch.device("meta"):
    SHAPES = S3FDNet()


@settings(deadline=None, max_examples=12)
@given(st.integers(32, 700), st.integers(32, 700))
def test_a_prior_for_every_answer(height, width):
    """On torch's meta device: shapes without numbers."""
    answer = SHAPES(torch.empty(1, 3, height, width, device="meta"))
    found = s3fd.priors(height, width)
    assert answer.shape == (1, len(found), 6)
    assert found.shape[1:] == (4,)
    assert (found > 0).all()


@st.composite
def boxes(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    corner, size = rng.uniform(0, 50, (draw(st.integers(0, 40)), 2)), draw(st.floats(5, 60))
    found = np.hstack([corner, corner + rng.uniform(1, size, corner.shape)])
    return found, rng.permutation(len(found)) / 100


def iou(a, b):
    w, h = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    shared = max(0, w) * max(0, h)
    return shared / (np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - shared)


@settings(deadline=None, max_examples=60)
@given(boxes(), st.sampled_from([0.1, 0.3, 0.7]))
def test_suppression_keeps_the_best_and_nothing_that_overlaps_it(case, overlap):
    found, scores = case
    kept = s3fd.nms(found, scores, overlap).tolist()
    assert scores[kept].tolist() == sorted(scores[kept], reverse=True)
    for i in range(len(found)):
        better = [k for k in kept if scores[k] > scores[i]]
        assert (i in kept) == all(iou(found[i], found[k]) <= overlap for k in better)


def test_decoding_nothing_gives_the_priors():
    priors = s3fd.priors(64, 96)
    answer = np.zeros((len(priors), 6), np.float32)
    answer[[3, 700 % len(priors)], 5] = 0.9, 0.4
    found = s3fd.decode(answer, priors)
    assert found[:, 0] == pytest.approx([0.9, 0.4])
    assert found[0, 1:] == pytest.approx(np.r_[priors[3, :2] - priors[3, 2:] / 2, priors[3, :2] + priors[3, 2:] / 2])
    assert s3fd.decode(np.zeros_like(answer), priors).shape == (0, 5)


def test_faces_come_back_in_pixels_of_the_picture():
    """A stand-in network that is sure of one place: its box, in pixels of the whole picture, whatever the scale."""

    def sure(pictures):
        answer = np.zeros((1, len(s3fd.priors(*pictures.shape[2:])), 6), np.float32)
        answer[0, 0, 5] = 0.95
        return answer

    image = np.zeros((400, 800, 3), np.uint8)
    (face,) = s3fd.detect_faces(image, sure, scale=0.25)
    assert face == pytest.approx([8 - 32, 8 - 32, 8 + 32, 8 + 32, 0.95], abs=1e-3)
    assert s3fd.detect_faces(image, sure, least=0.96).shape == (0, 5)


def test_a_picture_too_small_for_the_network_is_filled_up():
    def sure(pictures):
        assert pictures.shape == (1, 3, 32, 40)
        assert not pictures[:, :, 15:].any()
        answer = np.zeros((1, len(s3fd.priors(32, 40)), 6), np.float32)
        answer[0, 0, 5] = 0.95
        return answer

    (face,) = s3fd.detect_faces(np.full((60, 160, 3), 9, np.uint8), sure)
    assert face == pytest.approx([8 - 32, 8 - 32, 8 + 32, 8 + 32, 0.95], abs=1e-3)
