"""A worker, started."""

from __future__ import annotations

import pytest
from workers import Worker, stand_in


@pytest.fixture
def worker(tmp_path):
    with Worker(stand_in(tmp_path), tmp_path) as started:
        yield started
