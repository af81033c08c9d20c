"""How many threads compute, and how they wait for each other."""

from __future__ import annotations

import os
import sys


def cores() -> int:
    """How many processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def wait_without_spinning() -> None:
    """Let waiting threads sleep; must be called before numpy and torch are imported, and gives way to what is set.

    By default they spin. On a machine that has other work too, a render farm's or a test's, a thread then spins for a
    partner that isn't running: the same shot took eight times as long. On a free machine it costs nothing that shows.
    numpy's linear algebra can't wait otherwise, and gets one thread: its matrices are small here, and on two cores its
    second thread, spinning, took a fifth of a run from those who fill and write.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
