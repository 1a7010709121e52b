"""`vidchatbench doctor`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vidchatbench.errors import NotReady
    from vidchatbench.weights import WeightsFile


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--profile", metavar="NAME", help="only its metrics; exit 3 where one cannot run")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """One line a metric: ready, or what to type; then one a profile.

    Exit 3 where a metric of `--profile` cannot run, or, without it, where no profile is complete or a plugin is broken.
    """
    import platform

    from vidchatbench import __version__
    from vidchatbench.engine.cache import cache_dir
    from vidchatbench.errors import UsageError
    from vidchatbench.media import ffmpeg_version
    from vidchatbench.registry import entries, features, ready
    from vidchatbench.weights import weights_dir

    print(f"vidchatbench {__version__}, Python {platform.python_version()}, {ffmpeg_version()}")
    print(f"cache {cache_dir()}")
    print(f"weights {weights_dir()}")
    broken = 0
    whole: dict[str, list[bool]] = {}
    checked: dict[WeightsFile, NotReady | None] = {}
    for entry in entries().values():
        if entry.metric is None:
            print(f"{entry.id:24} cannot be loaded: {entry.error} ({entry.source})")
            broken += 1
            continue
        profiles = entry.metric.card.profiles
        if args.profile and args.profile not in profiles:
            continue
        why = ready(entry.metric)
        if why is None:
            files = [weights for feature in features(entry.metric) for weights in feature.weights().values()]
            why = next((error for file in files if (error := _verify(file, checked))), None)
        for profile in profiles:
            whole.setdefault(profile, []).append(why is None)
        state = "ready" if why is None else f"{why.cause} -> {why.remedy}"
        print(f"{entry.id:24} {'' if profiles else '(in no profile) '}{state}")
    if args.profile and args.profile not in whole:
        raise UsageError(f"there is no profile {args.profile!r}", remedy="vidchatbench metrics ls")
    for profile, states in sorted(whole.items()):
        if not args.profile or profile == args.profile:
            lacking = states.count(False)
            told = f"{lacking} of {len(states)} cannot run" if lacking else f"all {len(states)} are ready"
            print(f"profile {profile:16} {told}")
    asked = [whole[args.profile]] if args.profile else list(whole.values())
    return 0 if not broken and any(all(states) for states in asked) else 3


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
