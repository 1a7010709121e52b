"""`vidchatbench testset candidates build|prompt|import|check`."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vidchatbench.testset import TestSet
    from vidchatbench.testset.candidates.build import Place
    from vidchatbench.testset.check import Finding
    from vidchatbench.types import Candidate

_SHOWN = 3


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(dest="what", required=True, metavar="build|prompt|import|check")
    for name, text, action in (
        ("build", "make them by rule, from the set's own texts", build),
        ("prompt", "print a text to paste to a language model", ask),
        ("import", "read a language model's answers", read),
        ("check", "find ties, duplicates, leaks of the real reply, missing grades", check),
    ):
        sub = actions.add_parser(name, help=text, description=action.__doc__)
        sub.add_argument("testset", metavar="NAME|DIR")
        if name == "import":
            sub.add_argument("answers", metavar="FILE", type=Path, help="the answers, a JSON object a line")
        if name == "build":
            sub.add_argument("--generic", metavar="FILE", type=Path, help="replies that fit anything, one a line")
        if name != "check":
            sub.add_argument("--all", action="store_true", help="also turns that have candidates already")
        if name in ("build", "import"):
            sub.add_argument("--write", action="store_true", help="write items.jsonl; else nothing is changed")
        sub.set_defaults(act=action)


def run(args: argparse.Namespace) -> int:
    """Graded candidate replies, to which the coherence metrics hold what a model says."""
    code: int = args.act(args)
    return code


def build(args: argparse.Namespace) -> int:
    """Exit 0 where every spoken turn has candidates and they pass the check, 3 where a turn can have none."""
    from vidchatbench.errors import UsageError
    from vidchatbench.testset import load_testset
    from vidchatbench.testset.candidates.build import build_candidates

    found = load_testset(args.testset)
    generic = None
    if args.generic:
        try:
            lines = args.generic.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"cannot be read as UTF-8 text: {error}", where=args.generic) from error
        generic = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    built = build_candidates(found, generic)
    have = _having(found)
    new = {place: one for place, one in built.candidates.items() if args.all or place not in have}
    left_out = {place: why for place, why in built.left_out.items() if place not in have}
    for place, why in left_out.items():
        print(f"left out    {_name(place)}: {why}")
    return _put(found, new, args) or (3 if left_out else 0)


def ask(args: argparse.Namespace) -> int:
    """Print the text; `candidates import` reads the answers."""
    from vidchatbench.errors import DataError
    from vidchatbench.testset import load_testset
    from vidchatbench.testset.candidates.ask import places, prompt

    found = load_testset(args.testset)
    asked = places(found, every=args.all)
    if not asked:
        raise DataError(
            "no turn lacks candidates and has the words of its real reply",
            where=found.root,
            remedy="--all asks for those that have candidates, too",
        )
    print(prompt(found, asked), end="")
    return 0


def read(args: argparse.Namespace) -> int:
    """Exit 0 where the answers are right and pass the check, 2 where they do not: then nothing is written."""
    from vidchatbench.errors import DataError
    from vidchatbench.testset import load_testset
    from vidchatbench.testset.candidates.ask import read_answers

    found = load_testset(args.testset)
    new = read_answers(args.answers, found)
    have = _having(found) & set(new)
    if have and not args.all:
        raise DataError(
            f"{len(have)} of its turns have candidates already, first {_name(min(have))}",
            where=args.answers,
            remedy="--all replaces them",
        )
    return _put(found, new, args)


def check(args: argparse.Namespace) -> int:
    """Exit 0 where there are no problems, 2 where there are."""
    from vidchatbench.testset import load_testset
    from vidchatbench.testset.candidates.check import check_candidates

    return _tell(check_candidates(load_testset(args.testset)))


def _put(testset: TestSet, new: Mapping[Place, tuple[Candidate, ...]], args: argparse.Namespace) -> int:
    from vidchatbench.engine.cache import write_atomic
    from vidchatbench.errors import UsageError
    from vidchatbench.testset import available
    from vidchatbench.testset.candidates.check import check_candidates
    from vidchatbench.testset.candidates.items import items_file, with_candidates

    if args.write and testset.root in available().values():
        raise UsageError("a built-in test set is not changed", where=testset.info.id, remedy="copy its folder first")
    for place, candidates in list(new.items())[:_SHOWN]:
        for one in candidates:
            print(f"{_name(place):11} {one.grade:g}  {one.text}")
    if len(new) > _SHOWN:
        print(f"and those of {len(new) - _SHOWN} more turns")
    before = set(check_candidates(testset))
    after = check_candidates(with_candidates(testset, new))
    code = _tell(one for one in after if one not in before)
    turns = f"{len(new)} turn{'s' * (len(new) != 1)}"
    if not args.write or code:
        print(f"candidates for {turns}; nothing is written" + ("" if code else " without --write"))
        return code
    write_atomic(testset.root / "items.jsonl", items_file(testset, new))
    print(f"{testset.root / 'items.jsonl'}: candidates for {turns}")
    if testset.lock and new:
        print(f"its lock was made without them: vidchatbench testset lock {testset.root}")
    return 0


def _having(testset: TestSet) -> set[Place]:
    return {(item.item_id, n) for item in testset.items for n, turn in enumerate(item.turns) if turn.candidates}


def _name(place: Place) -> str:
    from vidchatbench.types import SampleKey

    return str(SampleKey(item_id=place[0], turn=place[1]))


def _tell(findings: Iterable[Finding]) -> int:
    every = list(findings)
    for one in every:
        print(one)
    problems = sum(one.wrong for one in every)
    notes = len(every) - problems
    print(f"{problems} problem{'s' * (problems != 1)}, {notes} note{'s' * (notes != 1)}")
    return 2 if problems else 0
