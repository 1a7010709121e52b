"""What an index would refuse, or a user miss, in the files of a release.

    python3 check_dist.py DIST VERSION

There must be one sdist and one wheel of that version, whole, with valid metadata, a readable README and the licence.
"""

from __future__ import annotations

import sys
import tarfile
import zipfile
from pathlib import Path

from packaging.metadata import InvalidMetadata, Metadata
from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename
from packaging.version import Version

NAME = "vidchatbench"


def metadata_of(file: Path) -> bytes:
    """The file's METADATA or PKG-INFO, after every byte of it was read once."""
    if file.suffix == ".whl":
        with zipfile.ZipFile(file) as wheel:
            if bad := wheel.testzip():
                raise ValueError(f"{bad} is damaged")
            names = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA") and name.count("/") == 1]
            if not any(".dist-info/licenses/LICENSE" in name for name in wheel.namelist()):
                raise ValueError("the licence is missing")
            return wheel.read(names[0])
    with tarfile.open(file) as sdist:
        found = b""
        for member in sdist:
            stream = sdist.extractfile(member)
            content = stream.read() if stream else b""
            if member.name.count("/") == 1 and member.name.endswith("/PKG-INFO"):
                found = content
        return found


def problems(dist: Path, version: str) -> list[str]:
    """All that is wrong, each with its file."""
    files = sorted(dist.iterdir())
    if sorted(file.suffix for file in files) != [".gz", ".whl"]:
        return [f"{dist}: one sdist and one wheel are wanted, there are {[file.name for file in files]}"]
    wrong = []
    for file in files:
        try:
            parse = parse_wheel_filename if file.suffix == ".whl" else parse_sdist_filename
            told = Metadata.from_email(metadata_of(file), validate=True)
            named, of = parse(file.name)[:2]
            if (named, of) != (NAME, Version(version)) or (told.name, told.version) != (NAME, Version(version)):
                wrong.append(f"{file}: is {told.name} {told.version}, not {NAME} {version}")
            if told.description_content_type != "text/markdown" or not (told.description or "").startswith("# "):
                wrong.append(f"{file}: its page on the index would be no README")
        except ExceptionGroup as group:
            wrong += [f"{file}: {error}" for error in group.exceptions]
        except (InvalidMetadata, InvalidWheelFilename, InvalidSdistFilename, ValueError, OSError, IndexError) as error:
            wrong.append(f"{file}: {error}")
        except (zipfile.BadZipFile, tarfile.TarError) as error:
            wrong.append(f"{file}: cannot be read: {error}")
    return wrong


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    found = problems(Path(sys.argv[1]), sys.argv[2])
    for line in found:
        print(f"::error::{line}")
    sys.exit(2 if found else 0)
