"""What the pages say that a command prints, it prints.

Every ```console block of README.md, of `docs/*.md` and of the pages that README.md links to is run again:

- `$ ` begins a command, lines that begin with `> ` right after it continue it; what follows is its output, standard
  error included. A line `...` stands for any lines or none, `...` inside a line for any text or none: write it for
  whatever differs between machines or from run to run.
- A command that fails is followed by `$ echo $?`. Any other that fails is an error, whatever the page says it prints.
- The blocks of a page are one session: one bash, one folder, which holds a copy of the repository's `examples/` and
  `leaderboard/`, and nothing else. No terminal (100 columns), nothing to read, a home folder of its own, and no
  weights but those that packages bring. The cache is that of all tests: what it holds costs no time again, and is in
  no page. `vidchatbench` and `python` are those of the environment that runs the tests.
- A page that takes more than a few seconds says `<!-- transcript: slow -->`. What cannot be run here, such as an
  installation or a download, is a block of another kind (```sh).
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import sysconfig
from pathlib import Path

import pytest
from helpers import transcript

from vidchatbench.cli import VERBS, leaderboard, testset

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
LINKED = re.findall(r"\]\(([^)#:]+\.md)[^)]*\)", README.read_text("utf-8"))
PAGES = sorted({README, *(ROOT / "docs").glob("*.md"), *(ROOT / path for path in LINKED)})


def page(path: Path):
    text = path.read_text("utf-8")
    marks = [pytest.mark.slow] if "<!-- transcript: slow -->" in text else []
    return pytest.param(transcript.commands(text), id=str(path.relative_to(ROOT)), marks=marks)


@pytest.mark.parametrize("session", [one for one in map(page, PAGES) if one.values[0]])
def test_a_page_shows_what_is_printed(session, tmp_path):
    folder, home = tmp_path / "here", tmp_path / "home"
    for name in ("examples", "leaderboard"):
        shutil.copytree(ROOT / name, folder / name)
    (home / "weights").mkdir(parents=True)
    path = os.pathsep.join((sysconfig.get_path("scripts"), str(Path(sys.executable).parent), os.environ["PATH"]))
    ours = {
        "PATH": path, "HOME": str(home), "COLUMNS": "100", "TERM": "dumb", "NO_COLOR": "1", "LC_ALL": "C.UTF-8",
        "PYTHONUNBUFFERED": "1", "VIDCHATBENCH_CACHE": os.environ["VIDCHATBENCH_CACHE"],
        "VIDCHATBENCH_WEIGHTS": str(home / "weights"),
    }  # fmt: skip
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("VIDCHATBENCH", "XDG_"))}
    wrong = transcript.play(session, folder, kept | ours, limit_s=600)
    assert not wrong, "\n\n".join(wrong)


PLAYED = """
text
```console
$ echo one; echo two >&2
one
two
$ export X=3
$ cat <<END
> $X things
>
> END
...
$ ls /absent-folder
ls: ...
$ echo $?
2
```
"""


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("", ""), None),
        (("one\ntwo", "one\n..."), None),
        (("one\ntwo", "o...e\n...\ntwo\n..."), None),
        (("...\n$ ls", "3 things\n$ ls"), None),
        (("...\n$ ls", "4 things\n$ ls"), "+3 things"),
        (("one\ntwo", "one\ntoo"), "-too"),
        (("one\ntwo", "one"), "+two"),
        (("one\ntwo", "one\n...\ntoo"), "-too"),
        (("$ echo $?\n2\n", ""), "exits with 2, and no `$ echo $?` follows"),
        (("$ echo $?\n2", "$ echo $?\n0"), "+2"),
        (("export X=3", "exit 3"), "line 7: $ exit 3\nthe shell ended here"),
    ],
)
def test_a_page_that_says_something_else_is_caught(change, says, tmp_path):
    found = "\n".join(
        transcript.play(transcript.commands(PLAYED.replace(*change, 1)), tmp_path, dict(os.environ), limit_s=9)
    )
    assert found == "" if says is None else says in found


def test_every_command_is_in_a_transcript():
    shown = "\n".join(one.text for path in PAGES for one in transcript.commands(path.read_text("utf-8")))
    several = {"testset": testset.ACTIONS, "leaderboard": leaderboard.ACTIONS}
    names = [verb for verb in VERBS if verb not in several]
    names += [f"{verb} {action}" for verb, actions in several.items() for action in actions]
    assert [name for name in names if not re.search(rf"^vidchatbench {name}\b", shown, re.MULTILINE)] == []
