"""Makes the test set `mini` and the three example systems' outputs: `python testsets/mini/source/make.py`.

Needs flite (Debian: `apt install flite`) and VidChatBench's own dependencies. Frames and samples are the same on every
run; the encoded bytes may differ between versions of the encoders. `make.py --digest d02.responder` writes nothing and
prints the digests of a clip's frames and samples, as `digests.json` holds them.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path

import av
import cv2
import film
import takes
from face import Pose, draw
from people import PEOPLE
from script import GRADES, Scene, scenes
from speech import RATE, Samples, place, speak, to_pcm
from takes import Take

ROOT = Path(__file__).resolve().parent.parent
OUTPUTS = ROOT.parent.parent / "examples" / "outputs"
Plan = Callable[[Scene, int], Take]
SYSTEMS: dict[str, Plan] = {
    "faithful": takes.faithful,
    "degraded": takes.degraded,
    "degenerate": takes.degenerate,
}
VOICE_SAMPLE = "When the sunlight strikes raindrops in the air, they act as a prism, and form a rainbow."


def clips() -> dict[str, tuple[Plan, Scene, int, Path]]:
    """Every clip by name: how it is taken, of what, and where it goes."""
    found: dict[str, tuple[Plan, Scene, int, Path]] = {}
    roles: dict[str, Plan] = {"initiator": takes.initiator, "responder": takes.reference}
    for scene in scenes():
        for turn in range(len(scene.turn)):
            stem = scene.stem(turn)
            for role, plan in roles.items():
                found[f"{stem}.{role}"] = (plan, scene, turn, ROOT / "media" / f"{stem}.{role}.mp4")
            for system, plan in SYSTEMS.items():
                found[f"{system}/{stem}"] = (plan, scene, turn, OUTPUTS / system / f"{stem}.mp4")
    return found


def make_clip(name: str, *, write: bool = True) -> tuple[str, dict[str, str]]:
    """Draw one clip and encode it into its file; returns its name and digests."""
    plan, scene, turn, file = clips()[name]
    take = plan(scene, turn)
    pictures, pcm = list(take.pictures()), take.pcm()
    if write:
        film.write(file, pictures, pcm, crf=34 if take.look == "poor" else 23)
    return name, asdict(film.digest(pictures, pcm))


def items() -> list[dict[str, object]]:
    """The lines of items.jsonl."""
    lines: list[dict[str, object]] = []
    for scene in scenes():
        turns = []
        for i, line in enumerate(scene.turn):
            question, answer, stem = takes.initiator(scene, i), takes.reference(scene, i), scene.stem(i)
            turns.append({
                "initiator": f"media/{stem}.initiator.mp4",
                "reference": f"media/{stem}.responder.mp4",
                "initiator_speech_end_s": round(question.end_s, 4),
                "reference_start_s": round(answer.start_s, 4),
                "initiator_text": _plain(line.ask),
                "text": _plain(line.reply),
                "candidates": [
                    {"grade": grade, "text": text}
                    for grade, text in zip(GRADES, line.candidates, strict=bool(line.reply))
                ],
            })  # fmt: skip
        task = {"d": "dialogue", "l": "listening", "m": "multi_turn"}[scene.id[0]]
        longest = max(takes.reference(scene, i).duration_s for i in range(len(scene.turn)))
        lines.append({
            "item_id": scene.id,
            "task": task,
            "turns": turns,
            "portrait": f"media/portraits/{scene.responder}.{scene.framing}.jpg",
            "voice": f"media/voices/{scene.responder}.m4a",
            "history": [{"speaker": speaker, "text": text} for speaker, text in scene.history],
            "source_video": scene.video,
            "slices": {"framing": scene.framing, "length": "long" if longest > 3.5 else "short"},
        })  # fmt: skip
    return lines


def _plain(text: str) -> str:
    """The words without the marks for pauses."""
    return " ".join(word for i, part in enumerate(text.split("|")) if i % 2 == 0 for word in part.split())


def manifest(system: str) -> list[dict[str, object]]:
    """The lines of an example's manifest.jsonl. Without `start_s` an answer begins where the question's clip ends."""
    lines = []
    for scene in scenes():
        for turn in range(len(scene.turn)):
            line: dict[str, object] = {"testset": "mini", "item_id": scene.id, "turn": turn, "seed": 0}
            line["file"] = f"{scene.stem(turn)}.mp4"
            if system == "faithful" or scene.listening:
                line["start_s"] = round(SYSTEMS[system](scene, turn).start_s, 4)
            lines.append(line)
    return lines


def _write_lines(file: Path, lines: list[dict[str, object]]) -> None:
    text = "".join(json.dumps(line, sort_keys=True, separators=(",", ":")) + "\n" for line in lines)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def _make_portraits_and_voices() -> None:
    for person, framing in sorted({(s.responder, s.framing) for s in scenes()}):
        picture = draw(PEOPLE[person], Pose(smile=0.3), takes.portrait_shot(framing))
        file = ROOT / "media" / "portraits" / f"{person}.{framing}.jpg"
        file.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(file), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 93])
    for person in sorted({s.responder for s in scenes()}):
        said = speak(VOICE_SAMPLE, PEOPLE[person].voice)
        _write_sound(
            ROOT / "media" / "voices" / f"{person}.m4a",
            place(said, 0.2, said.duration_s + 0.5, takes.seed_of(f"voice.{person}")),
        )


def _write_sound(file: Path, sound: Samples) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(file), "w", format="ipod", options={"movflags": "+faststart", "fflags": "+bitexact"}) as out:
        stream = out.add_stream("aac", rate=RATE, layout="mono", options={"flags": "+bitexact"})
        stream.bit_rate = 48000
        for block in film.blocks(to_pcm(sound)):
            out.mux(stream.encode(block))
        out.mux(stream.encode(None))


def main(digest_only: list[str]) -> None:
    """Make everything, or print the digests of the named clips."""
    if digest_only:
        print(json.dumps(dict(make_clip(name, write=False) for name in digest_only)))
        return
    made = {}
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        for name, digests in pool.map(make_clip, clips()):
            made[name] = digests
            print(name, flush=True)
    _make_portraits_and_voices()
    _write_lines(ROOT / "items.jsonl", items())
    for system in SYSTEMS:
        _write_lines(OUTPUTS / system / "manifest.jsonl", manifest(system))
    (ROOT / "source" / "digests.json").write_text(json.dumps(made, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--digest", nargs="+", metavar="CLIP", default=[], choices=list(clips()))
    main(arguments.parse_args().digest)
