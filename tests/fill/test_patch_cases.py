"""What own texture must get right in a single frame, by the real command: facades, borders, horizons, lamps."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from rendered import load, load_rgb, save, write_rgb

import vfx_ai
from vfx_ai.fill import PATCH, repeats
from vfx_ai.fill.repeats import repeats_in

HEIGHT, WIDTH = 120, 200
HOLE = (slice(42, 78), slice(84, 118))
Y, X = np.mgrid[:HEIGHT, :WIDTH]
STONE = np.array([1.0, 0.9, 0.8])


def rough(stops: float, seed: int) -> np.ndarray:
    """Fine texture of so many stops."""
    noise = cv2.GaussianBlur(np.random.default_rng(seed).standard_normal((HEIGHT, WIDTH, 3)), (0, 0), 0.8)
    return np.asarray(2.0 ** (stops * noise / noise.std()))


def facade(across: int, down: int) -> np.ndarray:
    """Dark windows in a wall, so many pixels apart."""
    dark = (X % across > 0.4 * across) & (Y % down > 0.4 * down)
    return np.where(dark, 0.05, 0.35)[..., None] * STONE * rough(0.05, 1)


def filled(folder: Path, picture: np.ndarray, detail: float) -> np.ndarray:
    """What is made of a frame whose hole nothing else shows."""
    plate, matte = picture.astype(np.float32), np.zeros((HEIGHT, WIDTH), np.float32)
    plate[HOLE], matte[HOLE] = 3, 1
    files = [str(folder / f"{name}.1001.exr") for name in ("plate", "matte", "clean")]
    write_rgb(Path(files[0]), plate, (0, 0), (WIDTH, HEIGHT))
    save(Path(files[1]), {"A": matte})
    vfx_ai.inpaint(*files, engine="patch", grain="none", detail=detail, force=True)
    return load_rgb(Path(files[2]))


def off(made: np.ndarray, truth: np.ndarray) -> float:
    """The error in the hole, in stops."""
    apart = np.log2(made[HOLE] + 0.02) - np.log2(truth[HOLE] + 0.02)
    return float(np.sqrt((apart**2).mean()))


@pytest.mark.parametrize(("across", "down"), [(20, 24), (34, 30)])
def test_the_windows_of_a_regular_facade_go_on(tmp_path: Path, across: int, down: int) -> None:
    truth = facade(across, down)
    bare, usual = off(filled(tmp_path, truth, 0.0), truth), off(filled(tmp_path, truth, 0.2), truth)
    assert bare > 0.8 and usual < 0.15, (bare, usual)
    planes = load(tmp_path / "clean.1001.exr")
    assert (planes["fill.source"][HOLE] == PATCH).mean() > 0.99
    kept = filled(tmp_path, truth, 0.2)
    assert len(list(tmp_path.glob("*.vfx-ai/analysis/patch/*-whole/*.lent.npz"))) == 1
    assert np.array_equal(kept, filled(tmp_path / "anew", truth, 0.2))
    (remade,) = vfx_ai.remake(str(tmp_path / "plate.1001.exr"), str(tmp_path / "clean.1001.exr"))
    assert remade.off <= 2**-10


def test_a_pattern_that_is_looked_at_smaller_first_is_found_to_the_pixel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeats, "MOST_SIDE", 50)
    truth = facade(21, 25)
    assert off(filled(tmp_path, truth, 0.2), truth) < 0.15


def test_a_facade_that_grows_darker_goes_on_as_dark_as_its_place(tmp_path: Path) -> None:
    truth = facade(20, 24) * np.exp2(-2.0 * X / WIDTH)[..., None]
    assert off(filled(tmp_path, truth, 1.0), truth) < 0.2


def test_lit_windows_are_copied_where_they_repeat_and_a_single_lamp_never(tmp_path: Path) -> None:
    truth = facade(20, 24)
    lit = (X % 20 > 8) & (Y % 24 > 9) & (Y // 24 == 2)  # a row of them, through the hole
    truth[lit] = 9.0
    truth[100:104, 92:96] = 60.0  # where copies of the lower windows would come from
    made = filled(tmp_path, truth, 1.0)
    assert made[HOLE].max() < 12
    inside = np.zeros_like(lit)
    inside[HOLE] = lit[HOLE]
    assert np.median(made[inside]) > 6


def light_of(picture: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.log2(picture + 0.02)).permute(2, 0, 1).float()


@pytest.mark.parametrize(
    "picture",
    [
        rough(0.5, 1),
        np.exp2(3.0 * X / WIDTH)[..., None] * rough(0.02, 2),
        np.where(Y[..., None] < 60, 0.9, 0.1) * rough(0.1, 3),
        np.where(X[..., None] > 100, 0.9, 0.1) * rough(0.1, 3),
        cv2.GaussianBlur(rough(4.0, 4), (0, 0), 5.0),
    ],
    ids=["noise", "gradient", "horizon", "border", "blotches"],
)
def test_what_does_not_repeat_itself_is_no_pattern(picture: np.ndarray) -> None:
    hole = torch.zeros((HEIGHT, WIDTH), dtype=torch.bool)
    hole[HOLE] = True
    assert repeats_in(light_of(picture), ~hole, hole, ~hole) is None


def test_a_horizon_goes_on_straight_with_each_side_s_texture(tmp_path: Path) -> None:
    truth = np.where(
        Y[..., None] < 60, np.array([0.5, 0.7, 1.2]) * rough(0.02, 1), np.array([0.12, 0.1, 0.06]) * rough(0.5, 2)
    )
    bare, made = filled(tmp_path, truth, 0.0), filled(tmp_path, truth, 1.0)
    level = np.log2(truth.mean(-1))
    at = [np.abs(np.diff(np.log2(p[HOLE].mean(-1)), axis=0)).argmax(0) for p in (made, truth)]
    assert np.abs(np.median(at[0]) - np.median(at[1])) <= 1
    assert off(made, truth) < 0.75 * off(bare, truth)
    light = np.log2(made[HOLE].mean(-1))
    assert light[20:].std() > 4 * light[:14].std() and level[:60].mean() > level[60:].mean()


def test_a_lamp_beside_the_hole_is_not_smeared_into_it(tmp_path: Path) -> None:
    truth = 0.2 * STONE * rough(0.4, 5)
    truth[56:62, 77:83] = 60.0  # touches the hole
    truth[20:24, 150:154] = 40.0
    for detail in (0.0, 1.0):
        made = filled(tmp_path, truth, detail)
        inside = made[HOLE]
        assert np.median(inside) < 0.3 and (inside > 2).mean() < 0.02, (detail, np.median(inside), (inside > 2).mean())
