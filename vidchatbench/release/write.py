"""Writing a built test set into its folder."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from vidchatbench.errors import DataError
from vidchatbench.release.build import Built, rows
from vidchatbench.release.candidate import Candidate
from vidchatbench.release.card import card, charts
from vidchatbench.testset.jsonl import canonical

SCHEMA = "vidchatbench.testset/1"


def write_testset(built: Built, out: Path, *, private: bool = False) -> str:
    """Write the test set, or the one that is held back, and return its checksum.

    Files of the same names are replaced, others (media that were cut already) are left alone.

    Raises:
        DataError: Where the folder holds something else, or cannot be written.
    """
    chosen = built.private if private else built.chosen
    name = built.recipe.id + ("-private" if private else "")
    if out.exists() and any(out.iterdir()) and not (out / "testset.toml").is_file():
        raise DataError("is there already, and holds no test set", where=out, remedy="give another folder: --out DIR")
    files, checksum = _files(built, chosen, name, private=private)
    try:
        for path, text in files.items():
            _replace(out / path, text)
    except OSError as error:
        raise DataError(f"cannot be written: {error.strerror}", where=error.filename or out) from error
    return checksum


def _files(built: Built, chosen: Sequence[Candidate], name: str, *, private: bool) -> tuple[dict[str, str], str]:
    items, sources = rows(chosen, built.recipe)
    lines = {
        "items.jsonl": "".join(canonical(item).decode() + "\n" for item in items),
        "sources.jsonl": "".join(canonical(asdict(source)).decode() + "\n" for source in sources),
    }
    checksum = hashlib.sha256("".join(lines.values()).encode()).hexdigest()
    release, recipe, mapping = built.release, built.recipe, built.mapping
    facts = {
        "schema": "vidchatbench.build/1",
        "id": name,
        "version": recipe.version,
        "sha256": checksum,
        "recipe_sha256": recipe.sha256,
        "mapping_sha256": mapping.sha256,
        "mapping_confirmed": mapping.confirmed,
        "items": len(items),
        "clips_of_the_release": release.entries,
        "source_videos_of_the_reserve": len(release.videos),
        "candidates": len(built.eligible),
        "not_asked_for": list(built.unused),
        "refused": dict(sorted(built.refused.items())),
        "skipped": {
            reason: {"count": count, "examples": release.skipped.examples[reason]}
            for reason, count in sorted(release.skipped.counts.items())
        },
    }
    return {
        "testset.toml": _manifest(built, name, private=private),
        **lines,
        "exclude_videos.txt": "".join(f"{video}\n" for video in built.videos),
        "exclude_speakers.txt": "".join(f"{speaker}\n" for speaker in built.speakers),
        "build.json": json.dumps(facts, indent=1, sort_keys=True, ensure_ascii=False) + "\n",
        **{f"card/{file}": picture for file, picture in charts(built, chosen).items()},
        "CARD.md": card(built, chosen, checksum, private=private),
    }, checksum


def _manifest(built: Built, name: str, *, private: bool) -> str:
    recipe = built.recipe
    said = {
        "schema": SCHEMA,
        "id": name,
        "version": recipe.version,
        "title": recipe.title + (", held back" if private else ""),
        "tasks": [recipe.task],
        "protocol": recipe.protocol,
        "profile": recipe.profile,
        "seeds": recipe.seeds,
        "licence": recipe.licence,
        "description": recipe.description.strip(),
        "media": "not part of it: vidchatbench testset fetch cuts them from the source videos of sources.jsonl",
    }
    # A JSON text is a TOML text, and a list of them a list.
    return "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in said.items())


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
