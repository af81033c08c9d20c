"""Straight edges that go through a hole: continued where they are seen on both sides, and nothing else changed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from rendered import load, load_rgb, save, write_rgb

import vfx_ai
from vfx_ai.fill import PATCH, SMOOTH
from vfx_ai.fill.lines import lines
from vfx_ai.fill.through import with_lines
from vfx_ai.media.color import from_log, to_log
from vfx_ai.motion.membrane import membrane

SIZE = (120, 200)
Y, X = np.mgrid[: SIZE[0], : SIZE[1]].astype(np.float32)
HOLE = (slice(40, 85), slice(80, 130))


def through(scene: np.ndarray, hole: np.ndarray, inside: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Log light [H, W, 3] of the smooth tone in a hole, and of that with lines."""
    light, known = to_log(torch.from_numpy(scene.transpose(2, 0, 1).copy())), torch.from_numpy(~hole)
    within = torch.ones_like(known) if inside is None else torch.from_numpy(inside)
    tone = membrane(light, known, within)
    guided = with_lines(light, tone, known, within, SIZE[1])
    return tuple(part.numpy().transpose(1, 2, 0) for part in (tone, guided))


def holed() -> np.ndarray:
    hole = np.zeros(SIZE, bool)
    hole[HOLE] = True
    return hole


def grained(light: np.ndarray, seed: int = 3) -> np.ndarray:
    """Light with grain of a twentieth of a stop."""
    noise = np.random.default_rng(seed).normal(0, 0.05, (*SIZE, 3))
    return (light[..., None] * 2**noise).astype(np.float32)


def risen(below: np.ndarray) -> np.ndarray:
    """0 where that is far below 0 to 1 where it is far above, within some pixels."""
    return 0.5 + 0.5 * np.tanh(below / 2.4)


def edge(slope: float) -> np.ndarray:
    """0 above a line through the picture's middle to 1 below it."""
    return risen(Y - 60 - slope * (X - 100))


@pytest.mark.parametrize("slope", [0.0, 0.3, -0.8])
def test_a_border_of_two_tones_goes_on_straight(slope: float) -> None:
    scene, hole = grained(0.1 + 0.5 * edge(slope)), holed()
    truth = to_log(torch.from_numpy(0.1 + 0.5 * edge(slope))).numpy()[..., None]
    before, after = (np.abs(part - truth)[hole].mean() for part in through(scene, hole))
    assert after < before / 4
    assert after < 0.12


def test_light_far_above_one_goes_on_as_bright_as_it_is() -> None:
    stripe = np.exp(-(((Y - 60) / 3) ** 4))
    scene, hole = grained(0.2 + 60 * stripe), holed()
    _, after = through(scene, hole)
    light = from_log(torch.from_numpy(after)).numpy()
    assert light[60, 85:125].min() > 50 and light[60, 85:125].max() < 75
    assert light[[45, 78], 85:125].max() < 1  # and leaks nowhere


def test_an_upright_bar_goes_on_too() -> None:
    scene, hole = grained(0.5 - 0.4 * np.exp(-(((X - 105) / 4) ** 6))), holed()
    before, after = through(scene, hole)
    truth = to_log(torch.from_numpy(scene)).numpy()
    assert np.abs(after - truth)[45:80, 103:108].mean() < 0.15 < np.abs(before - truth)[45:80, 103:108].mean() / 4


@pytest.mark.parametrize(
    "scene",
    [
        grained(0.3 + 0 * X),
        (0.3 * 2 ** np.random.default_rng(5).normal(0, 0.5, (*SIZE, 3))).astype(np.float32),
        grained(0.1 + 0.5 * edge(0.0) * (X < 100)),  # it ends within the hole
        grained(0.1 + 0.5 * risen(Y - 60 - 0.5 * np.abs(X - 105))),  # a corner
    ],
    ids=["plain", "coarse noise", "an edge that ends", "a corner"],
)
def test_where_no_line_goes_through_nothing_changes(scene: np.ndarray) -> None:
    before, after = through(scene, holed())
    assert np.array_equal(before, after)


def test_an_edge_that_is_seen_on_one_side_alone_stays_as_it_was() -> None:
    hole = np.zeros(SIZE, bool)
    hole[40:85, 150:] = True
    before, after = through(grained(0.1 + 0.5 * edge(0.0)), hole)
    assert np.array_equal(before, after)


def test_nothing_changes_outside_the_hole_or_the_data_window() -> None:
    scene, hole = grained(0.1 + 0.5 * edge(0.0)), holed()
    inside = np.ones(SIZE, bool)
    inside[:, 100:108] = False  # a gap that nothing crosses
    before, after = through(scene, hole, inside)
    assert np.array_equal(after[~hole], before[~hole])
    assert np.array_equal(after[:, 100:108], before[:, 100:108])


def test_how_surely_it_is_a_line_rises_smoothly_with_what_speaks_for_it() -> None:
    sure = []
    for noise in (0.02, 0.2, 0.3, 0.4, 0.8):
        rough = 2 ** np.random.default_rng(7).normal(0, noise, (*SIZE, 3))
        light = to_log(torch.from_numpy(((0.1 + 0.2 * edge(0.0))[..., None] * rough).astype(np.float32))).numpy()
        sure.append(max((one.sure for one in lines(light, ~holed(), SIZE[1])), default=0.0))
    assert sure == sorted(sure, reverse=True) and sure[0] > 0.99 and sure[-1] == 0
    assert any(0 < one < 1 for one in sure)


def test_a_frame_alone_gets_its_stripe_back_by_the_real_command(tmp_path: Path) -> None:
    stripe = np.exp(-(((Y - 60 - 0.2 * (X - 100)) / 4) ** 6))
    scene, hole = grained(0.15 + 0.6 * stripe), holed()
    plate = np.where(hole[..., None], 9.0, scene).astype(np.float32)
    write_rgb(tmp_path / "plate.1001.exr", plate, (0, 0), SIZE[::-1])
    save(tmp_path / "matte.1001.exr", {"A": hole.astype(np.float32)})
    off = {}
    for detail in (0.0, 1.0):
        out = tmp_path / f"{detail}" / "clean.####.exr"
        fields = {"engine": "patch", "grain": "none", "detail": detail}
        assert vfx_ai.inpaint(tmp_path / "plate.####.exr", tmp_path / "matte.####.exr", out, **fields).passed
        made = load_rgb(out.parent / "clean.1001.exr")
        off[detail] = np.abs(np.log2(made / scene))[hole].mean()
        assert np.isin(load(out.parent / "clean.1001.exr")["fill.source"][hole], (PATCH, SMOOTH)).all()
        assert np.array_equal(made[~hole], scene[~hole])
    assert off[1.0] < off[0.0] / 2
