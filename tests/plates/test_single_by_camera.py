"""A single plate of a camera that travels past things near and far: one frame's view, by the camera and its depth."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rendered
from rendered import load, load_rgb, psnr, render, travelling_camera, wall, waves

import vfx_ai
from vfx_ai.errors import JobError
from vfx_ai.motion.camera import Camera, keep_solved
from vfx_ai.plates import projected

SIZE, FRAMES, MIDDLE, HORIZON = (64, 96), 9, 4, 24
POST, FAR, NEAR = (54, 64), 1.0, 4.0  # columns of the post in the middle frame; pixels a frame of the wall and the post


def is_post(x: np.ndarray, t: int) -> np.ndarray:
    at = x + NEAR * (t - MIDDLE)
    return (at >= POST[0]) & (at < POST[1])


def post(x: np.ndarray, y: np.ndarray, t: int) -> np.ndarray:
    """A wall and a floor, and before them a post over the whole height."""
    behind = wall(x + rendered.speed(y, HORIZON) * t, y)
    return np.asarray(np.where(is_post(x, t)[..., None], 0.4 * waves(x + NEAR * t, y, 9), behind))


def camera_of(numbers: tuple[int, ...]) -> Camera:
    """The camera of that, with points on all three."""
    camera = travelling_camera(numbers, SIZE, HORIZON)
    depth = SIZE[1] / NEAR
    y, x = (v.ravel() for v in np.mgrid[0 : SIZE[0] : 4, POST[0] : POST[1] : 3])
    near = np.stack([(x - SIZE[1] / 2) * depth / SIZE[1], (y - SIZE[0] / 2) * depth / SIZE[1], np.full(x.shape, depth)])
    return replace(camera, points=np.concatenate([camera.points, near.T]))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The shot, and its single plate, whose camera is the true one."""
    shot = render(tmp_path_factory.mktemp("post"), post, frames=FRAMES, size=SIZE, radius=6.0)
    with pytest.MonkeyPatch.context() as patch:
        known = camera_of(shot.numbers)
        patch.setattr(projected, "solve", lambda _s, _m, _f, folder, _p: keep_solved(folder, known, "it was given"))
        out = shot.folder / "out"
        return shot, vfx_ai.clean(shot.plate, out / "single.exr", matte=shot.matte, single=True), out


def sampled(single: np.ndarray, planes: dict[str, np.ndarray]) -> np.ndarray:
    """A frame from the single plate by its map, bilinear."""
    height, width = single.shape[:2]
    x = np.clip(planes["R"].astype(np.float64) * width - 0.5, 0, width - 1.001)
    y = np.clip((1 - planes["G"].astype(np.float64)) * height - 0.5, 0, height - 1.001)
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    a, b = (x - left)[..., None], (y - top)[..., None]
    upper = single[top, left] * (1 - a) + single[top, left + 1] * a
    return np.asarray(upper * (1 - b) + (single[top + 1, left] * (1 - a) + single[top + 1, left + 1] * a) * b)


def test_it_says_which_way_it_took_and_why(made):
    shot, single, _ = made
    assert single.way == "camera" and single.anchor == shot.numbers[MIDDLE]
    assert any("solved camera" in note and "doesn't fit all frames" in note for note in single.notes)
    assert 0.8 < single.placed < 1 and any("have no place" in note for note in single.notes)
    assert single.width > SIZE[1] and single.height >= SIZE[0]


def test_the_anchor_lies_in_it_to_the_bit_and_the_matte_is_filled_by_others(made):
    shot, single, _ = made
    planes, picture, (x, y) = load(single.output), load_rgb(single.output), single.at
    there = (slice(y, y + SIZE[0]), slice(x, x + SIZE[1]))
    hole = shot.mattes[single.anchor] > 0
    plate = load_rgb(shot.folder / f"plate.{single.anchor}.exr")
    assert np.array_equal(picture[there][~hole], plate[~hole])
    origin = planes["fill.from.frame"][there]
    assert (origin[~hole] == single.anchor).all() and not (origin[hole] == single.anchor).any()
    seen = planes["A"][there] == 1
    assert seen[hole].mean() > 0.9
    assert psnr(picture[there], shot.clean[single.anchor], hole & seen) > 26


