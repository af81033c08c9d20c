"""Where camera and light stand still, a filled pixel does as well: from frame to frame it is the same.

Looks are added up in the order of their distance in time, another one in each frame, so the last bits may differ.
"""

from __future__ import annotations

import numpy as np
import pytest
from rendered import locked, open_shot, prepared, render

from vfx_ai.media.frame import Window
from vfx_ai.shot import crop

SIZE, STEP = (96, 144), 1 / 32


def rounded(light, _x, _y, t):
    """Noise that differs from frame to frame, stronger in one half, and rounded as a film of few bits is."""
    noise = 0.012 * np.random.default_rng(t).standard_normal(light.shape)
    noise[:, light.shape[1] // 2 :] *= 6
    return np.maximum(np.round((light + noise) / STEP), 1) * STEP


@pytest.mark.parametrize("frames", [7, 12])
def test_what_is_behind_the_hole_in_two_frames_is_filled_alike_in_both(frames, tmp_path):
    shot = open_shot(render(tmp_path, locked(), size=SIZE, frames=frames, extra=rounded))
    module, ready = prepared(shot, "temporal", tmp_path / "analysis")
    before, compared = None, 0
    for number in shot.numbers:
        fill, hole = module.fill(shot, ready, number), shot.view(number).hole
        assert fill.gain == (1.0, 1.0, 1.0)
        picture = np.full((3, *SIZE), np.nan, np.float32)
        rows, columns = fill.box.slices(Window(0, 0, SIZE[1], SIZE[0]))
        picture[:, rows, columns] = np.where(crop(hole, fill.box), fill.scene, np.nan)
        if before is not None:
            both = ~np.isnan(picture) & ~np.isnan(before)
            compared += int(both.sum())
            assert np.allclose(picture[both], before[both], rtol=1e-6, atol=0)
        before = picture
    assert compared > 3 * 2000
