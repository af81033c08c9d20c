"""A plate's own layer of depth: read for what it means, whatever the convention, and not believed where it lies."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import rendered
from rendered import open_shot, render, travelling_camera

from vfx_ai.media.frame import Window
from vfx_ai.motion import depth as depth_files
from vfx_ai.motion.depth import analyse, choose_sweep
from vfx_ai.motion.depths import Depths
from vfx_ai.motion.layer_depth import find_depth
from vfx_ai.motion.layer_meaning import explains

HORIZON, SIZE, FRAMES = 20.0, (64, 96), 5
FOCAL = float(SIZE[1])
Z = FOCAL / rendered.speed(np.mgrid[0 : SIZE[0], 0 : SIZE[1]][0].astype(float), HORIZON)
Y, X = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
RAY = np.sqrt(1 + ((X - SIZE[1] / 2) / FOCAL) ** 2 + ((Y - SIZE[0] / 2) / FOCAL) ** 2)
BALL = 3.0  # the depth of what is taken out
Depth = Callable[[int], np.ndarray]

CONVENTIONS: dict[str, np.ndarray] = {
    "along the axis, in the camera's units": Z,
    "along the axis, in centimetres": 100 * Z,
    "along the axis, negative": -Z,
    "along the ray": 2.5 * Z * RAY,
    "inverse, along the axis": 1 / Z,
    "inverse, along the ray": 7 / (Z * RAY),
    "from 0 near to 1 far": (Z - 25) / 80,
    "from 1 near to 0 far": 1 - (Z - 25) / 80,
    "inverse, from 0 far to 1 near": (1 / Z - 0.005) / 0.05,
}
LIES: dict[str, Depth] = {
    "upside down": lambda _t: Z[::-1],
    "the same everywhere": lambda _t: np.full(SIZE, 40.0),
    "nothing but noise": lambda t: np.random.default_rng(t).uniform(10, 90, SIZE),
    "another picture's": lambda _t: 40 + 20 * np.sin(X / 9) * np.cos(Y / 7),
    "empty": lambda _t: np.zeros(SIZE),
    "infinite everywhere": lambda _t: np.full(SIZE, np.inf),
    "not a number anywhere": lambda _t: np.full(SIZE, np.nan),
}


def write_with(folder, layer: Depth, name: str = "depth.Z", frames: int = FRAMES, kind=np.float32):
    """A shot whose plate has a layer of depth, with the ball's own depth where the matte is."""
    shot = render(folder, rendered.travelling(HORIZON), frames=frames, size=SIZE)
    for t, number in enumerate(shot.numbers):
        with np.errstate(over="ignore"):
            values = np.where(shot.mattes[number] > 0, BALL, layer(t)).astype(kind)
        path = folder / f"plate.{number}.exr"
        rendered.save(path, {**rendered.load(path), name: values})
    return open_shot(shot)


def analysed(shot, folder, *, points: bool = True, origin: str = "solved") -> tuple[Depths, str]:
    camera = travelling_camera(shot.numbers, SIZE, HORIZON)
    fields = {**camera.__dict__, "origin": origin}
    if not points:
        fields["points"] = np.zeros((0, 3))
    analyse(shot, type(camera)(**fields), folder, lambda _done, _total: None)
    return Depths(shot, folder), (folder / depth_files.NOTE).read_text(encoding="utf-8")


def planes_off(depths: Depths, number: int, *, trusted: bool = True) -> np.ndarray:
    depth = depths.of(number)
    true = 1 / Z[depth.box.slices(Window(0, 0, SIZE[1], SIZE[0]))]
    off = np.abs(depth.inverse.numpy() - true) / depths.sweep.step
    return off[depth.trust.numpy() > 0] if trusted else off


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_a_layer_of_depth_is_used_whatever_its_numbers_mean(tmp_path, convention):
    shot = write_with(tmp_path, lambda _t: CONVENTIONS[convention])
    depths, note = analysed(shot, tmp_path / "depth")
    assert note.startswith("Depth comes from the plate's layer depth (")
    assert ("ray" in note) == ("ray" in convention)
    for number in shot.numbers:
        depth = depths.of(number)
        assert (depth.trust > 0.9).sum() > 0.95 * shot.seen(number)[depth.box.slices(shot.canvas)].sum()
        assert planes_off(depths, number).max() < 0.3


@pytest.mark.parametrize("lie", LIES)
def test_a_layer_that_lies_is_not_believed(tmp_path, lie):
    shot = write_with(tmp_path, LIES[lie])
    camera = travelling_camera(shot.numbers, SIZE, HORIZON)
    layer, note = find_depth(shot, camera, list(shot.numbers), choose_sweep(shot, camera, list(shot.numbers)).step)
    assert layer is None
    assert note.startswith("The plate's layer depth isn't used for depth: ")


def test_without_a_layer_to_believe_depth_is_found_from_the_pictures(tmp_path):
    shot = write_with(tmp_path, LIES["upside down"], frames=9)
    depths, note = analysed(shot, tmp_path / "depth")
    assert note.startswith("The plate's layer depth isn't used for depth: ")
    assert (planes_off(depths, 1005) < 1.5).mean() > 0.9


def test_the_depth_of_what_is_taken_out_is_never_trusted(tmp_path):
    shot = write_with(tmp_path, lambda _t: Z)
    depths, _ = analysed(shot, tmp_path / "depth")
    for number in shot.numbers:
        depth = depths.of(number)
        assert not bool((depth.trust > 0)[shot.view(number).hole[depth.box.slices(shot.canvas)]].any())


