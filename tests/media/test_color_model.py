"""Light as networks are shown it: bounded, reversible, with what lies beyond counted, and nothing lost by the trip."""

from __future__ import annotations

import numpy as np
import pytest

from vfx_ai.media.color import GREATEST, LEAST, LOG_PIVOT, ModelRange, from_model, to_model, unchanged


def light() -> np.ndarray:
    """[N, 3] from the least to the greatest that fit."""
    below = -np.geomspace(-LEAST, 1e-6, 300)
    return np.repeat(np.concatenate([below, [0.0], np.geomspace(1e-6, GREATEST, 3000)])[:, None], 3, 1).astype(
        np.float32
    )


def off(back: np.ndarray, scene: np.ndarray) -> float:
    return float((np.abs(back.astype(np.float64) - scene) / np.maximum(np.abs(scene), LOG_PIVOT)).max())


def test_all_light_of_the_range_comes_back() -> None:
    encoded = to_model(light())
    assert encoded.model.dtype == np.float32 and encoded.beyond == ""
    assert (encoded.model[0, 0], encoded.model[-1, 0]) == pytest.approx((-1.0, 1.0), abs=1e-6)
    assert off(from_model(encoded.model), light()) < 3e-6


def test_light_comes_back_from_half_within_four_thousandths() -> None:
    half = to_model(light()).model.astype(np.float16)
    assert off(from_model(half.astype(np.float32)), light()) < 4e-3


def test_more_light_is_a_larger_code() -> None:
    codes = to_model(light()).model[:, 0]
    assert (np.diff(codes) >= 0).all()
    assert (np.diff(codes[::20]) > 0).all()
    assert to_model(np.float32([[0.18]])).model[0, 0] == pytest.approx(-0.482, abs=0.001)


def test_a_smaller_range_spreads_usual_light_wider() -> None:
    bounds = ModelRange(-0.05, 64.0)
    scene = np.float32([[0.02, 0.18, 1.0]])
    wide, usual = to_model(scene, bounds).model, to_model(scene).model
    assert np.ptp(wide) > 1.5 * np.ptp(usual)
    assert np.allclose(from_model(wide, bounds), scene, rtol=3e-6)


def test_what_lies_beyond_is_counted_by_pixel_and_told() -> None:
    scene = np.full((4, 5, 3), 0.5, np.float32)
    scene[0, 0], scene[1, 1, 2], scene[2, 2, 0] = 20000.0, 9000.0, -3.0
    encoded = to_model(scene)
    assert (encoded.above, encoded.below) == (2, 1)
    assert (encoded.darkest, encoded.brightest) == (-3.0, 20000.0)
    assert np.abs(encoded.model).max() == 1.0
    assert "1 pixels below" in encoded.beyond and "2 above" in encoded.beyond and "2e+04" in encoded.beyond


@pytest.mark.parametrize("kind", ["float32", "float16"])
def test_where_the_network_changed_nothing_is_told_from_where_it_did(kind: str) -> None:
    torch = pytest.importorskip("torch")
    scene = np.random.default_rng(5).lognormal(-1, 3, (3, 30, 40)).astype(np.float32)
    scene[0, 3, 4], scene[1, 5, 6] = 60000.0, -2.0  # beyond the range
    plate = torch.from_numpy(scene)
    returned = to_model(plate, channels=0).model.clone().to(getattr(torch, kind)).float()
    assert bool(unchanged(plate, from_model(returned), channels=0).all())
    returned[1, 10:12, 10:12] += 0.02
    same = unchanged(plate, from_model(returned), channels=0)
    assert not same[10:12, 10:12].any() and int((~same).sum()) == 4
    assert np.array_equal(same.numpy(), unchanged(scene, from_model(returned).numpy(), channels=0))


def test_arrays_and_tensors_are_encoded_alike() -> None:
    torch = pytest.importorskip("torch")
    ours, theirs = to_model(light()), to_model(torch.from_numpy(light()))
    assert np.allclose(ours.model, theirs.model.numpy(), atol=1e-6)
    assert (ours.below, ours.above) == (theirs.below, theirs.above) == (0, 0)
    assert np.allclose(from_model(theirs.model).numpy(), from_model(ours.model), rtol=1e-5, atol=1e-6)


def test_an_empty_picture_is_encoded_too() -> None:
    encoded = to_model(np.zeros((0, 4, 3), np.float32))
    assert encoded.model.shape == (0, 4, 3) and encoded.beyond == ""
