"""The button that asks the worker for its models, and the knob that holds the one that was chosen."""

from __future__ import annotations

import json

import pytest

from vfx_ai.client import Event

ROWS = [
    {"name": "our-fill", "task": "inpaint", "licence": "Apache-2.0", "uses": ["commercial", "research"]},
    {"name": "sam_vit_b", "task": "matte", "licence": "Apache-2.0", "uses": ["commercial", "research"]},
    {"name": "our-look", "task": "lora", "licence": "own", "uses": ["unknown"]},
]


class Client:
    """A client whose worker answers at once."""

    def __init__(self, rows, error=""):
        self._events, self._rows, self._error = [], rows, error
        self.asked = []

    def ask(self, method):
        self.asked.append(method)
        told = {"result": {"models": {"registered": self._rows}}}
        event = (
            Event("finished", "7", told) if not self._error else Event("failed", "7", {"error": {"text": self._error}})
        )
        self._events.append(event)
        return "7"

    def poll(self):
        events, self._events = self._events, []
        return events

    def close(self):
        pass


def pressed(nuke, into, client, chosen=None, before=""):
    loaded = into(nuke, client)
    node = nuke.createNode("VFXAI_Inpaint")
    node["model"].setValue(before)
    nuke._chosen = chosen
    nuke._press(node, "choose_model")
    nuke._spin(lambda: not loaded.ticking._thread and not loaded.questions.left() and nuke._calls.empty())
    return node


def test_what_makes_pixels_is_offered_and_taken(nuke, into):
    client = Client(ROWS)
    node = pressed(nuke, into, client, chosen=1)
    assert client.asked == ["describe"]
    lines, default = nuke._offered
    assert (len(lines), default, lines[0]) == (2, 0, "none")
    assert "our-fill" in lines[1] and "Apache-2.0" in lines[1] and "commercial" in lines[1]
    assert (node["model"].value(), node["engine"].value()) == ("our-fill", "diffusion_image")


def test_none_takes_the_model_away_and_closing_the_dialog_leaves_it(nuke, into):
    assert pressed(nuke, into, Client(ROWS), chosen=None, before="our-fill")["model"].value() == "our-fill"
    assert nuke._offered[1] == 1
    assert pressed(nuke, into, Client(ROWS), chosen=0, before="our-fill")["model"].value() == ""
    assert nuke.toNode("VFXAI_Inpaint2")["engine"].value() == "auto"


def test_a_model_that_the_worker_lacks_stays_in_the_list(nuke, into):
    pressed(nuke, into, Client(ROWS), before="gone")
    assert "gone (not on the worker's machine)" in nuke._offered[0] and nuke._offered[1] == 2


@pytest.mark.parametrize(("client", "words"), [(Client([]), "has no models"), (Client([], "no worker"), "no worker")])
def test_bad_news_are_one_message(client, words, nuke, into):
    pressed(nuke, into, client)
    (message,) = nuke._messages
    assert words in message and nuke._offered is None


def test_without_an_interface_it_says_where_names_are(terminal, into):
    into(terminal, Client(ROWS))
    node = terminal.createNode("VFXAI_Inpaint")
    with pytest.raises(RuntimeError, match="vfx-ai models list"):
        terminal._press(node, "choose_model")


def test_a_job_gets_what_the_knobs_say(nuke, into):
    loaded = into(nuke, Client(ROWS))
    node = nuke.createNode("VFXAI_Inpaint")
    values = {"model": "our-fill", "prompt": "wet cobbles", "strength": 0.4, "seed": 9, "lora": "a:0.5"}
    for name, value in values.items():
        node[name].setValue(value)
    node["use"].setValue("research")
    fields = loaded.asked._fields(node, loaded.asked.INPAINT)
    assert {name: fields[name] for name in values} == values and fields["use"] == "research"
    assert "negative" not in fields and json.dumps(fields)
