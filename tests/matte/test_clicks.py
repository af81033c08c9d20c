"""Mattes from clicks: how clicks are written, that the object is found and followed, and what is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import OpenEXR
import pytest
from rendered import Rendered, load, load_rgb, render, travelling, turning, write_rgb

import vfx_ai
from vfx_ai.errors import InputError, Interrupted, JobError, OutputError, VfxAiError
from vfx_ai.matte.prompts import Box, Click, gather, parse_box, parse_click
from vfx_ai.media.color_names import named

SIZE = (120, 200)


def iou(matte: np.ndarray, truth: np.ndarray) -> float:
    a, b = matte > 0.5, truth > 0.5
    return float((a & b).sum() / max((a | b).sum(), 1))


def ball(t: int) -> tuple[float, float]:
    return 50 + 9.0 * t, 60.0


def boxed(x: float, y: float, radius: float = 28) -> str:
    return f"{x - radius:g},{y - radius:g},{x + radius:g},{y + radius:g}"


@pytest.fixture(scope="module")
def turned(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    folder = tmp_path_factory.mktemp("turned")
    return render(folder, turning([(150, 30)]), frames=9, size=SIZE, ball=ball, radius=20)


def test_a_minus_before_a_point_says_that_it_is_not_the_object() -> None:
    assert parse_click("320,180@1001") == Click("", 320, 180, 1001, True)
    assert parse_click("-100,90.5@1001") == Click("", 100, 90.5, 1001, False)
    assert parse_click("+-20,90") == Click("", -20, 90, None, True)
    assert parse_click("--20,-3@-5") == Click("", -20, -3, -5, False)
    assert parse_click("-20,90@7", yes=False) == Click("", -20, 90, 7, False)
    assert parse_click("hero: -10,20@3") == Click("hero", 10, 20, 3, False)
    assert parse_box("left:80,90,-10,10@1001") == Box("left", -10, 10, 80, 90, 1001)


@pytest.mark.parametrize("text", ["", "1", "1,2,3", "1,2@x", "a,b", "nan,1", "1;2"])
def test_what_is_no_point_is_refused(text: str) -> None:
    with pytest.raises(JobError, match="no point"):
        parse_click(text)


def test_what_makes_no_sense_together_is_refused() -> None:
    yes, no = parse_click("1,2@5"), parse_click("-1,2@5")
    for clicks, boxes, words in (
        ([], [], "nothing says"),
        ([no], [], "nothing says"),
        ([yes, parse_click("a:-1,2@5")], [], "only points"),
        ([parse_click("1,2@9")], [], "no frame 9"),
        ([], [parse_box("0,0,5,5@5")] * 2, "two boxes"),
    ):
        with pytest.raises(JobError, match=words):
            gather(clicks, boxes, (5, 6))


def test_an_object_is_found_and_followed_from_one_box_and_one_click(turned: Rendered, tmp_path: Path) -> None:
    x, y = ball(4)
    made = vfx_ai.make_matte(
        turned.plate, tmp_path / "m.####.exr", points=[f"{x},{y}@1005"], boxes=[boxed(x, y) + "@1005"]
    )
    scores = {n: iou(load(tmp_path / f"m.{n}.exr")["A"], _ball(turned, n)) for n in turned.numbers}
    assert min(scores.values()) > 0.8 and np.mean(list(scores.values())) > 0.9, scores
    assert made.method == "classical" and "weights" in made.notes[0]
    assert not made.doubts and not made.empty


def test_a_frame_does_not_depend_on_the_others_that_were_asked_for(turned: Rendered, tmp_path: Path) -> None:
    said = {"points": ["50,60@1001"], "boxes": [boxed(*ball(0)) + "@1001"]}
    vfx_ai.make_matte(turned.plate, tmp_path / "a.####.exr", frames="1002-1004", **said)
    vfx_ai.make_matte(turned.plate, tmp_path / "b.####.exr", frames="1004", **said)
    assert (tmp_path / "a.1004.exr").read_bytes() == (tmp_path / "b.1004.exr").read_bytes()
    assert not (tmp_path / "b.1003.exr").exists()


def test_a_matte_has_the_plates_windows_and_a_channel_for_each_named_object(tmp_path: Path) -> None:
    made = render(
        tmp_path, travelling(30), frames=3, size=(80, 140), ball=lambda t: (60 + 8 * t, 40), radius=14,
        window=lambda _t: (-6, 4), display=(120, 90),
    )  # fmt: skip
    said = ["ball:60,40@1001", "wall:20,20@1001"]
    boxes = ["ball:42,22,78,58@1001", "wall:5,10,30,30@1001"]
    written = vfx_ai.make_matte(made.plate, tmp_path / "o" / "m.####.exr", points=said, boxes=boxes, edge="hard")
    assert written.objects == ("ball", "wall")
    plate, matte = (
        OpenEXR.File(str(p)).parts[0].header for p in (tmp_path / "plate.1002.exr", tmp_path / "o/m.1002.exr")
    )
    for window in ("dataWindow", "displayWindow"):
        assert np.array_equal(np.array(plate[window]), np.array(matte[window]))
    planes = load(tmp_path / "o" / "m.1002.exr")
    assert set(planes) == {"A", "ball.A", "wall.A"} and planes["A"].dtype == np.float16
    assert np.array_equal(planes["A"], np.maximum(planes["ball.A"], planes["wall.A"]))
    assert set(np.unique(planes["A"])) <= {0, 1}


def hiding(t: int) -> tuple[float, float]:
    """The ball is hidden in frames 1005 and 1006, and goes on behind it."""
    return ball(t) if t not in (4, 5) else (-500, -500)


def jumping(t: int) -> tuple[float, float]:
    """The ball is hidden in frames 1005 and 1006, and comes back somewhere else."""
    return ball(t) if t < 4 else (-500, -500) if t < 6 else (176 - 9 * (t - 6), 60)


def test_frames_are_named_where_the_object_is_lost_and_no_others(tmp_path: Path) -> None:
    shot = render(tmp_path, turning([(150, 30)]), frames=10, size=SIZE, ball=hiding, radius=20)
    told: list[vfx_ai.Event] = []
    made = vfx_ai.make_matte(
        shot.plate, tmp_path / "m.####.exr", points=["50,60"], boxes=[boxed(*ball(0))], progress=told.append
    )
    assert {frame for frame, _ in made.doubts} == {1005, 1006} == set(made.empty)
    assert {event.frame for event in told if event.kind == "warning"} == {1005, 1006}
    for number in sorted(set(shot.numbers) - {1005, 1006}):
        assert iou(load(tmp_path / f"m.{number}.exr")["A"], _ball(shot, number)) > 0.8, number


def test_a_second_click_puts_right_its_frame_and_those_beside_it(tmp_path: Path) -> None:
    shot = render(tmp_path, turning([(150, 30)]), frames=10, size=SIZE, ball=jumping, radius=20)
    (x, y), start = jumping(7), {"points": ["50,60"], "boxes": [boxed(*ball(0))]}
    made = vfx_ai.make_matte(shot.plate, tmp_path / "a.####.exr", **start)
    assert {frame for frame, _ in made.doubts} == set(range(1005, 1011))
    start["points"] += [f"{x},{y}@1008"]
    made = vfx_ai.make_matte(shot.plate, tmp_path / "b.####.exr", **start)
    for number in (1002, 1007, 1008, 1009, 1010):
        assert iou(load(tmp_path / f"b.{number}.exr")["A"], _ball(shot, number, jumping)) > 0.8, number
    assert {frame for frame, _ in made.doubts} <= {1005, 1006}


def test_a_negative_click_takes_away_what_was_taken_for_the_object(turned: Rendered, tmp_path: Path) -> None:
    x, y = ball(3)
    said = {"points": [f"{x},{y}@1004"], "boxes": [boxed(x, y) + "@1004"], "frames": "1004", "edge": "hard"}
    vfx_ai.make_matte(turned.plate, tmp_path / "a.####.exr", **said)
    vfx_ai.make_matte(turned.plate, tmp_path / "b.####.exr", not_points=[f"{x - 12},{y}@1004"], **said)
    before, after = (load(tmp_path / f"{name}.1004.exr")["A"] for name in "ab")
    assert before[int(y), int(x) - 12] == 1 and after[int(y), int(x) - 12] == 0 and after[int(y), int(x)] == 1


def test_a_gap_in_the_plate_is_walked_over_and_named(turned: Rendered, tmp_path: Path) -> None:
    for path in turned.folder.glob("plate.*.exr"):
        if path.name != "plate.1004.exr":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    made = vfx_ai.make_matte(
        tmp_path / "plate.####.exr",
        tmp_path / "m.####.exr",
        points=["50,60"],
        boxes=[boxed(*ball(0))],
        missing="hold",
        frames="1003-1006",
    )
    assert [frame for frame, _ in made.doubts] == [1004]
    assert iou(load(tmp_path / "m.1006.exr")["A"], _ball(turned, 1006)) > 0.8


def test_a_plate_in_camera_log_gives_the_matte_of_its_light(turned: Rendered, tmp_path: Path) -> None:
    space = named("logc4", "")
    for path in turned.folder.glob("plate.*.exr"):
        write_rgb(tmp_path / path.name, space.encode(load_rgb(path)), (0, 0), SIZE[::-1])
    said = {"points": ["50,60"], "boxes": [boxed(*ball(0))], "frames": "1001-1002", "edge": "hard"}
    vfx_ai.make_matte(turned.plate, tmp_path / "a.####.exr", **said)
    vfx_ai.make_matte(tmp_path / "plate.####.exr", tmp_path / "b.####.exr", colorspace="logc4", **said)
    light, log = (load(tmp_path / f"{name}.1002.exr")["A"] for name in "ab")
    assert iou(log, light) > 0.98
    with pytest.raises(JobError, match="no color space 'logc44'"):
        vfx_ai.make_matte(turned.plate, tmp_path / "c.####.exr", colorspace="logc44", **said)


def test_what_cannot_be_done_is_one_clear_error(turned: Rendered, tmp_path: Path) -> None:
    point = ["50,60@1001"]
    for words, error, fields in (
        ("outside of the picture", JobError, {"points": ["900,60@1001"]}),
        ("edge is", JobError, {"points": point, "edge": "fuzzy"}),
        ("can run any program", InputError, {"points": point, "sam_weights": str(tmp_path / "sam_vit_b.pth")}),
        ("no such weights", InputError, {"points": point, "sam_weights": str(tmp_path / "sam_vit_b.safetensors")}),
    ):
        with pytest.raises(error, match=words):
            vfx_ai.make_matte(turned.plate, tmp_path / "m.####.exr", **fields)
    with pytest.raises(OutputError, match="take the place"):
        vfx_ai.make_matte(turned.plate, turned.plate, points=point)
    with pytest.raises(Interrupted):
        vfx_ai.make_matte(turned.plate, tmp_path / "m.####.exr", points=point, cancelled=lambda: True)
    assert not list(tmp_path.glob("m.*")) and issubclass(Interrupted, VfxAiError)


def _ball(made: Rendered, number: int, where: Callable[[int], tuple[float, float]] = ball) -> np.ndarray:
    """The ball itself: the fixture's matte is two pixels larger."""
    y, x = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
    at = where(number - made.numbers[0])
    return np.asarray(np.hypot(x - at[0], y - at[1]) < 20.75)
