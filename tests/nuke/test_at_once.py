"""Several things at once: a preview beside a render, background Nukes, questions between two ticks, folders that go."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from grades import FRAMES, rendered, whole
from standin_client import Client
from test_trouble import idle
from workers import PATIENCE

from vfx_ai.client import Event

pytestmark = pytest.mark.usefixtures("soon")


# Previews.
def test_a_preview_while_the_input_is_rendered_here_comes_first_and_both_get_their_frames(nuke, into, graded):
    client = Client()
    loaded, node = into(nuke, client), graded()
    nuke._press(node, "render")
    (render,) = loaded.jobs.JOBS
    nuke._spin(lambda: render.done >= 3)
    nuke._frame = 1010
    nuke._press(node, "preview")
    nuke._spin(lambda: len(client.asked) == 2)
    assert [what[0] for what in client.asked] == ["preview", "run"]
    near = [frame for frame in FRAMES if abs(frame - 1010) <= loaded.previewing.REACH]
    assert rendered(nuke, node, "input/preview") == whole(("source", "mask"), near)
    assert rendered(nuke, node, "input") == whole(("source", "mask"), FRAMES)
    assert all(node.node(f"Write_{name}")["disable"].value() for name in ("Source", "mask"))
    nuke._press(node, "cancel")
    nuke._spin(idle(loaded))
    assert not nuke._messages


def test_a_frame_that_the_shot_lacks_has_no_preview_and_nothing_is_rendered_for_it(nuke, into, graded):
    loaded, node = into(nuke, Client()), graded()
    node["keep_input"].setValue(True)
    nuke._frame = 2000
    nuke._press(node, "preview")
    (message,) = nuke._messages
    assert "has no frame 2000" in message and "1001 to 1020" in message and not loaded.jobs.JOBS


def test_a_background_nuke_that_comes_to_no_end_holds_up_no_other_job(nuke, into, graded):
    client = Client()
    loaded, first, second = into(nuke, client), graded("by a background Nuke"), graded()
    nuke._frame = 1010
    nuke._press(first, "preview")
    nuke._press(second, "render")
    nuke._spin(lambda: client.asked)
    assert [what[0] for what in client.asked] == ["run"]
    for node in (first, second):
        nuke._press(node, "cancel")
    nuke._spin(idle(loaded))


def test_what_a_background_nuke_is_told_is_never_done_by_the_one_that_the_user_works_in(nuke, into, graded):
    client = Client()
    loaded, node = into(nuke, client), graded("by a background Nuke")
    nuke._press(node, "render")
    nuke._spin(lambda: nuke._background)
    write = node.node("Write_Source")
    assert write["beforeRender"].value()
    node["render_input"].setValue("here, frame by frame")
    nuke._frame = 1010
    nuke._press(node, "preview")
    nuke._spin(lambda: client.asked)
    assert nuke._told_before and not any(nuke._told_before)
    nuke._press(node, "cancel")
    nuke._spin(idle(loaded))
    assert write["disable"].value() and write["beforeRender"].value() == ""


def test_a_background_nuke_that_could_not_be_started_while_this_one_was_busy_is_started_then(nuke, into, graded):
    loaded, node = into(nuke, Client()), graded("by a background Nuke")
    starts, start = [], nuke.executeBackgroundNuke

    def busy(*args):
        starts.append(args)
        if len(starts) < 3:
            raise RuntimeError("I'm already executing something else")
        return start(*args)

    nuke.executeBackgroundNuke = busy
    nuke._press(node, "render")
    nuke._spin(lambda: nuke._background)
    assert len(starts) == 3
    nuke._press(node, "cancel")
    nuke._spin(idle(loaded))
    assert not nuke._messages


def test_a_nuke_does_not_end_itself_by_a_file_that_it_held(nuke, into, tmp_path, monkeypatch):
    going, ends = into(nuke).going, []
    monkeypatch.setattr(os, "_exit", ends.append)
    monkeypatch.setattr(going, "LOOK_SECONDS", 0.01)
    path = str(tmp_path / "it lives")
    assert going.hold(path)
    going.let_go(path)
    assert going.is_free(path)
    going.end_with(path)
    for thread in threading.enumerate():
        if thread.name == "vfx-ai going":
            thread.join(PATIENCE)
    assert not ends and not [one for one in threading.enumerate() if one.name == "vfx-ai going"]


@pytest.mark.parametrize("how", ["by a background Nuke", "here, frame by frame"])
def test_of_a_stereo_script_the_view_that_was_worked_in_is_rendered_and_no_other(how, nuke, into, graded):
    client = Client()
    loaded, node = into(nuke, client), graded(how)
    nuke._view = "left"
    nuke._press(node, "render")
    nuke._view = "right"
    nuke._spin(lambda: nuke._rendered_views if "background" in how else client.asked)
    nuke._press(node, "cancel")
    nuke._spin(idle(loaded))
    assert set(nuke._rendered_views) == {"left"} and not nuke._messages


# Between two ticks.
def test_a_question_that_is_asked_when_the_thread_is_about_to_end_is_answered(nuke, into, monkeypatch):
    client = Client()
    loaded, answers = into(nuke, client), []

    def ask_meanwhile(_tasks):
        """As the main thread does, after the last look and before the thread's end."""
        if not client.asked:
            loaded.questions.ask("describe", answers.append)
            client.events.append(Event("finished", "1", {"result": {}}))
            loaded.ticking.keep_going()

    monkeypatch.setattr(loaded.ticking, "_show", ask_meanwhile)
    loaded.ticking.keep_going()
    nuke._spin(lambda: answers and idle(loaded)())
    assert len(answers) == 1 and not loaded.questions.left()


