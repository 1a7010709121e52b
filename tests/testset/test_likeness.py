"""Fingerprints held against each other: any cut, mirror, noise or shift that was put in is read back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers import tiny
from hypothesis import given, settings
from hypothesis import strategies as st

from vidchatbench.media import Clip
from vidchatbench.testset.fingerprint import MIRROR, Fingerprint
from vidchatbench.testset.likeness import likeness
from vidchatbench.testset.verify import judge


def made(seed, n):
    """A clip's fingerprint: looks that drift, movements and sounds that come and go."""
    rng = np.random.default_rng(seed)
    looks = np.repeat(rng.integers(0, 256, (1, 8), dtype=np.uint8), n, 0)
    for at in range(1, n):
        looks[at:] ^= np.packbits(rng.random(64) < 0.01)
    looks[:, 0] &= 127
    moves = rng.integers(60, 200, n).astype(np.uint8)
    sounds = (50 + 25 * rng.random((n, 1)) + 10 * rng.random((n, 8))).astype(np.uint8)
    return Fingerprint(looks, moves, sounds, n / 25, n / 25)


def part(whole, low, high):
    n = (high - low) / 25
    moves = whole.moves[low:high].copy()
    moves[0] = 0
    return Fingerprint(whole.looks[low:high], moves, whole.sounds[low:high], n, n)


def noisy(print, rng, mirrored):
    looks = print.looks ^ np.packbits(rng.random((len(print.looks), 8, 8)) < 0.02).reshape(-1, 8)
    looks[:, 0] &= 127
    sounds = np.clip(print.sounds + rng.normal(0, 1, print.sounds.shape) - 2, 0, 255).astype(np.uint8)
    return replace(print, looks=looks ^ MIRROR if mirrored else looks, sounds=sounds)


cuts = st.integers(-2, 2)


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(40, 120), starts=cuts, ends=cuts, mirrored=st.booleans())
def test_a_cut_is_read_back_to_the_frame(seed, n, starts, ends, mirrored):
    whole = made(seed, n)
    locked = part(whole, 2, n - 2)
    file = noisy(part(whole, 2 + starts, n - 2 + ends), np.random.default_rng(seed), mirrored)
    found = likeness(locked, file)
    assert found.same and found.sure
    assert (found.starts, found.ends, found.mirrored) == (starts, ends, mirrored)
    back = likeness(file, locked)
    assert (back.starts, back.ends) == (-starts, -ends)


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 2**32 - 1), late=st.integers(-4, 4))
def test_sound_that_runs_against_the_picture_is_read_back(seed, late):
    whole = made(seed, 100)
    file = replace(part(whole, 10, 90), sounds=whole.sounds[10 - late : 90 - late])
    found = likeness(part(whole, 10, 90), file)
    assert (found.starts, found.ends, found.sound_late, found.sounds_same) == (0, 0, late, True)


@settings(deadline=None, max_examples=30)
@given(one=st.integers(0, 2**31), other=st.integers(0, 2**31))
def test_others_are_never_the_same(one, other):
    found = likeness(made(one, 80), made(other, 80))
    assert found.same == (one == other)


@settings(deadline=None, max_examples=40)
@given(
    sizes=st.tuples(*[st.integers(0, 5)] * 4),
    fill=st.integers(0, 255),
)
def test_nothing_breaks_on_short_empty_or_flat_tracks(sizes, fill):
    a, b = (
        Fingerprint(*(np.full(shape, fill, np.uint8) for shape in ((p, 8), (p,), (s, 8))), p / 25, s / 25)
        for p, s in (sizes[:2], sizes[2:])
    )
    found = likeness(a, b)
    status, detail = judge(found)
    assert status in ("re-encoded", "re-cut", "changed") and detail
    assert likeness(a, a).same and not likeness(a, a).cut


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(0, 30), heard=st.integers(0, 30))
def test_a_fingerprint_survives_the_lock(seed, n, heard):
    print = made(seed, 30)
    print = Fingerprint(print.looks[:n], print.moves[:n], print.sounds[:heard], n / 25, heard / 25)
    back = Fingerprint.parse(str(print))
    assert all(np.array_equal(getattr(back, name), getattr(print, name)) for name in ("looks", "moves", "sounds"))
    assert (back.picture_s, back.sound_s) == (print.picture_s, print.sound_s)


@pytest.mark.parametrize(
    "text", ["", "1:", "1:!!", "2:AAAAAAAAAAAAAAAA", "1:AQAAAAAAAAAAAAAA", "1:AAAAAAAAAAAAAAAAAA=="]
)
def test_a_damaged_fingerprint_is_no_fingerprint(text):
    with pytest.raises(ValueError, match="damaged"):
        Fingerprint.parse(text)


def test_what_stands_still_in_silence_tells_no_side(tmp_path):
    long = Fingerprint.of(Clip(tiny.write_clip(tmp_path / "a.mp4", seconds=1.0)))
    still = replace(long, looks=long.looks[:1].repeat(25, 0), moves=long.moves * 0, sounds=long.sounds * 0)
    short = Fingerprint(still.looks[:23], still.moves[:23], still.sounds[:23], 0.92, 0.92)
    assert judge(likeness(still, short)) == ("re-cut", "2 frames shorter, nothing in it says on which side")


def test_a_louder_copy_is_mentioned_and_a_much_louder_one_is_another(tmp_path):
    print = made(1, 60)
    for decibels, status, said in ((3, "re-encoded", "3.0 dB louder"), (6, "changed", "6.0 dB louder")):
        found = judge(likeness(print, replace(print, sounds=print.sounds + np.uint8(decibels))))
        assert found[0] == status and said in found[1]


def test_a_real_clip_with_a_steady_tone_is_itself_and_no_other(tmp_path):
    tones = {(hz, level): Fingerprint.of(Clip(tiny.write_clip(tmp_path / f"{hz}{level}.mp4", tone_hz=hz, level=level)))
             for hz in (220.0, 880.0) for level in (40, 90)}  # fmt: skip
    for one, print in tones.items():
        assert likeness(print, print).same and not likeness(print, print).cut
        for other in tones:
            if other[0] != one[0]:
                assert not likeness(print, tones[other]).same, (one, other)
