"""Where each pixel came from, so exactly that its light can be made anew: the light at `origin`, times `gain`.

A fill may be a mix of several frames, laid softly over its plate. The map names the frame that gave most, and the gain,
for each pixel and each of red, green and blue, is what makes that frame's light the result's. See
docs/decisions/007-origin-map.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

from vfx_ai.fill import PAINTED, REFERENCE, TRACED
from vfx_ai.fill.contract import Fill
from vfx_ai.fill.reference import Reference
from vfx_ai.media.frame import Patch, Window
from vfx_ai.motion.sampling import at_index, resample
from vfx_ai.shot import Shot, crop

# Positions are whole parts of a pixel, so that a float holds them exactly from whichever window they are counted.
STEPS = 256.0
# What a half holds with all of its digits.
LARGEST, SMALLEST = 60000.0, 2.0**-14
Pictures = Callable[[int], torch.Tensor]


def traced(
    shot: Shot, fill: Fill, patch: Patch, painted: Pictures | None = None, reference: Reference | None = None
) -> Patch:
    """The patch with its origin and gain.

    Where no gain that a half can hold makes the result (the light at the origin is 0, or next to nothing), the result
    becomes what the map gives with the nearest gain.

    Args:
        shot: the plate and its matte.
        fill: complete.
        patch: what `composite` made of the fill.
        painted: the picture [3, H, W] of a painted frame on the canvas, by its number; what is PAINTED came from it.
        reference: what came from REFERENCE came from it.
    """
    device = shot.device
    mask = torch.from_numpy(patch.hole & np.isin(patch.source, TRACED)).to(device)
    came = torch.nonzero(mask.reshape(-1))[:, 0]
    (x, y, frames), matched = (at_index(part.reshape(3, -1), came) for part in (fill.origin, fill.matched))
    on_canvas = torch.stack([x, y])
    at = positions(on_canvas, shot.canvas)
    light = torch.from_numpy(patch.pixels).to(device).reshape(-1, 3)
    before = light[came].T
    theirs = frames == REFERENCE
    if reference is not None and bool(theirs.any()):
        sample = torch.zeros_like(before)
        sample[:, ~theirs] = light_at(shot, at[:, ~theirs], frames[~theirs])
        at[:, theirs] = positions(on_canvas[:, theirs], reference.window)
        sample[:, theirs] = sampled(reference.light.to(device), reference.window, at[:, theirs])
    else:
        sample = light_at(shot, at, frames)
    if painted is not None:
        by_hand = fill.source.reshape(-1)[came] == PAINTED
        sample[:, by_hand] = light_at(shot, at[:, by_hand], frames[by_hand], painted)
    result, gain = explained(before, sample, matched)
    light, origin, gains = light.clone(), torch.zeros_like(light), torch.ones_like(light)
    light[came], gains[came] = result.T, gain.T
    origin[came] = torch.stack([*at, frames], 1)
    pixels, origins, factors = (part.reshape(patch.pixels.shape).cpu().numpy() for part in (light, origin, gains))
    return replace(patch, pixels=pixels, origin=origins, gain=factors)


def positions(on_canvas: torch.Tensor, canvas: Window) -> torch.Tensor:
    """Positions [2, N] on the canvas as the file has them: in the picture's coordinates, in whole steps."""
    corner = on_canvas.new_tensor([canvas.x0, canvas.y0])
    return torch.round(on_canvas * STEPS) / STEPS + corner[:, None]


def light_at(shot: Shot, at: torch.Tensor, frames: torch.Tensor, pictures: Pictures | None = None) -> torch.Tensor:
    """Light [3, N] of frames [N] (their numbers) at positions [2, N] in the picture's coordinates.

    With `pictures` it is that of these [3, H, W] on the canvas instead of the frames' own.
    """
    out = torch.zeros((3, at.shape[1]), device=at.device)
    for number in torch.unique(frames).int().tolist():
        view, lent = shot.view(number), torch.nonzero(frames == number)[:, 0]
        x0, y0 = view.inside.x0 - shot.canvas.x0, view.inside.y0 - shot.canvas.y0
        inside = Window(x0, y0, x0 + view.inside.width, y0 + view.inside.height)
        scene = view.scene if pictures is None else pictures(number)
        out[:, lent] = sampled(crop(scene, inside), view.inside, at[:, lent])
    return out


def sampled(picture: torch.Tensor, window: Window, at: torch.Tensor) -> torch.Tensor:
    """What a picture [C, h, w] over `window` shows at positions [2, N] in its coordinates: [C, N].

    See `motion.sampling.resample`; beyond the window the picture's border goes on.
    """
    corner = at.new_tensor([window.x0, window.y0])
    return resample(picture, (at - corner[:, None])[:, None])[:, 0]


def explained(result: torch.Tensor, sample: torch.Tensor, matched: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """What of a result can be made of a sample by a gain that a half can hold, and that gain.

    Args:
        result, sample: [3, N] float32, finite.
        matched: [3, N] float32, the gain where the sample is 0.

    Returns:
        The result, changed where no gain gives it; and the gain, finite. Both [3, N].
    """
    nothing = sample == 0
    exact = torch.where(nothing, matched, result / sample)
    gain = exact.nan_to_num().clamp(-LARGEST, LARGEST)
    gain = torch.where(gain.abs() < SMALLEST, gain.half().float(), gain)
    return torch.where((gain == exact) & ~nothing, result, gain * sample), gain
