"""Extend, Generate, Loop and their kin: what they ask for, and what the worker makes of it."""

from __future__ import annotations

import pytest
from behind_reads import behind
from grown import GROWN

from vfx_ai.plates.jobs import Extend
from vfx_ai.worker.kinds import KINDS, Preview
from vfx_ai.worker.kinds import read as taken


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
