"""In a part of a shot where the trial found another engine clearly better, that one goes first."""

from __future__ import annotations

from dataclasses import asdict, replace
from types import SimpleNamespace

import numpy as np
import pytest
import rendered
import torch
from rendered import open_shot, render

from vfx_ai.fill import OTHER_FRAME, ladder
from vfx_ai.fill.contract import nothing
from vfx_ai.fill.ladder import Ladder, Rung
from vfx_ai.fill.places import Place, favorites, gathered
from vfx_ai.fill.trial import Choice, Trial
from vfx_ai.media.frame import Window
from vfx_ai.motion.survey import Motion
from vfx_ai.shot import crop, hole_box

ENGINES = ("project", "flow", "smooth")
OVERALL = {"project": 1e-3, "flow": 2e-3, "smooth": 1e-2}
STILL = Motion("locked", (1001, 1002, 1003), (), (), 0.0)


def place(x: float, y: float, frame: int = 1001, pixels: int = 1600, **errors: float) -> Place:
    return Place(frame, x, y, pixels, {**OVERALL, **errors})


def first(places, x, y, motion=STILL, number=1001):
    return favorites(places, ENGINES, motion, number, np.array(x, float), np.array(y, float), 16.0).tolist()


def test_an_engine_that_was_clearly_better_in_a_place_goes_first_there_and_nowhere_else():
    places = [place(20, 20, flow=1e-4), place(200, 20)]
    assert first(places, [20, 30, 200, 500], [20, 24, 20, 20]) == [1, 1, 0, 0]


def test_a_little_better_or_a_few_pixels_change_nothing():
    assert first([place(20, 20, flow=0.8e-3)], [20], [20]) == [0]
    assert first([place(20, 20, pixels=3, flow=1e-5)], [20], [20]) == [0]


def test_where_all_engines_were_far_worse_than_a_smooth_fill_it_is_left_to_that():
    assert first([place(20, 20, project=5e-2, flow=4e-2, smooth=1e-3)], [20], [20]) == [2]


def test_places_go_along_with_the_background():
    pan = np.array([[1, 0, 50.0], [0, 1, 0], [0, 0, 1]])
    moving = Motion("moving", (1001, 1002), (pan,), (), 50.0)
    assert first([place(20, 20, flow=1e-4)], [20, 70], [20, 20], moving, 1002) == [0, 1]


def test_errors_are_gathered_by_cell():
    hidden = torch.zeros((32, 48), dtype=torch.bool)
    hidden[0:8, 0:8] = hidden[20:30, 40:44] = True
    error = torch.full((32, 48), 0.5)
    error[:16] = 0.25
    near, far = gathered(1003, Window(100, 200, 148, 232), hidden, {"flow": error}, 16.0)
    assert (near.frame, near.x, near.y, near.pixels, near.errors) == (1003, 103.5, 203.5, 64, {"flow": 0.25})
    assert (far.x, far.y, far.pixels, far.errors) == (141.5, 224.5, 40, {"flow": 0.5})


def trials() -> tuple[Trial, ...]:
    return tuple(Trial(name, -10 * float(np.log10(error)), 0.1, 1.0, 0.1, 0.1, 1000) for name, error in OVERALL.items())


def test_a_choice_comes_back_from_its_file_with_its_places():
    choice = Choice(("project",), "why", trials(), (place(1, 2, flow=0.1),))
    assert Choice.from_dict(asdict(choice)) == choice
    assert choice.needed == ("project", "flow") and Choice(("project",), "why", trials()).needed == ("project",)


@pytest.fixture
def filled(tmp_path, monkeypatch):
    """filled(places) -> the shot, and a fill by engines that put 1 (project) and 2 (flow) into all that is asked."""

    def engine(light: float) -> SimpleNamespace:
        def fill(shot, _ready, number, _blend, region):
            box = hole_box(region, 3)
            hole = crop(region, box)
            empty = nothing(number, box, hole)
            return replace(
                empty,
                scene=torch.full_like(empty.scene, light),
                source=torch.where(hole, OTHER_FRAME, 0).to(torch.uint8),
                confidence=torch.where(hole, 0.9, 0.0),
                never_seen=torch.zeros_like(hole),
            )

        return SimpleNamespace(fill=fill)

    engines = {"vfx_ai.fill.project": engine(1.0), "vfx_ai.fill.flow": engine(2.0)}
    monkeypatch.setattr(ladder, "import_module", engines.__getitem__)
    shot = open_shot(render(tmp_path, rendered.locked(), frames=3, size=(64, 96), radius=20))

    def made(*places, region=None):
        choice = Choice(("project", "flow"), "why", trials(), places)
        rungs = tuple(Rung(name, None) for name in choice.needed)
        return shot, ladder.fill(shot, Ladder(rungs, choice, STILL), 1002, region=region)

    return made


def test_each_part_of_a_hole_is_filled_by_its_own_engine(filled):
    shot, fill = filled(*(place(x, y, flow=1e-5) for x in range(0, 48, 16) for y in range(0, 64, 16)))
    hole = crop(shot.view(1002).hole, fill.box)
    assert bool((fill.source == OTHER_FRAME)[hole].all()) and not bool(fill.source[~hole].any())
    left = torch.arange(fill.box.x0, fill.box.x1) < 40
    right = torch.arange(fill.box.x0, fill.box.x1) > 80
    assert bool((fill.scene[0][:, left][hole[:, left]] == 2).all())
    assert bool((fill.scene[0][:, right][hole[:, right]] == 1).all())


def test_a_part_that_is_best_smooth_is_left_open(filled):
    _, fill = filled(*(place(x, 32, project=1, flow=1, smooth=1e-6) for x in range(0, 96, 16)))
    assert bool((fill.source == 0).any()) and fill.frames.keys() <= {0}


def test_a_hole_in_tiles_gets_what_the_whole_gets(filled):
    places = [place(x, y, flow=1e-5) for x in range(0, 48, 16) for y in range(0, 64, 16)]
    shot, whole = filled(*places)
    region = torch.zeros_like(shot.view(1002).hole)
    region[:, 37:] = True
    _, part = filled(*places, region=region)
    inner = part.box.slices(whole.box)
    there = part.source > 0
    assert torch.equal(part.scene[:, there], whole.scene[(..., *inner)][:, there])
