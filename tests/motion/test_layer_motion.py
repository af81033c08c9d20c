"""A plate's own layers of motion: read for what they mean, whatever the convention, and not used where they lie."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import rendered
import torch
from rendered import open_shot, prepared, render

from vfx_ai.motion.carried import NOTE
from vfx_ai.motion.sampling import pixel_grid

HORIZON, SIZE, FRAMES = 20.0, (64, 96), 5
HEIGHT, WIDTH = SIZE
Y, X = np.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
Layers = Callable[[int], dict[str, np.ndarray]]


def path(t: float) -> tuple[float, float]:
    """How far the camera has come in frame t, faster and faster: of its way, and down the picture in pixels."""
    return 0.6 * t + 0.12 * t * t, 1.0 * t + 0.15 * t * t


def travelling_down(x: np.ndarray, y: np.ndarray, t: int) -> np.ndarray:
    way, down = path(t)
    return rendered.wall(x + rendered.speed(y - down, HORIZON) * way, y - down)


def to_frame(t: int, other: int) -> tuple[np.ndarray, np.ndarray]:
    """Where each pixel of frame t has gone in another, to the right and down."""
    (way, down), (there, lower) = path(t), path(other)
    return -rendered.speed(Y - down, HORIZON) * (there - way), np.full(SIZE, lower - down)


def forward(t: int) -> tuple[np.ndarray, np.ndarray]:
    return to_frame(t, t + 1)


def backward(t: int) -> tuple[np.ndarray, np.ndarray]:
    return to_frame(t, t - 1)


def nuke(t: int) -> dict[str, np.ndarray]:
    (u, v), (bu, bv) = forward(t), backward(t)
    return {"forward.u": u, "forward.v": -v, "backward.u": bu, "backward.v": -bv}


def rows_down(t: int) -> dict[str, np.ndarray]:
    (u, v), (bu, bv) = forward(t), backward(t)
    return {"forward.u": u, "forward.v": v, "backward.u": bu, "backward.v": bv}


def blender(t: int) -> dict[str, np.ndarray]:
    (u, v), (bu, bv) = forward(t), backward(t)
    return {f"ViewLayer.Vector.{k}": a for k, a in zip("XYZW", (bu, -bv, -u, v), strict=True)}


def shares(t: int) -> dict[str, np.ndarray]:
    (u, v), (bu, bv) = forward(t), backward(t)
    names = ("motionvector.X", "motionvector.Y", "motionvector.Z", "motionvector.W")
    return dict(zip(names, (u / WIDTH, -v / HEIGHT, bu / WIDTH, -bv / HEIGHT), strict=True))


def shutter(t: int) -> dict[str, np.ndarray]:
    return {k: a / 2 for k, a in nuke(t).items()}


CONVENTIONS: dict[str, tuple[Layers, str]] = {
    "Nuke": (nuke, "forward.u and forward.v (pixels, y up)"),
    "rows": (rows_down, "forward.u and forward.v (pixels, y down)"),
    "Blender": (blender, "ViewLayer.Vector.Z and ViewLayer.Vector.W (pixels, y up, reversed)"),
    "shares": (shares, "motionvector.X and motionvector.Y (shares of the picture, y up)"),
    "shutter": (shutter, "forward.u and forward.v (pixels in half a frame, y up)"),
}


def noise(t: int) -> dict[str, np.ndarray]:
    return {k: np.random.default_rng(t + 7).uniform(-4, 4, SIZE) for k in nuke(t)}


LIES: dict[str, Layers] = {
    "noise": noise,
    "upside down": lambda t: {k: v[::-1] for k, v in nuke(t).items()},
    "another shot's": lambda t: {k: v + 4 * np.sin(X / 11) for k, v in nuke(t).items()},
    "not a number": lambda t: {k: np.full(SIZE, np.nan) for k in nuke(t)},
}


def write_with(folder, layers: Layers, frames: int = FRAMES):
    """A shot whose plate has layers of motion, with the ball's own motion where the matte is."""
    shot = render(folder, travelling_down, frames=frames, size=SIZE)
    for t, number in enumerate(shot.numbers):
        hidden, file = shot.mattes[number] > 0, folder / f"plate.{number}.exr"
        found = {k: np.where(hidden, 9.0, v).astype(np.float32) for k, v in layers(t).items()}
        rendered.save(file, {**rendered.load(file), **found})
    return open_shot(shot)


