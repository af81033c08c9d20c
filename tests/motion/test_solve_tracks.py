"""Cameras solved from made-up tracks, whose truth is known: fixed lenses, zooms, frames left out, long shots."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pycolmap
import pytest
import worlds

from vfx_ai.motion import apart
from vfx_ai.motion.apart import solve_apart
from vfx_ai.motion.bundle import adjust, fixed_lens, zoom_lens
from vfx_ai.motion.chains import Tracks, link, shared, thinned
from vfx_ai.motion.equations import Equations
from vfx_ai.motion.mapper import mapped, quiet, sketched
from vfx_ai.motion.recover import recovered, renewed
from vfx_ai.motion.sketch import Sketch
from vfx_ai.motion.solve_tracks import LONG, key_frames, solve_tracks
from vfx_ai.motion.zoom import growth


def true_sketch(world, chains=None):
    """The true cameras, and the points that they agree on."""
    count = len(world.focal)
    empty = Sketch(
        np.ones(count, bool),
        world.focal,
        np.array(worlds.MIDDLE),
        0.0,
        world.rotation,
        -np.einsum("tij,tj->ti", world.rotation, world.place),
        np.zeros((0, 3)),
        np.zeros((0, 3), np.int64),
        np.zeros((0, 2)),
    )
    return renewed(empty, world.tracks, chains or link(world.tracks), 0.3)


@pytest.fixture(scope="module")
def zooming():
    return worlds.seen(worlds.ramp(16, 500, 650), aside=0.08)


@pytest.fixture(scope="module")
def fixed():
    return worlds.seen(np.full(16, 500.0), onward=0.04)


@pytest.fixture(scope="module")
def zoomed(zooming, tmp_path_factory):
    return solve_tracks(zooming.tracks, zooming.picture, tmp_path_factory.mktemp("zoom"))


def test_a_zoom_is_solved_with_a_focal_length_for_each_frame(zooming, zoomed):
    assert zoomed.sketch.known.all() and zoomed.unsure is not None and zoomed.residual < 0.2
    ratio = zoomed.sketch.focal / zooming.focal
    assert np.ptp(ratio) / ratio.mean() < 0.005 and abs(ratio.mean() - 1) < 0.06
    assert worlds.off_path(zoomed.sketch.places(), zooming, zoomed.sketch.known) < 0.01


def test_a_fixed_lens_that_travels_forward_is_no_zoom_and_is_what_the_mapper_made_of_it(fixed, tmp_path):
    solved = solve_tracks(fixed.tracks, fixed.picture, tmp_path)
    assert solved.unsure is None and (solved.sketch.focal == solved.sketch.focal[0]).all()
    work = tmp_path / "work"
    work.mkdir()
    with quiet(pycolmap):
        plain = sketched(mapped(pycolmap, fixed.picture, fixed.tracks, work), fixed.tracks)
    for name in ("focal", "rotation", "translation", "known"):
        assert np.array_equal(getattr(solved.sketch, name), getattr(plain, name)), name


def test_a_focal_length_that_is_given_stays_to_the_bit(fixed, zooming, tmp_path):
    for world in (fixed, zooming):
        solved = solve_tracks(world.tracks, replace(world.picture, focal=500.0), tmp_path)
        assert solved is None or (solved.sketch.focal == 500.0).all()


def test_a_zoom_while_the_camera_travels_forward_is_told_from_it(tmp_path):
    world = worlds.seen(worlds.ramp(16, 500, 600), onward=0.05)
    solved = solve_tracks(world.tracks, world.picture, tmp_path)
    ratio = solved.sketch.focal / world.focal
    assert solved.unsure is not None and np.ptp(ratio) / ratio.mean() < 0.02


def test_growth_is_that_of_the_zoom_where_the_camera_travels_aside(zooming):
    ratio = growth(zooming.tracks) / zooming.focal
    assert np.ptp(ratio) / ratio.mean() < 0.05


def test_the_same_tracks_give_the_same_bytes_in_this_process_and_in_another(zooming, zoomed, tmp_path, monkeypatch):
    again, why = solve_apart(zooming.tracks, zooming.picture, tmp_path)
    once_more, _ = solve_apart(zooming.tracks, zooming.picture, tmp_path)
    assert why == "" and again.unsure is not None
    for name in Sketch.__dataclass_fields__:
        one, two = (np.asarray(getattr(solved.sketch, name)).tobytes() for solved in (again, once_more))
        assert one == two, name
    assert np.allclose(again.sketch.focal, zoomed.sketch.focal, rtol=1e-6)
    assert not list(tmp_path.iterdir())


def test_frames_without_a_pose_get_one_from_points_of_other_frames(fixed):
    chains = link(fixed.tracks)
    true = true_sketch(fixed, chains)
    known = np.ones(16, bool)
    known[[0, 6, 7, 15]] = False
    lost = replace(true, known=known, rotation=true.rotation.copy(), translation=true.translation.copy())
    lost.rotation[~known], lost.translation[~known] = np.eye(3), 0.0
    lost = lost.only(known[lost.seen[:, 0]])
    found = recovered(pycolmap, lost, fixed.tracks, chains, 0.3)
    assert found.known.all() and len(found.seen) > len(lost.seen)
    assert np.abs(found.places() - fixed.place).max() < 0.02
    again = recovered(pycolmap, lost, fixed.tracks, chains, 0.3)
    assert again.translation.tobytes() == found.translation.tobytes()


def test_a_frame_that_shows_too_few_points_stays_unknown(tmp_path):
    world = worlds.seen(np.full(16, 500.0), blurred=(5, 6), blind=(11,), aside=0.08)
    solved = solve_tracks(world.tracks, world.picture, tmp_path)
    assert np.nonzero(~solved.sketch.known)[0].tolist() == [11]
    assert worlds.off_path(solved.sketch.places(), world, solved.sketch.known) < 0.01


def test_a_sketch_that_knows_all_frames_is_not_touched_by_the_search_for_more(fixed):
    chains = link(fixed.tracks)
    true = true_sketch(fixed, chains)
    assert recovered(pycolmap, true, fixed.tracks, chains, 0.3) is true


def test_a_long_shot_is_solved_by_key_frames_and_all_its_frames_are_known(tmp_path):
    world = worlds.seen(np.full(200, 500.0), density=3, aside=0.05, blind=(77,))
    keys = key_frames(link(world.tracks))
    assert len(world.focal) > LONG > len(keys) and keys[0] == 0 and keys[-1] == 199 and keys == sorted(set(keys))
    solved = solve_tracks(world.tracks, world.picture, tmp_path)
    assert np.nonzero(~solved.sketch.known)[0].tolist() == [77]
    assert abs(solved.sketch.focal[0] / 500 - 1) < 0.02 and solved.residual < 0.25
    assert worlds.off_path(solved.sketch.places(), world, solved.sketch.known) < 0.005


def test_chains_have_one_feature_of_a_frame_and_follow_a_point_through_the_shot(fixed):
    chains = link(fixed.tracks)
    for chain in chains.of:
        named = chain[chain >= 0]
        assert len(np.unique(named)) == len(named)
    frames, _, names = chains.rows()
    assert np.bincount(names).min() >= 2 and np.bincount(names).max() > 10
    assert len(shared(chains, 0, 1)) > 50 and len(frames) == len(names)
    few = thinned(fixed.tracks, chains, [0, 5, 10], 2, 25)
    assert few.numbers == (1001, 1006, 1011) and set(few.pairs) == {(0, 1), (0, 2), (1, 2)}


def test_two_chains_with_a_feature_in_the_same_frame_stay_two():
    at = tuple(np.zeros((2, 2)) for _ in range(3))
    pairs = {(0, 1): np.array([[0, 0], [1, 1]]), (1, 2): np.array([[0, 0], [1, 1]]), (0, 2): np.array([[0, 1]])}
    assert [c.tolist() for c in link(Tracks((1, 2, 3), at, pairs)).of] == [[0, 1]] * 3


def test_tracks_and_sketches_are_read_back_as_they_were_written(fixed, tmp_path):
    fixed.tracks.save(tmp_path / "t.npz")
    again = Tracks.load(tmp_path / "t.npz")
    assert again.numbers == fixed.tracks.numbers and list(again.pairs) == list(fixed.tracks.pairs)
    assert all(np.array_equal(a, b) for a, b in zip(again.positions, fixed.tracks.positions, strict=True))
    assert all(np.array_equal(again.pairs[k], v) for k, v in fixed.tracks.pairs.items())
    sketch = true_sketch(fixed)
    sketch.save(tmp_path / "s.npz")
    for name in Sketch.__dataclass_fields__:
        assert np.array_equal(getattr(Sketch.load(tmp_path / "s.npz"), name), getattr(sketch, name))
    empty = Tracks((1, 2), (np.zeros((0, 2)),) * 2, {})
    empty.save(tmp_path / "e.npz")
    assert Tracks.load(tmp_path / "e.npz").pairs == {}


@pytest.mark.parametrize("bend", [0.0, -0.2])
def test_the_equations_slopes_are_those_of_what_is_seen(zooming, bend):
    sketch = replace(true_sketch(zooming), bend=bend)
    equations, step = Equations(sketch), 1e-6
    rows = np.arange(0, len(sketch.seen), 997)
    for part in range(8):
        change = {"focal": sketch.focal.copy(), "bend": sketch.bend, "translation": sketch.translation.copy()}
        if part < 3:
            x, y, z = np.eye(3)[part] * step
            turn = np.eye(3) + np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
            change["rotation"] = turn @ sketch.rotation
        elif part < 6:
            change["translation"][:, part - 3] += step
        elif part == 6:
            change["focal"] *= np.exp(step)
        else:
            change["bend"] += step
        told = (replace(sketch, **change).projected()[0] - sketch.projected()[0]) / step
        assert np.allclose(equations.slopes[rows, :, part], told[rows], atol=0.05, rtol=1e-3), part


def test_an_adjustment_finds_a_focal_length_that_was_wrong(fixed):
    """From a start that is a tenth off: the truth, as near as noise lets it, and what a start at the truth comes to."""
    still = worlds.seen(np.full(16, 500.0), onward=0.04, density=8)
    zooms = worlds.seen(worlds.ramp(16, 500, 650), aside=0.08, density=8)
    for world, lens in ((still, fixed_lens(16, free=True)), (zooms, zoom_lens(16))):
        true = true_sketch(world)
        found, best = adjust(replace(true, focal=true.focal * 1.1), lens), adjust(true, lens)
        assert abs(found.sketch.focal / world.focal - 1).max() < 0.05
        assert abs(found.sketch.focal / best.sketch.focal - 1).max() < 0.01
        assert found.cost <= best.cost * 1.01
    held = adjust(replace(true_sketch(fixed), focal=np.full(16, 520.0)), fixed_lens(16, free=False))
    assert np.allclose(held.sketch.focal, 520.0, rtol=1e-12)


def test_frames_that_are_not_known_take_no_part(fixed):
    true = true_sketch(fixed)
    known = true.known.copy()
    known[3] = False
    found = adjust(replace(true, known=known).only(true.seen[:, 0] != 3), fixed_lens(16, free=True)).sketch
    assert np.array_equal(found.rotation[3], true.rotation[3]) and found.residual() < 0.2


def test_shots_without_matches_or_with_hardly_any_have_no_camera_and_a_reason(fixed, tmp_path):
    none = replace(fixed.tracks, pairs={})
    few = replace(fixed.tracks, pairs={k: v[:30] for k, v in list(fixed.tracks.pairs.items())[:2]})
    for tracks in (none, few):
        solved, why = solve_apart(tracks, fixed.picture, tmp_path)
        assert solved is None and why == apart.NO_PARALLAX


def test_a_solver_that_takes_its_process_with_it_is_no_camera_and_its_last_words(fixed, tmp_path, monkeypatch):
    broken = tmp_path / "broken"
    broken.mkdir()
    said = "F20261126 mapper.cc:12] Check failed: points > 0 (0 vs. 0)"
    (broken / "pycolmap.py").write_text(f"import os, sys\nprint({said!r}, file=sys.stderr, flush=True)\nos.abort()\n")
    monkeypatch.setenv("PYTHONPATH", str(broken))
    solved, why = solve_apart(fixed.tracks, fixed.picture, tmp_path)
    assert solved is None and "broke off" in why and "Check failed: points > 0" in why
    assert [p.name for p in tmp_path.iterdir()] == ["broken"]


def test_a_solver_that_finds_no_end_is_ended(fixed, tmp_path, monkeypatch):
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "pycolmap.py").write_text("import time\ntime.sleep(600)\n")
    monkeypatch.setenv("PYTHONPATH", str(broken))
    monkeypatch.setattr(apart, "PATIENCE", (1.0, 0.0))
    solved, why = solve_apart(fixed.tracks, fixed.picture, tmp_path)
    assert solved is None and why == "the solver found no end"
    assert [p.name for p in tmp_path.iterdir()] == ["broken"]


def test_pycolmap_that_cannot_be_loaded_is_told(fixed, tmp_path, monkeypatch):
    (tmp_path / "pycolmap.py").write_text("raise ImportError('no such library')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    solved, why = solve_apart(fixed.tracks, fixed.picture, tmp_path)
    assert solved is None and why == "pycolmap can't be loaded (no such library)"
