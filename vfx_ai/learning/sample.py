"""Light from a trained network, level by level: the likeliest, or one of those that could be.

At full noise the network can say no more than what is expected on average: that is the likeliest light, and it is
smooth. Taking the noise off step by step (DDIM; Song et al., ICLR 2021) gives one of the pictures that could be there,
with its texture. What is between is a dial.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import torch

from vfx_ai.learning.levels import Level, from_light, levels_of, pyramid, smoothed, to_light, upon
from vfx_ai.learning.network import MULTIPLE, REACH, Network

STEPS = (12, 10, 8, 6)  # by level, the coarsest first; the last holds for all finer ones
PART = 512  # pixels of a side that are computed at once, without what lies around; memory doesn't grow with the picture
FARTHEST = 30.0  # deviations of a level from what is expected: beyond it nothing was ever learned


def shown(
    network: Network,
    level: int,
    noisy: torch.Tensor,
    light: torch.Tensor,
    known: torch.Tensor,
    expected: torch.Tensor,
    heights: torch.Tensor,
) -> torch.Tensor:
    """What the network sees, [B, T, SEEN, h, w]: see `network.SEEN`.

    Args:
        network: whose measure of light counts.
        level: of the light.
        noisy: [B, T, 3, h, w] what is made, in deviations of the level.
        light, expected: [B, T, 3, h, w]; light counts where it is known alone.
        known: [B, T, h, w] bool.
        heights: [B, h], where rows lie in the picture: -1 at its top, 1 at its bottom.
    """
    there = known[:, :, None].float()
    scale = network.scale[min(level, network.shape.levels - 1)][:, None, None]
    tone = (expected - network.center[:, None, None]) / network.spread[:, None, None]
    off = torch.where(known[:, :, None], (light - expected) / scale, 0.0)
    row = heights[:, None, None, :, None].expand_as(there)
    return torch.cat([noisy * (1 - there), off, there, tone, row], 2)


def rows(height: int, whole: float, first: int = 0) -> torch.Tensor:
    """Where `height` rows from `first` on lie in a picture of `whole` rows, [height]: see `shown`."""
    return (torch.arange(first, first + height) + 0.5) * (2 / whole) - 1


def made(
    network: Network,
    scene: torch.Tensor,
    known: torch.Tensor,
    seed: Sequence[int],
    *,
    detail: float = 1.0,
    structure: float = 1.0,
    trust: float = 1.0,
    check: Callable[[], None] = lambda: None,
) -> torch.Tensor:
    """A clip with what isn't known filled.

    Args:
        network: trained, on the device of `scene`.
        scene: [T, 3, H, W] float32, scene-linear, of any size; what isn't known isn't read.
        known: [T, H, W] bool; there may be nothing.
        seed: of the noise, a number for each frame.
        detail: 0 (the likeliest: smooth) to 1 (one of those that could be), of all but the coarsest level.
        structure: the same of the coarsest level: what is where.
        trust: how much the network's word for the likeliest counts at the coarsest level, beside the smooth surface:
            0..1. At finer levels, where it goes by what is near, it counts whole.
        check: is called between steps, and may raise.

    Returns:
        [T, 3, H, W] float32, scene-linear, unbounded; `scene` itself, to the bit, where it is known.
    """
    height, width = scene.shape[-2:]
    count = min(levels_of(height, width), network.shape.levels)
    stack = pyramid(to_light(scene), known, count)
    generators = [[torch.Generator().manual_seed(_mixed(one, index)) for one in seed] for index in range(count)]
    whole: torch.Tensor | None = None
    with torch.inference_mode():
        for index, level in enumerate(reversed(stack)):
            expected = _smoothest(network, level) if whole is None else upon(whole, level.light, level.known)
            strength = detail if index else structure
            halved = 2 ** (count - 1 - index)
            tall = (height / halved, width / halved)
            word = 1.0 if index else trust
            off = _sampled(network, index, level, expected, generators[index], strength, word, tall, check)
            scale = network.scale[index][:, None, None]
            whole = torch.where(level.known[:, None], level.light, expected + scale * off)
    assert whole is not None
    light = whole[..., :height, :width]
    return torch.where(known[:, None], scene, from_light(light))


def steps_of(network: Network, size: Sequence[int]) -> int:
    """How many steps `made` takes for a picture of (height, width), where it is done in one part."""
    count = min(levels_of(size[0], size[1]), network.shape.levels)
    return sum(2 + (STEPS[min(index, len(STEPS) - 1)] - 1 if index else 0) for index in range(count))


def _smoothest(network: Network, level: Level) -> torch.Tensor:
    """What the coarsest level is expected to be; where nothing at all is known the footage's usual light."""
    light = smoothed(level.light, level.known)
    some = level.known.flatten(1).any(1)[:, None, None, None]
    return torch.where(some, light, network.center[:, None, None].expand_as(light))


