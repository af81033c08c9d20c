"""Cameras from and to files of all kinds: they come back as they were, and see what the renderer saw."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cameras import DISPLAY, NUMBERS, OVERSCAN, farthest_apart, moving_camera

from vfx_ai.errors import InputError, JobError, OutputError
from vfx_ai.media.frame import Window
from vfx_ai.motion import camera_pose
from vfx_ai.motion.camera_files import KINDS, read_camera, write_camera

SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "courtyard" / "shot.json"
SMALL = Window(0, 0, 200, 100)
CLOSE = {".chan": 1e-6, ".json": 1e-9, ".usd": 1e-3, ".usda": 1e-3, ".usdc": 1e-3}  # pixels; USD's lens is float32


@pytest.mark.parametrize("suffix", KINDS)
@pytest.mark.parametrize("canvas", [DISPLAY, OVERSCAN, Window(40, 20, 600, 300)])
@pytest.mark.parametrize("aspect", [1.0, 2.0, 0.9])
def test_a_camera_sees_the_same_after_it_was_written_and_read(suffix, canvas, aspect, tmp_path):
    camera, file = moving_camera(canvas, aspect), tmp_path / f"camera{suffix}"
    assert write_camera(camera, file, DISPLAY, canvas, aspect) == ()
    again = read_camera(file, NUMBERS, DISPLAY, canvas, aspect)
    assert again.known.all() and again.origin == file.name
    assert farthest_apart(camera, again) < CLOSE[suffix]


@pytest.mark.parametrize("suffix", [".json", ".usda"])
def test_a_lens_that_bends_and_is_off_the_middle_comes_back(suffix, tmp_path):
    camera = moving_camera(OVERSCAN, 2.0, distortion=(-0.06, 0.01), shift=(9.0, -4.0))
    file = tmp_path / f"camera{suffix}"
    write_camera(camera, file, DISPLAY, OVERSCAN, 2.0)
    assert farthest_apart(camera, read_camera(file, NUMBERS, DISPLAY, OVERSCAN, 2.0)) < CLOSE[suffix]


@pytest.mark.parametrize("suffix", KINDS)
def test_a_focal_length_that_is_given_stands_for_that_of_the_file(suffix, tmp_path):
    file = tmp_path / f"camera{suffix}"
    write_camera(moving_camera(), file, DISPLAY, DISPLAY)
    again = read_camera(file, NUMBERS, DISPLAY, DISPLAY, focal=777.0)
    assert (again.focal == 777).all()


def test_frames_that_a_file_lacks_are_not_known(tmp_path):
    file = tmp_path / "camera.chan"
    camera = moving_camera()
    write_camera(replace(camera, known=np.array(NUMBERS) != 1004), file, DISPLAY, DISPLAY)
    assert len(file.read_text().splitlines()) == len(NUMBERS) - 1
    again = read_camera(file, (1003, 1004, 1005, 1090), DISPLAY, DISPLAY)
    assert again.known.tolist() == [True, False, True, False]
    assert np.isfinite(again.center).all()
    assert np.allclose(again.position(1005), camera.position(1005))


@pytest.mark.parametrize("suffix", [".chan", ".json", ".usda"])
def test_a_file_of_other_frames_is_an_error_that_names_both(suffix, tmp_path):
    file = tmp_path / f"camera{suffix}"
    write_camera(moving_camera(), file, DISPLAY, DISPLAY)
    with pytest.raises(InputError, match=r"the camera has frames 1001-1012, the plate 1-3: none in common"):
        read_camera(file, (1, 2, 3), DISPLAY, DISPLAY)


def test_a_camera_that_knows_no_frame_is_not_written(tmp_path):
    with pytest.raises(OutputError, match="no frame whose camera is known"):
        write_camera(replace(moving_camera(), known=np.zeros(12, bool)), tmp_path / "c.chan", DISPLAY, DISPLAY)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", KINDS)
def test_whatever_cannot_be_written_leaves_what_was_there(suffix, tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(OutputError, match="can't be written"):
        write_camera(moving_camera(), tmp_path / "file" / f"camera{suffix}", DISPLAY, DISPLAY)
    assert (tmp_path / "file").read_text() == "no folder"


def test_the_ending_decides_and_others_are_refused(tmp_path):
    file = tmp_path / "camera.fbx"
    file.write_text("7 0 0 0 0 0 0 90\n")
    with pytest.raises(JobError, match=r"is no camera file\. Use one of: \.chan, \.usd, \.usda, \.usdc, \.json"):
        read_camera(file, (7,), SMALL, SMALL)
    with pytest.raises(JobError, match="is no camera file"):
        write_camera(moving_camera(), file, DISPLAY, DISPLAY)
    upper = tmp_path / "CAMERA.CHAN"
    upper.write_text("7 0 0 0 0 0 0 90\n")
    assert read_camera(upper, (7,), SMALL, SMALL).knows(7)
    with pytest.raises(JobError, match="has one camera"):
        read_camera(Path(f"{upper}#/world/camera"), (7,), SMALL, SMALL)


@pytest.mark.parametrize("suffix", KINDS)
def test_a_file_that_is_not_there_a_folder_or_too_large_is_refused(suffix, tmp_path, monkeypatch):
    with pytest.raises(InputError, match="no such camera file"):
        read_camera(tmp_path / f"none{suffix}", (7,), SMALL, SMALL)
    (tmp_path / f"folder{suffix}").mkdir()
    with pytest.raises(InputError, match="no such camera file"):
        read_camera(tmp_path / f"folder{suffix}", (7,), SMALL, SMALL)
    large = tmp_path / f"large{suffix}"
    write_camera(moving_camera(), large, DISPLAY, DISPLAY)
    monkeypatch.setattr(camera_pose, "LARGEST", large.stat().st_size - 1)
    with pytest.raises(InputError, match="larger than"):
        read_camera(large, NUMBERS, DISPLAY, DISPLAY)


def converted(facts: dict, focal: float, file: Path) -> Path:
    """A renderer's own cameras as a JSON camera."""
    poses = {n: {"camera_to_world": m, "focal": [focal, focal]} for n, m in facts["camera_to_world"].items()}
    window = [0, 0, *facts["size"]]
    file.write_text(json.dumps({"format": "vfx-ai camera", "schema": 1, "display_window": window, "frames": poses}))
    return file


