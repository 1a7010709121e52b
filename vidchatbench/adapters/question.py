"""A question on disk: copies of what a model may see, under names that say nothing, and nothing else."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import asdict, dataclass
from math import isnan
from pathlib import Path
from typing import Any

from vidchatbench.adapters.feed import Source
from vidchatbench.media import Clip
from vidchatbench.tasks import TASKS, Given, given, has
from vidchatbench.testset import TestSet
from vidchatbench.testset.jsonl import canonical
from vidchatbench.types import Item, SampleKey

_ASKED: frozenset[Given] = frozenset(("initiator_video", "initiator_audio"))
"""One file holds both, so it is given for the two alone."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a test set."""

    testset: TestSet
    item: Item
    key: SampleKey

    @property
    def _files(self) -> dict[str, str]:
        """Paths in the test set by the name that the model sees."""
        turn, given = self.item.turns[self.key.turn], self._given
        files = {"initiator": turn.initiator} if given >= _ASKED else {}
        if "portrait" in given:
            files["portrait"] = self.item.portrait
        if "voice" in given and self.item.voice is not None:
            files["voice"] = self.item.voice
        for k, earlier in enumerate(self.item.turns[: self.key.turn] if "earlier_clips" in given else ()):
            files |= {f"turn{k}.initiator": earlier.initiator, f"turn{k}.responder": earlier.reference}
        return {name + Path(path).suffix.lower(): path for name, path in files.items()}

    @property
    def _given(self) -> set[Given]:
        """What of this item reaches a model: nothing that the test set's task and protocol do not name."""
        named = given(self.item.task, self.testset.info.protocol)
        return {name for name in named if has(self.item, self.key.turn, name)}

    def _digest(self, path: str) -> str:
        locked = self.testset.lock.media.get(path) if self.testset.lock else None
        return locked.sha256 if locked else Clip(self.testset.file(path)).digest

    def _fields(self, *, live: bool = False) -> dict[str, Any]:
        turn, given = self.item.turns[self.key.turn], self._given
        return {
            "item_id": self.item.item_id,
            "task": self.item.task,
            "protocol": self.testset.info.protocol,
            "turn": self.key.turn,
            "seed": self.key.seed,
            "given": sorted(given),
            "duration_s": None if live else self._duration_s(turn.initiator) if given >= _ASKED else 0.0,
            "text": turn.text if "text" in given else None,
            "description": turn.description if "description" in given else None,
            "history": [asdict(one) for one in self.item.history] if "history" in given else [],
            "earlier": [[one.initiator_text, one.text] for one in self.item.turns[: self.key.turn]]
            if "earlier_clips" in given
            else [],
            "files": {name: self._digest(path) for name, path in self._handed(live=live).items()},
        }

    def _duration_s(self, path: str) -> float:
        locked = self.testset.lock.media.get(path) if self.testset.lock else None
        if locked is not None and locked.duration_s is not None:
            return locked.duration_s
        info = Clip(self.testset.file(path)).info
        return max(track.duration_s for track in (info.video, info.audio) if track)

    @property
    def sha256(self) -> str:
        """Digest of all that the model is given."""
        return hashlib.sha256(canonical(self._fields())).hexdigest()

    def _handed(self, *, live: bool) -> dict[str, str]:
        """The files that are put there: not the initiator's clip where it comes as a stream."""
        asked = self.initiator
        return {name: path for name, path in self._files.items() if not live or path is not asked}

    @property
    def initiator(self) -> str | None:
        """The initiator's clip, a path in the test set, where the model is given it."""
        return self.item.turns[self.key.turn].initiator if self._given >= _ASKED else None

    def source(self) -> Source:
        """Where it comes from when it is streamed."""
        assert self.initiator is not None
        find = self.testset.file
        return Source(
            clip=find(self.initiator), duration_s=self._duration_s(self.initiator), portrait=find(self.item.portrait),
            voice=None if self.item.voice is None or "voice" not in self._given else find(self.item.voice),
        )  # fmt: skip

    @property
    def speaks(self) -> bool:
        """Whether the task wants speech."""
        return TASKS[self.item.task].speaks

    @property
    def speech_end_s(self) -> float | None:
        """When the initiator has stopped speaking; 0 where none is given, None where the test set does not say."""
        end = self.item.turns[self.key.turn].initiator_speech_end_s if self.initiator is not None else 0.0
        return None if isnan(end) else end

    def pose(self, folder: Path, *, live: bool = False) -> None:
        """Put it on disk. Copies, so that nothing done to them reaches the test set.

        Args:
            folder: A place for it; what is there goes.
            live: For a streaming adapter: without the initiator's clip, and without its length.
        """
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name, path in self._handed(live=live).items():
            shutil.copyfile(self.testset.file(path), folder / name)
        part = folder / ".question"
        part.write_bytes(canonical(self._fields(live=live)))
        part.replace(folder / "question.json")  # the worker waits for this name
