"""Values are taken strictly."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidchatbench.release.draft import Draft
from vidchatbench.release.mapping import KINDS, Quantity, load_mapping
from vidchatbench.release.mapping_toml import mapping_toml
from vidchatbench.release.values import Fault, follow, reader, steps_of


def read(name, value, **where):
    return reader(name, Quantity(of="t", **({"path": "x"} | where)))({"x": value})


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("dover", "0.5", "text, not a number"),
        ("dover", True, "a flag, not a number"),
        ("dover", float("nan"), "not finite"),
        ("dover", 10**400, "not finite"),
        ("start", -1, "negative"),
        ("box", [1, 2, 3], "not four numbers"),
        ("box", [1, 2, 3, "4"], "text, not a number"),
        ("box", {"a": 1}, "an object"),
        ("text", 5, "a number, not text"),
        ("text", "x" * 10_000_000, "more than 20,000 characters"),
        ("text", "\ud800", "halves of characters"),
        ("speaker", "a\nb", "no printable id"),
        ("speaker", "", "no printable id"),
        ("speaker", [1], "a list, not an id"),
        ("talking", 2, "neither 0 nor 1"),
        ("talking", "yes", "text, not a flag"),
    ],
)
def test_what_is_not_right_is_a_fault(name, value, fault):
    with pytest.raises(Fault, match=fault):
        read(name, value)


def test_what_is_right_is_taken():
    assert read("dover", 1) == 1.0
    assert read("dover", [1, 2, 6], over_list="mean") == 3.0
    assert read("dover", [0.7, 0.7, 0.7], over_list="mean") == 0.7
    assert read("dover", " 1.5 ", parse=True) == 1.5
    assert read("speaker", 7) == "7"
    assert read("speaker", "None", none=("None",)) is None
    assert read("video", "BK6_XIz6-ZE_1920x1080", pattern="^(.{11})_") == "BK6_XIz6-ZE"
    assert read("talking", 0) is False
    assert read("start", "01:02:03.5", unit="timecode") == 3723.5
    assert read("text", " a \n b ") == "a b"
    assert read("text", [{"t": "a"}, {"t": "b"}], path="x.*.t", over_list="join") == "a b"
    assert read("caption", {"b": "two", "a": "one", "n": 3}, path="x.*", over_list="join") == "one two"
    assert read("dover", None) is None
    assert read("dover", 1, path="y") is None


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda inner: st.lists(inner) |
                    st.dictionaries(st.text(), inner)), st.sampled_from(sorted(KINDS)),
       st.sampled_from(["x", "x.0", "x.*", "x.*.a", ""]))  # fmt: skip
def test_no_value_breaks_a_reader(value, name, path):
    try:
        found = read(name, value, path=path)
    except Fault:
        return
    assert found is None or KINDS[name] == "text" or json.dumps(found, allow_nan=False)


def test_paths():
    assert steps_of("a.0.*") == ("a", 0, "*")
    assert steps_of(("a.b", 0)) == ("a.b", 0)
    assert follow({"a.b": [7]}, ("a.b", 0)) == 7
    assert follow({"0": 5}, (0,)) == 5, "a position may be a key"
    assert follow([1], ("a",)) is None


def test_a_mapping_is_its_own_text(tmp_path, release):
    for mapping in (load_mapping(), release(20)[1]):
        file = tmp_path / f"{mapping.release}.toml"
        file.write_text(mapping_toml(mapping))
        assert load_mapping(file) == mapping
    assert load_mapping().confirmed is False, "nobody of this project has seen the release"
    assert set(KINDS) <= set(Draft.__slots__)
