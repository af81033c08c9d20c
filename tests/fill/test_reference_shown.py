"""A reference: what of it can be shown to a model of videos, that it decides what is made, and who refuses it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from rendered import waves, write_rgb
from video_asked import Asked, frames

from vfx_ai.errors import InputError, JobError
from vfx_ai.fill import diffusion_video
from vfx_ai.fill.shown import reference_shown
from vfx_ai.studio.models import chosen

pytestmark = pytest.mark.usefixtures("small_videos")


def test_what_a_reference_has_above_what_can_be_shown_is_told(tmp_path: Path) -> None:
    light = np.full((20, 30, 3), 0.2, np.float32)
    write_rgb(tmp_path / "dim.exr", light, (0, 0), (30, 20))
    light[3:5, 4:7] = 60
    write_rgb(tmp_path / "lamp.exr", light, (0, 0), (30, 20))
    told: list[str] = []
    shown = reference_shown(str(tmp_path / "dim.exr"), told.append)
    assert shown is not None and 0 <= float(shown.min()) <= float(shown.max()) <= 1 and not told
    reference_shown(str(tmp_path / "lamp.exr"), told.append)
    assert len(told) == 1 and told[0].startswith("6 pixels of the reference")


def test_a_reference_is_shown_to_a_model_that_takes_one(models: Callable[[str], Path], tmp_path: Path) -> None:
    y, x = np.mgrid[:24, :32].astype(np.float64)
    write_rgb(tmp_path / "a.exr", waves(x, y, 3).astype(np.float32), (0, 0), (32, 24))
    write_rgb(tmp_path / "b.exr", waves(y, x, 3)[::-1].astype(np.float32).copy(), (0, 0), (32, 24))
    want, model = frames(5), models("wan_vace")
    made = {
        name: Asked(model, reference=name and str(tmp_path / name)).made(want)[-1] for name in ("", "a.exr", "b.exr")
    }
    assert not torch.equal(made[""], made["a.exr"]) and not torch.equal(made["a.exr"], made["b.exr"])
    half = Asked(model, reference=str(tmp_path / "a.exr"), strength=0.5).made(want)[-1]
    assert half.shape == made[""].shape and bool(torch.isfinite(half).all())
    job = replace(Asked(model).maker._job, reference=str(tmp_path / "a.exr"))
    before = diffusion_video.identity(job, chosen(job))
    (tmp_path / "a.exr").write_bytes((tmp_path / "b.exr").read_bytes())
    assert diffusion_video.identity(job, chosen(job)) != before
    with pytest.raises(InputError, match="reference"):
        diffusion_video.check(replace(job, reference=str(tmp_path / "none.exr")), chosen(job))
    models("ltx_condition")
    other = replace(job, model="ltx-condition")
    with pytest.raises(JobError, match="can't be shown a reference picture"):
        diffusion_video.check(other, chosen(other))
