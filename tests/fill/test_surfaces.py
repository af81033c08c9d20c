"""What no frame shows goes on as the surfaces around it do: to the edge of the wall, and down to the floor."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from rendered import open_shot, prepared, render, speed, travelling

from vfx_ai.fill.shiftmap import shift_map
from vfx_ai.fill.smooth import torn
from vfx_ai.fill.standing import carried_down, floor_of
from vfx_ai.fill.surfaces import Surface, Surfaces
from vfx_ai.media.frame import Window
from vfx_ai.motion.planes import nearest_plane
from vfx_ai.motion.sampling import pixel_grid

SIZE, STEP = (100, 120), 4e-4
PLANES = torch.tensor([[0.0, 0.0, 0.005], [0.0, 1e-4, 0.0]], dtype=torch.float64)  # a wall; a floor from row 50 on
POST, DEPTH = slice(56, 62), 0.0075  # columns; it stands where the floor is as near: in row 75


@pytest.fixture
def room() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Inverse depth of a wall, a floor and a post; which plane is seen; and the planes' inverse depth."""
    behind, part = nearest_plane(PLANES, pixel_grid(SIZE, torch.device("cpu")))
    inverse = behind.clone()
    inverse[10:75, POST] = DEPTH
    return inverse, part, behind


def carried(inverse: torch.Tensor, part: torch.Tensor, behind: torch.Tensor, hidden: torch.Tensor) -> torch.Tensor:
    on = (inverse - behind).abs() < 2 * STEP
    return carried_down(inverse * ~hidden, hidden, on, behind, part == 1, STEP).there


def test_a_floor_comes_nearer_down_the_picture_and_a_wall_does_not() -> None:
    assert floor_of(PLANES, *SIZE) == 1 and floor_of(PLANES.flip(0), *SIZE) == 0
    assert floor_of(PLANES[:1], *SIZE) is None and floor_of(PLANES[:0], *SIZE) is None
    sideways = torch.tensor([[1e-4, 2e-5, 0.001]], dtype=torch.float64)  # the wall of a corridor
    assert floor_of(sideways, *SIZE) is None


def test_a_post_whose_foot_is_hidden_goes_down_to_the_floor_and_no_further(room) -> None:
    hidden = torch.zeros(SIZE, dtype=torch.bool)
    hidden[40:95, 30:90] = True
    there = carried(*room, hidden)
    assert bool(there[44:73, POST].all()) and not bool(there[78:].any())
    assert not bool(there[:, : POST.start - 4].any()) and not bool(there[:, POST.stop + 4 :].any())


def test_what_reappears_below_the_hole_goes_on_behind_it(room) -> None:
    hidden = torch.zeros(SIZE, dtype=torch.bool)
    hidden[30:50, 30:90] = True
    assert bool(carried(*room, hidden)[34:46, POST].all())


def test_what_hangs_is_not_made_to_stand(room) -> None:
    inverse, part, behind = room
    inverse[22:75, POST] = behind[22:75, POST]  # a short thing: twelve rows of it, far above the floor
    hidden = torch.zeros(SIZE, dtype=torch.bool)
    hidden[20:90, 30:90] = True
    assert not bool(carried(inverse, part, behind, hidden).any())


def test_a_thing_that_ends_inside_the_hole_over_seen_background_is_not_carried(room) -> None:
    inverse, part, behind = room
    inverse[40:75, POST] = behind[40:75, POST]
    hidden = torch.zeros(SIZE, dtype=torch.bool)
    hidden[35:46, 30:90] = True
    assert not bool(carried(inverse, part, behind, hidden)[44:].any())


def surface(part: torch.Tensor, told: torch.Tensor) -> Surface:
    return Surface(part, torch.full(SIZE, 0.01), told, told, STEP)


def test_tone_goes_on_to_where_its_surface_ends_and_ends_there() -> None:
    x = pixel_grid(SIZE, torch.device("cpu"))[0]
    part = (x >= 60).long()
    light = torch.where(part == 1, 5.0, 1.0).expand(3, *SIZE).clone()
    known = torch.ones(SIZE, dtype=torch.bool)
    known[30:70, 40:80] = False
    plain = torch.full((3, *SIZE), 3.0)
    made = torn(surface(part, known), light * known, plain, known, torch.ones_like(known), 5)
    np.testing.assert_allclose(made[:, ~known & (part == 0)], 1, atol=1e-3)
    np.testing.assert_allclose(made[:, ~known & (part == 1)], 5, atol=1e-3)


def test_texture_comes_from_the_same_surface() -> None:
    rng = torch.Generator().manual_seed(2)
    looks = torch.rand((4, *SIZE), generator=rng) * 0.1
    kinds = torch.zeros(SIZE, dtype=torch.long)
    kinds[50:] = 1
    hole = torch.zeros(SIZE, dtype=torch.bool)
    hole[40:60, 50:70] = True
    shifts = shift_map(looks * ~hole, torch.full((3, *SIZE), 0.05), hole, ~hole, 1, kinds)
    assert bool(shifts.there[hole].all())
    rows, columns = torch.nonzero(hole, as_tuple=True)
    shift = shifts.shifts[hole].long()
    assert torch.equal(kinds[rows + shift[:, 1], columns + shift[:, 0]], kinds[hole])


HORIZON, RENDERED = 30.0, (64, 96)


def test_where_wall_and_floor_meet_behind_the_object_is_known_alike_in_every_frame_and_in_any_order(tmp_path) -> None:
    made = render(tmp_path, travelling(HORIZON), frames=9, size=RENDERED, ball=lambda _t: (48.0, HORIZON), radius=20)
    shot, whole = open_shot(made), Window(0, 0, *RENDERED[::-1])
    _, ready = prepared(shot, "project", tmp_path / "analysis", HORIZON)
    found = {}
    for order in (made.numbers, made.numbers[::-1]):
        folder = tmp_path / f"planes.{order[0]}"
        surfaces = Surfaces(shot, ready, folder)
        found[order] = {number: surfaces.over(number, whole) for number in order}
    y, x = np.mgrid[: RENDERED[0], : RENDERED[1]]
    inside = np.hypot(x - 48, y - HORIZON) < 14
    for number in made.numbers:
        surface, other = (found[order][number] for order in found)
        assert surface is not None and other is not None
        assert torch.equal(surface.part, other.part) and torch.equal(surface.inverse, other.inverse)
        told = surface.inverse.numpy() * RENDERED[1] / speed(y, HORIZON)
        off = np.abs(np.log2(told[inside]))
        assert np.median(off) < 0.03 and np.quantile(off, 0.95) < 0.15
        upper, lower = surface.part.numpy()[int(HORIZON) - 4, 48], surface.part.numpy()[int(HORIZON) + 4, 48]
        assert upper != lower


def test_without_a_solved_camera_nothing_is_known(tmp_path) -> None:
    shot = open_shot(render(tmp_path, travelling(HORIZON), frames=2, size=RENDERED))
    assert Surfaces(shot, None, tmp_path / "planes").over(1001, Window(0, 0, 96, 64)) is None
