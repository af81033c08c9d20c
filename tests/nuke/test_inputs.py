"""What the plugin makes of paths, points and whatever stands before a node's inputs."""

from __future__ import annotations

import sys

import pytest
from behind_reads import inpaint

from vfx_ai.worker.kinds import Preview

# Paths.


def test_windows_paths_get_slashes_and_others_keep_their_backslashes(nuke, into):
    paths = into(nuke).paths
    assert paths.slashes(r"S:\shows\a\plate.####.exr") == "S:/shows/a/plate.####.exr"
    assert paths.slashes(r"\\server\shows\a.exr") == "//server/shows/a.exr"
    assert paths.slashes("/shows/a\\b.exr") == "/shows/a\\b.exr"


def test_frames_and_ranges_go_where_nukes_spelling_says(nuke, into):
    paths = into(nuke).paths
    assert paths.frame_file("/a#b/plate.####.exr", 7) == "/a#b/plate.0007.exr"
    assert paths.frame_file("/a/plate.%05d.exr", 7) == "/a/plate.00007.exr"
    assert paths.frame_file("/a/plate.%d.exr", 1001) == "/a/plate.1001.exr"
    assert paths.frame_file("/a/still.exr", 7) == "/a/still.exr"
    assert paths.with_range("/a/plate.%04d.exr", 1001, 1024) == "/a/plate.1001-1024%04d.exr"
    assert paths.with_range("/a/still.exr", 1, 2) == "/a/still.exr"
    assert paths.of_view("/a/%V/plate_%v.exr", "left") == "/a/left/plate_l.exr"


@pytest.mark.parametrize("spelling", ["plate.1001-1002####.exr", "plate.1001-1002%04d.exr"])
def test_the_worker_reads_a_range_before_the_frame_number(spelling, tmp_path, make_exr, half_noise):
    from vfx_ai.media.sequence import find_sequence

    for frame in (1000, 1001, 1002, 1003):
        make_exr(tmp_path / f"plate.{frame}.exr", half_noise("RGB"))
    assert find_sequence(str(tmp_path / spelling), missing="error").frames == (1001, 1002)


def test_what_lies_beside_the_script_is_written_so_that_both_can_move(nuke, into):
    paths, folder = into(nuke).paths, nuke._script.rpartition("/")[0]
    assert paths.pinned(f"{folder}/vfx_ai/a.####.exr") == "[file dirname [value root.name]]/vfx_ai/a.####.exr"
    for other in ("/mnt/a.####.exr", f"{folder} 2/a.exr", "S:/a/b.exr"):
        assert paths.pinned(other) == other
    assert paths.pinned("/mnt/[1]$a.exr") == "/mnt/\\[1\\]\\$a.exr"
    nuke.root()["name"].setValue("")
    assert paths.pinned("/mnt/a.exr") == "/mnt/a.exr"


# Points.


@pytest.mark.parametrize(
    ("said", "job"),
    [
        ("320.5,180.5@1001", "320,299@1001"),
        ("-100.5,90.5@1001", "-100,389@1001"),
        ("+-20,90.5", "+-20.5,389"),
        ("--20,90.5@-3", "--20.5,389@-3"),
        ("left: 320.5, 480 @ 1001", "left:320,-0.5@1001"),
        ("0,0@1", "+-0.5,479.5@1"),
    ],
)
def test_points_are_turned_upside_down_to_the_middles_of_pixels(nuke, into, said, job):
    from vfx_ai.matte.prompts import parse_click

    assert into(nuke).points.clicks(f"\n{said}\n", 480) == [job]
    assert parse_click(job).yes == (not said.split(":")[-1].startswith("-"))


def test_boxes_and_wires_are_turned_and_a_width_stays(nuke, into):
    points = into(nuke).points
    assert points.boxes("10,20,110,220@1001", 480) == ["9.5,459.5,109.5,259.5@1001"]
    assert points.wires("a:0.5,479.5,100.5,379.5,3@7\n-1,2,3,4", 480) == ["a:0,0,100,100,3@7", "-1.5,477.5,2.5,475.5"]


