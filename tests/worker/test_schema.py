"""The published schema of a job is that of the code, and says the same as the code does."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from inspect import Parameter, signature

import numpy as np
import pytest
from typer.testing import CliRunner
from workers import ROOT

from vfx_ai.cli import app
from vfx_ai.client import PATHS
from vfx_ai.errors import JobError
from vfx_ai.job import CHOICES, SCHEMA, Job
from vfx_ai.matte.clicks import make_matte
from vfx_ai.matte.pick import matte_names, pick_matte
from vfx_ai.plates.generate import generate_plate
from vfx_ai.plates.jobs_new import PlateGenerate, PlateLoop
from vfx_ai.plates.loop import make_loop
from vfx_ai.worker import work
from vfx_ai.worker.kinds import KINDS, PREVIEWED, RUNNABLE, MatteClick, MattePick, Names, read
from vfx_ai.worker.schema import schema_of

FILES = {
    "edit": "edit",
    "inpaint": "job",
    "matte_click": "matte-click",
    "matte_pick": "matte-pick",
    "plate_clean": "plate-clean",
    "plate_by_model": "plate-by-model",
    "plate_extend": "plate-extend",
    "plate_generate": "plate-generate",
    "plate_loop": "plate-loop",
    "storyboard": "storyboard",
}


@pytest.mark.parametrize("kind", RUNNABLE)
def test_the_published_file_is_what_the_command_prints(kind):
    published = ROOT / "docs" / "schema" / f"{FILES[kind]}-{SCHEMA}.json"
    printed = CliRunner().invoke(app, ["worker", "--schema", kind])
    assert printed.exit_code == 0
    assert published.read_text(encoding="utf-8") == printed.stdout


def test_a_kind_that_is_not_there_is_named():
    done = CliRunner().invoke(app, ["worker", "--schema", "dance"])
    assert (done.exit_code, "inpaint, matte_click, matte_pick" in done.stderr) == (2, True)


@pytest.mark.parametrize("kind", RUNNABLE)
def test_every_field_is_described_and_typed(kind):
    for name, told in schema_of(kind)["properties"].items():
        assert name == "schema" or (told["description"] and told["type"]), name


# Fields of texts that name no file: words, names, numbers as texts; a model is named as the worker knows it.
WORDS = frozenset(
    (
        *("colorspace", "exposure", "layer", "layers", "matte_channel", "mask_channel", "matte_objects", "matte_layer"),
        *("frames", "matte_grow", "focal", "engine", "prompt", "negative", "lora", "memory", "objects", "size", "fps"),
        *("points", "not_points", "boxes", "wires", "pad", "format", "overscan", "length", "territory", "style"),
        *("aspect", "redo", "use", "model", "device", "grain", "ids", "missing", "edge", "pages", "split", "search"),
    )
)


@pytest.mark.parametrize("file", sorted((ROOT / "docs" / "schema").glob("*.json")), ids=lambda file: file.stem)
def test_every_text_is_known_as_a_file_or_as_words(file):
    for name, about in json.loads(file.read_text(encoding="utf-8"))["properties"].items():
        if about.get("type") in ("string", "array"):
            assert (name in PATHS) != (name in WORDS), f"{name}: is it a file? Then into PATHS of client.py"


def example(kind):
    """What must be given, and nothing else."""
    schema = schema_of(kind)
    texts = {name: ["x"] if schema["properties"][name].get("type") == "array" else "x" for name in schema["required"]}
    return {**texts, "schema": SCHEMA}


@pytest.mark.parametrize("kind", RUNNABLE)
def test_what_the_schema_takes_and_refuses_the_code_does_too(kind):
    made, given = KINDS[kind].made, example(kind)
    schema = schema_of(kind)
    if kind == "inpaint":
        given["matte_channel"] = "A"
    if kind == "plate_extend":
        given |= {"overscan": "10%", "matte": "m.exr"}
    read(made, given, versioned=True)
    for name in schema["required"]:
        with pytest.raises(JobError):
            read(made, {key: value for key, value in given.items() if key != name}, versioned=True)
    for name, told in schema["properties"].items():
        if "default" in told:
            needed = name in ("matte_channel", "overscan")  # without them nothing would be asked
            fields = given if needed else {**given, name: told["default"]}
            read(made, fields, versioned=True)
        for value in told.get("enum", ()):
            read(made, {**given, name: value}, versioned=True)
        for wrong in ([], {}, None, 1.5):
            fits = {"array": wrong == [], "null": wrong is None}
            if not any(fits.get(kind) for kind in np.atleast_1d(told.get("type", ""))):
                with pytest.raises(JobError):
                    read(made, {**given, name: wrong}, versioned=True)
        if "enum" in told:
            assert told["enum"] == list(CHOICES[name])
            with pytest.raises(JobError):
                read(made, {**given, name: "something else"}, versioned=True)
    with pytest.raises(JobError, match="unknown field"):
        read(made, {**given, "more": 1}, versioned=True)


def test_a_job_written_by_job_py_is_read_as_it_was():
    job = Job("p.####.exr", "m.exr", "o.####.exr", frames="1-3", blend=2, effects=True)
    assert read(Job, json.loads(job.to_json()), versioned=True) == job


@pytest.mark.parametrize(
    ("made", "called"),
    [
        (MatteClick, make_matte),
        (MattePick, pick_matte),
        (PlateGenerate, generate_plate),
        (PlateLoop, make_loop),
        (Names, matte_names),
    ],
)
def test_what_the_command_can_be_asked_the_worker_can(made, called):
    parameters = signature(called).parameters.items()
    not_asked = ("progress", "cancelled", "dry_run", "drawn")  # the last is what a catalogue says of its own shots
    takes = {name: one.default for name, one in parameters if name not in not_asked}
    asks = {one.name: Parameter.empty if one.default is MISSING else one.default for one in fields(made)}
    assert asks == takes


def test_each_row_has_what_does_it_and_each_kind_with_a_preview_what_makes_that():
    assert all(callable(getattr(work, row.by)) for row in KINDS.values())
    assert work.previews().keys() == PREVIEWED.keys()