def analysed(shot, folder):
    _, motion = prepared(shot, "flow", folder)
    return motion, (folder / "flow" / NOTE).read_text(encoding="utf-8")


def off(motion, number: int, sign: int, truth: tuple[np.ndarray, np.ndarray]) -> torch.Tensor:
    """Error [H, W] of the motion to a neighbour, in pixels."""
    grid = pixel_grid(SIZE, torch.device("cpu"))
    moved, _ = motion.advance(number, sign, grid)
    return (moved - grid - torch.from_numpy(np.stack(truth)).float()).norm(dim=0)


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_layers_of_motion_are_used_whatever_their_numbers_mean(tmp_path, convention):
    layers, read_as = CONVENTIONS[convention]
    shot = write_with(tmp_path, layers)
    motion, note = analysed(shot, tmp_path / "analysis")
    assert note.startswith("Motion comes from layers of the plate: ")
    assert read_as in note
    for number, t in ((1002, 1), (1003, 2), (1004, 3)):
        for sign, truth in ((1, forward(t)), (-1, backward(t))):
            _, age = motion.advance(number, sign, pixel_grid(SIZE, torch.device("cpu")))
            known = (age < 0.001) & shot.view(number).seen
            assert float(known.float().mean()) > 0.5
            assert float(off(motion, number, sign, truth)[known].quantile(0.9)) < 0.02


@pytest.mark.parametrize("lie", LIES)
def test_layers_that_lie_are_not_used_and_motion_is_measured(tmp_path, lie):
    shot = write_with(tmp_path, LIES[lie])
    motion, note = analysed(shot, tmp_path / "analysis")
    assert note.startswith("The plate's layers of motion (backward, forward) aren't used: ")
    assert float(off(motion, 1003, 1, forward(2))[shot.view(1003).seen].median()) < 0.2


def test_a_frame_that_lacks_the_layers_or_where_they_lie_is_measured(tmp_path):
    shot = write_with(tmp_path, lambda t: nuke(t) if t != 4 else noise(t), frames=7)
    file = tmp_path / "plate.1002.exr"
    rendered.save(file, {k: v for k, v in rendered.load(file).items() if k in "RGB"})
    motion, note = analysed(shot, tmp_path / "analysis")
    assert note.startswith("Motion comes from layers of the plate: ")
    for number, t in ((1002, 1), (1005, 4)):
        assert 0.02 < float(off(motion, number, 1, forward(t))[shot.view(number).seen].median()) < 0.3


def test_motion_one_way_alone_is_taken_and_the_other_measured(tmp_path):
    shot = write_with(tmp_path, lambda t: {k: v for k, v in nuke(t).items() if k.startswith("f")})
    motion, note = analysed(shot, tmp_path / "analysis")
    assert note.endswith("; the other way it is measured.")
    assert float(off(motion, 1003, 1, forward(2))[shot.view(1003).seen].median()) < 0.02
    assert float(off(motion, 1003, -1, backward(2))[shot.view(1003).seen].median()) < 0.2


def test_motion_that_leads_behind_the_object_is_no_measurement(tmp_path):
    """What goes there may be hidden by the background as well: nobody could tell the two apart."""
    shot = write_with(tmp_path, nuke)
    motion, _ = analysed(shot, tmp_path / "analysis")
    moved, age = motion.advance(1003, 1, pixel_grid(SIZE, torch.device("cpu")))
    x, y = moved.round().long()
    inside = (x >= 0) & (y >= 0) & (x < WIDTH) & (y < HEIGHT)
    leads_there = shot.view(1004).hole[y.clamp(0, HEIGHT - 1), x.clamp(0, WIDTH - 1)] & inside
    going = leads_there & shot.view(1003).seen
    assert going.any() and float(age[going].min()) > 0.5


def test_a_plate_without_such_layers_says_nothing_of_them(tmp_path):
    shot = open_shot(render(tmp_path, travelling_down, frames=3, size=SIZE))
    _, note = analysed(shot, tmp_path / "analysis")
    assert note == ""
