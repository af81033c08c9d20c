"""A fill with the plate's own grain: first freed of the grain that it has left, then grained anew for its frame.

A fill is fetched between pixels and mixed from several frames, which takes both grain and fine texture from it. How
strong its fine detail should be is known, though: as strong as in the frame that it came from. So at three scales, and
around each pixel, the fill's detail is brought to the strength that it has there less what the plate's grain has.
What is missing to that strength is then grain: new for each frame, since grain that came along with a fetched pixel
would stick to the background. Where the camera moves, texture is out of place by parts of a pixel, now this way, now
that, which changes as grain does: in rough places grain is less by it. See docs/decisions/016-grain.md.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.fill import RELIT
from vfx_ai.fill.contract import Fill
from vfx_ai.fill.masks import box_sum, highest
from vfx_ai.finish.edges import kept
from vfx_ai.finish.grain import REACH, Grain
from vfx_ai.finish.grain_field import field
from vfx_ai.finish.grain_local import parted
from vfx_ai.media.color import LOG_PIVOT, from_log, to_log
from vfx_ai.media.frame import Patch, Window
from vfx_ai.motion.sampling import at_index
from vfx_ai.shot import Shot, crop

SCALES = 3  # bands of detail, each an octave coarser than the one before
AREAS = (9, 11, 15)  # pixels over which a band's strength is compared
ROUNDS = 2  # bands overlap, so one round falls short
MOST = 2.0  # by what detail is multiplied at most
UNSTEADY = 0.025  # share of its finest texture that a fill changes by too much from frame to frame
LEAST = 0.5  # share of the grain's variance that a fill gets, however unsteady it is
MARGIN = 12  # pixels around the fill
BESIDE = 2.0  # times its own light, the most that a pixel's surroundings count as


def ungrained(
    shot: Shot, fill: Fill, grain: Grain, *, steady: bool, strength: torch.Tensor | None = None
) -> tuple[Fill, torch.Tensor]:
    """A fill without the grain that it has left, its texture as strong as where it came from.

    Args:
        shot: the plate and its matte.
        fill: complete.
        grain: of the plate.
        steady: the camera stands still, so that texture is in its place to the pixel.
        strength: [2, h, w], of fine and coarser grain, from `grain_local.Places`; None: 1.

    Returns:
        The fill, and what [2, h, w] of the usual variance of fine and coarser grain it is to get.
    """
    share = torch.ones_like(fill.scene[:2]) if strength is None else strength
    box = fill.box.grown(MARGIN).intersection(Window(0, 0, shot.width, shot.height))
    inner = (..., *fill.box.slices(box))
    fetched = torch.zeros((box.height, box.width), dtype=torch.bool, device=shot.device)
    changed = crop(shot.view(fill.number).hole, fill.box)
    if fill.effects is not None:
        changed = changed | (fill.effects > 0)
    fetched[inner] = fill.fetched & changed
    if not bool(fetched.any()):
        return fill, share
    around = crop(shot.view(fill.number).scene, box)
    made, source = around.clone(), around.clone()
    made[inner] = torch.where(fill.source > 0, fill.scene, made[inner])
    source[inner] = torch.where(fetched[inner], _nearest(shot, fill), made[inner])
    code, wanted = to_log(made), to_log(source)
    shares = _shares(grain)
    sigma = _in_log(grain, grain_levels(made))
    nearby = [box_sum(fetched[None].float(), area)[0].clamp(min=1e-6) for area in AREAS]
    strengths = [_strength(band, fetched, i, nearby) for i, band in enumerate(_bands(wanted))]
    local = torch.ones((2, box.height, box.width), device=shot.device)
    local[inner] = share
    noise = [
        _mean((sigma**2 * part.to(sigma.device)[:, None, None]).sum(0) * local[min(i, 1)], fetched, i, nearby)
        for i, part in enumerate(shares)
    ]
    result = code
    for _ in range(ROUNDS):
        for index, band in enumerate(_bands(result)):
            strength = _strength(band, fetched, index, nearby)
            factor = torch.sqrt((strengths[index] - noise[index]).clamp(min=0) / strength.clamp(min=1e-12))
            result = result + (factor.clamp(max=MOST) - 1) * band * fetched
    low, high = torch.minimum(wanted, code), torch.maximum(wanted, code)
    result = torch.minimum(torch.maximum(result, -highest(-low)), highest(high))
    if not steady:
        unsteady = UNSTEADY * (strengths[0] - noise[0]) / noise[0].clamp(min=1e-12)
        share = share * torch.where(fetched, (1 - unsteady).clamp(LEAST, 1), 1.0)[inner]
    return replace(fill, scene=torch.where(fetched[inner], from_log(result)[inner], fill.scene)), share


def grained(shot: Shot, fill: Fill, patch: Patch, grain: Grain, share: torch.Tensor) -> Patch:
    """The patch with grain on its hole, less where the plate keeps its share; the plate, relit, has its own.

    Args:
        shot: the plate and its matte.
        fill: complete, without grain.
        patch: what `composite` made of it.
        grain: of the plate.
        share: [2, h, w], of the variance of its fine and its coarser part, from `ungrained`.
    """
    sigma = grain.at(grain_levels(fill.scene).cpu().numpy())
    rest = np.sqrt((1 - kept(shot, fill).cpu().numpy() ** 2).clip(0, 1))
    parts = (part[1:-1, 1:-1] for part in parted(np.moveaxis(field(grain, fill.number, patch.window.grown(1)), 0, -1)))
    mixed = sum(part * np.sqrt(one)[..., None] for part, one in zip(parts, share.cpu().numpy(), strict=True))
    added = mixed * np.moveaxis(sigma * rest, 0, -1)
    bare = patch.hole & (patch.source != RELIT)
    return replace(patch, pixels=np.where(bare[..., None], patch.pixels + added, patch.pixels))


def noise_of(grain: Grain, scene: torch.Tensor) -> torch.Tensor:
    """Standard deviation [3, h, w] of a plate's grain in log code, from its light [3, h, w]."""
    return _in_log(grain, grain_levels(scene))


