"""The example of a third-party metric, as a third party would use it."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

CLI = "import sys; from vidchatbench.cli import main; sys.exit(main())"
METRIC = "video.sharpness_gap"


def film(path, blur):
    """One second of moving fine detail, blurred or not."""
    detail = np.random.RandomState(0).randint(0, 256, (180, 200, 3), dtype=np.uint8)
    detail = cv2.resize(detail, None, fx=2, fy=2)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(25), options={"crf": "10"})
        stream.width, stream.height, stream.pix_fmt = 320, 320, "yuv420p"
        for k in range(25):
            image = np.ascontiguousarray(detail[k : k + 320, k : k + 320])
            image = cv2.GaussianBlur(image, (0, 0), 4) if blur else image
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())


@pytest.fixture
def folders(tmp_path):
    """A test set of two items, and outputs of which one is a copy of the real answer and the other is soft."""
    testset, outputs = tmp_path / "set", tmp_path / "soft"
    testset.mkdir()
    outputs.mkdir()
    film(testset / "r.mp4", blur=False)
    cv2.imwrite(str(testset / "p.png"), np.zeros((64, 64, 3), np.uint8))
    (testset / "testset.toml").write_text(
        'schema = "vidchatbench.testset/1"\nid = "two"\nversion = "1"\ntitle = "Two"\ntasks = ["dialogue"]\n'
        'protocol = "dyadic"\nprofile = "none"\nlicence = "none"\ndescription = "Two items"\nmedia = "bundled"\n'
    )
    turn = {"initiator": "r.mp4", "reference": "r.mp4", "initiator_speech_end_s": 0.5, "reference_start_s": 1.0}
    items = [
        {"item_id": name, "task": "dialogue", "turns": [turn], "portrait": "p.png", "source_video": name}
        for name in ("same", "soft")
    ]
    (testset / "items.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items))
    shutil.copy(testset / "r.mp4", outputs / "same.mp4")
    film(outputs / "soft.mp4", blur=True)
    return testset, outputs


def check(python, env, folders, out, *options):
    testset, outputs = folders
    command = ["eval", "--pred", outputs, "--testset", testset, "--out", out, "--workers", "0", *options]
    done = subprocess.run([python, "-c", CLI, *map(str, command)], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Sharpness gap" in done.stdout
    result = json.loads((out / "results.json").read_text())["metrics"][METRIC]
    with gzip.open(out / "items.jsonl.gz", "rt") as lines:
        values = {item["item_id"]: item["metrics"][METRIC]["value"] for item in map(json.loads, lines)}
    assert values["same"] == 0 and values["soft"] > 2
    assert result["value"] == pytest.approx(values["soft"] / 2) and result["n"] == 2


@pytest.fixture
def env(tmp_path):
    return os.environ | {"VIDCHATBENCH_CACHE": str(tmp_path / "cache"), "COLUMNS": "200"}


@pytest.mark.slow
def test_from_the_file(root, folders, env, tmp_path):
    spec = f"{root / 'examples' / 'plugin' / 'vidchatbench_sharpness.py'}:SharpnessGap"
    check(sys.executable, env, folders, tmp_path / "out", "--metric", spec, "--metrics", METRIC)


@pytest.mark.slow
def test_installed(root, folders, env, fresh, tmp_path):
    """Built and installed by pip into a fresh environment beside the project, without a network."""
    fresh.install("-e", root)
    fresh.install(shutil.copytree(root / "examples" / "plugin", tmp_path / "plugin"))
    assert "from vidchatbench-sharpness 1.0.0" in fresh.run("-c", CLI, "metrics", "ls")
    check(fresh.python, {**env, **fresh.env}, folders, tmp_path / "out", "--metrics", METRIC)


@pytest.mark.slow
def test_the_documented_adapter_in_an_empty_folder(root, fresh, env, tmp_path):
    """The first Python block of docs/adapters.md, beside a built and installed package, is run and scored."""
    fresh.install(root)
    text = (root / "docs" / "adapters.md").read_text()
    adapter = re.search(r"```python\n# vcb_mymodel.py\n(.*?)```", text, re.DOTALL)[1]
    home = tmp_path / "home"
    home.mkdir()
    assert adapter == (root / "examples/adapters/vcb_mymodel.py").read_text().removeprefix("# vcb_mymodel.py\n")
    (home / "vcb_mymodel.py").write_text(adapter)
    words = ["eval", "--adapter", "vcb_mymodel.py", "--testset", "mini", "--metrics", "check.coverage"]
    done = subprocess.run([fresh.python, "-c", CLI, *words], cwd=home, env={**env, **fresh.env}, capture_output=True,
                          text=True)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "15 of 15 samples answered" in done.stdout
    result = json.loads((home / "runs/mymodel/results.json").read_text())
    assert result["metrics"]["check.coverage"]["value"] == 1
