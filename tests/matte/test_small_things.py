"""Mattes of what is small or thin: a tracking mark is followed, and soft edges lose nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from rendered import load, render, turn, turning, waves

import vfx_ai
from vfx_ai.matte.soft import soften, sure_of
from vfx_ai.media.color import in_stops

SIZE, FRAMES = (100, 160), 4
CPU = torch.device("cpu")


def mark(x: np.ndarray, y: np.ndarray, t: int, radius: float) -> np.ndarray:
    """[H, W] bool: a mark that is stuck to the wall, at 80, 50 of it."""
    m = turn(t)
    w = m[2, 0] * x + m[2, 1] * y + m[2, 2]
    across, down = ((m[i, 0] * x + m[i, 1] * y + m[i, 2]) / w for i in (0, 1))
    return np.asarray(np.hypot(across - 80, down - 50) < radius)


@pytest.mark.parametrize("edge", ["soft", "hard"])
def test_a_tracking_mark_of_twenty_pixels_is_found_and_followed(tmp_path: Path, edge: str) -> None:
    def stuck(light: np.ndarray, x: np.ndarray, y: np.ndarray, t: int) -> np.ndarray:
        return np.where(mark(x, y, t, 2.5)[..., None], 0.02, light)

    shot = render(tmp_path, turning(), frames=FRAMES, size=SIZE, ball=lambda _t: (-500, -500), radius=5, extra=stuck)
    made = vfx_ai.make_matte(
        shot.plate, tmp_path / "m.####.exr", points=["80,50@1001"], boxes=["74,44,86,56@1001"], edge=edge
    )
    assert not made.doubts and not made.empty
    y, x = np.mgrid[: SIZE[0], : SIZE[1]].astype(float)
    for t, number in enumerate(shot.numbers):
        truth, found = mark(x, y, t, 2.5), load(tmp_path / f"m.{number}.exr")["A"] > 0.5
        assert 15 < truth.sum() < 25
        assert (found & truth).sum() / (found | truth).sum() > 0.75, number


def scene(mask: np.ndarray) -> np.ndarray:
    """Features [H, W, 3] of a dark thing before a wall that is as dark in places."""
    y, x = np.mgrid[: mask.shape[0], : mask.shape[1]].astype(float)
    light = np.where(mask[..., None], 0.06, waves(x, y, 3))
    return np.asarray(in_stops(light.astype(np.float32), -1))


@pytest.mark.parametrize("wide", [1, 2, 3, 5])
def test_soft_edges_lose_no_thin_part(wide: int) -> None:
    y, x = np.mgrid[:60, :90]
    body, limb = np.hypot(x - 25, y - 30) < 14, (np.abs(y - 30) * 2 < wide) & (x >= 25) & (x < 80)
    mask = body | limb
    for whole in (mask, limb):
        alpha = soften(scene(whole), whole, 3, CPU)
        assert (alpha[whole] > 0.5).mean() > 0.97
        assert (alpha[~whole] < 0.5).mean() > 0.97


def test_what_is_sure_of_a_thick_thing_is_what_lies_a_band_within() -> None:
    y, x = np.mgrid[:60, :60]
    disc = np.hypot(x - 30, y - 30) < 20
    sure = sure_of(disc, 3)
    assert np.array_equal(sure, sure & disc) and not sure_of(np.zeros_like(disc), 3).any()
    assert (np.hypot(x - 30, y - 30)[sure] < 17.5).all() and sure.sum() > 800
