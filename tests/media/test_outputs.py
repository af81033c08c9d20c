"""Where results may go, and where never."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from vfx_ai.errors import JobError, OutputError
from vfx_ai.media.output import check_output, resolve_output
from vfx_ai.media.sequence import Sequence, find_sequence


@pytest.fixture
def plate(tmp_path: Path) -> Sequence:
    (tmp_path / "shot").mkdir()
    for number in (1001, 1002, 1004):
        (tmp_path / "shot" / f"plate.{number}.exr").touch()
    return find_sequence(str(tmp_path / "shot" / "plate.####.exr"), missing="hold")


def test_a_folder_gets_a_name_with_the_plates_padding(plate: Sequence, tmp_path: Path) -> None:
    for spelling in ("out/", "out"):
        chosen = resolve_output(str(tmp_path / "x") + "/" + spelling, plate)
        assert Path(chosen) == tmp_path / "x/out/plate_clean.####.exr"


def test_a_pattern_is_kept_and_a_lone_hash_gets_the_plates_padding(plate: Sequence) -> None:
    assert resolve_output("out/c.#####.exr", plate) == "out/c.#####.exr"
    assert Path(resolve_output("out/c.#.exr", plate)) == Path("out/c.####.exr")


def test_one_file_gives_one_name(tmp_path: Path) -> None:
    for name, wanted in (("plate.1001.exr", "plate_clean.1001.exr"), ("still.exr", "still_clean.exr")):
        (tmp_path / name).touch()
        assert Path(resolve_output("out/", find_sequence(str(tmp_path / name)))) == Path("out") / wanted


def test_one_name_for_several_frames_is_refused_with_what_to_write(plate: Sequence) -> None:
    with pytest.raises(JobError, match=re.escape("clean.####.exr")):
        check_output("out/clean.exr", plate.frames, plate, None)
    check_output("out/clean.exr", (1001,), plate, None)


@pytest.mark.parametrize("name", ["clean.####.jpg", "clean.####", "clean.####.mov", "clean.####.dpx"])
def test_other_formats_are_refused_by_name(plate: Sequence, name: str) -> None:
    with pytest.raises(JobError, match="EXR"):
        check_output(f"out/{name}", plate.frames, plate, None)


def test_a_result_never_takes_an_inputs_place(plate: Sequence, tmp_path: Path) -> None:
    shot = tmp_path / "shot"
    for pattern in (shot / "plate.####.exr", shot / ".." / "shot" / "plate.%04d.exr"):
        with pytest.raises(OutputError, match="take the place"):
            check_output(str(pattern), (1001,), plate, None)


def test_a_gap_of_the_plate_is_not_filled_up(plate: Sequence, tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        check_output(str(tmp_path / "shot" / "plate.####.exr"), (1003,), plate, None)


def test_links_to_an_input_are_seen_through(plate: Sequence, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    try:
        os.link(plate.path(1001), tmp_path / "out" / "hard.1001.exr")
        (tmp_path / "linked").symlink_to(tmp_path / "shot", target_is_directory=True)
    except OSError:
        pytest.skip("this file system makes no links")
    for pattern in ("out/hard.####.exr", "linked/plate.####.exr"):
        with pytest.raises(OutputError):
            check_output(str(tmp_path / pattern), (1001,), plate, None)


def test_the_matte_is_not_overwritten_either(plate: Sequence, tmp_path: Path) -> None:
    (tmp_path / "matte.exr").touch()
    matte = find_sequence(str(tmp_path / "matte.exr"), role="matte")
    with pytest.raises(OutputError):
        check_output(str(tmp_path / "matte.exr"), (1001,), plate, matte)
    check_output(str(tmp_path / "out" / "matte.####.exr"), plate.frames, plate, matte)
