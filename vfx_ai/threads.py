"""How many threads compute, and how they wait for each other."""

from __future__ import annotations

import os
import sys


def cores() -> int:
    """How many processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def wait_without_spinning() -> None:
    """Let waiting threads sleep; must be called before numpy and torch are imported, and gives way to what is set.

    By default torch's spin for milliseconds. On a machine that has other work too, a render farm's or a test's, a
    thread then spins for a partner that isn't running, and the same shot takes many times as long. To sleep at once is
    no better: where waking takes long, as on a virtual machine, two threads took longer than one. So they spin for
    about as long as that takes, 10 microseconds (see docs/decisions/039-how-threads-wait.md).

    numpy's linear algebra can't wait otherwise, and gets one thread: its matrices are small here, and on two cores its
    second thread, spinning, took from those that fill and write.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # of GNU's runtime, torch's on Linux; the word before is others'
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
