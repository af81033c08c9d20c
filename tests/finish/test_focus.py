"""Focus and motion blur: fetched pixels become as soft as their surroundings, and sharp shots stay as they are."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from rendered import disc, open_shot, prepared, render

from vfx_ai.fill import OTHER_FRAME
from vfx_ai.finish.focus import focused, measured
from vfx_ai.finish.light import lit
from vfx_ai.shot import crop

SIZE = (128, 192)
SOFT = 1004


def spectrum(xx: float, yy: float, xy: float):
    y, x = np.meshgrid(2 * np.pi * np.fft.fftfreq(SIZE[0]), 2 * np.pi * np.fft.rfftfreq(SIZE[1]), indexing="ij")
    return np.exp(-(xx * x * x + yy * y * y + 2 * xy * x * y) / 2)[..., None]


def detailed(seed: int = 5) -> np.ndarray:
    """Light [H, W, 3] with detail of all sizes, which falls with frequency as in pictures."""
    y, x = np.meshgrid(np.fft.fftfreq(SIZE[0]), np.fft.rfftfreq(SIZE[1]), indexing="ij")
    noise = np.fft.rfft2(np.random.default_rng(seed).standard_normal(SIZE))
    stops = np.fft.irfft2(noise / np.maximum(np.hypot(x, y), 0.01), SIZE)
    light = 0.3 * np.exp2(1.2 * stops / stops.std())[..., None] * np.array([1.0, 0.9, 0.7])
    yy, xx = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
    lamp = disc(xx, yy, (95.0, 60.0), 1.5)[..., None]
    return light * (1 - lamp) + 60 * lamp


def filled(folder, blur, soft=(SOFT,), noise=0.0):
    """A still shot of which some frames are blurred, and the fill of one of these."""
    sharp = detailed()
    blurred = np.fft.irfft2(np.fft.rfft2(sharp, axes=(0, 1)) * spectrum(*blur), SIZE, axes=(0, 1)) if blur else sharp
    numbers = [number - 1001 for number in soft]
    made = render(folder, lambda _x, _y, t: blurred if t in numbers else sharp, size=SIZE, noise=noise)
    shot = open_shot(made)
    module, ready = prepared(shot, "temporal", folder / "analysis")
    return made, shot, module.fill(shot, ready, SOFT)


def finished(shot, fill):
    """Light and focus, in the order of a run."""
    blurs = measured(shot, fill)
    return focused(shot, lit(shot, fill), blurs)


def error(made, fill) -> float:
    truth = torch.from_numpy(np.moveaxis(made.clean[fill.number], -1, 0))
    came = fill.source == OTHER_FRAME
    return float((fill.scene / crop(truth, fill.box)).log2().abs()[:, came].mean())


@pytest.mark.parametrize(
    ("blur", "noise"),
    [((1.0, 1.0, 0.0), 0.0), ((4.0, 4.0, 0.0), 0.03), ((9.0, 0.0, 0.0), 0.0), ((5.0, 5.0, 4.9), 0.0)],
    ids=["a little out of focus", "out of focus, with grain", "motion along rows", "motion along a diagonal"],
)
def test_what_was_fetched_sharper_becomes_as_soft_as_the_frame(tmp_path, blur, noise):
    made, shot, fill = filled(tmp_path, blur, noise=noise)
    result = finished(shot, fill)
    assert error(made, result) < 0.45 * error(made, fill)
    for found in measured(shot, fill).values():
        assert found is not None
        assert np.allclose((found.xx, found.yy, found.xy), blur, rtol=0.3, atol=0.3)


@pytest.mark.parametrize("noise", [0.0, 0.03])
def test_a_shot_that_is_as_sharp_in_every_frame_keeps_its_bits(tmp_path, noise):
    _, shot, fill = filled(tmp_path, None, noise=noise)
    assert measured(shot, fill) and not any(measured(shot, fill).values())
    assert finished(shot, fill) is fill


def test_what_was_fetched_softer_is_left_alone(tmp_path):
    _, shot, fill = filled(tmp_path, (4.0, 4.0, 0.0), soft=[n for n in range(1001, 1009) if n != SOFT])
    assert finished(shot, fill) is fill


def test_grain_alone_is_no_sharpness(tmp_path):
    """A flat wall of which one frame has less grain."""
    made = render(
        tmp_path,
        lambda x, _y, t: (0.3 + 0.0 * x[..., None]) * grain(t, x.shape),
        size=SIZE,
    )
    shot = open_shot(made)
    module, ready = prepared(shot, "temporal", tmp_path / "analysis")
    fill = module.fill(shot, ready, SOFT)
    assert finished(shot, fill) is fill


def grain(t: int, shape: tuple[int, ...]) -> np.ndarray:
    strength = 0.01 if t + 1001 == SOFT else 0.05
    return 1 + strength * np.random.default_rng(t).standard_normal((*shape, 3))


def test_a_lamp_is_blurred_as_light_and_its_light_stays(tmp_path):
    made, shot, fill = filled(tmp_path, (4.0, 4.0, 0.0))
    result = finished(shot, fill)
    truth = torch.from_numpy(np.moveaxis(made.clean[SOFT], -1, 0))
    came = fill.source == OTHER_FRAME
    y, x = torch.meshgrid(*(torch.arange(side) for side in came.shape), indexing="ij")
    lamp = came & (torch.hypot(x + fill.box.x0 - 95.0, y + fill.box.y0 - 60.0) < 9)
    assert int(lamp.sum()) > 200
    assert fill.scene[:, lamp].max() > 59 and result.scene[:, lamp].max() < 45
    ratio = result.scene[:, lamp].sum() / crop(truth, fill.box)[:, lamp].sum()
    assert abs(float(ratio.log2())) < 0.03


def test_pixels_that_no_other_frame_lent_keep_their_bits(tmp_path):
    _, shot, fill = filled(tmp_path, (4.0, 4.0, 0.0))
    result = finished(shot, fill)
    same = fill.source != OTHER_FRAME
    assert torch.equal(result.scene[:, same], fill.scene[:, same])
    assert torch.equal(result.origin, fill.origin)
