"""Which decoder made the pixels and samples."""

from __future__ import annotations

import av


def ffmpeg_version() -> str:
    """PyAV and the libraries inside it, in one line: `PyAV 18.1.0, libavcodec 62.28.102, libavformat ...`."""
    names = ("libavcodec", "libavformat", "libavutil", "libswresample", "libswscale")
    parts = [f"{name} {'.'.join(map(str, av.library_versions[name]))}" for name in names]
    return ", ".join([f"PyAV {av.__version__}", *parts])
