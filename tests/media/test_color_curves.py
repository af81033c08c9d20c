"""Curves come back, rise, and hold what lies beyond 0 and 1."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from vfx_ai.media import color, curves

PAIRS = [
    (curves.srgb_to_scene, curves.scene_to_srgb),
    (curves.rec709_to_scene, curves.scene_to_rec709),
    (curves.cineon_to_scene, curves.scene_to_cineon),
]


def test_log_comes_back_over_the_range_of_half() -> None:
    scene = np.concatenate([-np.geomspace(0.05, 1e-6, 500), [0.0], np.geomspace(1e-6, 65504.0, 5000)]).astype(
        np.float32
    )
    back = color.from_log(color.to_log(scene))
    assert back.dtype == np.float32
    assert np.all(np.abs(back - scene) <= 3e-6 * np.abs(scene) + 1e-9)


def test_log_rises_strictly_through_zero() -> None:
    scene = np.unique(np.concatenate([-np.geomspace(5, 1e-5, 300), [0.0], np.geomspace(1e-5, 60000, 600)])).astype(
        np.float32
    )
    assert np.all(np.diff(color.to_log(scene)) > 0)
    assert color.to_log(np.float32([0.0]))[0] == 0


def test_log_of_a_tensor_is_that_of_the_array() -> None:
    torch = pytest.importorskip("torch")
    scene = np.float32([[-0.05, 0.0, 0.18], [1.0, 60.0, 65504.0]])
    coded = color.to_log(torch.from_numpy(scene))
    assert np.allclose(coded.numpy(), color.to_log(scene), rtol=1e-6)
    assert np.allclose(color.from_log(coded).numpy(), scene, rtol=3e-6)


@pytest.mark.parametrize(("decode", "encode"), PAIRS)
def test_curves_come_back_also_beyond_the_displays_range(decode: Callable, encode: Callable) -> None:
    code = np.linspace(0, 1.5, 4001).astype(np.float32)
    assert np.allclose(encode(decode(code)), code, atol=2e-6)
    assert decode(np.float32([1.2]))[0] > 1
    assert np.all(np.diff(decode(code)) > 0)


def test_curves_hit_the_values_of_their_standards() -> None:
    assert curves.srgb_to_scene(np.float32([0.5]))[0] == pytest.approx(0.21404114, rel=1e-5)
    assert curves.srgb_to_scene(np.float32([-0.1]))[0] == pytest.approx(-0.1 / 12.92)
    assert curves.rec709_to_scene(np.float32([0.5]))[0] == pytest.approx(0.2597, rel=1e-3)
    assert curves.cineon_to_scene(np.float32([95, 685]) / np.float32(1023)) == pytest.approx([0, 1], abs=1e-5)
    assert curves.cineon_to_scene(np.float32([1.0]))[0] == pytest.approx(13.53, rel=1e-3)
