"""The large planes of the background, from depth that is noisy and has things before it."""

from __future__ import annotations

import numpy as np
import torch
from cameras import moving_camera

from vfx_ai.motion.geometry import relation
from vfx_ai.motion.planes import carried_planes, find_planes, nearest_plane
from vfx_ai.motion.sampling import pixel_grid

SIZE, STEP = (120, 200), 4e-4
WALL, FLOOR = (0.0, 0.0, 0.005), (0.0, 2.5e-4, -0.01)  # inverse depth: the floor meets the wall in row 60


def room(noise: float = 0.4, seed: int = 1) -> torch.Tensor:
    """Inverse depth of a floor and a wall, with a box on the floor whose front is a plane of its own."""
    x, y = pixel_grid(SIZE, torch.device("cpu"))
    inverse = torch.maximum(WALL[2] + 0 * y, FLOOR[1] * y + FLOOR[2])
    box = (x > 120) & (x < 160) & (y > 30) & (y < 70)
    inverse = torch.where(box, 0.0074, inverse)
    return inverse + noise * STEP * torch.randn(SIZE, generator=torch.Generator().manual_seed(seed))


def test_floor_and_wall_are_found_and_the_front_of_a_box_is_no_background() -> None:
    inverse = room()
    inverse[20:110, 60:110] = 0  # a hole
    planes = find_planes(inverse, torch.ones(SIZE, dtype=torch.bool), 2.5 * STEP)
    assert len(planes) == 2
    _, part = nearest_plane(planes, pixel_grid(SIZE, torch.device("cpu")))
    edge = (part != part[0]).float().argmax(0)  # the first row of the floor
    assert int(edge.min()) >= 58 and int(edge.max()) <= 62
    wall, floor = (planes[part[row, 0]].numpy() for row in (0, -1))
    assert abs(wall[1]) < 0.05 * FLOOR[1]
    np.testing.assert_allclose(floor[1], FLOOR[1], rtol=0.05)


def test_nothing_is_found_in_what_is_no_plane() -> None:
    noise = torch.rand(SIZE, generator=torch.Generator().manual_seed(3)) * 40 * STEP + 0.004
    assert len(find_planes(noise, torch.ones(SIZE, dtype=torch.bool), 2.5 * STEP)) == 0
    assert len(find_planes(torch.zeros(SIZE), torch.ones(SIZE, dtype=torch.bool), 2.5 * STEP)) == 0


def test_the_same_depth_gives_the_same_planes() -> None:
    inverse = room()
    everywhere = torch.ones(SIZE, dtype=torch.bool)
    assert torch.equal(find_planes(inverse, everywhere, STEP), find_planes(inverse.clone(), everywhere, STEP))


def test_a_plane_carried_to_another_frame_holds_its_carried_points() -> None:
    there = relation(moving_camera(), 1001, 1004)
    planes = torch.tensor([WALL, FLOOR], dtype=torch.float64) * 20
    carried = carried_planes(planes, there)
    at = pixel_grid((60, 90), torch.device("cpu")).flatten(1)
    for before, after in zip(planes, carried, strict=True):
        inverse = (before[0] * at[0] + before[1] * at[1] + before[2]).float()
        seen = inverse > 1e-3
        lands, found = there.carry(at[:, seen], inverse[seen])
        told = after[0] * lands[0] + after[1] * lands[1] + after[2]
        assert float((told - found).abs().max()) < 1e-4 * float(found.abs().max())
