"""Lips and faces against the reference code's answers, with the oracle's made-up weights."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

pytest.importorskip("torch")

SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in ("syncnet", "arcface", "deep3d")]


@pytest.fixture(scope="module")
def public(oracle):
    """The oracle's public part, its checker, its golden answers, and our producer."""
    before = list(sys.path)
    sys.path[:0] = [str(oracle)]
    try:
        import check_parity
        import inputs
        from oracle import lips
    finally:
        sys.path[:] = before
    rules = json.loads((oracle / "tolerances.json").read_text())["rules"]
    golden = check_parity.read_dir(str(oracle / "golden"))

    def differs(items):
        """What is not equal, in the checker's words."""
        rows = [check_parity.compare(k, items[k], golden[k], check_parity.rule_for(k, rules)) for k in items]
        return [row for row in rows if row["status"] != "ok"]

    return lips, inputs.Part(str(oracle)), golden, differs


@pytest.mark.parametrize("family", ["cepstra", "syncdist", "crops", "detector", *SLOW])
def test_equal_to_the_reference_code(public, family):
    lips, part, golden, differs = public
    items = {name: np.asarray(value) for name, value in getattr(lips, family)(part).items()}
    prefixes = {name.split(".")[0] for name in items}
    wanted = {name for name in golden if name.split(".")[0] in prefixes}
    assert wanted
    assert not differs({name: items[name] for name in wanted})


def test_the_first_windows_of_syncnet(public):
    """What the slow test sees of four clips, of four windows."""
    lips, part, golden, _ = public
    net = lips.filled(lips.SyncNet(), "syncnet")
    n = part.names[0]
    for name, found in (
        ("lip_emb", lips.lip_embeddings(net, part.frames(n)[:8], 4)),
        ("aud_emb", lips.sound_embeddings(net, lips.mfcc(part.audio(n)), 4)),
    ):
        wanted = golden[f"syncnet.{n}.{name}"]
        assert found == pytest.approx(wanted[:4], rel=0, abs=2e-5 * float(np.abs(wanted).max()))


def test_blue_first_and_red_first_are_not_the_same(public):
    """The 0.37 that the oracle measured: a swap of channels cannot pass unnoticed."""
    lips, part, golden, _ = public
    net = lips.filled(lips.SyncNet(), "syncnet")
    n = part.names[0]
    found = lips.lip_embeddings(net, part.frames(n)[:5, ..., ::-1].copy(), 1)
    wanted = golden[f"syncnet.{n}.lip_emb"][:1]
    assert np.abs(found - wanted).max() > 0.1 * np.abs(wanted).max()
