"""The action that other repositories use: what callers give are words, never code."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
import yaml

SAY = "import json, sys; print(json.dumps(sys.argv[1:])); sys.exit(3)"


@pytest.fixture
def action(root, tmp_path):
    """Runs run.sh with a `vidchatbench` that says its words and ends with 3; or with the real one."""
    fake = tmp_path / "bin" / "vidchatbench"
    fake.parent.mkdir()
    fake.write_text(f"#!{sys.executable}\n{SAY}")
    fake.chmod(0o755)

    def run(real=False, **given):
        path = os.path.dirname(sys.executable) if real else str(fake.parent)
        env = os.environ | {"PATH": f"{path}:{os.environ['PATH']}", "GITHUB_OUTPUT": str(tmp_path / "told")}
        env |= {"COMMAND": "eval", "PRED": "outputs", "TESTSET": "", "OPTIONS": "", "OUT": "results"} | given
        script = root / ".github/actions/evaluate/run.sh"
        done = subprocess.run([script], env=env, cwd=tmp_path, capture_output=True, text=True)
        told = (tmp_path / "told").read_text() if (tmp_path / "told").exists() else ""
        return done, dict(line.split("=", 1) for line in told.splitlines())

    return run


def test_each_command_has_its_words(action):
    done, told = action(OPTIONS="--limit\n3\n", TESTSET="mini")
    assert json.loads(done.stdout) == [
        "eval", "--pred", "outputs", "--out", "results", "--testset", "mini", "--limit", "3",
    ]  # fmt: skip
    assert done.returncode == 3 and told == {"results": "results/results.json", "exit-code": "3"}
    done, told = action(COMMAND="check-outputs", PRED="a folder")
    assert json.loads(done.stdout) == ["check-outputs", "--pred", "a folder"] and told["results"] == ""
    done, told = action(COMMAND="check-submission")
    assert json.loads(done.stdout)[:2] == ["check-submission", "outputs"] and told["results"] == "results/report.json"


EVIL = '$(touch pwned); touch pwned & `touch pwned` "; touch pwned #'


@pytest.mark.parametrize("name", ["PRED", "TESTSET", "OPTIONS", "OUT"])
def test_what_is_given_is_a_word(action, tmp_path, name):
    done, _ = action(**{name: EVIL})
    assert any(EVIL in word for word in json.loads(done.stdout)), done.stderr
    assert not list(tmp_path.rglob("pwned"))


@pytest.mark.parametrize(
    "given",
    [
        {"COMMAND": EVIL}, {"COMMAND": "weights"}, {"COMMAND": "--help"}, {"PRED": "--pred=/"}, {"OUT": "-x"},
        {"OUT": "a\nexit-code=0"}, {"TESTSET": "--testset"},
    ],
)  # fmt: skip
def test_what_is_no_value_is_refused(action, tmp_path, given):
    done, told = action(**given)
    assert done.returncode == 2 and "::error::" in done.stdout and told == {}
    assert not list(tmp_path.rglob("pwned"))


def test_it_checks_real_outputs(action, root):
    done, told = action(real=True, COMMAND="check-outputs", PRED=str(root / "examples/outputs/faithful"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert told["exit-code"] == "0"
    done, told = action(real=True, COMMAND="check-outputs", PRED="nowhere")
    assert done.returncode == 2 and told["exit-code"] == "2"


def test_every_input_has_its_place(root):
    text = yaml.safe_load((root / ".github/actions/evaluate/action.yml").read_text())
    used = {value for step in text["runs"]["steps"] for value in step["env"].values()}
    assert {f"${{{{ inputs.{name} }}}}" for name in text["inputs"]} == used - {"${{ github.action_path }}"}


@pytest.mark.parametrize("extras", ["bundled --index-url x", "bundled]x[", "a;b", "Bundled\n"])
def test_extras_are_names(root, tmp_path, extras):
    script = root / ".github/actions/evaluate/install.sh"
    done = subprocess.run([script], env=os.environ | {"EXTRAS": extras}, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2 and "::error::" in done.stdout
