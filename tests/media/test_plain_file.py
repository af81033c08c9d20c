"""A file that somebody names is a plain one, or an error at once: no reader waits at a pipe."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from vfx_ai.board.read import text_of
from vfx_ai.errors import InputError
from vfx_ai.farm.jobfile import read_json
from vfx_ai.farm.lists import read_list
from vfx_ai.media.plain_file import open_plain
from vfx_ai.motion.camera_pose import read_whole
from vfx_ai.studio.bounded_yaml import read_text

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no pipes by name, and no devices as files")
READERS: dict[str, Callable[[Path], Any]] = {
    "job.json": lambda path: read_json(path, "job"),
    "shots.csv": read_list,
    "show.otio": read_list,
    "rights.yaml": lambda path: read_text(path, "rights file"),
    "script.fountain": text_of,
    "camera.chan": read_whole,
}


@pytest.fixture(autouse=True)
def _not_for_ever() -> Iterator[None]:
    def too_long(*_given: object) -> None:
        raise TimeoutError("it waits")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def pipe(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def folder(path: Path) -> None:
    path.mkdir()


def loop(path: Path) -> None:
    path.symlink_to(path.name)


@pytest.mark.parametrize("make", [pipe, device, folder, loop])
@pytest.mark.parametrize("name", READERS)
def test_what_is_no_plain_file_is_one_error_at_once(name, make, tmp_path):
    make(tmp_path / name)
    with pytest.raises(InputError) as caught:
        READERS[name](tmp_path / name)
    assert name in str(caught.value) and caught.value.remedy


def test_a_plain_file_is_read_also_by_way_of_a_link(tmp_path):
    (tmp_path / "a").write_bytes(b"\r\n\x1a\0end")
    (tmp_path / "b").symlink_to("a")
    with open_plain(tmp_path / "b") as file:
        assert file.read() == b"\r\n\x1a\0end"