def _nearest(shot: Shot, fill: Fill) -> torch.Tensor:
    """The pixels [3, h, w] nearest to where the fill came from, matched in exposure: not resampled, so of full
    strength."""
    out = fill.scene.clone()
    came = torch.nonzero(fill.fetched.reshape(-1))[:, 0]
    (x, y, frame), matched = (at_index(part.reshape(3, -1), came) for part in (fill.origin, fill.matched))
    light = torch.empty_like(matched)
    for number in torch.unique(frame).int().tolist():
        lent = torch.nonzero(frame == number)[:, 0]
        column = torch.floor(x[lent] + 0.5).long().clamp(0, shot.width - 1)
        row = torch.floor(y[lent] + 0.5).long().clamp(0, shot.height - 1)
        there = at_index(shot.view(number).scene.reshape(3, -1), row * shot.width + column)
        light[:, lent] = there * at_index(matched, lent)
    out.reshape(3, -1)[:, came] = light
    return out


def grain_levels(scene: torch.Tensor) -> torch.Tensor:
    """The light [3, h, w] that decides how strong grain is: that of the surroundings, without fine detail.

    What is dark beside a lamp has the grain of what is dark.
    """
    return torch.minimum(_blurred(_blurred(scene, 1), 1), BESIDE * scene.clamp(min=0))


def _in_log(grain: Grain, light: torch.Tensor) -> torch.Tensor:
    """Standard deviation [3, h, w] of grain on light [3, h, w], in log code."""
    sigma = torch.from_numpy(grain.at(light.cpu().numpy())).to(light.device)
    return sigma / ((light.abs() + LOG_PIVOT) * math.log(2))


def _bands(picture: torch.Tensor) -> list[torch.Tensor]:
    """Detail [C, h, w] of SCALES scales, finest first (a trous, Holschneider et al. 1989, by a binomial of three)."""
    bands = []
    for scale in range(SCALES):
        smooth = _blurred(picture, 2**scale)
        bands.append(picture - smooth)
        picture = smooth
    return bands


def _blurred(picture: torch.Tensor, step: int) -> torch.Tensor:
    """A picture [C, h, w] under [1 2 1] / 4 along both sides, its taps `step` pixels apart; the border goes on."""
    height, width = picture.shape[-2:]
    longer = F.pad(picture[None], (0, 0, step, step), "replicate")[0]
    picture = (longer.narrow(1, 0, height) + 2 * picture + longer.narrow(1, 2 * step, height)) / 4
    longer = F.pad(picture[None], (step, step, 0, 0), "replicate")[0]
    return (longer.narrow(2, 0, width) + 2 * picture + longer.narrow(2, 2 * step, width)) / 4


def _shares(grain: Grain) -> list[torch.Tensor]:
    """The share [3] of the grain's variance, per channel, that each band of detail holds."""
    side = 2 * (REACH + 2**SCALES) + 1
    middle = slice(side // 2 - REACH, side // 2 + REACH + 1)
    kernels = torch.zeros((3, side, side))
    kernels[:, middle, middle] = torch.tensor(grain.kernels)
    return [(band**2).sum((1, 2)) for band in _bands(kernels)]


def _strength(band: torch.Tensor, where: torch.Tensor, scale: int, nearby: list[torch.Tensor]) -> torch.Tensor:
    """Mean square [h, w] of a band [3, h, w] of a scale around each pixel, the channels added up."""
    return _mean((band**2).sum(0), where, scale, nearby)


def _mean(values: torch.Tensor, where: torch.Tensor, scale: int, nearby: list[torch.Tensor]) -> torch.Tensor:
    """The mean [h, w] of values around each pixel, of those `where` is set; `nearby`: how many these are, by scale."""
    return box_sum((values * where)[None], AREAS[scale])[0] / nearby[scale]
