"""`vidchatbench doctor`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vidchatbench.errors import NotReady
    from vidchatbench.weights import WeightsFile


def configure(parser: argparse.ArgumentParser) -> None:
    """No options."""
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """One line a metric: ready, or what to type. Exit 3 where one of a profile, or a plugin, cannot run."""
    import platform

    from vidchatbench import __version__
    from vidchatbench.engine.cache import cache_dir
    from vidchatbench.media import ffmpeg_version
    from vidchatbench.registry import entries, features, ready
    from vidchatbench.weights import weights_dir

    print(f"vidchatbench {__version__}, Python {platform.python_version()}, {ffmpeg_version()}")
    print(f"cache {cache_dir()}")
    print(f"weights {weights_dir()}")
    wrong = 0
    checked: dict[WeightsFile, NotReady | None] = {}
    for entry in entries().values():
        if entry.metric is None:
            print(f"{entry.id:24} cannot be loaded: {entry.error} ({entry.source})")
            wrong += 1
            continue
        why = ready(entry.metric)
        if why is None:
            files = [weights for feature in features(entry.metric) for weights in feature.weights().values()]
            why = next((error for file in files if (error := _verify(file, checked))), None)
        optional = not entry.metric.card.profiles  # no run asks for it unless it is named
        wrong += why is not None and not optional
        state = "ready" if why is None else f"{why.cause} -> {why.remedy}"
        print(f"{entry.id:24} {'(in no profile) ' if optional and why else ''}{state}")
    return 3 if wrong else 0


def _verify(file: WeightsFile, checked: dict[WeightsFile, NotReady | None]) -> NotReady | None:
    """Why a weights file cannot be used, each file read once."""
    from vidchatbench.errors import NotReady

    if file not in checked:
        try:
            file.verified()
            checked[file] = None
        except NotReady as error:
            checked[file] = error
    return checked[file]
