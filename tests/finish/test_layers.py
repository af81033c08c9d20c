"""Layers beside the one that is filled, filled through the same map."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from rendered import bits, load, locked, open_shot, render, rgb, save, travelling, turning

import vfx_ai
from vfx_ai.errors import InputError, JobError
from vfx_ai.fill import OTHER_FRAME, SMOOTH
from vfx_ai.fill.contract import Fill
from vfx_ai.finish.composite import composite
from vfx_ai.finish.layers import OtherLayers
from vfx_ai.finish.origin import traced
from vfx_ai.media.exr_layers import AOVS
from vfx_ai.media.frame import Window

AT = (-3, 5)
LIGHT = ("diffuse", "specular")


def cg(picture):
    """Channels of a CG frame, made of its light: two lights that add up to it, data and ids that follow it."""
    light = picture.astype(np.float32)
    luma = light.mean(-1)
    diffuse = (0.75 * light).astype(np.float32)
    hashes = np.random.default_rng(1).integers(1, 2**32, 256, dtype=np.uint32)
    thing = np.clip(np.nan_to_num(luma) * 20, 0, 255).astype(np.uint8)
    layers = {**rgb(light), "A": np.where(luma > 0.05, 1, 0.5).astype(np.float16)}
    layers |= {f"diffuse.{c}": diffuse[..., i] for i, c in enumerate("RGB")}
    layers |= {f"specular.{c}": light[..., i] - diffuse[..., i] for i, c in enumerate("RGB")}
    layers |= {"Z": (100 / (luma + 1)).astype(np.float32), "N.X": luma.astype(np.float16)}
    layers |= {"id": hashes[thing], "CryptoObject00.R": hashes[thing].view(np.float32)}
    layers |= {"CryptoObject01.R": hashes[::-1][thing].view(np.float32)}
    return layers


def write(path, picture, at, display):
    return save(path, cg(picture), at, display)


def shot_of(folder, scene, **options):
    return render(folder, scene, write=write, window=lambda _t: AT, display=(110, 80), **options)


def inpainted(shot, output, engine="temporal", **options):
    return vfx_ai.inpaint(shot.plate, shot.matte, output, engine=engine, device="cpu", **options)


def plate(shot, number):
    return load(shot.folder / f"plate.{number}.exr")


def result(output, number):
    return load(str(output).replace("####", str(number)))


def assert_kept(shot, output, number, filled):
    """Outside the hole every bit is the plate's, and in it only the filled channels differ."""
    before, after, hole = plate(shot, number), result(output, number), shot.mattes[number] > 0
    for name, pixels in before.items():
        same = bits(pixels) == bits(after[name])
        assert same[~hole].all(), name
        assert same.all() != (name in filled), name
    assert set(after) - set(before) <= set(AOVS)


@pytest.mark.parametrize(("scene", "engine"), [(turning(), "temporal"), (travelling(20.0), "flow")])
def test_lights_add_up_to_the_color_behind_a_camera_that_moves(tmp_path, scene, engine):
    shot, output = (
        shot_of(tmp_path, scene, gain=lambda t: (1 + 0.05 * t, 1.0, 1 - 0.03 * t)),
        tmp_path / "o" / "c.####.exr",
    )
    report = inpainted(shot, output, engine, layers="all", frames="1003-1005")
    assert report.passed
    for record in report.frames:
        assert set(record.layers) == {"A", "Z", "N", "id", "CryptoObject", *LIGHT}
        found, hole = result(output, record.frame), shot.mattes[record.frame] > 0
        assert_kept(shot, output, record.frame, set(cg(np.zeros((2, 2, 3)))))
        for color in "RGB":
            total = sum(found[f"{light}.{color}"][hole] for light in LIGHT)
            off = np.abs(np.log2((total + 0.02) / (found[color][hole] + 0.02)))
            assert off.mean() < 0.06 and np.quantile(off, 0.9) < 0.15
            assert found[f"diffuse.{color}"][hole] / total == pytest.approx(0.75, rel=0.02)


def test_layers_match_the_clean_plate_where_the_camera_stands_still(tmp_path):
    shot, output = shot_of(tmp_path, locked()), tmp_path / "o" / "c.####.exr"
    inpainted(shot, output, layers="all", blend=1)
    for number in shot.numbers:
        clean, found = cg(shot.clean[number]), result(output, number)
        came = found["fill.source"] == OTHER_FRAME
        sure = came & (shot.mattes[number] == 1)
        assert sure.sum() > 200
        for name in ("id", "CryptoObject00.R", "CryptoObject01.R", "Z", "N.X"):
            assert np.array_equal(bits(found[name][came]), bits(clean[name][came])), name
        for name in ("A", "diffuse.G", "specular.B"):
            assert found[name][sure] == pytest.approx(clean[name][sure], rel=1e-5), name


