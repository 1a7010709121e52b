"""An invented release in the layout that the shipped mapping expects: `python examples/release/make.py FOLDER`.

Clips of 150 source videos that do not exist, in the folders and archives of SpeakerVid-5M's annotations, to
try `vidchatbench testset inspect` and `build` without the real files, and to see what the mapping looks for.
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
import tarfile
from pathlib import Path

SAYINGS = (
    "What did you think of the song?",
    "The band was better than the film, I would say.",
    "My team won the game at last.",
    "We cook at home, the children eat anything.",
    "The president lost the vote.",
)


def chance(*of: object) -> float:
    """A number from 0 to 1 that depends on the arguments alone."""
    return int.from_bytes(hashlib.sha256(repr(of).encode()).digest()[:4]) / 2**32


def main(folder: Path) -> None:
    """Write the release."""
    tables: dict[str, dict[str, dict[str, object]]] = {name: {} for name in ("merged_anno", "asr", "l_score", "anno")}
    listed: dict[str, list[str]] = {}
    good: list[str] = []
    for number in range(150):
        video, moment = f"example{number:04d}", 0.0
        for scene in range(24):
            start = round(moment + 2 * chance(video, scene, "gap"), 2)
            moment = round(start + 3.5 + 8 * chance(video, scene, "length"), 2)
            talking = chance(video, scene, "talks") < 0.9
            # A and B are two people of this video; None is somebody of whom only the picture is known.
            sound = f"{video}_1920x1080_full_video_{scene:03d}_{'AB'[scene % 2] if talking else 'None'}"
            clip, score = f"{sound}_00", chance(video, scene, "score")
            listed.setdefault(video, []).append(f"{clip}.json")
            if score > 0.2:
                good.append(f"{clip}.json")
            tables["merged_anno"][clip] = {
                "start_seconds": start,
                "end_seconds": moment,
                "bbox": [0.1 + 0.4 * (scene % 2), 0.1, 0.5 + 0.4 * (scene % 2), 0.95],
                "is_talking": int(talking),
                "dover": round(0.55 + 0.4 * score, 4),
                "clear": 2000.5,
                "conf": 4.2,
            }
            if talking:
                saying = SAYINGS[int(5 * chance(video, scene, "says"))]
                tables["asr"][sound] = {"text": saying, "confidence": -0.3}
            if talking and chance(video, scene, "heard") < 0.2:
                # The other half of the picture: somebody who listens.
                other = f"{video}_1920x1080_full_video_{scene:03d}_None_01"
                listed[video].append(f"{other}.json")
                good.append(f"{other}.json")
                box = [0.5 - 0.4 * (scene % 2), 0.1, 0.9 - 0.4 * (scene % 2), 0.95]
                tables["merged_anno"][other] = tables["merged_anno"][clip] | {
                    "bbox": box,
                    "is_talking": 0,
                    "dover": 0.8,
                }
            for name in dict.fromkeys((clip, listed[video][-1].removesuffix(".json"))):
                tables["l_score"][name] = {"face_score": [0.8, 0.9], "hand_score": [0.6, 0.7]}
                tables["anno"][name] = {"body_view": "half-body" if number % 2 else "head", "caption": "A person."}
    for name, entries in tables.items():
        place = folder / name if name == "merged_anno" else folder / "raw_labels" / name
        place.mkdir(parents=True)
        with tarfile.open(place / "tar_batch_000.tar.gz", "w:gz") as archive:
            for key, entry in entries.items():
                content = json.dumps(entry).encode()
                member = tarfile.TarInfo(f"{key}.json")
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    (folder / "all_data_list.json").write_text(json.dumps(listed))
    (folder / "SFT_set.json").write_text(json.dumps(good))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
