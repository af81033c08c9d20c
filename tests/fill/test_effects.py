"""What an object leaves beside its matte: found, taken out, told of; and nothing found where there is nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import OpenEXR
import pytest
import torch
from rendered import bits, disc, load, load_rgb, locked, render, results, save

import vfx_ai
from vfx_ai.errors import InputError
from vfx_ai.fill import RELIT
from vfx_ai.fill.ratio import measured
from vfx_ai.job import Job
from vfx_ai.media.result import read_effects
from vfx_ai.run import plan, run

RATIO = np.array([0.5, 0.55, 0.65])  # what a shadow leaves of the light
FRAMES, SIZE, RADIUS = 24, (80, 240), 7.0
NOISE = 0.04


def ball(t):
    return 14 + t * 212 / (FRAMES - 1), 32.0


def shadow(x, y, t, depth=RATIO):
    """The ratio [H, W, 3] of a soft shadow below the ball, which touches it and moves along with it."""
    cx, cy = ball(t)
    strength = disc(x, y, (cx + 4, cy + 10), RADIUS, 6.0)[..., None]
    return depth**strength


@pytest.fixture(scope="module")
def shaded(tmp_path_factory):
    """A ball with a shadow that its matte leaves out: the shot, and the same background without the shadow."""
    folder = tmp_path_factory.mktemp("shaded")
    options = {"frames": FRAMES, "size": SIZE, "ball": ball, "radius": RADIUS, "noise": NOISE}
    shot = render(folder, locked(), extra=lambda light, x, y, t: light * shadow(x, y, t), **options)
    y, x = np.mgrid[: SIZE[0], : SIZE[1]].astype(float)
    clean = {n: shot.clean[n] / shadow(x, y, t) for t, n in enumerate(shot.numbers)}
    return replace(shot, clean=clean)


@pytest.fixture(scope="module")
def cleaned(shaded):
    out = shaded.folder / "out" / "clean.####.exr"
    report = vfx_ai.inpaint(shaded.plate, shaded.matte, out, frames="1009-1016", device="cpu", effects=True)
    return out, report


def in_shadow(shot, number):
    y, x = np.mgrid[: SIZE[0], : SIZE[1]].astype(float)
    return (shadow(x, y, number - 1001).min(-1) < 0.97) & (shot.mattes[number] == 0)


def stops(picture, truth, where):
    return float(np.abs(np.log2(picture[where] / truth[where])).mean())


def test_a_shadow_is_taken_out_to_a_quarter_or_less(shaded, cleaned):
    for number, path in results(cleaned[0].parent).items():
        where = in_shadow(shaded, number)
        before = stops(load_rgb(str(shaded.plate).replace("####", str(number))), shaded.clean[number], where)
        assert before > 0.3
        assert stops(load_rgb(path), shaded.clean[number], where) < before / 4


def test_what_lies_in_the_shadow_keeps_its_own_grain(shaded, cleaned):
    """Grain is the light's deviation from the scene without it; it is that of this frame, not another's."""
    still = np.mean([shaded.clean[n] for n in shaded.numbers], 0)
    for number, path in results(cleaned[0].parent).items():
        where = in_shadow(shaded, number) & (load(path)["fill.source"] == RELIT)
        own, got = (np.log2(picture / still)[where] for picture in (shaded.clean[number], load_rgb(path)))
        assert np.corrcoef((own - own.mean(0)).ravel(), (got - got.mean(0)).ravel())[0, 1] > 0.6


def test_no_grain_is_laid_over_the_plates_own(shaded, cleaned, tmp_path):
    out = tmp_path / "clean.####.exr"
    vfx_ai.inpaint(shaded.plate, shaded.matte, out, frames="1012", device="cpu", effects=True, grain="none")
    bare, grained = (load(str(o).replace("####", "1012")) for o in (out, cleaned[0]))
    relit = grained["fill.source"] == RELIT
    assert relit.any() and all(np.array_equal(bare[c][relit], grained[c][relit]) for c in "RGB")
    assert (bare["G"] != grained["G"]).any()


def test_outside_of_matte_and_effects_every_bit_is_the_plates(shaded, cleaned):
    out, report = cleaned
    assert report.passed and report.verdict == "identical outside the matte and its effects"
    for number, path in results(out.parent).items():
        planes, plate = load(path), load(str(shaded.plate).replace("####", str(number)))
        effects = planes["matte.effects"] > 0
        assert effects.any() and not (effects & (shaded.mattes[number] > 0)).any()
        free = effects | (shaded.mattes[number] > 0)
        assert all(np.array_equal(bits(planes[c])[~free], bits(plate[c])[~free]) for c in "RGB")
        assert all((planes[c] != plate[c])[effects].any() for c in "RGB")
        assert (planes["fill.source"][~free] == 0).all()


def test_the_record_counts_effects_apart_from_the_hole(shaded, cleaned):
    out, report = cleaned
    for record in report.frames:
        planes = load(str(out).replace("####", str(record.frame)))
        assert record.hole == (shaded.mattes[record.frame] > 0).sum() == record.real + record.made_up
        assert record.effects == (planes["matte.effects"] > 0).sum()
        assert record.relit == (planes["fill.source"] == RELIT).sum() > 0.8 * record.effects


def test_the_page_says_what_was_relit(cleaned):
    page = (cleaned[0].parent / "report.html").read_text(encoding="utf-8")
    assert "plate, relit" in page and "outside the matte and its effects" in page


def test_light_that_was_divided_out_can_be_made_anew(shaded, cleaned):
    for one in vfx_ai.remake(shaded.plate, cleaned[0]):
        planes = load(str(cleaned[0]).replace("####", str(one.frame)))
        relit = planes["fill.source"] == RELIT
        assert one.made[relit].all() and one.off <= 2.0**-10
        y, x = np.nonzero(relit)
        assert (planes["fill.from.x"][relit] == x).all() and (planes["fill.from.y"][relit] == y).all()
        assert (planes["fill.from.frame"][relit] == one.frame).all()


def test_verify_must_be_told_of_effects(shaded, cleaned):
    told = vfx_ai.verify(shaded.plate, cleaned[0], shaded.matte, effects=True)
    assert all(verdict.passed for verdict in told)
    assert not any(verdict.passed for verdict in vfx_ai.verify(shaded.plate, cleaned[0], shaded.matte))


def test_verify_finds_a_pixel_that_no_effect_accounts_for(shaded, cleaned, tmp_path):
    path = tmp_path / "clean.1010.exr"
    file = OpenEXR.File(str(cleaned[0]).replace("####", "1010"), separate_channels=True)
    free = (file.parts[0].channels["matte.effects"].pixels > 0) | (shaded.mattes[1010] > 0)
    row, column = np.argwhere(~free)[100]
    file.parts[0].channels["G"].pixels[row, column] += 0.01
    file.write(str(path))
    (verdict,) = vfx_ai.verify(shaded.plate, str(tmp_path / "clean.####.exr"), shaded.matte, effects=True)
    assert verdict.differing == 1


def test_a_result_without_the_channel_cannot_be_excused(shaded, tmp_path):
    out = tmp_path / "clean.####.exr"
    vfx_ai.inpaint(shaded.plate, shaded.matte, out, frames="1010", device="cpu")
    (verdict,) = vfx_ai.verify(shaded.plate, out, shaded.matte, effects=True)
    assert "matte.effects" in verdict.findings[0]
    assert "matte.effects" not in load(str(out).replace("####", "1010"))


def test_a_result_that_holds_no_matte_of_effects_says_so(shaded, cleaned, tmp_path):
    def job(**fields):
        return Job(shaded.plate, shaded.matte, str(tmp_path / "clean.####.exr"), frames="1010", **fields)

    for effects, aovs in ((True, True), (False, False), (True, False)):
        notes = plan(job(effects=effects, aovs=aovs)).notes
        assert any("matte.effects" in note and "--no-aovs" in note for note in notes) == (effects and not aovs)
    report = run(job(effects=True, aovs=False, engine="temporal", device="cpu"))
    assert any("matte.effects" in note for note in report.notes) and report.frames[0].effects > 0
    assert not any("matte.effects" in note for note in cleaned[1].notes)


def test_a_frame_does_not_depend_on_the_others_that_were_asked_for(shaded, cleaned, tmp_path):
    out = tmp_path / "clean.####.exr"
    vfx_ai.inpaint(shaded.plate, shaded.matte, out, frames="1012", device="cpu", effects=True)
    alone, among = (load(str(o).replace("####", "1012")) for o in (out, cleaned[0]))
    assert alone.keys() == among.keys()
    assert all(np.array_equal(bits(alone[c]), bits(among[c])) for c in alone)


def test_without_a_shadow_the_result_is_that_without_effects(tmp_path):
    shot = render(tmp_path, locked(), frames=FRAMES, size=SIZE, ball=ball, radius=RADIUS, noise=NOISE)
    options = {"frames": "1010,1013", "device": "cpu"}
    outs = [tmp_path / name / "clean.####.exr" for name in ("with", "without")]
    found = vfx_ai.inpaint(shot.plate, shot.matte, outs[0], effects=True, **options)
    vfx_ai.inpaint(shot.plate, shot.matte, outs[1], **options)
    assert [record.effects for record in found.frames] == [0, 0]
    assert any("Nothing was found" in note for note in found.notes)
    for number in (1010, 1013):
        one, other = (load(str(out).replace("####", str(number))) for out in outs)
        assert (one.pop("matte.effects") == 0).all()
        assert all(np.array_equal(bits(one[c]), bits(other[c])) for c in other)


def test_a_frame_without_an_object_carries_the_channel_too(tmp_path):
    shot = render(tmp_path, locked(), frames=4, size=(32, 48), radius=4)
    save(shot.folder / "matte.1002.exr", {"A": np.zeros((32, 48), np.float32)})
    out = tmp_path / "out" / "clean.####.exr"
    vfx_ai.inpaint(shot.plate, shot.matte, out, frames="1002", device="cpu", effects=True)
    assert (load(str(out).replace("####", "1002"))["matte.effects"] == 0).all()


def scene(ratio, noise=0.05, size=(90, 120), seed=3):
    """Plate and prediction [3, h, w], known, hole: a hole in the middle, and light times `ratio` below it."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: size[0], : size[1]].astype(float)
    light = 0.2 * np.exp2(rng.standard_normal((3, *size)) * 0.5)
    plate, made = (light * (1 + noise * rng.standard_normal(light.shape)) for _ in range(2))
    below = disc(x, y, (60, 60), 12, 6)
    plate = plate * ratio**below
    hole = torch.from_numpy(disc(x, y, (60, 42), 10, 1) > 0)
    parts = [torch.from_numpy(p.astype(np.float32)) for p in (plate, made)]
    return *parts, torch.zeros(size), ~hole, hole, torch.from_numpy(below)


