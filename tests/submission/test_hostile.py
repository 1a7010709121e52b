"""What lies in a submission's folder may be anything: each is refused by its code, with a remedy."""

from __future__ import annotations

import gzip
import io
import json
import os
import pickle
import shutil
import socket
import struct
import zipfile
import zlib
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from submission import mutator
from submission.mutator import Content
from vidchatbench.cli import main
from vidchatbench.submission import schema
from vidchatbench.submission.bounded import LIMITS, Refused, read_folder, unpack
from vidchatbench.submission.check import check_submissions
from vidchatbench.submission.opened import open_submission

SUBMISSION, RESULTS, ITEMS, STATS, MANIFEST, FINGERPRINTS = schema.FILES


@pytest.fixture
def run(good, tmp_path) -> Path:
    folder = tmp_path / good.run.parent.name / good.run.name
    shutil.copytree(good.run, folder)
    return folder


def codes(folder: Path, testset: Path | str, level: int = 1) -> set[str]:
    (verdict,) = check_submissions([folder], testsets=[testset], level=level).submissions
    errors = [one for one in verdict.findings if one.severity == "error"]
    assert (verdict.verdict == "refused") == bool(errors)
    assert all(one.remedy and one.detail.isprintable() and one.where.isprintable() for one in errors)
    assert "unfinished" not in {one.code for one in errors}, errors
    return {one.code for one in errors}


def forge(run: Path, name: str, raw: bytes) -> None:
    """Another file with its digest in submission.json."""
    content = Content.of(run)
    mutator.write(content, run, [])
    said = json.loads((run / SUBMISSION).read_bytes())
    (run / name).write_bytes(raw)
    said["files"][name] = {"sha256": mutator.hashlib.sha256(raw).hexdigest(), "bytes": len(raw)}
    (run / SUBMISSION).write_text(json.dumps(said))


def test_the_real_one_passes(run, few):
    assert codes(run, few) == set()


KINDS = {
    "a link": lambda path: path.symlink_to("/etc/passwd"),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a second name": lambda path: os.link(path.with_name(RESULTS), path),
    "a folder": lambda path: path.mkdir(),
    "a pipe": lambda path: os.mkfifo(path),
    "a socket": lambda path: bound(path),
}


def bound(path):
    here = Path.cwd()
    os.chdir(path.parent)  # a socket's path is short
    try:
        socket.socket(socket.AF_UNIX).bind(path.name)
    finally:
        os.chdir(here)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", [STATS, MANIFEST])
def test_where_a_file_must_be(kind, name, run, few):
    (run / name).unlink()
    KINDS[kind](run / name)
    assert "file-kind" in codes(run, few)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(run, few):
    (run / ITEMS).chmod(0)
    assert codes(run, few) == {"file-kind"}


def test_a_folder_that_is_a_link(run, few, tmp_path):
    (tmp_path / "other__x").mkdir()
    link = tmp_path / "other__x" / run.name
    link.symlink_to(run)
    assert codes(link, few) == {"file-kind"}
    parent = tmp_path / "demo__link"
    parent.symlink_to(run.parent)
    assert "path" in codes(parent / run.name, few)


@pytest.mark.parametrize(
    "name", ["payload.pkl", ".git", "..stats.npz", "run.json", "a\x1b[31m", "conftest.py", "__init__.py"]
)
def test_anything_else(name, run, few):
    (run / name).write_text("x")
    assert codes(run, few) == {"file-extra"}


def test_very_many_files(run, few):
    for k in range(80):
        (run / f"f{k}").touch()
    assert {"file-extra", "too-large"} <= codes(run, few)


@pytest.mark.parametrize("name", schema.FILES)
def test_a_file_that_is_not_there(name, run, few):
    (run / name).unlink()
    assert codes(run, few) == {"file-missing"}


@pytest.mark.parametrize("name", schema.FILES)
def test_a_file_that_is_too_large(name, run, few):
    with (run / name).open("r+b") as stream:
        stream.truncate(LIMITS[name] + 1)
    assert "too-large" in codes(run, few)


@pytest.mark.parametrize("name", schema.FILES[1:])
def test_a_file_that_was_exchanged(name, run, few):
    (run / name).write_bytes((run / name).read_bytes() + b"\n")
    assert "digest" in codes(run, few)


