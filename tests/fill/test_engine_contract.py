"""What every engine promises, over all rows of the table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest
import rendered
import torch
from rendered import open_shot, prepared, render

import vfx_ai
from vfx_ai.fill import CAMERAS, ENGINES, NAMED, OTHER_FRAME, SMOOTH, SOURCES, STANDING, TRAVELLING, TURNING, tried_for
from vfx_ai.fill.contract import Fill
from vfx_ai.fill.smooth import complete
from vfx_ai.motion.sampling import resample, sees
from vfx_ai.shot import Shot, crop
from vfx_ai.worker.describe import described

SHOTS = {
    "odd sizes": {"size": (33, 57), "frames": 5},
    "a hole at the edge and beyond": {"size": (32, 48), "frames": 4, "ball": lambda t: (46.0 + t, 2.0)},
    "half-empty mattes": {
        "size": (32, 48),
        "frames": 4,
        "ball": lambda t: (20.0, 16.0) if t % 2 else (-99.0, -99.0),
    },
    "nan in the hole and beside it": {
        "size": (32, 48),
        "frames": 4,
        "nan": lambda t: [(24, 16), (3, 3), (40, 20)],
    },
    "an object that never moves": {"size": (32, 48), "frames": 4, "ball": lambda t: (24.0, 16.0)},
    "grain and drifting light": {
        "size": (32, 48),
        "frames": 5,
        "noise": 0.05,
        "gain": lambda t: (1 + 0.1 * t, 1.0, 1 - 0.05 * t),
    },
}
SCENES = {STANDING: rendered.locked(), TURNING: rendered.turning(), TRAVELLING: rendered.travelling(20.0)}


@dataclass(frozen=True)
class Filled:
    shot: Shot
    engine: str
    fills: dict[int, Fill]
    module: Any
    ready: Any

    def hole(self, fill: Fill) -> torch.Tensor:
        return crop(self.shot.view(fill.number).hole, fill.box)


@pytest.fixture(scope="module", params=[(engine, name) for engine in ENGINES for name in SHOTS], ids=str)
def filled(request, tmp_path_factory):
    """What an engine alone makes of each frame that has a hole."""
    engine, name = request.param
    folder = tmp_path_factory.mktemp("shot")
    shot = open_shot(render(folder, SCENES[ENGINES[engine].cameras[-1]], **SHOTS[name]))
    module, ready = prepared(shot, engine, folder / "analysis")
    numbers = [n for n in shot.numbers if bool(shot.view(n).hole.any())]
    return Filled(shot, engine, {n: module.fill(shot, ready, n) for n in numbers}, module, ready)


def test_the_box_holds_the_whole_hole(filled):
    for number, fill in filled.fills.items():
        hole = filled.shot.view(number).hole
        assert int(filled.hole(fill).sum()) == int(hole.sum()) > 0
        assert fill.number == number
        assert fill.scene.shape == (3, fill.box.height, fill.box.width)
        assert fill.source.shape == fill.confidence.shape == fill.never_seen.shape == fill.scene.shape[1:]
        assert (fill.scene.dtype, fill.source.dtype) == (torch.float32, torch.uint8)
        assert (fill.confidence.dtype, fill.never_seen.dtype) == (torch.float32, torch.bool)


def test_what_an_engine_reached_is_finite_and_lies_in_the_hole(filled):
    for fill in filled.fills.values():
        reached = fill.source > 0
        assert bool(torch.isfinite(fill.scene[:, reached]).all())
        assert not bool((reached & ~filled.hole(fill)).any())
        assert set(fill.source.unique().tolist()) <= set(SOURCES)


def test_confidence_is_between_none_and_all_and_none_where_nothing_was_reached(filled):
    for fill in filled.fills.values():
        assert float(fill.confidence.min()) >= 0 and float(fill.confidence.max()) <= 1
        assert bool((fill.confidence[fill.source == 0] == 0).all())
        assert bool((fill.confidence[fill.source > 0] > 0).all())


def test_never_seen_lies_in_the_hole_and_apart_from_what_was_reached(filled):
    for fill in filled.fills.values():
        assert not bool((fill.never_seen & ~filled.hole(fill)).any())
        assert not bool((fill.never_seen & (fill.source > 0)).any())


def test_every_pixel_that_was_reached_has_a_frame_of_the_shot_that_gave_it(filled):
    for number, fill in filled.fills.items():
        reached = int((fill.source == OTHER_FRAME).sum())
        assert set(fill.frames) <= set(filled.shot.numbers) - {number}
        assert all(count > 0 for count in fill.frames.values())
        assert sum(fill.frames.values()) >= reached
        assert all(gain > 0 for gain in fill.gain)


def test_what_came_from_another_frame_tells_where_that_frame_shows_it(filled):
    for number, fill in filled.fills.items():
        came = fill.source == OTHER_FRAME
        assert fill.origin.shape == fill.matched.shape == fill.scene.shape
        assert fill.origin.dtype == fill.matched.dtype == torch.float32
        assert bool((fill.origin[:, ~came] == 0).all()) and bool((fill.matched[:, ~came] == 1).all())
        assert bool(torch.isfinite(fill.matched).all()) and bool((fill.matched > 0).all())
        positions, frames = fill.origin[:2, came], fill.origin[2, came]
        assert set(frames.tolist()) <= set(fill.frames)
        for other in set(frames.tolist()):
            assert other != number
            assert bool(sees(filled.shot.seen(int(other)), positions[:, frames == other][:, None]).all())


def test_the_light_of_a_single_source_is_what_its_origin_shows_matched_in_exposure(filled):
    for number in list(filled.fills)[:2]:
        fill = filled.module.fill(filled.shot, filled.ready, number, 1)
        came = fill.source == OTHER_FRAME
        shown = torch.zeros_like(fill.scene[:, came])
        for other in fill.origin[2, came].unique().tolist():
            mask = fill.origin[2, came] == other
            at = fill.origin[:2, came][:, mask]
            shown[:, mask] = resample(filled.shot.view(int(other)).scene, at[:, None])[:, 0]
        assert torch.allclose(shown * fill.matched[:, came], fill.scene[:, came], rtol=1e-4, atol=1e-6)


def test_the_last_resort_fills_the_rest_and_marks_it_smooth_without_confidence(filled):
    for fill in filled.fills.values():
        hole = filled.hole(fill)
        whole = complete(filled.shot, fill, hole)
        assert bool(torch.isfinite(whole.scene[:, hole]).all())
        assert bool((whole.source[hole] > 0).all())
        made = whole.source == SMOOTH
        assert bool((whole.confidence[made] == 0).all()) and not bool((made & (fill.source > 0)).any())
        assert bool((whole.scene[:, fill.source > 0] == fill.scene[:, fill.source > 0]).all())
        real, never = int((whole.source == OTHER_FRAME).sum()), int(whole.never_seen.sum())
        assert real + never <= int(hole.sum())


def test_the_same_frame_filled_twice_has_the_same_bits(filled, tmp_path):
    module, ready = prepared(filled.shot, filled.engine, tmp_path)
    number, fill = next(iter(filled.fills.items()))
    again = module.fill(filled.shot, ready, number)
    assert torch.equal(again.scene, fill.scene) and torch.equal(again.confidence, fill.confidence)


def test_auto_tries_every_engine_for_some_camera_and_has_one_for_each():
    assert all(set(row.cameras) <= set(CAMERAS) and row.cameras for row in ENGINES.values())
    assert all(tried_for(camera) for camera in CAMERAS)


def test_a_new_row_is_an_engine_that_auto_tries_and_everyone_is_offered(tmp_path, monkeypatch):
    row = replace(ENGINES["temporal"], puts="the same as temporal", cameras=(STANDING,))
    for table in (ENGINES, NAMED):
        monkeypatch.setitem(table, "novel", row)
    made = render(tmp_path, rendered.locked(), size=(32, 48), frames=4)
    report = vfx_ai.inpaint(made.plate, made.matte, str(tmp_path / "out" / "c.####.exr"), grain="none")
    assert "the camera stands still" in report.why and "novel" in report.why and "temporal" in report.why
    assert "novel" in [engine["name"] for engine in described([])["engines"]]
    by_name = vfx_ai.inpaint(made.plate, made.matte, str(tmp_path / "b" / "c.####.exr"), engine="novel", grain="none")
    assert by_name.passed
