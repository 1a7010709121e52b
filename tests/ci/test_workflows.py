"""The workflows: who may start them, what they may do, and that no text of others becomes code."""

from __future__ import annotations

import re

import pytest
import yaml

PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)
TRIGGERS = {
    "test": {"push", "pull_request"},
    "submission": {"pull_request"},
    "submission-comment": {"workflow_run"},
    "release": {"push"},
}
WRITES = {
    ("submission-comment", "comment"): {"pull-requests"},
    ("release", "publish"): {"id-token"},
}
"""All that any job may write."""


@pytest.fixture(scope="module")
def github(root):
    return root / ".github"


@pytest.fixture(scope="module")
def workflows(github):
    return {path.stem: yaml.safe_load(path.read_text()) for path in sorted((github / "workflows").glob("*.yml"))}


@pytest.fixture(scope="module")
def jobs(workflows):
    return {(name, id): job for name, workflow in workflows.items() for id, job in workflow["jobs"].items()}


@pytest.fixture(scope="module")
def steps(github, jobs):
    """Every step by where it stands, those of our actions included."""
    found = [(where, step) for where, job in jobs.items() for step in job["steps"]]
    for path in github.glob("actions/*/action.yml"):
        action = yaml.safe_load(path.read_text())
        found += [((path.parent.name, action["runs"]["using"]), step) for step in action["runs"]["steps"]]
    return found


def triggers(workflow):
    return workflow[True]  # YAML reads `on` so


def test_who_starts_what(workflows):
    assert {name: set(triggers(workflow)) for name, workflow in workflows.items()} == TRIGGERS
    assert triggers(workflows["submission"])["pull_request"] == {"paths": ["leaderboard/submissions/**"]}
    assert triggers(workflows["submission-comment"])["workflow_run"] == {
        "workflows": [workflows["submission"]["name"]], "types": ["completed"],
    }  # fmt: skip
    assert triggers(workflows["release"]) == {"push": {"tags": ["v*"]}}


def test_a_job_has_the_permissions_that_it_names_and_no_other_writes(workflows, jobs):
    assert all(workflow["permissions"] == {} for workflow in workflows.values())
    for where, job in jobs.items():
        given = job["permissions"]
        assert set(given.values()) <= {"read", "write"}
        assert {scope for scope, may in given.items() if may == "write"} == WRITES.get(where, set()), where
    assert jobs["release", "publish"]["environment"]["name"] and "environment" not in jobs["release", "build"]
    assert not {"checkout", "run"} & {
        word for step in jobs["release", "publish"]["steps"] for word in (*step, *step["uses"].split("@")[0].split("/"))
    }, "who may publish executes nothing of ours"


def test_nothing_runs_forever_or_twice(workflows, jobs):
    assert all(5 <= job["timeout-minutes"] <= 45 for job in jobs.values())
    assert all("group" in workflow["concurrency"] for workflow in workflows.values())


def test_no_secret_is_named(github):
    for path in github.rglob("*"):
        if path.is_file():
            assert "secrets." not in path.read_text(), path


def test_no_text_of_others_becomes_code(steps):
    """An expression is put in before a shell reads the line: texts come in by the environment alone."""
    assert len(steps) > 15
    for where, step in steps:
        assert not EXPRESSION.search(step.get("run", "")), where
        assert "github-script" not in step.get("uses", ""), where


def test_actions_are_those_that_were_looked_at(github, steps):
    for where, step in steps:
        if "uses" in step:
            assert PINNED.fullmatch(step["uses"]), where
        if "checkout" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False, where
    for path in github.rglob("*.yml"):
        for line in path.read_text().splitlines():
            assert "uses:" not in line or re.search(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


def test_of_a_pull_request_only_the_base_is_executed(jobs):
    """The commands of the job that checks submissions are those of the base branch's checkout."""
    checkouts = {
        step["with"]["path"]: step["with"].get("ref")
        for step in jobs["submission", "check"]["steps"]
        if "checkout" in step.get("uses", "")
    }
    assert checkouts == {"code": "${{ github.event.pull_request.base.sha }}", "change": None}
    told = [step["run"] for step in jobs["submission", "check"]["steps"] if "run" in step]
    assert told == [
        "python3 -m pip install -q -c code/constraints.txt './code[bundled]'",
        "code/.github/scripts/check_submission.sh",
    ]


def test_who_may_comment_sees_nothing_of_the_pull_request_but_names(jobs):
    checkout, comment = jobs["submission-comment", "comment"]["steps"]
    assert checkout["with"]["ref"] == "${{ github.event.repository.default_branch }}"
    assert comment["run"] == ".github/scripts/comment.sh"
    named = {EXPRESSION.fullmatch(value)[0][4:-3] for value in comment["env"].values()}
    assert {name for name in named if not name.startswith("github.event.workflow_run.")} == {
        "github.token", "github.repository",
    }  # fmt: skip


def test_every_script_of_a_workflow_is_there_and_can_be_run(root, github, steps):
    named = {word for _, step in steps for word in re.findall(r"\.github/scripts/[\w.]+", step.get("run", ""))}
    assert named and all((root / name).stat().st_mode & 0o111 for name in named)
    assert {path.name for path in (github / "scripts").glob("*.sh")} == {name.rpartition("/")[2] for name in named}
