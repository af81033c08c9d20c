"""What the tests of whole runs share: a small shot, its job, and the promises that hold for any run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rendered
from rendered import Rendered, assert_only_the_hole_changed, load, render

from vfx_ai.fill import OTHER_FRAME, PATCH, SMOOTH
from vfx_ai.job import Job


def job(shot: Rendered, out: Path, **fields) -> Job:
    return Job(**{"plate": shot.plate, "matte": shot.matte, "output": str(out / "clean.####.exr"), **fields})


def assert_whole(report, shot_hole, plate, result, filled="RGB"):
    """The promises that hold for any run: only the hole changed, it is finite, and every pixel of it is counted."""
    assert report.passed and report.verdict == "identical outside the matte"
    for record in report.frames:
        hole, path = shot_hole(record.frame), result(record.frame)
        assert_only_the_hole_changed(plate(record.frame), path, hole, filled)
        planes = load(path)
        assert all(np.isfinite(planes[name][hole]).all() for name in filled)
        assert record.hole == hole.sum() == record.real + record.unsure + record.never_seen
        assert (planes["fill.source"][~hole] == 0).all() and (planes["fill.confidence"][~hole] == 1).all()
        assert (planes["fill.source"][hole] == OTHER_FRAME).sum() == record.real
        assert (planes["fill.source"][hole] == PATCH).sum() == record.textured
        assert (planes["fill.source"][hole] == SMOOTH).sum() == record.made_up - record.textured


def ordinary(folder, **options):
    return render(folder, rendered.locked(), **{"frames": 3, "size": (32, 48), **options})
