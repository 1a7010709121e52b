"""The comment under a pull request, out of an artifact that anybody may have written."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

FINDING = {"level": 1, "code": "total-differs", "severity": "error", "where": "results.json: video.psnr",
           "detail": "says 31.2, its rows give 26.7", "remedy": "pack again"}  # fmt: skip
REST = {"what": "the answers", "why": "nobody asked for them"}


def report(**changes):
    run = {"path": "leaderboard/submissions/a__b/1", "verdict": "refused", "level": 0, "findings": [FINDING],
           "not_checked": [REST]} | changes  # fmt: skip
    return {"schema": "vidchatbench.check/1", "submissions": [run]}


def packed(path, content, name="report.json", compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr(name, content if isinstance(content, bytes | str) else json.dumps(content))
    return path


@pytest.fixture(scope="module")
def render(script):
    return script("render")


def blocks(text):
    """The comment's code blocks, and what stands outside them."""
    parts = re.split(r"^```(?:text)?$", text, flags=re.MULTILINE)
    assert len(parts) % 2 == 1, "a block is left open"
    return parts[1::2], "".join(parts[::2])


def test_a_report_is_told(render, tmp_path):
    text = render.comment(packed(tmp_path / "a.zip", report()), "https://example.org/run")
    assert text.startswith(render.MARK)
    (block,), outside = blocks(text)
    assert "**refused**, passed up to level 0 (form): 1 error" in outside and "https://example.org/run" in outside
    for words in (*FINDING.values(), *REST.values()):
        assert isinstance(words, int) or words in block
    none = render.comment(packed(tmp_path / "b.zip", report(verdict="accepted", level=2, findings=[])))
    assert "**accepted**, passed up to level 2 (copies and cheats): nothing found" in none


def many(severity, count):
    return [FINDING | {"severity": severity, "detail": f"{severity} {k} " + "x" * 280} for k in range(count)]


def test_errors_come_first_and_what_is_left_out_is_counted(render, tmp_path):
    text = render.comment(packed(tmp_path / "a.zip", report(findings=[*many("note", 40), *many("error", 40)])))
    (block,), outside = blocks(text)
    assert "40 errors, 40 notes" in outside
    shown = len(re.findall("^error", block, re.MULTILINE))
    assert block.count("note ") == 0 and re.search(rf"\.\.\. {81 - shown} more", block)


EVIL = [
    "```\n# A heading, [a link](https://evil.example) <img src=x onerror=alert(1)>",
    "@everyone @octocat, see #1 and GH-2",
    "</code></pre><script>alert(1)</script>",
    "\x1b[31mred\x07\r\nnew line\u2028another\u0085",
    "\u202egnp.exe\u2066\u200b\ufeff",
    "~~~~\n~~~\n`````````",
    "::error file=x::told\n::set-output name=a::b",
    "$(touch pwned) `touch pwned` ${{ github.token }}; touch pwned",
    "\ud800 half a character",
    "x" * 100_000,
]


@pytest.mark.parametrize("evil", EVIL, ids=range(len(EVIL)))
def test_what_others_write_stays_in_a_block_on_its_line(render, tmp_path, evil):
    finding = FINDING | {"code": evil, "where": evil, "detail": evil, "remedy": evil}
    run = report(path=evil, findings=[finding], not_checked=[{"what": evil, "why": evil}])
    text = render.comment(packed(tmp_path / "a.zip", run))
    (block,), outside = blocks(text)
    assert block.count("\n") == 5  # path, finding, remedy, what is not seen
    assert outside == blocks(render.comment(packed(tmp_path / "b.zip", report())))[1]
    assert len(text) < 10_000 and "`" not in block
    assert all(character.isprintable() or character == "\n" for character in text)
    text.encode()


@given(st.text(max_size=400))
def test_any_text_is_one_line_that_ends_no_block(render, text):
    told = render.plain(text)
    assert len(told) <= 303 and "`" not in told and all(c.isprintable() for c in told)
    assert len(told.splitlines()) <= 1


HOSTILE = {
    "no zip": b"this is no zip",
    "another file": lambda path: packed(path, report(), name="../../.bashrc"),
    "not JSON": lambda path: packed(path, "{"),
    "deep": lambda path: packed(path, "[" * 500_000),
    "long number": lambda path: packed(path, "9" * 100_000),
    "not text": lambda path: packed(path, b"\xff\xfe\x00\x80"),
    "null": lambda path: packed(path, "null"),
    "list": lambda path: packed(path, "[1]"),
    "bomb": lambda path: packed(path, b" " * 50_000_000),
    "large": lambda path: packed(path, os.urandom(1_000_001)),
    "another schema": lambda path: packed(path, report() | {"schema": "vidchatbench.check/2"}),
    "more keys": lambda path: packed(path, report() | {"more": 1}),
    "verdict": lambda path: packed(path, report(verdict="**accepted** by @maintainers")),
    "level": lambda path: packed(path, report(level=True)),
    "level too high": lambda path: packed(path, report(level=9)),
    "float": lambda path: packed(path, report(level=1.0)),
    "nan": lambda path: packed(path, report(level=float("nan"))),
    "text": lambda path: packed(path, report(path={"a": 1})),
    "findings": lambda path: packed(path, report(findings={"0": FINDING})),
    "too many": lambda path: packed(path, report(findings=[FINDING] * 201)),
    "no severity": lambda path: packed(path, report(findings=[{**FINDING, "severity": "fine"}])),
    "lacking": lambda path: packed(path, report(findings=[{"level": 0}])),
    "no runs": lambda path: packed(path, report() | {"submissions": []}),
    "absent": None,
}


