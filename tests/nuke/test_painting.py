"""What an artist painted in Nuke comes to the worker as frames that it carries through the shot."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rendered
from behind_reads import inpaint
from computed import read
from rendered import load, render

from vfx_ai.fill import PAINTED
from vfx_ai.job import Job
from vfx_ai.worker.kinds import read as taken


@pytest.fixture
def painted(nuke, into):
    """painted(kind, knobs of its input): an Inpaint node with something at CleanPlate, and the plugin."""

    def made(kind="Read", plate="/shots/plate.%04d.exr", **knobs):
        loaded = into(nuke)
        node = inpaint(nuke, plate)
        source = nuke.createNode(kind)
        for name, value in ({"first": 1004, "last": 1005} | knobs if kind == "Read" else knobs).items():
            source[name].setValue(value)
        node.setInput(2, source)
        return node, loaded

    return made


def test_a_read_is_handed_over_with_its_own_frames_or_those_that_are_named(painted):
    node, loaded = painted(file="/paint/clean.%04d.exr")
    node["shot_range"].setValue("993-1032")
    found = loaded.asked.asked_of(node)
    assert found.fields["painted"] == "/paint/clean.1004-1005%04d.exr"
    assert len(found.plates) == 2 and taken(Job, found.fields).painted
    node["painted_frames"].setValue("1012, 1040")
    node["painted"].setValue("/paint/more.1003.exr")
    assert loaded.asked.asked_of(node).fields["painted"] == (
        "/paint/more.1003.exr,/paint/clean.1012.exr,/paint/clean.1040.exr"
    )


def test_each_file_that_is_named_must_be_a_whole_path(painted, nuke):
    node, loaded = painted(file="/paint/clean.%04d.exr")
    node["painted"].setValue("/paint/more.1003.exr, more.1004.exr")
    nuke._press(node, "render")
    (message,) = nuke._messages
    assert "'more.1004.exr' is no whole path" in message and not loaded.jobs.JOBS


def test_a_single_file_that_says_its_frame_is_handed_over(painted):
    node, loaded = painted(file="/paint/clean.1012.exr")
    assert loaded.asked.asked_of(node).fields["painted"] == "/paint/clean.1012.exr"


@pytest.mark.parametrize("kind", ["Grade", "Read"])
def test_what_is_no_plain_read_is_rendered_in_the_frames_that_are_named(kind, painted, nuke):
    # A still without a number says no frame either.
    node, loaded = painted(kind, **({"file": "/paint/clean.exr"} if kind == "Read" else {}))
    nuke._press(node, "render")
    (message,) = nuke._messages
    assert "painted frames" in message and "1012,1040" in message and not loaded.jobs.JOBS
    node["painted_frames"].setValue("1004 1009")
    found = loaded.asked.asked_of(node)
    folder = f"{Path(nuke._script).parent}/vfx_ai/VFXAI_Inpaint1/input"
    assert found.fields["painted"] == f"{folder}/cleanplate.1004.exr,{folder}/cleanplate.1009.exr"
    assert found.plates[-1].write is node.node("Write_CleanPlate") and found.plates[-1].numbers == [1004, 1009]
    assert found.plates[0].write is None


def test_where_the_plates_file_has_other_numbers_than_the_tree_the_plate_is_rendered_as_well(painted):
    node, loaded = painted("Grade")
    node["painted_frames"].setValue("1004")
    node.input(0)["colorspace"].setValue("sRGB")
    found = loaded.asked.asked_of(node)
    assert found.plates[0].write is node.node("Write_Source")
    assert found.fields["plate"].endswith("/input/source.1001-1010####.exr") and found.fields["colorspace"] == "linear"


def test_files_of_one_color_space_are_both_handed_over_and_of_two_none_is(painted):
    node, loaded = painted(file="/paint/clean.%04d.exr", colorspace="sRGB")
    node["painted_frames"].setValue("1004")
    node.input(0)["colorspace"].setValue("sRGB")
    assert [plate.write for plate in loaded.asked.asked_of(node).plates] == [None, None]
    node.input(0)["colorspace"].setValue("ACES - ACEScg")
    assert [plate.write is not None for plate in loaded.asked.asked_of(node).plates] == [True, False, True]


def test_a_comma_in_a_name_is_told(painted, nuke):
    node, _ = painted(file="/paint/a,b.%04d.exr")
    nuke._press(node, "render")
    (message,) = nuke._messages
    assert "has a comma" in message


def test_a_preview_leaves_it_out(painted):
    node, loaded = painted("Grade")
    node["painted_frames"].setValue("1004")
    found = loaded.previewing.near(loaded.asked.asked_of(node), 1004)
    assert "painted" not in found.fields and len(found.plates) == 2


def test_what_is_painted_in_nuke_is_carried_through_the_shot(terminal, into, real, tmp_path):
    shot = render(tmp_path / "shot", rendered.locked(), frames=5, size=(48, 72), ball=lambda _t: (36.0, 24.0))
    loaded = into(terminal, real)
    node = terminal.createNode("VFXAI_Inpaint")
    for index, pattern in enumerate((shot.plate, shot.matte)):
        source = terminal.createNode("Read")
        for name, value in (("file", pattern), ("first", shot.numbers[0]), ("last", shot.numbers[-1])):
            source[name].setValue(value)
        node.setInput(index, source)
    paint = terminal.createNode("Grade")  # a RotoPaint, say: its picture is the truth, in one frame
    for number in shot.numbers:
        rendered.save(tmp_path / f"paint.{number}.exr", rendered.rgb(shot.clean[number]))
    paint._file, paint._range = f"{tmp_path}/paint.####.exr", (shot.numbers[0], shot.numbers[-1])
    node.setInput(2, paint)
    for name, value in (("engine", "temporal"), ("grain", "none"), ("matte_grow", 0.0)):
        node[name].setValue(value)
    node["painted_frames"].setValue(str(shot.numbers[1]))
    node["frames"].setValue(str(shot.numbers[3]))
    loaded.plugin.render(node)
    folder = Path(terminal._script).parent / "vfx_ai" / "VFXAI_Inpaint1"
    assert [path.name for path in (folder / "input").glob("*.exr")] == [f"cleanplate.{shot.numbers[1]}.exr"]
    result = folder / f"clean.{shot.numbers[3]}.exr"
    hole = shot.mattes[shot.numbers[3]] > 0.5
    assert (load(result)["fill.source"][hole] == PAINTED).mean() > 0.9
    assert np.abs(read(result)["rgba.red"] - shot.clean[shot.numbers[3]][..., 0])[hole].mean() < 0.05
