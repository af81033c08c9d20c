"""Clicks, boxes and wires that make no sense: one error each that names the frame, before anything is looked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rendered import Rendered, load, render, turning

import vfx_ai
from vfx_ai.errors import JobError
from vfx_ai.job import silent
from vfx_ai.matte.prompts import Click, parse_click
from vfx_ai.preview_matte import preview_click

SIZE, FRAMES = (60, 100), 3
BALL = "26,16,62,44@1001"


@pytest.fixture(scope="module")
def shot(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    """A ball at 40,30 in frame 1001; in frame 1003 a piece of the plate is NaN."""
    nan = [(x, y) for x in range(70, 90) for y in range(30, 50)]
    folder = tmp_path_factory.mktemp("odd")
    return render(
        folder,
        turning(),
        frames=FRAMES,
        size=SIZE,
        ball=lambda t: (44 + 5 * t, 30),
        radius=12,
        nan=lambda t: nan if t == 2 else [],
    )


@pytest.mark.parametrize(
    ("said", "frame", "words"),
    [
        ({"boxes": ["10,-60,60,-20@1001"]}, 1001, "10,-60,60,-20 lies outside of the picture"),
        ({"boxes": ["-60,10,-20,50@1002"]}, 1002, "lies outside of the picture"),
        ({"boxes": ["200,10,260,50@1001"]}, 1001, "lies outside of the picture. x goes from 0 to 99"),
        ({"points": ["40,30"], "boxes": [BALL, "left:200,10,260,50@1001"]}, 1001, "lies outside of the picture"),
        ({"points": ["40,30@1001", "200,30@1002"]}, 1002, "point 200,30 lies outside of the picture"),
        ({"points": ["40,30@1001"], "not_points": ["40,90@1001"]}, 1001, "point 40,90 lies outside"),
        ({"points": ["90,30@1001"], "boxes": [BALL]}, 1001, "point 90,30 lies outside of its object's box 26,16"),
        ({"points": ["40,30@1001"], "not_points": ["40,30@1001"]}, 1001, "said to be the object, and not to be it"),
        ({"points": ["a:40,30@1001", "b:40,30@1001"]}, 1001, "said to be the object, and not to be it"),
        ({"points": ["80,40@1003"]}, 1003, "no picture at the point 80,40: its pixels are NaN"),
        ({"boxes": ["73,33,87,47@1003"]}, 1003, "no picture in the box"),
        ({"points": ["40,30@1009"]}, 1009, "no frame 1009. It has 1001 to 1003: write @1003"),
        ({"boxes": ["10,10,40,40@7"]}, 7, "no frame 7. It has 1001 to 1003: write @1001"),
        ({"wires": ["10,10,40,40@7"]}, 7, "no frame 7"),
        ({"wires": ["0,10,99,12@1001", "b:0,10,900,40@1002"]}, 1002, "point 900,40 lies outside"),
        ({"not_points": ["40,30@1001"]}, None, "nothing says where the object is"),
    ],
)
def test_what_makes_no_sense_is_one_error_that_names_file_and_frame(
    shot: Rendered, tmp_path: Path, said: dict[str, Any], frame: int | None, words: str
) -> None:
    with pytest.raises(JobError) as told:
        vfx_ai.make_matte(shot.plate, tmp_path / "m.####.exr", **said)
    assert words in str(told.value)
    assert told.value.frame == frame and told.value.remedy
    assert told.value.file is not None and Path(told.value.file).parent == shot.folder
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("missing", ["hold", "black"])
@pytest.mark.parametrize(
    "said", [{"points": ["50,30@1002"]}, {"boxes": ["30,10,70,50@1002"]}, {"wires": ["0,9,99,9@1002"]}]
)
def test_a_frame_that_another_stands_in_for_cannot_be_clicked(
    shot: Rendered, tmp_path: Path, missing: str, said: dict[str, Any]
) -> None:
    for number in (1001, 1003):
        (tmp_path / f"plate.{number}.exr").write_bytes((shot.folder / f"plate.{number}.exr").read_bytes())
    with pytest.raises(JobError, match=r"no frame 1002, and what stands in for it can't be clicked.*@1001") as told:
        vfx_ai.make_matte(tmp_path / "plate.####.exr", tmp_path / "o" / "m.####.exr", missing=missing, **said)
    assert told.value.frame == 1002 and not (tmp_path / "o").exists()


def test_a_box_that_goes_beyond_the_picture_holds_what_is_in_it(shot: Rendered, tmp_path: Path) -> None:
    said = {"points": ["40,30@1001"], "frames": "1001", "edge": "hard"}
    vfx_ai.make_matte(shot.plate, tmp_path / "a.####.exr", boxes=["-30,14,64,46@1001"], **said)
    found, truth = load(tmp_path / "a.1001.exr")["A"] > 0.5, shot.mattes[1001] > 0.5
    assert (found & truth).sum() / (found | truth).sum() > 0.7


def test_a_matte_that_takes_the_whole_picture_is_told(shot: Rendered, tmp_path: Path) -> None:
    made = vfx_ai.make_matte(shot.plate, tmp_path / "a.####.exr", boxes=["0,0,100,60@1001"], frames="1001")
    assert load(tmp_path / "a.1001.exr")["A"].mean() > 0.95
    assert [doubt for _, doubt in made.doubts] == ["it takes the whole picture: draw a box around it"]


def test_numbers_are_written_with_or_without_a_zero() -> None:
    assert parse_click(".5,10.@1001") == Click("", 0.5, 10, 1001, True)
    assert parse_click("-.5,1") == Click("", 0.5, 1, None, False)


@pytest.mark.parametrize(
    "said",
    [{"points": ["300,30@1001"]}, {"boxes": ["300,10,340,30@1001"]}, {"wires": ["0,10,300,12@1001"]}],
)
def test_a_preview_names_the_plates_own_files_and_coordinates(
    shot: Rendered, tmp_path: Path, said: dict[str, Any]
) -> None:
    with pytest.raises(JobError, match=r"300,\d+.* lies outside of the picture. x goes from 0 to 99") as told:
        preview_click(
            1001,
            str(tmp_path / "p.exr"),
            width=50,
            reach=1,
            progress=silent,
            cancelled=lambda: False,
            plate=shot.plate,
            output=str(tmp_path / "m.####.exr"),
            **said,
        )
    assert told.value.frame == 1001
    assert told.value.file is not None and Path(told.value.file).parent == shot.folder