@pytest.mark.parametrize("how", HOSTILE)
def test_what_is_no_report_is_said_in_our_own_words(render, tmp_path, how):
    path, made = tmp_path / "a.zip", HOSTILE[how]
    if isinstance(made, bytes):
        path.write_bytes(made)
    elif made:
        made(path)
    text = render.comment(path)
    assert text.startswith(f"{render.MARK}\n**The check left no report that can be shown:** ") and len(text) < 250
    assert "maintainers" not in text and "```" not in text


def test_two_files_and_a_damaged_one_are_refused(render, tmp_path):
    path = packed(tmp_path / "a.zip", report())
    content = bytearray(path.read_bytes())
    content[60] ^= 255
    path.write_bytes(content)
    assert "no report that can be shown" in render.comment(path)
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("report.json", json.dumps(report()))
        archive.writestr("more.json", "{}")
    assert "something else than one report" in render.comment(tmp_path / "b.zip")


GH = """
import json, os, sys
args = sys.argv[1:]
home = os.environ["FAKE"]
state = json.load(open(home + "/state.json"))
with open(home + "/calls", "a") as calls:
    calls.write(json.dumps(args) + "\\n")
path = next(word for word in args if word.startswith("repos/")).split("?")[0].removeprefix("repos/o/r/")
if path == state.get("fails"):
    sys.exit("gh: HTTP 502")
if "PATCH" in args or "POST" in args:
    body = next(word for word in args if word.startswith("body=@"))[6:]
    open(home + "/posted", "w").write(args[args.index("--method") + 1] + " " + path + "\\n" + open(body).read())
elif path.endswith("/zip"):
    sys.stdout.buffer.write(open(home + "/" + state["zip"], "rb").read())
else:
    sys.stdout.write("".join(f"{line}\\n" for line in state.get(path, [])))
"""


@pytest.fixture
def github(root, tmp_path):
    """Runs comment.sh against a `gh` that answers as told (GitHub itself is not to be had): its calls, the comment."""
    (tmp_path / "bin").mkdir()
    gh = tmp_path / "bin" / "gh"
    gh.write_text(f"#!{sys.executable}\n{GH}")
    gh.chmod(0o755)
    packed(tmp_path / "good.zip", report())

    def run(branch="main", **state):
        told = {"pulls": [7], "pulls/7": [1], "pulls/7/files": ["leaderboard/submissions/a__b/1/submission.json"],
                "actions/runs/5/artifacts": [9], "zip": "good.zip"} | state  # fmt: skip
        (tmp_path / "state.json").write_text(json.dumps(told))
        (tmp_path / "posted").unlink(missing_ok=True)
        env = os.environ | {
            "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "FAKE": str(tmp_path), "REPO": "o/r", "RUN_ID": "5",
            "RUN_URL": "https://example.org/5", "HEAD_SHA": "0" * 40, "HEAD_OWNER": "somebody", "HEAD_BRANCH": branch,
        }  # fmt: skip
        done = subprocess.run(
            [root / ".github/scripts/comment.sh"], env=env, cwd=tmp_path, capture_output=True, text=True
        )
        assert done.returncode == int("fails" in state), done.stderr
        calls = [json.loads(line) for line in (tmp_path / "calls").read_text().splitlines()]
        return calls, (tmp_path / "posted").read_text() if (tmp_path / "posted").exists() else ""

    return run


def test_a_comment_is_posted_and_then_written_anew(github):
    calls, posted = github()
    assert posted.startswith("POST issues/7/comments\n<!-- vidchatbench check-submission -->")
    assert "total-differs" in posted and "https://example.org/5" in posted
    assert f"head=somebody:{'main'}" in calls[0]
    _, posted = github(**{"issues/7/comments": [41, 42]})
    assert posted.startswith("PATCH issues/comments/41\n")


@pytest.mark.parametrize("numbers", [[], [7, 8], ["7; touch pwned"]])
def test_whose_head_is_not_that_of_one_pull_request_gets_no_comment(github, numbers, tmp_path):
    assert github(pulls=numbers)[1] == ""
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize(
    "state",
    [
        {"pulls/7/files": ["leaderboard/submissions/a__b/1/x", ".github/workflows/submission.yml"]},
        {"pulls/7/files": ["leaderboard/submissions/a\n.github/x"]},
        {"pulls/7": [3000]},
        {"pulls/7/files": []},
    ],
)
def test_whoever_changes_more_is_not_repeated(github, state):
    calls, posted = github(**state)
    assert "No report is shown" in posted and "total-differs" not in posted
    assert not any("artifacts" in word for call in calls for word in call)


def test_without_an_artifact_that_is_said(github):
    _, posted = github(**{"actions/runs/5/artifacts": []})
    assert "left no report that can be shown:** there is none" in posted
    _, posted = github(**{"actions/runs/5/artifacts": [9, 10]})
    assert "there is none" in posted


@pytest.mark.parametrize("path", ["pulls", "pulls/7", "pulls/7/files", "actions/runs/5/artifacts", "issues/7/comments"])
def test_where_github_does_not_answer_nothing_is_posted(github, path):
    assert github(fails=path)[1] == ""


def test_a_branchs_name_is_a_word_whatever_it_holds(github, tmp_path):
    calls, _ = github(branch="$(touch${IFS}pwned)`touch pwned`&state=all")
    assert "head=somebody:$(touch${IFS}pwned)`touch pwned`&state=all" in calls[0]
    assert not list(tmp_path.rglob("pwned"))
