"""Threads that wait for each other don't spin: it is settled before the libraries that have them are loaded."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

SETTLED = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "1000", "OPENBLAS_NUM_THREADS": "1"}
# Prints how things stand when numpy is first asked for, then does what was asked.
WATCHED = """
import os, sys

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "numpy":
            sys.meta_path.remove(self)
            print({names!r}, [os.environ.get(one) for one in {names!r}], flush=True)

sys.meta_path.insert(0, Watch())
{statement}
"""


@pytest.mark.parametrize(
    "statement",
    [
        "import vfx_ai; vfx_ai.inpaint('no.####.exr', 'no.####.exr', 'out.####.exr')",
        "import vfx_ai; vfx_ai.clean('no.####.exr', 'out.####.exr')",
        "import sys; sys.argv[1:] = ['inpaint', 'no.####.exr', '-m', 'no.####.exr', '-o', 'out.####.exr'];"
        "from vfx_ai.cli import main; main()",
    ],
    ids=["inpaint", "clean", "command"],
)
@pytest.mark.parametrize("own", [{}, {"OPENBLAS_NUM_THREADS": "3"}], ids=["unset", "set"])
def test_waiting_is_settled_before_numpy_is_loaded_and_gives_way_to_what_is_set(statement, own, tmp_path):
    asked = {name: value for name, value in os.environ.items() if name not in SETTLED} | own
    code = WATCHED.format(names=list(SETTLED), statement=statement)
    done = subprocess.run([sys.executable, "-c", code], env=asked, cwd=tmp_path, capture_output=True, text=True)
    expected = list((SETTLED | own).values())
    assert done.stdout.splitlines()[0] == f"{list(SETTLED)!r} {expected!r}", done.stderr
