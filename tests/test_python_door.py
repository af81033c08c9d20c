"""The door for Python callers: vfx_ai.inpaint and vfx_ai.verify build the same job as the command line."""

from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any

import pytest

import vfx_ai


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the run was called with; a stand-in takes its place."""
    calls: list[Any] = []
    module = types.ModuleType("vfx_ai.run")
    vars(module)["run"] = lambda *arguments, step: calls.append(arguments) or "report"
    monkeypatch.setitem(sys.modules, "vfx_ai.run", module)
    return calls


def test_inpaint_runs_the_job_that_it_was_asked_for(asked: list[Any]) -> None:
    result: Any = vfx_ai.inpaint("p.####.exr", Path("m.exr"), "o.####.exr", frames="1-3", matte_grow="2")
    assert result == "report"
    assert asked[0][0] == vfx_ai.Job("p.####.exr", "m.exr", "o.####.exr", frames="1-3", matte_grow="2")


def test_inpaint_hands_on_who_follows_and_who_stops(asked: list[Any]) -> None:
    def follow(_event: vfx_ai.Event) -> None:
        pass

    vfx_ai.inpaint("p", "m", "o", progress=follow, cancelled=lambda: True)
    assert asked[0][1] is follow
    assert asked[0][2]() is True


def test_inpaint_runs_on_if_nobody_stops_it(asked: list[Any]) -> None:
    vfx_ai.inpaint("p", "m", "o")
    assert asked[0][1](vfx_ai.Event("note", "fill")) is None
    assert asked[0][2]() is False


def test_a_field_that_there_is_not_is_refused(asked: list[Any]) -> None:
    with pytest.raises(TypeError, match="grow_matte"):
        vfx_ai.inpaint("p", "m", "o", grow_matte="2")
    assert not asked


def test_a_job_that_makes_no_sense_is_one_error(asked: list[Any]) -> None:
    with pytest.raises(vfx_ai.JobError, match="no matte was given"):
        vfx_ai.inpaint("p", "", "o")
    assert not asked


def test_verify_finds_the_pixel_that_differs(tmp_path: Path, make_exr: Any, half_noise: Any) -> None:
    import numpy as np

    planes = half_noise("RGB")
    coverage = np.zeros((20, 24), np.float16)
    coverage[5:9, 5:9] = 1
    make_exr(tmp_path / "plate.0007.exr", planes)
    make_exr(tmp_path / "matte.0007.exr", {"A": coverage})
    planes["R"][6, 6] += 1
    make_exr(tmp_path / "same.0007.exr", planes)
    planes["G"][0, 0] += 1
    make_exr(tmp_path / "other.0007.exr", planes)
    plate, matte = tmp_path / "plate.####.exr", tmp_path / "matte.####.exr"
    (same,) = vfx_ai.verify(plate, tmp_path / "same.####.exr", matte)
    (other,) = vfx_ai.verify(plate, tmp_path / "other.####.exr", matte)
    assert same.passed
    assert (other.frame, other.differing, other.passed) == (7, 1, False)
