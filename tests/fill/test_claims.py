"""What error is claimed of filled pixels: more where more speaks against them, and where the truth is farther off."""

from __future__ import annotations

import numpy as np
import pytest
import rendered
import torch
from rendered import open_shot, prepared, render

from vfx_ai.fill.claims import claimed_by_average, claimed_by_looks, local_contrast, spread_of
from vfx_ai.fill.contract import claimed_stops
from vfx_ai.media.color import to_log
from vfx_ai.shot import crop

SIZE = (24, 32)
EVERYWHERE = torch.ones(SIZE, dtype=torch.bool)


def looks(**changed):
    """Two looks into the past and two into the future that nearly agree, over a picture with some contrast."""
    generator = torch.Generator().manual_seed(1)
    picture = torch.exp2(torch.rand((3, *SIZE), generator=generator) - 2)
    off = torch.exp2(0.05 * torch.randn((4, 3, *SIZE), generator=generator))
    told = {
        "values": picture * off,
        "found": torch.ones((4, *SIZE), dtype=torch.bool),
        "weights": torch.ones((4, *SIZE)),
        "steps": torch.full((4, *SIZE), 3.0),
        "guessed": torch.zeros((4, *SIZE), dtype=torch.bool),
        "picture": picture,
        "known": EVERYWHERE,
        "drift": 0.5,
    }
    return {**told, **{name: change(told[name]) for name, change in changed.items()}}


def only(count):
    """So many looks are found, the nearest into the past first."""
    return lambda found: found & (torch.arange(4)[:, None, None] < count)


def apart(values):
    return values * torch.tensor([1.2, 1.2, 0.8, 0.8])[:, None, None, None]


def rougher(picture):
    return torch.exp2(3 * (picture.log2() + 1.5) - 1.5)


@pytest.mark.parametrize(
    "worse",
    [
        {"values": apart},
        {"values": lambda v: torch.cat([1.2 * v[:1], v[1:]])},
        {"picture": rougher},
        {"picture": lambda p: 0.1 * p},
        {"steps": lambda s: 2 * s},
        {"guessed": lambda g: ~g},
        {"weights": lambda w: w * torch.tensor([1.0, 0, 0, 0])[:, None, None]},
    ],
    ids=["past and future differ", "one look differs", "contrast", "darkness", "distance", "guesses", "no mixing"],
)
def test_a_larger_error_is_claimed_of_what_is_worse(worse):
    assert bool((claimed_by_looks(**looks(**worse)) > claimed_by_looks(**looks())).float().mean() > 0.99)


def test_the_distance_in_frames_counts_by_the_engines_own_drift_alone():
    far = looks(steps=lambda s: 2 * s)
    assert torch.allclose(claimed_by_looks(**{**far, "drift": 0.0}), claimed_by_looks(**{**looks(), "drift": 0.0}))
    assert torch.allclose(claimed_by_looks(**far), 2**0.5 * claimed_by_looks(**looks()))


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_where_looks_are_missing_the_claim_is_a_number_still(count):
    some = looks(found=only(count))
    some["values"] = some["values"] * some["found"][:, None]
    some["weights"] = some["weights"] * some["found"]
    claimed = claimed_by_looks(**some)
    assert bool(torch.isfinite(claimed).all()) and bool((claimed > 0).all())


def test_a_look_that_stands_alone_claims_more_where_the_picture_changes_more():
    alone = {"found": only(1), "weights": only(1)(torch.ones((4, *SIZE), dtype=torch.bool)).float().mul}
    claims = [claimed_by_looks(**looks(**alone, picture=change)) for change in (lambda p: p, rougher)]
    assert float(claims[1].mean()) > 1.3 * float(claims[0].mean())


def test_what_is_not_known_makes_no_contrast():
    picture = torch.ones((3, *SIZE))
    picture[:, :, 16:] = 0
    assert float(local_contrast(to_log(picture), EVERYWHERE).max()) > 5
    assert float(local_contrast(to_log(picture), picture[0] > 0)[:, :16].max()) == 0


def test_an_average_claims_more_where_its_looks_differ_or_few_agree():
    picture = looks()["picture"]
    told = {"spread": 0.05, "agreeing": 8.0, "share": 1.0, "averaged": 8.0}

    def claimed(**changed):
        maps = {name: torch.full(SIZE, value) for name, value in {**told, **changed}.items()}
        return claimed_by_average(**maps, picture=picture, known=EVERYWHERE)

    for worse in ({"spread": 0.1}, {"share": 0.4}, {"averaged": 1.0}):
        assert bool((claimed(**worse) > claimed()).all()), worse
    assert bool((claimed(spread=0.0, agreeing=1.0) > claimed(spread=0.0)).all()), "one alone can't be seen to agree"


def test_the_spread_of_looks_is_their_mean_distance_from_their_mean():
    light = torch.tensor([1.0, 3.0, 100.0])[:, None, None].expand(3, 3, 5)
    assert torch.allclose(spread_of(light, torch.tensor([True, True, False])[:, None].expand(3, 5)), torch.ones(5))
    assert bool((spread_of(light, torch.tensor([False, True, False])[:, None].expand(3, 5)) == 0).all())


def ranks(values):
    return np.argsort(np.argsort(values)).astype(float)


def grainy(clean, _x, _y, t):
    """Grain as light has it: its variance grows with the light, and so it is more stops in the dark."""
    noise = np.random.default_rng(t).standard_normal(clean.shape)
    return np.maximum(clean + 0.02 * np.sqrt(clean) * noise, 1e-3)


SCENES = {"temporal": rendered.turning(), "project": rendered.travelling(20.0), "flow": rendered.travelling(20.0)}


@pytest.mark.parametrize("engine", SCENES)
def test_pixels_claimed_to_be_worse_are_farther_from_the_truth(engine, tmp_path):
    made = render(tmp_path, SCENES[engine], extra=grainy)
    shot = open_shot(made)
    module, ready = prepared(shot, engine, tmp_path / "analysis")
    claimed, true = [], []
    for number in made.numbers[1:-1]:
        fill = module.fill(shot, ready, number)
        truth = crop(torch.from_numpy(made.clean[number]).permute(2, 0, 1), fill.box)
        off, mine = (to_log(fill.scene) - to_log(truth)).abs().mean(0), fill.source > 0
        claimed.append(claimed_stops(fill.confidence)[mine].numpy())
        true.append(off[mine].numpy())
    stops, errors = np.concatenate(claimed), np.concatenate(true)
    print(engine, np.corrcoef(ranks(stops), ranks(errors))[0, 1], stops.mean(), errors.mean())
    least, most = np.quantile(stops, (0.25, 0.75))
    assert np.corrcoef(ranks(stops), ranks(errors))[0, 1] > 0.25
    assert errors[stops >= most].mean() > 1.4 * errors[stops <= least].mean()
    assert 0.5 < stops.mean() / errors.mean() < 2