def test_a_layer_in_half_float_is_as_good_as_its_steps(tmp_path):
    shot = write_with(tmp_path, lambda _t: Z, "Z", kind=np.float16)
    depths, note = analysed(shot, tmp_path / "depth")
    assert "layer Z (" in note
    assert planes_off(depths, 1003).max() < 0.3


@pytest.mark.parametrize("sky", [np.inf, 1e10])
def test_sky_lies_far_behind_everything(tmp_path, sky):
    shot = write_with(tmp_path, lambda _t: np.where((Y < 6) & (X > 40), sky, Z))
    depths, note = analysed(shot, tmp_path / "depth")
    assert note.startswith("Depth comes from")
    depth = depths.of(1003)
    rows, columns = depth.box.slices(shot.canvas)
    there = (Y < 5)[rows, columns] & (X > 41)[rows, columns]  # what is nearer reaches one pixel into it
    inverse = depth.inverse.numpy()[there]
    assert there.any() and (inverse > 0).all() and (inverse < 0.1 * depths.sweep.step).all()


def test_what_is_nearer_than_all_points_keeps_its_depth(tmp_path):
    near = (X < 12) & (Y > 40)
    shot = write_with(tmp_path, lambda _t: np.where(near, 8.0, Z))
    depths, _ = analysed(shot, tmp_path / "depth")
    depth = depths.of(1003)
    rows, columns = depth.box.slices(shot.canvas)
    told = depth.inverse.numpy()[near[rows, columns]]
    assert len(told) and np.allclose(told, 1 / 8, rtol=0.01)


def test_frames_that_lack_the_layer_or_where_it_lies_are_swept(tmp_path):
    shot = write_with(tmp_path, lambda t: Z if t != 2 else Z[::-1], frames=7)
    path = tmp_path / "plate.1006.exr"
    rendered.save(path, {k: v for k, v in rendered.load(path).items() if k in "RGB"})
    depths, note = analysed(shot, tmp_path / "depth")
    assert "but in 2 of 7 frames" in note
    for number in shot.numbers:
        assert (planes_off(depths, number) < 1.5).mean() > 0.9


def test_what_moves_by_itself_is_not_trusted_at_the_depth_of_one_moment(tmp_path):
    def moving(t: int) -> np.ndarray:
        return np.where((np.abs(X - 12 - 14 * t) < 6) & (Y < 14), 25.0, Z)

    shot = write_with(tmp_path, moving, frames=6)
    depths, _ = analysed(shot, tmp_path / "depth")
    depth = depths.of(1003)
    there = (moving(2) != Z)[depth.box.slices(Window(0, 0, SIZE[1], SIZE[0]))]
    assert there.any() and not bool((depth.trust > 0).numpy()[there].any())


def test_a_matchmove_in_the_layers_units_takes_its_numbers_as_they_are(tmp_path):
    shot = write_with(tmp_path, lambda _t: Z, frames=9)
    depths, note = analysed(shot, tmp_path / "depth", points=False, origin="shot.chan")
    assert "times 1)" in note
    assert planes_off(depths, 1005).max() < 0.01


def test_a_plate_without_such_a_layer_says_nothing_of_it(tmp_path):
    shot = open_shot(render(tmp_path, rendered.travelling(HORIZON), frames=3, size=SIZE))
    _, note = analysed(shot, tmp_path / "depth")
    assert note == ""


def test_points_hidden_by_the_layer_speak_neither_for_nor_against_it():
    exact, hidden, through = np.zeros(60), np.full(30, 9.0), np.full(30, -9.0)
    assert explains(np.concatenate([exact, hidden]))
    assert not explains(np.concatenate([exact, through]))
    assert not explains(np.concatenate([exact, np.full(30, np.nan)]))
    assert not explains(np.full(60, 0.8))
    assert not explains(np.full(60, 9.0))


def test_the_layer_lies_on_the_plates_canvas_whatever_its_own_window(tmp_path):
    """In a part of its own, cropped to the right of column 20."""
    shot = render(tmp_path, rendered.travelling(HORIZON), frames=FRAMES, size=SIZE)
    for number in shot.numbers:
        path = tmp_path / f"plate.{number}.exr"
        part = ("depth", {"Z": Z[:, 20:].astype(np.float32)}, (20, 0))
        rendered.save(path, rendered.load(path), display=SIZE[::-1], others=[part])
    shot = open_shot(shot)
    depths, note = analysed(shot, tmp_path / "depth")
    assert note.startswith("Depth comes from the plate's layer depth")
    depth = depths.of(1003)
    beyond = 20 - depth.box.x0
    assert beyond > 0
    assert planes_off(depths, 1003, trusted=False)[:, beyond:][depth.trust.numpy()[:, beyond:] > 0].max() < 0.3
    assert (planes_off(depths, 1003) < 1.5).mean() > 0.95  # what it lacks is swept
    assert (depth.trust > 0)[:, :beyond].float().mean() > 0.5


@pytest.mark.parametrize("nothing", [0.0, np.nan])
def test_where_the_layer_has_nothing_depth_is_found_from_the_pictures(tmp_path, nothing):
    shot = write_with(tmp_path, lambda _t: np.where(X > 50, Z, nothing))
    depths, note = analysed(shot, tmp_path / "depth")
    assert note.startswith("Depth comes from the plate's layer depth")
    assert (planes_off(depths, 1003) < 1.5).mean() > 0.95
