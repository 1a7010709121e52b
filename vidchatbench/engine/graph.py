"""The graph of features behind a set of metrics and samples: each node once, known by the digest of all it rests on."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import get_args

import vidchatbench.media
from vidchatbench import __version__
from vidchatbench.engine.cache import digest
from vidchatbench.errors import MediaError, NotReady, Role
from vidchatbench.feature import Feature, On
from vidchatbench.media import Clip, ffmpeg_version
from vidchatbench.testset.reference_features import FOLDER, ReferenceFeatures, StoredFeature
from vidchatbench.types import Reason, Turn

Media = Mapping[str, Clip | Reason]
"""Clips by role or by a feature's slot, or why one is not there."""

_ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One feature on given clips."""

    key: str
    """Digest of signature, computation, code, clips, fields and needed nodes: the cache's key."""
    feature: Feature
    clips: Mapping[str, Clip]
    fields: Mapping[str, object]
    needs: Mapping[str, str]
    """Keys of the nodes it needs, by name."""
    level: int
    """0 for a node that needs no other, else one more than the greatest level below."""
    stored: StoredFeature | None = None
    """Where the test set brings it, to be taken from there and not computed."""

    @property
    def computation(self) -> dict[str, str]:
        """How it is computed, a line by feature id; of a stored one, how it was, by the file that it lies in."""
        if self.stored is None:
            return {self.feature.id: ", ".join(f"{k} {v}" for k, v in computation(self.feature).items())}
        head = self.stored.file.head
        how = "; ".join(f"{id}: {line}" for id, line in sorted(head.computation.items()))
        return {f"{FOLDER}/{self.stored.file.path.name}": f"stored by vidchatbench {head.vidchatbench}; {how}"}

    @property
    def file(self) -> Path:
        """The first of its clips' files, to name it by."""
        return next(iter(self.clips.values())).video


@dataclass
class Graph:
    """Nodes by key. Building it reads no media beyond their digests."""

    device: str = "cpu"
    stored: ReferenceFeatures = field(default_factory=lambda: ReferenceFeatures({}))
    nodes: dict[str, Node] = field(default_factory=dict)

    def add(self, on: On, media: Media, turn: Turn) -> str | Reason:
        """The key of a bound feature, or the reason why it cannot be: a clip that is not there or cannot be read.

        Raises:
            NotReady: Where a file of the test set is not here, and the test set brings no such feature of it.
        """
        (feature,) = self.placed([on.feature])
        signature = feature.signature()
        reason: Reason | None = None
        clips: dict[str, Clip] = {}
        digests: dict[str, str] = {}
        for slot, name in zip(feature.slots, on.names, strict=True):
            clip = media[name]
            if isinstance(clip, Reason):
                reason = reason or clip
                continue
            clips[slot] = clip
            try:
                digests[slot] = clip.digest
            except MediaError as error:
                reason = reason or Reason(
                    code=error.code,
                    remedy=error.remedy,
                    detail=error.cause,
                    role=next((role for role in _ROLES if role == name), "response"),
                )
        fields = turn_fields(feature, turn)
        stored = self.stored.find(signature, list(digests.values()), fields) if reason is None else None
        if stored is not None:
            # Never the key of a computed node: whoever stored it may have computed it elsewhere, within the tolerance,
            # and what comes out must not depend on which of the two the cache had first.
            key = digest({FOLDER: stored.file.sha256, "entry": stored.entry})
            self.nodes.setdefault(
                key, Node(key=key, feature=feature, clips=clips, fields=fields, needs={}, level=0, stored=stored)
            )
            return key
        absent = next((clips[slot].video.name for slot in digests if not clips[slot].here), None)
        if absent is not None:
            raise NotReady(f"needs {absent}, which is not here, and {FOLDER}/ holds no {signature} of it")
        if reason is not None:
            return reason
        needs: dict[str, str] = {}
        for name, below in sorted(feature.needs().items()):
            found = self.add(below, clips, turn)
            if isinstance(found, Reason):
                return found
            needs[name] = found
        key = digest(
            {
                "feature": signature,
                "computation": dict(computation(feature)),
                "code": code_digest(type(feature)),
                "clips": digests,
                "fields": fields,
                "needs": needs,
            }
        )
        if key not in self.nodes:
            level = 1 + max((self.nodes[below].level for below in needs.values()), default=-1)
            self.nodes[key] = Node(key=key, feature=feature, clips=clips, fields=fields, needs=needs, level=level)
        return key

    def placed(self, features: Iterable[Feature]) -> list[Feature]:
        """The features, told where to run."""
        found = list(features)
        for feature in found:
            feature.place(self.device)
        return found

    def closure(self, keys: Iterable[str], have: set[str]) -> list[Node]:
        """The nodes that must be computed to have `keys`, those in `have` and what only they need left out."""
        found: dict[str, Node] = {}
        todo = [key for key in keys if key not in have]
        while todo:
            node = self.nodes[todo.pop()]
            if node.key not in found:
                found[node.key] = node
                todo += [key for key in node.needs.values() if key not in have]
        return sorted(found.values(), key=lambda node: (node.level, node.key))


def turn_fields(feature: Feature, turn: Turn) -> dict[str, object]:
    """The fields of a turn that a feature reads, as plain values: a candidate is a dict."""
    plain = asdict(turn) if feature.turn_fields else {}
    return {name: plain[name] for name in feature.turn_fields}


def computation(feature: Feature) -> dict[str, str]:
    """How a feature is computed: its own record, and the decoder's."""
    own = {"decoder": ffmpeg_version(), "threads": "1", **feature.computation()}
    return dict(sorted(own.items()))


@cache
def code_digest(cls: type) -> str:
    """Digest of the code that a class stands in (its folder in a package, else its file) and of the decode layer."""
    module = sys.modules[cls.__module__]
    file = Path(module.__file__ or "")
    own = sorted(file.parent.glob("*.py")) if module.__package__ else [file]
    media = sorted(Path(vidchatbench.media.__file__).parent.glob("*.py"))
    total = hashlib.sha256(__version__.encode())
    for path in [*own, *media]:
        if path.is_file():
            total.update(path.name.encode() + path.read_bytes())
    return total.hexdigest()
