"""What an object casts beside itself, over a whole shot: where it falls, and how much of the light it takes or adds.

It moves along with the object, so in other frames, too, the place next to the object isn't clean, and the more is
hidden to be sure, the less is left that shows anything. So it is looked for in rounds, in a few frames spread over the
shot: all around first, then where something was found, and a little farther. What one frame can't measure, since no
frame shows what lies there, is known from the others: seen from the object, a shadow stays about where it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.fill.hiding import PROBES, Hiding, growth, holed, picked
from vfx_ai.fill.masks import eroded
from vfx_ai.fill.ratio import Effects
from vfx_ai.media.atomic import replacing
from vfx_ai.media.frame import Window
from vfx_ai.motion.arrays import read_array
from vfx_ai.motion.membrane import spread
from vfx_ai.shot import Shot, crop

WIDEST, FIRST_LOOK = 0.25, 0.15  # of the width: farther from the matte nothing is looked for; and nothing at first
REACH = 4  # times half the object's thickness, where nothing is found so far out: twice its own size around it
USUAL = 24  # pixels at the working size, that are always looked at around the matte
MARGIN, SOFTER = 8, 0.2  # pixels at the working size around what was found; a shadow is the softer the farther it falls
LAST = 7  # frames in which it is looked for in the last round; in the others as many as for a trial
MOST_LOOKS = 3 * PROBES + LAST
RIM = 3  # pixels at the working size, at the rim of what is known, that don't count
NEARER = 8  # frames: an observation so far away counts half

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Observed:
    """What one frame tells, at the working size.

    Attributes:
        number: the frame.
        hole: [h, w] bool, the matte.
        there: [h, w] bool, where others show what lies beside it.
        stops: [3, h, w] float32, plate over background, log2.
        effect: [h, w] bool, where that was taken for an effect.
    """

    number: int
    hole: Mask
    there: Mask
    stops: npt.NDArray[np.float32]
    effect: Mask


@dataclass(frozen=True)
class Cast:
    """What is known of a shot's effects.

    Attributes:
        offsets: [2 r + 1, 2 r + 1] bool, whether effects are looked for so far from a pixel of the matte, which is in
            the middle; pixels of the working size.
        observed: what frames tell, for those that can't be measured themselves.
    """

    offsets: Mask
    observed: tuple[Observed, ...]


Measure = Callable[[Mask, int], tuple[Window, Effects]]


def look(shot: Shot, measure: Measure, widest: float, progress: Callable[[int, int], None]) -> Cast:
    """Look for what the object of a shot casts; the same whatever frames are asked for.

    Args:
        shot: the plate and its matte.
        measure: gives a frame's effects, if they are looked for at offsets, and the box that they are over.
        widest: of the width: how far from the matte it makes sense to look.
        progress: called with (done, total).
    """
    total, done = MOST_LOOKS, 0
    numbers, width = holed(shot), shot.working_size[1]
    first = picked(numbers, PROBES)
    farthest, first_look = (max(1, round(share * width)) for share in (widest, min(widest, FIRST_LOOK)))
    half = round(usual_reach(shot, first) * width / shot.width)
    around = [first_look, *([half] if half < first_look else [])]
    for radius in around:
        found = []
        for number in first:
            found.append(_observed(shot, measure, disc(radius), number))
            progress(done := done + 1, total)
        if any(one.effect.any() for one in found):
            break
    else:
        progress(total, total)
        return Cast(disc(around[-1]), ())
    offsets = _offsets(found, farthest)
    for count in (PROBES, LAST):
        found = []
        for number in picked(numbers, count):
            found.append(_observed(shot, measure, offsets, number))
            progress(min(done := done + 1, total), total)
        if count != LAST:
            offsets |= _offsets(found, farthest)
    progress(total, total)
    return Cast(offsets, tuple(found))


def usual_reach(shot: Shot, numbers: Sequence[int]) -> int:
    """By how many pixels of the canvas around the matte an object's effects lie, about, by some frames with a hole."""
    return min(REACH * growth(shot, numbers), round(FIRST_LOOK * shot.width)) if numbers else 1


