"""What whoever submits declares of the model: from options, a `model.toml`, and what `generate` recorded."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from vidchatbench.errors import DataError, UsageError
from vidchatbench.submission.schema import GenerationInfo, SubmittedModel
from vidchatbench.testset.jsonl import explain
from vidchatbench.testset.outputs import GENERATION

MODEL_ID = re.compile(r"[A-Za-z0-9](?:[\w.+-]{0,62}[\w+-])?/[A-Za-z0-9](?:[\w.+-]{0,62}[\w+-])?", re.ASCII)
"""`org/name`: letters, digits and `_ . + -`, neither part longer than 64, and no `__` in the organisation."""
WANTED: Final[Mapping[str, str]] = {
    "id": "--model ORG/NAME",
    "revision": "--revision COMMIT_OR_DATE",
    "license": "--license SPDX_NAME_OR_proprietary",
    "open_weights": "--open-weights yes|no",
    "training_data": "--training-data NAME,NAME|none",
    "saw_test_sources": "--saw-test-sources yes|no",
    "deterministic": "--deterministic yes|no",
}
"""The declarations that must be made, each with the option that makes it."""
ALL_SEEDS: Final = "--all-seeds-reported"


def valid_id(id: str) -> bool:
    """Whether a model's id can name a folder, and be read back from it."""
    return bool(MODEL_ID.fullmatch(id)) and "__" not in id.split("/")[0] and not id.split("/")[0].endswith("_")


def folder_of(id: str) -> str:
    """`org__name`."""
    return id.replace("/", "__", 1)


@dataclass(frozen=True, kw_only=True)
class Declared:
    """Declarations as far as they were made, by the names of `SubmittedModel`."""

    values: Mapping[str, Any]
    generation: GenerationInfo | None

    @property
    def missing(self) -> tuple[str, ...]:
        """What must still be declared, by name."""
        return tuple(name for name in WANTED if self.values.get(name) is None)

    def model(self) -> SubmittedModel:
        """All declarations.

        Raises:
            UsageError: Where some are missing, with the options for all of them; or one is not right.
        """
        if self.missing:
            names = ", ".join(self.missing)
            raise UsageError(
                f"not declared: {names}",
                remedy="add " + " ".join(WANTED[name] for name in self.missing) + ", or write them into --model-file",
            )
        try:
            found = TypeAdapter(SubmittedModel).validate_json(json.dumps(dict(self.values)), strict=True)
        except ValidationError as error:
            raise UsageError(f"a declaration is not right: {explain(error)}") from error
        if not valid_id(found.id):
            raise UsageError(
                f"the model's id {found.id!r} is not ORG/NAME", remedy="add --model ORG/NAME: letters, digits, _ . + -"
            )
        return found


def declared(outputs: Path, model_file: Path | None, options: Mapping[str, Any]) -> Declared:
    """What is declared: by options, else in the file, else by the adapter that made the outputs.

    Raises:
        UsageError: Where the file holds something else.
        DataError: Where it, or the record of `generate`, cannot be read.
    """
    recorded, generation = _recorded(outputs)
    written = _written(model_file) if model_file is not None else {}
    given = {name: value for name, value in options.items() if value is not None}
    return Declared(values=recorded | written | given, generation=generation)


def _written(file: Path) -> dict[str, Any]:
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"cannot be read as TOML: {error}", where=file) from error
    known = SubmittedModel.__dataclass_fields__
    unknown = [name for name in said if name not in known]
    if unknown:
        raise UsageError(f"there is no declaration {unknown[0]!r}", where=file, remedy=f"there are: {', '.join(known)}")
    return said


def _recorded(outputs: Path) -> tuple[dict[str, Any], GenerationInfo | None]:
    """What `vidchatbench generate` wrote beside its answers; nothing where something else made them."""
    file = outputs / GENERATION / "run.json"
    if not file.is_file():
        return {}, None
    try:
        run = json.loads(file.read_text(encoding="utf-8"))
        said, machine = run["responder"] or {}, run["machine"]
        generation = GenerationInfo(
            adapter_sha256=str(run["adapter"]["sha256"]),
            hardware={"cpu_count": str(machine["cpu_count"]), "gpus": str(len(machine["gpus"]))},
            history=said.get("history", "gt"),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"cannot be read: {error}", where=file, remedy="make it anew: vidchatbench generate ADAPTER --testset NAME"
        ) from error
    id = said.get("id")
    values: dict[str, Any] = {
        "id": id if isinstance(id, str) and valid_id(id) else None,  # an adapter may be called by any name
        "revision": said.get("revision"),
        "license": said.get("license"),
        "training_data": said.get("training_data"),
        "deterministic": said.get("deterministic"),
    }
    return {name: value for name, value in values.items() if value is not None}, generation


def components(words: Sequence[str]) -> list[dict[str, str]]:
    """`tts=org/voice@1.2` as a component.

    Raises:
        UsageError: Where a word is not of that form.
    """
    found = []
    for word in words:
        role, _, rest = word.partition("=")
        id, _, revision = rest.partition("@")
        if not role or not id:
            raise UsageError(f"--component {word!r} is not ROLE=ID@REVISION", remedy="--component tts=org/voice@1.2")
        found.append({"role": role, "id": id} | ({"revision": revision} if revision else {}))
    return found