def test_ids_and_data_are_values_that_the_frames_hold_and_never_a_mix(tmp_path):
    shot, output = shot_of(tmp_path, turning()), tmp_path / "o" / "c.####.exr"
    inpainted(shot, output, layers="Z,N,id,crypto*", frames="1002,1005")
    for number in (1002, 1005):
        found, hole = result(output, number), shot.mattes[number] > 0
        assert_kept(shot, output, number, {"R", "G", "B", "Z", "N.X", "id", "CryptoObject00.R", "CryptoObject01.R"})
        frames = {int(n) for n in np.unique(found["fill.from.frame"][hole])} - {0} | {number}
        for name in ("Z", "N.X", "id", "CryptoObject00.R", "CryptoObject01.R"):
            there = np.concatenate([bits(plate(shot, n)[name]).ravel() for n in frames])
            assert np.isin(bits(found[name][hole]), there).all(), name


def test_ids_are_cleared_by_choice_and_other_layers_are_not(tmp_path):
    shot, output = shot_of(tmp_path, locked(), frames=4), tmp_path / "o" / "c.####.exr"
    report = inpainted(shot, output, layers="all", ids="clear", frames="1002")
    found, hole = result(output, 1002), shot.mattes[1002] > 0
    for name in ("id", "CryptoObject00.R", "CryptoObject01.R"):
        assert (bits(found[name][hole]) == 0).all() and (bits(found[name][~hole]) != 0).all()
    assert (found["Z"][hole] > 0).all()
    assert report.passed


def test_other_layers_stay_unless_they_are_named(tmp_path):
    shot, output = shot_of(tmp_path, locked(), frames=4), tmp_path / "o" / "c.####.exr"
    report = inpainted(shot, output, frames="1002")
    assert_kept(shot, output, 1002, set("RGB"))
    assert report.frames[0].layers == ()
    report = inpainted(shot, output, frames="1002", layers="Specular")
    assert_kept(shot, output, 1002, {"R", "G", "B", "specular.R", "specular.G", "specular.B"})
    assert report.frames[0].layers == ("specular",)
    assert any("specular" in note for note in report.notes)


def test_verify_must_be_told_which_layers_were_filled(tmp_path):
    shot, output = shot_of(tmp_path, locked(), frames=4), tmp_path / "o" / "c.####.exr"
    inpainted(shot, output, layers="Z,diffuse", frames="1002")
    (right,) = vfx_ai.verify(shot.plate, output, shot.matte, layers="diffuse,Z")
    (wrong,) = vfx_ai.verify(shot.plate, output, shot.matte, layers="diffuse")
    assert right.passed and wrong.differing == 0 and "channel Z differs" in wrong.findings[0]


@pytest.mark.parametrize("name", ["albedo", "diffuse,albedo", "R"])
def test_a_layer_that_is_not_there_is_refused_before_anything_is_written(tmp_path, name):
    shot, output = shot_of(tmp_path, locked(), frames=3), tmp_path / "o" / "c.####.exr"
    with pytest.raises(JobError, match="there is no layer") as caught:
        inpainted(shot, output, layers=name)
    assert "A, CryptoObject, N, Z, diffuse, id, specular" in caught.value.remedy
    assert not output.parent.exists()


def test_a_layer_that_one_frame_lacks_is_refused_before_anything_is_written(tmp_path):
    shot, output = shot_of(tmp_path, locked(), frames=4), tmp_path / "o" / "c.####.exr"
    channels = plate(shot, 1003)
    del channels["N.X"]
    save(shot.folder / "plate.1003.exr", channels, AT, (110, 80))
    with pytest.raises(InputError, match=r"no channel N\.X") as caught:
        inpainted(shot, output, layers="all", frames="1001")
    assert caught.value.frame == 1003
    assert not output.parent.exists()


