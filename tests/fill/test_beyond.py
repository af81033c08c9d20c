"""Beyond a side of all that is seen the shot's own regions go on whole: bricks stay bricks, and no lamp comes twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from rendered import load, load_rgb, save, write_rgb

import vfx_ai
from vfx_ai.fill import PATCH
from vfx_ai.fill.beyond import beyond_by, copied, outside
from vfx_ai.fill.shiftmap import ShiftMap

SIZE = (120, 160)
BAND = 24  # pixels that are made at either side
LAMP = (slice(30, 34), slice(30, 34))


def wall() -> np.ndarray:
    """Bricks of 12 x 6 under a plain sky, [H, W, 3]; a lamp of 60 before them."""
    rows, columns = np.indices((SIZE[0], SIZE[1]))
    course = rows // 6
    joint = (rows % 6 < 1) | ((columns + 6 * (course % 2)) % 12 < 1)
    light = np.where(joint, 0.05, 0.3) * np.array([1.0, 0.8, 0.6])[:, None, None]
    light[:, :24] = 1.2
    light = np.moveaxis(light, 0, -1).astype(np.float32)
    light[LAMP] = 60
    return light


def inner(picture: np.ndarray) -> np.ndarray:
    return picture[:, BAND:-BAND]


@pytest.fixture(scope="module")
def wider(tmp_path_factory: pytest.TempPathFactory) -> tuple[np.ndarray, np.ndarray]:
    """The wall cropped and extended back to its width: the picture, and where it is made of texture."""
    folder = tmp_path_factory.mktemp("wider")
    for number in (1001, 1002, 1003):
        write_rgb(folder / f"plate.{number}.exr", inner(wall()), (0, 0), (SIZE[1] - 2 * BAND, SIZE[0]))
    plate, output = str(folder / "plate.####.exr"), str(folder / "wide.####.exr")
    vfx_ai.extend(plate, output, pad=f"{BAND},0,{BAND},0", grain="none")
    result = folder / "wide.1002.exr"
    return load_rgb(result), load(result)["fill.source"] == PATCH


def test_bricks_go_on_as_bricks(wider: tuple[np.ndarray, np.ndarray]) -> None:
    made, texture = wider
    band = (slice(36, 114), slice(4, BAND - 2))
    assert texture[band].mean() > 0.9
    assert made[band].std() > 0.7 * wall()[band].std()  # level tone alone has a third of it: courses, and no joint
    upright = np.abs(np.diff(np.log2(made[band]), axis=1)).mean()
    assert upright > 0.5 * np.abs(np.diff(np.log2(wall()[band]), axis=1)).mean()


def test_sky_stays_above_the_wall(wider: tuple[np.ndarray, np.ndarray]) -> None:
    made, _ = wider
    off = np.abs(np.log2(made[:16, :BAND] / 1.2))  # in stops; the wall below is two darker
    assert np.median(off) < 0.1
    assert off.max() < 0.5


def test_a_lamp_at_the_edge_does_not_come_twice(wider: tuple[np.ndarray, np.ndarray]) -> None:
    made, _ = wider
    assert inner(made).max() == 60
    assert made[:, :BAND].max() < 3
    assert made[:, -BAND:].max() < 3


def test_a_hole_within_gets_texture_also_where_another_takes_the_picture_s_whole_rim(tmp_path: Path) -> None:
    """A matte over the last rows, as of a burnt-in timecode, and one over something in the middle."""
    matte, hole = np.zeros(SIZE, np.float32), (slice(50, 80), slice(60, 100))
    matte[110:] = matte[hole] = 1
    for number in (1001, 1002, 1003):
        write_rgb(tmp_path / f"plate.{number}.exr", wall(), (0, 0), SIZE[::-1])
        save(tmp_path / f"matte.{number}.exr", {"A": matte})
    plate, output = str(tmp_path / "plate.####.exr"), tmp_path / "clean.####.exr"
    vfx_ai.inpaint(plate, plate.replace("plate.", "matte."), output, grain="none", detail=1.0)
    source = load(tmp_path / "clean.1002.exr")["fill.source"]
    assert (source[hole] == PATCH).mean() > 0.9
    assert (source[112:, 8:-8] == PATCH).mean() > 0.9


def test_nothing_lies_beyond_what_fills_its_picture() -> None:
    seen = torch.ones((8, 9), dtype=torch.bool)
    seen[3:5, 3:5] = False
    assert outside(seen) is None


def test_copies_are_lifted_to_the_tone_of_the_edge_and_answer_a_little_within() -> None:
    light = torch.linspace(-4, 0, 60)[None, None].expand(3, 40, 60).contiguous()  # ever brighter to the right
    seen = torch.zeros((40, 60), dtype=torch.bool)
    seen[:, :48] = True
    cells = torch.zeros((10, 15), dtype=torch.bool)
    cells[:, 12:] = True
    shifts = torch.zeros((10, 15, 2), dtype=torch.int32)
    shifts[..., 0] = -24
    there = outside(seen)
    assert there is not None
    beyond = beyond_by(light * seen, seen, there, seen, ShiftMap(4, shifts * cells[..., None], cells))
    at = torch.tensor([[54.0, 47.0, 20.0], [20.0, 20.0, 20.0]])
    made, source, good = copied(beyond, at)
    assert good.tolist() == [True, True, False]
    assert source[0, 0] == 30
    edge = float(light[0, 20, 46])
    assert abs(float(made[0, 0]) - edge) < abs(float(light[0, 20, 30]) - edge) / 3
