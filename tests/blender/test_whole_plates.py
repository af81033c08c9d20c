"""Extend, Generate Plate and Loop in real Blenders, by the real worker, on a small made shot."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import OpenEXR
import pytest
import rendered
from rendered import render

from vfx_ai.worker.kinds import KINDS, read

HEIGHT, WIDTH, COUNT = 48, 72, 20


@pytest.fixture(scope="module")
def made_here(tmp_path_factory):
    return render(tmp_path_factory.mktemp("small"), rendered.travelling(6.0), frames=COUNT, size=(HEIGHT, WIDTH))


@pytest.fixture(scope="module")
def told(blender, words, made_here, once):
    """What the operators did in the Image editor."""

    def make(folder):
        return {"shot": str(made_here.folder), **blender.run("whole", shot=made_here.folder, out=folder)}

    return once(f"whole {Path(words[0]).parents[1].name}", make)


@pytest.fixture(scope="module")
def small(told, made_here):
    """The shot that they did it to: one of several processes that run tests has made it, all alike."""
    return replace(made_here, folder=Path(told["shot"]))


def first_part(pattern, frame):
    with OpenEXR.File(pattern.replace("####", f"{frame:04d}"), separate_channels=True) as file:
        planes = {name: channel.pixels.copy() for name, channel in file.parts[0].channels.items()}
        return planes, [int(one) for one in np.ravel(file.header()["displayWindow"])]


@pytest.mark.parametrize("name", ["extend", "generate_plate", "loop"])
def test_each_is_done_and_is_what_its_schema_says(told, name):
    found = told[name]
    assert found["answer"] == ["FINISHED"] and Path(found["report"]).is_file()
    (kind,) = found["kinds"]
    read(KINDS[kind].made, found["fields"])
    assert Path(found["output"]).parent.name == name


def test_a_clean_plate_has_no_object_and_is_the_plate_elsewhere(told, small):
    if "plate_clean" not in KINDS:
        pytest.skip("the worker makes no clean plates yet")
    found, frame = told["clean_plate"], small.numbers[2]
    read(KINDS["plate_clean"].made, found["fields"])
    assert (found["answer"], found["fields"]["matte"]) == (["FINISHED"], small.matte)
    assert found["fields"]["engine"] == "flow"  # how a hole is filled is settled once for all
    assert found["shown"] == ["SEQUENCE", f"plate_clean_plate.{frame}.exr"]
    made, plate = (first_part(pattern, frame)[0] for pattern in (found["output"], small.plate))
    hole = made["fill.source"] > 0
    assert hole[small.mattes[frame] > 0].all() and not hole.all()
    for name in "RGB":
        np.testing.assert_array_equal(made[name][~hole], plate[name][~hole])
    single = told["single"]
    assert single["answer"] == ["FINISHED"] and single["fields"]["single"] is True
    assert single["shown"] == ["FILE", "plate_clean_plate.exr"]


def test_an_extended_plate_is_wider_and_the_old_area_stays(told, small):
    found, frame = told["extend"], small.numbers[2]
    fields = found["fields"]
    assert (fields["pad"], fields["matte"], fields["matte_grow"]) == ("4,0,6,2", small.matte, "1")
    made, window = first_part(found["output"], frame)
    plate, _ = first_part(small.plate, frame)
    assert window == [-4, 0, WIDTH + 5, HEIGHT + 1]
    for name in "RGB":
        assert made[name].shape == (HEIGHT + 2, WIDTH + 10)
        np.testing.assert_array_equal(made[name][:HEIGHT, 4 : WIDTH + 4], plate[name])
    assert found["shown"] == ["SEQUENCE", f"plate_extend.{frame}.exr"]
    assert found["user"] == [3, frame - 1, 1]  # where the scene shows the plate's third frame


def test_a_generated_plate_begins_where_the_scene_does(told, small):
    found = told["generate_plate"]
    fields = found["fields"]
    plates = small.plate.replace("####", f"{small.numbers[0]}-{small.numbers[-1]}####")
    assert fields["like"] == [plates, small.plate] and fields["mask"] == small.matte
    assert (fields["frames"], fields["size"], fields["seed"], fields["start"]) == (2, "40x32", 3, 5)
    made, _ = first_part(found["output"], 6)
    assert made["G"].shape == (32, 40) and made["G"].any()
    assert found["shown"] == ["SEQUENCE", "plate_generate_plate.0005.exr"]
    assert found["user"] == [5, 4, 2]


def test_a_loop_has_a_length_between_both_and_can_be_wired_up(told):
    found = told["loop"]
    assert found["fields"]["length"] == "6-9"
    start, before, count = found["user"]
    assert found["shown"] == ["SEQUENCE", f"plate_loop.{before + 1}.exr"]
    assert 6 <= count <= 9 and start == before + 1 - 1000  # where the scene shows the plate's frame of that number
    for frame in range(before + 1, before + 1 + count):
        made, _ = first_part(found["output"], frame)
        assert made["G"].shape == (HEIGHT, WIDTH)
    assert told["wired"] == "loop" and told["nodes"] == ["Plate", "Result"]


def test_what_makes_no_sense_is_one_message(told):
    assert "Nothing says by how much" in told["how far"]
    assert "Set Grow to 0" in told["grown"]
    assert "is shorter than the shortest" in told["shortest"]


def test_a_matte_that_is_no_file_becomes_one(told, small):
    about, kinds = told["alpha"]
    plates = small.plate.replace("####", f"{small.numbers[0]}-{small.numbers[-1]}####")
    assert about == {"matte": plates, "matte_channel": "A"} and kinds == ["plate_extend"]
    about, kinds = told["objects"]
    assert set(about) == {"matte"} and about["matte"].endswith("plate_matte_from_objects.####.exr")
    assert kinds == ["matte_pick", "plate_extend"]


def test_a_model_edits_and_makes_plates_by_what_the_panel_says(told, small):
    found = told["by model"]
    assert all("There is no model" in text for text in found["no model"])
    (kind, fields), (_, everywhere) = found["edit"], found["everywhere"]
    made = read(KINDS[kind].made, fields)
    assert (kind, made.model, made.prompt, made.strength) == ("edit", "our-film", "storm clouds", 0.75)
    assert made.reference.endswith("sky.exr") and made.matte == small.matte
    assert "matte" not in everywhere and "engine" not in fields
    (kind, fields), (_, goes_on) = found["imagine"], found["go on"]
    made = read(KINDS[kind].made, fields)
    assert (kind, made.frames, made.size, made.image) == ("plate_by_model", 9, "64x36", "")
    # What is made of words needs no source, and is called by them.
    assert made.output.endswith("/Dunes_at_noon_a_very_long/imagine/Dunes_at_noon_a_very_long_imagine.####.exr")
    assert "No image is chosen" in found["no source"]
    made = read(KINDS[kind].made, goes_on)
    assert Path(made.image).is_file() and made.size == "" and "strength" not in goes_on


def test_what_a_model_is_told_for_one_thing_is_not_told_for_another(told):
    found = told["by model"]
    said = {name: [found[name][1].get(one) for one in ("model", "prompt")] for name in ("inpaint", "edit", "imagine")}
    assert said == {
        "inpaint": ["our-fill", "a wall"],
        "edit": ["our-film", "storm clouds"],
        "imagine": ["our-new", "Dunes, at noon: a very long shot, from above"],
    }
    edit, imagine, inpaint = (found[name][1] for name in ("edit", "imagine", "inpaint"))
    assert imagine["seed"] == 7 and "seed" not in edit and "reference" not in imagine
    assert inpaint["strength"] == 0.2 and "reference" not in inpaint
    assert "model" not in found["clean"][1] and found["clean"][1]["engine"] == "flow"
