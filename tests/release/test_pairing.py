"""Which clips go together."""

from __future__ import annotations

from vidchatbench.release.clip import ReleasedClip
from vidchatbench.release.pairing import candidates
from vidchatbench.release.recipe import Bounds, Pairing

DIALOGUE = Pairing(kind="consecutive", gap_s=Bounds(least=-0.5, most=2.0))


def clip(name, speaker, start, end, *, talking=True, text="words", pair=None):
    return ReleasedClip(
        name=name, video="v", speaker=speaker, start_s=start, end_s=end, box=None, talking=talking, sft=None,
        text=text if talking else "", caption="", framing="", topic="", pair=pair, numbers={},
    )  # fmt: skip


def found(clips, pairing=DIALOGUE, good=lambda clip: True):
    ordered = sorted(clips, key=lambda clip: clip.order)
    return [one.name.replace("\0", " ") for one in candidates(ordered, pairing, good)]


def test_a_pair_is_two_people_within_the_gap():
    assert found([clip("a", "A", 0, 5), clip("b", "B", 5.5, 9)]) == ["a b"]
    assert found([clip("a", "A", 0, 5), clip("b", "B", 4.6, 9)]) == ["a b"], "they may overlap a little"
    assert found([clip("a", "A", 0, 5), clip("b", "B", 4.4, 9)]) == []
    assert found([clip("a", "A", 0, 5), clip("b", "B", 7.0, 9)]) == ["a b"], "the bound is inside"
    assert found([clip("a", "A", 0, 5), clip("b", "B", 7.1, 9)]) == []
    assert found([clip("a", "A", 0, 5), clip("b", "A", 5.5, 9)]) == []
    assert found([clip("a", "A", 0, 5), clip("b", None, 5.5, 9)]) == [], "nobody knows who that is"


def test_nothing_may_come_between():
    between = clip("c", "A", 5.2, 6)
    assert found([clip("a", "A", 0, 5), between, clip("b", "B", 6.5, 9)]) == ["c b"]
    assert found([clip("a", "A", 0, 5), clip("c", "C", 5.2, 6), clip("b", "B", 6.5, 9)]) == ["a c", "c b"]
    listener = clip("l", "B", 0, 5, talking=False)
    assert found([clip("a", "A", 0, 5), listener, clip("b", "B", 5.5, 9)]) == ["a b"], "who listens is not between"


def test_pairs_that_the_release_itself_makes_are_kept():
    assert found([clip("a", "A", 0, 5, pair="1"), clip("b", "B", 5.5, 9, pair="1")]) == ["a b"]
    assert found([clip("a", "A", 0, 5, pair="1"), clip("b", "B", 5.5, 9, pair="2")]) == []
    assert found([clip("a", "A", 0, 5, pair="1"), clip("b", "B", 5.5, 9)]) == []


def test_of_two_that_start_together_the_other_person_counts():
    both = [clip("b1", "A", 5.5, 9), clip("b2", "B", 5.5, 9)]
    assert found([clip("a", "A", 0, 5), *both]) == ["a b2"]


def test_a_clip_that_is_not_good_is_in_no_pair_but_still_between():
    clips = [clip("a", "A", 0, 5), clip("b", "B", 5.2, 6), clip("c", "A", 6.2, 9), clip("d", "B", 9.1, 12)]
    assert found(clips, good=lambda clip: clip.name != "b") == ["c d"]


def test_turns_alternate_between_the_same_two():
    pairing = Pairing(kind="consecutive", gap_s=Bounds(least=0, most=2), turns=(2, 3))
    names = "ABABABAB"
    talk = [clip(f"{n}", who, 5.0 * n, 5.0 * n + 4) for n, who in enumerate(names)]
    assert found(talk, pairing)[0] == "0 1 2 3 4 5"
    assert found(talk, pairing)[-1] == "4 5 6 7"
    third = [clip(f"{n}", who, 5.0 * n, 5.0 * n + 4) for n, who in enumerate("ABCABC")]
    assert found(third, pairing) == []


def test_somebody_alone_is_their_own_question():
    single = Pairing(kind="alone")
    talk = [clip("a", "A", 0, 5), clip("l", "B", 5.5, 9, talking=False), clip("c", None, 9.5, 12)]
    assert found(talk, single) == ["a a", "c c"]


def test_who_listens_is_seen_at_the_same_time():
    listening = Pairing(kind="co_present", overlap_s=Bounds(least=3), responder_talks=False)
    pair = [clip("a", "A", 0, 10), clip("l", "B", 2, 8, talking=False)]
    assert found(pair, listening) == ["a l"]
    one = next(iter(candidates(sorted(pair, key=lambda clip: clip.order), listening, lambda clip: True)))
    assert [(stretch.start_s, stretch.end_s) for stretch in one.turns[0]] == [(2, 8), (2, 8)], "cut to what both have"
    assert found([clip("a", "A", 0, 10), clip("l", "B", 8, 12, talking=False)], listening) == []
    assert found([clip("a", "A", 0, 10), clip("l", "A", 2, 8, talking=False)], listening) == []
    assert found([clip("a", "A", 0, 10), clip("l", None, 2, 8, talking=False)], listening) == ["a l"]
    assert found([clip("a", "A", 0, 10), clip("b", "B", 2, 8)], listening) == []


def test_portrait_and_voice_come_from_elsewhere_and_the_past_is_told():
    pairing = Pairing(kind="consecutive", gap_s=Bounds(most=2), voice="needed", history_s=30.0)
    talk = [clip("a", "A", 0, 5, text="one"), clip("b", "B", 5.5, 9, text="two"), clip("c", "A", 9.5, 14, text="three"),
            clip("d", "B", 14.5, 20, text="four"), clip("e", "C", 60, 64, text="five")]  # fmt: skip
    by_name = {one.name: one for one in candidates(talk, pairing, lambda clip: True)}
    last = by_name["c\0d"]
    assert last.voice is not None
    assert (last.voice.name, last.portrait.name) == ("b", "b")
    assert last.history == (("initiator", "one"), ("responder", "two"))
    assert "a\0b" in by_name, "a later clip of the responder shows the voice as well"
    assert found(talk[:2], pairing) == [], "no other clip of the responder"


def test_a_video_of_many_clips_takes_linear_time():
    many = [clip(f"{n:06}", "AB"[n % 2], 0.0, 10.0, talking=n % 3 > 0) for n in range(5_000)]
    listening = Pairing(kind="co_present", overlap_s=Bounds(least=3), responder_talks=False)
    assert len(found(many, listening)) < 100 * len(many)
    assert found(many) == []
