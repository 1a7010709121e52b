"""`vidchatbench testset build`."""

from __future__ import annotations

import argparse
from pathlib import Path

from vidchatbench.cli.options import count


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add("recipe", metavar="NAME|FILE", help="a built-in recipe (testsets/NAME/recipe.toml), or a file")
    add("--from", dest="root", type=Path, required=True, metavar="PATH", help="the release's annotation files")
    add("--out", type=Path, metavar="DIR", help="the test set's folder (default: ./NAME)")
    add("--mapping", type=Path, metavar="FILE", help="where things stand in the release (default: the shipped mapping)")
    add(
        "--count",
        type=count,
        metavar="N",
        help="so many items instead of the recipe's: another test set, of another name",
    )
    add("--hold-back", type=Path, metavar="KEYFILE", help="also choose a private set by this key, into DIR-private")
    add("--private", type=count, metavar="N", help="items of the private set (default: the recipe's)")


def run(args: argparse.Namespace) -> int:
    """Choose a test set from a released data set's annotation files, as a recipe says."""
    from vidchatbench.release import build, load_mapping, load_recipe
    from vidchatbench.release.hold_back import read_key
    from vidchatbench.release.write import write_testset

    recipe = load_recipe(args.recipe, count=args.count, private=args.private)
    mapping = load_mapping(args.mapping)
    key = read_key(args.hold_back) if args.hold_back else None
    built = build(args.root, recipe, mapping, key)
    release = built.release
    clips = sum(len(video) for video in release.videos.values())
    print(f"release    {release.entries:,} clips; read: {clips:,}, of {len(release.videos):,} reserved source videos")
    if release.skipped.counts:
        print(f"skipped\n{release.skipped}")
    for unused in built.unused:
        print(f"note: not asked for, since this release does not tell it: {unused}")
    if not mapping.confirmed:
        print("note: the mapping fits this release, but nobody has confirmed it: look at the items before you use them")
    print(f"candidates {len(built.eligible):,}")
    out = args.out or Path(recipe.id)
    folders = [(out, False)] + ([(out.with_name(f"{out.name}-private"), True)] if key else [])
    for folder, private in folders:
        checksum = write_testset(built, folder, private=private)
        print(f"{folder}: {len(built.private if private else built.chosen)} items, sha256 {checksum}")
    return 0
