"""Focus and motion blur: fetched pixels become as soft as their surroundings, and sharp shots stay as they are."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from rendered import disc, locked, open_shot, prepared, render

from vfx_ai.fill import OTHER_FRAME
from vfx_ai.finish.focus import focused, measured
from vfx_ai.finish.light import lit
from vfx_ai.finish.sharpness import PATCH, agreement, spectra
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


def filled(folder, blur, soft=(SOFT,), noise=0.0, extra=None):
    """A still shot of which some frames are blurred, and the fill of one of these."""
    sharp = detailed()
    blurred = np.fft.irfft2(np.fft.rfft2(sharp, axes=(0, 1)) * spectrum(*blur), SIZE, axes=(0, 1)) if blur else sharp
    numbers = [number - 1001 for number in soft]
    made = render(folder, lambda _x, _y, t: blurred if t in numbers else sharp, size=SIZE, noise=noise, extra=extra)
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


def test_focus_that_breathes_is_followed_frame_by_frame(tmp_path):
    """Every other frame is as soft as this one already."""
    made, shot, fill = filled(tmp_path, (4.0, 4.0, 0.0), soft=[n for n in range(1001, 1009) if n % 2 == 0])
    assert {number for number, blur in measured(shot, fill).items() if blur} <= {1001, 1003, 1005, 1007}
    assert error(made, finished(shot, fill)) < 0.3 * error(made, fill)


def test_a_frame_out_of_focus_is_no_other_light(tmp_path):
    for name, soft in (("this", [SOFT]), ("others", [n for n in range(1001, 1009) if n != SOFT])):
        _, shot, fill = filled(tmp_path / name, (4.0, 4.0, 0.0), soft=soft)
        assert np.allclose(fill.gain, 1, atol=0.03)
        assert lit(shot, fill) is fill


def test_a_second_thing_that_moves_beside_the_hole_is_no_blur(tmp_path):
    def bird(clean, x, y, t):
        cover = disc(x, y, (84.0 - 9 * t, 30.0), 5.0)[..., None]
        return clean * (1 - cover) + 6.0 * cover

    shot = open_shot(render(tmp_path, locked(), frames=10, extra=bird))
    module, ready = prepared(shot, "temporal", tmp_path / "analysis")
    for number in shot.numbers:
        assert not any(measured(shot, module.fill(shot, ready, number)).values())


def test_what_a_lender_shows_beside_the_hole_and_this_frame_does_not_shines_in_nowhere(tmp_path):
    """A lamp that only the frame before shows, two pixels beside the hole, of which it lends the right side."""

    def passing(light, x, y, t):
        return light + np.where((t == SOFT - 1002) & (np.hypot(x - 120, y - 64) < 3), 60.0, 0)[..., None]

    results = []
    for name, extra in (("without", None), ("with", passing)):
        _, shot, fill = filled(tmp_path / name, (4.0, 4.0, 0.0), extra=extra)
        assert any(measured(shot, fill).values())
        results.append(finished(shot, fill))
    came = results[0].source == OTHER_FRAME
    assert float((results[1].scene / results[0].scene).log2().abs()[:, came].max()) < 0.25


def test_patches_agree_whatever_the_blur_the_gain_and_the_pixels_fraction_and_not_with_others():
    first, second = (np.log2(detailed(seed))[..., 1] for seed in (5, 6))
    soft = np.log2(np.fft.irfft2(np.fft.rfft2(detailed(), axes=(0, 1)) * spectrum(4.0, 4.0, 0.0), SIZE, axes=(0, 1)))
    x, y = np.meshgrid(2 * np.pi * np.fft.rfftfreq(SIZE[1]), 2 * np.pi * np.fft.fftfreq(SIZE[0]))
    moved = np.fft.irfft2(np.fft.rfft2(soft[..., 1]) * np.exp(-1j * (0.4 * x + 0.3 * y)), SIZE)

    def patch(picture):
        return spectra(picture[None, 20 : 20 + PATCH, 20 : 20 + PATCH])

    still, there = np.zeros((2, 1)), np.array([[0.4], [0.3]])
    assert agreement(patch(first), patch(first + 2.0), still) > 0.999
    assert agreement(patch(first), patch(moved), there) > 0.95
    assert agreement(patch(first), patch(second), still) < 0.6


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
