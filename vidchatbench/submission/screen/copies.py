"""Copies: answers that are the real responder's clip, the initiator's, or another model's answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from vidchatbench.submission.context import Context
from vidchatbench.submission.finding import Finding, NotChecked, Severity
from vidchatbench.submission.opened import Opened
from vidchatbench.submission.schema import FINGERPRINTS
from vidchatbench.submission.screen.alike import Alike, alike, alike_if_near
from vidchatbench.submission.screen.answer import Answer, answers, by_place
from vidchatbench.submission.screen.flag import flag
from vidchatbench.submission.screen.frozen import frozen
from vidchatbench.submission.screen.silence import silent
from vidchatbench.testset import TestSet
from vidchatbench.testset.fingerprint import Fingerprint
from vidchatbench.testset.likeness import likeness
from vidchatbench.testset.verify import judge

ONE_TRACK: Final = 0.02
"""Share of answers of which picture alone, or sound alone, must be a copy to refuse a submission; and two at least."""
_SAID: Final = 3


@dataclass(frozen=True, slots=True)
class _Copy:
    """One answer that is a copy."""

    answer: Answer
    of: str
    """What it is a copy of, in words."""
    original: Fingerprint
    picture: bool
    sound: bool
    identical: bool = False

    def __str__(self) -> str:
        """`d01 is media/d01.responder.mp4: starts 3 frames later`."""
        if self.identical:
            return f"{self.answer.key} is {self.of}, byte for byte"
        if not (self.picture and self.sound):
            return f"{self.answer.key} has the {'picture' if self.picture else 'sound'} of {self.of}"
        status, how = judge(likeness(self.original, self.answer.print))
        return f"{self.answer.key} is {self.of}" + (f" ({how})" if status != "changed" and how else ", edited")


def copies(opened: Opened, context: Context) -> list[Finding | NotChecked]:
    """Answers held against the test set's clips, of every item, and against other models' answers to the same."""
    own = answers(opened)
    found: list[Finding | NotChecked] = []
    locked = context.testset.lock.media if context.testset.lock else {}
    if any(line.fingerprint for line in locked.values()):
        by_code = defaultdict[str, list[_Copy]](list)
        for code, copy in _of_testset(own, context.testset):
            by_code[code].append(copy)
        for code, whose in _WHOSE.items():
            found += _told(code, by_code[code], len(own), whose, _REMEDY[code])
    else:
        why = "the test set has no media.lock.jsonl with fingerprints"
        found.append(NotChecked(what="copies of the test set's own clips", why=why))
    by_run = defaultdict[str, list[_Copy]](list)
    for name, copy in _of_runs(own, opened, context):
        by_run[name].append(copy)
    for name, copied in by_run.items():
        found += _told("copy-of-run", copied, len(own), f"answers of {name}", _REMEDY["copy-of-run"])
    return found


_WHOSE: Final = {
    "copy-of-reference": "the real responder's own clips",
    "copy-of-initiator": "the initiator's own clips",
}
_REMEDY: Final = {
    "copy-of-reference": "hand in what the model itself makes; the real responder's clip is never given to it. If the "
    "model was given it, correct the adapter and generate anew",
    "copy-of-initiator": "hand in the answer, not the clip that asks; the baseline `echo` does that already",
    "copy-of-run": "hand in what this model itself makes. Where both share a part (a voice, a renderer), name it in "
    "`components`",
}


def _told(code: str, copied: Sequence[_Copy], of: int, whose: str, remedy: str) -> list[Finding]:
    """One finding for whole copies, and one for each track that is copied alone."""
    kinds = {
        "": [one for one in copied if one.identical or (one.picture and one.sound)],
        "the sound of ": [one for one in copied if one.sound and not (one.picture or one.identical)],
        "the picture of ": [one for one in copied if one.picture and not (one.sound or one.identical)],
    }
    findings = []
    for part, ones in kinds.items():
        if not ones:
            continue
        many = len(ones) >= 2 and len(ones) >= ONE_TRACK * of
        shared_voice = code == "copy-of-run" and part == "the sound of "
        severity: Severity = "error" if not part or (many and not shared_voice) else "warning"
        examples = "; ".join(str(one) for one in ones[:_SAID])
        detail = f"{len(ones)} of {of} answers are {part}{whose}: {examples}"
        samples = [one.answer.key for one in ones]
        findings.append(flag(code, FINGERPRINTS, samples, detail, remedy, severity))
    return findings


def _of_testset(own: Sequence[Answer], testset: TestSet) -> Iterator[tuple[str, _Copy]]:
    """Each answer's copy of a reference, else of an initiator, with the code of either."""
    assert testset.lock is not None
    lines = {path: line for path, line in testset.lock.media.items() if line.fingerprint}
    prints = {path: Fingerprint.parse(line.fingerprint) for path, line in lines.items()}
    references = {turn.reference for item in testset.items for turn in item.turns} & lines.keys()
    initiators = ({turn.initiator for item in testset.items for turn in item.turns} & lines.keys()) - references
    digests = {line.sha256: path for path, line in lines.items()}
    near: dict[str, dict[str, tuple[bool, bool]]] = defaultdict(dict)
    items = {item.item_id: item for item in testset.items}
    for item_id, mine in _by_item(own).items():
        turns = items[item_id].turns if item_id in items else ()
        paths = [path for turn in turns for path in (turn.reference, turn.initiator) if path in prints]
        held = alike([one.print for one in mine], [prints[path] for path in paths])
        for i, one in enumerate(mine):
            for j, path in enumerate(paths):
                near[one.key][path] = _same(held, i, j, prints[path], one.print)
    clips = {path: prints[path] for path in sorted(references | initiators)}
    by_key = {one.key: one.print for one in own}
    for (key, path), held in alike_if_near(by_key, clips).items():
        near[key].setdefault(path, _same(held, 0, 0, prints[path], by_key[key]))
    for one in own:
        for code, paths_of in (("copy-of-reference", references), ("copy-of-initiator", initiators)):
            identical = next((digests[d] for d in _digests(one) if digests.get(d) in paths_of), None)
            hits = {path: same for path, same in near[one.key].items() if path in paths_of and any(same)}
            best = identical or max(sorted(hits), key=lambda path: sum(hits[path]), default=None)
            if best is not None:
                yield code, _Copy(one, best, prints[best], *hits.get(best, (False, False)), identical == best)
                break


