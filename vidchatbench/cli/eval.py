"""`vidchatbench eval`."""

from __future__ import annotations

import argparse
import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from vidchatbench.cli.generate import exit_code, generation_options, make
from vidchatbench.cli.options import count, names
from vidchatbench.cli.progress import progress_bar
from vidchatbench.errors import UsageError

if TYPE_CHECKING:
    from vidchatbench.api import Run


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add = parser.add_argument
    add("--pred", type=Path, metavar="DIR", help="folder with one video per sample, or with a manifest.jsonl")
    add("--adapter", metavar="vcb_NAME.py", help="make the outputs first, with this model adapter, as `generate` does")
    add("--testset", metavar="NAME|DIR", help="test set, where the outputs' manifest names none")
    add("--profile", metavar="NAME", help="named set of metrics (default: the test set's)")
    add("--metrics", metavar="A,B", type=names, help="compute these metrics or families instead of the profile's")
    add("--exclude", metavar="A,B", type=names, default=[], help="leave these metrics or families out")
    add(
        "--metric",
        metavar="FILE.py:NAME",
        action="append",
        default=[],
        help="add a metric from a file; may be repeated",
    )
    add("--out", type=Path, metavar="DIR", help="results directory (default: runs/<name of the outputs folder>)")
    add("--workers", type=count, metavar="N", help="worker processes (default: one per core; 0: in this process)")
    add("--device", default="cpu", metavar="NAME", help="where features that can choose run: cpu, cuda, cuda:1")
    add("--limit", type=count, metavar="N", help="only the first N items: a rehearsal, marked as such")
    add(
        "--allow-missing-media",
        action="store_true",
        help="score the items whose media are here and right (also re-encoded): the result says so and is not ranked",
    )
    add("--dry-run", action="store_true", help="say what would be computed, and what is missing, and stop")
    add("--offline", action="store_true", help="open no connection (VIDCHATBENCH_OFFLINE=1 does the same)")
    add("--fail-on-error", action="store_true", help="exit with 4 where any sample failed")
    add("--overwrite", action="store_true", help="replace the results of another run in --out")
    add("--config", type=Path, metavar="FILE.toml", help="options from a file; the command line wins")
    generation_options(parser)
    parser.set_defaults(run=run, parser=parser)


def run(args: argparse.Namespace) -> int:
    """Parse, evaluate, print."""
    if args.config:
        args = _with_config(args)
    if args.offline:
        from vidchatbench.weights.offline import go_offline

        go_offline()
    if args.adapter is not None and (code := _generate(args)) not in (0, 4):
        return code
    if args.pred is None:
        raise UsageError("--pred is missing", remedy="vidchatbench eval --pred outputs/")
    if args.dry_run:
        return _rehearse(args)
    from rich.console import Console

    from vidchatbench.api import evaluate
    from vidchatbench.report.gaps import unofficial
    from vidchatbench.report.table import print_table

    with progress_bar("features") as progress:
        done: Run = evaluate(
            args.pred, testset=args.testset, profile=args.profile, metrics=args.metrics, exclude=args.exclude,
            extra_metrics=args.metric, out=args.out or Path("runs") / args.pred.resolve().name, workers=args.workers,
            limit=args.limit, device=args.device, allow_missing_media=args.allow_missing_media,
            overwrite=args.overwrite, progress=progress,
        )  # fmt: skip
    assert done.out is not None
    print_table(done.results, Console())
    if own := unofficial(done.results):
        print(f"\nunofficial weights, not comparable with anybody else's values: {', '.join(own)}")
    print(f"\nresults  {done.out / 'results.json'}\nreport   {done.out / 'report.html'}")
    stuck = any(
        result.remedy or result.defects or "error" in result.by_reason or (result.value is None and result.expected)
        for result in done.results.metrics.values()
    )
    if stuck:
        return 3
    return 4 if args.fail_on_error and done.results.coverage.failed else 0


def _generate(args: argparse.Namespace) -> int:
    """Make the outputs in `--pred`, or in `outputs/NAME`. The model's process is gone when this ends."""
    from vidchatbench.adapters.told import say

    if args.testset is None:
        raise UsageError(
            "--adapter wants a test set", remedy=f"vidchatbench eval --adapter {args.adapter} --testset mini"
        )
    done = make(args, args.testset, args.pred)
    args.pred = done.out
    say(done, next_step=False)
    return exit_code(done)


def _rehearse(args: argparse.Namespace) -> int:
    from vidchatbench.api import prepare
    from vidchatbench.engine.cache import Cache

    plan, broken, profile, _, scope = prepare(
        args.pred, testset=args.testset, profile=args.profile, metrics=args.metrics, exclude=args.exclude,
        extra_metrics=args.metric, limit=args.limit, device=args.device, with_strips=True,
        allow_missing_media=args.allow_missing_media,
        workers=os.cpu_count() or 1 if args.workers is None else args.workers,
    )  # fmt: skip
    cache = Cache()
    missing = [sample for sample in plan.samples if sample.key not in plan.outputs.responses]
    nodes = plan.graph.closure(plan.wanted, set())
    stored = sum(node.stored is not None for node in nodes)
    todo = [
        node for node in plan.graph.closure(plan.wanted, {n.key for n in nodes if n.key in cache}) if not node.stored
    ]
    print(f"test set  {plan.testset.info.id} {plan.testset.info.version}, profile {profile}")
    print(f"samples   {len(plan.samples)} expected, {len(missing)} missing")
    if scope.left_out or scope.reencoded:
        print(f"media     {len(scope.left_out)} of {len(scope.whole.items)} items are left out, "
              f"{len(scope.reencoded)} files are re-encoded copies: the result would not be ranked")  # fmt: skip
    print(f"metrics   {len(plan.metrics) - len(plan.unready)} ready, {len(plan.unready) + len(broken)} cannot run")
    for id, error in sorted(plan.unready.items()):
        print(f"          {id}: {error.cause} -> {error.remedy}")
    for id, result in sorted(broken.items()):
        print(f"          {id}: {result.reason}")
    brought = f"{stored} stored with the test set, " if stored else ""
    print(f"features  {len(nodes)} in all, {brought}{len(todo)} to compute, the others are in the cache {cache.root}")
    return 3 if plan.unready or broken else 0


def _with_config(args: argparse.Namespace) -> argparse.Namespace:
    """The options of the file, overridden by those of the command line."""
    try:
        given = tomllib.loads(args.config.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot be read as TOML: {error}", where=args.config) from error
    parser: argparse.ArgumentParser = args.parser
    options = {action.dest: action for action in parser._actions if action.dest not in ("help", "config")}
    words: list[str] = []
    for name, value in given.items():
        action = options.get(name.replace("-", "_"))
        if action is None:
            raise UsageError(
                f"there is no option {name!r}", where=args.config, remedy=f"options: {', '.join(sorted(options))}"
            )
        flag = action.option_strings[0]
        if value is True:
            words.append(flag)
        elif isinstance(value, list) and action.dest == "metric":
            words += [word for one in value for word in (flag, str(one))]
        elif value is not False:
            words += [flag, ",".join(map(str, value)) if isinstance(value, list) else str(value)]
    from_file = parser.parse_args(words)
    defaults = parser.parse_args([])
    for name in options:
        if getattr(args, name) == getattr(defaults, name):
            setattr(args, name, getattr(from_file, name))
    return args
