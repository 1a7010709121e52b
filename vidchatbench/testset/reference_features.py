"""`reference_features/`: features of a test set's own files, so that who lacks the files can score against them."""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import TypeAdapter, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from vidchatbench.errors import DataError, ReasonCode
from vidchatbench.testset.jsonl import canonical, explain
from vidchatbench.types import NamedArrays

FOLDER = "reference_features"
_NAME = re.compile(r".+\.(?P<sha256>[0-9a-f]{16})\.safetensors")
_STRICT = {"extra": "forbid"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFailure:
    """Why a feature cannot be computed from a file of the test set (no face, no sound): known as a value is."""

    __pydantic_config__ = _STRICT
    code: ReasonCode
    cause: str
    remedy: str | None
    slot: str | None
    """Whose file it is about: one of the feature's slots."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredHead:
    """What a file of stored features says of itself: JSON in its metadata `vidchatbench`."""

    __pydantic_config__ = _STRICT
    schema: Literal["vidchatbench.reference_features/1"] = "vidchatbench.reference_features/1"
    vidchatbench: str
    """The version that computed them."""
    feature: str
    """The feature's id."""
    signature: str
    computation: Mapping[str, str]
    """How the feature, and those that it was computed from, were computed: a line by feature id."""
    entries: Mapping[str, StoredFailure | None]
    """By `entry_id`: None where the arrays are there, tensors named `<entry>.<array>`."""


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    """One file: a feature on all clips that it was computed for. Its content is that of the digest in its name."""

    path: Path
    sha256: str
    head: StoredHead

    @cached_property
    def _tensors(self) -> Any:
        return safe_open(self.path, framework="numpy")

    @cached_property
    def _names(self) -> Mapping[str, list[tuple[str, str]]]:
        found: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for name in self._tensors.keys():  # noqa: SIM118 - it is no dict
            entry, _, array = name.partition(".")
            found[entry].append((array, name))
        return found

    def read(self, entry: str) -> NamedArrays | StoredFailure:
        """The arrays of an entry, or why there are none."""
        failure = self.head.entries[entry]
        if failure is not None:
            return failure
        return {array: self._tensors.get_tensor(name) for array, name in self._names.get(entry, ())}


@dataclass(frozen=True, slots=True)
class StoredFeature:
    """One feature on given clips."""

    file: StoredFile
    entry: str

    def read(self) -> NamedArrays | StoredFailure:
        """Its arrays, or why there are none."""
        return self.file.read(self.entry)


@dataclass(frozen=True)
class ReferenceFeatures:
    """The features stored with a test set, by signature."""

    files: Mapping[str, StoredFile]

    @staticmethod
    def of(root: Path) -> ReferenceFeatures:
        """Read what a test set's folder holds; nothing where it has no `reference_features/`.

        Every file is held to the digest in its name, so that a damaged one never becomes a number.

        Raises:
            DataError: Where a file is damaged, of another schema, or one of two of the same feature.
        """
        files: dict[str, StoredFile] = {}
        for path in sorted((root / FOLDER).glob("[!.]*.safetensors")):
            file = _open(path)
            other = files.setdefault(file.head.signature, file)
            if other is not file:
                raise DataError(
                    f"holds the same feature as {other.path.name}, and nothing says which one counts",
                    where=path,
                    remedy=_AGAIN,
                )
        return ReferenceFeatures(files)

    def find(self, signature: str, digests: Sequence[str], fields: Mapping[str, object]) -> StoredFeature | None:
        """A feature on the clips of these digests, in order of its slots; None where it is not stored."""
        file = self.files.get(signature)
        if file is None:
            return None
        entry = entry_id(digests, fields)
        return StoredFeature(file, entry) if entry in file.head.entries else None

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.files)

    def __str__(self) -> str:
        """A line a file: what it holds, of how many clips, its size."""
        return "\n".join(
            f"{signature}: {len(file.head.entries)} entries, {file.path.stat().st_size / 1e3:.0f} kB, "
            f"by vidchatbench {file.head.vidchatbench}"
            for signature, file in sorted(self.files.items())
        )


_AGAIN = f"get the test set's folder {FOLDER}/ again; with the media at hand: vidchatbench testset features"


def entry_id(digests: Sequence[str], fields: Mapping[str, object]) -> str:
    """Names a feature's inputs: its clips' digests joined by `+`, and a digest of the turn's fields if it reads any."""
    return "+".join(digests) + (f":{hashlib.sha256(canonical(dict(fields))).hexdigest()[:16]}" if fields else "")


def pack(head: StoredHead, arrays: Mapping[str, NamedArrays]) -> tuple[str, bytes]:
    """The name and the content of a file; the same bytes for the same features, in whatever order they come."""
    tensors = {
        f"{entry}.{name}": np.require(array, requirements="C")
        for entry, own in sorted(arrays.items())
        for name, array in sorted(own.items())
    }
    content = save(tensors, {"vidchatbench": canonical(asdict(head)).decode()})
    stem = re.sub(r"[^\w.-]", "_", head.feature)
    return f"{stem}.{hashlib.sha256(content).hexdigest()[:16]}.safetensors", content


def _open(path: Path) -> StoredFile:
    try:
        with path.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        named = _NAME.fullmatch(path.name)
        if named is None or not sha256.startswith(named["sha256"]):
            raise DataError(
                "its content is not that of the digest in its name: it is damaged", where=path, remedy=_AGAIN
            )
        with safe_open(path, framework="numpy") as file:
            said = (file.metadata() or {}).get("vidchatbench", "null")
        return StoredFile(path=path, sha256=sha256, head=TypeAdapter(StoredHead).validate_python(json.loads(said)))
    except ValidationError as error:
        raise DataError(
            explain(error), where=path, remedy=f"pip install --upgrade vidchatbench, or {_AGAIN}"
        ) from error
    except (OSError, ValueError, SafetensorError) as error:
        raise DataError(f"cannot be read: {error}", where=path, remedy=_AGAIN) from error
