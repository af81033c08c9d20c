"""Depth that is contradicted, sought again among what looks alike."""

from __future__ import annotations

import torch
from rendered import travelling_camera

from vfx_ai.media.frame import Window
from vfx_ai.motion.depths import Depth, Sweep
from vfx_ai.motion.mend import from_around, mended
from vfx_ai.motion.trust import trusted

SIZE, NUMBERS, MINE = (40, 60), (1001, 1002, 1003, 1004), 1002
SWEEP = Sweep(0.01, 0.05, 41)
BOX = Window(0, 0, SIZE[1], SIZE[0])
WALL, LAMP = 0.02, 0.04
THING = (slice(15, 25), slice(25, 33))  # what is near, in frame MINE
STRIP = (slice(15, 25), slice(33, 36))  # wall beside it, whose depth was found as the thing's


def features() -> torch.Tensor:
    """A wall at 2 stops and a thing at 9."""
    out = torch.full((3, *SIZE), 2.0)
    out[1:] = 0.0
    out[0][THING] = 9.0
    return out


def wrong_beside() -> torch.Tensor:
    inverse = torch.full(SIZE, WALL)
    inverse[THING] = LAMP
    inverse[STRIP] = LAMP
    return inverse


def others_depths() -> dict[int, Depth]:
    """The thing where each other frame shows it, right to the pixel: it moves by twice as many pixels as the wall."""
    camera, out = travelling_camera(NUMBERS, SIZE, 1e6), {}
    for number in NUMBERS:
        inverse = torch.full(SIZE, WALL)
        moved = round((camera.translation[NUMBERS.index(number)][0] + 1) * LAMP * SIZE[1])
        inverse[15:25, 25 + moved : 33 + moved] = LAMP
        out[number] = Depth(BOX, inverse, torch.zeros(SIZE))
    del out[MINE]
    return out


def asked(shown: torch.Tensor):
    camera = travelling_camera(NUMBERS, SIZE, 1e6)
    seen = {number: torch.ones(SIZE, dtype=torch.bool) for number in NUMBERS}
    mine = Depth(BOX, wrong_beside(), torch.zeros(SIZE))
    before = trusted(camera, MINE, mine, others_depths(), seen, SWEEP)
    return before, mended(camera, MINE, mine, others_depths(), seen, SWEEP, shown)


def test_a_wall_beside_something_near_gets_the_walls_depth_and_is_believed():
    before, after = asked(features())
    inner = (slice(16, 24), STRIP[1])
    assert not before[inner].any(), "it was contradicted"
    assert torch.equal(after.inverse[inner], torch.full_like(after.inverse[inner], WALL))
    assert (after.trust[inner] > 0.5).all()


def test_what_is_believed_stays_as_it_is():
    before, after = asked(features())
    stays = before > 0
    assert stays[THING].any() and torch.equal(after.trust[stays], before[stays])
    assert torch.equal(after.inverse[stays], wrong_beside()[stays])


def test_what_looks_like_nothing_believed_around_it_is_left_alone():
    """A sliver of a lamp whose depth was missed must not become a part of the wall: all would fetch its light."""
    shown = features()
    shown[0][STRIP] = 12.0
    before, after = asked(shown)
    assert torch.equal(after.trust[STRIP], before[STRIP])
    assert torch.equal(after.inverse[STRIP], wrong_beside()[STRIP])


def test_what_the_plate_itself_tells_is_believed_or_not_and_never_sought():
    camera = travelling_camera(NUMBERS, SIZE, 1e6)
    seen = {number: torch.ones(SIZE, dtype=torch.bool) for number in NUMBERS}
    told = torch.zeros(SIZE)
    told[STRIP] = 1.0
    mine = Depth(BOX, wrong_beside(), told)
    after = mended(camera, MINE, mine, others_depths(), seen, SWEEP, features())
    assert torch.equal(after.inverse[STRIP], wrong_beside()[STRIP])
    assert torch.equal(after.trust[STRIP], trusted(camera, MINE, mine, others_depths(), seen, SWEEP)[STRIP])


def test_the_middle_depth_of_like_neighbours_is_taken_not_their_mean():
    inverse = torch.full(SIZE, WALL)
    inverse[20, 31:34] = LAMP  # few of those around that look alike
    known = torch.ones(SIZE, dtype=torch.bool)
    point = torch.zeros_like(known)
    point[20, 30] = True
    found = from_around(torch.where(point, 0.03, inverse), torch.zeros(3, *SIZE), known & ~point, point)
    assert found[20, 30] == torch.tensor(WALL)
