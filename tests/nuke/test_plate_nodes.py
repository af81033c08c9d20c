"""Extend, Generate and Loop: what they ask for, what the worker makes of it, and what a compositor sees."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import rendered
from behind_reads import behind
from computed import RGBA, Computed, read
from rendered import render
from standin import Nuke

from vfx_ai.plates.jobs import Extend
from vfx_ai.worker.kinds import KINDS, Preview
from vfx_ai.worker.kinds import read as taken

HEIGHT, WIDTH, FRAME = 6, 8, 1003
# What is written, and the pixels at the left and below, at the right and above.
GROWN = [
    ("sides", "pad", "2,1,3,0", (2, 0, 3, 1)),
    ("sides", "pad", "25%,0,0,50%", (2, 3, 0, 0)),
    ("format", "format", "11x9", (1, 2, 2, 1)),
    ("format", "format", "12x3", (2, -1, 2, -2)),
    ("overscan", "overscan", "25%", (0, 0, 0, 0)),
]


@pytest.fixture(scope="module")
def shot(tmp_path_factory):
    return render(tmp_path_factory.mktemp("shot"), rendered.travelling(24.0), frames=6, size=(48, 72))


def of_shot(nuke, kind, shot, masked=False):
    node = nuke.createNode(kind)
    for index, pattern in enumerate((shot.plate, shot.matte)[: 1 + masked]):
        source = nuke.createNode("Read")
        for name, value in (("file", pattern), ("first", shot.numbers[0]), ("last", shot.numbers[-1])):
            source[name].setValue(value)
        node.setInput(index, source)
    return node


# What is asked.


@pytest.mark.parametrize("size", [(72, 48), (1998, 1081)])
@pytest.mark.parametrize(("by", "field", "text", "_grown"), GROWN)
def test_a_wider_frame_lies_where_the_worker_puts_it(nuke, into, size, by, field, text, _grown):
    asked = into(nuke).asked
    node = behind(nuke, "VFXAI_Extend", "/shots/plate.%04d.exr")
    node.input(0)._size = size
    node["extend_by"].setValue(by)
    node[field].setValue(text)
    found = asked.asked_of(node)
    job = taken(KINDS[found.kind].made, found.fields)
    left, top, right, bottom = job.grown(*size)
    inside = by == "overscan"  # the frame stays
    assert found.place == {
        "moved_x": 0 if inside else left,
        "moved_y": 0 if inside else bottom,
        "wide": size[0] + (0 if inside else left + right),
        "high": size[1] + (0 if inside else top + bottom),
    }


def test_a_clean_plate_needs_no_mask_and_then_says_nothing_of_how_one_is_read(nuke, into):
    asked = into(nuke).asked
    node = behind(nuke, "VFXAI_CleanPlate", "/shots/plate.%04d.exr")
    node["matte_channel"].setValue("R")
    node["matte_invert"].setValue(True)
    node["matte_grow"].setValue(3.0)
    found = asked.asked_of(node)
    assert (found.kind, found.fields["matte"]) == ("plate_clean", "/shots/matte.1001-1010%04d.exr")
    assert (found.fields["matte_channel"], found.fields["matte_invert"]) == ("R", True)
    node.setInput(1, None)
    found = asked.asked_of(node)
    assert not {"matte", "matte_channel", "matte_invert"} & set(found.fields) and found.fields["matte_grow"] == "3"
    if found.kind in KINDS:
        assert taken(KINDS[found.kind].made, found.fields).matte == ""


def test_extend_asks_for_one_way_and_for_the_masks_only_where_there_is_one(nuke, into):
    asked = into(nuke).asked
    node = behind(nuke, "VFXAI_Extend", "/shots/plate.%04d.exr")
    node["format"].setValue("2048x858")
    node["matte_channel"].setValue("R")
    node["matte_grow"].setValue(3.0)
    fields = asked.asked_of(node).fields
    assert (fields["pad"], fields["matte"], fields["matte_grow"]) == (
        "12%,0,12%,0",
        "/shots/matte.1001-1010%04d.exr",
        "3",
    )
    assert "format" not in fields and "overscan" not in fields
    node.setInput(1, None)
    made = taken(Extend, asked.asked_of(node).fields)
    assert (made.matte, made.matte_channel, made.aovs) == ("", "", True)


@pytest.mark.parametrize(
    ("by", "field", "text", "says"),
    [
        ("sides", "pad", "12,12", "aren't four"),
        ("sides", "pad", "a,b,c,d", "no pixels"),
        ("sides", "pad", "", "aren't four"),
        ("format", "format", "", "no size"),
        ("format", "format", "0x10", "no size"),
        ("overscan", "overscan", "-5", "no pixels"),
    ],
)
def test_what_is_no_growth_is_one_message(nuke, into, by, field, text, says):
    into(nuke)
    node = behind(nuke, "VFXAI_Extend", "/shots/plate.%04d.exr")
    node["extend_by"].setValue(by)
    node[field].setValue(text)
    nuke._press(node, "render")
    (message,) = nuke._messages
    assert says in message


def test_generate_asks_for_all_references_and_tells_where_its_frames_will_be(nuke, into):
    loaded = into(nuke)
    node = behind(nuke, "VFXAI_Generate", "/ref/a.%04d.exr")
    found = loaded.asked.asked_of(node)
    made = taken(KINDS["plate_generate"].made, found.fields)
    assert made.like == ("/ref/a.1001-1010%04d.exr",) and made.mask == "/shots/matte.1001-1010%04d.exr"
    assert (made.frames, made.start, made.size) == (0, 1001, "") and (found.first, found.last) == (1001, 1010)
    said = {"frames": 48, "start": 1, "size": "64x36", "more_references": "/ref/b.####.exr, /ref/c.exr", "seed": 7}
    for name, value in said.items():
        node[name].setValue(value)
    found = loaded.asked.asked_of(node)
    made = taken(KINDS["plate_generate"].made, found.fields)
    assert made.like[1:] == ("/ref/b.####.exr", "/ref/c.exr") and (found.first, found.last) == (1, 48)
    assert (made.frames, made.size, made.seed) == (48, "64x36", 7)
    for name, value, says in (("size", "64", "no size"), ("more_references", "/a.exr,b.exr", "'b.exr' is no whole")):
        before = node[name].value()
        node[name].setValue(value)
        nuke._press(node, "render")
        assert says in nuke._messages[-1]
        node[name].setValue(before)
    node.setInput(0, None)
    nuke._press(node, "render")
    assert "to Reference" in nuke._messages[-1]


def test_an_edit_needs_a_model_and_words_and_no_mask(nuke, into):
    loaded = into(nuke)
    node = behind(nuke, "VFXAI_Edit", "/shots/plate.%04d.exr")
    nuke._press(node, "render")
    assert "There is no model" in nuke._messages[-1]
    node["model"].setValue("our-video")
    nuke._press(node, "render")
    assert "There is no prompt" in nuke._messages[-1]
    node["prompt"].setValue("storm clouds")
    node["reference"].setValue("/ref/sky.exr")
    found = loaded.asked.asked_of(node)
    made = taken(KINDS["edit"].made, found.fields)
    assert (found.kind, made.strength, made.reference, made.matte_grow) == ("edit", 0.4, "/ref/sky.exr", "0")
    assert made.matte == "/shots/matte.1001-1010%04d.exr" and (found.first, found.last) == (1001, 1010)
    node.setInput(1, None)
    assert taken(KINDS["edit"].made, loaded.asked.asked_of(node).fields).matte == ""


def test_a_plate_by_a_model_needs_no_input_and_may_begin_with_one(nuke, into):
    loaded = into(nuke)
    node = nuke.createNode("VFXAI_Imagine")
    nuke._press(node, "render")
    assert "There is no model" in nuke._messages[-1]
    for name, value in {"model": "our-video", "prompt": "fog", "frames": 9, "start": 11, "size": "64x36"}.items():
        node[name].setValue(value)
    found = loaded.asked.asked_of(node)
    made = taken(KINDS["plate_by_model"].made, found.fields)
    assert (made.model, made.prompt, made.frames, made.image) == ("our-video", "fog", 9, "")
    assert (found.kind, found.first, found.last) == ("plate_by_model", 11, 19) and found.plates[0].write is None
    node["begins_with"].setValue(True)
    nuke._press(node, "render")
    assert "Nothing is connected to First" in nuke._messages[-1]
    read = nuke.createNode("Read")
    for name, value in {"file": "/ref/still.%04d.exr", "first": 7, "last": 9}.items():
        read[name].setValue(value)
    node.setInput(0, read)
    found = loaded.asked.asked_of(node)
    assert taken(KINDS["plate_by_model"].made, found.fields).image == "/ref/still.7-7%04d.exr"


# What is seen.


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


@pytest.mark.parametrize(
    ("node", "knobs", "kind"),
    [
        ("VFXAI_CleanPlate", {}, "plate_clean"),
        ("VFXAI_Extend", {"pad": "4,0,6,2"}, "plate_extend"),
        ("VFXAI_Matte", {"points": "10,10@1003"}, "matte_click"),
        ("VFXAI_Matte", {"mode": "cryptomatte objects", "objects": "Ball"}, "matte_pick"),
    ],
)
def test_the_worker_takes_previews_of_all_nodes_that_have_the_button(node, knobs, kind, nuke, into):
    loaded = into(nuke)
    made = behind(nuke, node, "/shots/plate.%04d.exr")
    for name, value in knobs.items():
        made[name].setValue(value)
    near = loaded.previewing.near(loaded.asked.asked_of(made), 1003)
    asked = {"job": {"schema": 1, **near.fields}, "frame": 1003, "file": "/p.exr", "kind": near.kind}
    assert near.kind == kind and type(taken(Preview, asked).asked) is KINDS[kind].made
    placed = loaded.previewing.placed(near.place)
    assert set(placed) == ({f"preview_{name}" for name in near.place} if kind == "plate_extend" else set())
    assert all(made.knob(name) is not None for name in placed)


def test_nodes_whose_frames_are_made_of_all_have_no_preview(nuke, into):
    loaded = into(nuke)
    for kind in ("VFXAI_Generate", "VFXAI_Loop"):
        assert nuke.createNode(kind).knob("preview") is None
    node = behind(nuke, "VFXAI_Generate", "/ref/a.%04d.exr")
    with pytest.raises(Exception, match="Use sample"):
        loaded.previewing.near(loaded.asked.asked_of(node), 1003)


# With the real worker.


def test_a_wider_plate_is_previewed(terminal, shot, into, real):
    loaded = into(terminal, real)
    node = of_shot(terminal, "VFXAI_Extend", shot)
    for name, value in (("pad", "8,0,8,4"), ("engine", "flow")):
        node[name].setValue(value)
    terminal._frame = frame = shot.numbers[2]
    loaded.plugin.preview(node)
    assert node["show_preview"].value() and node["preview_wide"].value() == 88 and not node["has_result"].value()
    plate = read(shot.plate.replace("####", str(frame)))
    seen = Computed(node, frame, {0: plate, 1: {}}).output()
    assert seen["rgba.red"].shape == (52, 88) and np.array_equal(seen["rgba.red"][:48, 8:80], plate["rgba.red"])
    assert seen["rgba.red"][49:].any() and not list(Path(terminal._script).parent.glob("vfx_ai/*/wide*"))


def test_a_plate_is_extended_and_the_node_shows_it(terminal, shot, into, real):
    loaded = into(terminal, real)
    node = of_shot(terminal, "VFXAI_Extend", shot, masked=True)
    frame = shot.numbers[2]
    for name, value in (("pad", "4,0,6,2"), ("engine", "flow"), ("frames", str(frame))):
        node[name].setValue(value)
    loaded.plugin.render(node)
    assert [node[name].value() for name in ("moved_x", "moved_y", "wide", "high")] == [4, 2, 82, 50]
    plate, wide = (
        read(shot.plate.replace("####", str(frame))),
        read(node.node("Result")["file"].getEvaluatedValue().replace("####", str(frame))),
    )
    assert wide["rgba.red"].shape == (50, 82)
    seen = Computed(node, frame, {0: plate, 1: {}}).output()
    for name in ("rgba.red", "rgba.green", "rgba.blue"):
        assert np.array_equal(seen[name][:48, 4:76], plate[name])
        assert np.array_equal(seen[name], wide[name])  # its own pixels lie where the node puts Source
    assert Path(node["report_file"].value()).is_file()


@pytest.mark.skipif("plate_clean" not in KINDS, reason="the worker makes no clean plates yet")
def test_a_clean_plate_is_shown_and_source_elsewhere(terminal, shot, into, real):
    loaded = into(terminal, real)
    node = of_shot(terminal, "VFXAI_CleanPlate", shot, masked=True)
    frame = shot.numbers[2]
    node["engine"].setValue("flow")
    node["frames"].setValue(str(frame))
    loaded.plugin.render(node)
    plate, hole = read(shot.plate.replace("####", str(frame))), shot.mattes[frame] > 0
    seen = Computed(node, frame, {0: plate, 1: {}}).output()
    for name in ("rgba.red", "rgba.green", "rgba.blue"):
        assert np.array_equal(seen[name][~hole], plate[name][~hole])
        assert np.abs(seen[name] - plate[name])[hole].mean() > 0.01


def test_a_plate_is_generated_and_a_shot_becomes_a_loop(terminal, shot, into, real, tmp_path):
    loaded = into(terminal, real)
    new = of_shot(terminal, "VFXAI_Generate", shot, masked=True)
    for name, value in (("frames", 2), ("size", "40x32"), ("start", 11)):
        new[name].setValue(value)
    loaded.plugin.render(new)
    result = new.node("Result")
    assert [result[name].value() for name in ("first", "last")] == [11, 12] and new["is_whole"].value()
    picture = Computed(new, 12, {0: read(shot.plate.replace("####", "1001")), 1: {}}).output()
    assert picture["rgba.red"].shape == (32, 40) and picture["rgba.red"].any()
    longer = render(tmp_path, rendered.travelling(6.0), frames=20, size=(48, 72))
    loop = of_shot(terminal, "VFXAI_Loop", longer)
    for name, value in (("length", "8"), ("over", 6), ("start", 21)):
        loop[name].setValue(value)
    loaded.plugin.render(loop)
    result = loop.node("Result")
    assert [result[name].value() for name in ("first", "last", "before", "after")] == [21, 28, "loop", "loop"]
    assert loop["is_whole"].value() and not terminal._messages
