"""The script of the job that checks submissions, on repositories as GitHub checks them out: good, bad and hostile."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile

import pytest

from vidchatbench.cli import VERBS, main

OLD, NEW = "01939c5e-0000-7000-8000-000000000001", "01939c5e-0000-7000-8000-000000000002"
SUBMISSIONS = "leaderboard/submissions"
MODEL = [
    "--model", "demo/faithful", "--revision", "1", "--license", "Apache-2.0", "--open-weights", "no", "--training-data",
    "none", "--saw-test-sources", "no", "--deterministic", "yes", "--all-seeds-reported",
]  # fmt: skip


@pytest.fixture
def job(root, tmp_path):
    """A repository with one merged run, and what the job says of a pull request's change to it."""
    repo, code = tmp_path / "change", tmp_path / "code"
    shutil.copytree(root / ".github" / "scripts", code / ".github" / "scripts")
    settings = {f"GIT_{who}_{what}": "x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    alone = os.environ | settings | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}

    def git(*words):
        done = subprocess.run(["git", "-C", repo, *words], env=alone, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def write(name, content="x"):
        path = repo / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        return path

    repo.mkdir()
    git("init", "-q", "-b", "main")
    write("README.md")
    write(f"{SUBMISSIONS}/a__old/{OLD}/submission.json")
    git("add", "-A")
    git("commit", "-qm", "before")

    class Job:
        def __init__(self):
            self.repo, self.git, self.write, self.report = repo, git, write, tmp_path / "report" / "report.json"

        def run(self, verb=None):
            """Merge what was changed, as GitHub does, and check it; `verb` stands in for `vidchatbench`."""
            git("checkout", "-q", "-b", "theirs")
            git("add", "-A")
            git("commit", "-qm", "change", "--allow-empty")
            git("checkout", "-q", "main")
            write("NEWS.md")  # meanwhile
            git("add", "-A")
            git("commit", "-qm", "meanwhile")
            git("merge", "-q", "--no-ff", "-m", "merge", "theirs")
            path = f"{sysconfig.get_path('scripts')}:{os.environ['PATH']}"
            if verb is not None:
                (tmp_path / "bin").mkdir()
                (tmp_path / "bin" / "vidchatbench").write_text(f"#!{sys.executable}\n{verb}")
                (tmp_path / "bin" / "vidchatbench").chmod(0o755)
                path = f"{tmp_path / 'bin'}:{path}"
            env = alone | {"PATH": path, "CODE": "code", "CHANGE": "change", "REPORT": "report/report.json",
                           "COLUMNS": "200"}  # fmt: skip
            script = "code/.github/scripts/check_submission.sh"
            return subprocess.run([script], env=env, cwd=tmp_path, capture_output=True, text=True)

        def findings(self):
            report = json.loads(self.report.read_text())
            return [(one["code"], one["where"], one["detail"]) for one in report["submissions"][0]["findings"]]

    return Job()


ASK = """
import json, pathlib, sys
print(json.dumps({"words": sys.argv[1:], "here": sorted(str(p) for p in pathlib.Path(".").rglob("*") if p.is_file()),
    "before": sorted(str(p) for p in pathlib.Path("../before").rglob("*") if p.is_file())}))
sys.exit(4)
"""
"""Says how it was called, and refuses."""


def test_one_new_run_is_handed_over_with_what_was_before(job):
    job.write(f"{SUBMISSIONS}/b__new+x/{NEW}/submission.json")
    job.write(f"{SUBMISSIONS}/b__new+x/{NEW}/items.jsonl.gz")
    done = job.run(ASK)
    assert done.returncode == 4, done.stderr
    told = json.loads(done.stdout)
    run = f"{SUBMISSIONS}/b__new+x/{NEW}"
    old = f"{SUBMISSIONS}/a__old/{OLD}/submission.json"
    before = f"../before/{SUBMISSIONS}"
    assert told["words"] == [
        "check-submission", run, "--against", before, "--base-tree", before, "--json", str(job.report),
        "--annotations", "github",
    ]  # fmt: skip
    assert told["here"] == [old, f"{run}/items.jsonl.gz", f"{run}/submission.json"]  # nothing else of the repository
    assert told["before"] == [f"../before/{old}"]


def test_the_first_run_of_all_and_a_withdrawal(job):
    job.write(f"{SUBMISSIONS}/a__old/{OLD}/withdrawal.json")
    assert json.loads(job.run(ASK).stdout)["words"][1] == f"{SUBMISSIONS}/a__old/{OLD}"


CHANGES = {
    "code": lambda job: job.write("vidchatbench/api.py"),
    "the workflow": lambda job: job.write(".github/workflows/submission.yml"),
    "no folder of a run": lambda job: job.write(f"{SUBMISSIONS}/b__new/results.json"),
    "deeper": lambda job: job.write(f"{SUBMISSIONS}/b__new/{NEW}/more/x.json"),
    "attributes": lambda job: job.write(f"{SUBMISSIONS}/b__new/{NEW}/.gitattributes", "* export-subst"),
    "no model": lambda job: job.write(f"{SUBMISSIONS}/new/{NEW}/submission.json"),
    "odd name": lambda job: job.write(f"{SUBMISSIONS}/b__new/{NEW}/a\n::error::\x1b[31mb"),
    "an option": lambda job: job.write(f"{SUBMISSIONS}/b__new/{NEW}/--json=x"),
    "edited": lambda job: job.write(f"{SUBMISSIONS}/a__old/{OLD}/submission.json", "y"),
    "gone": lambda job: (job.repo / f"{SUBMISSIONS}/a__old/{OLD}/submission.json").unlink(),
    "moved": lambda job: job.git("mv", f"{SUBMISSIONS}/a__old", f"{SUBMISSIONS}/a__new"),
    "link": lambda job: (job.repo / f"{SUBMISSIONS}/a__old/{OLD}/stats.npz").symlink_to("/etc/passwd"),
    "program": lambda job: job.write(f"{SUBMISSIONS}/a__old/{OLD}/stats.npz").chmod(0o755),
    "two runs": lambda job: [job.write(f"{SUBMISSIONS}/{name}/{NEW}/a.json") for name in ("b__new", "c__new")],
    "submodule": lambda job: job.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(job.repo),
                                     f"{SUBMISSIONS}/b__new/{NEW}/x"),
    "nothing": lambda job: None,
}  # fmt: skip


@pytest.mark.parametrize("how", CHANGES)
def test_whatever_else_is_changed_is_refused_unopened(job, how, script):
    CHANGES[how](job)
    done = job.run("raise SystemExit('it was called')")
    assert done.returncode == 4 and "it was called" not in done.stderr, done.stderr
    assert job.findings() and done.stderr.count("::error title=not a submission::") == len(job.findings())
    assert all(line.startswith("::error title=") for line in done.stderr.splitlines())
    assert "\x1b" not in done.stderr
    script("render").parsed(job.report.read_bytes())  # the comment can be made of it


def test_many_changes_are_counted(job):
    for k in range(30):
        job.write(f"docs/{k}.md")
    assert job.run("").returncode == 4
    assert len(job.findings()) == 21 and job.findings()[-1][2] == "10 more like these"


@pytest.mark.skipif("check-submission" not in VERBS, reason="needs the verb check-submission")
def test_the_verb_refuses_what_is_no_submission(job, script):
    job.write(f"{SUBMISSIONS}/b__new/{NEW}/submission.json", "{}")
    done = job.run()
    assert done.returncode == 4, done.stdout + done.stderr
    assert "::error " in done.stdout
    (run,) = script("render").parsed(job.report.read_bytes())
    assert run["verdict"] == "refused" and run["findings"]


@pytest.mark.slow
@pytest.mark.skipif(not {"check-submission", "submit"} <= set(VERBS), reason="needs the verbs submit, check-submission")
def test_the_verb_accepts_a_submission_and_the_comment_says_so(job, script, root, tmp_path):
    """The example system, scored, packed and sent; every seed is the same answer."""
    outputs = shutil.copytree(root / "examples" / "outputs" / "faithful", tmp_path / "faithful")
    lines = [json.loads(line) for line in (outputs / "manifest.jsonl").read_text().splitlines()]
    seeds = [json.dumps(line | {"seed": seed}) + "\n" for line in lines for seed in range(3)]
    (outputs / "manifest.jsonl").write_text("".join(seeds))
    asked = ["--pred", str(outputs), "--testset", "mini"]
    assert main(["eval", *asked, "--out", str(tmp_path / "run")]) == 0
    out = ["--out", str(job.repo / SUBMISSIONS)]
    assert main(["submit", str(tmp_path / "run"), *asked, *out, *MODEL]) == 0
    done = job.run()
    assert done.returncode == 0, done.stdout + done.stderr
    with zipfile.ZipFile(tmp_path / "report.zip", "w") as archive:
        archive.write(job.report, "report.json")
    assert "\n**accepted**, passed up to level " in script("render").comment(tmp_path / "report.zip")
