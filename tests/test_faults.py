"""What a machine does to a run loses nothing, leaves nothing half-written, and the next run goes on to the same bits.

bench/faults.py does all of it, and more often.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from faulty import Shop
from faulty_ways import FAULTS, tried

from vfx_ai.errors import OutputError, ResourceError
from vfx_ai.terminal.answering import for_a_person

LEFT_OUT = ("disk full (small disk)",)  # a disk that is mounted by a test which then dies would stay


@pytest.fixture(scope="module")
def shop():
    # Not pytest's own folder: another user, who has no rights, must get into it.
    folder = Path(tempfile.mkdtemp(prefix="vfx-ai-faults-"))
    folder.chmod(0o755)
    yield Shop(folder, most=2)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 12 bytes."),
        RuntimeError("Resource temporarily unavailable"),
        ImportError("PyOpenColorIO.so: failed to map segment from shared object"),
    ],
    ids=repr,
)
def test_every_way_to_say_that_memory_ran_out_is_the_same_error(error):
    assert isinstance(for_a_person(error), ResourceError)


def test_an_error_of_the_system_names_its_file_and_is_no_fault():
    shown = for_a_person(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "out/a.exr"))
    assert isinstance(shown, OutputError) and shown.file == "out/a.exr" and shown.remedy


@pytest.mark.parametrize("name", [name for name in FAULTS if name not in LEFT_OUT])
def test_nothing_is_lost_and_the_next_run_has_the_same_bits_after(name, shop):
    tally = tried(shop, name)
    if tally.skipped:
        pytest.skip(tally.skipped)
    assert not tally.wrong, os.linesep.join(tally.wrong + tally.said)
    assert tally.tries
