"""Depth behind a hole, from frames that saw the background, through a camera that is known."""

from __future__ import annotations

import numpy as np
import pytest
import rendered
import torch
from rendered import open_shot, render, travelling_camera

from vfx_ai.errors import JobError
from vfx_ai.media.frame import Window
from vfx_ai.motion.depth import analyse, working_camera
from vfx_ai.motion.depths import Depths, look_up
from vfx_ai.motion.fuse import Witness, fuse, layers
from vfx_ai.motion.geometry import ideal, real, relation

HORIZON, SIZE = 32.0, (64, 96)


@pytest.fixture(scope="module")
def analysed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shot")
    shot = open_shot(render(folder, rendered.travelling(HORIZON), frames=9, size=SIZE))
    camera = travelling_camera(shot.numbers, SIZE, HORIZON)
    analyse(shot, camera, folder / "depth", lambda _done, _total: None)
    return shot, camera, Depths(shot, folder / "depth")


def true_inverse(box: Window) -> torch.Tensor:
    rows = np.arange(box.y0, box.y1, dtype=float)
    inverse = rendered.speed(rows, HORIZON) / SIZE[1]
    return torch.from_numpy(inverse)[:, None].expand(-1, box.width).float()


def test_seen_pixels_that_are_trusted_lie_within_a_plane_of_their_true_depth(analysed):
    _, _, depths = analysed
    off = []
    for number in (1003, 1005, 1007):
        depth = depths.of(number)
        trusted = depth.trust > 0
        assert trusted.float().mean() > 0.5
        off.append(((depth.inverse - true_inverse(depth.box)).abs() / depths.sweep.step)[trusted])
    assert (torch.cat(off) < 1.5).float().mean() > 0.95


def test_no_depth_is_trusted_in_the_matte(analysed):
    shot, _, depths = analysed
    for number in shot.numbers:
        depth = depths.of(number)
        assert not bool((depth.trust > 0)[shot.view(number).hole[depth.box.slices(shot.canvas)]].any())


def test_depth_behind_the_hole_is_found_from_the_other_frames(analysed):
    shot, camera, depths = analysed
    number, small = 1005, working_camera(shot, camera)
    hole, box = shot.view(number).hole, Window(0, 0, SIZE[1], SIZE[0])
    witnesses = [Witness(n, depths.of(n), relation(small, number, n)) for n in shot.numbers if n != number]
    found = fuse(small, number, box, hole, depths.of(number), witnesses, depths.sweep)
    assert not bool(found[~hole].any())
    reached = hole & (found > 0)
    assert reached.sum() > 0.9 * hole.sum()
    off = (found - true_inverse(box)).abs() / depths.sweep.step
    assert (off[reached] < 1.5).float().mean() > 0.9


def test_what_nobody_saw_has_no_depth(analysed):
    shot, camera, depths = analysed
    small = working_camera(shot, camera)
    found = fuse(small, 1005, Window(0, 0, *SIZE[::-1]), shot.view(1005).hole, None, [none_known(depths)], depths.sweep)
    assert not bool(found.any())


def none_known(depths):
    depth = depths.of(1001)
    blind = type(depth)(depth.box, depth.inverse, torch.zeros_like(depth.trust))
    camera = travelling_camera((1001, 1005), SIZE, HORIZON)
    return Witness(1001, blind, relation(camera, 1005, 1001))


def test_a_camera_that_tells_nothing_of_distance_is_refused(tmp_path):
    shot = open_shot(render(tmp_path, lambda x, y, _t: np.full((*x.shape, 3), 0.2), frames=3, size=(32, 48)))
    camera = travelling_camera(shot.numbers, (32, 48), 16.0)
    blank = type(camera)(**{**camera.__dict__, "points": np.zeros((0, 3))})
    with pytest.raises(JobError, match=r"tell nothing of how far.*--engine flow"):
        analyse(shot, blank, tmp_path / "depth", lambda _done, _total: None)


def test_positions_go_there_and_back_between_frames_and_through_a_lens():
    plain = travelling_camera((1, 2, 3), SIZE, HORIZON)
    bent = type(plain)(**{**plain.__dict__, "distortion": np.tile([0.08, -0.02], (3, 1))})
    at = torch.rand((2, 50), generator=torch.Generator().manual_seed(1)) * torch.tensor([[95.0], [63.0]])
    inverse = torch.linspace(0.01, 0.03, 50)
    there, theirs = relation(plain, 1, 3).carry(at, inverse)
    back, again = relation(plain, 3, 1).carry(there, theirs)
    torch.testing.assert_close(back, at, atol=1e-3, rtol=0)
    torch.testing.assert_close(again, inverse, atol=1e-6, rtol=0)
    torch.testing.assert_close(real(bent, 1, ideal(bent, 1, at)), at, atol=1e-3, rtol=0)
    world = np.stack([np.zeros(3), np.zeros(3), [20.0, 40.0, 60.0]], 1)
    seen, depth = bent.project(2, world)
    assert (depth > 0).all() and np.allclose(bent.directions(2, seen) * depth[:, None] + [1, 0], 0, atol=1e-6)


def test_looking_beyond_what_was_swept_finds_nothing(analysed):
    _, _, depths = analysed
    depth = depths.of(1005)
    _, there = look_up(depth, torch.tensor([[-5.0, 500.0], [3.0, 3.0]]))
    assert not bool(there.any())


def test_what_frames_throw_together_is_one_candidate_and_the_nearest_comes_first():
    thrown = torch.tensor([[0.02, 0.0], [0.05, 0.0], [0.021, 0.04], [0.0, 0.0], [0.0515, 0.0]])
    found = layers(thrown, 0.002)
    assert found.shape[1] == 2 and not found[2:].any()
    torch.testing.assert_close(found[:2], torch.tensor([[0.05075, 0.04], [0.0205, 0.0]]))


def test_of_more_candidates_than_are_weighed_the_farthest_go():
    thrown = torch.arange(1, 31)[:, None] * torch.tensor([[0.01]])
    found = layers(thrown, 0.001)
    assert found[0, 0] == thrown.max() and len(found) < 30 and (found[:-1] > found[1:]).all()