@cache
def bomb() -> bytes:
    """A gzip file of 40 kB that unpacks to 40 MB of blanks."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(b" " * (1 << 20)) for _ in range(40)) + packer.flush()


PACKED = {
    "a bomb": (bomb, "too-large"),
    "a bomb in a bomb": (lambda: gzip.compress(bomb()), "json"),
    "cut short": (lambda: gzip.compress(b"{}\n" * 1000)[:-9], "damaged"),
    "nothing": (lambda: b"", "damaged"),
    "no gzip": (lambda: b"{}\n", "damaged"),
    "a wrong checksum": (lambda: gzip.compress(b"{}\n")[:-8] + b"\0" * 8, "damaged"),
    "two parts": (lambda: gzip.compress(b"{}\n") * 2, "damaged"),
    "something behind it": (lambda: gzip.compress(b"{}\n") + b"\0" * 512, "damaged"),
}


@pytest.mark.parametrize("what", PACKED)
@pytest.mark.parametrize("name", [ITEMS, FINGERPRINTS])
def test_a_packed_file(what, name, run, few):
    content, code = PACKED[what]
    forge(run, name, content())
    assert code in codes(run, few)


def archive(parts, *, packing=zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name, raw in parts:
            info = zipfile.ZipInfo(name)
            info.compress_type = packing
            made.writestr(info, raw)
    return buffer.getvalue()


def npy(array, **keywords) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asarray(array), **keywords)
    return buffer.getvalue()


def head(text: str, body: bytes = b"") -> bytes:
    raw = text.encode() + b" " * (118 - len(text)) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(raw)) + raw + body


def of_shape(n: int, body: bytes = b"") -> bytes:
    return head(f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({n},), }}", body)


HERE = "/tmp/vidchatbench-was-here"


class Evil:
    def __reduce__(self):
        return (Path(HERE).touch, ())


def pickled() -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.array([Evil()], dtype=object), allow_pickle=True)
    return buffer.getvalue()


VALUE = "turn.fto_w1/response.npy"
ARCHIVES = {
    "no archive": (lambda: b"PK" + b"\0" * 40, "damaged"),
    "nothing": (lambda: b"", "damaged"),
    "a pickle": (lambda: pickle.dumps([1]), "damaged"),
    "a pickled array": (lambda: archive([(VALUE, pickled())]), "array"),
    "a path out": (lambda: archive([("../../x/y.npy", npy([1.0]))]), "array"),
    "an absolute path": (lambda: archive([("/etc/x.npy", npy([1.0]))]), "array"),
    "a name with a zero": (lambda: archive([("turn.fto_w1/response.npy\0.py", npy([1.0]))]), "array"),
    "a page before it": (lambda: b"<html>" + archive([(VALUE, npy([1.0]))]), "damaged"),
    "a name twice": (lambda: archive([(VALUE, npy([1.0])), (VALUE, npy([2.0]))]), "array"),
    "a bomb": (lambda: archive([(VALUE, npy(np.zeros(1 << 22)))]), "too-large"),
    "very many parts": (lambda: archive([(f"a.b/c{k}.npy", b"") for k in range(9000)]), "too-large"),
    "a shape that is not there": (lambda: archive([(VALUE, of_shape(99, b"\0" * 8))]), "array"),
    "a huge shape": (lambda: archive([(VALUE, of_shape(9999999999999))]), "too-large"),
    "a negative shape": (lambda: archive([(VALUE, of_shape(-1, b"\0" * 8))]), "array"),
    "more than its shape": (lambda: archive([(VALUE, npy([1.0]) + b"hidden")]), "array"),
    "code in its head": (lambda: archive([(VALUE, head(f"open('{HERE}', 'w')"))]), "damaged"),
    "structured": (lambda: archive([(VALUE, npy(np.zeros(2, [("a", "f8")])))]), "array"),
    "dates": (lambda: archive([(VALUE, npy(np.zeros(2, "M8[s]")))]), "array"),
    "columns first": (lambda: archive([(VALUE, npy(np.asfortranarray(np.ones((2, 3)))))]), "array"),
    "big-endian": (lambda: archive([(VALUE, npy(np.zeros(2, ">f8")))]), "array"),
    "no array": (lambda: archive([(VALUE, b"hello")]), "damaged"),
    "packed by bzip2": (lambda: archive([(VALUE, npy([1.0]))], packing=zipfile.ZIP_BZIP2), "damaged"),
    "an array of no metric": (lambda: archive([("my.data/notes.npy", npy(np.zeros(9, np.uint8)))]), "array"),
}  # fmt: skip


@pytest.mark.parametrize("what", ARCHIVES)
def test_an_archive(what, run, few):
    content, code = ARCHIVES[what]
    forge(run, STATS, content())
    assert code in codes(run, few)
    assert not Path(HERE).exists()


def lines(run: Path, name: str) -> list[bytes]:
    raw = (run / name).read_bytes()
    return (gzip.decompress(raw) if name.endswith(".gz") else raw).splitlines()


JSON = {
    "NaN": (lambda line: line.replace(b'"bytes":', b'"start_s":NaN,"bytes":', 1), "json"),
    "Infinity": (lambda line: line.replace(b'"turn":0', b'"turn":Infinity', 1), "json"),
    "1e999": (lambda line: line.replace(b'"turn":0', b'"turn":1e999', 1), "json"),
    "a key twice": (lambda line: line.replace(b'"turn":0', b'"turn":0,"turn":0', 1), "json"),
    "a whole number without end": (lambda line: line.replace(b'"turn":0', b'"turn":' + b"9" * 5000, 1), "json"),
    "nested without end": (lambda line: line.replace(b'"turn":0', b'"turn":' + b"[" * 100_000, 1), "json"),
    "nested": (lambda line: line.replace(b'"turn":0', b'"turn":' + b"[" * 900 + b"]" * 900, 1), {"schema", "json"}),
    "not UTF-8": (lambda line: line.replace(b"mp4", b"mp\xff", 1), "json"),
    "half a surrogate": (lambda line: line.replace(b"mp4", b"\\ud800", 1), "json"),
    "a byte order mark": (lambda line: b"\xef\xbb\xbf" + line, "json"),
    "two values": (lambda line: line + b" 1", "json"),
    "a comment": (lambda line: line + b"// x", "json"),
    "a number as text": (lambda line: line.replace(b'"turn":0', b'"turn":"0"', 1), "schema"),
    "a number as a truth": (lambda line: line.replace(b'"turn":0', b'"turn":false', 1), "schema"),
    "a list instead": (lambda line: b"[]", "schema"),
    "an empty line": (lambda line: line + b"\n", "json"),
    "an unknown field": (lambda line: line.replace(b'"turn":0', b'"turn":0,"rank":1', 1), "schema"),
    "a path out": (lambda line: line.replace(b'"file":"', b'"file":"../../', 1), "manifest"),
    "an absolute path": (lambda line: line.replace(b'"file":"', b'"file":"/home/me/', 1), "manifest"),
    "an item of another name": (lambda line: line.replace(b'"d01"', b'"d01.s1"', 1), "samples"),
}  # fmt: skip


@pytest.mark.parametrize("what", JSON)
def test_a_line(what, run, few):
    change, code = JSON[what]
    first, *others = lines(run, MANIFEST)
    assert change(first) != first
    forge(run, MANIFEST, b"\n".join([change(first), *others]) + b"\n")
    assert codes(run, few) & ({code} if isinstance(code, str) else code)


def test_very_many_lines(run, few):
    forge(run, MANIFEST, b"{}\n" * 300_000)
    assert "too-large" in codes(run, few)


def test_another_test_set_or_split(run, few):
    content = Content.of(run)
    for name, value in (
        ("testset", "mini"),
        ("testset_sha256", "0" * 64),
        ("version", "9"),
        ("protocol", "conditioned"),
    ):
        mutant = content.copy(RESULTS)
        mutant.json[RESULTS]["benchmark"][name] = value
        mutator.write(mutant, run, [RESULTS])
        assert "testset-other" in codes(run, few)
    assert codes(run, "mini") == {"testset-unknown"}


def test_a_test_set_that_is_not_here_is_never_taken_from_a_path_in_the_submission(run, few):
    mutant = Content.of(run).copy(RESULTS)
    mutant.json[RESULTS]["benchmark"]["testset"] = str(few)
    mutator.write(mutant, run, [RESULTS])
    assert codes(run, "mini") == {"testset-unknown"}


@pytest.mark.parametrize(
    ("mark", "code"), [("1234abcd", "signature"), ("unofficial-1234abcd", "weights"), ("unrecorded", "weights")]
)
def test_other_weights(mark, code, run, few):
    mutant = Content.of(run).copy(RESULTS)
    result = mutant.json[RESULTS]["metrics"]["turn.fto_w1"]
    result["signature"] += f",weights:{mark}"
    mutator.write(mutant, run, [RESULTS])
    assert code in codes(run, few)


def test_a_folder_that_changes_while_it_is_read_is_told_of_as_it_was_read(run, few):
    opened, findings = open_submission(run)
    assert opened is not None and findings == []
    for name in schema.FILES:
        (run / name).write_bytes(b"gone")
    assert len(opened.rows.rows("turn.fto_w1")) == sum(item.task != "listening" for item in opened.items)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_bytes_in_any_file(data, run, few):
    name = data.draw(st.sampled_from(schema.FILES))
    before = (run / name).read_bytes()
    at = data.draw(st.integers(0, len(before)))
    there = data.draw(st.binary(max_size=30))
    raw = before[:at] + there + before[at + data.draw(st.integers(0, 30)) :]
    said = (run / SUBMISSION).read_bytes()
    try:
        if name == SUBMISSION:
            (run / name).write_bytes(raw)
        else:
            forge(run, name, raw)
        if raw != before:
            open_submission(run)
            codes(run, few)
    finally:
        (run / name).write_bytes(before)
        (run / SUBMISSION).write_bytes(said)


def test_unpacking_stops_at_its_limit():
    with pytest.raises(Refused) as refused:
        unpack(ITEMS, bomb())
    assert refused.value.finding.code == "too-large"


def test_a_path_that_is_no_folder_is_a_usage_error(tmp_path, capsys):
    assert main(["check-submission", str(tmp_path / "absent")]) == 2
    assert "there is no such folder" in capsys.readouterr().err
    assert read_folder(tmp_path / "absent")[1][0].code == "file-kind"


def test_what_a_submission_says_cannot_speak_to_the_terminal(run, few, capsys):
    mutant = Content.of(run).copy(SUBMISSION)
    mutant.json[SUBMISSION]["model"]["title"] = "\x1b[2Jgone [bold]x[/bold]\u202e\n::error::forged"
    mutator.write(mutant, run, [])
    words = ["check-submission", str(run), "--testset", str(few), "--level", "0", "--annotations", "github"]
    assert main(words) == 4
    shown = capsys.readouterr().out
    assert "\x1b[2J" not in shown and "\u202e" not in shown and "\n::error::forged" not in shown
    assert "declaration" in shown
    told = [line for line in shown.splitlines() if line.startswith("::")]
    assert all(line.startswith("::error file=") and "title=level 0%3A declaration" in line for line in told) and told


def first_line(content: Content, name: str = ITEMS) -> dict:
    return content.json[name][0]


TEXTS = {
    "how it was computed": (RESULTS, "card", lambda content: next(iter(content.json[RESULTS]["metrics"].values()))
                            ["computation"].update({"cpu": "\x1b[2Jgone\n"})),
    "how, without end": (RESULTS, "card", lambda content: next(iter(content.json[RESULTS]["metrics"].values()))
                         ["computation"].update({"cpu": "x" * 5000})),
    "hardware": (SUBMISSION, "declaration", lambda content: content.json[SUBMISSION].update(
        generation={"adapter_sha256": "0" * 64, "hardware": {"\x1b[2J" * 1000: "1"}, "history": "gt"})),
    "a transcript without end": (ITEMS, "media-facts", lambda content: first_line(content)["output"].update(
        transcript="word " * 9000)),
    "a transcript for the terminal": (ITEMS, "media-facts", lambda content: first_line(content)["output"].update(
        transcript="\x1b[2Jgone")),
    "words of the real clip": (ITEMS, "media-facts", lambda content: first_line(content)["words"].update(
        reference=[[0.0, 1.0, "a\x1b[2J"]])),
    "times of the real clip": (ITEMS, "media-facts", lambda content: first_line(content)["words"].update(
        reference=[[0.0, 1e308, "a"]])),
    "speech that ends before it begins": (ITEMS, "media-facts", lambda content: first_line(content)["timelines"].update(
        reference=[[2.0, 1.0]])),
}  # fmt: skip


@pytest.mark.parametrize("what", TEXTS)
def test_free_text_and_tracks_of_real_clips(what, run, few):
    name, code, change = TEXTS[what]
    mutant = Content.of(run).copy(name)
    change(mutant)
    mutator.write(mutant, run, [name])
    assert codes(run, few) == {code}


def test_an_answer_that_starts_in_thirty_years(run, few):
    content = Content.of(run)
    first_line(content)["output"]["start_s"] = first_line(content, MANIFEST)["start_s"] = 1e9
    mutator.write(content, run, [ITEMS, MANIFEST])
    assert "media-facts" in codes(run, few)


def test_notes_of_a_withdrawal(run, few):
    said = {"run_id": run.name, "withdrawn_utc": "2026-11-28T14:00:00Z", "reason": "x", "by": "submitter"}
    for notes, wanted in ({"a": "b"}, set()), ({"a": "\x1b[2J"}, {"withdrawal"}), ({"a" * 3000: "b"}, {"withdrawal"}):
        (run / schema.WITHDRAWAL).write_text(json.dumps(said | {"notes": notes}))
        assert codes(run, few) == wanted
