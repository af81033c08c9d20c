"""Fetched pixels as soft as what surrounds the hole: motion blur and focus of another frame may not be this one's.

How sharp a frame is beside the hole is compared with how sharp the frame that lent pixels is at the same places, by the
power of their detail, frequency by frequency. Where this frame is softer beyond doubt, what was fetched is blurred.
What is too soft stays so: detail that a frame doesn't have would have to be made up. See
docs/decisions/018-light-and-focus.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.fill import OTHER_FRAME
from vfx_ai.fill.contract import Fill
from vfx_ai.finish.beside import beside
from vfx_ai.media.frame import Window
from vfx_ai.motion.sampling import resample, sees
from vfx_ai.shot import Shot, View, crop, features

SKIP = 2  # pixels beside the matte that may hold a rest of the object
REACH = 40  # pixels beside the hole at which the middle of a patch may lie
PATCH = 32  # pixels along the side of a patch whose detail is compared
APART = 8  # pixels between the middles of patches
MOST_PIXELS = 1_000_000
MOST_PATCHES, FEWEST_PATCHES = 96, 8  # of each frame that lent pixels
FOLDS = 8  # parts of the patches, each left out once, to learn how sure the rest is (jackknife, Tukey 1958)
ABOVE_NOISE = 8.0  # times the power of noise that a frequency must have to be heard
SLOWEST, FASTEST = 0.1, 0.8  # of the highest frequency along an axis: below is light, above is noise
FEWEST_FREQUENCIES = 24
LEAST, PLAIN = 0.2, 0.4  # px squared: a blur that is never matched, and from which on it is fully, if it is sure
UNSURE, SURE = 3.0, 5.0  # the same, in standard errors
LONGER = 2.0  # a blur that is along one direction so many times (in px squared) what it is across is motion
MOST = 36.0  # px squared; no blur is stronger
THIN = 0.08  # px squared; what a blur along a line has across it, so that the pixels' grid doesn't show
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Blur:
    """A Gaussian blur: its covariance in px squared, along rows, along columns, and mixed."""

    xx: float
    yy: float
    xy: float

    def kernel(self) -> torch.Tensor:
        """The blur as weights [k, k] float32 that add up to 1."""
        reach = math.ceil(3 * math.sqrt(max(self.xx, self.yy)))
        y, x = (torch.arange(-reach, reach + 1).double()[:, None], torch.arange(-reach, reach + 1).double()[None])
        determinant = self.xx * self.yy - self.xy**2
        away = (self.yy * x * x - 2 * self.xy * x * y + self.xx * y * y) / determinant
        weights = torch.exp(-away / 2)
        return (weights / weights.sum()).float()


Blurs = dict[int, Blur | None]  # by the number of the frame that is sharper; None: it isn't, beyond doubt


def focused(shot: Shot, fill: Fill, blurs: Blurs) -> Fill:
    """The fill with fetched pixels as soft as what surrounds the hole, where they are measurably sharper.

    Args:
        shot: the plate and its matte.
        fill: complete: every pixel of the hole has a source.
        blurs: from `measured`.

    Returns:
        The same fill where there is no such difference; else `scene` changed.
    """
    if not any(blurs.values()):
        return fill
    view = shot.view(fill.number)
    came = (fill.source == OTHER_FRAME) & crop(view.hole, fill.box)
    parts: dict[Blur, torch.Tensor] = {}
    for number in torch.unique(fill.origin[2, came]).int().tolist():
        blur = blur_of(blurs, number)
        if blur:
            parts[blur] = parts.get(blur, torch.zeros_like(came)) | (came & (fill.origin[2] == number))
    if not parts:
        return fill
    laid, there, outer = _laid(shot, fill, max(blur.kernel().shape[0] // 2 for blur in parts))
    scene, inner = fill.scene, (..., *fill.box.slices(outer))
    for blur, mask in parts.items():
        scene = torch.where(mask, blurred(laid, there, blur)[inner], scene)
    return replace(fill, scene=scene)


def blur_of(blurs: Blurs, number: int) -> Blur | None:
    """The blur of a frame, or of the nearest one that could be compared."""
    return blurs[min(blurs, key=lambda other: (abs(other - number), other))] if blurs else None


def measured(shot: Shot, fill: Fill) -> Blurs:
    """By what each frame that lent pixels must be blurred to be as soft as this one beside the hole.

    Args:
        shot: the plate and its matte.
        fill: from the engines.

    Returns:
        Frames whose detail could be compared; None for one that isn't sharper beyond doubt.
    """
    ring = beside(shot, fill, SKIP, REACH, MOST_PIXELS)
    if ring is None:
        return {}
    picked = ((ring.points % APART) == 0).all(0)
    points, at, frame = (part[..., picked].cpu() for part in (ring.points, torch.round(ring.at).long(), ring.frame))
    view, found = shot.view(fill.number), {}
    for number in torch.unique(frame).tolist():
        mask, other = frame == number, shot.view(number)
        middles = [part[:, mask].numpy() for part in (points, at)]
        both = np.flatnonzero(_whole(view, middles[0]) & _whole(other, middles[1]))
        both = both[:: max(1, -(-len(both) // MOST_PATCHES))]
        if len(both) >= FEWEST_PATCHES:
            fit = softer(
                *(_power(_patches(*side)) for side in ((view, middles[0][:, both]), (other, middles[1][:, both])))
            )
            if fit is not None:
                found[number] = decided(*fit)
    return found


def _whole(view: View, middles: Ints) -> npt.NDArray[np.bool_]:
    """Which patches [P] around pixels [2, P] lie in the picture and show the background alone."""
    corners = middles - PATCH // 2
    height, width = view.seen.shape
    inside = np.asarray(((corners >= 0) & (corners + PATCH <= [[width], [height]])).all(0), np.bool_)
    if inside.any():
        box = _box(corners[:, inside])
        total = np.zeros((box.height + 1, box.width + 1), np.int64)
        total[1:, 1:] = crop(view.seen, box).cpu().numpy().cumsum(0).cumsum(1)
        x, y = corners[:, inside] - [[box.x0], [box.y0]]
        far_x, far_y = x + PATCH, y + PATCH
        inside[inside] = total[far_y, far_x] - total[y, far_x] - total[far_y, x] + total[y, x] == PATCH**2
    return inside


def _patches(view: View, middles: Ints) -> Doubles:
    """The log light [P, PATCH, PATCH] around pixels [2, P], in the picture."""
    corners = middles - PATCH // 2
    box = _box(corners)
    luma = features(crop(view.scene, box))[0].cpu().double().numpy()
    x, y = corners - [[box.x0], [box.y0]]
    patches: Doubles = np.lib.stride_tricks.sliding_window_view(luma, (PATCH, PATCH))[y, x]
    return patches


def _box(corners: Ints) -> Window:
    """The box that holds all patches with these upper left corners [2, P]."""
    (x0, y0), (x1, y1) = corners.min(1).tolist(), (corners.max(1) + PATCH).tolist()
    return Window(x0, y0, x1, y1)


def _power(patches: Doubles) -> Doubles:
    """The power [P, PATCH, PATCH // 2 + 1] of patches' detail by frequency, under a Hann window."""
    window = np.hanning(PATCH + 2)[1:-1]
    window = window[:, None] * window[None]
    level = (patches * window).sum((1, 2), keepdims=True) / window.sum()
    power: Doubles = np.abs(np.fft.rfft2((patches - level) * window)) ** 2
    return power


def softer(mine: Doubles, theirs: Doubles) -> tuple[Doubles, Doubles] | None:
    """How much softer patches are than others of the same things.

    Under a Gaussian blur of covariance S the power at frequency w falls by exp(-w' S w): the log ratio of two powers is
    quadratic in frequency.

    Args:
        mine, theirs: [P, PATCH, PATCH // 2 + 1] power of each patch.

    Returns:
        The covariance (xx, yy, xy) in px squared, negative where `mine` are sharper, and the covariance [3, 3] of its
        error; None where noise hides the detail.
    """
    # A patch of strong contrast has no more say than another.
    weight = 1 / np.sqrt((mine + theirs).sum((1, 2)) ** 2 + 1e-12)
    both = [side * weight[:, None, None] for side in (mine, theirs)]
    whole = _fitted(both[0].sum(0), both[1].sum(0))
    if whole is None:
        return None
    parts = []
    for fold in range(FOLDS):
        left = np.arange(len(mine)) % FOLDS != fold
        part = _fitted(both[0][left].sum(0), both[1][left].sum(0))
        if part is None:
            return None
        parts.append(part)
    off = np.stack(parts) - np.mean(parts, 0)
    return whole, (FOLDS - 1) / FOLDS * off.T @ off


def _fitted(mine: Doubles, theirs: Doubles) -> Doubles | None:
    y, x = np.meshgrid(2 * np.pi * np.fft.fftfreq(PATCH), 2 * np.pi * np.fft.rfftfreq(PATCH), indexing="ij")
    fast = np.maximum(np.abs(x), np.abs(y)) / np.pi
    heard = (np.hypot(x, y) > SLOWEST * np.pi) & (fast < FASTEST)
    signal, share = [], np.ones_like(mine)
    for side in (mine, theirs):
        noise = float(np.median(side[fast >= FASTEST]))
        share = share * np.clip(1 - ABOVE_NOISE * noise / np.maximum(side, 1e-30), 0, None)
        signal.append(np.maximum(side - noise, 1e-30))
    used = heard & (share > 0)
    if int(used.sum()) < FEWEST_FREQUENCIES:
        return None
    causes = np.stack([np.ones_like(x), -x * x, -y * y, -2 * x * y], -1)[used]
    root = np.sqrt(share[used])
    found, *_ = np.linalg.lstsq(causes * root[:, None], np.log(signal[0] / signal[1])[used] * root, rcond=None)
    out: Doubles = found[1:]
    return out


def decided(found: Doubles, error: Doubles) -> Blur | None:
    """The blur to be matched, from a covariance (xx, yy, xy) and its error [3, 3]; None where it may be none."""
    matrix = np.array([[found[0], found[2]], [found[2], found[1]]])
    values, ways = np.linalg.eigh(matrix)
    along = [np.array([way[0] ** 2, way[1] ** 2, 2 * way[0] * way[1]]) for way in ways.T]
    doubts = [math.sqrt(max(float(one @ error @ one), 0.0)) + 1e-9 for one in along]
    apart = along[1] - along[0]
    motion = values[1] - values[0] > UNSURE * math.sqrt(max(float(apart @ error @ apart), 0.0)) and values[
        1
    ] > LONGER * max(values[0], LEAST)
    if not motion:
        even = np.array([0.5, 0.5, 0.0])
        values, doubts = np.full(2, values.mean()), [math.sqrt(max(float(even @ error @ even), 0.0)) + 1e-9] * 2
    kept = [
        min(value, MOST) * _ramp(value, LEAST, PLAIN) * _ramp(value / doubt, UNSURE, SURE)
        for value, doubt in zip(values.tolist(), doubts, strict=True)
    ]
    if max(kept) == 0:
        return None
    wide = ways @ np.diag([max(value, THIN) for value in kept]) @ ways.T
    return Blur(float(wide[0, 0]), float(wide[1, 1]), float(wide[0, 1]))


def _ramp(value: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low)))


