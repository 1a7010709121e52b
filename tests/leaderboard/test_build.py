"""`leaderboard build`: the same files give the same bytes; what may be on a board, and what may be ranked."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from helpers.made_board import FD, MadeBoard

from vidchatbench.cli import main
from vidchatbench.engine.cache import Cache
from vidchatbench.leaderboard.build import build, form, text
from vidchatbench.leaderboard.verified import VerifiedRun
from vidchatbench.submission.check import check_submissions
from vidchatbench.submission.schema import Withdrawal
from vidchatbench_metrics.emotion.landmark_fd import LandmarkFD

N = 60


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Four systems on 60 source videos."""
    board = MadeBoard(tmp_path_factory.mktemp("made"), N)
    for k, skill in enumerate((0.2, 0.5, 0.52, 0.8)):
        board.add(f"o/m{k}", board.rows(skill, k))
    return board


def only(board):
    (one,) = board.boards
    return one


def ranks(board):
    return {
        one.id: [one.overall.rank, *(s.rank for s in one.dimensions.values()), *(v.rank for v in one.values.values())]
        for one in only(board).systems
    }


@pytest.fixture(scope="module")
def plain(made):
    return form(made.root, made.entries, {})


def test_systems_are_sorted_and_ranked(plain):
    board = only(plain)
    assert [one.id for one in board.systems] == ["o/m3", "o/m2", "o/m1", "o/m0"] or [
        one.id for one in board.systems
    ] == ["o/m3", "o/m1", "o/m2", "o/m0"]
    assert all(one.ranked for one in board.systems)
    best, *middle, last = board.systems
    assert (best.overall.rank.best, best.overall.rank.worst) == (1, 1) and best.overall.pareto
    assert (last.overall.rank.best, last.overall.rank.worst) == (4, 4) and not last.overall.pareto
    assert all((one.overall.rank.best, one.overall.rank.worst) == (2, 3) for one in middle)
    assert best.overall.score == pytest.approx((best.overall.mean + best.overall.min) / 2)
    assert board.robustness.tau_low > 0.5


def test_a_metric_without_a_test_ranks_nobody(plain):
    board = only(plain)
    assert board.metrics[FD].ranked_by == "none" and board.metrics[FD].no_rank
    assert {(one.values[FD].rank.best, one.values[FD].rank.worst) for one in board.systems} == {(1, 4)}
    assert not board.dimensions["expression"].in_overall and board.dimensions["expression"].no_rank
    assert {(s.dimensions["expression"].rank.best, s.dimensions["expression"].rank.worst) for s in board.systems} == {
        (1, 4)
    }
    assert board.dimensions["timing"].in_overall


def test_a_clone_changes_nobody_elses_ranks(made, plain):
    last = made.entries[1]
    clone = replace(last, submission=replace(last.submission, model=replace(last.submission.model, id="o/clone")))
    before, after = ranks(plain), ranks(form(made.root, [*made.entries, clone], {}))
    assert {id: after[id] for id in before} == before
    assert after["o/clone"] == before["o/m1"]


