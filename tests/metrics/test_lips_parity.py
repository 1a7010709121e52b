"""Lips and faces against the reference code's answers: what takes a moment; `tests/oracle` compares the rest."""

from __future__ import annotations

import json

import numpy as np
import pytest

pytest.importorskip("torch")


@pytest.fixture(scope="module")
def public(oracle):
    """Our producer, the oracle's public part and its filler, the golden answers, and how they are compared."""
    from oracle import lips
    from oracle.produce import open_part

    part, fill = open_part(oracle)
    import check_parity  # lies beside the oracle's inputs

    rules = json.loads((oracle / "tolerances.json").read_text())["rules"]
    golden = check_parity.read_dir(str(oracle / "golden"))

    def differs(items):
        """What is not equal, in the checker's words."""
        rows = [check_parity.compare(k, items[k], golden[k], check_parity.rule_for(k, rules)) for k in items]
        return [row for row in rows if row["status"] != "ok"]

    return lips, part, fill, golden, differs


@pytest.mark.parametrize("family", ["cepstra", "syncdist", "crops", "detector"])
def test_equal_to_the_reference_code(public, family):
    lips, part, fill, golden, differs = public
    items = {name: np.asarray(value) for name, value in getattr(lips, family)(part, fill).items()}
    prefixes = {name.split(".")[0] for name in items}
    wanted = {name for name in golden if name.split(".")[0] in prefixes}
    assert wanted
    assert not differs({name: items[name] for name in wanted})


@pytest.fixture(scope="module")
def syncnet(public):
    lips, _, fill, _, _ = public
    return lips.on_cpu(lips.ready_network(lips.SyncNet(), fill("syncnet")))


def test_the_first_windows_of_syncnet(public, syncnet):
    """What the slow test sees of four clips, of four windows."""
    lips, part, _, golden, _ = public
    n = part.names[0]
    found = lips.embedded(part.frames(n)[:9], part.audio(n)[: 12 * 640], syncnet)
    for name, rows in zip(("lip_emb", "aud_emb"), found, strict=True):
        wanted = golden[f"syncnet.{n}.{name}"]
        assert rows == pytest.approx(wanted[:4], rel=0, abs=2e-5 * float(np.abs(wanted).max()))


def test_red_first_cannot_pass_unnoticed(public, syncnet):
    """The oracle measured a difference of 0.37 in the embeddings."""
    lips, part, _, golden, _ = public
    n = part.names[0]
    found, _ = lips.embedded(part.frames(n)[:6, ..., ::-1], part.audio(n), syncnet)
    wanted = golden[f"syncnet.{n}.lip_emb"][:1]
    assert np.abs(found - wanted).max() > 0.1 * np.abs(wanted).max()
