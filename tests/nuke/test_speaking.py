"""What doesn't fit together is told before a worker is asked, and what the worker says names knobs, not options."""

from __future__ import annotations

import pytest
from behind_reads import behind, inpaint
from test_trouble import idle, named

from vfx_ai.fill import MAKERS, NAMED
from vfx_ai.job import Job
from vfx_ai.worker.kinds import KINDS
from vfx_ai.worker.kinds import read as taken


@pytest.mark.parametrize("kind", ["VFXAI_Inpaint", "VFXAI_Extend"])
@pytest.mark.parametrize(
    ("knobs", "says"),
    [
        ({"model": "our-fill"}, ("the engine auto asks no model", "Set the knob engine to diffusion_image")),
        ({"model": "our-fill", "engine": "flow"}, ("the engine flow asks no model", "or empty model")),
        ({"engine": "diffusion_video"}, ("diffusion_video needs a model", "Choose...")),
        ({"prompt": "cobbles"}, ("prompt is for a model", "the knob model is empty")),
        ({"lora": "look:0.5"}, ("LoRAs is for a model",)),
        ({"model": "m", "engine": "diffusion_image", "strength": 0.0}, ("strength is 0", "more than 0")),
    ],
)
def test_knobs_of_a_model_that_do_not_fit_are_one_message_and_ask_nobody(kind, knobs, says, nuke, into):
    loaded = into(nuke)
    node = behind(nuke, kind, "/shots/plate.%04d.exr")
    for name, value in knobs.items():
        node[name].setValue(value)
    for button in ("render", "preview"):
        nuke._press(node, button)
        message = nuke._messages.pop()
        assert all(words in message for words in says) and "--" not in message, message
    assert not loaded.jobs.JOBS and not loaded.starting._made


@pytest.mark.parametrize("engine", ["diffusion_image", "diffusion_video", "internal"])
def test_a_model_with_an_engine_that_asks_it_goes_to_the_worker(engine, nuke, into):
    loaded = into(nuke)
    node = inpaint(nuke, "/shots/plate.%04d.exr")
    node["model"].setValue("our-fill")
    node["engine"].setValue(engine)
    assert taken(Job, loaded.asked.asked_of(node).fields).model == "our-fill"


def test_engines_that_ask_models_are_known_by_name(nuke, into):
    from vfx_ai.fill import makers

    into(nuke)
    from vfx_ai_nuke import speaking

    for engine in NAMED:
        job = Job("p.exr", "m.exr", "o.exr", engine=engine)
        if engine not in MAKERS:
            continue
        try:
            makers.model_for(job)
        except Exception as error:  # it needs a model
            assert engine in speaking.ASK_MODELS, error
        else:
            assert engine not in speaking.ASK_MODELS
    assert set(speaking.MAY_ASK) == set(MAKERS)


def test_a_clean_plate_offers_the_engines_that_it_can_use(nuke, into):
    into(nuke)
    from vfx_ai_nuke import speaking

    node = nuke.createNode("VFXAI_CleanPlate")
    assert "model" not in KINDS["plate_clean"].made.__dataclass_fields__ and node.knob("model") is None
    assert set(node["engine"].values()) == {"auto", *NAMED} - set(speaking.ASK_MODELS)
    assert "tab Advanced" not in node["engine"].label()


def test_a_remedy_names_the_nodes_knobs_and_inputs(nuke, into):
    into(nuke)
    from vfx_ai_nuke import speaking

    node = nuke.createNode("VFXAI_Extend")
    told = speaking.in_knobs("Use --pad 12%,0,12%,0, --matte or --no-such-thing, e.g. --detail 0.5.", node)
    assert told == "Use the knob sides 12%,0,12%,0, the input mask or --no-such-thing, e.g. the knob detail 0.5."


def test_what_a_worker_says_is_told_in_knobs(nuke, into, swift, tmp_path, monkeypatch):
    loaded = into(nuke, swift)
    ask = swift.run
    monkeypatch.setattr(swift, "run", lambda kind, fields: ask(kind, {**fields, "detail": 3.0}))
    nuke._press(named(nuke, tmp_path, "fine"), "render")
    nuke._spin(idle(loaded))
    nuke._spin(lambda: nuke._messages)
    (message,) = nuke._messages
    assert "detail is 3. Give 0 to 1, e.g. the knob detail 0.5." in message