def test_order_and_folder_do_not_matter(made, plain, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert text(form(made.root, made.entries[::-1], {})) == text(plain)


def test_what_is_not_ranked_says_why(made):
    first, second, third, fourth = made.entries
    cut = replace(first, results=replace(first.results, ranked=False))
    weak = replace(second, verified=replace(second.verified, level=1))
    saw = replace(
        third, submission=replace(third.submission, model=replace(third.submission.model, saw_test_sources=True))
    )
    lost = [*fourth.items[:-1], replace(fourth.items[-1], status="failed", reason="missing: there is no answer")]
    board = only(form(made.root, [cut, weak, saw, replace(fourth, items=lost)], {}))
    why = {one.id: one.not_ranked for one in board.systems}
    assert "not every item was scored" in why["o/m0"]
    assert why["o/m1"] == "verified to level 1: ranks need level 2"
    assert "training data" in why["o/m2"]
    assert "1 of 60 answers are missing or unusable" in why["o/m3"]
    for one in board.systems:
        assert not one.ranked and one.overall.rank is None and one.overall.score is not None
        assert all(value.rank is None for value in one.values.values()) and one.values["video.psnr"].value is not None
    assert board.robustness is None


def test_the_last_run_stands_and_nothing_vanishes(made):
    first, second, third, fourth = made.entries
    later = made.add("o/m0", made.rows(0.9, 9), number=9)
    made.entries.pop()
    gone = Withdrawal(run_id=second.run_id, withdrawn_utc="2026-11-29T00:00:00Z", reason="a bug", by="submitter")
    board = only(form(made.root, [later, replace(second, withdrawal=gone), third, fourth, first], {}))
    assert {one.id: one.run_id for one in board.systems}["o/m0"] == later.run_id
    assert {(one.id, one.status, one.reason) for one in board.past} == {
        ("o/m0", "superseded", later.run_id), ("o/m1", "withdrawn", "a bug"),
    }  # fmt: skip
    dropped = replace(later, withdrawal=replace(gone, run_id=later.run_id))
    board = only(form(made.root, [first, dropped, third, fourth], {}))
    assert "o/m0" not in {one.id for one in board.systems}, "an older run that was replaced does not come back"


def test_too_few_sources_give_no_ranks(tmp_path):
    board = MadeBoard(tmp_path, 20)
    for k, skill in enumerate((0.1, 0.9)):
        board.add(f"o/m{k}", board.rows(skill, k))
    one = only(form(board.root, board.entries, {}))
    assert "20 independent source(s): a test of which is better needs 50" in one.metrics["video.psnr"].no_rank
    assert {(s.overall.rank.best, s.overall.rank.worst) for s in one.systems} == {(1, 2)}


def test_no_board_takes_a_run_of_another_test_set(made):
    first = made.entries[0]
    other = replace(first.results, benchmark=replace(first.results.benchmark, testset="other"))
    found = form(made.root, [replace(first, results=other)], {})
    assert found.refused == {first.path: "there is no board for other 1"}


def test_a_metric_whose_rows_are_not_submitted(made, plain, monkeypatch):
    monkeypatch.setattr(LandmarkFD, "card", replace(LandmarkFD.card, submitted=False))
    entries = []
    for one in made.entries:
        said = {**one.results.metrics, FD: replace(one.results.metrics[FD], ci95=(0.1, 9.0), ci_reason=None)}
        held = frozenset(name for name in one.rows.arrays if not name.startswith(f"{FD}/"))
        results = replace(one.results, metrics=said)
        entries.append(replace(one, results=results, rows=replace(one.rows, arrays=held)))
    board = only(form(made.root, entries, {}))
    assert board.metrics[FD].ranked_by == "none" and "do not hold its rows" in board.metrics[FD].no_rank
    assert not board.dimensions["expression"].in_overall
    before = {one.id: one for one in only(plain).systems}
    for one in board.systems:
        value, known = one.values[FD], before[one.id].values[FD]
        assert (value.value, value.ci95, value.n, value.n_sources) == (known.value, (0.1, 9.0), 60, 60)
        assert value.seed_sd is None and (value.rank.best, value.rank.worst) == (1, 4)
        assert one.overall == before[one.id].overall
        assert one.dimensions["expression"].score == before[one.id].dimensions["expression"].score
    config = made.root / "boards" / "made.toml"
    text_before = config.read_text()
    config.write_text(text_before.replace("in_overall = false\n", ""))
    try:
        assert not only(form(made.root, entries, {})).dimensions["expression"].in_overall, "nobody formed it anew"
    finally:
        config.write_text(text_before)
    mixed = [replace(one, items=[replace(one.items[0], task="listening"), *one.items[1:]]) for one in entries]
    for one in only(form(made.root, mixed, {})).systems:
        assert one.values[FD].value is None and "over other tasks too" in one.values[FD].reason
        assert one.values["video.psnr"].value is not None and one.dimensions["expression"].score is None


# --- the committed leaderboard ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def committed(root):
    return root / "leaderboard"


@pytest.fixture
def copy(committed, tmp_path):
    """The committed leaderboard, with a record that it was verified, so that no test checks it all again."""
    folder = tmp_path / "leaderboard"
    shutil.copytree(committed, folder)
    return folder


def test_the_schema_is_the_committed_one_and_the_file_follows_it(committed, capsys):
    assert main(["schema", "leaderboard"]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert schema == json.loads((committed / "leaderboard.schema.json").read_text())
    jsonschema.validate(json.loads((committed / "leaderboard.json").read_text()), schema)


@pytest.mark.slow
def test_the_committed_file_is_what_the_submissions_say(committed, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert main(["leaderboard", "build", "--root", str(committed), "--check"]) == 0, capsys.readouterr().out
    fresh, cached = build(committed), build(committed, cache=Cache())
    assert text(fresh) == text(cached) and not fresh.refused


@pytest.mark.slow
def test_every_committed_run_is_accepted_beside_the_others(committed):
    """Among them are runs whose rows of a metric all failed: they must not stand in anybody's way."""
    folder = committed / "submissions"
    found = check_submissions([folder], against=folder, level=1).submissions
    assert len(found) == 12 and {one.verdict for one in found} == {"accepted"}


def test_a_changed_number_is_found(copy, capsys):
    file = copy / "leaderboard.json"
    said = json.loads(file.read_text())
    said["boards"][0]["systems"][0]["overall"]["score"] += 0.01
    file.write_text(json.dumps(said))
    assert main(["leaderboard", "build", "--root", str(copy), "--check"]) == 2
    told = capsys.readouterr().out
    assert "overall.score" in told and "is not what the submissions say" in told


def test_an_edited_run_is_refused_and_listed(copy):
    (run,) = (copy / "submissions/vidchatbench__echo").iterdir()
    results = run / "results.json"
    results.write_text(results.read_text().replace('"n_samples": 45', '"n_samples": 46'))
    found = build(copy)
    ((path, why),) = found.refused.items()
    assert path == run.relative_to(copy).as_posix() and why.startswith("digest: results.json")
    assert "vidchatbench/echo" not in {one.id for one in found.boards[0].systems}


@pytest.mark.slow
def test_a_record_counts_for_the_very_files_only(copy):
    (run,) = (copy / "submissions/vidchatbench__echo").iterdir()
    known = json.loads((copy / "verified.json").read_text())
    assert known[run.name]["level"] >= 1
    known[run.name] = known[run.name] | {"level": 4, "flags": ["seen by a maintainer"]}
    (copy / "verified.json").write_text(json.dumps(known))
    echo = next(one for one in build(copy).boards[0].systems if one.id == "vidchatbench/echo")
    assert (echo.level, echo.flags) == (4, ("seen by a maintainer",))
    known[run.name]["submission"] = "0" * 64
    (copy / "verified.json").write_text(json.dumps(known))
    echo = next(one for one in build(copy).boards[0].systems if one.id == "vidchatbench/echo")
    assert echo.level <= 2, "a record of other files says nothing"


def test_anchors_are_frozen(copy, capsys):
    assert main(["leaderboard", "anchors", "mini", "--root", str(copy)]) == 0, "the same ones may be written again"
    capsys.readouterr()
    shutil.rmtree(copy / "submissions/vidchatbench__degraded")
    assert main(["leaderboard", "anchors", "mini", "--root", str(copy)]) == 2
    assert "raise the test set's version" in capsys.readouterr().err


def test_nobody_is_told_apart_on_a_board_of_two_sources(committed):
    boards = json.loads((committed / "leaderboard.json").read_text())["boards"]
    listening = next(one for one in boards if one["task"] == "listening")
    assert all(metric["ranked_by"] == "none" for metric in listening["metrics"].values())


def test_reported_rows_stand_apart(committed):
    boards = json.loads((committed / "leaderboard.json").read_text())["boards"]
    paper = {one["protocol"]: one for one in boards if one["testset"] == "speakervid-500"}
    assert [len(paper[name]["reported"]) for name in ("conditioned", "dyadic")] == [2, 4]
    assert paper["dyadic"]["reported"][-1]["values"]["FVD"] == 28.82
    assert all(not one["systems"] and one["reported_columns"]["ArcFace"] == "higher" for one in paper.values())


def test_an_installation_without_a_folder_of_its_own_uses_the_boards_that_ship(tmp_path):
    found = build(tmp_path)
    assert [one.id for one in found.boards][:1] == ["mini-1.0.0/dialogue/dyadic"]
    assert not any(one.systems for one in found.boards)


def test_a_record_is_kept_as_types():
    with pytest.raises(TypeError):
        VerifiedRun(level=2)  # type: ignore[call-arg]


def test_paths_of_the_committed_files_name_no_machine(committed):
    for file in [*committed.rglob("*.json"), *committed.rglob("*.jsonl")]:
        said = file.read_text()
        assert str(Path.home()) not in said and str(committed.parent) not in said, file