def _laid(shot: Shot, fill: Fill, reach: int) -> tuple[torch.Tensor, torch.Tensor, Window]:
    """The fill amid surroundings as sharp as it is [3, h, w], what of that is known [h, w], and the box of both.

    What the frames that lent pixels show beside the hole stands in for the plate, which is blurred already: the light
    of a lamp on the hole's rim would be counted twice.
    """
    view = shot.view(fill.number)
    outer = fill.box.grown(reach).intersection(Window(0, 0, shot.width, shot.height))
    inner = (..., *fill.box.slices(outer))
    scene, there = crop(view.scene, outer).clone(), crop(view.valid, outer).clone()
    made = fill.source > 0
    scene[inner] = torch.where(made, fill.scene, scene[inner])
    there[inner] |= made
    ring = beside(shot, fill, 0, reach, MOST_PIXELS)
    if ring is None:
        return scene, there, outer
    for number in torch.unique(ring.frame).tolist():
        mine, other = ring.frame == number, shot.view(number)
        shown = sees(other.seen, ring.at[:, mine][:, None])[0]
        (x, y), (column, row) = ring.points[:, mine][:, shown], ring.inner[:, mine][:, shown]
        light = resample(other.scene, ring.at[:, mine][:, shown][:, None])[:, 0]
        scene[:, y - outer.y0, x - outer.x0] = light * fill.matched[:, row, column]
    return scene, there, outer


def blurred(scene: torch.Tensor, there: torch.Tensor, blur: Blur) -> torch.Tensor:
    """A picture [3, h, w] blurred in scene-linear light, as a lens does, of what of it is known [h, w] bool."""
    kernel = blur.kernel().to(scene.device)
    stack = torch.cat([scene * there, there[None].float()])[:, None]
    # Elsewhere a GPU may round to ten bits.
    with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
        mixed = F.conv2d(stack, kernel[None, None], padding=kernel.shape[0] // 2)[:, 0]
    return mixed[:3] / mixed[3:].clamp(min=1e-6)
