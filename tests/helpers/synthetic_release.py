"""Invented clips as a release; names of fields, files and units are drawn at random, and only the mapping tells them.

    python tests/helpers/synthetic_release.py OUT --clips 1000 --layout 7 [--world 1] [--order 3]

The world (who speaks when, how well) and the layout (where that stands) are drawn apart: one world in two layouts is
the same data, and must give the same test set. Times are multiples of 0.04 s and boxes of 1/64, so that frames and
pixels are exact. `--plain` leaves out one file a clip, and compression.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

WORDS = [
    "the",
    "and",
    "you",
    "know",
    "what",
    "think",
    "about",
    "really",
    "home",
    "work",
    "people",
    "time",
    "way",
    "good",
    "year",
    "well",
    "right",
    "little",
    "thing",
]
TOPIC_WORDS = {
    "music": ["song", "band", "music", "guitar"],
    "sport": ["game", "team", "player", "football"],
    "food": ["cook", "food", "kitchen", "recipe"],
    "politics": ["vote", "government", "president", "law"],
}
FRAMINGS = ("head and shoulders", "half-body, from the waist up", "full-body", "no view told")
WIDTH, HEIGHT, FPS = 1920, 1080, 25
MAIN = ("box", "width", "height", "fps", "talking", "speaker", "dover", "clarity")
SCORES = ("face_sharpness", "hand_sharpness")
ANNO = ("framing", "caption")


def world(clips: int, seed: int) -> Iterator[dict[str, Any]]:
    """Clips by source video: two people take turns; at times the other one is seen listening, too."""
    rng = random.Random(seed)
    made, video = 0, 0
    hosts = [f"host{n}" for n in range(max(2, clips // 2000))]
    while made < clips:
        video += 1
        name = f"{rng.getrandbits(60):011x}"[:11] + f"{video:x}"
        guest = f"guest{video}"
        host = hosts[int(rng.random() * len(hosts))] if rng.random() < 0.3 else f"person{video}"
        topic = list(TOPIC_WORDS)[int(rng.random() * 4)]
        moment, turn = round(rng.random() * 40) * 0.04, 0
        for scene in range(12 + int(rng.random() * 40)):
            if made >= clips:
                return
            turn += rng.random() < 0.85
            speaker, other = (host, guest) if turn % 2 else (guest, host)
            start = round(moment, 2)
            end = round(start + round((2 + rng.random() * 12) * 25) * 0.04, 2)
            moment = end + round(rng.random() * rng.random() * 150) * 0.04
            made += 1
            yield _clip(rng, name, scene, speaker, start, end, topic, talking=True)
            if rng.random() < 0.15 and made < clips:
                made += 1
                yield _clip(rng, name, scene, other, start, end, topic, talking=False)


def _clip(rng, video, scene, speaker, start, end, topic, *, talking) -> dict[str, Any]:
    pool = WORDS + TOPIC_WORDS[topic]
    words = [pool[int(rng.random() * len(pool))] for _ in range(4 + int(rng.random() * 16))]
    left, top = int(rng.random() * 24), int(rng.random() * 24)
    good = rng.random() < 0.7
    scores = {
        "dover": round(0.6 + 0.3 * rng.random() if good else 0.2 + 0.5 * rng.random(), 4),
        "face_sharpness": round(0.7 + 0.3 * rng.random() if good else rng.random(), 4),
        "hand_sharpness": round(0.5 + 0.5 * rng.random() if good else rng.random(), 4),
        "clarity": round(1000 + 2000 * rng.random(), 3),
    }
    return {
        "name": f"{video}_{scene:03d}_{'t' if talking else 'l'}",
        "video": video,
        "speaker": speaker,
        "start": start,
        "end": end,
        "box": (
            left / 64,
            top / 64,
            (left + 24 + int(rng.random() * 16)) / 64,
            (top + 32 + int(rng.random() * 8)) / 64,
        ),
        "talking": talking,
        "sft": good,
        "text": " ".join(words).capitalize() + "." if talking else "",
        "text_confidence": round(-0.1 - 0.8 * rng.random(), 4),
        "framing": FRAMINGS[int(rng.random() * 4)],
        "caption": f"A person talks about {topic}." if talking else "A person listens.",
        **scores,
    }


class Layout:
    """Where everything stands; all names are drawn."""

    def __init__(self, seed: int, plain: bool = False) -> None:
        self.rng = rng = random.Random(seed)
        self.word = lambda: "".join(chr(97 + int(rng.random() * 26)) for _ in range(6 + int(rng.random() * 4)))
        forms = ["tar", "object", "array", "lines"] if plain else ["files", "tar", "tar.gz", "object", "array", "lines"]
        pick = self.pick
        self.list_form = pick(["names", "objects", "by video", "lines"])
        self.list_file, self.sft_file = f"{self.word()}.json", f"{self.word()}.json"
        self.list_keys = self.word(), self.word()
        self.suffix = pick(["", ".json", ".mp4"])
        # The list must tell the video unless names or the main table do.
        self.video_in = pick(["list", "main", "name"]) if self.list_form != "names" else pick(["main", "name"])
        self.tables = {table: (self.word(), pick(forms), self.word()) for table in ("main", "asr", "score", "anno")}
        self.time_unit, self.end_as = pick(["s", "ms", "frames"]), pick(["end", "duration"])
        self.span_list = rng.random() < 0.3 and self.end_as == "end"
        self.box_form, self.box_unit = pick(["xyxy", "xywh"]), pick(["share", "px"])
        self.group = self.word()
        self.at: dict[str, list[str]] = {}
        for quantity in (*MAIN, "video", "start", "end", "duration", "text", "text_confidence", *SCORES, *ANNO):
            self.at[quantity] = [self.word() for _ in range(1 + int(rng.random() * 3))]
        self.per_frame = rng.random() < 0.5

    def pick(self, options: list[Any]) -> Any:
        return options[int(self.rng.random() * len(options))]

    def documents(self, clip: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """The entries of one clip in the four tables."""
        scale = {"s": 1, "ms": 1000, "frames": FPS}[self.time_unit]
        times = {name: clip[name] * scale for name in ("start", "end")}
        times["duration"] = (clip["end"] - clip["start"]) * scale
        if self.time_unit != "s":
            times = {name: round(value) for name, value in times.items()}
        else:
            times = {name: round(value, 3) for name, value in times.items()}
        left, top, right, bottom = clip["box"]
        if self.box_unit == "px":
            left, top, right, bottom = left * WIDTH, top * HEIGHT, right * WIDTH, bottom * HEIGHT
        box = [left, top, right - left, bottom - top] if self.box_form == "xywh" else [left, top, right, bottom]
        main: dict[str, Any] = {}
        if self.span_list:
            _put(main, self.at["start"], [times["start"], times["end"]])
        else:
            _put(main, self.at["start"], times["start"])
            _put(main, self.at[self.end_as], times[self.end_as])
        told = {**clip, "box": box, "width": WIDTH, "height": HEIGHT, "fps": FPS}
        for name in MAIN:
            _put(main, self.at[name], told[name])
        if self.video_in == "main":
            _put(main, self.at["video"], clip["video"])
        found: dict[str, dict[str, Any]] = {"main": main, "asr": {}, "score": {}, "anno": {}}
        if clip["talking"]:
            for name in ("text", "text_confidence"):
                _put(found["asr"], self.at[name], clip[name])
        for name in SCORES:
            _put(found["score"], self.at[name], [clip[name]] * 3 if self.per_frame else clip[name])
        for name in ANNO:
            _put(found["anno"], self.at[name], clip[name])
        return found

    def mapping(self) -> str:
        """The mapping file."""
        lines = ['schema = "vidchatbench.release/1"', 'release = "Synthetic"', "confirmed = true",
                 'licence = "CC0"', f'name_suffix = "{self.suffix}"']  # fmt: skip
        if self.video_in == "name":
            lines.append(f"name_pattern = '^(?P<{self.group}>.+)_[0-9]+_[tl]$'")
        key, other = self.list_keys
        told = {
            "names": 'form = "array"',
            "objects": f'form = "array"\nname = "{key}"\nvideo = "{other}"',
            "by video": 'form = "object"\nname = "*"\nvideo = "@key"',
            "lines": f'form = "lines"\nname = "{key}"\nvideo = "{other}"',
        }[self.list_form]
        lines += ["[list]", f'file = "{self.list_file}"', told, "[sft]", f'file = "{self.sft_file}"', 'form = "array"']
        lines += ["[tables]"]
        for table, (folder, form, name) in self.tables.items():
            form = "files" if form.startswith("tar") else form
            by = f', key = "{name}"' if form in ("array", "lines") else ""
            lines.append(f'{table} = {{ at = ["{folder}"], form = "{form}"{by} }}')
        lines += ["[quantity]"]

        def say(quantity: str, of: str, extra: str = "", at: str | None = None) -> None:
            path = ".".join(self.at[quantity]) if at is None else at
            lines.append(f'{quantity} = {{ of = "{of}", path = "{path}"{extra} }}')

        if self.video_in == "name":
            say("video", "name", at=self.group)
        elif self.video_in == "main":
            say("video", "main")
        unit = f', unit = "{self.time_unit}"'
        if self.span_list:
            say("start", "main", unit, ".".join([*self.at["start"], "0"]))
            say("end", "main", unit, ".".join([*self.at["start"], "1"]))
        else:
            say("start", "main", unit), say(self.end_as, "main", unit)
        say("box", "main", f', form = "{self.box_form}", unit = "{self.box_unit}"')
        for quantity in MAIN[1:]:
            say(quantity, "main")
        say("text", "asr"), say("text_confidence", "asr")
        for quantity in SCORES:
            say(quantity, "score", ', over_list = "mean"' if self.per_frame else "")
        say("framing", "anno"), say("caption", "anno")
        return "\n".join(lines) + "\n"


def _put(target: dict[str, Any], path: list[str], value: Any) -> None:
    for key in path[:-1]:
        target = target.setdefault(key, {})
    target[path[-1]] = value


class _Table:
    """Writes one table, in one of the forms."""

    def __init__(self, folder: Path, form: str, key: str) -> None:
        folder.mkdir(parents=True)
        self.folder, self.form, self.key, self.count = folder, form, key, 0
        if form.startswith("tar"):
            self.tar = tarfile.open(folder / f"batch_000.{form}", "w:gz" if form == "tar.gz" else "w")  # noqa: SIM115
        elif form != "files":
            self.file = (folder / ("all.jsonl" if form == "lines" else "all.json")).open("w")
            self.file.write({"object": "{", "array": "[", "lines": ""}[form])

    def add(self, name: str, value: dict[str, Any]) -> None:
        comma, self.count = "," * (self.count > 0), self.count + 1
        if self.form == "files":
            (self.folder / f"{name}.json").write_text(json.dumps(value))
        elif self.form.startswith("tar"):
            content = json.dumps(value).encode()
            member = tarfile.TarInfo(f"some/folder/{name}.json")
            member.size = len(content)
            self.tar.addfile(member, io.BytesIO(content))
        elif self.form == "object":
            self.file.write(f"{comma}{json.dumps(name)}: {json.dumps(value)}")
        else:
            line = json.dumps({self.key: name, **value})
            self.file.write(f"{line}\n" if self.form == "lines" else f"{comma}{line}")

    def close(self) -> None:
        if self.form.startswith("tar"):
            self.tar.close()
        elif self.form != "files":
            self.file.write({"object": "}", "array": "]", "lines": ""}[self.form])
            self.file.close()


def write_release(out: Path, clips: int, *, layout: int, world_seed: int = 1, order: int | None = None,
                  plain: bool = False) -> Path:  # fmt: skip
    """Write the release into `out`, in the order of the world or shuffled; returns the mapping file, `out`.toml."""
    place = Layout(layout, plain)
    tables = {name: _Table(out / folder, form, key) for name, (folder, form, key) in place.tables.items()}
    made: Any = world(clips, world_seed)
    if order is not None:
        made = list(made)
        random.Random(order).shuffle(made)
    names: dict[str, list[str]] = {}
    sft: list[str] = []
    listed: list[tuple[str, str]] = []
    for clip in made:
        for table, value in place.documents(clip).items():
            if value:
                tables[table].add(clip["name"], value)
        listed.append((clip["name"] + place.suffix, clip["video"]))
        if clip["sft"]:
            sft.append(clip["name"] + place.suffix)
    for table in tables.values():
        table.close()
    if order is not None:
        random.Random(order + 1).shuffle(listed)
    key, other = place.list_keys
    with (out / place.list_file).open("w") as file:
        if place.list_form == "names":
            json.dump([name for name, _ in listed], file)
        elif place.list_form == "objects":
            json.dump([{key: name, other: video} for name, video in listed], file)
        elif place.list_form == "by video":
            for name, video in listed:
                names.setdefault(video, []).append(name)
            json.dump(names, file)
        else:
            file.writelines(json.dumps({key: name, other: video}) + "\n" for name, video in listed)
    (out / place.sft_file).write_text(json.dumps(sft))
    mapping = out.with_name(f"{out.name}.toml")
    mapping.write_text(place.mapping())
    return mapping


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--clips", type=int, default=1000)
    parser.add_argument("--layout", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--world", type=int, default=1)
    parser.add_argument("--order", type=int)
    parser.add_argument("--plain", action="store_true")
    args = parser.parse_args()
    mapping = write_release(args.out, args.clips, layout=args.layout, world_seed=args.world, order=args.order,
                            plain=args.plain)  # fmt: skip
    print(f"{args.out}: {args.clips} clips in layout {args.layout}; its mapping file: {mapping}")


if __name__ == "__main__":
    main()
