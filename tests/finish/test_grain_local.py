"""Grain by place: noise that depends on material as well as on light, as a renderer's does."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
import rendered
import torch
from rendered import Rendered, load_rgb, open_shot, render

import vfx_ai
from vfx_ai.fill import OTHER_FRAME
from vfx_ai.fill.contract import nothing
from vfx_ai.finish import grain_local
from vfx_ai.finish.grain import measure
from vfx_ai.finish.grain_local import Places, parted
from vfx_ai.media.frame import Window
from vfx_ai.motion.survey import Motion

SIZE, FRAMES = (200, 320), 8
SIGMA = 0.01
LEFT, RIGHT = slice(0, 140), slice(180, 320)  # columns; between them the two materials meet


def wall(x, y, t, pan=0.0):
    """Light between 0.06 and 1, without fine texture."""
    return np.exp2(2 * np.tanh(np.log2(rendered.waves(x + pan * t, y, 5, 12.0, 60.0)) / 2 + 0.75) - 2)


def noise_of(t: int, rough: float, soft: float) -> np.ndarray:
    """[H, W, 3] of the wall's left half `rough` times as strong as on its right, where it hangs together by `soft`."""
    rng = np.random.default_rng(t)
    noise = rng.standard_normal((*SIZE, 3))
    blurred = cv2.GaussianBlur(noise, (0, 0), soft) if soft else noise
    noise[:, 160:] = blurred[:, 160:] / blurred.std()
    noise[:, :160] *= rough
    return SIGMA * noise


def noisy(folder, rough: float, soft: float = 0.0, pan: float = 0.0) -> Rendered:
    return render(
        folder,
        lambda x, y, t: wall(x, y, t, pan),
        frames=FRAMES,
        size=SIZE,
        extra=lambda clean, _x, _y, t: clean + noise_of(t, rough, soft),
        ball=lambda t: (40.0 + 34 * t, 100.0),
        radius=24,
    )


def places_of(shot: Rendered, kind: str = "locked") -> tuple[Places, object]:
    opened = open_shot(shot)
    grain = measure(opened, Motion(kind, opened.numbers, (), (), 0.0))
    return Places(opened, grain, Path(shot.plate).parent / "grain", locked=kind == "locked"), opened


def strength(places: Places, opened, number: int = 1002, lender: int = 1006) -> np.ndarray:
    """The factors [2, H, W] of a fill of the whole picture, each pixel of which comes from the same one of a frame."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]].astype(np.float32)
    empty = nothing(number, Window(0, 0, SIZE[1], SIZE[0]), opened.view(number).hole)
    origin = torch.from_numpy(np.stack([x, y, np.full_like(x, lender)]))
    whole = replace(empty, source=torch.full(SIZE, OTHER_FRAME, dtype=torch.uint8), origin=origin)
    return places.strength(whole).numpy()


@pytest.mark.parametrize("pan", [0.0, 1.4], ids=["locked", "panning"])
def test_grain_that_depends_on_light_alone_is_the_usual_one_everywhere(tmp_path, pan):
    found = strength(*places_of(noisy(tmp_path, 1.0, pan=pan), "moving" if pan else "locked"))
    assert np.abs(found.mean((1, 2)) - 1).max() < 0.06
    assert found.std((1, 2)).max() < 0.15


def test_coarse_noise_is_told_from_fine_noise(tmp_path):
    fine, coarse = strength(*places_of(noisy(tmp_path, 1.0, soft=1.0)))
    assert fine[:, LEFT].mean() > 3 * fine[:, RIGHT].mean()
    assert coarse[:, LEFT].mean() < coarse[:, RIGHT].mean()


@pytest.mark.parametrize(("rough", "soft"), [(2.0, 0.0), (1.0, 0.7)])
def test_the_fill_has_the_noise_of_each_place_at_two_scales(tmp_path, rough, soft):
    shot = noisy(tmp_path, rough, soft)
    vfx_ai.inpaint(shot.plate, shot.matte, tmp_path / "out" / "clean.####.exr", device="cpu", engine="temporal")
    y, x = np.mgrid[: SIZE[0], : SIZE[1]].astype(float)
    made = [load_rgb(tmp_path / "out" / f"clean.{n}.exr") - wall(x, y, 0) for n in shot.numbers]
    true = [noise_of(t, rough, soft) for t in range(FRAMES)]
    for columns in (LEFT, RIGHT):
        for scale in (1, 2):
            ours, real = (of_hole(some, shot, columns, scale) for some in (made, true))
            assert ours == pytest.approx(real, rel=0.2), (columns, scale)


def of_hole(frames: list[np.ndarray], shot: Rendered, columns: slice, scale: int) -> float:
    """The variance of what differs between frames within the hole's solid part, of some columns."""
    values = []
    for (n, a), (m, b) in pairwise(zip(shot.numbers, (cv2.blur(f, (scale, scale)) for f in frames), strict=True)):
        for number in (n, m):
            solid = np.zeros(SIZE, bool)
            solid[:, columns] = (cv2.erode(shot.mattes[number], np.ones((5, 5))) >= 1)[:, columns]
            values.append((a - b)[solid])
    return float((np.concatenate(values) ** 2).mean())


def test_a_neighbor_that_is_the_same_frame_tells_nothing(tmp_path):
    shot = noisy(tmp_path, 2.0)
    (tmp_path / "plate.1007.exr").write_bytes((tmp_path / "plate.1006.exr").read_bytes())
    assert (strength(*places_of(shot)) == 1).all()


def test_the_two_parts_of_grain_add_up_to_it():
    grain = np.random.default_rng(1).standard_normal((4, 24, 24, 3))
    fine, rest = parted(grain)
    assert np.allclose(fine + rest, grain) and rest.var() < 0.2 * grain.var()
    flat = np.full((5, 6, 3), 2.0)
    assert np.allclose(parted(flat)[0], 0)


def test_what_was_found_of_a_frame_is_kept_for_the_next_run(tmp_path, monkeypatch):
    shot = noisy(tmp_path, 2.0)
    first = strength(*places_of(shot))
    again, opened = places_of(shot)

    def asked(*_args, **_kwargs):
        pytest.fail("it was looked for again")

    monkeypatch.setattr(grain_local, "blocks_between", asked)
    assert np.array_equal(strength(again, opened), first)