def told(cast: Cast, shot: Shot, number: int) -> tuple[npt.NDArray[np.float32], Mask]:
    """What the frames that were looked at lead to expect of a frame's effects, at the working size.

    Args:
        cast, shot: what is known of the shot.
        number: the frame.

    Returns:
        stops [3, h, w] float32, plate over background, log2; and where [h, w] bool anything is expected.
    """
    small = _small(shot.view(number).hole, shot)
    moved = [_moved(one, _shift(one.hole, small)) for one in cast.observed]
    away = [abs(one.number - number) for one in cast.observed]
    stops, weights = _middle(moved, [1 / (1 + distance / NEARER) for distance in away], small.shape)
    near = grown(small, cast.offsets) & ~small
    known = (weights > 0) & near
    if not known.any():
        return np.zeros_like(stops), np.zeros_like(near)
    # Between what was measured anywhere and the object it goes on.
    return spread(torch.from_numpy(stops), torch.from_numpy(known)).numpy(), near


def foretold(cast: Cast, shot: Shot, number: int, box: Window) -> tuple[torch.Tensor, torch.Tensor]:
    """What `told` says, over a box of the canvas: stops [3, h, w] float32, and where [h, w] bool."""
    stops, near = (torch.from_numpy(part).to(shot.device) for part in told(cast, shot, number))
    larger = F.interpolate(stops[None], size=(shot.height, shot.width), mode="bilinear", align_corners=False)[0]
    return crop(larger, box), crop(_large(near, shot), box)


def hiding(shot: Shot, offsets: Mask) -> Hiding:
    """A shot that hides what lies at the offsets from its matte, too."""

    def larger(hole: torch.Tensor) -> torch.Tensor:
        small = torch.from_numpy(grown(_small(hole, shot), offsets))
        return hole | _large(small, shot).to(hole.device)

    return Hiding(shot, larger)


def disc(radius: int) -> Mask:
    """Offsets within so many pixels, [2 r + 1, 2 r + 1] bool."""
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    return np.asarray(x**2 + y**2 <= radius**2)


def grown(mask: Mask, offsets: Mask) -> Mask:
    """A mask [h, w] bool and all that lies at one of the offsets from it."""
    # Correlation asks which offsets lead here, so they are turned around.
    count = cv2.filter2D(
        mask.astype(np.float32), -1, offsets[::-1, ::-1].astype(np.float32), borderType=cv2.BORDER_CONSTANT
    )
    return np.asarray((count > 0.5) | mask)


def save(cast: Cast, path: Path) -> None:
    """Write what is known of a shot's effects."""
    empty = np.zeros((0, 0, 0), np.bool_)
    with replacing(path) as beside, beside.open("wb") as file:
        np.savez_compressed(
            file,
            offsets=cast.offsets,
            numbers=np.array([one.number for one in cast.observed], np.int64),
            holes=np.stack([one.hole for one in cast.observed]) if cast.observed else empty,
            there=np.stack([one.there for one in cast.observed]) if cast.observed else empty,
            stops=np.stack([one.stops for one in cast.observed]).astype(np.float16) if cast.observed else empty,
            effects=np.stack([one.effect for one in cast.observed]) if cast.observed else empty,
        )


def read(path: Path) -> Cast:
    """Read what `save` wrote.

    Raises:
        InputError: it is damaged.
    """
    offsets, *parts = read_array(
        path, lambda file: [file[name] for name in ("offsets", "numbers", "holes", "there", "stops", "effects")]
    )
    return Cast(
        offsets,
        tuple(
            Observed(int(number), hole, there, stops.astype(np.float32), effect)
            for number, hole, there, stops, effect in zip(*parts, strict=True)
        ),
    )


def _observed(shot: Shot, measure: Measure, offsets: Mask, number: int) -> Observed:
    box, found = measure(offsets, number)
    known = eroded(found.there, round(RIM * shot.width / shot.working_size[1]))
    values = known.new_zeros((5, shot.height, shot.width), dtype=torch.float32)
    values[:, box.y0 : box.y1, box.x0 : box.x1] = torch.cat(
        [found.ratio * known, known[None].float(), (found.coverage > 0)[None].float()]
    )
    small = F.adaptive_avg_pool2d(values[None], shot.working_size)[0]
    mean = (small[:3] / small[3:4].clamp(min=1e-6)).cpu().numpy()
    there, effect = (small[3:] > 0.5).cpu().numpy()
    return Observed(number, _small(shot.view(number).hole, shot), there, mean, effect)


