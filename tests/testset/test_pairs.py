"""Which file asks and which answers: by name, by order, and never a guess that is not told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidchatbench.errors import UsageError
from vidchatbench.testset.pairs import WORDS, find_pairs


def lay(root, *names):
    for name in names:
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return root


def found(root, *names):
    pairs = find_pairs(lay(root, *names))
    told = {
        pair.name: (
            str(pair.initiator.relative_to(root)), str(pair.responder.relative_to(root)), pair.by, pair.source,
        )
        for pair in pairs.found
    }  # fmt: skip
    return told, dict(pairs.left_out)


@pytest.mark.parametrize(
    ("asks", "answers", "name", "by", "source"),
    [
        ("case1/initiator.mp4", "case1/responder.mp4", "case1", "name", "case1"),
        ("x_initiator.mp4", "x_responder.mp4", "x", "name", "x"),
        ("x.user.mp4", "x.agent.mkv", "x", "name", "x"),
        ("User-07.mp4", "Agent-07.mp4", "07", "name", "07"),
        ("initiator/001.mp4", "responder/001.mp4", "001", "name", "001"),
        ("video7/questions 1/q.user.mp4", "video7/questions 1/q.agent.mp4", "video7-questions-1-q", "name",
         "video7/questions-1"),
        ("case1/1.mp4", "case1/2.mp4", "case1", "order", "case1"),
        ("a/9.mp4", "a/10.mp4", "a", "order", "a"),
        ("x_1.mp4", "x_2.mp4", "x", "order", "x"),
        ("take a.mp4", "take b.mp4", "take", "order", "take"),
        ("Ünï/früh_initiator.mp4", "Ünï/früh_responder.mp4", "Ünï-früh", "name", "Ünï"),
        ("a.t1/initiator.mp4", "a.t1/responder.mp4", "a-t1", "name", "a-t1"),
    ],
)  # fmt: skip
def test_one_pair(tmp_path, asks, answers, name, by, source):
    assert found(tmp_path / "d", asks, answers) == ({name: (asks, answers, by, source)}, {})


def test_several_pairs_of_one_folder_have_one_source(tmp_path):
    told, _ = found(tmp_path, *(f"v/{k}_{who}.mp4" for k in "pq" for who in ("user", "agent")))
    assert [one[3] for one in told.values()] == ["v", "v"]
    told, _ = found(tmp_path / "flat", *(f"{k}_{n}.mp4" for k in "pq" for n in (1, 2)))
    assert {name: one[3] for name, one in told.items()} == {"p": "p", "q": "q"}


def test_what_stands_beside_a_pair_is_taken(tmp_path):
    lay(tmp_path, "x_initiator.mp4", "x_responder.mp4", "x_portrait.png", "x_voice.wav", "notes.txt", "x_portrait.txt")
    (pair,) = find_pairs(tmp_path).found
    assert pair.portrait == tmp_path / "x_portrait.png" and pair.voice == tmp_path / "x_voice.wav"


@pytest.mark.parametrize(
    ("names", "left", "why"),
    [
        (("1.mp4", "2.mp4", "3.mp4"), {"1.mp4", "2.mp4", "3.mp4"}, "3 such files stand together, not two"),
        (("one.mp4",), {"one.mp4"}, "nothing says who asks"),
        (("x_initiator.mp4",), {"x_initiator.mp4"}, "there is no responder of its name"),
        (("x_user.mp4", "x_user.mov", "x_agent.mp4"), {"x_user.mp4", "x_user.mov", "x_agent.mp4"}, "keep one"),
        (("a b_user.mp4", "a b_agent.mp4", "a-b_user.mp4", "a-b_agent.mp4"), 4, "have the same name and role"),
        (("A/user.mp4", "A/agent.mp4", "a/user.mp4", "a/agent.mp4"), 4, "several pairs would be called"),
        (("x/user.mp4", "x/agent.mp4", "x/1.mp4", "x/2.mp4"), {"x/1.mp4", "x/2.mp4"}, "beside files whose names do"),
    ],
)
def test_what_is_in_no_pair_is_told_with_the_reason(tmp_path, names, left, why):
    _, out = found(tmp_path, *names)
    assert set(out) == (set(names) if isinstance(left, int) else left)
    assert all(why in one for one in out.values()), out


def test_a_third_file_does_not_spoil_a_named_pair(tmp_path):
    told, out = found(tmp_path, "x/user.mp4", "x/agent.mp4", "x/backstage.mp4")
    assert set(told) == {"x"} and set(out) == {"x/backstage.mp4"}


def test_hidden_files_and_the_test_set_itself_are_not_looked_at(tmp_path):
    lay(tmp_path, ".cache/1.mp4", ".cache/2.mp4", "out/media/a.initiator.mp4", "out/media/a.responder.mp4")
    assert find_pairs(tmp_path, besides=tmp_path / "out").found == ()


def test_no_folder(tmp_path):
    with pytest.raises(UsageError, match="no such folder"):
        find_pairs(tmp_path / "absent")


part = st.sampled_from(["a", "B", "1", "2", "x y", "é", "user", "agent", "initiator", "responder", "t1", "cut"])
path = st.tuples(st.lists(part, max_size=2), st.lists(part, min_size=1, max_size=3), st.sampled_from("._- ")).map(
    lambda one: "/".join([*one[0], one[2].join(one[1])]) + ".mp4"
)


@given(st.sets(path, max_size=9))
def test_every_video_is_in_one_pair_or_left_out(tmp_path_factory, names):
    root = lay(tmp_path_factory.mktemp("any"), *names)
    pairs = find_pairs(root)
    used = [str(file.relative_to(root)) for pair in pairs.found for file in (pair.initiator, pair.responder)]
    assert sorted([*used, *pairs.left_out]) == sorted(names)
    assert len({pair.name.casefold() for pair in pairs.found}) == len(pairs.found)
    for pair in pairs.found:
        assert "/" not in pair.name and "." not in pair.name
        said = [role for role in ("initiator", "responder") for word in WORDS[role][0] if word in pair.initiator.stem]
        assert pair.by == "order" or "responder" not in said or "initiator" in said
