"""Real answers, each to another question: everything is human but the sense. A control.

It needs real answers, which no adapter is given, so somebody who has them must name their folder:

    vidchatbench generate vcb_shuffled_reference.py --testset mini -M pool=testsets/mini/media

The pool holds NAME.responder.mp4, where NAME is that of a sample (d01, m01.t1).
"""

from pathlib import Path

import pytest

import vidchatbench as vcb

SUFFIX = ".responder.mp4"


@pytest.fixture(scope="session")
def pool(vcb_args):
    if "pool" not in vcb_args:
        raise ValueError("name the folder of real answers: -M pool=testsets/mini/media")
    found = sorted(path.name.removesuffix(SUFFIX) for path in Path(vcb_args["pool"]).glob("*" + SUFFIX))
    if len(found) < 2:
        raise ValueError(f"{vcb_args['pool']} holds fewer than two *{SUFFIX}")
    return Path(vcb_args["pool"]), found


@vcb.responder(id="vidchatbench/shuffled-reference", needs={"portrait"}, license="apache-2.0", deterministic=True)
def respond(pool, item: vcb.Item) -> vcb.Response:
    folder, names = pool
    here = f"{item.id}.t{item.turn}" if item.turn else item.id
    others = [name for name in names if name.partition(".")[0] != item.id]  # never of the same conversation
    before = sum(name < here for name in others)
    return vcb.Response(path=folder / (others[(before + len(others) // 2) % len(others)] + SUFFIX))
