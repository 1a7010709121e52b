"""Submissions made by the commands themselves, once for all tests: faultless, with failed samples, of all of mini.

The first two are of five items and the profile `turn`, which hears and does not look: seconds instead of minutes.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from helpers.opened import answers_of, fingerprint

from vidchatbench.cli import main
from vidchatbench.registry import entries
from vidchatbench.submission.context import Context
from vidchatbench.testset import TestSet, load_testset
from vidchatbench.testset.fingerprint import Fingerprint

ROOT = Path(__file__).resolve().parents[2]
ITEMS = ("d01", "d02", "d03", "l01", "m01")
EXCLUDED = ("turn.duration_w1", "d02")
"""The lock of the small test set excludes this metric's sample."""
MODEL = [
    "--model", "demo/faithful", "--revision", "1", "--license", "Apache-2.0", "--open-weights", "no", "--training-data",
    "none", "--saw-test-sources", "no", "--deterministic", "yes", "--all-seeds-reported",
]  # fmt: skip


@dataclass(frozen=True)
class Made:
    """A packed submission, and what it was made from."""

    run: Path
    results: Path
    outputs: Path
    testset: Path | str

    @property
    def submissions(self) -> Path:
        return self.run.parent.parent


@pytest.fixture(scope="session")
def few(tmp_path_factory) -> Path:
    """Five items of mini as a test set of their own, with one sample excluded by its lock."""
    folder = tmp_path_factory.mktemp("sets") / "few"
    mini = ROOT / "testsets" / "mini"
    shutil.copytree(mini / "media", folder / "media")
    head = (mini / "testset.toml").read_text().replace('"mini"', '"few"', 1).replace('"bundled"', '"turn"', 1)
    (folder / "testset.toml").write_text(head)
    lines = (mini / "items.jsonl").read_text().splitlines(keepends=True)
    (folder / "items.jsonl").write_text("".join(line for line in lines if json.loads(line)["item_id"] in ITEMS))
    locked = [json.loads(line) for line in (mini / "media.lock.jsonl").read_text().splitlines()]
    kept = [line for line in locked if line.get("item_id", ITEMS[0]) in ITEMS]
    metric, item = EXCLUDED
    kept.append({"kind": "exclusion", "metric": metric, "signature": entries()[metric].metric.signature(),
                 "item_id": item, "code": "too_short", "detail": "hardly a reply", "role": "reference"})  # fmt: skip
    (folder / "media.lock.jsonl").write_text("".join(json.dumps(line) + "\n" for line in kept))
    return folder


def answers(folder: Path, testset: str, broken: bool) -> Path:
    """Outputs of a deterministic system: each file is listed for all seeds."""
    shutil.copytree(ROOT / "examples" / "outputs" / "faithful", folder)
    lines = [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]
    found = []
    for line in (line | {"testset": testset} for line in lines if testset == "mini" or line["item_id"] in ITEMS):
        for seed in range(3):
            own = line | {"seed": seed}
            if broken and (own["item_id"], own["turn"], seed) == ("d02", 0, 1):
                failed = {"code": "error", "detail": f"FileNotFoundError: no such file: '{Path.home()}/secret/w.pt'"}
                own = {**own, "failed": failed}
                del own["file"]
            if broken and (own["item_id"], own["turn"], seed) == ("m01", 1, 2):
                (folder / "broken.mp4").write_bytes((folder / own["file"]).read_bytes()[:-4000])
                own["file"] = "broken.mp4"
            found.append(own)
    if broken:
        found = [line for line in found if (line["item_id"], line["seed"]) != ("l01", 2)]
    (folder / "manifest.jsonl").write_text("".join(json.dumps(line) + "\n" for line in found))
    return folder


def make(folder: Path, testset: Path | str, broken: bool = False) -> Made:
    outputs = answers(folder / "outputs" / "faithful", Path(testset).name, broken)
    results, out = folder / "runs" / "faithful", folder / "submissions"
    words = ["--pred", str(outputs), "--testset", str(testset)]
    assert main(["eval", *words, "--out", str(results), "--workers", "2"]) == 0
    assert main(["submit", str(results), *words, "--out", str(out), "--workers", "0", *MODEL]) == 0
    (run,) = (out / "demo__faithful").iterdir()
    assert [path.name for path in out.iterdir()] == ["demo__faithful"], "nothing else is left there"
    return Made(run, results, outputs, testset)


@pytest.fixture(scope="session")
def good(tmp_path_factory, few) -> Made:
    """All samples answered."""
    return make(tmp_path_factory.mktemp("good"), few)


@pytest.fixture(scope="session")
def holed(tmp_path_factory, few) -> Made:
    """One sample failed in the adapter, one is missing, one file is cut short."""
    return make(tmp_path_factory.mktemp("holed"), few, broken=True)


@pytest.fixture(scope="session")
def whole(tmp_path_factory) -> Made:
    """All of mini, with its own profile: for slow tests."""
    return make(tmp_path_factory.mktemp("whole"), "mini")


Make = Callable[..., Fingerprint]


@pytest.fixture(scope="session")
def mini() -> TestSet:
    """The built-in test set."""
    return load_testset("mini")


@pytest.fixture(scope="session")
def alone(mini) -> Context:
    """Nothing was merged before."""
    return Context(testset=mini)


@pytest.fixture(scope="session")
def faithful(root) -> dict[str, Fingerprint]:
    """An honest system: the same people as in the references, other takes, other words."""
    return answers_of(root / "examples" / "outputs" / "faithful")


@pytest.fixture(scope="session")
def degraded(root) -> dict[str, Fingerprint]:
    """Another system's answers to the same questions."""
    return answers_of(root / "examples" / "outputs" / "degraded")


@pytest.fixture(scope="session")
def made(tmp_path_factory) -> Make:
    """`made(file, *ffmpeg's words)`: the fingerprint of a file that ffmpeg makes of another."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("needs the program ffmpeg")
    folder = tmp_path_factory.mktemp("made")

    def make(file: Path, *words: str, before: tuple[str, ...] = ()) -> Fingerprint:
        out = folder / f"{len(list(folder.iterdir()))}.mp4"
        subprocess.run(["ffmpeg", "-nostdin", "-v", "error", *before, "-i", file, *words, out], check=True)
        return fingerprint(out)

    return make
