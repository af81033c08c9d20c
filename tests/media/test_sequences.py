"""Every spelling of a sequence that compositors type, and what is said when it isn't there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from vfx_ai.errors import InputError, JobError, MissingFrameError
from vfx_ai.media.sequence import find_sequence, output_path, parse_frames


def touch(folder: Path, pattern: str, numbers: Iterable[int]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        (folder / (pattern % number)).touch()


@pytest.mark.parametrize(
    "name",
    [
        "plate.####.exr",
        "plate.#.exr",
        "plate.@@@@.exr",
        "plate.%04d.exr",
        "plate.$F4.exr",
        "plate.1001-1004#.exr",
        "plate.1001-1004####.exr",
    ],
)
def test_all_spellings_name_the_same_files(tmp_path: Path, name: str) -> None:
    touch(tmp_path, "plate.%04d.exr", range(1001, 1005))
    found = find_sequence(str(tmp_path / name))
    assert found.frames == (1001, 1002, 1003, 1004)
    assert found.path(1003) == tmp_path / "plate.1003.exr"
    assert not found.single and not found.missing


def test_three_at_signs_are_three_digits(tmp_path: Path) -> None:
    touch(tmp_path, "plate.%03d.exr", (7, 8))
    assert find_sequence(str(tmp_path / "plate.@@@.exr")).path(8).name == "plate.008.exr"


def test_a_range_in_the_name_takes_only_those_frames(tmp_path: Path) -> None:
    touch(tmp_path, "plate.%04d.exr", range(1001, 1011))
    assert find_sequence(str(tmp_path / "plate.1003-1005#.exr")).frames == (1003, 1004, 1005)
    assert find_sequence(str(tmp_path / "plate.1002-1006x2#.exr")).frames == (1002, 1004, 1006)


def test_a_range_beyond_the_files_is_missing_frames(tmp_path: Path) -> None:
    touch(tmp_path, "plate.%04d.exr", range(1001, 1004))
    with pytest.raises(MissingFrameError, match="1004-1005"):
        find_sequence(str(tmp_path / "plate.1001-1005#.exr"))


@pytest.mark.parametrize("folder", ["a b", "Ärger été", "日本", "a#b", "x[1]", "50%d"])
def test_folders_of_any_name_work(tmp_path: Path, folder: str) -> None:
    touch(tmp_path / folder, "plàte é.%04d.exr", (1, 2))
    assert find_sequence(str(tmp_path / folder / "plàte é.####.exr")).path(2).is_file()
    assert find_sequence(str(tmp_path / folder)).frames == (1, 2)


def test_negative_frames_are_found(tmp_path: Path) -> None:
    touch(tmp_path, "plate.%04d.exr", range(-3, 2))
    found = find_sequence(str(tmp_path / "plate.####.exr"))
    assert found.frames == (-3, -2, -1, 0, 1)
    assert all(found.path(number).is_file() for number in found.frames)


@pytest.mark.parametrize(
    "pattern", ["shot-%04d.exr", "shot_%04d.exr", "shot%04d.exr", "%04d.exr", "a.v002.%04d.exr", "x.%04d.beauty.exr"]
)
def test_any_character_may_stand_before_the_number(tmp_path: Path, pattern: str) -> None:
    touch(tmp_path, pattern, (1001, 1002))
    assert find_sequence(str(tmp_path / pattern.replace("%04d", "####"))).frames == (1001, 1002)
    assert find_sequence(str(tmp_path)).frames == (1001, 1002)


def test_unpadded_numbers_that_grow_are_one_sequence(tmp_path: Path) -> None:
    touch(tmp_path, "p.%d.exr", range(8, 12))
    for name in ("p.#.exr", "p.%d.exr", "p.@.exr"):
        assert find_sequence(str(tmp_path / name)).frames == (8, 9, 10, 11)


def test_a_folder_with_one_sequence_is_that_sequence(tmp_path: Path) -> None:
    touch(tmp_path, "plate.%04d.exr", (1, 2))
    (tmp_path / "notes.txt").touch()
    (tmp_path / ".plate.0001.exr.12.part").touch()
    assert find_sequence(str(tmp_path)).frames == (1, 2)


def test_a_folder_with_two_sequences_is_refused_and_lists_them(tmp_path: Path) -> None:
    touch(tmp_path, "plate.%04d.exr", (1, 2))
    touch(tmp_path, "matte.%04d.exr", (1, 2))
    with pytest.raises(InputError, match=re.escape("matte.####.exr, plate.####.exr")):
        find_sequence(str(tmp_path))


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no picture"):
        find_sequence(str(tmp_path))


def test_one_file_is_its_own_frame_and_stands_for_every_other(tmp_path: Path) -> None:
    touch(tmp_path, "plate.%04d.exr", (1001, 1002))
    found = find_sequence(str(tmp_path / "plate.1001.exr"))
    assert found.single and found.frames == (1001,)
    assert found.path(1007) == tmp_path / "plate.1001.exr"
    assert not found.is_black(1007)


def test_one_file_without_a_number_is_frame_one(tmp_path: Path) -> None:
    (tmp_path / "still_v012.exr").touch()
    assert find_sequence(str(tmp_path / "still_v012.exr")).frames == (1,)


def test_a_missing_frame_is_an_error_that_names_it_and_the_ways_out(tmp_path: Path) -> None:
    touch(tmp_path, "plate.%04d.exr", (1001, 1002, 1004))
    with pytest.raises(MissingFrameError, match=r"1003.*--missing hold") as caught:
        find_sequence(str(tmp_path / "plate.####.exr"))
    assert caught.value.frame == 1003


def test_hold_takes_the_frame_before_else_the_next(tmp_path: Path) -> None:
    touch(tmp_path, "plate.%04d.exr", (1002, 1004))
    found = find_sequence(str(tmp_path / "plate.1001-1004#.exr"), missing="hold")
    assert found.missing == (1001, 1003)
    assert [found.path(number).name[6:10] for number in found.frames] == ["1002", "1002", "1002", "1004"]
    assert not found.is_black(1003)


def test_black_marks_the_gap_and_lends_a_header(tmp_path: Path) -> None:
    touch(tmp_path, "plate.%04d.exr", (1001, 1003))
    found = find_sequence(str(tmp_path / "plate.####.exr"), missing="black")
    assert found.is_black(1002) and not found.is_black(1001)
    assert found.path(1002).name == "plate.1001.exr"


def test_a_frame_outside_of_a_matte_sequence_is_missing(tmp_path: Path) -> None:
    touch(tmp_path, "matte.%04d.exr", (1001, 1002))
    matte = find_sequence(str(tmp_path / "matte.####.exr"), role="matte")
    with pytest.raises(MissingFrameError, match="1003 is missing from the matte"):
        matte.path(1003)


def test_the_wrong_padding_is_an_error_that_says_what_to_write(tmp_path: Path) -> None:
    touch(tmp_path, "plate.%04d.exr", (1001, 1002))
    with pytest.raises(InputError, match=re.escape("plate.####.exr")):
        find_sequence(str(tmp_path / "plate.#####.exr"))


def test_a_name_that_is_not_there_shows_what_is(tmp_path: Path) -> None:
    touch(tmp_path, "plate.%04d.exr", (1001, 1002))
    for name in ("plat.####.exr", "plate.1009.exr", "plate.####.dpx"):
        with pytest.raises(InputError, match=re.escape("plate.####.exr")):
            find_sequence(str(tmp_path / name))
    with pytest.raises(InputError, match="no folder"):
        find_sequence(str(tmp_path / "nowhere" / "plate.####.exr"))


def test_a_stray_file_does_not_make_a_billion_frames(tmp_path: Path) -> None:
    touch(tmp_path, "plate.%04d.exr", (1001, 2000000000))
    with pytest.raises(InputError, match="Name the range"):
        find_sequence(str(tmp_path / "plate.####.exr"), missing="hold")


@pytest.mark.parametrize(
    ("text", "frames"),
    [
        ("", tuple(range(-5, 11))),
        ("1-3", (1, 2, 3)),
        ("1,4-10x3", (1, 4, 7, 10)),
        ("-5--3", (-5, -4, -3)),
        (" 2 , 1 ", (1, 2)),
        ("3,3,3", (3,)),
        ("3-1", (1, 2, 3)),
    ],
)
def test_frame_ranges_are_understood(text: str, frames: tuple[int, ...]) -> None:
    assert parse_frames(text, tuple(range(-5, 11))) == frames


@pytest.mark.parametrize("text", ["abc", "1-", "1-5x0", ",", "1..5", "1.5", "1-9000000", "9" * 400, "1-999999999999"])
def test_a_range_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(JobError):
        parse_frames(text, (1, 2, 3))


def test_frames_that_are_not_in_the_plate_are_named() -> None:
    with pytest.raises(JobError, match=r"1004-1006.*1001-1003"):
        parse_frames("1002-1006", (1001, 1002, 1003))


def test_output_paths_are_filled_in() -> None:
    assert output_path("o/c.####.exr", 7) == Path("o/c.0007.exr")
    assert output_path("o/c.%05d.exr", 7) == Path("o/c.00007.exr")
    assert output_path("o/c.exr", 7) == Path("o/c.exr")
