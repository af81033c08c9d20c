"""What an object casts: where it is looked for, and what one frame tells of another."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from rendered import camera_fields, disc, load, load_rgb, render, results, travelling

import vfx_ai
from vfx_ai.caching import Kept
from vfx_ai.errors import InputError
from vfx_ai.fill import OTHER_FRAME, cast, effects
from vfx_ai.fill.cast import Cast, Observed
from vfx_ai.fill.contract import nothing
from vfx_ai.fill.ratio import Foretold, measured
from vfx_ai.media.frame import Window

SIZE = (90, 160)
Y, X = np.mgrid[: SIZE[0], : SIZE[1]].astype(float)
WHOLE = Window(0, 0, SIZE[1], SIZE[0])


def ball(x, y=30.0):
    return disc(X, Y, (x, y), 10, 0.01) > 0


def thrown(x, y=30.0, depth=-1.0):
    """A soft shadow [3, h, w] in stops, to the lower right of a ball, which it doesn't touch."""
    return np.repeat(depth * disc(X, Y, (x + 24, y + 24), 8, 8)[None], 3, 0).astype(np.float32)


def observed(number, x, known=None):
    hole, there = ball(x), np.ones(SIZE, bool) if known is None else known
    stops = thrown(x) * (there & ~hole)
    return Observed(number, hole, there & ~hole, stops, stops[0] < -0.1)


def shot_with(hole):
    """A stand-in for a shot whose working size is its own."""
    height, width = hole.shape
    view = SimpleNamespace(hole=torch.from_numpy(hole))
    return SimpleNamespace(
        view=lambda _: view, width=width, height=height, working_size=(height, width), device=torch.device("cpu")
    )


def test_it_is_looked_for_where_it_was_found_and_on_the_way_there():
    offsets = cast._offsets([observed(1, 50.0)], 60)
    around = cast.grown(ball(50.0), offsets)
    assert around[thrown(50.0)[0] < -0.1].all()
    between = disc(X, Y, (63, 43), 3) > 0
    assert around[between].all()
    opposite = disc(X, Y, (8, 8), 5) > 0
    assert not around[opposite].any()
    assert around[disc(X, Y, (50, 30), 10 + cast.USUAL - 2) > 0].all()


def test_what_is_added_to_a_mask_lies_at_the_offsets_and_not_opposite():
    offsets = np.zeros((9, 9), bool)
    offsets[4 + 3, 4 - 2] = True
    mask = np.zeros(SIZE, bool)
    mask[40, 70] = True
    assert set(map(tuple, np.argwhere(cast.grown(mask, offsets)).tolist())) == {(40, 70), (43, 68)}


def test_a_frame_is_told_of_its_shadow_by_others_wherever_the_object_is():
    known = Cast(cast._offsets([observed(1, 40.0)], 60), (observed(1, 40.0), observed(9, 90.0)))
    stops, where = cast.foretold(known, shot_with(ball(63.0)), 5, WHOLE)
    truth = torch.from_numpy(thrown(63.0))
    shadow = truth[0] < -0.1
    assert where[shadow].all() and not where[torch.from_numpy(ball(63.0))].any()
    assert (stops - truth)[:, shadow].abs().max() < 0.03


def test_a_frame_that_was_told_wrong_is_outvoted():
    wrong = Observed(5, ball(60.0), ~ball(60.0), np.zeros((3, *SIZE), np.float32), np.zeros(SIZE, bool))
    known = Cast(cast._offsets([observed(1, 40.0)], 60), (observed(4, 40.0), wrong, observed(6, 90.0)))
    stops, _ = cast.foretold(known, shot_with(ball(63.0)), 5, WHOLE)
    truth = torch.from_numpy(thrown(63.0))
    assert (stops - truth)[:, truth[0] < -0.1].abs().mean() < 0.05


def test_an_object_that_the_edge_cuts_is_told_too():
    known = Cast(cast._offsets([observed(1, 60.0)], 60), (observed(1, 60.0),))
    stops, where = cast.foretold(known, shot_with(ball(2.0)), 2, WHOLE)
    truth = torch.from_numpy(thrown(2.0))
    assert where[truth[0] < -0.1].all()
    assert (stops - truth)[:, truth[0] < -0.1].abs().mean() < 0.1


def test_without_observations_nothing_is_expected():
    stops, where = cast.foretold(Cast(cast.disc(5), ()), shot_with(ball(60.0)), 1, WHOLE)
    assert not where.any() and not stops.any()


def test_what_is_kept_in_a_file_comes_back(tmp_path):
    for number, known in enumerate(
        (Cast(cast.disc(3), ()), Cast(cast.disc(4), (observed(1, 50.0), observed(7, 80.0))))
    ):
        path = tmp_path / f"{number}.npz"
        cast.save(known, path)
        again = cast.read(path)
        assert np.array_equal(again.offsets, known.offsets) and len(again.observed) == len(known.observed)
        for one, other in zip(again.observed, known.observed, strict=True):
            assert one.number == other.number and np.allclose(one.stops, other.stops, atol=1e-3)
            assert all(np.array_equal(getattr(one, n), getattr(other, n)) for n in ("hole", "there", "effect"))
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(InputError, match="analysis"):
        cast.read(path)


