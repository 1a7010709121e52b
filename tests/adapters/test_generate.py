"""`vidchatbench generate`: answers, resume, pytest's own words, and what becomes of adapters that misbehave."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time

import pytest
from helpers.tiny import write_testset

import vidchatbench
from vidchatbench.adapters import supervise
from vidchatbench.adapters.generate import generate
from vidchatbench.adapters.parent import alive
from vidchatbench.testset import read_outputs
from vidchatbench.testset.check import check_outputs
from vidchatbench.testset.load import load_testset

ECHO = """
@vcb.responder(id="me/echo")
def respond(item):
    print("asked", item.name)
    return vcb.Response(path=item.video.path, transcript="mm", start_s=0.25, meta={"n": np.float32(2)})
"""


def test_answers_are_made_once_and_listed(bench):
    bench.adapter(ECHO)
    told = bench.generate()
    assert "3 of 3 samples answered (3 now)" in told and "eval --pred outputs/a" in told
    outputs = read_outputs(bench.out)
    assert outputs.testset == "tiny" and outputs.loose == () and len(outputs.responses) == 3
    one = next(iter(outputs.responses.values()))
    assert one.start_s == 0.25 and one.transcript == "mm" and one.video.is_file()
    assert not any(finding.wrong for finding in check_outputs(load_testset(bench.testset), outputs))
    record = json.loads((bench.out / "generation/run.json").read_text())
    assert record["responder"]["id"] == "me/echo" and record["responder"]["training_data"] is None
    before = {path: path.stat().st_mtime_ns for path in bench.out.glob("*.mp4")}
    assert "(0 now, 3 before)" in bench.generate()
    assert before == {path: path.stat().st_mtime_ns for path in bench.out.glob("*.mp4")}
    (bench.out / "x1.mp4").write_bytes(b"damaged")
    assert "(1 now, 2 before)" in bench.generate()
    bench.adapter(ECHO + "# another version\n")
    assert "(3 now)" in bench.generate()
    assert not {"questions", "work", "asks", "running"} & {path.name for path in (bench.out / "generation").iterdir()}


WILD = """
import os, pathlib, resource, signal, time
FIXED = pathlib.Path(__file__).with_name("fixed")

@vcb.responder(id="me/wild", timeout_s=2)
def respond(item):
    good = vcb.Response(path=item.video.path)
    if FIXED.exists():
        return good
    match item.id:
        case "x0":
            print("noise " * 500_000)
        case "x1":
            time.sleep(600)
        case "x2":
            os.kill(os.getpid(), signal.SIGKILL)
        case "x3":
            resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))
            np.ones(2**32)
        case "x4":
            return vcb.Response(frames=np.zeros((5, 32, 32, 3), np.float32), fps=25)
        case "x5":
            def forever():
                while True:
                    yield np.zeros((16, 16, 3), np.uint8)
            return vcb.Response(frames=forever(), fps=1)
        case "x6":
            item.video.path.write_bytes(b"mine now")
        case "x7":
            raise ValueError("no idea\\nwhat to say")
    return good
