"""Answers with what somebody answered to the question that sounds nearest. A baseline: no model, only a memory.

The memory is a folder with NAME.initiator.mp4 and NAME.responder.mp4, and must be named:

    vidchatbench generate vcb_retrieval.py --testset mini -M pool=testsets/mini/media

A question that is itself in the pool, byte for byte, is not looked up there, nor is anything else of its conversation.
"""

import hashlib
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import vidchatbench as vcb
from vidchatbench.media import Clip

RATE, WINDOW, BANDS = 16000, 512, 24


def voiceprint(wave):
    """Mean and spread of the log energy in 24 bands of equal width on a mel-like scale."""
    blocks = wave[: len(wave) // WINDOW * WINDOW].reshape(-1, WINDOW)
    power = np.abs(np.fft.rfft(blocks * np.hanning(WINDOW))) ** 2
    edges = np.unique(np.geomspace(3, power.shape[1], BANDS + 1).astype(int))
    bands = np.log(np.stack([power[:, a:b].sum(1) for a, b in pairwise(edges)], 1) + 1e-6)
    return np.concatenate([bands.mean(0), bands.std(0)])


def digest(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


@pytest.fixture(scope="session")
def memory(vcb_args):
    if "pool" not in vcb_args:
        raise ValueError("name the folder of questions and answers: -M pool=testsets/mini/media")
    pairs = []
    for question in sorted(Path(vcb_args["pool"]).glob("*.initiator.mp4")):
        answer = question.with_name(question.name.replace(".initiator.", ".responder."))
        if answer.is_file():
            pairs.append((question.name.partition(".")[0], digest(question), answer,
                          voiceprint(Clip(question).audio(RATE))))  # fmt: skip
    if not pairs:
        raise ValueError(f"{vcb_args['pool']} holds no pair of *.initiator.mp4 and *.responder.mp4")
    return pairs


@vcb.responder(id="vidchatbench/retrieval", needs={"audio"}, license="apache-2.0", deterministic=True)
def respond(memory, item: vcb.Item) -> vcb.Response:
    asked, here = voiceprint(item.audio.wave(RATE)), digest(item.audio.path)
    own = {name for name, sha256, *_ in memory if sha256 == here}
    others = [pair for pair in memory if pair[0] not in own and pair[0] != item.id]
    if not others:
        raise ValueError("the pool holds nothing but this very question")
    return vcb.Response(path=min(others, key=lambda pair: float(np.linalg.norm(pair[3] - asked)))[2])
