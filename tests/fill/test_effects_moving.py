"""What an object leaves beside its matte, under a camera that moves, and in other layers."""

from __future__ import annotations

import numpy as np
import pytest
from rendered import bits, camera_fields, disc, load, load_rgb, locked, render, results, rgb, save, travelling, wall

import vfx_ai
from vfx_ai.fill import RELIT

RATIO = np.array([0.5, 0.55, 0.65])  # what a shadow leaves of the light
FRAMES, SIZE, RADIUS, HORIZON = 24, (80, 240), 7.0, 24.0
ASKED = "1012"


def ball(t):
    return 14 + t * 212 / (FRAMES - 1), 32.0


def shadow(x, y, t):
    """The ratio [H, W, 3] of a soft shadow below the ball, which touches it and moves along with it."""
    cx, cy = ball(t)
    return RATIO ** disc(x, y, (cx + 4, cy + 10), RADIUS, 6.0)[..., None]


def panning(x, y, t):
    return wall(x + 1.7 * t, y + 0.3 * t)


def shaded(folder, scene, **options):
    return render(
        folder,
        scene,
        frames=FRAMES,
        size=SIZE,
        ball=ball,
        radius=RADIUS,
        noise=0.03,
        extra=lambda light, x, y, t: light * shadow(x, y, t),
        **options,
    )


def ratio_and_where(shot, number):
    """The shadow of a frame, and where outside of the matte it falls."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]].astype(float)
    ratio = shadow(x, y, number - 1001)
    return ratio, (ratio.min(-1) < 0.95) & (shot.mattes[number] == 0)


@pytest.mark.parametrize(
    ("scene", "engine"),
    [(panning, "temporal"), (travelling(HORIZON), "project"), (travelling(HORIZON), "flow")],
    ids=["pan by a homography", "solved camera", "dense flow"],
)
def test_a_shadow_under_a_moving_camera_is_taken_out_to_a_quarter_or_less(tmp_path, scene, engine):
    shot = shaded(tmp_path, scene)
    out = tmp_path / "out" / "clean.####.exr"
    camera = camera_fields(shot, engine, HORIZON)
    report = vfx_ai.inpaint(
        shot.plate, shot.matte, out, frames=ASKED, device="cpu", effects=True, engine=engine, **camera
    )
    assert report.passed and report.engine == engine
    for number, path in results(out.parent).items():
        ratio, where = ratio_and_where(shot, number)
        clean = shot.clean[number] / ratio
        plate = load_rgb(str(shot.plate).replace("####", str(number)))
        before, after = (np.abs(np.log2(picture[where] / clean[where])).mean() for picture in (plate, load_rgb(path)))
        assert before > 0.25 and after < before / 4, (number, before, after)
        planes = load(path)
        free = (planes["matte.effects"] > 0) | (shot.mattes[number] > 0)
        assert all(
            np.array_equal(planes[c][~free], load(str(shot.plate).replace("####", str(number)))[c][~free])
            for c in "RGB"
        )


@pytest.mark.parametrize("scene", [locked(), panning], ids=["locked", "panning"])
def test_layers_of_light_are_relit_by_the_same_ratio_and_layers_of_data_stay(tmp_path, scene):
    def write(path, pixels, at, display):
        light = pixels.astype(np.float32)
        data = np.arange(light[..., 0].size, dtype=np.float32).reshape(light.shape[:2])
        planes = {**rgb(light), **{f"diffuse.{c}": p * 0.5 for c, p in rgb(light).items()}, "depth.Z": data}
        return save(path, planes, at, display)

    shot = shaded(tmp_path, scene, write=write)
    out = tmp_path / "out" / "clean.####.exr"
    vfx_ai.inpaint(
        shot.plate, shot.matte, out, frames="1012", device="cpu", effects=True, engine="temporal", layers="all"
    )
    made, plate = load(str(out).replace("####", "1012")), load(str(shot.plate).replace("####", "1012"))
    relit = made["fill.source"] == RELIT
    assert relit.sum() > 40
    for channel in "RGB":
        gain = made[f"fill.gain.{channel}"][relit].astype(np.float64)
        assert (gain > 1.02).mean() > 0.5
        for name in (channel, f"diffuse.{channel}"):
            assert np.allclose(made[name][relit], plate[name][relit] * gain, rtol=2e-3), name
    free = (made["matte.effects"] > 0) | (shot.mattes[1012] > 0)
    assert np.array_equal(bits(made["depth.Z"])[relit], bits(plate["depth.Z"])[relit])
    for name in plate:
        assert np.array_equal(bits(made[name])[~free], bits(plate[name])[~free]), name