def test_parts_with_the_same_window_are_filled_and_others_are_left_with_a_note(tmp_path):
    def parts(path, picture, at, display):
        layers = cg(picture)
        return save(
            path,
            {**rgb(picture), "A": layers["A"]},
            at,
            display,
            [("depth", {"Z": layers["Z"]}, at), ("ids", {"id": layers["id"][4:-4, 4:-4]}, (at[0] + 4, at[1] + 4))],
        )

    shot = render(tmp_path, locked(), write=parts, window=lambda _t: AT, display=(110, 80), frames=5)
    output = tmp_path / "o" / "c.####.exr"
    report = inpainted(shot, output, layers="all", blend=1, frames="1003")
    assert report.passed and report.frames[0].layers == ("rgba.A", "depth.Z")
    assert any("ids.id" in note and "stays" in note for note in report.notes)
    clean, hole = cg(shot.clean[1003]), shot.mattes[1003] > 0
    path = str(output).replace("####", "1003")
    before, after = load(shot.folder / "plate.1003.exr", 1)["Z"], load(path, 1)["Z"]
    came = load(path)["fill.source"] == OTHER_FRAME
    assert np.array_equal(after[came], clean["Z"][came]) and np.array_equal(bits(before[~hole]), bits(after[~hole]))
    assert np.array_equal(load(shot.folder / "plate.1003.exr", 2)["id"], load(path, 2)["id"])


@pytest.fixture
def handmade(tmp_path):
    """A still of two frames whose left half of the hole comes from the other frame, and whose right half from none."""
    height, width, numbers = 12, 20, (1001, 1002)
    random = np.random.default_rng(2)
    frames = {n: {c: random.uniform(0.1, 2, (height, width)).astype(np.float32) for c in "RGB"} for n in numbers}
    for planes in frames.values():
        planes["Z"] = random.uniform(5, 9, (height, width)).astype(np.float32)
        planes["Z"][4, 7] = np.inf
        planes["id"] = random.integers(1, 99, (height, width), dtype=np.uint32)
        planes["key.R"] = np.full((height, width), 0.5, np.float16)
    matte = np.zeros((height, width), np.float32)
    matte[3:9, 5:15] = 1
    for number, planes in frames.items():
        save(tmp_path / f"plate.{number}.exr", planes)
        save(tmp_path / f"matte.{number}.exr", {"A": matte})
    shot = open_shot(type("Files", (), {"plate": f"{tmp_path}/plate.####.exr", "matte": f"{tmp_path}/matte.####.exr"}))
    size, hole = (height, width), torch.from_numpy(matte > 0)
    given = hole & (torch.arange(width) < 10)
    y, x = torch.meshgrid(torch.arange(height).float(), torch.arange(width).float(), indexing="ij")
    fill = Fill(
        1001,
        Window(0, 0, width, height),
        torch.ones((3, *size)),
        torch.where(given, OTHER_FRAME, torch.where(hole, SMOOTH, 0)).to(torch.uint8),
        given.float(),
        hole & ~given,
        torch.stack([x + 0.25, y, torch.full(size, 1002.0)]) * given,
        torch.where(given, torch.tensor([2.0, 1.0, 0.5])[:, None, None], 1.0),
    )
    return shot, fill, frames, given.numpy(), hole.numpy()


def made_of(handmade, wanted, **changes):
    shot, fill, *_ = handmade
    fill = replace(fill, **changes)
    patch, _ = OtherLayers(wanted, "nearest", 2**20).filled(shot, fill, traced(shot, fill, composite(shot, fill)))
    return {change.plane.channel: change.pixels for change in patch.planes}


def test_light_is_matched_in_exposure_and_data_is_not(handmade):
    _, _, frames, given, _ = handmade
    made = made_of(handmade, "all")
    assert made["key.R"][given] == pytest.approx(1.0)
    assert np.array_equal(made["Z"][given], frames[1002]["Z"][given])


def test_a_depth_becomes_that_from_this_frames_camera(handmade):
    _, fill, frames, given, _ = handmade
    ratio = torch.rand(fill.source.shape, generator=torch.Generator().manual_seed(3)) + 0.5
    made = made_of(handmade, "all", depth_ratio=ratio)
    assert np.array_equal(made["Z"][given], (frames[1002]["Z"] * ratio.numpy())[given])
    assert np.isinf(made["Z"][4, 7])
    assert np.array_equal(made["id"][given], frames[1002]["id"][given])


def test_what_no_frame_gave_is_smooth_in_light_and_the_nearest_known_pixel_in_data_and_ids(handmade):
    _, _, frames, given, hole = handmade
    made, left = made_of(handmade, "all"), hole & ~given
    assert ((made["key.R"][left] > 0.5) & (made["key.R"][left] < 1.0)).all()
    for name in ("Z", "id"):
        known = np.where(hole, frames[1002][name], frames[1001][name])
        assert np.isin(made[name][left], known[~left]).all()
        assert np.array_equal(made[name][4:8, 14], frames[1001][name][4:8, 15])
