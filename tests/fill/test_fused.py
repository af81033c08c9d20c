"""Depth behind a hole: found once, kept, and the same again."""

from __future__ import annotations

from pathlib import Path

import pytest
import rendered
import torch
from rendered import open_shot, prepared, render

from vfx_ai.fill import fused
from vfx_ai.fill.fused import depth_map


def test_it_is_kept_for_each_hole_and_read_to_the_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shot = open_shot(render(tmp_path, rendered.travelling(32.0), frames=7, size=(64, 96)))
    module, known = prepared(shot, "project", tmp_path / "analysis", 32.0)
    hole = shot.view(1004).hole
    part = hole.clone()
    part[:, : hole.shape[1] // 2] = False
    whole, half = (depth_map(shot, known, 1004, one)[0] for one in (hole, part))
    assert not torch.equal(whole, half) and int((whole > 0)[hole].sum()) > 0.5 * int(hole.sum())

    def asked(*_: object) -> None:
        pytest.fail("it was fused again")

    monkeypatch.setattr(fused, "fuse", asked)
    again = module.ready(shot, None, tmp_path / "analysis")
    assert torch.equal(depth_map(shot, again, 1004, hole)[0], whole)
    assert torch.equal(depth_map(shot, again, 1004, part)[0], half)
    assert module.hidden(shot, again, ()).folder is None  # what is hidden for a trial stays apart
