"""Nuke, played by a stand-in, with the worker: a shot filled and shown, cancelled, and every bad news told once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rendered
from computed import Computed, read
from rendered import render
from standin import Nuke


@pytest.fixture(scope="module")
def shot(tmp_path_factory):
    return render(tmp_path_factory.mktemp("shot"), rendered.travelling(24.0), frames=6, size=(48, 72))


def node_of(nuke, shot, plain=True):
    """An Inpaint node behind the shot's Reads; or behind a Grade, which must be rendered."""
    node = nuke.createNode("VFXAI_Inpaint")
    for index, pattern in enumerate((shot.plate, shot.matte)):
        source = nuke.createNode("Read" if plain else "Grade")
        if plain:
            source["file"].setValue(pattern)
            source["first"].setValue(shot.numbers[0])
            source["last"].setValue(shot.numbers[-1])
        else:
            source._file, source._range = pattern, (shot.numbers[0], shot.numbers[-1])
        node.setInput(index, source)
    node["engine"].setValue("flow")
    node["matte_grow"].setValue(0.0)
    return node


def idle(loaded):
    return lambda: not loaded.ticking._thread


def results(nuke, node):
    return sorted((Path(nuke._script).parent / "vfx_ai" / node.name()).glob("clean.*.exr"))


def test_a_paint_out_appears_in_the_node_and_outside_it_is_source(nuke, shot, into, real):
    loaded = into(nuke, real)
    node = node_of(nuke, shot)
    nuke._press(node, "render")
    assert not node["has_result"].value()  # it came back at once
    nuke._spin(idle(loaded))
    assert nuke._messages == [] and len(results(nuke, node)) == len(shot.numbers)
    (job,) = loaded.jobs.JOBS
    assert (job.state, node["status"].value()) == ("finished", job.text)
    assert node["has_result"].value() and node["is_whole"].value()
    result = node.node("Result")
    assert result["file"].value().startswith("[file dirname [value root.name]]/vfx_ai/VFXAI_Inpaint1/clean.")
    assert [result[name].value() for name in ("first", "last")] == [shot.numbers[0], shot.numbers[-1]]
    assert result._pressed.count("reload") >= 1
    (task,) = nuke._tasks
    assert any("fill" in message for message in task._messages)
    frame = shot.numbers[2]
    plate = read(shot.plate.replace("####", str(frame)))
    shown = Computed(node, frame, {0: plate, 1: {}}).output()
    hole = shot.mattes[frame] > 0
    for name in ("rgba.red", "rgba.green", "rgba.blue"):
        assert np.array_equal(shown[name][~hole], plate[name][~hole])
        assert np.abs(shown[name] - plate[name])[hole].mean() > 0.01
    assert node["report_file"].value() == job.report and Path(job.report).is_file()


def test_the_terminal_waits_prints_and_starts_where_it_stopped(terminal, shot, into, capfd, real):
    loaded = into(terminal, real)
    node = node_of(terminal, shot)
    node["frames"].setValue("1001 1003")
    loaded.plugin.render(node)
    assert [path.name for path in results(terminal, node)] == ["clean.1001.exr", "clean.1003.exr"]
    assert "VFXAI_Inpaint1: " in capfd.readouterr().out
    assert not node["is_whole"].value()
    assert [node.node("Result")[name].value() for name in ("first", "last")] == [1001, 1003]
    before = {path: path.stat().st_mtime_ns for path in results(terminal, node)}
    loaded.plugin.render(node)
    assert {path: path.stat().st_mtime_ns for path in results(terminal, node)} == before
    loaded.plugin.rerun(node)
    assert {path: path.stat().st_mtime_ns for path in results(terminal, node)}.keys() == before.keys()
    assert all(path.stat().st_mtime_ns > when for path, when in before.items())
    node["frames"].setValue("1002")
    loaded.plugin.render(node)
    assert [node.node("Result")[name].value() for name in ("first", "last")] == [1001, 1003]  # earlier ones still show
    assert not terminal._tasks and not terminal._messages


def test_what_is_no_plain_read_is_rendered_first_with_proxy_off(terminal, shot, into, real):
    loaded = into(terminal, real)
    node = node_of(terminal, shot, plain=False)
    node["frames"].setValue("1002")
    terminal.root()["proxy"].setValue(True)
    loaded.plugin.render(node)
    folder = Path(terminal._script).parent / "vfx_ai" / node.name() / "input"
    names = {f"{name}.{frame}.exr" for name in ("source", "mask") for frame in shot.numbers}
    assert {path.name for path in folder.glob("[!.]*")} == names
    assert terminal.root()["proxy"].value() is True
    assert all(node.node(f"Write_{name}")["disable"].value() for name in ("Source", "mask"))
    assert node.node("Result")["raw"].value() is True and len(results(terminal, node)) == 1
    stamp = (folder / "source.1001.exr").stat().st_mtime_ns
    node["keep_input"].setValue(True)
    loaded.plugin.render(node)
    assert (folder / "source.1001.exr").stat().st_mtime_ns == stamp


