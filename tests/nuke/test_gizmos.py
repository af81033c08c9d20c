"""Gizmos are what Nuke can read: real Tcl runs them, and what they name is there."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from node_classes import CLASSES, EVERY_NODE, TAKEN, USER_KNOBS
from parsed import GIZMOS, PLUGIN, ROOT, parse
from signatures import stubs
from standin import Nuke

from nuke_gizmos.__main__ import files
from nuke_gizmos.describe import KINDS
from nuke_gizmos.table import GIZMOS as TABLE
from vfx_ai.fill import NAMED, SOURCES
from vfx_ai.fill.unseen import GRAINED
from vfx_ai.job import CHOICES, Job
from vfx_ai.matte.clicks import make_matte
from vfx_ai.proof.pictures import COLORS, kinds
from vfx_ai.worker.kinds import KINDS as KINDS_OF_JOBS

FIRST_INPUT = {"VFXAI_Generate": "Reference", "VFXAI_Imagine": "First"}  # it isn't the plate that comes out
BY_PATH = pytest.mark.parametrize("path", GIZMOS, ids=lambda path: path.stem)


def test_files_are_what_their_descriptions_make():
    stale = [name for name, data in files().items() if (ROOT / name).read_bytes() != data]
    assert not stale, "run `python -m nuke_gizmos`"
    assert {path.stem for path in GIZMOS} == {gizmo.name for gizmo in TABLE}


# Of a model, what the worker's own environment says.
MADE_UP = {"policy", "models_dir"}


@BY_PATH
def test_a_gizmo_is_a_group_that_holds_all_of_itself(path):
    top, *rest = parse(path)
    assert (top.kind, top.name, top.within) == ("Group", path.stem, 0)
    assert {node.within for node in rest} == {1}
    inputs = [node for node in rest if node.kind == "Input"]
    assert top.count == len(inputs)
    assert [(node.name, node.knobs.get("number", "0")) for node in inputs] == [
        (name, str(index))
        for index, name in enumerate((FIRST_INPUT.get(path.stem, "Source"), "mask", "CleanPlate")[: len(inputs)])
    ]
    assert (len(inputs) == 3) == (path.stem == "VFXAI_Inpaint")
    assert [node.kind for node in rest].count("Output") == 1 and rest[-1].kind == "Output"


@BY_PATH
def test_nodes_are_nukes_with_their_inputs_and_knobs(path):
    for node in parse(path)[1:]:
        most, knobs = CLASSES[node.kind]
        assert len(node.inputs) <= most
        assert "0" not in node.inputs, f"an input of {node.name} is open"
        for name, value in node.knobs.items():
            what = {**EVERY_NODE, **knobs}[name]
            if isinstance(what, tuple):
                assert value in what, (node.name, name)
            elif what == "Boolean_Knob":
                assert value in ("true", "false")
            elif what == "Int_Knob" and not value.startswith("{"):
                assert int(value) is not None
    names = [node.name for node in parse(path)]
    assert len(set(names)) == len(names)


@BY_PATH
def test_expressions_name_knobs_nodes_and_channels_that_are_there(path):
    top, *rest = parse(path)
    users = {user.name: user for user in top.users}
    names = {node.name for node in rest}
    for node in rest:
        for value in node.knobs.values():
            for knob in re.findall(r"parent\.(\w+)", value):
                assert USER_KNOBS[users[knob].number] in ("Enumeration_Knob", "Boolean_Knob", "Int_Knob")
            for other in re.findall(r"(\w+)\.(?:width|height)", value):
                assert other in names
            if node.kind == "Expression":
                for channel in re.findall(r"fill\.\w+", value):
                    assert channel in node.layers, f"{channel} isn't known yet where {node.name} stands"


@BY_PATH
def test_knobs_are_lower_snake_with_tooltips_ranges_and_tabs(path):
    top = parse(path)[0]
    names = [user.name for user in top.users]
    assert len(set(names)) == len(names) and not set(names) & TAKEN
    for user in top.users:
        kind = USER_KNOBS[user.number]
        assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", user.name)
        seen = "+INVISIBLE" not in user.flags and kind not in ("Tab_Knob", "Text_Knob")
        assert not seen or (user.tip.endswith(".") and user.label), user.name
        assert kind != "Double_Knob" or user.span[0] <= float(top.knobs[user.name]) <= user.span[1]
        assert (kind == "Enumeration_Knob") == bool(user.choices)
    tabs = [user.label for user in top.users if user.number == "20"]
    assert tabs == [path.stem.removeprefix("VFXAI_"), "Advanced", "Help"]
    for name, value in top.knobs.items():
        assert "python" not in value.lower(), "a node works without any Python"
        assert name in names or name == "help", f"{name} is set to {value!r} but isn't there"
    assert {str(number) for number in KINDS.values()} <= set(USER_KNOBS)


@BY_PATH
def test_buttons_compile_and_call_functions_that_are_there(path, nuke, into):
    plugin = into(nuke).plugin
    buttons = [user for user in parse(path)[0].users if user.number == "22"]
    assert {"render", "rerun", "cancel", "open_report"} <= {user.name for user in buttons}
    for user in buttons:
        called = list(calls(ast.parse(user.text, feature_version=(3, 9))))
        assert called
        for module, name, count in called:
            if module == "nuke":
                assert stubs().functions[name], name
            else:
                assert (module, name) == ("vfx_ai_nuke", user.name)
                inspect.signature(getattr(plugin, name)).bind(*range(count))


def calls(tree):
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
        ):
            yield node.func.value.id, node.func.attr, len(node.args)


def test_a_button_without_the_plugin_says_how_to_get_it(nuke):
    node = nuke.createNode("VFXAI_Inpaint")
    assert "vfx_ai_nuke" not in sys.modules
    nuke._press(node, "render")
    (message,) = nuke._messages
    assert "vfx-ai install nuke" in message


def test_knobs_are_fields_of_the_job_with_its_choices_and_defaults(nuke, into):
    asked = into(nuke).asked
    fields = Job.__dataclass_fields__
    node = nuke.createNode("VFXAI_Inpaint")
    for name in asked.INPAINT:
        assert name in fields and node.knob(name) is not None, name
        default, value = fields[name].default, node[name].value()
        assert value == default or name in ("matte_grow", "detail"), name
    # A number's knob can't be empty: it holds what none given comes to beside the other defaults.
    assert (fields["detail"].default, node["detail"].value(), node["grain"].value()) == (None, GRAINED, "match")
    elsewhere = {"plate", "matte", "output", "colorspace", "force", "painted"}  # from inputs, files and buttons
    left_out = {"aovs", "exposure", *MADE_UP}
    assert set(fields) - set(asked.INPAINT) - elsewhere == left_out, "a field of the job has no knob"
    matte = nuke.createNode("VFXAI_Matte")
    both = (*asked.CLICKS, *asked.OBJECTS)
    assert all(matte.knob(name) is not None for name in both)
    assert set(node["engine"].values()) == {"auto", *NAMED}
    for one in (node, matte):
        for name, choices in CHOICES.items():
            assert one.knob(name) is None or tuple(one[name].values()) == choices


@pytest.mark.parametrize(
    ("name", "kind", "elsewhere", "left_out"),
    [
        # Elsewhere: from inputs, files, buttons, and of Extend's three ways the one that is chosen.
        ("Extend", "plate_extend", {"plate", "matte", "pad", "format", "overscan"}, {"exposure", *MADE_UP}),
        ("Generate", "plate_generate", {"like", "mask"}, set()),
        ("Loop", "plate_loop", {"plate"}, set()),
        ("Edit", "edit", {"plate", "matte"}, {"exposure", *MADE_UP}),
        ("Imagine", "plate_by_model", {"image"}, MADE_UP),
    ],
)
def test_knobs_of_whole_plates_are_fields_with_their_choices_and_defaults(nuke, into, name, kind, elsewhere, left_out):
    listed = getattr(into(nuke).asked, name.upper())
    fields = KINDS_OF_JOBS[kind].made.__dataclass_fields__
    node = nuke.createNode(f"VFXAI_{name}")
    for field in listed:
        value = node[field].value()
        default = {"matte_grow": 0.0, "detail": GRAINED}.get(field, fields[field].default)
        assert value == ("" if default is dataclasses.MISSING else default), field  # must be given: nothing yet
    for field, choices in CHOICES.items():
        assert node.knob(field) is None or tuple(node[field].values()) == choices
    always = {"output", "colorspace", "force", "aovs"}
    assert set(fields) - set(listed) - elsewhere - always == left_out, "a field of the job has no knob"


@pytest.mark.skipif("plate_clean" not in KINDS_OF_JOBS, reason="the worker makes no clean plates yet")
def test_knobs_of_a_clean_plate_are_fields_with_their_defaults(nuke, into):
    listed, node = into(nuke).asked.CLEAN, nuke.createNode("VFXAI_CleanPlate")
    fields = KINDS_OF_JOBS["plate_clean"].made.__dataclass_fields__
    for field in listed:
        assert node[field].value() == {"matte_grow": 0.0, "detail": GRAINED}.get(field, fields[field].default), field
    assert {"plate", "matte", "output", "colorspace", "force"} <= set(fields)


def test_fields_are_in_the_published_schema(nuke, into):
    asked = into(nuke).asked
    named = {
        "job-1": {*asked.INPAINT, "plate", "matte", "output", "colorspace", "force"},
        "matte-click-1": {*asked.CLICKS, "plate", "output", "points", "boxes", "colorspace"},
        "matte-pick-1": {*asked.OBJECTS, "plate", "output"},
        "plate-extend-1": {*asked.EXTEND, *asked.HOW.values(), "plate", "matte", "output", "colorspace", "force"},
        "plate-generate-1": {*asked.GENERATE, "like", "mask", "output", "colorspace", "force"},
        "plate-loop-1": {*asked.LOOP, "plate", "output", "colorspace", "force"},
        "edit-1": {*asked.EDIT, "plate", "matte", "output", "colorspace", "force"},
        "plate-by-model-1": {*asked.IMAGINE, "image", "output", "colorspace", "force"},
    }
    if "plate_clean" in KINDS_OF_JOBS:
        named["plate-clean-1"] = {*asked.CLEAN, "plate", "matte", "output", "colorspace", "force"}
    if "wires" in inspect.signature(make_matte).parameters:
        named["matte-click-1"].add("wires")
    for name, fields in named.items():
        schema = json.loads((ROOT / "docs" / "schema" / f"{name}.json").read_text(encoding="utf-8"))
        assert fields <= set(schema["properties"]), fields - set(schema["properties"])


def test_the_map_of_sources_has_the_reports_colors():
    from nuke_gizmos.fill_nodes import MAP

    for number in SOURCES:
        for confidence in (0, 0.5, 1):
            text = {
                what: what.replace("fill.source", str(number)).replace("fill.confidence", str(confidence))
                for what in MAP
            }
            colors = [MAP[what] for what in MAP if eval(text[what])]
            known = np.array([[number]], np.uint8), np.array([[confidence]], np.float32), np.array([[number > 0]])
            kind = int(kinds(*known)[0, 0])
            assert colors == ([COLORS[kind]] if number else []), (number, confidence)


def test_buttons_say_what_becomes_of_finished_frames(nuke, into):
    for path in GIZMOS:
        tips = {user.name: user.tip for user in parse(path)[0].users}
        anew = path.stem == "VFXAI_Matte"
        assert ("all frames are made anew" in tips["render"]) == anew == ("no finished frame" in tips["rerun"])
        assert anew == ("finished frames stay" not in tips["render"])
    assert all(kind.startswith("matte_") for kind in into(nuke).asked.NO_FORCE)


def test_the_node_says_its_version():
    from vfx_ai.versions import versions

    for path in GIZMOS:
        (text,) = [user.text for user in parse(path)[0].users if user.name == "version"]
        assert text == f"vfx-ai {versions()['vfx-ai']}"


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ("Group {\n name a\n}\nend_group\nend_group\n", "end_group without"),
        ("Group {\n name a\n}\n", "without its end_group"),
        ("Group {\n name a b\n}\nend_group\n", "without a value"),
        ("Gruop {\n name a\n}\n", "Nuke has no Gruop"),
        ("Group {\n inputs 0\n}\n Copy {\n inputs 2\n}\nend_group\n", "nothing on the stack"),
        ("Group {\n name {a\n}\nend_group\n", "close-brace"),
    ],
)
def test_the_harness_finds_what_is_broken(tmp_path, broken, says):
    path = tmp_path / "broken.gizmo"
    path.write_text(broken, encoding="utf-8")
    with pytest.raises(AssertionError, match=says):
        parse(path)


def test_the_stand_in_refuses_what_nuke_lacks(nuke):
    node = nuke.createNode("VFXAI_Matte")
    with pytest.raises(AttributeError):
        nuke.makeCoffee()
    with pytest.raises(AssertionError, match="isn't called like that"):
        nuke.message()
    with pytest.raises(AssertionError, match="isn't called like that"):
        node.input()
    with pytest.raises(AssertionError, match="isn't called like that"):
        node["frames"].setValue()
    with pytest.raises(AttributeError):
        node["frames"].setValues(["a"])
    assert dataclasses.is_dataclass(TABLE[0]) and isinstance(nuke, Nuke)


def test_every_name_of_nuke_in_the_plugin_is_one_of_nukes():
    known = stubs()
    for path in sorted(PLUGIN.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "nuke":
                there = known.functions[node.attr] or node.attr in known.names or known.has_class(node.attr)
                assert there, f"nuke.{node.attr} in {path.name}"


def test_the_writer_says_what_isn_t_current():
    done = subprocess.run(
        [sys.executable, "-m", "nuke_gizmos", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stdout
    assert Path(ROOT / "nuke_gizmos" / "__main__.py").is_file()
