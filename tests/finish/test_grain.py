"""The plate's grain: that it is measured as it is, and that a filled hole gets it again."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest
import rendered
import torch
from rendered import Rendered, assert_only_the_hole_changed, contents, load_rgb, open_shot, planes_of, render

import vfx_ai
from vfx_ai.fill import OTHER_FRAME
from vfx_ai.fill.contract import nothing
from vfx_ai.finish.grain import REACH, Grain, measure
from vfx_ai.finish.grain_field import field, white
from vfx_ai.finish.regrain import grain_levels, ungrained
from vfx_ai.media.color import to_log
from vfx_ai.media.frame import Window
from vfx_ai.motion.survey import Motion

SIGMA, SOFT = 0.012, 0.6  # of grain at a light of 0.18; of the blur by which its pixels hang together
STRENGTHS = np.array([1.0, 0.85, 1.3])
EYE = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
POINT = tuple(tuple(float(x == y == REACH) for x in range(2 * REACH + 1)) for y in range(2 * REACH + 1))


def sigma_at(light):
    """Standard deviation of film-like grain: more in the light, some in the dark."""
    return SIGMA * np.sqrt(0.25 + 0.75 * np.clip(light, 0, 4) / 0.18)


def film(number: int, shape: tuple[int, ...]) -> np.ndarray:
    """Grain of variance 1 (times STRENGTHS), new for each frame; red and green hang together by a half."""
    noise = np.random.default_rng(number).standard_normal(shape)
    noise[..., 1] = 0.5 * noise[..., 0] + np.sqrt(0.75) * noise[..., 1]
    soft = np.dstack([cv2.GaussianBlur(noise[..., c], (0, 0), SOFT, borderType=cv2.BORDER_REFLECT) for c in range(3)])
    return soft / soft.std((0, 1)) * STRENGTHS


def background(x, y, t, pan=0.0):
    """Soft light between 0.03 and 0.5."""
    return np.exp2(2 * np.tanh(np.log2(rendered.waves(x + pan * t, y, 5, 24.0, 120.0)) / 2 + 0.75) - 3)


def grained_shot(folder, scene=background, strength=1.0, frames=8, size=(200, 320), ball=None) -> Rendered:
    def with_grain(clean, _x, _y, t):
        return clean + strength * film(t, clean.shape) * sigma_at(clean)

    return render(folder, scene, frames=frames, size=size, extra=with_grain, ball=ball)


def measured(shot: Rendered, kind="locked") -> Grain:
    opened = open_shot(shot)
    return measure(opened, Motion(kind, opened.numbers, (), (), 0.0))


@pytest.fixture(scope="module")
def film_shot(tmp_path_factory) -> Rendered:
    return grained_shot(tmp_path_factory.mktemp("film"))


@pytest.fixture(scope="module")
def matched(film_shot):
    """The film shot filled, its grain matched: report and results' folder."""
    return filled(film_shot, film_shot.folder / "match")


def filled(shot: Rendered, out, **fields):
    return vfx_ai.inpaint(shot.plate, shot.matte, out / "clean.####.exr", device="cpu", **fields), out


@pytest.mark.parametrize("pan", [0.0, 1.4], ids=["locked", "panning"])
def test_film_grain_is_measured_by_channel_level_and_correlation(tmp_path, film_shot, pan):
    shot = grained_shot(tmp_path, lambda x, y, t: background(x, y, t, pan)) if pan else film_shot
    grain = measured(shot, "moving" if pan else "locked")
    assert len(grain.levels) >= 4
    for level, *found in zip(grain.levels, *grain.sigma, strict=True):
        assert np.allclose(found, sigma_at(level) * STRENGTHS, rtol=0.1), level
    made = np.stack([film(n, (200, 320, 3)) for n in range(6)]) / STRENGTHS
    again = np.stack([np.moveaxis(field(grain, n, Window(0, 0, 320, 200)), 0, -1) for n in range(6)])
    for scale in (1, 2):
        real, ours = (np.stack([cv2.blur(f, (scale, scale)) for f in some]).var((0, 1, 2)) for some in (made, again))
        assert np.allclose(ours, real, rtol=0.1), scale
    assert np.allclose(np.corrcoef(again.reshape(-1, 3).T), np.corrcoef(made.reshape(-1, 3).T), atol=0.05)


