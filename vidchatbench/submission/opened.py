"""A submission as it was read, once and within bounds: what every level of the check stands on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from vidchatbench.results import ItemRecord, Results, StoredRows
from vidchatbench.submission import schema
from vidchatbench.submission.arrays import stored_rows
from vidchatbench.submission.bounded import Refused, read_folder, sha256, unpack
from vidchatbench.submission.codes import found
from vidchatbench.submission.finding import Finding
from vidchatbench.submission.schema import FingerprintLine, ManifestLine, Submission, Withdrawal
from vidchatbench.submission.strict_json import parse, parse_lines
from vidchatbench.testset.fingerprint import Fingerprint
from vidchatbench.types import SampleKey

_REMEDY = "pack the run anew: vidchatbench submit RUN --pred OUTPUTS"
_ADAPTERS: dict[type, TypeAdapter[Any]] = {}


@dataclass(frozen=True, kw_only=True)
class Opened:
    """The content of one submission; nothing of it is read from the disk again."""

    path: Path
    submission: Submission
    results: Results
    items: tuple[ItemRecord, ...]
    """In the order of the file."""
    rows: StoredRows
    manifest: Mapping[str, ManifestLine]
    """By sample (`str(SampleKey)`), in the order of the file."""
    fingerprints: Mapping[str, Fingerprint]
    """By sample: of those whose answer could be decoded."""
    withdrawal: Withdrawal | None = None


def open_submission(path: Path) -> tuple[Opened | None, list[Finding]]:
    """Read a submission; None where it cannot be told what it says, with all that is wrong with it."""
    contents, findings = read_folder(path)
    read: dict[str, Any] = {}
    for name, read_one in _READERS.items():
        if name not in contents:
            continue
        try:
            read[name] = read_one(contents[name], path / name)
        except Refused as refused:
            findings.append(refused.finding)
    submission = read.get(schema.SUBMISSION)
    if isinstance(submission, Submission):
        findings += _digests(submission, contents)
    if findings or set(schema.FILES) - read.keys():
        return None, findings
    return Opened(
        path=path, submission=read[schema.SUBMISSION], results=read[schema.RESULTS], items=tuple(read[schema.ITEMS]),
        rows=read[schema.STATS], manifest=read[schema.MANIFEST], fingerprints=read[schema.FINGERPRINTS],
        withdrawal=read.get(schema.WITHDRAWAL),
    ), []  # fmt: skip


def key_of(line: ManifestLine | FingerprintLine | ItemRecord) -> SampleKey:
    """The sample that a line is about."""
    return SampleKey(item_id=line.item_id, turn=line.turn, seed=line.seed)


def _digests(submission: Submission, contents: Mapping[str, bytes]) -> list[Finding]:
    findings = []
    declared, wanted = submission.files, [name for name in schema.FILES if name != schema.SUBMISSION]
    for name in sorted(set(declared) - set(wanted)):
        detail = f"files names {name}, which is no file of a submission"
        findings.append(found("digest", schema.SUBMISSION, detail, _REMEDY))
    for name in wanted:
        if name not in declared:
            findings.append(found("digest", schema.SUBMISSION, f"files does not name {name}", _REMEDY))
        elif name in contents:
            said, content = declared[name], contents[name]
            if (said.sha256, said.bytes) != (sha256(content), len(content)):
                detail = "is not the file that submission.json names: it was changed after packing"
                findings.append(found("digest", name, detail, _REMEDY))
    return findings


def _one(kind: type) -> Any:
    def read(content: bytes, file: Path) -> Any:
        return parse(_adapter(kind), content, file.name)

    return read


def _items(content: bytes, file: Path) -> list[ItemRecord]:
    return parse_lines(_adapter(ItemRecord), unpack(file.name, content), file.name)


def _manifest(content: bytes, file: Path) -> dict[str, ManifestLine]:
    return _by_sample(parse_lines(_adapter(ManifestLine), content, file.name), file.name)


def _fingerprints(content: bytes, file: Path) -> dict[str, Fingerprint]:
    lines = _by_sample(parse_lines(_adapter(FingerprintLine), unpack(file.name, content), file.name), file.name)
    prints = {}
    for key, line in lines.items():
        try:
            prints[key] = Fingerprint.parse(line.fingerprint)
        except ValueError as error:
            raise Refused(found("fingerprint", f"{file.name}: {key}", str(error), _REMEDY)) from None
        if str(prints[key]) != line.fingerprint:
            raise Refused(found("fingerprint", f"{file.name}: {key}", "is not in its usual form", _REMEDY))
    return prints


def _by_sample(lines: list[Any], name: str) -> dict[str, Any]:
    found_lines: dict[str, Any] = {}
    for line in lines:
        key = str(key_of(line))
        if key in found_lines:
            raise Refused(found("samples", f"{name}: {key}", "the sample stands there twice", _REMEDY))
        found_lines[key] = line
    return found_lines


def _adapter(kind: type) -> TypeAdapter[Any]:
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


_READERS: Mapping[str, Any] = {
    schema.SUBMISSION: _one(Submission),
    schema.RESULTS: _one(Results),
    schema.ITEMS: _items,
    schema.STATS: stored_rows,
    schema.MANIFEST: _manifest,
    schema.FINGERPRINTS: _fingerprints,
    schema.WITHDRAWAL: _one(Withdrawal),
}
