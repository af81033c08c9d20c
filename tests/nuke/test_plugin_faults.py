"""A fault of the plugin ends one job, is told once, and keeps no other from going on."""

from __future__ import annotations

import pytest
from standin_client import Client
from test_trouble import idle

from vfx_ai.client import Event

pytestmark = pytest.mark.usefixtures("soon")


def test_a_fault_about_an_answer_is_told_too(nuke, into):
    client = Client()
    loaded, node = into(nuke, client), nuke.createNode("VFXAI_Inpaint")
    nuke._press(node, "choose_model")
    client.events.append(Event("finished", "1", {"result": {"models": {"registered": [{}]}}}))
    nuke._spin(lambda: nuke._messages)
    nuke._spin(idle(loaded))
    assert "a fault of the plugin: KeyError" in nuke._messages[0]


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
