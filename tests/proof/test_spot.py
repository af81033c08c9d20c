"""A place in which other frames contradict each other is pointed at, however sure the rest of the frame is."""

from __future__ import annotations

import numpy as np

from vfx_ai.fill import OTHER_FRAME, SMOOTH
from vfx_ai.media.frame import Patch, Window
from vfx_ai.proof.review import CHECKS
from vfx_ai.steps.write import doubtful_spot

PICTURE = 480 * 270


def patch(side: int, confidence: float, source: int = OTHER_FRAME) -> Patch:
    """A hole of 60 x 80 at (100, 50), sure but for a square at its column 20 and row 10."""
    size = (60, 80)
    sure, sources = np.full(size, 0.9, np.float32), np.full(size, OTHER_FRAME, np.uint8)
    sure[10 : 10 + side, 20 : 20 + side], sources[10 : 10 + side, 20 : 20 + side] = confidence, source
    window = Window(100, 50, 180, 110)
    return Patch(window, np.zeros((*size, 3), np.float32), np.ones(size, bool), sources, sure)


def test_a_patch_of_doubtful_pixels_is_told_with_its_place():
    assert doubtful_spot(patch(9, 0.2), PICTURE) == (81, 124, 64)


def test_what_is_small_sure_or_made_up_is_no_spot():
    for one in (patch(5, 0.2), patch(9, 0.6), patch(9, 0.0, SMOOTH), None):
        assert doubtful_spot(one, PICTURE) == (0, 0, 0)


def test_the_review_asks_for_a_look_at_it():
    assert [check.weight for check in CHECKS if check.kind == "spot"] == ["look"]
