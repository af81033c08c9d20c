"""The channels that say where a pixel came from: what they hold, and what a second pass makes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from contracts import assert_kept, fill, planes_of

from vfx_ai.media.frame import Patch, Window


def test_fill_channels_say_plate_outside_the_hole(
    tmp_path: Path, make_exr: Callable, half_noise: Callable, make_patch: Callable
) -> None:
    source, patch = make_exr(tmp_path / "in.exr", half_noise("RGB")), make_patch(Window(3, 3, 10, 10))
    fill(source, tmp_path / "out.exr", patch)
    found = planes_of(tmp_path / "out.exr")[0]
    expected = np.zeros((20, 24))
    expected[4:9, 4:9] = 6
    assert found["fill.source"].dtype == np.float16
    assert np.array_equal(found["fill.source"], expected)
    assert np.array_equal(found["fill.confidence"], np.where(expected, 0.75, 1.0))


def traced(patch: Patch) -> Patch:
    """The patch with an origin at (12.25, 7.5) of frame 1003 and a gain of 2, 0.5, -1 in its hole."""
    hole = patch.hole[..., None]
    origin = np.where(hole, np.float32([12.25, 7.5, 1003]), np.float32(0))
    return replace(patch, origin=origin, gain=np.where(hole, np.float32([2, 0.5, -1]), np.float32(1)))


@pytest.mark.parametrize("kind", [np.float16, np.float32])
def test_the_origin_is_written_as_float_and_the_gain_in_the_layers_own_type(
    tmp_path: Path, make_exr: Callable, half_noise: Callable, make_patch: Callable, kind: Any
) -> None:
    channels = {name: plane.astype(kind) for name, plane in half_noise("RGB").items()}
    source, patch = make_exr(tmp_path / "in.exr", channels, window=(3, -2)), traced(make_patch(Window(4, 0, 11, 7)))
    fill(source, tmp_path / "out.exr", patch)
    assert_kept(source, tmp_path / "out.exr", patch)
    found, hole = planes_of(tmp_path / "out.exr")[0], np.zeros((20, 24), bool)
    hole[3:8, 2:7] = True
    for name, inside in (("x", 12.25), ("y", 7.5), ("frame", 1003)):
        assert found[f"fill.from.{name}"].dtype == np.float32
        assert np.array_equal(found[f"fill.from.{name}"], np.where(hole, inside, 0))
    for name, inside in (("R", 2), ("G", 0.5), ("B", -1)):
        assert found[f"fill.gain.{name}"].dtype == kind
        assert np.array_equal(found[f"fill.gain.{name}"], np.where(hole, inside, 1))


def test_a_second_pass_forgets_the_origin_of_what_it_fills_without_one(
    tmp_path: Path, make_exr: Callable, half_noise: Callable, make_patch: Callable
) -> None:
    source = make_exr(tmp_path / "in.exr", half_noise("RGB"))
    fill(source, tmp_path / "one.exr", traced(make_patch(Window(2, 2, 12, 12))))
    fill(tmp_path / "one.exr", tmp_path / "two.exr", make_patch(Window(2, 2, 8, 12)))
    found = planes_of(tmp_path / "two.exr")[0]
    assert (found["fill.from.x"][3:11, 3:7] == 0).all() and (found["fill.gain.R"][3:11, 3:7] == 1).all()
    assert (found["fill.from.x"][3:11, 7:11] == 12.25).all() and (found["fill.gain.R"][3:11, 7:11] == 2).all()


def test_a_second_pass_keeps_what_the_first_wrote(
    tmp_path: Path, make_exr: Callable, half_noise: Callable, make_patch: Callable
) -> None:
    source = make_exr(tmp_path / "in.exr", half_noise("RGB"))
    fill(source, tmp_path / "one.exr", make_patch(Window(0, 0, 6, 6)))
    fill(tmp_path / "one.exr", tmp_path / "two.exr", make_patch(Window(10, 10, 16, 16), 3.0))
    found = planes_of(tmp_path / "two.exr")[0]["fill.source"]
    assert (found[1:5, 1:5] == 6).all() and (found[11:15, 11:15] == 6).all() and (found == 6).sum() == 32


def test_no_aovs_adds_no_channels(
    tmp_path: Path, make_exr: Callable, half_noise: Callable, make_patch: Callable
) -> None:
    source = make_exr(tmp_path / "in.exr", half_noise("RGB"))
    fill(source, tmp_path / "out.exr", make_patch(Window(0, 0, 6, 6)), aovs=False)
    assert set(planes_of(tmp_path / "out.exr")[0]) == set("RGB")