def test_the_maps_put_it_back_into_each_frame(made):
    shot, single, out = made
    picture = load_rgb(single.output)
    for number in shot.numbers:
        planes = load(out / f"stmap.{number}.exr")
        has = planes["A"] == 1
        assert has.mean() > 0.75, number
        assert psnr(sampled(picture, planes), shot.clean[number], has) > 24, number


def test_what_the_anchor_hides_has_no_place_in_it(made):
    shot, _, out = made
    t = len(shot.numbers) - 1
    planes = load(out / f"stmap.{shot.numbers[t]}.exr")
    columns = np.arange(SIZE[1])
    in_the_anchor = columns + FAR * (t - MIDDLE)  # of the wall
    behind = ~is_post(columns, t) & (in_the_anchor >= POST[0] + 1) & (in_the_anchor < POST[1] - 1)
    assert behind.sum() >= 6
    assert (planes["A"][: HORIZON - 4, behind] == 0).mean() > 0.8
    plain = ~is_post(columns, t) & (in_the_anchor < POST[0] - 4)
    assert (planes["A"][: HORIZON - 4, plain] == 1).mean() > 0.95


def test_a_map_does_not_depend_on_which_were_asked_for(made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    shot, _, out = made
    known = camera_of(shot.numbers)
    monkeypatch.setattr(projected, "solve", lambda _s, _m, _f, folder, _p: keep_solved(folder, known, "it was given"))
    number = shot.numbers[1]
    vfx_ai.clean(shot.plate, tmp_path / "single.exr", matte=shot.matte, single=True, frames=str(number))
    for name in ("single.exr", f"stmap.{number}.exr"):
        assert (tmp_path / name).read_bytes() == (out / name).read_bytes()
    assert len(list(tmp_path.glob("stmap.*"))) == 1


def test_a_lens_is_taken_out_of_the_plate_and_frames_without_a_camera_have_no_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    shot = render(tmp_path, post, frames=FRAMES, size=SIZE, radius=6.0)
    known = camera_of(shot.numbers)
    lost = np.arange(FRAMES) != FRAMES - 1
    bent = replace(known, known=lost, distortion=np.tile([0.15, 0.0], (FRAMES, 1)))
    monkeypatch.setattr(projected, "solve", lambda _s, _m, _f, folder, _p: keep_solved(folder, bent, "it was given"))
    ends = f"{shot.numbers[MIDDLE]},{shot.numbers[-1]}"
    made = vfx_ai.clean(shot.plate, tmp_path / "o" / "single.exr", matte=shot.matte, single=True, frames=ends)
    planes, hole = load(tmp_path / "o" / f"stmap.{made.anchor}.exr"), shot.mattes[made.anchor] > 0
    x = planes["R"][SIZE[0] // 2].astype(np.float64) * made.width
    steps = np.diff(x)
    assert steps[48] > 1.02 * steps[0]  # the lens draws the edge larger than the middle
    plate = load_rgb(shot.folder / f"plate.{made.anchor}.exr")
    there = (planes["A"] == 1) & ~hole
    assert there.mean() > 0.6
    assert psnr(sampled(load_rgb(made.output), planes), plate, there) > 26
    assert not load(tmp_path / "o" / f"stmap.{shot.numbers[-1]}.exr")["A"].any()


def test_without_a_camera_it_is_refused_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    shot = render(tmp_path, rendered.travelling(20), frames=8)
    monkeypatch.setattr(projected, "solve", lambda _s, _m, _f, folder, _p: keep_solved(folder, None, "fog"))
    with pytest.raises(JobError, match=r"doesn't fit all frames.*no camera could be solved for it: fog"):
        vfx_ai.clean(shot.plate, tmp_path / "out" / "single.exr", matte=shot.matte, single=True)
    assert not list((tmp_path / "out").glob("*.exr"))