def _sampled(
    network: Network,
    index: int,
    level: Level,
    expected: torch.Tensor,
    generators: Sequence[torch.Generator],
    detail: float,
    trust: float,
    tall: tuple[float, float],
    check: Callable[[], None],
) -> torch.Tensor:
    """By how many deviations [T, 3, h, w] a level differs from what is expected."""
    size, device = level.light.shape[1:], level.light.device
    noise = torch.stack([torch.randn(size, generator=g) for g in generators]).to(device)[None]
    light, known, tone = level.light[None], level.known[None], expected[None]
    heights = rows(size[-2], tall[0]).to(device)[None]
    wanted = ~level.known.all(0)
    wanted[math.ceil(tall[0]) :], wanted[:, math.ceil(tall[1]) :] = False, False
    parts = list(_parts(wanted))

    def step(noisy: torch.Tensor, time: float, *, mirrored: bool = False) -> torch.Tensor:
        out = torch.zeros_like(noisy)
        for inner, outer in parts:
            check()
            seen = shown(
                network,
                index,
                noisy[(..., *outer)],
                light[(..., *outer)],
                known[(..., *outer)],
                tone[(..., *outer)],
                heights[:, outer[0]],
            )
            v = network(seen.flip(-1) if mirrored else seen, torch.full((1,), time, device=device), index)
            v = v.flip(-1) if mirrored else v
            y, x = (slice(i.start - o.start, i.stop - o.start) for i, o in zip(inner, outer, strict=True))
            out[(..., *inner)] = v[..., y, x]
        return out

    # v is the light alone there, and noise would tell nothing; what it says of the mirrored picture is as good a word.
    blank = torch.zeros_like(noise)
    likeliest = -(step(blank, 1.0) + step(blank, 1.0, mirrored=True)) / 2
    if detail == 0:
        return trust * likeliest[0].clamp(-FARTHEST, FARTHEST)
    steps = STEPS[min(index, len(STEPS) - 1)]
    x = noise
    for i in range(steps):
        time, after = 1 - i / steps, 1 - (i + 1) / steps
        v = -likeliest if i == 0 else step(x, time)
        a, s = math.cos(time * math.pi / 2), math.sin(time * math.pi / 2)
        clean, dirt = a * x - s * v, s * x + a * v
        a, s = math.cos(after * math.pi / 2), math.sin(after * math.pi / 2)
        x = a * clean + s * dirt
    off = trust * likeliest + detail * (x - likeliest)
    return off[0].clamp(-FARTHEST, FARTHEST)


def _parts(wanted: torch.Tensor) -> Iterator[tuple[tuple[slice, slice], tuple[slice, slice]]]:
    """Parts of a picture in which something [h, w] bool is wanted, each with what it depends on around it."""
    height, width = wanted.shape
    for y in range(0, height, PART):
        for x in range(0, width, PART):
            there = wanted[y : y + PART, x : x + PART]
            if not bool(there.any()):
                continue
            rows_, columns = torch.nonzero(there.any(1))[:, 0], torch.nonzero(there.any(0))[:, 0]
            inner = (
                _within(y + int(rows_[0]), y + int(rows_[-1]) + 1, 0, height),
                _within(x + int(columns[0]), x + int(columns[-1]) + 1, 0, width),
            )
            yield inner, (_within(*_ends(inner[0]), REACH, height), _within(*_ends(inner[1]), REACH, width))


def _ends(part: slice) -> tuple[int, int]:
    return part.start, part.stop


def _within(first: int, last: int, more: int, size: int) -> slice:
    """A range made larger, with ends at which the network's halves fit."""
    return slice(max(0, first // MULTIPLE * MULTIPLE - more), min(size, -(-last // MULTIPLE) * MULTIPLE + more))


def _mixed(seed: int, index: int) -> int:
    """A seed for each level of each frame."""
    return (seed * 1_000_003 + index * 7_919 + 12_345) % 2**63
