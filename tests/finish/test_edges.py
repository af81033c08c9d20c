"""What share the plate keeps where a matte is soft: none of the object, and all that is clean."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from rendered import disc, waves

from vfx_ai.finish.edges import held, object_light, share

HEIGHT, WIDTH, MIDDLE, RADIUS = 96, 128, (64.0, 48.0), 24.0


def tensor(picture: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(picture, -1, 0), np.float32))


def scene(soft: float, light: float = 3.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Background, an object before it whose edge is `soft` pixels wide, and its coverage."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    clean, cover = 0.2 * waves(x, y, 4), disc(x, y, MIDDLE, RADIUS, soft)
    return clean, clean * (1 - cover[..., None]) + light * cover[..., None], cover


def mixed(plate: np.ndarray, fill: np.ndarray, matte: np.ndarray) -> np.ndarray:
    a, b, coverage = tensor(plate), tensor(fill), torch.from_numpy(matte.astype(np.float32))
    kept = share(a, b, coverage, torch.ones_like(coverage, dtype=torch.bool))
    assert bool(((kept >= 0) & (kept <= 1 - coverage + 1e-6)).all())
    return np.moveaxis((b + kept * (a - b)).numpy(), 0, -1)


@pytest.mark.parametrize("soft", [2.0, 12.0])
def test_a_defocused_object_leaves_no_fringe_of_its_light(soft):
    clean, plate, cover = scene(soft)
    result = mixed(plate, clean, cover)
    fringe = np.abs(np.log2(result / clean))[(cover > 0) & (cover < 1)]
    assert fringe.max() < 0.05 and fringe.mean() < 0.01


def test_an_object_nearly_as_bright_as_its_background_leaves_none_either():
    clean, _, cover = scene(4.0)
    plate = clean * (1 - cover[..., None]) + 1.3 * clean * cover[..., None]
    usual = clean + (1 - cover[..., None]) * (plate - clean)
    soft = (cover > 0) & (cover < 1)
    left, before = (np.abs(np.log2(picture / clean))[soft].mean() for picture in (mixed(plate, clean, cover), usual))
    assert left < 0.35 * before


def test_where_a_matte_is_only_feathered_the_plate_keeps_its_share_and_its_grain():
    clean, plate, _ = scene(1.0)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    feathered = disc(x, y, MIDDLE, RADIUS + 2, 10.0)
    grain = 1 + 0.03 * np.random.default_rng(1).standard_normal(clean.shape)
    plate = plate * grain
    result = mixed(plate, clean, feathered)
    soft = (feathered > 0.05) & (feathered < 0.6)
    usual = clean + (1 - feathered[..., None]) * (plate - clean)
    assert np.abs(np.log2(result / usual))[soft].mean() < 0.004
    assert np.abs(np.log2(plate / clean))[soft].mean() > 0.02


def test_how_much_of_the_object_a_pixel_holds_is_measured():
    clean, plate, cover = scene(12.0)
    coverage = torch.from_numpy(cover.astype(np.float32))
    a, b, valid = tensor(plate), tensor(clean), torch.ones(cover.shape, dtype=torch.bool)
    light, found = object_light(a, coverage >= 0.99)
    told = held(a, b, coverage, valid, light, found)
    assert told is not None
    soft = (coverage > 0.1) & (coverage < 0.9) & found
    assert float((told - coverage)[soft].abs().max()) < 0.08


def test_without_anything_to_measure_the_plate_is_kept_only_where_it_shows_what_the_fill_shows():
    clean, _, _ = scene(2.0)
    half = np.full(clean.shape[:2], 0.5)
    a, b = tensor(clean * 2), tensor(clean)
    coverage, valid = torch.from_numpy(half.astype(np.float32)), torch.ones(half.shape, dtype=torch.bool)
    light, found = object_light(a, coverage >= 0.99)
    assert held(a, b, coverage, valid, light, found) is None
    assert float(share(a, b, coverage, valid).mean()) < 0.02
    assert torch.allclose(share(b, b, coverage, valid), 1 - coverage)


def test_lamps_and_darkness_beside_the_edge_make_no_nan():
    clean, plate, cover = scene(6.0, light=60.0)
    clean[40:50, 80:100] = 0.0
    clean[60:64, 40:44] = -0.01
    assert np.isfinite(mixed(plate, clean, cover)).all()
