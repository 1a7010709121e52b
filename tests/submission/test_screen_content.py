"""Degenerate answers, made from mini's clips, are told; honest ones are not, and every message says what to do."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import pytest
from helpers.opened import answers_of, fingerprint, opened, with_seeds

from vidchatbench.submission.codes import CODES
from vidchatbench.submission.screen.frozen import frozen, stills
from vidchatbench.submission.screen.length import length
from vidchatbench.submission.screen.loops import looped, loops
from vidchatbench.submission.screen.one_reply import one_reply
from vidchatbench.submission.screen.read_out import read_out
from vidchatbench.submission.screen.screen import screen
from vidchatbench.submission.screen.seeds import seeds
from vidchatbench.submission.screen.silence import silence, silent
from vidchatbench.testset.fingerprint import Fingerprint
from vidchatbench.types import SampleKey

X264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "24")


@pytest.fixture(scope="module")
def words(mini):
    """What an honest system may be heard to say: every answer in words of its own."""
    plain = "well since you ask number {} of my answers is that nobody knows the {} of it yet"
    things = ["price", "colour", "name", "weight", "end", "reason", "sound", "place", "age", "smell", "first", "rest",
              "height", "shape", "top"]  # fmt: skip
    return {str(key): plain.format(k, things[k]) for k, key in enumerate(mini.keys())}


def turns_of(testset):
    """The turn that each sample answers."""
    return {
        str(SampleKey(item_id=item.item_id, turn=n)): turn
        for item in testset.items
        for n, turn in enumerate(item.turns)
    }


def codes(found):
    return [(finding.code, finding.severity) for finding in found if hasattr(finding, "code")]


def test_honest_systems_pass_every_screen(faithful, degraded, words, alone):
    """Two systems, merged one after the other: neither has a finding, and what could not be seen is said."""
    first, second = opened(faithful, said=words), opened(degraded, model="lab/degraded", said=words)
    for given, others in ((first, ()), (second, (first,)), (opened(faithful), (second,))):
        found, unseen = screen(given, replace(alone, others=others))
        assert codes(found) == []
        assert all(one.what and one.why for one in unseen)
        heard = "no recogniser in this profile" not in " ".join(one.why for one in unseen)
        assert heard == bool(given.items[0].words)


def test_silence(faithful, made, root, alone):
    file = root / "examples" / "outputs" / "faithful" / "d01.mp4"
    mute, faint = (made(file, "-af", f"volume={db}", "-c:v", "copy") for db in ("0", "-55dB"))
    assert silent(mute) and silent(faint) and not silent(faithful["d01"])
    most = {key: mute for key in list(faithful)[:8]}
    assert codes(silence(opened(faithful | most), alone)) == [("silent", "error")]
    (found,) = silence(opened(faithful | {"d01": faint}), alone)
    assert (found.severity, found.where) == ("warning", "fingerprints.jsonl.gz: d01")
    assert found.detail.startswith("1 of 13 answers that must speak are silent: at most -8")
    assert silence(opened(faithful | {"l01": mute}), alone) == [], "a listener may be silent"


def test_a_frozen_portrait(faithful, made, mini, alone):
    portrait = mini.file(mini.items[0].portrait)
    still = made(portrait, *X264, "-t", "3", "-pix_fmt", "yuv420p", before=("-loop", "1", "-r", "25"))
    assert frozen(still) and not any(frozen(print) for print in faithful.values())
    assert codes(stills(opened(dict.fromkeys(faithful, still)), alone)) == [("frozen", "error")]
    assert codes(stills(opened(faithful | {"d01": still}), alone)) == [("frozen", "warning")]


def test_loops(faithful, degraded, made, root, tmp_path, alone):
    file = root / "examples" / "outputs" / "faithful" / "d01.mp4"
    second = tmp_path / "second.mp4"
    subprocess.run(["ffmpeg", "-v", "error", "-ss", "1", "-t", "1.6", "-i", file, *X264, second], check=True)
    again = made(second, *X264, before=("-stream_loop", "3"))
    back = made(file, "-filter_complex", "[0:v]split[a][b];[b]reverse[c];[a][c]concat", *X264, "-an")
    assert looped(again) == (True, True)
    assert looped(back) == (True, False)
    assert not any(any(looped(print)) for print in [*faithful.values(), *degraded.values()])
    found = loops(opened(faithful | dict.fromkeys(list(faithful)[:9], again)), alone)
    assert codes(found) == [("looped", "warning")] * 2


def test_one_clip_for_all_questions(faithful, made, root, alone):
    file = root / "examples" / "outputs" / "faithful" / "d01.mp4"
    again = [faithful["d01"], *(made(file, "-vf", f"scale={side}:{side}", *X264) for side in (128, 192))]
    every = {key: again[k % 3] for k, key in enumerate(faithful)}
    assert codes(one_reply(opened(every), alone)) == [("one-reply", "error")] * 2
    assert one_reply(opened(faithful), alone) == []


def test_one_text_for_all_questions(faithful, words, alone):
    assert one_reply(opened(faithful, said=words), alone) == []
    (found,) = one_reply(opened(faithful, said=dict.fromkeys(words, "I see, go on.")), alone)
    assert (found.code, found.severity) == ("one-reply", "error")
    assert "'i see go on'" in found.detail


def test_seeds_and_the_declaration(faithful, degraded, alone):
    same, other = with_seeds(faithful, faithful, faithful), with_seeds(faithful, degraded)
    assert codes(seeds(opened(same), alone)) == [("seeds-same", "warning")]
    assert seeds(opened(same, deterministic=True), alone) == []
    assert seeds(opened(other), alone) == []
    assert codes(seeds(opened(other, deterministic=True), alone)) == [("seeds-vary", "warning")]
    assert seeds(opened(faithful), alone) == [], "one seed says nothing"


def test_values_copied_over_seeds(faithful, degraded, root, alone):
    answers = with_seeds(faithful, degraded, answers_of(root / "examples" / "outputs" / "degenerate"))
    value = {key: 3 + 0.137 * k for k, key in enumerate(faithful)}
    honest, copied = dict(value), dict(value)
    for seed in (1, 2):
        honest |= {f"{key}.s{seed}": own + 0.011 * seed for key, own in value.items()}
        copied |= {f"{key}.s{seed}": own for key, own in value.items()}
    assert seeds(opened(answers, values={"a.b": honest}), alone) == []
    assert codes(seeds(opened(answers, values={"a.b": copied}), alone)) == [("rows-repeated", "error")]
    graded = dict.fromkeys(copied, 0.8)
    assert seeds(opened(answers, values={"a.b": graded}), alone) == [], "a grade may well be the same"


def test_a_candidate_read_out(faithful, words, mini, alone):
    """As a recogniser hears it: no marks, and a word wrong."""
    turns = turns_of(mini)
    assert read_out(opened(faithful, said=words), alone) == []
    best = {key: f"{turn.candidates[0].text} um" for key, turn in turns.items() if turn.candidates}
    found = read_out(opened(faithful, said=words | best), alone)
    assert codes(found)[0] == ("read-out", "error")
    assert "say a graded candidate nearly word for word" in found[0].detail
    real = {key: turn.text.lower().replace(",", "") for key, turn in turns.items()}
    assert "the real responder's words" in " ".join(one.detail for one in read_out(opened(faithful, said=real), alone))
    strange = dict(zip(best, [*list(best.values())[1:], next(iter(best.values()))], strict=True))
    assert read_out(opened(faithful, said=words | strange), alone) == [], "another question's candidates win nothing"


def test_lengths_that_nobody_told_the_model(faithful, mini, alone):
    assert length(opened(faithful), alone) == []
    turns = turns_of(mini)
    leaked = {
        key: replace(print, picture_s=fingerprint(mini.file(turns[key].reference)).picture_s + 0.02)
        for key, print in faithful.items()
    }
    assert codes(length(opened(leaked), alone)) == [("length-of-reference", "warning")]
    long = {key: replace(print, picture_s=60.0) for key, print in faithful.items()}
    (found,) = length(opened(long), alone)
    assert (found.code, found.severity) == ("length-far", "note")


def test_every_code_says_what_to_do(faithful, degraded, alone):
    nothing = Fingerprint.parse(str(replace(faithful["d01"], sounds=faithful["d01"].sounds[:0], sound_s=0.0)))
    found, _ = screen(opened(dict.fromkeys(faithful, nothing)), alone)
    assert {"silent", "one-reply"} <= {finding.code for finding in found}
    for finding in found:
        assert CODES[finding.code].level == finding.level == 2
        assert finding.remedy and finding.detail and finding.where
