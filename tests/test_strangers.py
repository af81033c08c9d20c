"""Files of strangers are right or one clear error, and none ends the process; bench/fuzz.py tries more of them."""

from __future__ import annotations

import sys

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from strangers import KINDS
from trying import Child

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory of a process is limited on Linux alone")
# Reading USD starts a process for each file: a few of them are tried in tests/motion/test_usd_apart.py.
FEW = {"camera .usda": 0}


@pytest.mark.parametrize("kind", [name for name in KINDS if FEW.get(name, 1)])
def test_a_strangers_file_is_right_or_one_clear_error(kind, tmp_path):
    file, reader, strategy = KINDS[kind]
    with Child(reader, tmp_path) as child:

        @settings(
            max_examples=25,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(strategy)
        def tried(data):
            outcome = child.tries(file, data)
            assert outcome.fine, outcome

        tried()
