"""`vidchatbench testset inspect`."""

from __future__ import annotations

import argparse
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add("root", type=Path, metavar="PATH", help="the release's annotation files")
    add("--mapping", type=Path, metavar="FILE", help="where things stand in the release (default: the shipped mapping)")
    add("--write", type=Path, metavar="FILE", help="write the proposed mapping into this file, which must not exist")


def run(args: argparse.Namespace) -> int:
    """Hold a mapping file against the first entries of a release. Exit 0 where it fits, 2 where it does not."""
    from vidchatbench.errors import DataError
    from vidchatbench.release import load_mapping
    from vidchatbench.release.fit import fit
    from vidchatbench.release.propose import propose
    from vidchatbench.release.survey import survey

    mapping = load_mapping(args.mapping)
    if not args.root.is_dir():
        raise DataError("there is no such folder", where=args.root)
    print(f"What is there ({args.root}; the first entries of each)")
    for place in survey(args.root):
        print(f"  {place.at}: {place.trouble or f'{place.form}, {len(place.entries)} entries sampled'}")
        for at, seen in place.seen.items():
            if at or place.seen[()].type != "object":
                print(f"    {'.'.join(map(str, at)) or '(entry)':32} {seen}")
    print(f"\nWhat the mapping of {mapping.release} expects ({'confirmed' if mapping.confirmed else 'not confirmed'})")
    findings = fit(args.root, mapping)
    for finding in findings:
        print(f"  {finding}")
    fits = all(finding.fits for finding in findings)
    print(f"\nThe mapping {'fits' if fits else 'does not fit'}.")
    if not fits or args.write:
        proposal = propose(args.root, mapping)
        if args.write:
            _write(args.write, proposal)
            print(f"{args.write}: a proposal; look at it, then give it as --mapping")
        else:
            print(f"This one might (a proposal, to be looked at; --write FILE keeps it):\n\n{proposal}", end="")
    return 0 if fits else 2


def _write(path: Path, text: str) -> None:
    from vidchatbench.errors import DataError

    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise DataError(f"cannot be written: {error.strerror}", where=path, remedy="give another file") from error
