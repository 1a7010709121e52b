"""The cache: what goes in comes out, or counts as absent."""

from __future__ import annotations

import resource
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from vidchatbench.engine.cache import Cache, write_atomic
from vidchatbench.errors import VidChatBenchError

KEY = "ab" * 32


@given(
    hnp.arrays(
        st.sampled_from([np.float64, np.float32, np.uint8, np.int64, np.bool_]),
        hnp.array_shapes(min_dims=0, min_side=0),
    )
)
def test_arrays_come_back_as_they_went_in(tmp_path_factory, array):
    cache = Cache(tmp_path_factory.mktemp("cache"))
    cache.put(KEY, {"a": array, "transposed": array.T})
    found = cache.get(KEY)
    for name, wanted in (("a", array), ("transposed", array.T)):
        assert found[name].dtype == wanted.dtype and found[name].shape == wanted.shape
        np.testing.assert_array_equal(found[name], wanted)


@pytest.mark.parametrize("keep", [0, 10, 40, -1])
def test_a_damaged_entry_counts_as_absent_and_is_removed(tmp_path, keep):
    cache = Cache(tmp_path)
    cache.put(KEY, {"a": np.arange(9.0)})
    path = cache.path(KEY)
    path.write_bytes(path.read_bytes()[:keep])
    assert cache.get(KEY) is None
    assert KEY not in cache


def test_a_flipped_bit_is_seen(tmp_path):
    cache = Cache(tmp_path)
    cache.put(KEY, {"a": np.arange(9.0)})
    content = bytearray(cache.path(KEY).read_bytes())
    content[-3] ^= 1
    cache.path(KEY).write_bytes(content)
    assert cache.get(KEY) is None


def test_reading_what_must_be_there_says_what_to_do(tmp_path):
    with pytest.raises(VidChatBenchError, match="give the same command again"):
        Cache(tmp_path).read(KEY)


def _write(arguments):
    root, value = arguments
    for _ in range(50):
        Cache(root).put(KEY, {"a": np.full(5000, value)})


def test_two_processes_never_leave_a_mixture(tmp_path):
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(_write, [(tmp_path, 1.0), (tmp_path, 2.0)]))
    found = Cache(tmp_path).get(KEY)["a"]
    assert len(set(found.tolist())) == 1
    assert [path.name for path in Cache(tmp_path).path(KEY).parent.iterdir()] == [KEY]


def test_a_full_disk_is_said_plainly_and_leaves_nothing_behind(tmp_path):
    """A limit on file size stands for the full disk: the same error of the operating system, without a mount."""
    script = (
        "import resource, sys; from pathlib import Path\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "from vidchatbench.engine.cache import write_atomic\n"
        "from vidchatbench.errors import VidChatBenchError\n"
        "try: write_atomic(Path(sys.argv[1]) / 'x', bytes(5000))\n"
        "except VidChatBenchError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, tmp_path], capture_output=True, text=True, check=True)
    assert "cannot be written" in done.stdout and "make room" in done.stdout
    assert list(tmp_path.iterdir()) == []
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 1000


def test_write_atomic_replaces(tmp_path):
    write_atomic(tmp_path / "a" / "x", b"1")
    write_atomic(tmp_path / "a" / "x", b"2")
    assert (tmp_path / "a" / "x").read_bytes() == b"2"
