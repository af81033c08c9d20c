"""Light that changes over the picture and with time: fetched pixels follow it, and nothing is done where it stays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from rendered import Rendered, locked, open_shot, prepared, render, travelling, turning

from vfx_ai.fill import OTHER_FRAME
from vfx_ai.fill.contract import Fill
from vfx_ai.finish.light import _features, _field, lit
from vfx_ai.shot import Shot, crop

SIZE, MIDDLE = (128, 192), (96.0, 64.0)


def vignette(light, x, y, _t):
    """Darker by a stop and a half in the corners; it stays with the lens."""
    away = ((x - MIDDLE[0]) ** 2 + (y - MIDDLE[1]) ** 2) / (MIDDLE[0] ** 2 + MIDDLE[1] ** 2)
    return light * np.exp2(-1.5 * away)[..., None]


def rolling(light, x, _y, t):
    """Light that comes up on one side of the picture while it goes down on the other."""
    return light * np.exp2(0.12 * (t - 3.5) * (x - MIDDLE[0]) / MIDDLE[0])[..., None]


def filled(folder: Path, scene, engine: str, number: int = 1004, **how) -> tuple[Rendered, Shot, Fill]:
    made = render(folder, scene, **{"size": SIZE, **how})
    shot = open_shot(made)
    module, ready = prepared(shot, engine, folder / "analysis")
    return made, shot, module.fill(shot, ready, number)


def error(made: Rendered, fill: Fill) -> float:
    """Mean error in stops of what other frames lent."""
    truth = torch.from_numpy(np.moveaxis(made.clean[fill.number], -1, 0))
    came = fill.source == OTHER_FRAME
    return float((fill.scene / crop(truth, fill.box)).log2().abs()[:, came].mean())


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    """Fills of a frame whose neighbors all lie on one side, by name, each made once."""
    made = {}

    def get(name: str, scene, engine: str, **how):
        if name not in made:
            made[name] = filled(tmp_path_factory.mktemp("light"), scene, engine, **how)
        return made[name]

    return get


@pytest.mark.parametrize(
    ("name", "change", "left"), [("vignette", vignette, 0.75), ("rolling", rolling, 0.4)], ids=["vignette", "rolling"]
)
def test_light_that_changes_over_the_picture_is_followed_by_a_camera_that_turns(rendered, name, change, left):
    made, shot, fill = rendered(name, turning(), "temporal", number=1001, extra=change)
    assert error(made, lit(shot, fill)) < left * error(made, fill)


def test_light_that_rolls_is_followed_along_parallax(rendered):
    made, shot, fill = rendered("parallax", travelling(40.0), "flow", number=1001, extra=rolling)
    assert error(made, lit(shot, fill)) < 0.6 * error(made, fill)


def test_the_gain_of_the_map_says_by_what_the_light_was_changed(rendered):
    _, shot, fill = rendered("rolling", turning(), "temporal", number=1001, extra=rolling)
    result = lit(shot, fill)
    came = fill.source == OTHER_FRAME
    assert torch.allclose(result.scene * fill.matched, fill.scene * result.matched, rtol=1e-5)
    mean = (result.matched / fill.matched)[:, came].mean(1)
    assert np.allclose(np.array(result.gain) / np.array(fill.gain), mean, rtol=0.01)
    assert torch.equal(result.scene[:, ~came], fill.scene[:, ~came])


@pytest.mark.parametrize("noise", [0.0, 0.03])
@pytest.mark.parametrize(
    ("scene", "engine"),
    [(locked([(40, 30), (52, 36)]), "temporal"), (turning([(80, 60)]), "temporal")],
    ids=["still", "turning"],
)
def test_where_light_stays_every_bit_stays(tmp_path, scene, engine, noise):
    _, shot, fill = filled(tmp_path, scene, engine, noise=noise)
    assert lit(shot, fill) is fill


def test_something_bright_that_passes_beside_the_hole_leaves_no_light_in_it(tmp_path):
    """A lamp beside the hole that only this frame shows is no change of light."""

    def passing(light, x, y, t):
        return np.where((t == 3) & (np.hypot(x - 30, y - 64) < 7), 60.0, 0)[..., None] + light

    _, shot, fill = filled(tmp_path, locked(), "temporal", extra=passing)
    assert float((lit(shot, fill).matched / fill.matched).log2().abs().max()) < 0.01


def along_with_the_ball(light, x, y, t):
    """A slight shadow that the ball throws, most of it below the matte; it goes along."""
    away = np.hypot(x - 384 * (0.2 + 0.6 * t / 7), y - 128)
    return light * np.exp2(-0.08 * np.clip((46 - away) / 12, 0, 1) * np.clip((y - 118) / 12, 0, 1))[..., None]


@pytest.mark.parametrize(
    ("change", "follows"), [(along_with_the_ball, False), (rolling, True)], ids=["shadow", "light"]
)
def test_a_camera_that_stands_still_follows_light_that_is_seen_farther_than_a_shadow(tmp_path, change, follows):
    made, shot, fill = filled(tmp_path, locked(), "temporal", number=1001, size=(256, 384), radius=20.0, extra=change)
    result = lit(shot, fill)
    assert (result is not fill) == follows
    if follows:
        assert error(made, result) < 0.6 * error(made, fill)


def test_a_shadow_that_the_fill_leaves_out_is_no_light_however_far_its_lenders_hold_it(tmp_path):
    """Lenders near in time hold the ball's shadow just beside the hole; the mix of many frames does not."""

    def thrown(light, x, y, t):
        away = np.hypot((x - 384 * (0.2 + 0.6 * t / 11)) / 1.6, y - 128)
        return light * np.exp2(-0.12 * np.clip((60 - away) / 14, 0, 1) * np.clip((y - 118) / 12, 0, 1))[..., None]

    shot = open_shot(render(tmp_path, locked(), size=(256, 384), radius=20.0, frames=12, extra=thrown))
    module, ready = prepared(shot, "temporal", tmp_path / "analysis")
    for number in (1001, 1003, 1006, 1011):
        fill = module.fill(shot, ready, number)
        assert lit(shot, fill) is fill, number


