"""Several things at once: a preview beside a render, nodes that go meanwhile, questions between two ticks, faults."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest
from parsed import GIZMOS, parse
from test_trouble import idle
from workers import PATIENCE

from vfx_ai.client import Event
from vfx_ai.worker.kinds import KINDS

FRAMES = range(1001, 1021)


class Client:
    """A client whose worker takes everything and does nothing, until it is told to."""

    def __init__(self):
        self.asked, self.events, self.cancelled = [], [], []

    def run(self, kind, fields):
        return self._ask("run", kind, fields)

    def preview(self, fields, frame, _file, kind="inpaint", **_more):
        return self._ask("preview", kind, fields, frame)

    def ask(self, method):
        return self._ask(method)

    def cancel(self, job):
        self.cancelled.append(job)
        self.events.append(Event("failed", job, {"error": {"text": "stopped", "exit_code": 130}}))

    def poll(self):
        events, self.events = self.events, []
        return events

    def close(self):
        pass

    def _ask(self, *what):
        self.asked.append(what)
        return str(len(self.asked))


@pytest.fixture
def graded(nuke, tmp_path):
    """graded(how): an Inpaint node behind two Grades, whose pictures must be rendered; each file says its frame."""

    def made(how="here, frame by frame"):
        node = nuke.createNode("VFXAI_Inpaint")
        for index, name in enumerate(("plate", "matte")):
            source = nuke.createNode("Grade")
            source._file, source._range = str(tmp_path / f"{name}.####.exr"), (FRAMES[0], FRAMES[-1])
            for frame in FRAMES:
                (tmp_path / f"{name}.{frame}.exr").write_text(f"{name} {frame}", encoding="utf-8")
            node.setInput(index, source)
        node["render_input"].setValue(how)
        return node

    return made


def rendered(nuke, node, folder):
    """What lies in a folder of the node's inputs: the text of each file, by its name."""
    place = Path(nuke._script).parent / "vfx_ai" / node.name() / folder
    return {path.name: path.read_text(encoding="utf-8") for path in place.glob("*.exr")}


def whole(names, frames):
    told = {"source": "plate", "mask": "matte"}
    return {f"{name}.{frame}.exr": f"{told[name]} {frame}" for name in names for frame in frames}


@pytest.fixture(autouse=True)
def soon(monkeypatch, into):
    """No test waits for a clock."""
    monkeypatch.setattr("time.sleep", lambda seconds, sleep=time.sleep: sleep(min(seconds, 0.01)))


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


# Nodes that go.


@pytest.mark.parametrize("how", ["by a background Nuke", "here, frame by frame"])
def test_cancel_of_a_job_whose_node_was_deleted_ends_it(how, nuke, into, graded):
    loaded, node = into(nuke, Client()), graded(how)
    nuke._press(node, "render")
    (job,) = loaded.jobs.JOBS
    node._deleted = True
    loaded.jobs.cancel(job)  # as the panel does
    assert job.state == "cancelled" and not loaded.jobs.left()
    nuke._spin(idle(loaded))
    assert (not nuke._messages and not list(loaded.going._held)) or all("input" in path for path in loaded.going._held)


def test_a_node_that_is_deleted_while_its_input_is_rendered_ends_its_job_and_no_other(nuke, into, graded):
    client = Client()
    loaded, node, other = into(nuke, client), graded(), graded()
    nuke._press(node, "render")
    nuke._press(other, "render")
    first, second = loaded.jobs.JOBS
    node._deleted = True
    nuke._spin(lambda: client.asked)
    assert (first.state, second.state) == ("cancelled", "waiting") and "was deleted" in first.text
    loaded.jobs.cancel(second)
    nuke._spin(idle(loaded))
    assert not nuke._messages


def test_an_answer_for_a_node_that_is_gone_bothers_nobody(nuke, into):
    client = Client()
    loaded, node = into(nuke, client), nuke.createNode("VFXAI_Inpaint")
    nuke._press(node, "choose_model")
    node._deleted = True
    client.events.append(Event("finished", "1", {"result": {"models": {"registered": [{"name": "a"}]}}}))
    nuke._spin(lambda: idle(loaded)() and nuke._calls.empty())
    assert nuke._offered is None and not nuke._messages


