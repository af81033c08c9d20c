"""The node of a job: it may be deleted meanwhile or be of another version, and what a job writes is nothing to undo."""

from __future__ import annotations

import pytest
from parsed import GIZMOS, parse
from standin_client import Client
from test_trouble import idle

from vfx_ai.client import Event
from vfx_ai.worker.kinds import KINDS

pytestmark = pytest.mark.usefixtures("soon")


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
