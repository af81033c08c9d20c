"""A background Nuke ends with the job that it renders for, and with the Nuke that began it; folders have one owner."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from parsed import PLUGIN
from standin import Nuke
from test_trouble import idle
from workers import PATIENCE

# What stands for a background Nuke: it has the plugin, and does what the Write says before it renders for a minute.
BACKGROUND = """
    import sys, time, types
    sys.path.insert(0, sys.argv[1])
    for name in ("nuke", "nukescripts"):
        sys.modules[name] = types.ModuleType(name)
    sys.modules["nuke"].Node = sys.modules["nuke"].ProgressTask = object
    exec(sys.argv[2])
    print("it renders", flush=True)
    time.sleep(float(sys.argv[3]))
"""


def started(code, seconds=2 * PATIENCE, folder=PLUGIN):
    words = [sys.executable, "-I", "-c", textwrap.dedent(BACKGROUND), str(folder), code, str(seconds)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def background(*how):
    process = started(*how)
    assert process.stdout.readline() == "it renders\n"
    return process


def ended(process, seconds=PATIENCE):
    with process:
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            return None


@pytest.fixture
def rendering(nuke, into, make_exr, half_noise):
    """A node whose input a background Nuke has begun to render."""
    loaded = into(nuke)
    node = nuke.createNode("VFXAI_Inpaint")
    for index in range(2):
        source = nuke.createNode("Grade")
        source._file, source._range = "/shots/plate.####.exr", (1001, 1006)
        node.setInput(index, source)
    nuke._press(node, "render")
    nuke._spin(lambda: nuke._background)
    return loaded, node


def test_cancel_ends_it_also_if_it_has_only_just_been_started(nuke, rendering):
    loaded, node = rendering
    code = node.node("Write_Source")["beforeRender"].value()
    running = background(code)
    nuke._press(node, "cancel")
    assert ended(running) == 1
    assert ended(started(code)) == 1  # it came to work when the job was over already
    nuke._spin(idle(loaded))
    assert loaded.jobs.JOBS[0].state == "cancelled" and not nuke._messages
    write = node.node("Write_Source")
    assert write["disable"].value() and write["beforeRender"].value() == ""


def test_it_goes_on_while_the_job_does_and_one_that_nobody_waits_for_is_left_alone(nuke, rendering):
    loaded, node = rendering
    write, frames = nuke._background[0]
    code = write["beforeRender"].value()
    assert ended(background(code, 1.5)) == 0
    for frame in frames:  # all are there: what told of it goes
        path = Path(write["file"].getEvaluatedValue().replace("####", f"{frame}"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    nuke._spin(lambda: len(nuke._background) > 1)
    assert ended(background(code, 1.5)) == 0
    nuke._press(node, "cancel")
    nuke._spin(idle(loaded))


def test_a_nuke_without_the_plugin_renders_on(nuke, rendering, tmp_path):
    loaded, node = rendering
    code = node.node("Write_Source")["beforeRender"].value()
    compile(code, "a knob", "eval")
    assert ended(background(code, 0.1, tmp_path)) == 0
    nuke._press(node, "cancel")
    nuke._spin(idle(loaded))


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX's")
def test_the_death_of_the_nuke_that_started_it_ends_it(tmp_path):
    token = tmp_path / "it lives"
    code = f"from vfx_ai_nuke import going; going.hold({str(token)!r})"
    host = background(code)
    other = background(f"from vfx_ai_nuke import going; going.end_with({str(token)!r})")
    time.sleep(1.2)
    assert other.poll() is None
    host.kill()
    host.wait()
    host.stdout.close()
    assert ended(other) == 1


# Folders.


def until(right, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not right():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.01)


def test_two_nukes_with_one_script_write_into_folders_of_their_own(nuke, into, tmp_path):
    places = into(nuke).places
    folder = str(tmp_path / "vfx ai" / "input")
    code = f"from vfx_ai_nuke import places; print(places.own({folder!r}), flush=True)"
    words = [sys.executable, "-I", "-c", textwrap.dedent(BACKGROUND), str(PLUGIN), code, str(PATIENCE)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline().strip() == folder
        assert [places.own(folder), places.own(folder)] == [f"{folder}-2"] * 2
        Path(f"{folder}-2", "source.1001.exr").touch()
        other.kill()
    assert places.own(folder) == folder  # what is nobody's is taken, and the other one goes when nobody holds it
    assert Path(f"{folder}-2").exists()
    loaded_going = sys.modules["vfx_ai_nuke.going"]
    loaded_going.let_go(f"{folder}-2/{places.MARK}")
    # A sweep that still goes on from before is the only one: what it has passed by goes with the next.
    until(lambda: places.own(folder) == folder and not Path(f"{folder}-2").exists())
    loaded_going.let_go(f"{folder}/{places.MARK}")


def test_a_folder_of_that_name_which_is_the_users_stays(nuke, into, tmp_path):
    places = into(nuke).places
    mine = tmp_path / "input-2"
    mine.mkdir()
    (mine / "mine.exr").touch()
    assert places.own(str(tmp_path / "input")) == str(tmp_path / "input")
    assert (mine / "mine.exr").exists()


def test_a_folder_that_cannot_be_made_is_one_message(into, tmp_path):
    nuke = Nuke(tmp_path / "comp.nk")
    into(nuke)
    (tmp_path / "vfx_ai").write_text("a file", encoding="utf-8")
    node = nuke.createNode("VFXAI_Inpaint")
    source = nuke.createNode("Grade")
    source._range = (1001, 1006)
    node.setInput(0, source)
    nuke._press(node, "render")
    (message,) = nuke._messages
    assert "can't be written to" in message and "Name another place" in message
