"""Any program as a model: it lives in its own environment or container, and talks over files or over a pipe.

Files, one process an answer; `{words}` are filled in, and the program writes the video `{out}`:

    vidchatbench generate vcb_command.py --testset mini -M command="/opt/m/bin/python infer.py {video} {portrait} {out}"

Pipe, one process for all answers, so that a model is loaded once. It reads one JSON object a line from its standard
input, with the same words, and prints one for each: {"path": ...} or {"error": "why"}, with "start_s" and "transcript"
if it likes. Whatever else it wants to print goes to standard error.

    vidchatbench generate vcb_command.py --testset mini -M pipe="docker run -i --rm my/model"

The words: video, portrait, voice (empty where there is none), text (empty but in the conditioned protocol), seed,
duration_s, id, task, turn, out. The file may end in .mp4 whatever is in it; a container must see its folder.
"""

import json
import shlex
import subprocess

import pytest

import vidchatbench as vcb


@pytest.fixture(scope="session")
def program(vcb_args):
    """The arguments; with `pipe`, the running process too."""
    if len({"command", "pipe"} & set(vcb_args)) != 1:
        raise ValueError('give either -M command="prog {video} {out}" or -M pipe="prog"')
    if "command" in vcb_args:
        yield shlex.split(vcb_args["command"]), None
        return
    words = shlex.split(vcb_args["pipe"])
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as process:
        yield words, process
        process.stdin.close()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()


@vcb.responder(id="vidchatbench/command", timeout_s=3600)
def respond(program, item: vcb.Item) -> vcb.Response:
    words, process = program
    told = {
        "video": str(item.video.path), "portrait": str(item.portrait.path), "id": item.id, "task": item.task,
        "voice": str(item.voice.path) if item.voice else "", "text": item.text or "", "seed": item.seed,
        "turn": item.turn, "duration_s": item.duration_s, "out": str(item.workdir / "answer.mp4"),
    }  # fmt: skip
    if process is None:
        filled = [word.format(**told) for word in words]
        done = subprocess.run(filled, capture_output=True, text=True, errors="replace")
        print(done.stdout, done.stderr)
        if done.returncode:
            why = (done.stderr.strip().splitlines() or ["it printed nothing"])[-1]
            raise RuntimeError(f"{words[0]} ended with {done.returncode}: {why}")
        return vcb.Response(path=told["out"])
    if process.poll() is not None:
        raise RuntimeError(f"{words[0]} ended with {process.returncode}")
    process.stdin.write(json.dumps(told) + "\n")
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"{words[0]} closed its output, with {process.wait()}")
    answer = json.loads(line)
    if "error" in answer:
        raise RuntimeError(answer["error"])
    return vcb.Response(path=answer["path"], start_s=answer.get("start_s"), transcript=answer.get("transcript"))