def test_a_failure_when_the_thread_is_about_to_end_is_told(nuke, into, graded, monkeypatch):
    loaded, node = into(nuke, Client()), graded()
    asked, told = loaded.asked.asked_of(node), []

    def fail_after_the_alerts():
        """As the main thread does, when alerts were looked through and the thread hasn't ended."""
        if not told:
            told.append(loaded.jobs.Job(node, asked))
            loaded.jobs.JOBS.append(told[0])
            loaded.following.end(told[0], "failed", "no", alert="no")
        return left()

    left = loaded.jobs.left
    monkeypatch.setattr(loaded.jobs, "left", fail_after_the_alerts)
    monkeypatch.setattr(loaded.following, "say", lambda _job: None)  # it isn't the main thread here
    loaded.ticking.keep_going()
    nuke._spin(lambda: nuke._messages)
    nuke._spin(idle(loaded))
    assert nuke._messages == ["VFXAI_Inpaint1: no"]


# Folders.
def test_old_folders_go_meanwhile_and_are_nobodys_until_they_are_gone(nuke, into, tmp_path, monkeypatch):
    loaded = into(nuke)
    places, going = loaded.places, loaded.going
    folder = str(tmp_path / "input")
    old = tmp_path / "input-2"
    (old / "preview").mkdir(parents=True)
    for name in (places.MARK, "source.1001.exr", "preview/source.1001.exr"):
        (old / name).touch()
    begun, may_go_on, emptied = threading.Event(), threading.Event(), places._empty

    def slow(place):
        begun.set()
        assert may_go_on.wait(PATIENCE)
        emptied(place)

    monkeypatch.setattr(places, "_empty", slow)
    assert places.own(folder) == folder  # it didn't wait
    assert begun.wait(PATIENCE) and old.exists()
    assert not going.is_free(str(old / places.MARK)) and not going.hold(str(old / places.MARK))
    assert all(thread.daemon for thread in threading.enumerate() if thread.name == "vfx-ai sweep")
    may_go_on.set()
    places._sweeping[folder].join(PATIENCE)
    assert not old.exists() and Path(folder).exists()
    going.let_go(f"{folder}/{places.MARK}")