def test_a_field_that_patches_agree_on_is_found_and_scattered_ones_are_none():
    rng = np.random.default_rng(3)
    at, there = rng.uniform(0, 200, (2, 80)), rng.uniform(0, 200, (2, 80))
    features = _features(at, there, rng.uniform(-1, 1, 80), np.array([100.0, 100.0]), (200, 200))
    noise = 0.02 * rng.standard_normal((3, 80))
    told = 0.2 + 0.3 * (at[0] - 100) / 100
    told[::7] += 3.0  # things that moved
    found = _field(features, features, told + noise, np.full((3, 80), 0.02**2), still=True)
    assert found is not None
    assert np.abs(found - 0.2 - 0.3 * (at[0] - 100) / 100).mean() < 0.02
    assert _field(features, features, noise, np.full((3, 80), 0.02**2), still=False) is None


@pytest.mark.parametrize(("stops", "followed"), [(0.01, 0.0), (0.035, 0.0175), (0.06, 0.06), (0.3, 0.3)])
def test_what_is_slight_is_no_light_for_a_camera_that_stands_still_and_what_is_plain_is_followed_whole(stops, followed):
    """Compression and a wake beside the hole are slight; halfway between slight and plain half is followed."""
    rng = np.random.default_rng(4)
    at, there = rng.uniform(0, 200, (2, 120)), rng.uniform(0, 200, (2, 120))
    features = _features(at, there, rng.uniform(-1, 1, 120), np.array([100.0, 100.0]), (200, 200))
    told, noise = stops + 0.001 * rng.standard_normal((3, 120)), np.full((3, 120), 0.001**2)
    found = _field(features, features, told, noise, still=True)
    assert (found is None) if followed == 0 else np.allclose(found, followed, atol=0.003)
    moving = _field(features, features, told, noise, still=False)
    assert moving is not None and np.allclose(moving, stops, atol=0.003)
