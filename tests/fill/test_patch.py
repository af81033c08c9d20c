"""The shot's own texture on what no frame shows: where it comes from, that it holds over time, what it says."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from rendered import load, load_rgb, save, write_rgb

import vfx_ai
from vfx_ai.errors import JobError
from vfx_ai.fill import PATCH, SMOOTH, patch
from vfx_ai.fill.detail import split
from vfx_ai.fill.keys import _order
from vfx_ai.fill.shiftmap import shift_map

SIZE, FRAMES = (120, 200), range(1001, 1005)
HOLE = (slice(40, 80), slice(80, 120))


def textured(seed: int = 3, strength: float = 0.6, fine: float = 0.8) -> np.ndarray:
    """A wall of 0.2 with fine texture of so many stops."""
    noise = cv2.GaussianBlur(np.random.default_rng(seed).standard_normal((*SIZE, 3)).astype(np.float32), (0, 0), fine)
    return (0.2 * np.exp2(strength * noise / noise.std())).astype(np.float32)


def shot(folder: Path, wall: np.ndarray, lamps: bool = False) -> str:
    """A camera that stands still before a wall, and a hole in it that stays where it is."""
    for number in FRAMES:
        plate = wall.copy()
        if lamps:
            plate[20:24, 30:34] = 60
        plate[HOLE] = 5.0
        matte = np.zeros(SIZE, np.float32)
        matte[HOLE] = 1
        write_rgb(folder / f"plate.{number}.exr", plate, (0, 0), SIZE[::-1])
        save(folder / f"matte.{number}.exr", {"A": matte})
    return str(folder / "plate.####.exr")


def filled(folder: Path, plate: str, **fields: object) -> list[np.ndarray]:
    fields = {"grain": "none", "detail": 1.0, **fields}
    vfx_ai.inpaint(plate, plate.replace("plate.", "matte."), folder / "clean.####.exr", force=True, **fields)
    return [load_rgb(folder / f"clean.{number}.exr") for number in FRAMES]


def detail_of(picture: np.ndarray) -> np.ndarray:
    """Fine detail in stops, within the hole."""
    light = torch.from_numpy(np.log2(np.moveaxis(picture, -1, 0).astype(np.float32)))
    return split(light, torch.ones(SIZE, dtype=torch.bool), 2.0)[0].numpy()[(slice(None), *HOLE)]


def test_texture_is_as_strong_as_around_the_hole_and_by_the_dial(tmp_path: Path) -> None:
    wall = textured()
    plate = shot(tmp_path, wall)
    usual = detail_of(wall).std()
    for strength in (0.0, 0.5, 1.0):
        made = detail_of(filled(tmp_path, plate, detail=strength)[0])
        # At its own scale; what is coarser is another test's.
        assert 0.75 * strength * usual <= made[:, 4:-4, 4:-4].std() <= 1.1 * strength * usual + 0.02, strength


def test_what_key_frames_lend_is_kept_and_gives_the_same_bits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plate = shot(tmp_path, textured())
    for grain in ("none", "match"):
        first = filled(tmp_path, plate, grain=grain)
        with monkeypatch.context() as then:
            then.setattr(patch, "looks_of", lambda *_: pytest.fail("it was made again"))
            again = filled(tmp_path, plate, grain=grain)
        assert all(np.array_equal(one, other) for one, other in zip(first, again, strict=True)), grain


def test_far_within_a_hole_texture_is_also_as_coarse_as_around_it(tmp_path: Path) -> None:
    wall = textured(strength=0.3) * textured(4, 0.3, 4.0) / 0.2
    plate, deep = shot(tmp_path, wall), (slice(50, 70), slice(90, 110))

    def blotches(picture: np.ndarray) -> np.ndarray:
        light = np.log2(picture)
        return cv2.GaussianBlur(light, (0, 0), 2.0) - cv2.GaussianBlur(light, (0, 0), 10.0)

    usual = blotches(wall).std()
    bare, whole = (blotches(filled(tmp_path, plate, detail=detail)[0])[deep].std() for detail in (0.0, 1.0))
    assert bare < 0.15 * usual, (bare, usual)
    assert 0.3 * usual < whole < 1.2 * usual, (whole, usual)  # pieces are smaller than the largest blotches


def test_what_is_made_says_so_and_where_it_came_from(tmp_path: Path) -> None:
    plate = shot(tmp_path, textured())
    filled(tmp_path, plate)
    planes = load(tmp_path / "clean.1002.exr")
    inside = planes["fill.source"][HOLE]
    assert (inside == PATCH).mean() > 0.95 and set(np.unique(inside)) <= {PATCH, SMOOTH}
    x, y, frame = (planes[f"fill.from.{part}"][HOLE][inside == PATCH] for part in ("x", "y", "frame"))
    assert set(np.unique(frame)) <= set(FRAMES)
    there = np.zeros(SIZE, bool)
    there[HOLE] = True
    assert not there[np.round(y).astype(int), np.round(x).astype(int)].any()
    assert (planes["fill.confidence"][HOLE] == 0).all()


def test_without_detail_the_fill_is_smooth(tmp_path: Path) -> None:
    plate = shot(tmp_path, textured())
    filled(tmp_path, plate, detail=0.0)
    assert (load(tmp_path / "clean.1001.exr")["fill.source"][HOLE] == SMOOTH).all()
    with pytest.raises(JobError, match=r"detail is 1\.5"):
        filled(tmp_path, plate, detail=1.5)


def test_texture_does_not_boil(tmp_path: Path) -> None:
    frames = filled(tmp_path, shot(tmp_path, textured()))
    assert all(np.array_equal(frames[0][HOLE], frame[HOLE]) for frame in frames[1:])


def test_a_frame_does_not_depend_on_the_others_in_the_run(tmp_path: Path) -> None:
    plate = shot(tmp_path, textured())
    every = filled(tmp_path, plate)
    alone = tmp_path / "alone"
    vfx_ai.inpaint(
        plate, plate.replace("plate.", "matte."), alone / "c.####.exr", frames="1004", grain="none", detail=1.0
    )
    assert np.array_equal(every[-1], load_rgb(alone / "c.1004.exr"))


def test_each_side_of_a_border_gets_its_own_texture(tmp_path: Path) -> None:
    fine, bare = textured(strength=0.8), textured(strength=0.02) * 4
    wall = np.where(np.arange(SIZE[1])[None, :, None] < 100, fine, bare)
    made = detail_of(filled(tmp_path, shot(tmp_path, wall))[0])
    rough, smooth = made[:, 4:-4, 2:12].std(), made[:, 4:-4, -12:-2].std()
    assert rough > 5 * smooth, (rough, smooth)


def test_a_lamp_is_not_copied_into_the_hole(tmp_path: Path) -> None:
    frames = filled(tmp_path, shot(tmp_path, textured(), lamps=True))
    assert frames[0][20:24, 30:34].min() == 60
    assert frames[0][HOLE].max() < 2


def test_engine_patch_takes_no_pixel_of_another_frame(tmp_path: Path) -> None:
    wall = textured()
    plate = shot(tmp_path, wall)
    for number in FRAMES:  # the hole moves, so that all of it is seen by others
        matte = np.zeros(SIZE, np.float32)
        matte[40:80, 20 * (number - 1000) : 20 * (number - 1000) + 20] = 1
        save(tmp_path / f"matte.{number}.exr", {"A": matte})
        write_rgb(tmp_path / f"plate.{number}.exr", wall, (0, 0), SIZE[::-1])
    filled(tmp_path, plate, engine="patch")
    planes = load(tmp_path / "clean.1002.exr")
    assert set(np.unique(planes["fill.source"])) <= {0, PATCH, SMOOTH}
    filled(tmp_path, plate)
    assert set(np.unique(load(tmp_path / "clean.1002.exr")["fill.source"])) == {0, 1}


def test_a_regular_pattern_is_continued_by_its_period() -> None:
    period, size = 8, (48, 64)
    x, y = np.meshgrid(np.arange(size[1]), np.arange(size[0]))
    pattern = ((x // 4 + y // 4) % 2).astype(np.float32)
    looks = torch.from_numpy(np.stack([pattern] * 4))
    hole = torch.zeros(size, dtype=torch.bool)
    hole[18:30, 24:40] = True
    shifts = shift_map(looks * ~hole, torch.full((3, *size), 0.5), hole, ~hole, cell=1)
    assert bool(shifts.there[hole].all())
    shift = shifts.shifts[hole].numpy()
    rows, columns = np.nonzero(hole.numpy())
    shown = pattern[rows + shift[:, 1], columns + shift[:, 0]]
    assert (shown == pattern[hole.numpy()]).mean() > 0.95
    assert ((shift % period == 0).all(1) | (shift % period == period // 2).all(1)).mean() > 0.95


def test_key_frames_are_spread_and_depend_on_the_shot_alone() -> None:
    assert _order(0) == [] and _order(1) == [0] and _order(2) == [1, 0]
    order = _order(100)
    assert order[:3] == [50, 0, 99] and len(set(order)) == len(order)
    assert max(np.diff(sorted(order))) <= 13
    assert len(_order(5000)) <= 24


def grainy(folder: Path, wall: np.ndarray) -> str:
    """The same shot under grain that is new in each frame, an eighth of the light."""
    plate = shot(folder, wall)
    for number in FRAMES:
        noise = np.random.default_rng(number).standard_normal((*SIZE, 3)).astype(np.float32)
        picture = wall * (1 + 0.12 * noise)
        picture[HOLE] = 5.0
        write_rgb(folder / f"plate.{number}.exr", picture, (0, 0), SIZE[::-1])
    return plate


@pytest.mark.parametrize(("grain", "same"), [("match", 1.0), ("none", 0.15)])
def test_unless_asked_for_texture_is_whole_where_grain_is_matched_and_sparing_elsewhere(
    tmp_path: Path, grain: str, same: float
) -> None:
    plate = grainy(tmp_path, textured())
    by_default = filled(tmp_path, plate, grain=grain, detail=None)
    assert all(map(np.array_equal, by_default, filled(tmp_path, plate, grain=grain, detail=same)))


def test_under_matched_grain_what_no_frame_shows_is_as_rough_as_what_is_around_it(tmp_path: Path) -> None:
    plate = grainy(tmp_path, textured())
    made = filled(tmp_path, plate, grain="match", detail=None)
    around = np.zeros(SIZE, bool)
    around[20:100, 60:140] = True
    around[36:84, 76:124] = False
    ratios = []
    for picture, number in zip(made, FRAMES, strict=True):
        rough, there = (
            np.abs(cv2.Laplacian(part.mean(-1), cv2.CV_32F))
            for part in (picture, load_rgb(tmp_path / f"plate.{number}.exr"))
        )
        ratios.append(np.median(rough[44:76, 84:116]) / np.median(there[around]))
    assert 0.9 < np.mean(ratios) < 1.1, ratios


def test_what_another_run_chose_under_other_grain_changes_nothing(tmp_path: Path) -> None:
    for name in ("after", "fresh"):
        (tmp_path / name).mkdir()
    plate = grainy(tmp_path / "after", textured())
    filled(tmp_path / "after", plate, grain="none")
    after = filled(tmp_path / "after", plate, grain="match")
    fresh = filled(tmp_path / "fresh", grainy(tmp_path / "fresh", textured()), grain="match")
    assert all(map(np.array_equal, after, fresh))
    kept = (tmp_path / "after" / "clean.vfx-ai" / "analysis" / "patch").rglob("*.npz")
    assert {path.parent.name for path in kept} == {"flat-whole", "flat-ungrained"}