"""


def test_misbehaviour_fails_one_item_with_its_reason_and_the_rest_goes_on(bench, tmp_path):
    bench.testset = write_testset(tmp_path / "eight", 8, seconds=0.2)
    bench.adapter(WILD)
    told = bench.generate(code=4)
    found = bench.failed()
    reasons = {
        "x1": "timeout: no answer within 2 s",
        "x2": "crash: the worker process died",
        "x3": "out_of_memory: ",
        "x4": "invalid: frames are float32, not uint8",
        "x5": "invalid: frames go on after 120 s",
        "x6": "invalid: the adapter changed its input initiator.mp4",
        "x7": "error: ValueError: no idea what to say",
    }
    assert set(found) == set(reasons)
    for name, reason in reasons.items():
        assert found[name].startswith(reason), name
        assert f"failed  {name}: {reason}" in told
    assert "1 of 8 samples answered" in told and len(told) < 100_000
    outputs = read_outputs(bench.out)
    assert len(outputs.responses) == 1
    by_code = {key.item_id: why.code for key, why in outputs.failed.items()}
    assert by_code["x1"] == "timeout" and by_code["x2"] == "missing"
    assert load_testset(bench.testset).sha256 == json.loads(
        (bench.out / "generation/run.json").read_text()
    )["testset"]["sha256"]  # fmt: skip
    (bench.home / "fixed").touch()
    assert "8 of 8 samples answered (7 now, 1 before)" in bench.generate()


def test_the_same_command_goes_on_after_the_supervisor_was_killed(bench):
    bench.adapter(
        """
        import os, pathlib, time
        @vcb.responder(id="me/slow")
        def respond(item):
            if item.id == "x1" and not pathlib.Path("go").exists():
                pathlib.Path("pid").write_text(str(os.getpid()))
                time.sleep(600)
            return vcb.Response(path=item.video.path)
        """
    )
    command = bench.command("generate", "vcb_a.py", "--testset", bench.testset)
    process = subprocess.Popen(command, cwd=bench.home, stdout=subprocess.DEVNULL)
    pid = _wait(lambda: (bench.home / "pid").is_file() and int((bench.home / "pid").read_text() or 0))
    assert "another `vidchatbench generate`" in bench.generate(code=2)
    process.send_signal(signal.SIGKILL)
    process.wait()
    _wait(lambda: not alive(pid))  # the worker goes with it
    assert set(bench.rows()) == {"x0"}
    (bench.home / "go").touch()
    assert "(2 now, 1 before)" in bench.generate()


def test_interruption_is_no_failure(bench):
    bench.adapter(
        """
        import pathlib, time
        @vcb.responder(id="me/slow")
        def respond(item):
            pathlib.Path("here").touch()
            time.sleep(600)
        """
    )
    command = bench.command("generate", "vcb_a.py", "--testset", bench.testset)
    process = subprocess.Popen(
        command, cwd=bench.home, stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a background shell ignores it
    )  # fmt: skip
    _wait((bench.home / "here").exists)
    os.killpg(process.pid, signal.SIGINT)
    told = process.communicate(timeout=30)[1]
    assert process.returncode == 130 and "goes on" in told
    assert bench.rows() == {}


def test_a_lost_xdist_worker_costs_one_item(bench):
    bench.adapter(WILD)
    bench.generate("-n", "2", code=4)
    assert set(bench.failed()) == {"x1", "x2"} and bench.rows()["x0"]["file"] == "x0.mp4"


def test_a_model_that_kills_its_worker_while_it_loads_ends_the_run(bench):
    bench.adapter(
        """
        import os, pytest
        @pytest.fixture(scope="session")
        def model():
            os._exit(7)
        @vcb.responder(id="me/dead")
        def respond(model, item): ...
        """
    )
    assert "died 2 times while the model was loaded" in bench.generate(code=1)


def test_a_model_that_never_unloads_is_not_waited_for(bench, monkeypatch):
    monkeypatch.setattr(supervise, "UNLOAD_S", 1.0)
    monkeypatch.chdir(bench.home)
    bench.adapter(
        """
        import pytest, time
        @pytest.fixture(scope="session")
        def model():
            yield 1
            time.sleep(600)
        @vcb.responder(id="me/clingy")
        def respond(model, item):
            return vcb.Response(path=item.video.path)
        """
    )
    done = generate("vcb_a.py", testset=bench.testset, options=["-q"])
    assert done.answered == done.made == 3 and not done.failed and done.code == 0


def test_a_failure_reaches_the_results_with_its_reason(bench):
    bench.adapter(ECHO.replace("    return", "    assert item.id != 'x1', 'not that one'\n    return"))
    bench.generate(code=4)
    run = vidchatbench.evaluate(bench.out, testset=bench.testset, metrics=["check.coverage"], workers=0)
    records = {record.item_id: record for record in run.items}
    assert records["x0"].reason is None and "error: AssertionError: not that one" in records["x1"].reason
    assert run.results.metrics["check.coverage"].value == pytest.approx(2 / 3)
    assert run.results.metrics["check.coverage"].by_reason == {"missing": 1}


def test_pytests_own_words(bench):
    bench.adapter(
        """
        import pytest
        @pytest.fixture(scope="session")
        def model(vcb_args, vcb_device):
            print("loading")
            yield vcb_args["word"] + vcb_device
        @vcb.responder(id="me/picky")
        def respond(model, item):
            assert model == "hellocpu"
            assert item.seed == 1, "not this seed"
            return vcb.Response(path=item.video.path, meta={"draw": np.random.rand()})
        """
    )
    told = bench.generate("-M", "word=hello", "--seeds", "2", "-v", "-k", "s1 and not x2")
    assert "::respond[dialogue-x0-s1] PASSED" in told and "4 not tried" in told
    bench.generate("-M", "word=hello", "--seeds", "2", "-x", code=4)
    assert list(bench.failed()) == ["x0"]
    told = bench.generate("-M", "word=hello", "--seeds", "2", "--lf", code=4)
    assert "not this seed" in told and set(bench.failed()) == {"x0"}
    bench.generate("-M", "word=hello", "--seeds", "2", code=4)
    assert set(bench.failed()) == {"x0", "x1", "x2"}
    draws = {name: row["meta"]["draw"] for name, row in bench.rows().items() if row["file"]}
    assert len(set(draws.values())) == 3
    bench.generate("-M", "word=hello", "--seeds", "2", "--fresh", "-k", "x1", code=4)
    assert bench.rows()["x1.s1"]["meta"]["draw"] == draws["x1.s1"]  # alone or after others: the same state


def test_pytest_itself_is_the_same(bench):
    bench.adapter(ECHO)
    base = ["-m", "pytest", "vcb_a.py"]
    told = _python(bench, *base, code=4)
    assert "name a test set, --vcb-testset mini" in told
    told = _python(bench, *base, "--vcb-testset", bench.testset, "-v", "--vcb-out=outputs/a", code=0)
    assert "respond[dialogue-x2-s0] PASSED" in told and "3 of 3 samples answered" in told
    assert "(0 now, 3 before)" in bench.generate()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no function with @vcb.responder"),
        ("import nothing_like_it", "No module named 'nothing_like_it'"),
        (ECHO + ECHO.replace("respond(", "other("), "vcb_a.py::respond, vcb_a.py::other"),
    ],
)
def test_what_is_wrong_with_the_file_is_said(bench, text, told):
    bench.adapter(text)
    assert told in bench.generate(code=2)


def test_what_is_wrong_with_the_command_is_said(bench):
    bench.adapter(ECHO + ECHO.replace("respond(", "other("))
    assert "there is no adapter" in bench.generate(adapter="vcb_b.py", code=2)
    (bench.home / "mine.py").touch()
    assert "is named vcb_*.py" in bench.generate(adapter="mine.py", code=2)
    bench.name = "a"
    bench.out.mkdir(parents=True)
    (bench.out / "thesis.txt").touch()
    assert "not made by `vidchatbench generate`" in bench.generate(code=2)
    (bench.out / "thesis.txt").unlink()
    assert "'word' is not NAME=VALUE" in bench.generate("-M", "word", code=2)
    assert "3 of 3" in bench.generate(adapter="vcb_a.py::other")


def test_earlier_turns(bench, root):
    bench.testset = root / "testsets" / "mini"
    bench.adapter(
        """
        @vcb.responder(id="me/patient", tasks=["multi_turn"], history="self")
        def respond(item):
            said = [one.text for one in item.history]
            last = item.history[-1]
            own = item.turn == 0 or last.video.path.name == f"{item.id}.t{item.turn - 1}.mp4".replace(".t0", "")
            return vcb.Response(path=item.video.path, transcript=f"turn {item.turn}",
                                meta={"own": own, "said": "|".join(said), "text": item.text})
        """
    )
    assert "history='self' goes turn by turn" in bench.generate("-n", "2", code=2)
    assert "10 not tried" in bench.generate()
    rows = bench.rows()
    assert rows["m02.t2"]["meta"]["said"].endswith("turn 0|How long must it be in the oven?|turn 1")
    assert all(row["meta"]["own"] and row["meta"]["text"] is None for row in rows.values())
    (bench.out / "m02.mp4").unlink()  # what came after it rests on it
    assert "(3 now, 2 before)" in bench.generate()


def test_nothing_says_where_the_test_set_is(bench, monkeypatch):
    monkeypatch.setenv("MY_DATA", f"{bench.testset}/media")
    bench.adapter(
        """
        import os, pathlib, sys
        @vcb.responder(id="me/curious")
        def respond(item):
            seen = [str(path) for path in item.video.path.parent.iterdir()]
            everything = " ".join([*os.environ.values(), *sys.argv, str(item), *seen, *map(str, sys.modules)])
            for path in [*item.workdir.parents[1].glob("*.json"), item.video.path.parent / "question.json"]:
                everything += path.read_text()
            assert "hidden" not in everything
            assert len(list(item.video.path.parents[1].iterdir())) == 1  # no question but this one
            assert "vidchatbench.testset" not in sys.modules
            return vcb.Response(path=item.video.path)
        """
    )
    bench.generate()


def _wait(what, seconds=20.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.05)
    raise AssertionError("nothing came")


def _python(bench, *words, code):
    done = subprocess.run(
        [bench.command()[0], *map(str, words)], cwd=bench.home, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr
