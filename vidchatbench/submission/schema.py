"""`submission.json` and a line of `manifest.jsonl` and `fingerprints.jsonl.gz`: who submits what, as types.

A submission is one folder, `submissions/<org>__<model>/<run_id>/`:

submission.json          who, what, declarations, and the digests of the other files
results.json             as `vidchatbench eval` wrote it, byte for byte
items.jsonl.gz           as `vidchatbench eval` wrote it
stats.npz                as `vidchatbench eval` wrote it: what every total is formed from
manifest.jsonl           each answer's file: digest and size, by which the media are known when they are asked for
fingerprints.jsonl.gz    what each answer shows and sounds like, by which copies are known without the media
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

SCHEMA: Final = "vidchatbench.submission/1"
SUBMISSION, RESULTS, ITEMS, STATS, MANIFEST, FINGERPRINTS = (
    "submission.json",
    "results.json",
    "items.jsonl.gz",
    "stats.npz",
    "manifest.jsonl",
    "fingerprints.jsonl.gz",
)
FILES: Final = (SUBMISSION, RESULTS, ITEMS, STATS, MANIFEST, FINGERPRINTS)
"""Exactly these; nothing else may lie in the folder."""
WITHDRAWAL: Final = "withdrawal.json"
"""The one file that may be added to a merged submission."""
_STRICT = {"extra": "forbid", "allow_inf_nan": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A part of the model that has a name and a version of its own."""

    __pydantic_config__ = _STRICT
    role: Literal["llm", "asr", "tts", "renderer", "e2e", "other"]
    id: str
    revision: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmittedModel:
    """The model, as whoever submits declares it."""

    __pydantic_config__ = _STRICT
    id: str
    """`org/name`; the folder is `org__name`."""
    revision: str
    """Commit, release or API date: what made these answers."""
    title: str | None = None
    url: str | None = None
    paper: str | None = None
    license: str
    """SPDX name, or `proprietary`."""
    open_weights: bool
    n_params: int | None = None
    """Parameters in all; None where that is not told."""
    components: tuple[Component, ...] = ()
    training_data: tuple[str, ...]
    """Names of data sets; empty says none."""
    saw_test_sources: bool
    """Whether a source video of the test set may have been in its training data."""
    deterministic: bool
    """Whether every seed gives the same answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HarnessInfo:
    """What scored."""

    __pydantic_config__ = _STRICT
    version: str
    git_sha: str | None
    """None where the harness was no git checkout."""
    dirty: bool | None
    """Whether the checkout had changes of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Where it was scored; nothing of it names a person, a host or a folder."""

    __pydantic_config__ = _STRICT
    python: str
    platform: str
    packages: Mapping[str, str]
    """Versions of the packages that the numbers rest on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationInfo:
    """How the answers were made, where `vidchatbench generate` made them."""

    __pydantic_config__ = _STRICT
    adapter_sha256: str
    hardware: Mapping[str, str]
    history: Literal["gt", "self"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileInfo:
    """A file of the submission."""

    __pydantic_config__ = _STRICT
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """`submission.json`. What results.json says (test set, protocol, coverage) is not said again."""

    __pydantic_config__ = _STRICT
    schema: Literal["vidchatbench.submission/1"] = SCHEMA
    run_id: str
    """UUIDv7; the folder's name."""
    created_utc: str
    """When it was packed: `2026-11-28T14:00:00Z`."""
    model: SubmittedModel
    all_seeds_reported: Literal[True]
    """The declaration that no other seed was made and left out."""
    supersedes: str | None = None
    """The run_id of an earlier run of this model that this one replaces; it stays listed."""
    outputs_url: str | None = None
    """Where the answers can be fetched for a re-score."""
    harness: HarnessInfo
    environment: Environment
    generation: GenerationInfo | None = None
    files: Mapping[str, FileInfo]
    """Of all files of the folder but this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestLine:
    """One answer."""

    __pydantic_config__ = _STRICT
    item_id: str
    turn: int
    seed: int
    file: str | None
    """Its name in the outputs folder, or None where there is no answer."""
    sha256: str | None
    """Of the video file."""
    bytes: int | None
    audio_file: str | None = None
    """The sound, where it is a file of its own."""
    audio_sha256: str | None = None
    audio_bytes: int | None = None
    start_s: float | None = None
    """The declared start, where one was declared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FingerprintLine:
    """What one answer shows and sounds like."""

    __pydantic_config__ = _STRICT
    item_id: str
    turn: int
    seed: int
    fingerprint: str
    """`testset.fingerprint.Fingerprint`, as text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """`withdrawal.json`: a merged run that is not to be ranked any more. The run itself stays."""

    __pydantic_config__ = _STRICT
    schema: Literal["vidchatbench.withdrawal/1"] = "vidchatbench.withdrawal/1"
    run_id: str
    withdrawn_utc: str
    reason: str
    by: Literal["submitter", "maintainer"]
    notes: Mapping[str, str] = field(default_factory=dict)