@pytest.mark.parametrize(("kind", "text"), [("clicks", "10"), ("clicks", "1,2,3"), ("boxes", "1,2"), ("wires", "a b")])
def test_a_line_that_is_none_is_named(nuke, into, kind, text):
    into(nuke)
    from vfx_ai_nuke.errors import NodeError

    with pytest.raises(NodeError, match="See the knob's tooltip"):
        getattr(sys.modules["vfx_ai_nuke.points"], kind)(text, 480)


def test_buttons_add_points_boxes_and_wires_of_this_frame(nuke, into):
    into(nuke)
    node = nuke.createNode("VFXAI_Matte")
    nuke._frame = 1004
    node["position"]._value, node["box"]._value = [-3.0, 5.25], [1.0, 2.0, 30.0, 40.0]
    for button in ("add_yes", "add_no", "add_box", "add_wire_up", "add_wire_down"):
        nuke._press(node, button)
    assert node["points"].value() == "+-3.0,5.2@1004\n--3.0,5.2@1004"
    assert node["boxes"].value() == "1.0,2.0,30.0,40.0@1004"
    assert node["wires"].value() == "1.0,2.0,30.0,40.0@1004\n1.0,40.0,30.0,2.0@1004"


def test_a_matte_says_that_it_has_no_report(nuke, into):
    into(nuke)
    nuke._press(nuke.createNode("VFXAI_Matte"), "open_report")
    nuke._press(nuke.createNode("VFXAI_Inpaint"), "open_report")
    assert "A matte has no report" in nuke._messages[0] and "Render first" in nuke._messages[1]


# Inputs.


def test_a_plain_read_is_handed_over_with_its_range_through_nodes_that_change_nothing(nuke, into):
    asked = into(nuke).asked
    node = inpaint(nuke, r"S:\shows\%V\plate.%04d.exr")
    dot, off = nuke.createNode("Dot"), nuke.createNode("Grade")
    off["disable"].setValue(True)
    dot.setInput(0, node.input(0))
    off.setInput(0, dot)
    node.setInput(0, off)
    fields = asked.asked_of(node).fields
    assert fields["plate"] == "S:/shows/main/plate.1001-1010%04d.exr"
    assert fields["matte"] == "/shots/matte.1001-1010%04d.exr"
    assert fields["output"] == nuke._script.replace("comp.nk", "vfx_ai/VFXAI_Inpaint1/clean.####.exr")
    assert "colorspace" not in fields
    node["shot_range"].setValue("993-1032")
    assert "plate.993-1032%04d" in asked.asked_of(node).fields["plate"]


@pytest.mark.parametrize(
    ("file", "knobs", "handed"),
    [
        ("plate.%04d.exr", {}, True),
        ("plate.%04d.dpx", {}, True),
        ("plate.mov", {}, False),
        ("plate.%04d.exr", {"frame": "frame + 10"}, False),
        ("[value name].exr", {}, False),
        ("[value name].exr", {"last": 1001}, True),
        ("[value name].%04d.exr", {}, True),
    ],
)
def test_what_the_worker_would_see_otherwise_is_rendered(nuke, into, file, knobs, handed):
    node = inpaint(nuke, f"/shots/{file}", **knobs)
    plate = into(nuke).inputs.plate_of(node, 0, "Source")
    assert (plate.write is None) == handed
    if not handed:
        assert plate.name.endswith("/vfx_ai/VFXAI_Inpaint1/input/source.1001-1010####.exr")
        assert (plate.colorspace, plate.read) == ("linear", {"raw": True})


def test_codes_are_handed_over_only_where_nuke_has_no_config(nuke, into):
    loaded = into(nuke)
    node = inpaint(nuke, "/shots/plate.%04d.dpx", colorspace="AlexaV3LogC")
    plate = loaded.inputs.plate_of(node, 0, "Source")
    assert (plate.colorspace, plate.read) == ("logc3", {"raw": True})
    nuke.root()["colorManagement"].setValue("OCIO")
    assert loaded.inputs.plate_of(node, 0, "Source").write is node.node("Write_Source")


