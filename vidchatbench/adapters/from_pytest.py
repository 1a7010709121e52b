"""`pytest vcb_mymodel.py --vcb-testset mini`: the same as `vidchatbench generate`, with pytest's exit codes."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import pytest

from vidchatbench.errors import VidChatBenchError


def generate_from_pytest(config: pytest.Config, adapters: Sequence[str]) -> int:
    """Start the supervisor with what pytest was told; pytest's exit code."""
    from vidchatbench.adapters.generate import generate
    from vidchatbench.adapters.told import say

    if len(config.args) != 1:
        raise pytest.UsageError(f"an adapter is run alone, not with {', '.join(a for a in config.args[1:])}")
    if config.option.vcb_testset is None:
        raise pytest.UsageError(f"{adapters[0]} is a model adapter: name a test set, --vcb-testset mini")
    try:
        done = generate(
            adapters[0],
            testset=config.option.vcb_testset,
            out=config.option.vcb_out,
            args=pairs(config.option.vcb_arg),
            options=_rest(config, adapters[0]),
        )
    except VidChatBenchError as error:
        print(f"vidchatbench: {error}", file=sys.stderr)
        return int(pytest.ExitCode.USAGE_ERROR if error.exit_code == 2 else pytest.ExitCode.INTERNAL_ERROR)
    say(done)
    return done.code


def pairs(words: Sequence[str]) -> dict[str, str]:
    """`["a=1"]` as `{"a": "1"}`.

    Raises:
        UsageError: Where a word has no `=`.
    """
    from vidchatbench.errors import UsageError

    found = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise UsageError(f"{word!r} is not NAME=VALUE", remedy="such as -M ckpt=weights/a.safetensors")
        found[name] = value
    return found


def _rest(config: pytest.Config, adapter: str) -> list[str]:
    """What was typed, without the adapter and our own options."""
    words, skip = [], False
    for word in map(str, config.invocation_params.args):
        if skip:
            skip = False
        elif word.startswith("--vcb-"):
            skip = "=" not in word
        elif word != adapter:
            words.append(word)
    return words
