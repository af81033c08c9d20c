"""The map of where each pixel came from: what it holds, and that the result's light can be made anew from it."""

from __future__ import annotations

import numpy as np
import OpenEXR
import pytest
import torch
from rendered import LAMP, load, locked, render, rgb, save, travelling, turning

import vfx_ai
from vfx_ai.errors import InputError
from vfx_ai.fill import OTHER_FRAME
from vfx_ai.finish.origin import LARGEST, explained

HALF = 2.0**-10  # relative: a half's own rounding of the result, and of the gain
BELOW = 0.06  # taken off the light, so that some of it is negative
SCENES = {
    "still": (locked([(40, 30), (52, 36)]), "temporal"),
    "turning": (turning([(60, 30)]), "temporal"),
    "travelling": (travelling(20.0, [(60, 30)]), "flow"),
}
AT = (-3, 5)


def writer(kind):
    return lambda path, picture, at, display: save(path, rgb(picture - BELOW, kind), at, display)


def inpainted(folder, scene, engine, kind=np.float16, **options):
    """A shot with soft mattes, drifting light, lamps and negatives, whose data window begins elsewhere; filled."""
    shot = render(
        folder,
        scene,
        write=writer(kind),
        gain=lambda t: (1 + 0.05 * t, 1.0, 1 - 0.03 * t),
        window=lambda _t: AT,
        display=(110, 80),
    )
    output = folder / "out" / "clean.####.exr"
    return shot, output, vfx_ai.inpaint(shot.plate, shot.matte, output, engine=engine, device="cpu", **options)


@pytest.mark.parametrize("kind", [np.float16, np.float32], ids=["half", "float"])
@pytest.mark.parametrize("name", SCENES)
def test_light_made_anew_from_map_and_gain_is_the_results_to_half_precision(tmp_path, name, kind):
    scene, engine = SCENES[name]
    shot, output, report = inpainted(tmp_path, scene, engine, kind)
    remade = list(vfx_ai.remake(shot.plate, output))
    assert [one.frame for one in remade] == list(shot.numbers)
    for one, record in zip(remade, report.frames, strict=True):
        assert one.made.sum() == record.real + record.textured and record.real > 0.8 * record.hole
        assert one.off <= (HALF if kind is np.float16 else 2.0**-20)
    light = np.concatenate([one.pixels[one.made] for one in remade])
    assert light.min() < 0 and light.max() > LAMP / 2


def test_a_result_that_was_changed_is_not_what_its_map_gives(tmp_path):
    shot, output, _ = inpainted(tmp_path, *SCENES["still"], frames="1004")
    path = str(output).replace("####", "1004")
    file = OpenEXR.File(path, separate_channels=True)
    channels = file.parts[0].channels
    row, column = np.argwhere(channels["fill.source"].pixels == OTHER_FRAME)[5]
    channels["G"].pixels[row, column] += 0.01
    file.write(path)
    (one,) = vfx_ai.remake(shot.plate, output)
    assert one.off > 4 * HALF


def test_positions_are_in_the_pictures_coordinates_and_name_the_frame(tmp_path):
    shot, output, _ = inpainted(tmp_path, *SCENES["still"])
    y, x = np.mgrid[AT[1] : AT[1] + 64, AT[0] : AT[0] + 96]
    for number in shot.numbers:
        planes = load(str(output).replace("####", str(number)))
        came = planes["fill.source"] == OTHER_FRAME
        assert {planes[f"fill.from.{name}"].dtype for name in ("x", "y", "frame")} == {np.dtype(np.float32)}
        assert {planes[f"fill.gain.{color}"].dtype for color in "RGB"} == {np.dtype(np.float16)}
        # The camera stands still: each pixel comes from its own place.
        assert (planes["fill.from.x"][came] == x[came]).all() and (planes["fill.from.y"][came] == y[came]).all()
        sources = np.unique(planes["fill.from.frame"][came]).astype(int).tolist()
        assert set(sources) <= set(shot.numbers) - {number}
        for other in sources:
            assert (shot.mattes[other][came & (planes["fill.from.frame"] == other)] == 0).all()
        assert all((planes[f"fill.from.{name}"][~came] == 0).all() for name in ("x", "y", "frame"))
        assert all((planes[f"fill.gain.{color}"][~came] == 1).all() for color in "RGB")