def test_a_filled_hole_has_the_plates_grain_in_every_band_of_light_and_at_two_scales(film_shot, matched):
    report, out = matched
    assert report.passed and report.engine == "temporal"
    y, x = np.mgrid[0:200, 0:320].astype(float)
    truth = background(x, y, 0)
    core = [film_shot.mattes[n] >= 1 for n in film_shot.numbers]
    added = [load_rgb(out / f"clean.{n}.exr") - truth for n in film_shot.numbers]
    expected = [film(t, truth.shape) * sigma_at(truth) for t in range(len(core))]
    inside = np.concatenate([truth.mean(-1)[mask] for mask in core])
    for low, high in pairwise(np.quantile(inside, np.linspace(0, 1, 6))):
        masks = [mask & (truth.mean(-1) >= low) & (truth.mean(-1) <= high) for mask in core]
        for scale in (1, 2):
            ours, real = (between_frames(some, masks, scale) for some in (added, expected))
            assert ours == pytest.approx(real, rel=0.1), (low, scale)


def between_frames(frames: list[np.ndarray], masks: list[np.ndarray], scale: int) -> float:
    """Half the variance of what follows each other in time, the channels each in relation to its own strength."""
    smooth = [cv2.blur(frame / STRENGTHS, (scale, scale)) for frame in frames]
    apart = [(a - b)[m & n] for (a, b), (m, n) in zip(pairwise(smooth), pairwise(masks), strict=True)]
    return float(np.concatenate(apart).var() / 2)


def test_outside_of_the_hole_nothing_changes(film_shot, matched):
    _, out = matched
    for number in film_shot.numbers:
        name = f"{number}.exr"
        hole = film_shot.mattes[number] > 0
        assert_only_the_hole_changed(film_shot.folder / f"plate.{name}", out / f"clean.{name}", hole)


def test_light_made_anew_from_map_and_gain_holds_with_grain(film_shot, matched):
    _, out = matched
    for one in vfx_ai.remake(film_shot.plate, out / "clean.####.exr"):
        assert one.made.any() and one.off <= 2.0**-20


def test_frames_alone_have_the_grain_of_the_whole_run_to_the_bit(film_shot, matched, tmp_path):
    _, out = matched
    whole = contents(out)
    filled(film_shot, tmp_path, frames="1006")
    filled(film_shot, tmp_path, frames="1003-1004")
    assert contents(tmp_path) == {n: whole[n] for n in (1003, 1004, 1006)}


@pytest.mark.parametrize("pan", [0.0, 1.4], ids=["locked", "panning"])
def test_a_clean_plate_gets_nothing_added(tmp_path, pan):
    scene, size = (lambda x, y, t: background(x, y, t, pan)), (104, 176)
    shot = grained_shot(tmp_path, scene, strength=0.0, frames=5, size=size)
    assert measured(shot, "moving" if pan else "locked").none
    report, matched = filled(shot, tmp_path / "match", engine="temporal")
    assert report.grain == {"levels": (), "sigma": ((), (), ())}
    _, plain = filled(shot, tmp_path / "none", engine="temporal", grain="none")
    assert planes_of(matched) == planes_of(plain)


def test_a_plate_of_one_frame_says_that_its_grain_is_not_known(tmp_path):
    shot = grained_shot(tmp_path, frames=1)
    report, _ = filled(shot, tmp_path / "out")
    assert any("Grain is measured between frames" in note for note in report.notes)