def _offsets(found: Sequence[Observed], radius: int) -> Mask:
    """From which offsets to the matte's nearest pixel effects were found, and all on the way there; with a margin."""
    out, farthest = np.zeros((2 * radius + 1, 2 * radius + 1), np.uint8), 0.0
    for one in found:
        effect = one.effect
        if not effect.any():
            continue
        _, labels = cv2.distanceTransformWithLabels(
            1 - one.hole.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
        )
        nearest = np.zeros((labels.max() + 1, 2), int)
        nearest[labels[one.hole]] = np.argwhere(one.hole)
        away = np.argwhere(effect) - nearest[labels[effect]]
        away = away[(np.abs(away) <= radius).all(1)]
        farthest = max(farthest, float(np.percentile(np.hypot(*away.T), 99))) if len(away) else farthest
        for part in np.linspace(0, 1, radius + 1):
            y, x = (np.round(away * part).astype(int) + radius).T
            out[y, x] = 1
    out = cv2.dilate(out, disc(max(MARGIN, round(SOFTER * farthest))).astype(np.uint8))
    usual = disc(min(USUAL, radius))
    pad = (len(out) - len(usual)) // 2
    return np.asarray((out > 0) | np.pad(usual, pad))


def _shift(hole: Mask, onto: Mask) -> tuple[int, int]:
    """By how many rows and columns a matte is moved to lie on another one as well as it can."""
    size = [2 * n for n in hole.shape]
    a, b = (np.fft.rfft2(mask.astype(np.float32), size) for mask in (hole, onto))
    y, x = np.unravel_index(int(np.fft.irfft2(b * a.conj(), size).round().argmax()), size)
    height, width = hole.shape
    return int(y) - (2 * height if y >= height else 0), int(x) - (2 * width if x >= width else 0)


def _moved(one: Observed, by: tuple[int, int]) -> tuple[Mask, npt.NDArray[np.float32]]:
    """Where an observation is known [h, w] and its stops [3, h, w], moved by rows and columns."""
    height, width = one.there.shape
    there, stops = np.zeros_like(one.there), np.zeros_like(one.stops)
    (y0, y1), (x0, x1) = ((max(0, s), min(n, n + s)) for s, n in zip(by, (height, width), strict=True))
    if y0 < y1 and x0 < x1:
        old = np.s_[..., y0 - by[0] : y1 - by[0], x0 - by[1] : x1 - by[1]]
        there[y0:y1, x0:x1], stops[:, y0:y1, x0:x1] = one.there[old], one.stops[old]
    return there, stops


def _middle(
    observed: Sequence[tuple[Mask, npt.NDArray[np.float32]]], weights: Sequence[float], size: tuple[int, ...]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """The weighted median [3, h, w] of stops [3, h, w], each where it is known [h, w] bool; and all weights [h, w]."""
    if not observed:
        return np.zeros((3, *size), np.float32), np.zeros(size, np.float32)
    stops = np.stack([values for _, values in observed])
    each = np.stack([np.float32(weight) * there for weight, (there, _) in zip(weights, observed, strict=True)])
    order = np.argsort(stops, 0, kind="stable")
    total = np.cumsum(np.take_along_axis(np.broadcast_to(each[:, None], stops.shape), order, 0), 0)
    pick = (total < total[-1:] / 2).sum(0).clip(max=len(stops) - 1)
    chosen = np.take_along_axis(np.take_along_axis(stops, order, 0), pick[None], 0)[0]
    return chosen, each.sum(0)


def _small(mask: torch.Tensor, shot: Shot) -> Mask:
    """A mask [H, W] bool of the canvas at the working size."""
    return np.asarray((F.adaptive_max_pool2d(mask[None, None].float(), shot.working_size)[0, 0] > 0).cpu().numpy())


def _large(mask: torch.Tensor, shot: Shot) -> torch.Tensor:
    """The other way."""
    return F.interpolate(mask[None, None].float(), size=(shot.height, shot.width), mode="nearest")[0, 0] > 0