def half_known(depth, seed=1):
    """A plate with a shadow, of which others show the left half alone; arguments of `measured`, truth [h, w]."""
    rng = np.random.default_rng(seed)
    light = 0.2 * np.exp2(rng.standard_normal((3, *SIZE)) * 0.5)
    truth, hole = thrown(60.0, depth=depth), ball(60.0)
    plate = light * np.exp2(truth) * (1 + 0.03 * rng.standard_normal(light.shape))
    made = light * (1 + 0.03 * rng.standard_normal(light.shape))
    known = ~hole & (X < 84)
    parts = [torch.from_numpy(p.astype(np.float32)) for p in (plate, made)]
    masks = [torch.from_numpy(m) for m in (known, hole)]
    return (*parts, torch.zeros(SIZE), *masks), torch.from_numpy(truth[0])


def test_what_others_lead_to_expect_stands_where_nothing_is_known():
    arguments, truth = half_known(-1.0)
    told = Foretold(torch.from_numpy(thrown(60.0, depth=-0.8)), ~arguments[-1])
    found, alone = measured(*arguments, 1.0, told), measured(*arguments, 1.0)
    shadow = truth < -0.1
    beyond = shadow & torch.from_numpy(X >= 88)
    assert found.expected[beyond].all() and not found.expected[torch.from_numpy(X < 80)].any()
    assert not alone.coverage[beyond].any() and not alone.expected.any()
    # Of what was told too weak the rest comes from what was measured beside it.
    assert (found.stops.mean(0) - truth)[beyond].abs().mean() < 0.12
    assert float(found.error[beyond].min()) > float(found.error[shadow & ~found.expected].max())


@pytest.mark.parametrize("depth", [0.0, 0.8])
def test_what_is_measured_otherwise_is_not_expected(depth):
    arguments, _ = half_known(depth)
    told = Foretold(torch.from_numpy(thrown(60.0)), ~arguments[-1])
    assert not measured(*arguments, 1.0, told).expected.any()


def test_what_a_frame_lends_from_within_a_shadow_comes_without_it():
    known = effects.Known(
        Cast(cast._offsets([observed(1, 60.0)], 60), (observed(7, 60.0),)), None, None, Kept(10**9, 9)
    )
    shot = shot_with(ball(60.0))
    hole = torch.from_numpy(ball(84.0, 54.0))  # the object came to where its shadow was
    rows, columns = hole.nonzero().T
    origin = torch.zeros((3, *SIZE))
    origin[:, rows, columns] = torch.stack([columns.float(), rows.float(), torch.full(rows.shape, 7.0)])
    shaded = torch.from_numpy(np.exp2(thrown(60.0)))
    near = replace(
        nothing(3, WHOLE, hole),
        scene=0.3 * shaded * hole,
        source=torch.where(hole, OTHER_FRAME, 0).to(torch.uint8),
        origin=origin,
        frames={7: len(rows)},
    )
    done = effects._undone(shot, known, near)
    assert (near.scene[:, hole] < 0.2).any()
    assert torch.allclose(done.scene[:, hole], torch.tensor(0.3), rtol=0.05)
    assert torch.allclose(done.scene, near.scene * done.matched)


FRAMES, HORIZON = 20, 24.0
RATIO = np.array([0.5, 0.55, 0.65])


def walker(t):
    return 20 + t * 200 / (FRAMES - 1), 30.0


def far_shadow(x, y, t):
    """The ratio [H, W, 3] of a soft shadow that falls three times the ball's radius aside."""
    cx, cy = walker(t)
    return RATIO ** disc(x, y, (cx + 21, cy + 18), 5.0, 9.0)[..., None]


def test_a_shadow_that_falls_far_is_taken_out_under_a_solved_camera(tmp_path):
    size = (80, 240)
    shot = render(
        tmp_path,
        travelling(HORIZON),
        frames=FRAMES,
        size=size,
        ball=walker,
        radius=7.0,
        noise=0.03,
        extra=lambda light, x, y, t: light * far_shadow(x, y, t),
    )
    out = tmp_path / "out" / "clean.####.exr"
    camera = camera_fields(shot, "project", HORIZON)
    frames = "1006,1016"
    report = vfx_ai.inpaint(
        shot.plate, shot.matte, out, frames=frames, device="cpu", effects=True, engine="project", **camera
    )
    assert report.passed
    y, x = np.mgrid[: size[0], : size[1]].astype(float)
    left, total = [], []
    for number, path in results(out.parent).items():
        ratio = far_shadow(x, y, number - 1001)
        where = (ratio.min(-1) < 0.95) & (shot.mattes[number] == 0)
        plate = load_rgb(str(shot.plate).replace("####", str(number)))
        before, after = (np.abs(np.log2(p / (shot.clean[number] / ratio)))[where] for p in (plate, load_rgb(path)))
        left.append(after.sum())
        total.append(before.sum())
        assert (load(path)["matte.effects"] > 0)[where].mean() > 0.6
    assert sum(left) < sum(total) / 4, (left, total)
