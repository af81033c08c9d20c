"""The extension in real Blenders: what it registers, what its operators do, and what becomes of their results."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import blenders
import cv2
import numpy as np
import pytest
from planes import channels_of, pixels
from workers import stand_in

ENGINE, FRAME = "flow", 1007


@pytest.fixture(scope="module")
def typed(shot, once):
    """The result of the command line, for the same frames."""

    def make(folder):
        plate, matte, output = f"{shot}/plate.####.exr", f"{shot}/matte.####.exr", f"{folder}/clean.####.exr"
        words = ["inpaint", plate, "--matte", matte, "-o", output, "--frames", str(FRAME), "--engine", ENGINE]
        variables = {**os.environ, "PYTHONPATH": str(blenders.ROOT), "OMP_NUM_THREADS": "1"}
        subprocess.run([sys.executable, "-m", "vfx_ai", *words], check=True, capture_output=True, env=variables)
        return output.replace("####", str(FRAME))

    return once("typed", make)


@pytest.fixture(scope="module")
def filled(blender, words, shot, once):
    """What the operator Inpaint did in the Image editor."""

    def make(folder):
        return blender.run("inpaint", shot=shot, out=folder, engine=ENGINE, frame=FRAME)

    return once(f"filled {Path(words[0]).parents[1].name}", make)


def test_it_registers_and_goes_twice_and_leaves_nothing(blender, record_property):
    told = blender.run("twice")
    assert told["between"] == [[False, 0], [False, 0]]
    assert told["same"] and not told["timers"]
    offers = set(told["offers"])
    assert offers | {"cancel", "open_report", "remove_object", "wire"} <= set(told["operators"])
    assert all(told["described"].values()) and told["undescribed"] == [], "everything has a tooltip"
    for name in (*offers, "remove_object", "wire", "click", "clear_clicks"):
        assert told["undo"][name], f"{name} can be undone"
    for place, labels in told["searched"].items():
        assert {*told["offers"].values(), "Cancel", "Open Report", "Remove Object"} <= set(labels), place
    wanted = {"matte-grow": "Grow", "format": "Size", "length": "Shortest and Longest", "device": "Device"}
    assert wanted.items() <= told["labels"].items(), "what the worker calls an option is called as in the panel"
    record_property("registration_ms", round(told["seconds"] * 1000, 1))
    print(f"registration in {told['version']}: {told['seconds'] * 1000:.1f} ms")
    assert told["seconds"] < 0.1
    print(f"with its files read: {told['loaded'] * 1000:.1f} ms")


def test_every_editor_has_the_same_sections(blender):
    told = blender.run("panels")
    assert set(told) == {"IMAGE_EDITOR", "CLIP_EDITOR", "SEQUENCE_EDITOR", "NODE_EDITOR"}
    for sections in told.values():
        assert [one for one in sections if one in ("Input", "Matte", "Engine", "Output", "Queue")] == [
            *("Input", "Matte", "Engine", "Output", "Queue")
        ]


def test_a_result_has_the_pixels_of_the_command_line(filled, typed):
    assert filled["answer"] == ["FINISHED"]
    mine, its = channels_of(filled["output"].replace("####", str(FRAME))), channels_of(typed)
    assert mine.keys() == its.keys()
    for name, plane in its.items():
        np.testing.assert_array_equal(mine[name], plane, err_msg=name)


def test_a_result_is_shown_where_it_was_asked_for(filled):
    assert (filled["source"], filled["space"]) == ("SEQUENCE", "Linear Rec.709")
    assert filled["path"].startswith("//vfx_ai/plate/inpaint/")
    # The one frame that was filled, at the frame of the scene that shows the plate's.
    assert filled["user"] == [FRAME - 1006 + 1, FRAME - 1, 1]
    assert Path(filled["report"]).is_file()


def test_what_is_made_of_a_shown_result_is_the_plate(filled):
    assert filled["again"] == filled["plate"]
    assert filled["toggled"] and filled["plate's user"] == [1, 1005, 4]  # all of its frames again


def test_a_result_that_is_named_is_meant_itself(filled):
    pattern, matte = filled["named"]
    assert pattern == filled["output"] == matte["matte"]


def test_a_saved_file_remembers_settings_and_result(filled):
    assert filled["kept"] == [ENGINE, str(FRAME), "IMAGE", "matte.1006.exr"]
    assert [row[1] for row in filled["rows"]] == ["DONE"] and filled["found"]
    assert filled["image_after"] == filled["path"]


def test_in_the_compositor_the_result_comes_out(filled, typed):
    assert filled["wired_again"] and filled["narrow"] == []
    assert filled["sockets"][0] == "Combined" and "fill" in filled["sockets"]
    np.testing.assert_array_equal(pixels(filled["result"]), pixels(typed))


def test_in_the_compositor_what_lies_outside_the_hole_is_what_came_before(filled, typed):
    hole = channels_of(typed)["fill.source"] > 0
    came, before = pixels(filled["brighter"]), pixels(filled["output"].replace("####", str(FRAME)))
    assert hole.any() and not hole.all()
    np.testing.assert_array_equal(came[hole], before[hole])
    np.testing.assert_allclose(came[~hole], before[~hole] * 2, rtol=1e-5)  # the plate was made twice as bright


def test_a_preview_is_a_picture_of_the_frame(blender, shot, tmp_path):
    told = blender.run("preview", shot=shot, out=tmp_path)
    assert told["answer"] == ["FINISHED"] and "1007" in told["text"]
    assert re.fullmatch(r"1 frame: about \d+ (s|min); [\d.]+% of the picture is filled", told["how long"])
    assert pixels(told["file"]).shape == (234, 416, 3)
    assert any(path.endswith("preview.1007.exr") for path in told["image"])


@pytest.fixture(scope="module")
def swift(blender, words, once):
    """What happened with a worker that does what the plate's name says."""

    def make(folder):
        return blender.run("stand_in", folder=folder, worker=worker_that_stands_in(folder))

    return once(f"swift {Path(words[0]).parents[1].name}", make)


