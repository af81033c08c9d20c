"""A pattern that repeats itself around a hole goes on through it: the windows of a facade, tiles, a fence.

By how much light is alike when it is laid over itself, for every shift at once, by Fourier transforms of what is known
(Padfield, "Masked Object Registration in the Fourier Domain", IEEE TIP 2012). A shift counts where light is alike there
and isn't on the way to it: what is merely smooth is alike everywhere. Then regions are copied whole, tone and edges and
all, since they are likely to be the very same.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.fill.beyond import Beyond
from vfx_ai.fill.blur import blurred
from vfx_ai.fill.masks import dilated, eroded
from vfx_ai.fill.shiftmap import ShiftMap, shifted
from vfx_ai.motion.membrane import spread
from vfx_ai.shot import crop, hole_box

LEAST_HOLE, MOST_HOLES = 64, 8  # pixels of a hole that is looked at; how many, the largest first
AROUND, LEAST_AROUND = 1.2, 24  # times a hole's longer side, and pixels: how far around it the pattern must hold
MOST_SIDE = 640  # pixels along what is looked at; what is larger is looked at smaller first
SAMPLES = 20000  # pixels by which a shift that was found in small is put right
FINE, BROAD = 1.0, 12.0  # pixels of the blurs between which a pattern lies; the broad one is at least
BROADER = 0.5  # of the hole's longer side
LEAST_SHIFT = 5  # pixels
SHARED = 0.2  # of what is known that must lie on known light
DIPS = 0.5  # of a shift's likeness: on the way to it the picture must be less alike than that
ALIKE = (0.8, 0.92)  # share of the light that lies alike, from which it is a pattern, and surely one
CONTRAST = 0.12  # stops, of the pattern
MOST_SHIFTS = 24
EVEN = 64  # what the sides of a transform are multiples of: others take longer
TWINS = 1.0  # stops by which a lamp may differ from its next
CELL = 4  # pixels
RIM = 6  # pixels around a hole by which copies are made as bright as the place


@dataclass(frozen=True)
class Repeats:
    """What goes on by itself through the holes of a key frame.

    Attributes:
        copies: whole regions, for all places of such holes.
        sure: [H, W] float32, 0..1, how surely it does.
    """

    copies: Beyond
    sure: torch.Tensor


def repeats_in(light: torch.Tensor, seen: torch.Tensor, hole: torch.Tensor, calm: torch.Tensor) -> Repeats | None:
    """The patterns around holes.

    Args:
        light: [3, H, W] float32, log light.
        seen: [H, W] bool.
        hole: [H, W] bool.
        calm: [H, W] bool, where no lamp is: lamps are copied only where they repeat themselves.

    Returns:
        What they go on to be; None: there are none.
    """
    shape = hole.shape
    tall, wide = (-(-side // CELL) for side in shape)
    shifts, there = torch.zeros((tall, wide, 2), dtype=torch.int32), torch.zeros((tall, wide), dtype=torch.bool)
    sure, lift = torch.zeros(shape, device=light.device), torch.zeros_like(light)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(hole.cpu().numpy().astype(np.uint8), connectivity=8)
    largest = (np.argsort(-stats[1:, cv2.CC_STAT_AREA], kind="stable") + 1)[:MOST_HOLES].tolist()
    lendable = eroded(seen & ~hole, 1)
    for label in largest:
        if stats[label, cv2.CC_STAT_AREA] < LEAST_HOLE:
            break
        mine = torch.from_numpy(labels == label).to(hole.device)
        found, alike = _shifts(light, seen & ~hole, mine)
        if not found:
            continue
        chosen, placed = _by_cells(found, mine, lendable, calm, light)
        if not bool(placed.any()):
            continue
        shifts[placed], there = chosen[placed], there | placed
        sure = torch.where(mine, alike, sure)
        lift = _lifted(lift, light, seen & ~hole, mine, ShiftMap(CELL, chosen, placed))
    if not bool(there.any()):
        return None
    inside = dilated(sure > 0, CELL)
    return Repeats(Beyond(inside, light, lendable, lift, ShiftMap(CELL, shifts, there)), _spread_out(sure))


def _spread_out(sure: torch.Tensor) -> torch.Tensor:
    """The same a little beyond its holes: motion isn't exact."""
    return F.max_pool2d(sure[None, None], 2 * CELL + 1, 1, CELL)[0, 0]


