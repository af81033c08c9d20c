"""The camera by itself, `vfx-ai camera` and `vfx_ai.camera`; and what a job gives of it, `--camera` and `--focal`."""

from __future__ import annotations

import json
from dataclasses import replace

import cryptomattes
import numpy as np
import pytest
import rendered
from cameras import farthest_apart, moving_camera
from rendered import open_shot, render
from typer.testing import CliRunner

import vfx_ai
from vfx_ai import matchmove as module
from vfx_ai.cli import app
from vfx_ai.errors import InputError, Interrupted, JobError
from vfx_ai.job import Job, focal_in_pixels
from vfx_ai.media import lens
from vfx_ai.media.frame import Window
from vfx_ai.motion.camera import keep_solved
from vfx_ai.motion.camera_files import read_camera, write_camera
from vfx_ai.motion.given import given_camera, given_focal
from vfx_ai.steps.asked import resolve

SIZE = Window(0, 0, 96, 64)
NUMBERS = tuple(range(1001, 1006))


@pytest.fixture(scope="module")
def shot(tmp_path_factory):
    return render(tmp_path_factory.mktemp("shot"), rendered.travelling(32.0), frames=5)


@pytest.fixture
def solved(monkeypatch):
    """Puts a camera in the solver's place; gives what the solver was called with."""
    calls = []

    def put(camera, why="it was put there"):
        def solve(shot, motion, focal, folder, progress):
            calls.append((shot, motion, focal))
            progress(1, 2)
            keep_solved(folder, camera, why)
            return camera

        monkeypatch.setattr(module, "solve", solve)
        return calls

    return put


@pytest.fixture
def camera():
    return replace(moving_camera(SIZE, display=SIZE).chosen(NUMBERS), focal=np.tile([90.0, 90.0], (5, 1)))