def worker_that_stands_in(folder):
    """The command of a worker that does what the plate's name says; the files that it knows are put there."""
    for name in ("asks", "fails", "killed", "matte"):
        (folder / f"{name}.exr").touch()
    variables = [f"{name}={value}" for name, value in stand_in(folder).items()]
    return shlex.join(["env", *variables, sys.executable, "-m", "vfx_ai", "worker"])


@pytest.fixture(scope="module")
def ticked(blender, words, once):
    """What the timer did before, during and after a job."""

    def make(folder):
        return blender.run("idle", folder=folder, worker=worker_that_stands_in(folder))

    return once(f"ticked {Path(words[0]).parents[1].name}", make)


def test_a_timer_runs_while_there_is_a_job_and_no_longer(ticked):
    assert (ticked["before"], ticked["at once"], ticked["during"]) == (0, 1, 1)
    assert ticked["over"] and (ticked["after"], ticked["opened"]) == (0, 0)


def test_the_window_never_waits_for_a_tick(ticked):
    assert ticked["waits"] == [] and ticked["spent"] < 0.2, (ticked["waits"], ticked["spent"])


def test_jobs_are_done_one_after_the_other_with_all_their_steps(swift):
    assert swift["line"] == [False, True, True, False]  # a preview for which nothing must be made doesn't wait
    assert swift["drawn early"] == [] and swift["picked"]
    assert swift["then"] == [True, True, True]
    assert swift["made for both"] and not swift["of something else"]


def test_a_job_is_cancelled_and_can_go_on(swift):
    assert swift["runs"] and "being made already" in swift["twice"]
    assert swift["cancelled"] == "STOPPED"
    assert swift["resumes"]


def test_a_job_goes_on_while_another_file_is_open(swift):
    assert [row[1] for row in swift["elsewhere"]] == ["RUNNING"]
    assert swift["back"]


def test_a_job_is_of_the_file_that_it_was_begun_in_also_if_that_was_not_saved(swift):
    assert swift["reverted"]
    assert swift["gone from there"] == [] and swift["over meanwhile"]


def test_what_was_made_of_another_shot_of_that_name_stays(swift):
    assert "made of /another/fails.exr" in swift["of another shot"]
    assert "Clear Finished" in swift["of another shot"]


def test_a_job_that_fails_says_why_in_one_message(swift):
    assert "it is damaged" in swift["failed"] and "Supply it again." in swift["failed"]
    assert "memory ran out" in swift["killed"]


def test_operators_are_offered_as_far_as_the_worker_has_their_kind(swift):
    kinds = set(swift["says"]["kinds"])
    for kind, offered in swift["kinds"].items():
        assert offered == (kind in kinds), kind
    assert "too old for grain" in swift["older"]


def test_files_are_found_from_wherever_the_blend_is_saved(blender, tmp_path):
    told = blender.run("moved", folder=tmp_path)
    plate, output, pattern, fields = told.pop("wanted")
    assert told.pop("of bad rows") == [["other", None]]  # what is no job is none, and the others stay
    away, copy = told["away/moved.blend"], told["copy/copied.blend"]
    assert away["now"] == [plate, "//out/clean.####.exr", "//../plate.1001.exr"]
    assert copy["now"] == away["now"]  # a copy changes nothing here
    for one in (away, copy):
        assert one["opened"] == [plate, output, pattern, fields]
        assert str(tmp_path) not in one["queue"] and "//../out/clean.####.exr" in one["queue"]


