"""The plate's own grain: how strong it is per channel and level of light, and how it hangs together.

Measured outside of the hole, from what is left between neighboring frames once they lie on each other (see
`grain_blocks`). Where the camera moves and the plate is rough, what is left may be texture: there the flat blocks are
believed. A plate whose frames differ by next to nothing has no grain.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from vfx_ai.finish.grain_blocks import BLOCK, Array, Ints, blocks_between, joined
from vfx_ai.media.frame import BoolArray, FloatArray
from vfx_ai.motion.survey import Motion
from vfx_ai.shot import Shot

PAIRS = 6  # pairs of frames, spread over the shot
FLATTEST = 0.5  # share of a level's blocks that are believed if the camera moves: texture may pass for grain in others
FEWEST_BLOCKS = 24
STOPS = tuple(stop / 2 for stop in range(-18, 13))  # log2 of the levels of light at which grain is measured
HALF_WIDTH = 0.5  # stops around a level
SLOPE_STOPS = 0.2  # a slope is believed of blocks whose light differs more
REACH = 4  # pixels to each side that grain hangs together, at most
CLEAN = 0.005  # of the light: less can't be told from what motion leaves, nor be seen
DARK = 0.02  # light; added where a share of light is asked for
ENDS = 3  # levels that tell the slope at an end
FARTHEST_STOPS = 12.0  # beyond the levels that were measured, grain goes on along its slope for so many stops


@dataclass(frozen=True)
class Grain:
    """What was measured.

    Attributes:
        levels: [L] light, scene-linear, rising; empty: the plate has no grain.
        sigma: [3][L] standard deviation of red, green and blue at these levels of the channel's own light.
        kernels: [3][2 REACH + 1][2 REACH + 1], by which white noise of variance 1 becomes grain of variance 1.
        mix: [3][3], by which three independent white noises become those of the three channels.
        blocks: how many blocks of the plate were believed.
    """

    levels: tuple[float, ...] = ()
    sigma: tuple[tuple[float, ...], ...] = ((), (), ())
    kernels: tuple[tuple[tuple[float, ...], ...], ...] = ()
    mix: tuple[tuple[float, ...], ...] = ()
    blocks: int = 0

    @property
    def none(self) -> bool:
        """The plate has no grain."""
        return not self.levels

    def at(self, light: FloatArray) -> FloatArray:
        """Standard deviation [3, ...] of grain on light [3, ...], scene-linear."""
        stops = np.log2(np.maximum(light, 2.0 ** (STOPS[0] - FARTHEST_STOPS)).astype(np.float64))
        known = [_extended(np.log2(self.levels), np.log2(np.maximum(row, 1e-12))) for row in self.sigma]
        found = [np.exp2(np.interp(part, *curve)) for part, curve in zip(stops, known, strict=True)]
        return np.stack(found).astype(np.float32)

    def to_dict(self) -> dict[str, Any]:
        """The grain as plain JSON types."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Grain:
        """The grain from what `to_dict` made of it, by way of JSON."""
        frozen = {name: _frozen(data[name]) for name in ("levels", "sigma", "kernels", "mix")}
        return cls(**frozen, blocks=int(data["blocks"]))


def measure(shot: Shot, motion: Motion) -> Grain:
    """Measure the grain of a shot's plate outside of its matte; the same whichever device the shot is on.

    Raises:
        InputError: a frame can't be read.
    """
    locked = motion.kind == "locked"
    parts = [blocks_between(shot, *pair, locked=locked) for pair in _pairs(shot)]
    # Frames that are the same to the bit, of a plate that has grain, are one frame twice.
    told = [part for part in parts if part is not None and part.residual.any()]
    if not told:
        return Grain()
    blocks = joined(told)
    roughness = blocks.texture / (np.abs(blocks.level) + DARK) ** 2
    share = 1.0 if locked else FLATTEST
    levels, sigma = _by_level(blocks.level, roughness, blocks.variance, share)
    if not levels.size or _negligible(blocks.level, levels, sigma):
        return Grain()
    flat = _flattest(roughness.mean(1), share**2)
    grain = blocks.residual[flat]
    grain = grain / np.sqrt((grain**2).mean((1, 2), keepdims=True) + 1e-30)
    kernels = np.stack([_kernel(grain[..., channel]) for channel in range(3)])
    together = np.einsum("nyxc,nyxd->cd", grain, grain) / grain[..., 0].size
    mix = _mix(together, np.einsum("cyx,dyx->cd", kernels, kernels))
    return Grain(_frozen(levels), _frozen(sigma), _frozen(kernels), _frozen(mix), len(flat))


def _pairs(shot: Shot) -> list[tuple[int, int]]:
    """Neighboring frames that the plate has, spread over the shot."""
    pairs = list(pairwise(shot.plate.present))
    picks = np.linspace(0, len(pairs) - 1, min(PAIRS, len(pairs))).round().astype(int)
    return [pairs[i] for i in picks]