def call(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def test_the_command_writes_the_camera_that_was_solved(shot, solved, camera, tmp_path):
    calls = solved(replace(camera, known=np.array([True, True, True, False, True])))
    done = call("camera", shot.plate, "-m", shot.matte, "-o", tmp_path / "out" / "c.json", "--focal", "36mm/24mm")
    assert done.exit_code == 0, done.output
    for words in ("4 frames of 5", "1004", "90.0 pixels", "7, off by 0.31 pixels", "c.json"):
        assert words in done.stdout
    (used, motion, focal), *_ = calls
    assert focal == 96 * 36 / 24 and motion.numbers == NUMBERS
    assert used.coverage(1003).any()
    read = read_camera(tmp_path / "out" / "c.json", NUMBERS, SIZE, SIZE)
    assert read.known.tolist() == [True, True, True, False, True] and len(read.points) == 7


def test_the_first_frame_stands_at_the_middle_of_the_world(shot, solved, camera, tmp_path):
    solved(replace(camera, known=np.array([False, True, True, True, True])))
    made = vfx_ai.camera(shot.plate, tmp_path / "c.json", shot.matte)
    assert (made.known, made.frames, made.points) == (NUMBERS[1:], NUMBERS, 7)
    told = json.loads((tmp_path / "c.json").read_text())
    assert np.allclose(told["frames"]["1002"]["camera_to_world"], np.eye(4), atol=1e-12)
    read = read_camera(tmp_path / "c.json", NUMBERS, SIZE, SIZE)
    for number in NUMBERS[1:]:  # and every frame sees the solved points where it saw them
        assert np.allclose(read.project(number, read.points)[0], camera.project(number, camera.points)[0], atol=1e-6)


def test_without_a_matte_all_of_the_picture_is_background(solved, camera, tmp_path, make_exr, half_noise):
    for number in NUMBERS:
        make_exr(tmp_path / f"plate.{number}.exr", {**half_noise("RGB", 64, 96), "A": np.ones((64, 96), np.float16)})
    calls = solved(camera)
    plate = tmp_path / "plate.####.exr"
    vfx_ai.camera(plate, tmp_path / "c.chan")
    assert not calls[0][0].coverage(1001).any() and calls[0][2] is None
    vfx_ai.camera(plate, tmp_path / "c.chan", matte_channel="A")
    assert calls[1][0].coverage(1001).all()


def test_what_moves_may_be_named_as_objects_of_a_cryptomatte(solved, camera, tmp_path, make_exr, half_noise):
    bunny = np.zeros((64, 96), np.float32)
    bunny[20:30, 40:60] = 1
    channels = {**half_noise("RGB", 64, 96), **cryptomattes.planes({"bunny": bunny, "default": 1 - bunny})}
    for number in NUMBERS:
        make_exr(tmp_path / f"plate.{number}.exr", channels, **cryptomattes.told())
    calls, plate = solved(camera), tmp_path / "plate.####.exr"
    vfx_ai.camera(plate, tmp_path / "c.chan", matte_objects="bunny", matte_layer="object")
    assert np.array_equal(calls[0][0].coverage(1001), bunny)
    for objects, layer, says in (("rabbit", "", "There is bunny"), ("", "object", "no objects")):
        with pytest.raises(vfx_ai.JobError, match=says):
            vfx_ai.camera(plate, tmp_path / "c.chan", matte_objects=objects, matte_layer=layer)


def test_the_file_has_the_plates_frame_rate_and_says_what_it_lacks(shot, solved, camera, tmp_path, monkeypatch):
    solved(replace(camera, center=camera.center + np.array([2.0, 0.0])))
    monkeypatch.setattr(module, "read_lens", lambda *_: lens.Lens(fps=30.0))
    done = call("camera", shot.plate, "-o", tmp_path / "c.usda", "--json")
    assert json.loads(done.stdout.splitlines()[-1])["notes"] == []
    assert "framesPerSecond = 30" in (tmp_path / "c.usda").read_text()
    done = call("camera", shot.plate, "-o", tmp_path / "c.chan")
    assert "off by up to 2.00 pixels" in " ".join(done.stdout.split())


@pytest.mark.parametrize("none", [True, False])
def test_a_shot_that_cannot_be_solved_is_one_error_that_says_why(none, shot, solved, camera, tmp_path):
    solved(None if none else replace(camera, known=np.zeros(5, bool)), "there is no parallax")
    done = call("camera", shot.plate, "-o", tmp_path / "c.chan")
    assert done.exit_code == 2
    assert "plate.1001.exr: the camera can't be solved: there is no parallax. The camera must move" in done.stderr
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_written_is_refused_before_anything_is_read(solved, camera, tmp_path):
    calls = solved(camera)
    done = call("camera", tmp_path / "none.####.exr", "-o", tmp_path / "c.exr")
    assert done.exit_code == 2 and "no camera file" in done.stderr and not calls
    done = call("camera", tmp_path / "none.####.exr", "-o", tmp_path / "c.chan", "--device", "gpu")
    assert done.exit_code == 2 and "device is 'gpu'" in done.stderr


def test_it_ends_when_asked_to_and_writes_nothing(shot, solved, camera, tmp_path):
    solved(camera)
    with pytest.raises(Interrupted, match="nothing was written"):
        vfx_ai.camera(shot.plate, tmp_path / "c.chan", cancelled=lambda: True)
    assert not list(tmp_path.iterdir())


def test_a_file_of_one_kind_becomes_one_of_another(shot, camera, tmp_path):
    write_camera(camera, tmp_path / "a.chan", SIZE, SIZE)
    done = call("camera", shot.plate, "--camera", tmp_path / "a.chan", "-o", tmp_path / "b.usdc")
    assert done.exit_code == 0, done.output
    assert "points" not in done.stdout
    assert farthest_apart(camera, read_camera(tmp_path / "b.usdc", NUMBERS, SIZE, SIZE)) < 1e-3


@pytest.mark.parametrize(
    ("text", "pixels"),
    [
        ("", None),
        ("  ", None),
        ("569", 569),
        ("568.75px", 568.75),
        (" 32mm/36mm ", 1706.6667),
        ("32.5 mm / 24 mm", 2600),
    ],
)
def test_a_focal_length_is_written_in_pixels_or_as_lens_and_sensor(text, pixels):
    assert focal_in_pixels(text, 1920) == (None if pixels is None else pytest.approx(pixels))
    assert Job("p", "m", "o", focal=text).focal == text


@pytest.mark.parametrize(
    "text", ["0", "-5", "wide", "32mm", "32mm/0mm", "0mm/36mm", "32/36", "1e3", "nan", "9" * 400, "5 6"]
)
def test_what_is_no_focal_length_is_refused(text):
    with pytest.raises(JobError, match=r"focal is .*--focal 1800"):
        Job("p", "m", "o", focal=text)


def test_a_jobs_camera_is_read_for_the_shots_frames_and_canvas(tmp_path):
    made = render(tmp_path, rendered.locked(), frames=5, window=lambda _t: (-4, -2), display=(90, 60))
    display, canvas = Window(0, 0, 90, 60), Window(-4, -2, 92, 62)
    expected = moving_camera(canvas, display=display).chosen(NUMBERS)
    write_camera(expected, tmp_path / "c.chan", display, canvas)
    shot = open_shot(made)
    assert given_camera("", "", shot) is None
    assert farthest_apart(expected, given_camera(str(tmp_path / "c.chan"), "", shot)) < 1e-6
    assert (given_camera(str(tmp_path / "c.chan"), "77", shot).focal == 77).all()


def test_a_focal_length_comes_from_the_job_else_from_metadata_that_all_frames_share(shot, monkeypatch):
    told = dict.fromkeys(NUMBERS, 200.0)
    monkeypatch.setattr("vfx_ai.motion.given.read_lens", lambda _path, frame: lens.Lens(focal=told[frame]))
    opened = open_shot(shot)
    assert given_focal("", opened) == 200
    assert given_focal("48mm/24mm", opened) == 192
    told[1003] = 201.0
    assert given_focal("", opened) is None  # zoomed
    told[1003] = None
    assert given_focal("", opened) is None


def test_a_jobs_camera_decides_which_frames_are_finished(shot, camera, tmp_path):
    file = tmp_path / "c.chan"
    write_camera(camera, file, SIZE, SIZE)

    def keys(**fields):
        folder = resolve(Job(shot.plate, shot.matte, str(tmp_path / "clean.####.exr"), **fields)).folder
        return folder.key, folder.analysis_key

    plain, given = keys(), keys(camera=str(file))
    assert given == keys(camera=str(tmp_path / "." / "c.chan"))
    (tmp_path / "stage.usda").write_text("#usda 1.0\n")
    stage = [keys(camera=f"{tmp_path / 'stage.usda'}{prim}") for prim in ("", "#/a", "#/b")]
    write_camera(replace(camera, focal=camera.focal * 1.5), file, SIZE, SIZE)
    told = [plain, given, *stage, keys(camera=str(file)), keys(focal="100"), keys(focal="101")]
    for one in zip(*told, strict=True):
        assert len(set(one)) == len(told)


def test_a_jobs_camera_that_is_not_there_is_refused_before_anything_is_written(shot, tmp_path):
    job = Job(shot.plate, shot.matte, str(tmp_path / "clean.####.exr"))
    with pytest.raises(InputError, match="no such camera file"):
        resolve(replace(job, camera=str(tmp_path / "gone.chan")))
    with pytest.raises(JobError, match="is no camera file"):
        resolve(replace(job, camera=shot.plate))
    assert not list(tmp_path.iterdir())


def test_python_callers_may_name_the_camera_by_a_path(shot, camera, tmp_path):
    write_camera(camera, tmp_path / "a.chan", SIZE, SIZE)
    made = vfx_ai.camera(shot.plate, tmp_path / "b.json", camera=tmp_path / "a.chan")
    assert made.known == NUMBERS and isinstance(made, vfx_ai.Matchmove)
    assert farthest_apart(camera, read_camera(tmp_path / "b.json", NUMBERS, SIZE, SIZE)) < 1e-6
