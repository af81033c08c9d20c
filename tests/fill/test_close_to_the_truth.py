"""How near to the true background each engine comes, on shots whose clean plate is known."""

from __future__ import annotations

from statistics import mean

import numpy as np
import pytest
import rendered
from rendered import Rendered, load_rgb, psnr, render

from vfx_ai.job import Job
from vfx_ai.motion.membrane import membrane
from vfx_ai.run import run


def decibels(shot: Rendered, engine: str, **fields) -> list[float]:
    """PSNR in the hole's core, per frame, after a whole run."""
    out = shot.folder / engine
    report = run(Job(shot.plate, shot.matte, str(out / "clean.####.exr"), engine=engine, grain="none", **fields))
    assert report.engine == engine or engine == "auto"
    return [psnr(load_rgb(out / f"clean.{n}.exr"), shot.clean[n], shot.mattes[n] >= 0.5) for n in shot.numbers]


def smooth_decibels(shot: Rendered) -> float:
    """PSNR of a smooth surface spanned over each hole: what any engine must beat."""
    import torch

    found = []
    for number in shot.numbers:
        seen = torch.from_numpy(shot.mattes[number] == 0)
        light = torch.from_numpy(np.log2(shot.clean[number] + 0.01)).permute(2, 0, 1)
        spanned = membrane(light, seen, torch.ones_like(seen)).permute(1, 2, 0).numpy()
        found.append(psnr(np.exp2(spanned) - 0.01, shot.clean[number], shot.mattes[number] >= 0.5))
    return mean(found)


def test_a_locked_camera_is_found_and_gives_the_background_itself(tmp_path):
    shot = render(tmp_path, rendered.locked([(50.0, 32.0)]))
    out = tmp_path / "out"
    report = run(Job(shot.plate, shot.matte, str(out / "clean.####.exr")))
    assert report.engine == "temporal" and "stands still" in report.why
    for number in shot.numbers:
        inside = shot.mattes[number] >= 0.5
        result, truth = load_rgb(out / f"clean.{number}.exr")[inside], shot.clean[number][inside]
        assert np.allclose(result, truth, rtol=1e-3, atol=1e-4)


def test_grain_of_many_frames_averages_out_and_that_of_one_stays(tmp_path):
    shot = render(tmp_path, rendered.locked(), frames=10, noise=0.1)
    truth = rendered.locked()(*np.mgrid[0:64, 0:96][::-1].astype(float), 0)
    core = {n: shot.mattes[n] >= 1 for n in shot.numbers}

    def grain(**fields):
        out = tmp_path / str(fields)
        run(Job(shot.plate, shot.matte, str(out / "clean.####.exr"), grain="none", **fields))
        ratios = [load_rgb(out / f"clean.{n}.exr")[core[n]] / truth[core[n]] for n in shot.numbers]
        return float(np.std(np.concatenate(ratios)))

    assert grain(blend=1) == pytest.approx(0.1, rel=0.2)
    assert grain() < 0.06


def test_a_camera_that_turns_is_followed_to_a_fraction_of_a_pixel(tmp_path):
    shot = render(tmp_path, rendered.turning())
    assert mean(decibels(shot, "temporal")) > 50
    assert mean(decibels(shot, "flow")) > 45
    assert smooth_decibels(shot) < 25


def test_parallax_is_far_better_than_a_smooth_surface(tmp_path):
    shot = render(tmp_path, rendered.travelling(32.0))
    assert mean(decibels(shot, "flow")) > smooth_decibels(shot) + 25
    assert min(decibels(shot, "flow")) > smooth_decibels(shot) + 20


def test_a_camera_that_travels_is_not_taken_for_one_that_stands_still(tmp_path):
    shot = render(tmp_path, rendered.travelling(32.0), frames=4)
    report = run(Job(shot.plate, shot.matte, str(tmp_path / "out" / "clean.####.exr")))
    assert report.engine == "flow"


@pytest.mark.parametrize("engine", ["temporal", "flow"])
def test_frames_a_stop_apart_and_of_another_white_balance_are_matched(engine, tmp_path):
    gains = [(1.0, 1.0, 1.0), (2.0, 2.0, 2.0), (1.0, 1.0, 1.0), (0.5, 0.6, 0.7), (1.0, 1.1, 1.3), (1.0, 1.0, 1.0)]
    shot = render(tmp_path, rendered.locked(), frames=6, gain=lambda t: gains[t])
    out = tmp_path / "out"
    report = run(Job(shot.plate, shot.matte, str(out / "clean.####.exr"), engine=engine))
    for number in shot.numbers:
        core = shot.mattes[number] >= 0.5
        stops = np.log2(load_rgb(out / f"clean.{number}.exr")[core] / shot.clean[number][core])
        assert np.abs(np.median(stops, 0)).max() < 0.03, f"frame {number} is off by {np.median(stops, 0)} stops"
        assert np.abs(stops).mean() < 0.1
    assert report.frames[1].gain[0] > 1.3 and report.frames[3].gain[0] < 0.8


def test_a_second_thing_that_moves_does_not_come_in_as_a_ghost(tmp_path):
    def bird(clean, x, y, t):
        cover = rendered.disc(x, y, (84.0 - 9 * t, 30.0), 5.0)[..., None]
        return clean * (1 - cover) + 6.0 * cover

    shot = render(tmp_path, rendered.locked(), frames=10, extra=bird)
    wall = render(tmp_path / "wall", rendered.locked(), frames=10)
    run(Job(shot.plate, shot.matte, str(tmp_path / "out" / "clean.####.exr"), engine="temporal"))
    for number in shot.numbers:
        # Where the bird itself is behind the ball, the wall is as good an answer as the bird.
        core = (shot.mattes[number] >= 0.5) & (shot.clean[number] == wall.clean[number]).all(-1)
        light = load_rgb(tmp_path / "out" / f"clean.{number}.exr")[core] / wall.clean[number][core]
        assert core.any() and np.abs(np.log2(light)).max() < 0.15, f"the bird shows in frame {number}"


def test_a_highlight_carried_by_a_fraction_of_a_pixel_neither_rings_nor_grows(tmp_path):
    shot = render(tmp_path, rendered.turning([(50.0, 32.0), (60.0, 34.0)]))
    for engine in ("temporal", "flow"):
        decibels(shot, engine)
        brightest, lit = 0.0, 0
        for number in shot.numbers:
            core = shot.mattes[number] >= 1
            result, truth = load_rgb(tmp_path / engine / f"clean.{number}.exr"), shot.clean[number]
            filled = result[shot.mattes[number] > 0]
            brightest = max(brightest, float(filled.max()))
            assert filled.min() > 0.5 * min(float(c.min()) for c in shot.clean.values()), "a dark rim"
            lamp = core & (truth[..., 0] > 59)
            lit += int(lamp.sum())
            assert (result[..., 0][lamp] > 40).mean() > 0.8 if lamp.any() else True
        assert lit and brightest <= rendered.LAMP * 1.02
