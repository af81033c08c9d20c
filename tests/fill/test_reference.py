"""A reference that is given lends its texture to what no frame shows, too, and each such pixel says so."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from rendered import load, load_rgb, save, write_rgb

import vfx_ai
from vfx_ai.errors import InputError, JobError
from vfx_ai.fill import PATCH, REFERENCE
from vfx_ai.job import Job

SIZE, HOLE, OTHER = (96, 160), (slice(34, 62), slice(64, 96)), (110, 128)
FRAMES = (1001, 1002)


def wall(size: tuple[int, int], strength: float, seed: int, light: float = 0.2) -> np.ndarray:
    """Light with texture of so many stops."""
    noise = cv2.GaussianBlur(np.random.default_rng(seed).standard_normal((*size, 3)).astype(np.float32), (0, 0), 0.8)
    return (light * np.exp2(strength * noise / noise.std())).astype(np.float32)


@pytest.fixture(scope="module")
def shot(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A wall that has texture close around the hole alone, where none can be taken; and a plate of such a wall."""
    folder = tmp_path_factory.mktemp("shot")
    ring = np.zeros(SIZE, np.float32)
    ring[HOLE[0].start - 9 : HOLE[0].stop + 9, HOLE[1].start - 9 : HOLE[1].stop + 9] = 1
    plate = np.where(ring[..., None] > 0, wall(SIZE, 0.6, 3), wall(SIZE, 0.02, 4))
    plate[HOLE] = 5.0
    matte = np.zeros(SIZE, np.float32)
    matte[HOLE] = 1
    for number in FRAMES:
        write_rgb(folder / f"plate.{number}.exr", plate, (0, 0), SIZE[::-1])
        save(folder / f"matte.{number}.exr", {"A": matte})
    write_rgb(folder / "brick.exr", wall(OTHER, 0.6, 8, light=1.6), (20, 10), OTHER[::-1])
    return str(folder / "plate.####.exr"), str(folder / "brick.exr")


def filled(plate: str, out: Path, **fields: object) -> dict[str, np.ndarray]:
    fields = {"grain": "none", "detail": 1.0, "frames": "1001", **fields}
    vfx_ai.inpaint(plate, plate.replace("plate.", "matte."), out / "clean.####.exr", **fields)
    return load(out / "clean.1001.exr")


def test_texture_comes_from_a_reference_where_it_fits_better_and_says_so(shot: tuple[str, str], tmp_path: Path) -> None:
    plate, brick = shot
    bare, made = filled(plate, tmp_path / "bare"), filled(plate, tmp_path / "with", reference=brick)
    theirs = (made["fill.source"] == PATCH) & (made["fill.from.frame"] == REFERENCE)
    assert theirs[HOLE].mean() > 0.5 and not theirs.sum() - theirs[HOLE].sum()
    x, y = made["fill.from.x"][theirs], made["fill.from.y"][theirs]
    assert x.min() >= 20 and x.max() < 20 + OTHER[1] and y.min() >= 10 and y.max() < 10 + OTHER[0]
    deep = tuple(slice(part.start + 8, part.stop - 8) for part in HOLE)
    rough = [np.log2(planes["G"][deep].astype(np.float32)).std() for planes in (bare, made)]
    assert rough[1] > 3 * rough[0], rough  # the shot alone has only a bare wall to lend
    middle = np.median(made["G"][HOLE].astype(np.float32))
    assert 0.15 < middle < 0.27, middle  # as bright as the shot, however bright the reference is


def test_the_map_makes_its_pixels_anew_with_the_reference_at_hand(shot: tuple[str, str], tmp_path: Path) -> None:
    plate, brick = shot
    made = filled(plate, tmp_path, reference=brick)
    pattern = tmp_path / "clean.####.exr"
    (remade,) = vfx_ai.remake(plate, pattern, frames="1001", reference=brick)
    assert remade.off <= 2**-10 and remade.made[HOLE].mean() > 0.9
    (without,) = vfx_ai.remake(plate, pattern, frames="1001")
    assert without.off <= 2**-10
    assert not (without.made & (made["fill.from.frame"] == REFERENCE)).any()


def test_another_reference_under_the_same_name_makes_frames_anew(shot: tuple[str, str], tmp_path: Path) -> None:
    plate, _ = shot
    mine = write_rgb(tmp_path / "mine.exr", wall(OTHER, 0.6, 8), (0, 0), OTHER[::-1])
    first = filled(plate, tmp_path / "out", reference=str(mine))["G"]
    again = filled(plate, tmp_path / "out", reference=str(mine))["G"]
    assert np.array_equal(first, again)
    write_rgb(mine, wall(OTHER, 0.6, 9), (0, 0), OTHER[::-1])
    other = filled(plate, tmp_path / "out", reference=str(mine))["G"]
    assert not np.array_equal(first, other)
    outside = np.ones(SIZE, bool)
    outside[HOLE] = False
    assert np.array_equal(other[outside], first[outside])


def test_a_wider_plate_may_take_from_one_too(shot: tuple[str, str], tmp_path: Path) -> None:
    plate, brick = shot
    vfx_ai.extend(plate, tmp_path / "wide.####.exr", pad="0,0,24,0", reference=brick, grain="none", frames="1001")
    made = load(tmp_path / "wide.1001.exr")
    assert np.array_equal(
        load_rgb(tmp_path / "wide.1001.exr")[:, : SIZE[1]], load_rgb(Path(plate.replace("####", "1001")))
    )
    assert (made["fill.source"][:, SIZE[1] :] > 0).all()


def test_a_reference_that_can_not_be_used_is_refused_by_name(shot: tuple[str, str], tmp_path: Path) -> None:
    plate, _ = shot
    with pytest.raises(InputError, match="reference") as missing:
        filled(plate, tmp_path, reference=str(tmp_path / "nowhere.exr"))
    assert "nowhere" in str(missing.value)
    huge = write_rgb(tmp_path / "huge.exr", wall((400, 400), 0.5, 1), (0, 0), (400, 400))
    with pytest.raises(InputError, match="more than 4 times") as large:
        filled(plate, tmp_path, reference=str(huge))
    assert "huge.exr" in str(large.value) and "piece" in (large.value.remedy or "")
    with pytest.raises(JobError, match="model"):
        filled(plate, tmp_path, reference=str(huge), engine="diffusion_image")
    assert Job("p", "m", "o", reference="ref.exr").reference == "ref.exr"
