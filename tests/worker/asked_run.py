"""A run that a worker is asked for, and what only POSIX knows."""

from __future__ import annotations

import sys

import pytest
from workers import job

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")


def run(worker, folder, what, number=1, **fields):
    return worker.answer("run", number, kind="inpaint", job=job(folder, what, **fields))["result"]["job"]
