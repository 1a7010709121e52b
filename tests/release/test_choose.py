"""Choosing: counts, strata, spread, and people that are nowhere else."""

from __future__ import annotations

import hashlib
import tempfile
from collections import Counter
from pathlib import Path

from helpers.synthetic_release import write_release
from hypothesis import given, settings
from hypothesis import strategies as st

from vidchatbench.errors import DataError
from vidchatbench.release import build, load_mapping, load_recipe
from vidchatbench.release.candidate import Candidate, Stretch, stratum
from vidchatbench.release.choose import allocate, choose, spread
from vidchatbench.release.clip import ReleasedClip
from vidchatbench.release.importer import read_release
from vidchatbench.release.recipe import Reserve

TEXTS = ("the band played a song", "a game for the team", "nothing of note")


def clip(name, video, speaker, text=""):
    return ReleasedClip(
        name=name, video=video, speaker=speaker, start_s=0.0, end_s=float(3 + len(name) % 9), box=None, talking=True,
        sft=None, text=text, caption="", framing="full-body" if len(name) % 2 else "", topic="", pair=None,
        numbers={},
    )  # fmt: skip


def candidate(number, video, responder, text):
    first, second = (
        clip(f"a{number}", video, f"{video}/x"),
        clip(f"b{'b' * (number % 7)}{number}", video, responder, text),
    )
    return Candidate(turns=((Stretch.whole(first), Stretch.whole(second)),), portrait=None, voice=None, history=())


candidates = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 9), st.sampled_from(TEXTS)), min_size=1, max_size=60
).map(lambda drawn: [candidate(n, f"v{video}", f"p{person}", text) for n, (video, person, text) in enumerate(drawn)])


def rank(name):
    return hashlib.sha256(name.encode()).hexdigest()


STRATA = load_recipe("speakervid-500").strata


@given(candidates, st.integers(1, 70), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_choice_has_the_count_and_no_order(found, count, shuffler):
    chosen = choose(found, count, rank, lambda one: stratum(one, STRATA))
    assert len(chosen) == min(count, len(found))
    assert len({one.item_id for one in chosen}) == len(chosen)
    other = list(found)
    shuffler.shuffle(other)
    assert choose(other, count, rank, lambda one: stratum(one, STRATA)) == chosen


@given(candidates, st.integers(1, 70))
@settings(deadline=None)
def test_no_video_or_person_is_twice_before_it_must_be(found, count):
    """As long as one each suffices there is one each; no clip is ever in two items."""
    ranked = sorted(found, key=lambda one: rank(one.name))
    taken = spread(ranked, count)
    clips = [clip.name for one in taken for clip in one.clips]
    assert len(clips) == len(set(clips))
    most = max(Counter(one.video for one in taken).most_common(1)[0][1],
               Counter(one.responder for one in taken).most_common(1)[0][1])  # fmt: skip
    # With one fewer a video and person, the count would not have been reached.
    assert most == 1 or len(spread_at_most(ranked, most - 1)) < count


def spread_at_most(ranked, most):
    videos, people, taken = Counter(), Counter(), []
    for cap in range(1, most + 1):
        for one in ranked:
            if one not in taken and videos[one.video] < cap and people[one.responder] < cap:
                taken.append(one)
                videos[one.video] += 1
                people[one.responder] += 1
    return taken


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 500), min_size=1), st.integers(0, 2000))
def test_shares_sum_up_and_follow_the_sizes(sizes, count):
    shares = allocate(sizes, count)
    total = sum(sizes.values())
    want = min(count, total)
    assert sum(shares.values()) == want
    assert all(0 <= shares[one] <= size for one, size in sizes.items())
    filled = [one for one, size in sizes.items() if size]
    if want >= len(filled):
        assert all(shares[one] for one in filled)
    # Never far from the share of its size: by less than one, but for those that gave one away or were given one.
    given_away = sum(want * sizes[one] < total for one in filled)
    assert all(abs(shares[one] - want * sizes[one] / total) < 1 + given_away for one in filled)


def test_larger_strata_have_more():
    assert allocate({"a": 100, "b": 300, "c": 1}, 5) == {"a": 1, "b": 3, "c": 1}
    assert allocate({"a": 1, "b": 1}, 5) == {"a": 1, "b": 1}
    assert allocate({}, 5) == {}


@given(st.text(), st.floats(0.01, 1.0))
def test_the_reserve_depends_on_the_id_alone(video, share):
    held = Reserve(salt="s", share=share).holds(video)
    assert held == Reserve(salt="s", share=share).holds(video)
    assert not held or Reserve(salt="s", share=min(1.0, share * 1.5)).holds(video), "a larger reserve keeps what it has"
    assert Reserve(salt="s", share=1.0).holds(video)


def test_the_reserve_has_its_share():
    held = sum(Reserve(salt="s", share=0.05).holds(f"video{n}") for n in range(20_000))
    assert 900 < held < 1100


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.floats(0.3, 0.9), st.integers(1, 4))
@settings(deadline=None, max_examples=10)
def test_nobody_of_the_test_set_is_left_in_training(world, layout, share, count):
    """What is not excluded shares no video and nobody with the test set, open or held back; the two share nobody."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "release"
        mapping = load_mapping(write_release(root, 900, layout=layout, world_seed=world, plain=True))
        recipe = load_recipe("speakervid-500", count=count, private=1, reserve={"salt": "t", "share": share})
        try:
            found = build(root, recipe, mapping, b"k" * 16)
        except DataError as error:  # a small world may have too few: then it says so, and there is no test set
            assert "items" in str(error)
            return
        everything = [clip for clips in read_release(root, mapping).videos.values() for clip in clips]
    assert (len(found.chosen), len(found.private)) == (count, 1)
    videos, people = set(found.videos), set(found.speakers)
    training = [clip for clip in everything if clip.video not in videos and clip.speaker not in people]
    for one in (*found.chosen, *found.private):
        assert one.video in videos
        assert one.speakers
        assert not one.speakers & {clip.speaker for clip in training}
        assert one.video not in {clip.video for clip in training}
    open_people = {speaker for one in found.chosen for speaker in one.speakers}
    assert not open_people & {speaker for one in found.private for speaker in one.speakers}
    assert not {one.video for one in found.chosen} & {one.video for one in found.private}


def test_the_key_decides_what_is_held_back_and_nothing_else(release, built, tmp_path):
    root, mapping = release(1500)
    sets = {key: built(root, mapping, key=key, private=5) for key in (b"a" * 16, b"b" * 16)}
    one, other = sets.values()
    assert one[0].chosen == other[0].chosen
    assert one[0].private != other[0].private
    assert (one[1] / "items.jsonl").read_bytes() == (other[1] / "items.jsonl").read_bytes()
    plain, _ = built(root, mapping)
    assert plain.chosen == one[0].chosen
    assert plain.private == []


def test_strata_are_covered(release, built):
    """With more items than strata, each stratum that has a candidate has an item."""
    found, _ = built(*release(1500), count=60, private=0)
    strata = found.recipe.strata
    ranked = sorted(found.eligible, key=lambda one: found.recipe.rank(one.name))
    pool = {stratum(one, strata) for one in spread(ranked, 60)}
    assert len(pool) <= 60
    assert {stratum(one, strata) for one in found.chosen} == pool