def _of_runs(own: Sequence[Answer], opened: Opened, context: Context) -> Iterator[tuple[str, _Copy]]:
    """Each answer's copies among other models' answers to the same question, with the run."""
    others = [
        (f"{other.submission.model.id} (run {other.submission.run_id})", by_place(answers(other)))
        for other in context.others
        if other.submission.model.id != opened.submission.model.id
        and other.results.benchmark.testset_sha256 == opened.results.benchmark.testset_sha256
    ]
    for place, mine in by_place(own).items():
        theirs = [(name, one) for name, run in others for one in run.get(place, ())]
        held = alike([one.print for one in mine], [one.print for _, one in theirs])
        for i, one in enumerate(mine):
            said: set[str] = set()
            for j, (name, other) in enumerate(theirs):
                identical = bool(set(_digests(one)) & set(_digests(other))) and not _nothing(one)
                picture, sound = _same(held, i, j, other.print, one.print)
                if name not in said and (identical or picture or sound):
                    said.add(name)
                    yield name, _Copy(one, f"its {other.key}", other.print, picture, sound, identical)


def _same(held: Alike, i: int, j: int, original: Fingerprint, print: Fingerprint) -> tuple[bool, bool]:
    """Whether picture and sound are the same; a sound too short to tell by itself is told beside its picture."""
    picture, sound = bool(held.same_picture[i, j]), bool(held.same_sound[i, j])
    return picture, sound or (picture and held.sound[i, j] < 0 and likeness(original, print).same)


def _nothing(one: Answer) -> bool:
    """Whether there is nothing in an answer that could be somebody's: two that fail are alike."""
    return frozen(one.print) and silent(one.print)


def _digests(one: Answer) -> list[str]:
    return [digest for digest in (one.line.sha256, one.line.audio_sha256) if digest]


def _by_item(own: Sequence[Answer]) -> Mapping[str, list[Answer]]:
    found = defaultdict[str, list[Answer]](list)
    for one in own:
        found[one.record.item_id].append(one)
    return found