def test_positions_lie_on_whole_steps_and_follow_a_camera_that_turns(tmp_path):
    _, output, _ = inpainted(tmp_path, *SCENES["turning"], frames="1004")
    planes = load(str(output).replace("####", "1004"))
    came = planes["fill.source"] == OTHER_FRAME
    x, y, frame = (planes[f"fill.from.{name}"][came] for name in ("x", "y", "frame"))
    assert (x * 256 == np.round(x * 256)).all() and (x != np.round(x)).mean() > 0.9
    rows, columns = np.nonzero(came)
    for column, found, other in zip(columns + AT[0], x, frame, strict=True):
        # It pans by 2.3 pixels a frame to the right, and rolls a little.
        assert found == pytest.approx(column - 2.3 * (other - 1004), abs=1.5)
    assert np.abs(y - rows - AT[1]).max() < 4


def test_a_float_plate_has_a_float_gain(tmp_path):
    _, output, _ = inpainted(tmp_path, *SCENES["still"], np.float32, frames="1003")
    planes = load(str(output).replace("####", "1003"))
    assert {planes[f"fill.gain.{color}"].dtype for color in "RGB"} == {np.dtype(np.float32)}


def test_without_the_channels_nothing_can_be_made_anew_and_the_light_is_the_same(tmp_path):
    shot, output, _ = inpainted(tmp_path, *SCENES["travelling"], frames="1003")
    bare = tmp_path / "bare" / "clean.####.exr"
    vfx_ai.inpaint(shot.plate, shot.matte, bare, engine="flow", device="cpu", frames="1003", aovs=False)
    with_map, without = (load(str(path).replace("####", "1003")) for path in (output, bare))
    assert set(without) == set("RGB") and all(np.array_equal(without[c], with_map[c]) for c in "RGB")
    with pytest.raises(InputError, match="where its pixels came from"):
        list(vfx_ai.remake(shot.plate, bare))


def agree(result, sample, gain):
    """Whether a result as half is a sample times a gain as half, to half precision."""
    apart = (gain.half().double() * sample.double() - result.half().double()).abs()
    return bool((apart <= HALF * result.abs().clamp(min=2.0**-14)).all())


def test_a_gain_gives_the_result_for_light_of_any_size_and_sign():
    random = torch.Generator().manual_seed(4)
    stops = torch.empty((2, 3, 20000)).uniform_(-30, 15, generator=random)
    signs = torch.randint(0, 2, stops.shape, generator=random) * 2 - 1
    result, sample = torch.exp2(stops) * signs
    made, gain = explained(result, sample, torch.ones_like(result))
    assert bool(torch.isfinite(gain).all()) and agree(made, sample, gain)
    ordinary = (result / sample).abs().log2().abs() < 13
    assert torch.equal(made[ordinary], result[ordinary]) and 0.3 < float(ordinary.float().mean()) < 1


@pytest.mark.parametrize(
    ("result", "sample", "made", "gain"),
    [
        (0.5, 0.25, 0.5, 2.0),
        (-0.5, 0.25, -0.5, -2.0),
        (0.0, 0.25, 0.0, 0.0),
        (0.0, 0.0, 0.0, 1.5),
        (0.1, 0.0, 0.0, 1.5),
        (1.0, 1e-9, 1e-9 * LARGEST, LARGEST),
        (-1.0, 1e-9, -1e-9 * LARGEST, -LARGEST),
        (1.0, 1e-42, 1e-42 * LARGEST, LARGEST),
        (1e-12, 60.0, 0.0, 0.0),
    ],
)
def test_what_no_gain_gives_becomes_what_the_map_gives(result, sample, made, gain):
    found = explained(*(torch.full((3, 1), value) for value in (result, sample, 1.5)))
    assert found[0][0, 0].item() == pytest.approx(made, rel=1e-3, abs=0)
    assert found[1][0, 0].item() == pytest.approx(gain, rel=1e-6, abs=0)
