"""What a compositor sees of a wider plate and of a matte: Source itself, and what was made around it."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from behind_reads import behind
from computed import RGBA, Computed
from grown import GROWN
from standin import Nuke

HEIGHT, WIDTH, FRAME = 6, 8, 1003


@pytest.fixture
def wider(tmp_path, make_exr, half_noise, into):
    """wider(by, field, text, grown): an Extend node with a result of frame 1003, and its plate."""

    def made(by, field, text, grown):
        left, below, right, above = grown
        nuke = Nuke(tmp_path / "comp.nk")
        loaded = into(nuke)
        node = behind(nuke, "VFXAI_Extend", f"{tmp_path}/plate.%04d.exr")
        node.input(0)._size = WIDTH, HEIGHT
        node["extend_by"].setValue(by)
        node[field].setValue(text)
        asked = loaded.asked.asked_of(node)
        shape = HEIGHT + below + above, WIDTH + left + right
        source = np.ones(shape, np.float32)
        source[max(above, 0) : shape[0] - max(below, 0), max(left, 0) : shape[1] - max(right, 0)] = 0
        fill = {**half_noise("RGB", *shape, seed=2), "fill.source": source}
        make_exr(tmp_path / f"wide.{FRAME}.exr", fill)
        loaded.result.show(node, f"{tmp_path}/wide.####.exr", [FRAME], {"raw": True}, False, asked.place)
        plate = half_noise("RGBA", HEIGHT, WIDTH)
        plate["R"][3, 3] = np.inf
        shown = {RGBA[name]: value.astype(np.float32) for name, value in plate.items()}
        return node, shown, {RGBA[name]: fill[name].astype(np.float32) for name in "RGB"}, source

    return made


@pytest.mark.parametrize("grown", GROWN, ids=lambda row: row[2])
def test_where_the_plate_was_the_wider_one_is_source_itself(wider, grown):
    node, plate, fill, source = wider(*grown)
    left, _, _, above = grown[3]
    for frame in (FRAME, FRAME + 1):  # of the second there is no result
        seen = Computed(node, frame, {0: plate, 1: {}}).output()
        for name, plane in plate.items():
            assert seen[name].shape == source.shape
            for y, x in np.argwhere(source == 0):
                assert seen[name][y, x] == plane[y - above, x - left]
            if name in fill and frame == FRAME:
                assert np.array_equal(seen[name][source > 0], fill[name][source > 0])


def test_outputs_of_a_wider_plate_are_what_their_names_say(wider):
    node, plate, _, source = wider(*GROWN[0])
    for name in ("Added only", "Source map", "Source"):
        node["output"].setValue(name)
        seen = Computed(node, FRAME, {0: plate, 1: {}}).output()
        if name == "Source":
            assert seen is plate
            continue
        assert not seen["rgba.green"][source == 0].any() and seen["rgba.blue"][source > 0].any()
        if name == "Added only":
            assert np.array_equal(seen["rgba.alpha"], source)
    node["output"].setValue("Difference")
    seen = Computed(node, FRAME, {0: plate, 1: {}}).output()
    node["output"].setValue("Result")
    added = Computed(node, FRAME, {0: plate, 1: {}}).output()["rgba.green"]
    assert not seen["rgba.green"][source == 0].any()
    assert np.array_equal(seen["rgba.green"][source > 0], np.abs(added)[source > 0])  # black was there before
    node["has_result"].setValue(False)
    node["output"].setValue("Result")
    assert Computed(node, FRAME, {0: plate, 1: {}}).output() is plate


def test_a_preview_of_a_wider_plate_lies_around_source_at_its_own_place(wider, tmp_path, make_exr):
    node, plate, _, _ = wider(*GROWN[0])
    # Half as large: 4 x 3 in the middle of what grows by 1 pixel on each side but the upper one.
    source = np.ones((4, 6), np.float32)
    source[:3, 1:5] = 0
    make_exr(
        tmp_path / "p.1003.exr", {**dict.fromkeys("RGB", np.full((4, 6), 0.25, np.float16)), "fill.source": source}
    )
    place = {"preview_moved_x": 2, "preview_moved_y": 2, "preview_wide": 12, "preview_high": 8}
    result = sys.modules["vfx_ai_nuke.result"]
    result.show_preview(node, f"{tmp_path}/p.1003.exr", FRAME, place)
    seen = Computed(node, FRAME, {0: plate, 1: {}}).output()["rgba.green"]
    assert seen.shape == (8, 12) and np.array_equal(seen[:6, 2:10], plate["rgba.green"])
    assert (seen[6:] == 0.25).all() and (seen[:, :2] == 0.25).all() and (seen[:, 10:] == 0.25).all()
    assert Computed(node, FRAME + 1, {0: plate, 1: {}}).output()["rgba.green"].shape != seen.shape
    assert node["moved_x"].value() == 2 and node["wide"].value() == 13  # those of the result stay


def test_a_preview_of_a_matte_is_sources_alpha_or_stands_alone(tmp_path, make_exr, half_noise, into):
    nuke = Nuke(tmp_path / "comp.nk")
    loaded = into(nuke)
    node = behind(nuke, "VFXAI_Matte", f"{tmp_path}/plate.%04d.exr")
    small = np.array([[0, 1], [0.5, 0]], np.float32)
    make_exr(tmp_path / "p.1003.exr", {"A": small.astype(np.float16)})
    loaded.result.show_preview(node, f"{tmp_path}/p.1003.exr", FRAME)
    plate = {RGBA[name]: value.astype(np.float32) for name, value in half_noise("RGB", 4, 4).items()}
    large = np.kron(small, np.ones((2, 2), np.float32))
    seen = Computed(node, FRAME, {0: plate}).output()
    assert np.array_equal(seen["rgba.alpha"], large) and seen["rgba.red"] is plate["rgba.red"]
    node["output"].setValue("Matte")
    assert np.array_equal(Computed(node, FRAME, {0: plate}).output()["rgba.blue"], large)
    assert Computed(node, FRAME + 1, {0: plate}).output() is plate