@pytest.mark.parametrize("ratio", [0.3, 0.7, 1.5, 2.5])
def test_the_ratio_is_what_was_put_in(ratio):
    plate, made, claimed, known, hole, below = scene(ratio)
    found = measured(plate, made, claimed, known, hole)
    inside = (below >= 1) & known
    assert (found.stops - np.log2(ratio))[:, inside].abs().mean() < 0.1 * abs(np.log2(ratio)) + 0.02
    assert (found.coverage[inside] > 0).float().mean() > 0.98
    assert (found.darker > 0, found.lighter > 0) == (ratio < 1, ratio > 1)
    assert float(found.coverage[(below == 0) & known].mean()) < 0.005


def test_what_is_not_connected_to_the_object_is_not_its_shadow():
    plate, made, claimed, known, hole, _ = scene(1.0)
    plate[:, 5:25, 5:30] *= 0.5
    assert not (measured(plate, made, claimed, known, hole).coverage > 0).any()


def test_noise_alone_is_no_effect():
    for seed in range(5):
        plate, made, claimed, known, hole, _ = scene(1.0, noise=0.2, seed=seed)
        assert float((measured(plate, made, claimed, known, hole).coverage > 0).float().mean()) < 0.01


def test_blacks_and_negatives_leave_no_nan():
    plate, made, claimed, known, hole, _ = scene(0.5)
    plate[:, 50:70, 40:60], made[:, 50:70, 50:70] = -0.02, 0.0
    found = measured(plate, made, claimed, known, hole)
    assert torch.isfinite(found.stops).all() and torch.isfinite(found.coverage).all()


def test_a_frame_of_which_nothing_is_known_has_no_effect():
    plate, made, claimed, known, hole, _ = scene(0.5)
    assert not measured(plate, made, claimed, torch.zeros_like(known), hole).coverage.any()


def test_without_its_channels_a_result_has_no_effects_to_read(tmp_path):
    from vfx_ai.media.frame import Layer

    path = save(tmp_path / "a.exr", {name: np.zeros((4, 5), np.float32) for name in "RGB"})
    with pytest.raises(InputError, match=r"matte\.effects"):
        read_effects(path, 1, Layer("RGB", 0, ("R", "G", "B")), (4, 5))
