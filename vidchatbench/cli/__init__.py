"""The command line: one file a verb. This one knows only their names, so that `--help` loads nothing."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

VERBS = {
    "eval": "score a folder of outputs: table, results directory, report",
    "generate": "put a test set's questions to a model adapter and keep its answers",
    "check-adapter": "twelve checks of a model adapter: form, seeds, reach, sensitivity, odd input",
    "check-outputs": "say what is missing, extra or unreadable in a folder of outputs, before anything is computed",
    "testset": "list, describe, verify and lock test sets, and store features of their media",
    "metrics": "list metrics and print their cards",
    "weights": "list, download, add and verify the third-party weights that no package brings",
    "compare": "say whether one run is better than another, metric by metric, or why the two cannot be compared",
    "table": "print one or several results as a table (text, md, csv, latex)",
    "submit": "pack a finished run and its outputs as a submission to the leaderboard, or withdraw one",
    "check-submission": "check submissions without trusting them: form, arithmetic, copies and cheats, media",
    "leaderboard": "build leaderboard.json and its pages from merged submissions, freeze anchors, export runs",
    "cite": "print what to cite, and of a run the methods section: metrics, sources, signatures",
    "schema": "print the JSON Schema of a file format",
    "doctor": "say of every metric whether it can run here, and what to type where it cannot",
}

EXIT_CODES = """exit codes:
  0  done, and every metric of the profile has its value
  1  the run could not be finished (disk full, defect)
  2  the command, the test set or the outputs are not right; nothing was computed
  3  done, but a metric could not run or a row failed by a defect: the profile is incomplete; or runs cannot be compared
  4  done, but samples failed and --fail-on-error was given; or a submission is refused
  130  interrupted; what was computed is kept, the same command goes on"""


def main(argv: list[str] | None = None) -> int:
    """Run one verb; returns the exit code."""
    args = sys.argv[1:] if argv is None else argv
    parser = make_parser(next((word for word in args if not word.startswith("-")), None))
    if args == ["--version"]:
        from vidchatbench import __version__

        print(f"vidchatbench {__version__}")
        return 0
    given = parser.parse_args(args)
    if given.verb is None:
        parser.print_help()
        return 2
    return _run(given)


def make_parser(verb: str | None) -> argparse.ArgumentParser:
    """The parser, with the names of all verbs and the options of this one."""
    parser = argparse.ArgumentParser(
        prog="vidchatbench",
        description="How good is a model that watches and hears one person "
        "and answers as another with a talking video?",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    for name, text in VERBS.items():
        sub = verbs.add_parser(name, help=text, description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
        if name == verb:
            import_module(f"vidchatbench.cli.{name.replace('-', '_')}").configure(sub)
    return parser


def _run(given: argparse.Namespace) -> int:
    from vidchatbench.errors import VidChatBenchError

    try:
        code: int = given.run(given)
        sys.stdout.flush()
        return code
    except VidChatBenchError as error:
        print(f"vidchatbench: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("\nvidchatbench: interrupted; what was computed is kept, the same command goes on", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of a pipe (head, less) went away
        sys.stdout = None
        return 0