def assert_seen_as_the_renderer_sees(facts: dict, focal: float, file: Path, canvas: Window) -> None:
    """What samples/README.md says of a point in the camera's own axes."""
    width, height = facts["size"]
    numbers = tuple(int(n) for n in facts["camera_to_world"])
    camera = read_camera(file, numbers, Window(0, 0, width, height), canvas)
    own = np.array([[0.5, 1.0, -6.0], [-2.0, -0.7, -11.0], [0.0, 0.0, -3.0]])
    x, y = width / 2 - 0.5 - focal * own[:, 0] / own[:, 2], height / 2 - 0.5 + focal * own[:, 1] / own[:, 2]
    for number in numbers:
        matrix = np.array(facts["camera_to_world"][str(number)])
        at, depth = camera.project(number, own @ matrix[:3, :3].T + matrix[:3, 3])
        assert np.allclose(depth, -own[:, 2], atol=1e-5)
        assert np.allclose(at, np.stack([x - canvas.x0, y - canvas.y0], 1), atol=1e-3)


@pytest.mark.parametrize("suffix", [".json", ".chan", ".usdc"])
def test_the_sample_shots_camera_sees_what_its_renderer_saw(suffix, tmp_path):
    facts = json.loads(SAMPLE.read_text())
    whole = Window(0, 0, *facts["size"])
    file = converted(facts, facts["focal_pixels"], tmp_path / "camera.json")
    numbers = tuple(facts["frames"])
    again = tmp_path / f"again{suffix}"
    assert write_camera(read_camera(file, numbers, whole, whole), again, whole, whole) == ()
    assert_seen_as_the_renderer_sees(facts, facts["focal_pixels"], again, whole)


@pytest.mark.shared
def test_cameras_of_rendered_shots_see_what_their_renderer_saw_also_with_overscan(shared, tmp_path):
    for path in sorted((shared / "truth").glob("*/shot.json")):
        facts = json.loads(path.read_text())
        more = facts["overscan"]
        canvas = Window(0, 0, *facts["size"]).grown(more)
        file = converted(facts, facts["focal_px"], tmp_path / f"{path.parent.name}.json")
        assert_seen_as_the_renderer_sees(facts, facts["focal_px"], file, canvas)
