"""The measures around SyncNet: cepstra, running median, distances, tracks and crops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidchatbench_metrics.perception.box_tracks import box_tracks
from vidchatbench_metrics.sync.face_crop import SIZE, crop_squares, face_crop
from vidchatbench_metrics.sync.median_filter import median_filter
from vidchatbench_metrics.sync.mfcc import mfcc
from vidchatbench_metrics.sync.sync_distance import sync_distance
from vidchatbench_metrics.sync.sync_embeddings import SyncEmbeddings

SEEDS = st.integers(0, 2**32 - 1)


@settings(deadline=None, max_examples=50)
@given(count=st.integers(1, 3000), loud=st.integers(0, 32767), seed=SEEDS)
def test_cepstra_come_a_hundred_a_second_and_are_finite(count, loud, seed):
    samples = np.random.default_rng(seed).integers(-loud, loud + 1, count).astype(np.int16)
    found = mfcc(samples)
    assert found.shape == (1 if count <= 400 else 1 + -(-(count - 400) // 160), 13)
    assert np.isfinite(found).all()


def test_cepstra_of_a_click_by_hand():
    """One sample of 1 is flat in the spectrum but for the emphasis, and so is its energy."""
    click = np.zeros(400, np.int16)
    click[0] = 1
    flat = np.abs(1 - 0.97 * np.exp(-2j * np.pi * np.arange(257) / 512)) ** 2 / 512
    assert mfcc(click)[0, 0] == pytest.approx(np.log(flat.sum()))


@pytest.mark.parametrize("samples", [np.zeros(800), np.zeros((2, 800), np.int16), np.zeros(0, np.int16)])
def test_cepstra_need_one_channel_of_int16(samples):
    with pytest.raises(ValueError, match="one channel of int16"):
        mfcc(samples)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40), st.sampled_from([1, 3, 9, 13]))
def test_running_median_is_scipys(series, size):
    from scipy.signal import medfilt

    assert np.array_equal(median_filter(np.array(series), size), medfilt(np.pad(series, size), size)[size:-size])


def test_running_median_needs_a_middle():
    with pytest.raises(ValueError, match="odd"):
        median_filter(np.zeros(5), 4)


@settings(deadline=None, max_examples=40)
@given(st.integers(-15, 15), st.integers(31, 60), SEEDS)
def test_a_shift_of_the_sound_is_found(shift, count, seed):
    rng = np.random.default_rng(seed)
    base = rng.normal(size=(count + 30, 64))
    found = sync_distance(base[15 : 15 + count], base[15 + shift : 15 + shift + count])
    assert found.offset == shift
    assert found.confidence > 0
    assert found.distance == found.means.min()
    assert found.distances.shape == (count, 31)


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 12), st.integers(0, 4), SEEDS)
def test_distances_one_by_one(count, vshift, seed):
    """Straight from the definition: row i against sound i + k - vshift, zero beyond the ends."""
    rng = np.random.default_rng(seed)
    lips, sound = rng.normal(size=(2, count, 8)).astype(np.float32)
    found = sync_distance(lips, sound, vshift)
    for i in range(count):
        for k in range(2 * vshift + 1):
            j = i + k - vshift
            other = sound[j] if 0 <= j < count else np.zeros(8)
            wanted = np.sqrt(((lips[i].astype(float) - other + 1e-6) ** 2).sum())
            assert found.distances[i, k] == pytest.approx(wanted, rel=1e-12)
    assert found.confidence == pytest.approx(np.median(found.means) - found.means.min())


def test_distance_needs_windows_of_both():
    with pytest.raises(ValueError, match="one shape"):
        sync_distance(np.zeros((0, 4)), np.zeros((0, 4)))
    with pytest.raises(ValueError, match="one shape"):
        sync_distance(np.zeros((3, 4)), np.zeros((2, 4)))


def embedded(frames, samples, net):
    embeddings = SyncEmbeddings(samples, net)
    for frame in frames:
        embeddings.add(frame)
    return embeddings.result()


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 40), st.integers(0, 40 * 640))
def test_windows_end_one_before_picture_or_sound_does(frames, samples):
    faces = np.zeros((frames, 224, 224, 3), np.uint8)
    lips, sound = embedded(faces, np.zeros(samples, np.int16), lambda x, y: np.ones((len(x), 2, 1024), np.float32))
    assert lips.shape == sound.shape == (max(0, min(frames, samples // 640) - 5), 1024)


def test_each_window_goes_with_its_own_five_frames_and_its_own_sound():
    """A stand-in network that tells what it is shown, over more windows than are held at once."""

    def shown(lips, sound):
        assert lips.dtype == sound.dtype == np.float32
        assert (lips.shape[1:], sound.shape[1:]) == ((224, 224, 15), (1, 13, 20))
        told = np.zeros((len(lips), 2, 1024), np.float32)
        told[:, 0, :15], told[:, 1, :20] = lips[:, 0, 0], sound[:, 0, 0]
        return told

    frames = np.zeros((40, 224, 224, 3), np.uint8)
    frames += np.arange(40, dtype=np.uint8)[:, None, None, None] + np.array([0, 50, 100], np.uint8)
    samples = np.random.default_rng(0).integers(-999, 999, 40 * 640).astype(np.int16)
    lips, sound = embedded(frames, samples, shown)
    assert lips.shape == sound.shape == (35, 1024)
    for i in (0, 7, 8, 34):
        assert lips[i, :15].tolist() == [k + colour for k in range(i, i + 5) for colour in (0, 50, 100)]
        assert sound[i, :20] == pytest.approx(mfcc(samples)[4 * i : 4 * i + 20, 0], rel=1e-6)


@pytest.mark.parametrize("face", [np.zeros((224, 224, 3)), np.zeros((200, 224, 3), np.uint8)])
def test_a_face_of_another_shape_or_type_is_an_error(face):
    with pytest.raises(ValueError, match="uint8"):
        embedded([face], np.zeros(16000, np.int16), None)


def box(x, y=100.0, side=120.0):
    return np.array([x, y, x + side, y + side])


def test_a_face_is_followed_over_gaps_of_up_to_25_frames():
    def track(gap):
        frames = [[box(100.0 + i)] for i in range(60)] + [[]] * gap + [[box(165.0)] for _ in range(60)]
        return box_tracks(frames, longer=50)

    (whole,) = track(24)
    assert whole.frames.tolist() == list(range(144))
    assert np.flatnonzero(~whole.seen).tolist() == list(range(60, 84))
    assert np.diff(whole.boxes[59:85, 0]) == pytest.approx(np.full(25, 6 / 25))
    assert [len(t.frames) for t in track(25)] == [60, 60]


def test_two_faces_are_two_tracks_and_the_rule_of_length_counts_detections():
    left, right = [box(10.0)], [box(10.0), box(500.0)]
    found = box_tracks([right] * 101 + [left] * 50)
    assert [(len(t.frames), t.boxes[0, 0]) for t in found] == [(151, 10), (101, 500)]
    assert not box_tracks([left] * 100)
    sparse = [left if i % 2 else [] for i in range(200)]
    assert not box_tracks(sparse)
    assert len(box_tracks(sparse, longer=99)) == 1


def test_small_faces_and_no_faces_are_no_track():
    assert not box_tracks([[box(10.0, side=100.0)]] * 150)
    assert len(box_tracks([[box(10.0, side=100.5)]] * 150)) == 1
    assert not box_tracks([[]] * 150)
    assert not box_tracks([])


@settings(deadline=None, max_examples=100)
@given(st.floats(-40, 240), st.floats(-30, 150), st.floats(1, 90), SEEDS)
def test_the_crop_is_that_of_the_wholly_padded_picture(x, y, half, seed):
    import cv2

    image = np.random.default_rng(seed).integers(0, 256, (120, 200, 3), dtype=np.uint8)
    x, y = np.clip(x, -0.2 * half, 200 + 0.2 * half), np.clip(y, -0.2 * half, 120)  # the rule as it was written
    pad = int(half * 1.8)
    wide = np.pad(image, ((pad, pad), (pad, pad), (0, 0)), constant_values=110)
    rows = slice(int(y + pad - half), int(y + pad + half * 1.8))
    columns = slice(int(x + pad - half * 1.4), int(x + pad + half * 1.4))
    if wide[rows, columns].shape[:2] == (rows.stop - rows.start, columns.stop - columns.start):
        assert np.array_equal(face_crop(image, np.array([x, y, half])), cv2.resize(wide[rows, columns], (224, 224)))


def test_a_face_far_outside_is_grey_and_one_without_size_is_an_error():
    image = np.zeros((50, 50, 3), np.uint8)
    assert np.array_equal(face_crop(image, np.array([900.0, 20.0, 30.0])), np.full((SIZE, SIZE, 3), 110))
    with pytest.raises(ValueError, match="no pixels"):
        face_crop(image, np.array([20.0, 20.0, 0.0]))


def test_squares_are_smooth_but_at_the_ends():
    boxes = np.array([box(100.0 + i % 2, side=120.0 + 40 * (i == 20)) for i in range(40)])
    squares = crop_squares(boxes)
    assert squares.shape == (40, 3)
    assert squares[10:30, 2].tolist() == [60] * 20
    assert crop_squares(boxes[:7]).all()
    with pytest.raises(ValueError, match="6 frames is too short"):
        crop_squares(boxes[:6])