def test_a_background_nuke_renders_while_this_one_is_free(nuke, shot, into, real):
    loaded = into(nuke, real)
    node = node_of(nuke, shot, plain=False)
    node["frames"].setValue("1002")
    nuke._press(node, "render")
    nuke._spin(lambda: nuke._background)
    for index in range(2):
        nuke._spin(lambda wanted=index: len(nuke._background) > wanted)
        write, frames = nuke._background[index]
        assert frames == list(shot.numbers)
        for frame in frames:
            nuke._write(write, frame)
        nuke._listeners[0]({"id": index + 1})
    nuke._spin(idle(loaded))
    assert len(results(nuke, node)) == 1 and not nuke._messages


def test_a_background_nuke_that_fails_is_one_message(nuke, shot, into):
    loaded = into(nuke)
    node = node_of(nuke, shot, plain=False)
    nuke._press(node, "render")
    nuke._spin(lambda: nuke._background)
    nuke._listeners[0]({"id": 1})
    nuke._spin(idle(loaded))
    nuke._spin(lambda: nuke._messages)
    (message,) = nuke._messages
    assert "background Nuke ended after 0 of 6 frames" in message
    assert node.node("Write_Source")["disable"].value() and not loaded.starting._made


def test_a_background_nuke_that_cannot_be_started_is_one_message(nuke, shot, into):
    loaded = into(nuke)
    node = node_of(nuke, shot, plain=False)
    nuke._launches = False
    nuke._press(node, "render")
    nuke._spin(lambda: nuke._messages)
    (message,) = nuke._messages
    assert "no background Nuke could be started" in message and "Set render input to here" in message
    assert node.node("Write_Source")["disable"].value() and loaded.jobs.JOBS[0].state == "failed"


@pytest.mark.parametrize(
    ("knob", "value", "says"),
    [
        ("out_file", "", "is empty"),
        ("out_file", "clean.####.exr", "no whole path"),
        ("out_file", "/a/clean.####.mov", "is no EXR"),
        ("shot_range", "ten to twelve", "is no range"),
    ],
)
def test_a_knob_that_makes_no_sense_is_one_message_and_starts_nothing(nuke, shot, into, knob, value, says):
    loaded = into(nuke)
    node = node_of(nuke, shot)
    node[knob].setValue(value)
    nuke._press(node, "render")
    (message,) = nuke._messages
    assert says in message and not loaded.starting._made and not loaded.jobs.JOBS


def test_a_script_that_was_never_saved_and_open_inputs_are_told(shot, into, real):
    nuke = Nuke("")
    loaded = into(nuke, real)
    node = node_of(nuke, shot)
    nuke._press(node, "render")
    node.setInput(0, None)
    nuke._press(node, "render")
    node.setInput(0, node.input(1))
    node.setInput(1, None)
    nuke._press(node, "render")
    for message, says in zip(nuke._messages, ("Save the script", "to Source", "to mask"), strict=True):
        assert says in message
    assert not loaded.jobs.JOBS


def test_without_an_interface_what_is_wrong_ends_the_script(terminal, shot, into, real):
    loaded = into(terminal, real)
    node = node_of(terminal, shot)
    node.setInput(0, None)
    with pytest.raises(RuntimeError, match=r"VFXAI_Inpaint1: Nothing is connected"):
        loaded.plugin.render(node)


def test_a_preview_is_small_and_shown_at_its_frame(nuke, shot, into, real):
    loaded = into(nuke, real)
    node = node_of(nuke, shot)
    nuke._frame = 1003
    nuke._press(node, "preview")
    nuke._spin(idle(loaded))
    assert not nuke._messages and node["show_preview"].value() and node["preview_frame"].value() == 1003
    preview = node.node("Preview")["file"].value()
    assert preview.endswith("/vfx_ai/VFXAI_Inpaint1/preview/preview.1003.exr")
    assert not results(nuke, node) and not node["has_result"].value()
    plate = read(shot.plate.replace("####", "1003"))
    shown = Computed(node, 1003, {0: plate, 1: {}}).output()
    hole = shot.mattes[1003] > 0
    assert np.abs(shown["rgba.red"] - plate["rgba.red"])[hole].mean() > 0.01


def test_a_clicked_matte_is_taken_by_inpaint_as_it_is(terminal, shot, into, real):
    into(terminal, real)
    node = node_of(terminal, shot)
    matte = terminal.createNode("VFXAI_Matte")
    matte.setInput(0, node.input(0))
    frame = shot.numbers[0]
    y, x = (int(one.mean()) for one in np.nonzero(shot.mattes[frame] > 0.5))
    terminal._frame, height = frame, shot.mattes[frame].shape[0]
    matte["position"]._value = [x + 0.5, height - y - 0.5]
    terminal._press(matte, "add_yes")
    assert matte["points"].value() == f"{x + 0.5:.1f},{height - y - 0.5:.1f}@{frame}"
    matte["box"]._value = [x - 12.0, height - y - 13.0, x + 13.0, height - y + 12.0]
    terminal._press(matte, "add_box")
    terminal._press(matte, "render")
    folder = Path(terminal._script).parent / "vfx_ai"
    made = read(folder / "VFXAI_Matte1" / f"matte.{frame}.exr")["rgba.alpha"]
    assert made[y, x] == 1
    node.setInput(1, matte)
    node["frames"].setValue("1002")
    terminal._press(node, "render")
    assert len(results(terminal, node)) == 1 and not (folder / node.name() / "input").exists()