def _by_level(level: Array, roughness: Array, variance: Array, share: float) -> tuple[Array, Array]:
    """Levels [L] that enough blocks tell of, and the grain's standard deviation [3, L] there."""
    levels: list[float] = []
    found: list[list[float]] = []
    stops = np.log2(np.maximum(level, 2.0 ** (STOPS[0] - FARTHEST_STOPS)))

    def at(stop: float, which: BoolArray) -> list[float]:
        parts = ([v[which[:, c], c] for v in (roughness, variance, stops)] for c in range(3))
        return [_typical(_flattest(rough, share), strong, light, stop) for rough, strong, light in parts]

    for stop in STOPS:
        near = np.abs(stops - stop) <= HALF_WIDTH
        if (near.sum(0) >= FEWEST_BLOCKS).all():
            levels.append(2.0**stop)
            found.append(at(stop, near))
    if not levels and len(level) >= FEWEST_BLOCKS:  # too many levels, or too dark
        middle = max(float(np.median(stops)), float(STOPS[0]))
        levels.append(2.0**middle)
        found.append(at(middle, np.ones_like(level, dtype=np.bool_)))
    return np.array(levels), np.array(found).T


def _flattest(roughness: Array, share: float) -> Ints:
    """The indices of the flattest blocks, a share of them."""
    order: Ints = np.argsort(roughness, kind="stable")[: max(1, int(len(roughness) * share))]
    return order


def _typical(flat: Ints, variance: Array, stops: Array, stop: float) -> float:
    """Standard deviation at a level: the median over blocks, along the slope that they have."""
    sigma, away = np.sqrt(variance[flat]), stops[flat] - stop
    if not sigma.all():
        return float(np.median(sigma))
    code = np.log2(sigma)
    dim = away < np.median(away)
    apart = away[~dim].mean() - away[dim].mean() if dim.any() else 0.0
    slope = np.clip((np.median(code[~dim]) - np.median(code[dim])) / apart, 0, 1) if apart > SLOPE_STOPS else 0.0
    return float(np.exp2(np.median(code - slope * away)))


def _negligible(level: Array, levels: Array, sigma: Array) -> bool:
    """Whether most blocks have next to no grain."""
    nearest = np.abs(np.log2(np.maximum(level.mean(1), 1e-6))[:, None] - np.log2(levels)).argmin(1)
    return bool(np.median((sigma.max(0) / (levels + DARK))[nearest]) < CLEAN)


def _kernel(residual: Array) -> Array:
    """The kernel [2 REACH + 1, 2 REACH + 1] that gives white noise the correlation of residuals [N, BLOCK, BLOCK]."""
    side = 2 * REACH + 1
    together = np.zeros((side, side))
    for down in range(REACH + 1):
        for right in range(-REACH, REACH + 1):
            a = residual[:, : BLOCK - down, max(0, -right) : BLOCK - max(0, right)]
            b = residual[:, down:, max(0, right) : BLOCK - max(0, -right)]
            value = float((a * b).mean())
            together[REACH + down, REACH + right] = together[REACH - down, REACH - right] = value
    # Each block's mean was taken off, and with it a little of what hangs together.
    together += together.sum() / (BLOCK**2 - side**2)
    fade = np.cos(np.arange(-REACH, REACH + 1) * np.pi / (2 * REACH + 2)) ** 0.5
    around = np.zeros((4 * REACH, 4 * REACH))
    around[:side, :side] = together * fade[:, None] * fade
    power = np.fft.fft2(np.roll(around, (-REACH, -REACH), (0, 1))).real.clip(0)
    kernel = np.roll(np.fft.ifft2(np.sqrt(power)).real, (REACH, REACH), (0, 1))[:side, :side]
    out: Array = kernel / np.sqrt((kernel**2).sum())
    return out


def _mix(together: Array, overlap: Array) -> Array:
    """The lower matrix that mixes white noises so that channels, once under their kernels, hang together so."""
    white = np.clip(together / np.sqrt(np.outer(together.diagonal(), together.diagonal())) / overlap, -1, 1)
    values, vectors = np.linalg.eigh(white)
    whole = vectors * values.clip(1e-4) @ vectors.T
    lower: Array = np.linalg.cholesky(whole / np.sqrt(np.outer(whole.diagonal(), whole.diagonal())))
    return lower


def _extended(levels: Array, sigma: Array) -> tuple[Array, Array]:
    """Levels and sigma, both in stops, with one more at each end: grain goes on at its slope, 0 to 1."""
    slopes = [0.0, 0.0]
    if len(levels) > 1:
        far = min(ENDS, len(levels)) - 1
        ends = ((0, far), (-1 - far, -1))
        slopes = [float(np.clip((sigma[b] - sigma[a]) / (levels[b] - levels[a]), 0, 1)) for a, b in ends]
    low, high = levels[0] - FARTHEST_STOPS, levels[-1] + FARTHEST_STOPS
    first, last = sigma[0] - slopes[0] * FARTHEST_STOPS, sigma[-1] + slopes[1] * FARTHEST_STOPS
    return np.concatenate([[low], levels, [high]]), np.concatenate([[first], sigma, [last]])


def _frozen(values: Any) -> Any:
    """Nested tuples of floats."""
    values = values.tolist() if isinstance(values, np.ndarray) else values
    return tuple(map(_frozen, values)) if isinstance(values, list | tuple) else float(values)
