"""Conversations of two tracks whose every event is known, through sound and voice activity; and real clips in noise."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.spoken import PHRASES, RATE, VOICES, say
from helpers.systems import place
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from vidchatbench.media import Clip
from vidchatbench_metrics.perception.speech import Speech
from vidchatbench_metrics.turn.events import Events

pytestmark = pytest.mark.slow
CONVERSATIONS = 200
NEAR_S = 0.05
"""Events closer than this to being others (a gap to an overlap) are not drawn: no ear tells them apart."""

PAIRS = st.permutations(VOICES).map(lambda voices: voices[:2])
UTTERANCES = st.lists(st.tuples(st.sampled_from(PHRASES), st.floats(0.3, 1.2)), min_size=1, max_size=3)
TURNS = st.lists(st.tuples(st.floats(-0.6, 1.5), UTTERANCES), min_size=2, max_size=4)


@pytest.fixture(scope="module")
def speech() -> Speech:
    feature = Speech()
    feature.setup()
    return feature


def build(voices, turns, lead_s):
    """Both tracks' parts, (start in s, sound), speakers taking turns at the drawn offsets."""
    parts, end = ([], []), lead_s
    for k, (offset, utterances) in enumerate(turns):
        at = max(0.0, end + (offset if k else 0))
        for phrase, pause in utterances:
            sound = say(voices[k % 2], phrase)
            parts[k % 2].append((round(at * RATE) / RATE, sound))
            end = parts[k % 2][-1][0] + len(sound) / RATE
            at = end + pause
    return parts


def segments(parts):
    return np.array([(at, at + len(sound) / RATE) for at, sound in parts], np.float64).reshape(-1, 2)


def counts(tracks):
    """The numbers of all kinds of events of both speakers."""
    events = Events.of(*tracks)
    kinds = (
        events.ipus, events.pauses, events.within,
        *((kind(0), kind(1)) for kind in (events.gaps, events.between, events.turns, events.backchannels)),
    )  # fmt: skip
    return [len(one) for pair in kinds for one in pair]


def clear(tracks):
    """Whether every event is what it is by a margin: own silences are pauses, and nothing is near to a limit."""
    lengths = np.concatenate([track[:, 1] - track[:, 0] for track in tracks])
    silences = np.concatenate([track[1:, 0] - track[:-1, 1] for track in tracks])
    apart = np.abs(np.subtract.outer(tracks[0].ravel(), tracks[1].ravel())).ravel()
    near_1_s = np.abs(np.concatenate([lengths, silences, apart]) - 1) <= NEAR_S  # the limits of backchannels
    return bool((silences > 0.25).all() and (apart > NEAR_S).all() and not near_1_s.any())


def test_two_tracks_through_voice_activity(speech: Speech) -> None:
    onsets, ends, right = [], [], []

    @settings(
        max_examples=CONVERSATIONS, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(PAIRS, TURNS, st.floats(0.2, 1.0))
    def each(voices, turns, lead_s):
        parts = build(voices, turns, lead_s)
        truth = [segments(one) for one in parts]
        assume(clear(truth))
        seconds = max(track[-1, 1] for track in truth) + 0.5
        found = [speech.find(place(one, seconds))["segments"] for one in parts]
        right.append(counts(found) == counts(truth))
        for heard, known in zip(found, truth, strict=True):
            errors = heard - known if len(heard) == len(known) else np.full(known.shape, np.inf)
            onsets.extend(np.abs(errors[:, 0]))
            ends.extend(np.abs(errors[:, 1]))

    each()
    shares = [float(np.mean(np.array(found) <= 0.032)) for found in (onsets, ends)]
    print(f"{len(right)} conversations, {len(onsets)} IPUs: onsets {shares[0]:.3f}, ends {shares[1]:.3f}, "
          f"counts {np.mean(right):.3f}")  # fmt: skip
    assert len(right) >= CONVERSATIONS
    assert shares[0] >= 0.95 and shares[1] >= 0.90
    assert np.mean(right) >= 0.97


def test_20_db_of_noise_hardly_moves_the_onset_of_real_speech(speech: Speech, clips) -> None:
    moved = []
    for path in sorted(clips.rglob("*.mp4")):
        sound = Clip(path).audio(RATE)
        (start, _), *_ = speech.find(sound)["segments"]
        for seed in range(2):
            noise = np.random.default_rng(seed).normal(size=len(sound))
            noise *= np.sqrt(np.mean(sound[sound != 0].astype(np.float64) ** 2) / 100)
            (noisy, _), *_ = speech.find((sound + noise).astype(np.float32))["segments"]
            moved.append(noisy - start)
    far = np.abs(moved)
    print(f"{len(far)} runs: median {np.median(moved):.4f} s, p90 {np.percentile(far, 90):.4f} s, "
          f"above 40 ms {np.mean(far > 0.04):.3f}")  # fmt: skip
    assert len(far) >= 32
    assert abs(np.median(moved)) <= 0.010 and np.percentile(far, 90) <= 0.100