def test_without_a_worker_one_panel_says_how_to_have_one(blender, tmp_path):
    told = blender.run("without", folder=tmp_path)
    assert told["missing"] == [False, "vfx-ai isn't installed, or isn't found"]
    assert told["missing_panels"] == ["vfx-ai Isn't Here"]
    assert told["network"][0] is False and "isn't allowed online" in told["network"][1]
    assert told["network_panels"] == ["vfx-ai Isn't Here"]
    assert "before it said a word" in told["ends"]


def test_bad_input_is_one_message_each(blender, tmp_path):
    told = blender.run("bad", folder=tmp_path)
    for name, words in (
        ("nothing open", "No image, clip, strip or node"),
        ("no image", "No image is chosen"),
        ("generated", "has no files"),
        ("gone", "isn't there"),
        ("not rendered", "is rendered at"),
        ("MASK", "No mask is chosen"),
        ("IMAGE", "No matte is chosen"),
        ("CRYPTO", "No object is named"),
        ("CLICKS", "Nothing is clicked"),
        ("no exr", "is no EXR"),
        ("damaged", "plate.1001.exr"),
    ):
        assert words in told[name], (name, told[name])
        assert "Traceback" not in told[name] and "\n" not in told[name], told[name]


def test_each_editor_means_its_own(blender, shot, tmp_path):
    told = blender.run("sources", shot=shot, out=tmp_path)
    size = [416, 234]
    assert told["image"] == ["plate.####.exr", 1006, 1009, 0, size]
    assert told["clip"] == ["plate.####.exr", 1006, 1009, 1006 - 11, size]
    assert told["strip"] == told["selected"] == ["plate.####.exr", 1006, 1009, 1006 - 21, size]
    assert told.get("edit", "edit") == "edit" and told["whole"]
    assert told["node"] == ["plate.####.exr", 1006, 1009, 1005 - 31 + 1, size]
    assert told["FILE"] == told["RENDER"] == ["plate.####.exr", 1006, 1009, 0, size]


def test_a_result_is_shown_in_each_editor_as_its_own_kind(blender, shot, tmp_path):
    told = blender.run("shows", shot=shot, out=tmp_path)
    assert told["clip"] == ["plate.1006.exr", 6, "ACEScg"]
    assert told["strips"] == [["IMAGE", 6, 4]]
    assert told["more strips"] == [["IMAGE", 6, 4]] * 2
    assert told["matte"] == [True, "Non-Color", 6] and told["clip still"] == "plate.1006.exr"
    assert told["channels"] == ["ALPHA", "COLOR_ALPHA", 250]  # a matte is white on black, and all as large as before
    assert told["new"] == [1006, [4, 6, 1005]]  # a new plate has numbers of its own; the old one is where it was
    assert told["its plate"] == 1000
    assert told["elsewhere"] == [False, True]  # where clicks on the plate aren't to be marked
    assert told["space unknown"] == ["", "Linear Rec.709"]  # what Blender took the plate for, it takes the result for
    assert told["another config"] == ["Linear Rec.709 (sRGB)", "Raw", "Raw"]
    assert told["plate"] == "Non-Color"  # the user's own image stays as it is
    matte, preview, loop = told["wired"]
    assert matte == [["Matte"], []] and "no result" in preview
    assert "Result" in loop[0] and set(loop[1]) == {"Result"}


def test_clicks_become_a_matte_and_that_a_result_by_one_press(blender, shot, tmp_path):
    there = channels_of(shot / f"matte.{FRAME}.exr")["A"] > 0.5
    # Where the object is thickest, and a corner of the picture.
    inner = cv2.distanceTransform(there.astype(np.uint8), cv2.DIST_L2, 5)
    down, across = np.unravel_index(int(inner.argmax()), inner.shape)
    points = [[int(across), int(down), FRAME, True], [8, 8, FRAME, False]]
    told = blender.run("clicked", shot=shot, out=tmp_path, points=points)
    assert told["answer"] == ["FINISHED"] and told["kinds"] == ["matte_click", "inpaint"]
    assert told["shown"] == f"plate_inpaint.{FRAME}.exr"
    assert told["again"] == f"{shot}/plate.####.exr" and told["toggled"]
    made = next(iter(channels_of(told["matte"].replace("####", str(FRAME))).values())) > 0.5
    assert made[down, across] and not made[8, 8]
    assert np.count_nonzero(made & there) > 0.5 * np.count_nonzero(made) > 0
    assert told["made"] and not told["made of other clicks"] and not told["made with a file gone"]
    assert not told["made of another plate"]
    assert "Look at it in an Image editor" in told["looked"][0] and told["looked"][1]
    assert told["marks"] == [[True, 1.0], [False, 1.0]] and told["marks in all"] == 40
    assert told["looked up"] < 5  # a folder may be far away
    assert told["made once"]  # looked at first, it isn't made again