def test_what_no_frame_saw_gets_grain_on_its_smooth_surface(tmp_path):
    shot = grained_shot(tmp_path, frames=4, ball=lambda _t: (160.0, 100.0))
    report, out = filled(shot, tmp_path / "out")
    assert all(record.real == 0 for record in report.frames)
    core = [cv2.erode(shot.mattes[n], np.ones((9, 9))) >= 1 for n in shot.numbers]
    results = [load_rgb(out / f"clean.{n}.exr") for n in shot.numbers]
    light = np.mean(results, 0)
    ours, real = (
        between_frames([frame / sigma_at(light) for frame in frames], core, 1)
        for frames in (results, [film(t, light.shape) * sigma_at(light) for t in range(4)])
    )
    assert ours == pytest.approx(real, rel=0.1)


def test_detail_that_was_lost_comes_back_and_lamps_get_no_rims(tmp_path):
    shot = open_shot(render(tmp_path, rendered.locked([(40.0, 30.0), (44.0, 36.0)]), frames=4, noise=0.2))
    hole = shot.view(1002).hole
    source = shot.view(1004).scene.permute(1, 2, 0).numpy()
    soft = cv2.GaussianBlur(source, (0, 0), 0.6)
    y, x = np.mgrid[0 : shot.height, 0 : shot.width].astype(np.float32)
    found = replace(
        nothing(1002, Window(0, 0, shot.width, shot.height), hole),
        scene=torch.from_numpy(soft).permute(2, 0, 1),
        source=torch.where(hole, OTHER_FRAME, 0).to(torch.uint8),
        origin=torch.from_numpy(np.stack([x, y, np.full_like(x, 1004)])),
    )
    sharper, _ = ungrained(shot, found, Grain((0.1,), ((1e-5,),) * 3, (POINT,) * 3, EYE), steady=True)
    made = sharper.scene.permute(1, 2, 0).numpy()
    here = cv2.erode(hole.numpy().astype(np.uint8), np.ones((5, 5))) > 0

    def detail(picture):
        return float(np.median(np.abs(cv2.Laplacian(to_log(picture), cv2.CV_32F)[here])))

    assert source[here].max() > 60
    assert detail(soft) < 0.7 * detail(source)
    assert 0.75 * detail(source) < detail(made) < detail(source)
    darkest, brightest = (f(np.stack([source, soft]), 0) for f in (np.min, np.max))
    square = np.ones((3, 3), np.uint8)
    assert (made >= cv2.erode(darkest, square) * 0.999)[here].all()
    assert (made <= cv2.dilate(brightest, square) * 1.001)[here].all()


def test_kept_grain_is_that_of_a_single_frame(film_shot, tmp_path):
    _, kept = filled(film_shot, tmp_path / "keep", grain="keep", frames="1004")
    _, single = filled(film_shot, tmp_path / "single", grain="none", blend=1, frames="1004")
    assert planes_of(kept) == planes_of(single)


def test_a_pixels_noise_depends_on_frame_and_place_alone(film_shot):
    grain = measured(film_shot)
    whole, part = Window(-70, -10, 90, 130), Window(-5, 40, 31, 70)
    for made in (white, lambda number, window: field(grain, number, window)):
        inner = (..., *part.slices(whole))
        assert np.array_equal(made(1001, whole)[inner], made(1001, part))
        assert not np.array_equal(made(1002, part), made(1001, part))


def test_what_was_measured_is_kept_to_the_bit(film_shot):
    grain = measured(film_shot)
    assert Grain.from_dict(json.loads(json.dumps(grain.to_dict()))) == grain


def test_a_frame_that_is_there_twice_hides_no_grain(tmp_path):
    shot = grained_shot(tmp_path)
    for number in shot.numbers[1::2]:
        (tmp_path / f"plate.{number}.exr").write_bytes((tmp_path / f"plate.{number - 1}.exr").read_bytes())
    assert not measured(shot).none


def test_what_is_dark_beside_a_lamp_has_the_grain_of_what_is_dark():
    scene = torch.full((3, 9, 9), 0.1)
    scene[:, 4, 4] = 60.0
    level = grain_levels(scene)
    dark = torch.ones((9, 9), dtype=torch.bool)
    dark[4, 4] = False
    assert float(level[:, dark].max()) < 0.21 and float(level[:, 4, 4].min()) > 5
    assert torch.allclose(grain_levels(torch.full((3, 9, 9), 0.1)), torch.tensor(0.1))
