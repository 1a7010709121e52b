"""What the pages tell to type can be typed: every `vidchatbench` command of theirs is held against the real options.

- A ```sh block holds what cannot be run here. Each of its commands is one of ours, and parses, or is on the list below
  with the reason why it is not run.
- Inline code and indented blocks may leave out what is required (`vidchatbench eval`), but name no verb, action or
  option that is not there.
"""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path

import pytest
from helpers import pages

from vidchatbench.cli import VERBS, make_parser
from vidchatbench.registry import entries

NOT_RUN = {
    "python3 -m venv": "makes an environment; CI begins with the README's line",
    "python3 -m pip": "installs; CI begins with the README's line",
    "pip install": "installs",
    ".venv/bin/python -m pytest": "this very program",
    ".venv/bin/ruff": "a stage of .ci/run",
    ".venv/bin/mypy": "a stage of .ci/run",
    ".venv/bin/lint-imports": "a stage of .ci/run",
    ".venv/bin/python -m sphinx -W --keep-going docs site": "test_site.py builds the pages so",
    "bash .ci/run": "CI itself",
}
"""What a command of a ```sh block begins with, and why no test runs it."""


def simple_commands(text: str) -> list[list[str]]:
    """The words of each command of a script, without comments; `&&`, `||`, `|` and `;` part commands."""
    found: list[list[str]] = []
    for line in text.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=";|&")
        lexer.whitespace_split = True
        found.append([])
        for word in lexer:
            if set(word) <= set(";|&"):
                found.append([])
            else:
                found[-1].append(word)
    return [words for words in found if words]


def ours(words: list[str]) -> list[str] | None:
    """The arguments, where it is our command."""
    return words[1:] if Path(words[0]).name == "vidchatbench" else None


def problem(args: list[str]) -> str | None:
    """What the real parser says against them."""
    if args == ["--version"]:
        return None
    parser = make_parser(next((word for word in args if not word.startswith("-")), None))
    try:
        given = parser.parse_args(args)
    except SystemExit:
        return "it does not parse"
    if getattr(given, "action", None) == "describe" and hasattr(given, "id") and given.id not in entries():
        return f"there is no metric {given.id}"
    return None


def misnamed(args: list[str]) -> list[str]:
    """Verbs, actions and options of a mention that are not there."""
    verb, *rest = args
    if verb not in VERBS:
        return [] if verb in ("--version", "--help") else [verb]
    parser = make_parser(verb)
    level: argparse.ArgumentParser | None = parser
    options: set[str] = set()
    words = [verb, *rest]
    while level is not None:
        options |= {name for action in level._actions for name in action.option_strings}
        subs = next((a for a in level._actions if isinstance(a, argparse._SubParsersAction)), None)
        word = words.pop(0) if words else None
        if subs is not None and word is not None and word.islower() and word not in subs.choices:
            return [word]
        level = subs.choices.get(word) if subs is not None and word is not None else None
    if "--" in rest:
        rest = rest[: rest.index("--")]
    return [word for word in rest if word.startswith("--") and word.partition("=")[0] not in options]


@pytest.mark.parametrize("page", pages.ALL, ids=pages.name)
def test_what_cannot_be_run_here_is_known_and_parses(page, capsys):
    wrong = []
    for block in pages.blocks(page, "sh"):
        for words in simple_commands(block):
            args, line = ours(words), " ".join(words)
            if args is None:
                if not line.startswith(tuple(NOT_RUN)):
                    wrong.append(
                        f"{line}\n  no test runs it: make it a transcript, or list it in NOT_RUN with the reason"
                    )
            elif found := problem(args):
                wrong.append(f"{line}\n  {found}: {capsys.readouterr().err}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("page", pages.ALL, ids=pages.name)
def test_what_is_mentioned_is_there(page):
    wrong = {}
    for mention in pages.mentions(page):
        found = re.match(r"vidchatbench +([a-z-].*)", mention)
        for words in simple_commands(found[1]) if found else []:
            if strange := misnamed(words):
                wrong[mention] = strange
    assert not wrong


def test_the_list_is_not_longer_than_it_must_be():
    shown = [" ".join(words) for page in pages.ALL for b in pages.blocks(page, "sh") for words in simple_commands(b)]
    assert [start for start in NOT_RUN if not any(line.startswith(start) for line in shown)] == []
    ci = (pages.ROOT / ".ci/run").read_text("utf-8")
    assert [start for start, why in NOT_RUN.items() if ".ci/run" in why and start not in ci] == []


@pytest.mark.parametrize(
    ("command", "right"),
    [
        ("vidchatbench eval --pred outputs/ --testset mini # a comment", True),
        ("vidchatbench eval --predd outputs/", False),
        ("vidchatbench evil --pred outputs/", False),
        ("vidchatbench metrics describe video.psnr", True),
        ("vidchatbench metrics describe video.nothing", False),
        ("vidchatbench testset lock", False),
        ("vidchatbench generate a.py --testset mini -M command='x {video}' -k 'a and b'", True),
    ],
)
def test_a_wrong_command_is_caught(command, right, capsys):
    (words,) = simple_commands(command)
    assert (problem(ours(words)) is None) is right


@pytest.mark.parametrize(
    ("mention", "strange"),
    [
        ("eval", []),
        ("weights pull --profile paper", []),
        ("metrics describe ID", []),
        ("testset ACTION", []),
        ("evil --pred", ["evil"]),
        ("weights pul", ["pul"]),
        ("eval --predd outputs/", ["--predd"]),
        ("testset lock NAME --speed", ["--speed"]),
    ],
)
def test_a_wrong_mention_is_caught(mention, strange):
    assert misnamed(mention.split()) == strange
