"""What a compositor sees: outside the hole Source's own pixels, and each output what its name says."""

from __future__ import annotations

import numpy as np
import pytest
from computed import RGBA, Computed
from standin import Nuke

HEIGHT, WIDTH = 6, 8
FRAME = 1003


@pytest.fixture
def made(tmp_path, make_exr, half_noise, into):
    """A node with a result of frames 1002 to 1004: the left half filled, with a made, a smooth and a relit pixel."""
    nuke = Nuke(tmp_path / "comp.nk")
    plugin = into(nuke)
    node = nuke.createNode("VFXAI_Inpaint")
    source = np.zeros((HEIGHT, WIDTH), np.float32)
    source[:, :4] = 1
    source[0, :3] = 2, 6, 7
    confidence = np.where(source > 0, np.float32(0.75), np.float32(1))
    confidence[0, 1] = 0
    fill = {**half_noise("RGB", HEIGHT, WIDTH, seed=2), "fill.source": source, "fill.confidence": confidence}
    for frame in (1002, 1003, 1004):
        make_exr(tmp_path / "out" / f"clean.{frame}.exr", {**fill, "A": np.zeros((HEIGHT, WIDTH), np.float16)})
    plugin.result.show(node, f"{tmp_path}/out/clean.####.exr", [1002, 1003, 1004], {"raw": True}, True)
    plate = half_noise("RGBA", HEIGHT, WIDTH)
    plate["R"][5, 7], plate["G"][5, 6] = np.inf, np.nan
    shown = {RGBA[name]: value.astype(np.float32) for name, value in plate.items()}
    return node, shown, {RGBA[name]: fill[name].astype(np.float32) for name in "RGB"}, source, confidence


def seen(made, output, frame=FRAME):
    node, plate = made[:2]
    node["output"].setValue(output)
    return Computed(node, frame, {0: plate, 1: {}}).output()


def same(one, other):
    return np.array_equal(one, other, equal_nan=True)


def test_the_result_is_the_fill_in_the_hole_and_source_itself_outside(made):
    _, plate, fill, source, _ = made
    result = seen(made, "Result")
    for name in RGBA.values():
        assert same(result[name][source == 0], plate[name][source == 0])
        if name in fill:
            assert same(result[name][source > 0], fill[name][source > 0])


@pytest.mark.parametrize("frame", [1001, 1005, 990])
def test_a_frame_without_a_result_is_source(made, frame):
    plate = made[1]
    result = seen(made, "Result", frame)
    assert all(same(result[name], plate[name]) for name in plate)


def test_fill_only_has_its_area_as_alpha(made):
    _, _, fill, source, _ = made
    shown = seen(made, "Fill only")
    assert same(shown["rgba.alpha"], (source > 0).astype(np.float32))
    for name, value in fill.items():
        assert same(shown[name][source > 0], value[source > 0]) and not shown[name][source == 0].any()


def test_the_map_has_a_color_for_each_source_and_is_black_outside(made):
    source = made[3]
    shown = seen(made, "Source map")
    pixels = np.stack([shown[name] for name in list(RGBA.values())[:3]], axis=-1)
    assert not pixels[source == 0].any()
    assert len({tuple(pixel) for pixel in pixels[source > 0].reshape(-1, 3)}) == 4
    blue = pixels[1, 0]
    assert blue[2] > blue[1] > blue[0] and pixels[0, 1].argmax() == 0


def test_confidence_is_the_files_own_and_one_outside(made):
    shown = seen(made, "Confidence")
    for name in list(RGBA.values())[:3]:
        assert same(shown[name], made[4])


def test_difference_is_what_changed(made):
    _, plate, fill, source, _ = made
    shown = seen(made, "Difference")
    finite = np.isfinite(plate["rgba.red"]) & (source == 0)
    assert not shown["rgba.red"][finite].any()
    inside = source > 0
    assert np.allclose(shown["rgba.blue"][inside], np.abs(fill["rgba.blue"] - plate["rgba.blue"])[inside])


def test_source_is_source_and_so_is_all_before_anything_is_rendered(made):
    node, plate = made[:2]
    assert seen(made, "Source") is plate
    node["has_result"].setValue(False)
    for output in node["output"].values():
        assert seen(made, output) is plate


def test_a_preview_shows_at_its_frame_alone_in_the_size_of_source(made, tmp_path, make_exr, half_noise, into):
    node, plate, _, source, _ = made
    small = half_noise("RGB", HEIGHT // 2, WIDTH // 2, seed=5)
    area = np.zeros((HEIGHT // 2, WIDTH // 2), np.float32)
    area[1, 1] = 1
    make_exr(tmp_path / "preview.1003.exr", {**small, "fill.source": area})
    into_node = __import__("vfx_ai_nuke.result", fromlist=["show_preview"])
    into_node.show_preview(node, f"{tmp_path}/preview.1003.exr", FRAME)
    result = seen(made, "Result")
    inside = np.zeros((HEIGHT, WIDTH), bool)
    inside[2:4, 2:4] = True
    assert (result["rgba.red"][inside] == np.float32(small["R"][1, 1])).all()
    assert all(same(result[name][~inside], plate[name][~inside]) for name in plate)
    assert same(seen(made, "Result", 1004)["rgba.red"][source > 0], made[2]["rgba.red"][source > 0])


def test_a_matte_becomes_the_alpha_of_source_or_stands_alone(tmp_path, make_exr, half_noise, into):
    nuke = Nuke(tmp_path / "comp.nk")
    plugin = into(nuke)
    node = nuke.createNode("VFXAI_Matte")
    alpha = half_noise("A", HEIGHT, WIDTH)
    make_exr(tmp_path / "matte.1003.exr", alpha)
    plugin.result.show(node, f"{tmp_path}/matte.####.exr", [FRAME], {"raw": True}, True)
    plate = {RGBA[name]: value.astype(np.float32) for name, value in half_noise("RGB", HEIGHT, WIDTH, seed=3).items()}
    made = node, plate, {}, None
    shown = seen(made, "Result")
    assert same(shown["rgba.alpha"], alpha["A"].astype(np.float32)) and shown["rgba.red"] is plate["rgba.red"]
    assert same(seen(made, "Matte")["rgba.green"], alpha["A"].astype(np.float32))
    assert seen(made, "Source") is plate
    assert not seen(made, "Matte", 1004)["rgba.red"].any()