def _shifts(light: torch.Tensor, known: torch.Tensor, hole: torch.Tensor) -> tuple[list[tuple[int, int]], float]:
    """The shifts by which light around a hole lies on its like, the surest first, and how surely it does, 0..1."""
    side = max(hole_box(hole, 0).width, hole_box(hole, 0).height)
    box = hole_box(hole, max(LEAST_AROUND, round(AROUND * side)))
    smaller = -(-max(box.width, box.height) // MOST_SIDE)
    mask = eroded(crop(known, box), 1).float()
    both = F.avg_pool2d(torch.cat([crop(light, box) * mask, mask[None]])[None], smaller)[0]
    mask = (both[3] > 1 - 1e-3).float()
    both = both * mask
    fine, broad = (blurred(both, sigma) for sigma in (FINE, max(BROAD, BROADER * side / smaller)))
    pattern = (fine[:3] / fine[3:].clamp(min=0.05) - broad[:3] / broad[3:].clamp(min=0.05)) * mask
    alike, shared = _likeness(pattern, mask)
    contrast = float((pattern.square().sum() / (3 * mask.sum()).clamp(min=1)).sqrt())
    if contrast < CONTRAST:
        return [], 0.0
    tall, wide = mask.shape
    y, x = torch.meshgrid(torch.arange(-tall + 1, tall), torch.arange(-wide + 1, wide), indexing="ij")
    peak = F.max_pool2d(alike[None], 5, 1, 2)[0] == alike
    good = peak & (alike > ALIKE[0]) & (shared > SHARED * float(mask.sum())) & (x.abs().maximum(y.abs()) >= LEAST_SHIFT)
    places = torch.nonzero(good)[torch.argsort(-alike[good], stable=True)][: 4 * MOST_SHIFTS]
    found = []
    for row, column in places.tolist():
        dx, dy = int(x[row, column]), int(y[row, column])
        way = [alike[tall - 1 + round(dy * k / 16), wide - 1 + round(dx * k / 16)] for k in range(2, 15)]
        if float(min(way)) < DIPS * float(alike[row, column]):
            found.append((dx, dy))
    found = found[:MOST_SHIFTS]
    if not found:
        return [], 0.0
    best = float(alike[tall - 1 + found[0][1], wide - 1 + found[0][0]])
    if smaller > 1:
        found = _put_right(found, crop(light, box), eroded(crop(known, box), 1), smaller)
    share = min(1.0, max(0.0, (best - ALIKE[0]) / (ALIKE[1] - ALIKE[0])))
    return found, share * share * (3 - 2 * share)


def _put_right(
    found: list[tuple[int, int]], light: torch.Tensor, known: torch.Tensor, smaller: int
) -> list[tuple[int, int]]:
    """Shifts that were found in a picture so many times smaller, to the pixel."""
    height, width = known.shape
    every = torch.nonzero(known)
    rows, columns = every[:: -(-len(every) // SAMPLES)].T
    out = []
    for dx, dy in found:
        best, least = (dx * smaller, dy * smaller), float("inf")
        for aside in range((2 * smaller + 1) ** 2):
            x, y = (
                dx * smaller + aside % (2 * smaller + 1) - smaller,
                dy * smaller + aside // (2 * smaller + 1) - smaller,
            )
            row, column = rows + y, columns + x
            inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
            both = inside & known[row.clamp(0, height - 1), column.clamp(0, width - 1)]
            if not bool(both.any()):
                continue
            there, here = light[:, row[both], column[both]], light[:, rows[both], columns[both]]
            off = float((there - here).abs().clamp(max=TWINS).mean())
            if off < least:
                best, least = (x, y), off
        out.append(best)
    return list(dict.fromkeys(out))


def _likeness(pattern: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """For each shift [2h - 1, 2w - 1] the share of a pattern [3, h, w] that lies alike, and on how many pixels."""
    tall, wide = mask.shape
    size = tuple(-(-(2 * side - 1) // EVEN) * EVEN for side in (tall, wide))

    def turned(picture: torch.Tensor) -> torch.Tensor:
        spectrum: torch.Tensor = torch.fft.rfft2(picture.cpu().double(), s=size)
        return spectrum

    def laid(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        both: torch.Tensor = torch.fft.irfft2(one.conj() * other, s=size)
        return both.roll((tall - 1, wide - 1), (-2, -1))[..., : 2 * tall - 1, : 2 * wide - 1]

    one, square, there = turned(pattern), turned(pattern.square().sum(0)), turned(mask)
    shared = laid(there, there).round()
    own, theirs = laid(square, there), laid(there, square)
    apart = own + theirs - 2 * laid(one, one).sum(0)
    alike = 1 - apart / (own + theirs).clamp(min=1e-6)
    return torch.where(shared > 0, alike, -1.0).float(), shared.float()


def _by_cells(
    found: list[tuple[int, int]], hole: torch.Tensor, lendable: torch.Tensor, calm: torch.Tensor, light: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """For each cell the first of the shifts that leads all of it to what may be copied, [h, w, 2], and where [h, w]."""
    height, width = hole.shape
    fit = (0, -width % CELL, 0, -height % CELL)
    cells = F.max_pool2d(F.pad(hole.float(), fit)[None], CELL)[0] > 0
    chosen, placed = torch.zeros((*cells.shape, 2), dtype=torch.int32), torch.zeros_like(cells)
    for dx, dy in found:
        there, known = torch.tensor((dx, dy)), lendable[None]
        once, twice = (shifted(light, times * there) for times in (1, 2))
        again = shifted(known, 2 * there)[0] & ((twice - once).abs().amax(0) < TWINS)
        lands = shifted(known, there)[0] & (shifted(calm[None], there)[0] | again)
        off = F.max_pool2d(F.pad((hole & ~lands).float(), fit)[None], CELL)[0] > 0
        new = (cells & ~off & ~placed).cpu()
        chosen[new] = torch.tensor((dx, dy), dtype=torch.int32)
        placed |= new.to(placed.device)
    return chosen, placed.cpu()


def _lifted(
    lift: torch.Tensor, light: torch.Tensor, known: torch.Tensor, hole: torch.Tensor, shifts: ShiftMap
) -> torch.Tensor:
    """What copies are brighter by where they are laid: by the rim of the hole, laid on its like, for each shift."""
    box, out = hole_box(hole, RIM), lift.clone()
    rim = crop(dilated(hole, RIM) & known, box)
    for shift in torch.unique(shifts.shifts[shifts.there], dim=0):
        mine = shifts.there & (shifts.shifts == shift).all(-1)
        cells = (
            mine.to(hole.device).repeat_interleave(CELL, 0).repeat_interleave(CELL, 1)[: hole.shape[0], : hole.shape[1]]
        )
        theirs, told = (crop(shifted(part, shift), box) for part in (light, known[None]))
        told = told[0] & rim
        if not bool(told.any()):
            continue
        off = torch.where(told, crop(light, box) - theirs, 0.0)
        level = blurred(spread(off, told), RIM) / blurred(torch.ones_like(off[:1]), RIM)
        part = out[:, box.y0 : box.y1, box.x0 : box.x1]
        part.copy_(torch.where(crop(cells, box), level, part))
    return out