def test_a_fault_about_an_answer_is_told_too(nuke, into):
    client = Client()
    loaded, node = into(nuke, client), nuke.createNode("VFXAI_Inpaint")
    nuke._press(node, "choose_model")
    client.events.append(Event("finished", "1", {"result": {"models": {"registered": [{}]}}}))
    nuke._spin(lambda: nuke._messages)
    nuke._spin(idle(loaded))
    assert "a fault of the plugin: KeyError" in nuke._messages[0]


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


# Faults.


@pytest.mark.parametrize("where", ["run", "step"])
def test_a_fault_on_the_way_to_the_worker_ends_one_job_and_is_told(where, nuke, into, graded, monkeypatch):
    client = Client()
    loaded, node = into(nuke, client), graded()

    def broken(*_):
        raise ZeroDivisionError("a fault")

    if where == "run":
        monkeypatch.setattr(client, "run", broken)
    else:
        monkeypatch.setattr(loaded.rendering.Rendering, "step", broken)
    nuke._press(node, "render")
    nuke._spin(lambda: nuke._messages)
    (message,) = nuke._messages
    assert "a fault of the plugin: ZeroDivisionError: a fault" in message
    assert [job.state for job in loaded.jobs.JOBS] == ["failed"] and node["status"].value() in message
    nuke._spin(idle(loaded))
    assert not loaded.jobs.of(node)


def test_a_fault_about_what_the_worker_says_stops_the_job_there_too(nuke, into, graded):
    client = Client()
    loaded, node = into(nuke, client), graded()
    nuke._press(node, "render")
    nuke._spin(lambda: client.asked)
    client.events.append(Event("progress", "1", {"done": 1}))
    nuke._spin(lambda: nuke._messages)
    assert "a fault of the plugin: KeyError" in nuke._messages[0]
    assert client.cancelled == ["1"]
    nuke._spin(idle(loaded))


def test_a_bar_that_cannot_be_shown_keeps_no_job_from_going_on(nuke, into, graded, capsys):
    client = Client()
    loaded, node = into(nuke, client), graded()

    def broken(_title):
        raise RuntimeError("no window")

    nuke.ProgressTask = broken
    nuke._press(node, "render")
    nuke._spin(lambda: client.asked)
    client.cancel("1")
    nuke._spin(idle(loaded))
    assert loaded.jobs.JOBS[0].state == "cancelled" and capsys.readouterr().err.count("RuntimeError: no window") == 1


# Which node it is.


def test_each_gizmo_says_its_kind_and_the_plugin_and_the_worker_know_it(nuke, into):
    loaded, kinds = into(nuke), {}
    for path in GIZMOS:
        kinds[path.stem] = loaded.nodes.kind_of(nuke.createNode(path.stem))
        (user,) = [user for user in parse(path)[0].users if user.name == "kind"]
        assert "+INVISIBLE" in user.flags
    assert len(set(kinds.values())) == len(kinds) and set(kinds.values()) == set(loaded.asked._BY_KIND)
    assert set(kinds.values()) - {"matte"} <= KINDS.keys()


def test_a_node_of_another_version_is_one_message(nuke, into, graded):
    into(nuke, Client())
    node = graded()
    del node._knobs["keep_input"]
    nuke._press(node, "render")
    assert "knob keep_input does not exist" in nuke._messages[-1] and "Make it anew" in nuke._messages[-1]
    del node._knobs["kind"]
    nuke._press(node, "render")
    assert "Make it anew" in nuke._messages[-1] and len(nuke._messages) == 2


# Undo.


def test_what_a_job_writes_is_nothing_to_take_back_and_what_a_user_says_is(nuke, into, graded):
    client = Client()
    loaded, node = into(nuke, client), graded()
    nuke._recorded.clear()
    nuke._press(node, "render")
    nuke._spin(lambda: client.asked)
    nuke._press(node, "cancel")
    nuke._spin(idle(loaded))
    assert nuke._recorded == [] and not nuke.Undo.disabled()
    node["model"].setValue("")
    nuke._recorded.clear()
    nuke._chosen = 1
    nuke._press(node, "choose_model")
    models = [{"name": "our-fill", "task": "inpaint"}]
    client.events.append(Event("finished", str(len(client.asked)), {"result": {"models": {"registered": models}}}))
    nuke._spin(lambda: idle(loaded)() and nuke._calls.empty())
    assert nuke._recorded == ["model", "engine"]


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
