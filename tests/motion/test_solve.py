"""A camera solved from nothing, on the shipped sample shot; and shots that have none."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import rendered
import torch
from rendered import open_shot, render

from vfx_ai.media.sequence import find_sequence
from vfx_ai.motion.camera import read_solved, why_solved
from vfx_ai.motion.solve import solve, solve_shot
from vfx_ai.motion.survey import Motion, survey
from vfx_ai.shot import MatteOptions, Shot

SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "courtyard"


def nothing(_done, _total):
    pass


@pytest.fixture(scope="module")
def courtyard():
    plate, matte = (find_sequence(str(SAMPLE / f"{n}.####.exr"), role=n) for n in ("plate", "matte"))
    shot = Shot(plate, matte, "RGB", MatteOptions(), torch.device("cpu"), 2**30)
    return shot, survey(shot, nothing)


@pytest.fixture(scope="module")
def solved(courtyard, tmp_path_factory):
    folder = tmp_path_factory.mktemp("analysis")
    return folder, solve(*courtyard, None, folder, nothing)


def test_the_samples_camera_is_found_from_nothing(courtyard, solved):
    _, camera = solved
    truth = json.loads((SAMPLE / "shot.json").read_text())
    assert camera.known.all() and camera.residual < 0.5 and len(camera.points) > 300
    assert abs(camera.focal[0, 0] / truth["focal_pixels"] - 1) < 0.06
    poses = [np.array(truth["camera_to_world"][str(n)]) for n in camera.numbers]
    for i in range(1, len(poses)):
        turned = np.linalg.inv(poses[i][:3, :3]) @ poses[0][:3, :3]  # y up, -z into the picture
        flip = np.diag([1.0, -1.0, -1.0])
        found = camera.rotation[i] @ camera.rotation[0].T
        angle = np.degrees(np.arccos(np.clip((np.trace(found.T @ flip @ turned @ flip) - 1) / 2, -1, 1)))
        assert angle < 0.5
    path = np.array([p[:3, 3] for p in poses])
    mine = np.array([camera.position(n) for n in camera.numbers])
    steps, true_steps = (np.linalg.norm(v - v[0], axis=1)[1:] for v in (mine, path))
    assert np.ptp(steps / true_steps) / np.mean(steps / true_steps) < 0.1


def test_it_is_kept_and_read_back_exactly(courtyard, solved):
    folder, camera = solved
    again = read_solved(folder)
    assert again.to_dict() == camera.to_dict()
    assert "16 of 16 frames" in why_solved(folder)
    assert sorted(p.name for p in folder.iterdir()) == ["camera.json"]


def test_a_known_focal_length_is_kept(courtyard, tmp_path):
    outcome = solve_shot(*courtyard, 369.78, tmp_path, nothing)
    assert outcome.camera is not None and outcome.camera.known.all()
    assert np.allclose(outcome.camera.focal, 369.78, rtol=0.02)


def test_a_still_camera_is_told_at_once(courtyard, tmp_path):
    shot, _ = courtyard
    outcome = solve_shot(shot, Motion("locked", shot.numbers, (), (), 0.0), None, tmp_path, nothing)
    assert outcome.camera is None and "stands still" in outcome.why


def test_a_camera_that_only_turns_has_no_parallax(tmp_path):
    shot = open_shot(render(tmp_path, rendered.turning(), frames=6, size=(96, 144)))
    outcome = solve_shot(shot, survey(shot, nothing), None, tmp_path, nothing)
    assert outcome.camera is None and outcome.why


def test_too_few_frames_are_told(tmp_path):
    shot = open_shot(render(tmp_path, rendered.travelling(16.0), frames=2, size=(32, 48)))
    outcome = solve_shot(shot, survey(shot, nothing), None, tmp_path, nothing)
    assert outcome.camera is None and "too few" in outcome.why