def test_names_of_nukes_tables_are_known_to_the_worker(nuke, into):
    from vfx_ai.media.color_names import named

    for name in (*into(nuke).inputs.SPACES.values(), "linear", "sRGB", "rec709", "Cineon"):
        assert named(name, "")


@pytest.mark.parametrize(
    ("knobs", "space", "back"),
    [
        ({}, "", {"raw": False, "colorspace": 0}),
        ({"raw": True}, "", {"raw": True, "colorspace": 0}),
        ({"colorspace": "ACES - ACEScg"}, "ACES - ACEScg", {"raw": False, "colorspace": "ACES - ACEScg"}),
    ],
)
def test_a_result_is_read_back_as_its_plate_was(nuke, into, knobs, space, back):
    loaded = into(nuke)
    node = inpaint(nuke, "/shots/plate.%04d.exr", **knobs)
    plate = loaded.inputs.plate_of(node, 0, "Source")
    assert (plate.colorspace, plate.read) == (space, back)
    node["colorspace"].setValue("logc4")
    assert loaded.asked.asked_of(node).fields["colorspace"] == "logc4"
    loaded.result.show(node, "/out/clean.####.exr", [1001], plate.read, True)
    assert node.node("Result")["colorspace"].value() == (space or "default (linear)")


def test_a_result_is_handed_on_only_while_it_is_what_the_node_shows(nuke, into):
    loaded = into(nuke)
    first = inpaint(nuke, "/shots/plate.%04d.exr")
    second = nuke.createNode("VFXAI_Inpaint")
    second.setInput(0, first)
    first._range = 1001, 1010
    loaded.result.show(first, "/out/clean.####.exr", list(range(1001, 1011)), {"raw": False, "colorspace": 0}, True)
    handed = loaded.inputs.plate_of(second, 0, "Source")
    assert (handed.name, handed.write) == ("/out/clean.1001-1010####.exr", None)
    for name, value in (("output", "Difference"), ("is_whole", False), ("has_result", False), ("show_preview", True)):
        before = first[name].value()
        first[name].setValue(value)
        assert loaded.inputs.plate_of(second, 0, "Source").write is not None, name
        first[name].setValue(before)


def test_a_preview_renders_the_frames_around_it_alone_and_elsewhere(nuke, into):
    loaded = into(nuke)
    node = inpaint(nuke, "/shots/plate.mov", last=1100)
    near = loaded.previewing.near(loaded.asked.asked_of(node), 1050)
    assert near.fields["plate"].endswith("/input/preview/source.1042-1058####.exr")
    assert Preview.reach == loaded.previewing.REACH
    assert near.fields["matte"] == "/shots/matte.1001-1010%04d.exr"


def test_what_is_asked_is_what_the_knobs_say(nuke, into):
    node = inpaint(nuke, "/shots/plate.%04d.exr")
    said = {"frames": "1001, 1004-1010x2", "matte_grow": -1.5, "effects": True, "engine": "flow", "layers": " all "}
    for name, value in said.items():
        node[name].setValue(value)
    fields = into(nuke).asked.asked_of(node).fields
    assert {name: fields[name] for name in said} == {
        **{"frames": "1001,1004-1010x2", "matte_grow": "-1.5", "effects": True, "engine": "flow", "layers": "all"}
    }
    assert not {name for name, value in fields.items() if value == "" and name != "matte"}


def test_the_worker_takes_what_is_asked(nuke, into):
    from vfx_ai.job import Job
    from vfx_ai.worker.kinds import KINDS, read

    loaded = into(nuke)
    made = read(Job, loaded.asked.asked_of(inpaint(nuke, "/shots/plate.%04d.exr")).fields)
    assert (made.matte_grow, made.aovs) == ("2", True)
    matte = nuke.createNode("VFXAI_Matte")
    matte.setInput(0, inpaint(nuke, "/shots/plate.%04d.exr").input(0))
    matte["points"].setValue("10,10@1001")
    for mode, kind in (("clicks", "matte_click"), ("cryptomatte objects", "matte_pick")):
        matte["mode"].setValue(mode)
        matte["objects"].setValue("Ball,crowd_*")
        asked = loaded.asked.asked_of(matte)
        assert asked.kind == kind
        read(KINDS[kind].made, asked.fields)
