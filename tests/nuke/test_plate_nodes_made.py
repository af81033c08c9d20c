"""Extend, CleanPlate, Generate and Loop with the real worker, from the node to its picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rendered
from computed import Computed, read
from rendered import render

from vfx_ai.worker.kinds import KINDS


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
