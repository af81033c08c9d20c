"""How far a depth is trusted: by frames that agree, frames that see through it, and what it goes on from."""

from __future__ import annotations

import pytest
import torch
from rendered import travelling_camera

from vfx_ai.media.frame import Window
from vfx_ai.motion.depths import Depth, Sweep
from vfx_ai.motion.trust import share_around, trusted

SIZE, NUMBERS = (40, 60), (1001, 1002, 1003, 1004)
FAR, NEAR = 0.01, 0.05
SWEEP = Sweep(FAR, NEAR, 41)
BOX = Window(0, 0, SIZE[1], SIZE[0])
MINE = 1002


def depth(inverse: torch.Tensor) -> Depth:
    return Depth(BOX, inverse, torch.zeros(SIZE))


def flat(inverse: float = 0.02) -> torch.Tensor:
    return torch.full(SIZE, inverse)


def trust(mine: torch.Tensor, others: dict[int, torch.Tensor], unseen: tuple[slice, slice] | None = None):
    """Of frame MINE; `unseen` is what no other frame shows."""
    seen = {number: torch.ones(SIZE, dtype=torch.bool) for number in NUMBERS}
    if unseen is not None:
        for number in others:
            seen[number][unseen] = False
    camera = travelling_camera(NUMBERS, SIZE, 16.0)
    depths = {number: depth(inverse) for number, inverse in others.items()}
    return trusted(camera, MINE, depth(mine), depths, seen, SWEEP)


def all_others(inverse: torch.Tensor) -> dict[int, torch.Tensor]:
    return {number: inverse for number in NUMBERS if number != MINE}


def test_more_frames_that_agree_are_trusted_more_and_none_of_them_fully():
    inner = (slice(5, -5), slice(10, -10))
    one, three = (trust(flat(), dict(list(all_others(flat()).items())[:count]))[inner] for count in (1, 3))
    assert 0.5 < one.min() <= one.max() < three.min() <= three.max() < 1


def test_what_frames_see_through_is_not_believed():
    mine = flat()
    mine[10:20, 20:40] = 0.045  # nearer than where all others look through
    found = trust(mine, all_others(flat()))
    assert not found[11:19, 22:38].any() and found[25:35, 20:40].min() > 0.5


def test_of_which_nobody_tells_is_believed_where_it_goes_on_from_what_is_known():
    """A near thing's rim, which only one frame sees: without it a wall behind shows through."""
    left = (slice(None), slice(0, 30))
    found = trust(flat(), all_others(flat()), left)
    assert found[:, 16:24].min() > 0.5, "it goes on"
    assert not found[:, :8].any(), "too far from what is known"
    mine = flat()
    mine[10:30, 18:26] = 0.045
    found = trust(mine, all_others(flat()), left)
    assert not found[12:28, 20:24].any(), "a guess beside it is one"


def test_nothing_is_trusted_where_the_frame_itself_is_hidden_or_nothing_is_known():
    nobody = (slice(None), slice(None))
    assert not trust(flat(), all_others(flat()), nobody).any()
    camera = travelling_camera(NUMBERS, SIZE, 16.0)
    seen = {number: torch.ones(SIZE, dtype=torch.bool) for number in NUMBERS}
    seen[MINE][:20] = False
    others = {number: depth(inverse) for number, inverse in all_others(flat()).items()}
    found = trusted(camera, MINE, depth(flat()), others, seen, SWEEP)
    assert not found[:20].any() and found[25:, 15:-15].all()


@pytest.mark.parametrize(("known_to", "share"), [(None, 0.0), (0.02, 1.0), (0.04, 0.0)])
def test_the_share_around(known_to, share):
    inverse, known = flat(), torch.zeros(SIZE, dtype=torch.bool)
    if known_to is not None:
        inverse[:, 30:] = known_to
        known[:, 30:] = True
    found = share_around(inverse, known, 0.003)
    assert (found[:, 14:29] == share).all()
