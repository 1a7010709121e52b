"""Worker processes: all tasks are done, a crash costs one."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass

import pytest

from vidchatbench.engine.pool import Died, Pool


@dataclass(frozen=True)
class Square:
    n: int

    def run(self):
        if self.n == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.n == 5:
            os._exit(7)
        if self.n == 8:
            raise ValueError("eight")
        return self.n**2


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_every_task_has_its_result(workers):
    with Pool(workers) as pool:
        found = {task.n: result for task, result in pool.run([Square(n) for n in (1, 2, 4, 6, 7)])}
    assert found == {1: 1, 2: 4, 4: 16, 6: 36, 7: 49}


def test_a_crash_costs_one_task_and_says_how():
    with Pool(2) as pool:
        found = {task.n: result for task, result in pool.run([Square(n) for n in (1, 3, 2, 5, 4)])}
        assert found[1] == 1 and found[2] == 4 and found[4] == 16
        assert "signal 9" in found[3].how and isinstance(found[5], Died) and "code 7" in found[5].how
        again = dict(pool.run([Square(6)]))
    assert list(again.values()) == [36]


def test_an_exception_in_a_worker_is_raised_here():
    with Pool(1) as pool, pytest.raises(ValueError, match="eight"):
        list(pool.run([Square(8)]))
