"""What a network makes: known pixels stay, any size and any parts, light without an end."""

from __future__ import annotations

import pytest
import torch

from vfx_ai.learning import sample
from vfx_ai.learning.levels import from_light, levels_of, pyramid, smoothed, to_light
from vfx_ai.learning.network import REACH, Network, Shape
from vfx_ai.media.color import from_log, to_log

SIZE = (75, 130)


def untrained(levels: int = 2, chance: bool = True) -> Network:
    torch.manual_seed(5)
    network = Network(Shape(4, levels))
    if chance:
        for weight in network.parameters():
            torch.nn.init.normal_(weight, 0, 0.1)
    return network.eval()


def picture(frames: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(7)
    scene = 0.2 * torch.exp2(torch.randn((frames, 3, *SIZE), generator=generator))
    scene[..., 10:13, 20:23] = 60
    known = torch.ones((frames, *SIZE), dtype=torch.bool)
    known[:, 20:50, 40:90] = False
    return scene, known


def test_light_has_no_end() -> None:
    scene = torch.tensor([-0.5, 0.0, 1e-4, 0.18, 1.0, 60.0, 65504.0]).expand(3, 7).clone()[:, None]
    scene[1] *= 0.5
    assert torch.allclose(from_light(to_light(scene)), scene, rtol=2e-4, atol=1e-6)


def test_what_is_known_stays_to_the_bit_and_what_is_not_is_never_read() -> None:
    scene, known = picture()
    first = sample.made(untrained(), scene, known, [3])
    assert torch.equal(first[0][:, known[0]], scene[0][:, known[0]])
    scene[:, :, 20:50, 40:90] = torch.nan
    assert torch.equal(sample.made(untrained(), scene, known, [3]), first)
    assert bool(torch.isfinite(first).all())


def test_parts_are_as_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    scene, known = picture()
    known[:, 60:] = False
    whole = sample.made(untrained(), scene, known, [3], detail=0, structure=0)
    monkeypatch.setattr(sample, "PART", 24)
    apart = sample.made(untrained(), scene, known, [3], detail=0, structure=0)
    assert (to_log(apart) - to_log(whole)).abs().max() < 0.05  # rounding, which random weights make larger
    network, seen = untrained().double(), torch.randn((1, 1, 11, 120, 120), dtype=torch.float64)
    time = torch.full((1,), 0.5, dtype=torch.float64)
    with torch.inference_mode():
        part = network(seen[..., 4:, 4:], time, 0)[..., REACH:, REACH:]
        assert torch.allclose(part, network(seen, time, 0)[..., 4 + REACH :, 4 + REACH :], rtol=0, atol=1e-12)


def test_a_pixel_reaches_no_farther_than_it_is_said_to() -> None:
    network, size = untrained(), 2 * REACH + 16
    seen = torch.randn((1, 1, 11, size, size), generator=torch.Generator().manual_seed(1))
    other = seen.clone()
    other[..., size // 2, size // 2] += 1
    time = torch.full((1,), 0.5)
    with torch.inference_mode():
        changed = (network(seen, time, 0) != network(other, time, 0)).any(2)[0, 0]
    rows = torch.nonzero(changed.any(1))[:, 0]
    assert size // 2 - REACH <= int(rows[0]) and int(rows[-1]) <= size // 2 + REACH


def test_without_training_it_says_what_is_smooth() -> None:
    scene, known = picture()
    out = sample.made(untrained(1, chance=False), scene, known, [3], detail=0, structure=0)
    level = pyramid(to_light(scene), known, 1)[0]
    smooth = from_light(smoothed(level.light, level.known))[..., : SIZE[0], : SIZE[1]]
    assert torch.allclose(out, torch.where(known[:, None], scene, smooth), rtol=1e-4)


def test_another_seed_gives_another_texture_and_detail_0_none() -> None:
    scene, known = picture()
    made = [sample.made(untrained(), scene, known, [seed], detail=d) for seed, d in ((1, 1.0), (1, 1.0), (2, 1.0))]
    assert torch.equal(made[0], made[1]) and not torch.equal(made[0], made[2])
    flat = [sample.made(untrained(), scene, known, [seed], detail=0, structure=0) for seed in (1, 2)]
    assert torch.equal(*flat)


def test_a_clip_looks_at_its_neighbors_and_may_be_made_of_nothing() -> None:
    scene, known = picture(3)
    network = untrained()
    clip = sample.made(network, scene, known, [1, 2, 3])
    alone = sample.made(network, scene[1:2], known[1:2], [2])
    assert not torch.equal(clip[1], alone[0])
    nothing = sample.made(network, torch.zeros_like(scene), torch.zeros_like(known), [1, 2, 3])
    assert bool(torch.isfinite(nothing).all())


@pytest.mark.parametrize(("size", "levels"), [((1, 1), 1), ((32, 500), 1), ((33, 40), 2), ((1080, 1920), 7)])
def test_a_picture_is_halved_until_it_is_small(size: tuple[int, int], levels: int) -> None:
    assert levels_of(*size) == levels


def test_black_and_white_meet_at_every_level() -> None:
    flat = torch.full((1, 3, 50, 70), 0.7)
    known = torch.ones((1, 50, 70), dtype=torch.bool)
    known[:, ::2, ::3] = False
    for level in pyramid(to_light(flat), known, 3)[1:]:
        there = level.known[0]
        assert torch.allclose(from_log(level.light[0][0, there]), torch.tensor(0.7), rtol=1e-4)
