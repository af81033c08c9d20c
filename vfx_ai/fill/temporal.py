"""Engine `temporal`: the same pixel of other frames, for a camera that stands still or only turns.

Each pixel of the hole is looked up in the frames nearest in time that saw it; the looks are matched in exposure, and
those that agree with most are averaged, the nearer to the middle one the more. A second moving thing, seen by fewer
frames than the background, is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from vfx_ai.fill import OTHER_FRAME
from vfx_ai.fill.claims import claimed_by_average, spread_of
from vfx_ai.fill.contract import Fill, claimed_confidence
from vfx_ai.fill.middle import first, middle
from vfx_ai.fill.ring import all_over, patch_side, ring_around, square_side
from vfx_ai.media.color import to_log
from vfx_ai.motion.exposure import match_gain
from vfx_ai.motion.homography import Matrix, homography_positions, is_same
from vfx_ai.motion.sampling import resample, sees
from vfx_ai.motion.survey import Motion, align
from vfx_ai.shot import Shot, crop, hole_box

LOOKS_LOCKED = 24  # frames averaged where nothing is resampled: their mean's noise adds 2 % to the deviation of one
LOOKS_TURNING = 9  # each costs an alignment and a resample
FEWEST_LOOKS = 5  # that are compared, even if fewer are averaged: two can't tell which of them is wrong
MOST_SOURCES = LOOKS_LOCKED + 4  # beyond these a frame is asked only for what none of them shows
FETCHED = 1 << 18  # points that are fetched at once
AT_ONCE = 16384  # points that a processor compares at once: their looks stay in its cache; all others take FETCHED
COMPARED = 5000  # pixels all over the picture, and around the hole, by which exposure is matched
SLIGHT, PLAIN = 0.04, 0.12  # stops by which it must differ around the hole to count at all, and alone
SPREADS = 4.0  # how many times the usual spread a look may differ
STEP = 0.05  # stops by which it may differ however alike the others are: dark steps of a file of eight bits
ROUNDING = 0.02  # stops by which it counts half where the others are alike


@dataclass(frozen=True)
class Lender:
    """Another frame that lends pixels: its number, the homography [3, 3] to it, and the factor [3] for its pixels."""

    number: int
    matrix: Matrix
    gain: torch.Tensor


def analyse(_shot: Shot, _motion: Motion, _folder: Path, _progress: Callable[[int, int], None]) -> None:
    """Nothing beyond the survey is needed."""


def ready(_shot: Shot, motion: Motion, _folder: Path) -> Motion:
    """What `fill` needs: the survey itself."""
    return motion


def hidden(_shot: Shot, motion: Motion, _numbers: Sequence[int]) -> Motion:
    """What `fill` needs of a shot that hides more: the same survey."""
    return motion


def fill(shot: Shot, motion: Motion, number: int, blend: int = 0, region: torch.Tensor | None = None) -> Fill:
    """Fill the hole of one frame with pixels that other frames saw.

    Args:
        shot: the plate and its matte.
        motion: from `ready`.
        number: which frame.
        blend: how many looks are averaged at most; 0: LOOKS_LOCKED or LOOKS_TURNING.
        region: [H, W] bool on the canvas, the part of the hole to fill; None: all of it.
    """
    whole = shot.view(number).hole
    box = hole_box(whole if region is None else whole & region, 1)
    hole = crop(whole if region is None else whole & region, box)
    rows, columns = torch.nonzero(hole, as_tuple=True)
    points = torch.stack([columns + box.x0, rows + box.y0]).float()[:, None]
    looks = blend or (LOOKS_LOCKED if motion.kind == "locked" else LOOKS_TURNING)
    sources, visible = _choose_sources(shot, motion, number, points, max(looks, FEWEST_LOOKS))
    lenders: list[Lender] = []
    parts = []
    for some in torch.split(points, FETCHED, dim=-1):
        lenders, values, valid = _lent(shot, motion, number, sources, some, lenders)
        parts += [_agreed(*part, looks) for part in zip(values, valid, strict=True)]
    scene, told = (torch.cat([part[i] for part in parts], 1) for i in (0, 1))
    reached = torch.cat([part[2].any(0) for part in parts])
    given = torch.stack([part[2].sum(1) for part in parts]).sum(0).tolist()

    height, width = hole.shape
    out = torch.zeros((3, height, width), device=shot.device)
    out[:, rows, columns] = scene
    source = torch.zeros((height, width), dtype=torch.uint8, device=shot.device)
    source[rows, columns] = torch.where(reached, OTHER_FRAME, 0).to(torch.uint8)
    origin, matched = torch.zeros_like(out), torch.ones_like(out)
    if lenders:
        found, factor = _origin(points, lenders, torch.cat([part[2] for part in parts], 1))
        origin[:, rows, columns], matched[:, rows, columns] = found * reached, torch.where(reached, factor, 1.0)
    maps = torch.zeros((4, height, width), device=shot.device)
    maps[:, rows, columns] = told
    view, filled = shot.view(number), source > 0
    around = torch.where(hole, out, crop(view.scene, box))
    stops = claimed_by_average(maps[0], maps[1], maps[2], maps[3], around, crop(view.valid, box) & (~hole | filled))
    never = torch.zeros_like(hole)
    never[rows, columns] = ~(visible | reached)
    gains = torch.stack([lender.gain for lender in lenders]).mean(0).tolist() if lenders else [1.0, 1.0, 1.0]
    return Fill(
        number,
        box,
        out,
        source,
        torch.where(filled, claimed_confidence(stops), 0.0),
        never,
        origin,
        matched,
        {source: int(n) for source, n in zip(sources, given, strict=True) if n},
        (gains[0], gains[1], gains[2]),
    )


def _origin(points: torch.Tensor, lenders: list[Lender], used: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Where the nearest lender that was used [S, N] took each point from (x, y, frame) [3, N], and its gain [3, N]."""
    main = first(used)
    origin = torch.zeros((3, points.shape[-1]), device=points.device)
    matched = torch.ones_like(origin)
    for i in torch.unique(main).tolist():
        lent, lender = torch.nonzero(main == i)[:, 0], lenders[i]
        origin[:2, lent] = homography_positions(lender.matrix, points[..., lent])[:, 0]
        origin[2, lent] = lender.number
        matched[:, lent] = lender.gain[:, None]
    return origin, matched


def _choose_sources(
    shot: Shot, motion: Motion, number: int, points: torch.Tensor, looks: int
) -> tuple[dict[int, torch.Tensor | None], torch.Tensor]:
    """The frames nearest in time that give each point as many looks as wanted, and where there is any look.

    With each comes which points it shows [N], where that stays as it is found here, all were asked for and they are few
    enough to be kept.
    """
    count = torch.zeros(points.shape[-1], dtype=torch.int32, device=points.device)
    chosen: dict[int, torch.Tensor | None] = {}
    left: torch.Tensor | slice = slice(None)  # which points are asked for: all, and later those that still lack looks
    pixels = _pixels(points, shot.width)
    keep = motion.kind == "locked" and points.shape[-1] <= FETCHED  # what moves is aligned anew before it lends
    others = sorted((n for n in shot.numbers if n != number), key=lambda n: (abs(n - number), n))
    shot.ahead(others[:looks])
    for asked, other in enumerate(others):
        if asked >= looks:  # before, no point can have enough
            enough = looks if len(chosen) < MOST_SOURCES else 1
            lacks = count[left] < enough
            left = torch.nonzero(lacks)[:, 0] if isinstance(left, slice) else left[lacks]
            points, pixels = points[..., lacks], pixels[lacks]
            if left.numel() == 0:
                break
        new = _shown(shot, other, motion.between(number, other), points, pixels)
        if not bool(new.view(torch.uint8).amax()):  # far sooner than any()
            continue
        chosen[other] = new if keep and isinstance(left, slice) else None
        count[left] += new
    return chosen, count > 0


def _lent(
    shot: Shot,
    motion: Motion,
    number: int,
    sources: dict[int, torch.Tensor | None],
    points: torch.Tensor,
    known: list[Lender],
) -> tuple[list[Lender], list[torch.Tensor], list[torch.Tensor]]:
    """What each source shows at points [2, 1, N] of frame `number`, some of them after each other.

    Args:
        shot, motion, number, sources, points: as they are called; with each source which points it shows, if known.
        known: the sources, if others of the points were asked for before; else empty.

    Returns:
        The sources, what they show [S, 3, n], matched in exposure, and where they show it [S, n], of each n.
    """
    compared = None if known else _compared(shot, number)
    lenders = []
    at_once = AT_ONCE if points.device.type == "cpu" else FETCHED
    some = [(part, _pixels(part, shot.width)) for part in torch.split(points, at_once, dim=-1)]
    values = [torch.empty((len(sources), 3, len(pixels)), device=points.device) for _, pixels in some]
    valid = [torch.empty((len(sources), len(pixels)), dtype=torch.bool, device=points.device) for _, pixels in some]
    for i, (source, shows) in enumerate(sources.items()):
        lender = known[i] if compared is None else _matched(shot, motion, number, source, compared)
        scene = shot.view(source).scene
        showing = [None] * len(some) if shows is None else torch.split(shows, at_once)
        for (at, pixels), light, shown, told in zip(some, values, valid, showing, strict=True):
            torch.mul(_light(scene, lender.matrix, at, pixels), lender.gain[:, None], out=light[i])
            shown[i] = _shown(shot, source, lender.matrix, at, pixels) if told is None else told
        lenders.append(lender)
    return lenders, values, valid


@dataclass(frozen=True)
class _Sample:
    """Points [2, 1, N] that a frame shows, which pixels [N] of the canvas they are, and the light [3, N] there."""

    points: torch.Tensor
    pixels: torch.Tensor
    light: torch.Tensor


def _compared(shot: Shot, number: int) -> tuple[_Sample, _Sample]:
    """Where a frame is compared with those that lend to it: all over the picture, and around the hole."""
    view, side = shot.view(number), square_side(shot.width)
    found = []
    for at in (all_over(view.seen, COMPARED, side), ring_around(view.hole, view.seen, COMPARED)):
        pixels = _pixels(at[:, None], shot.width)
        found.append(_Sample(at[:, None], pixels, view.scene.reshape(3, -1).index_select(1, pixels)))
    return found[0], found[1]


def _matched(shot: Shot, motion: Motion, number: int, source: int, compared: tuple[_Sample, _Sample]) -> Lender:
    """How a source lies to frame `number`, and by what its pixels are multiplied.

    Exposure is the whole picture's. Around the hole a shadow or a wake of what must go would be taken for it; so what
    is seen there counts where it is plainly another light, as one that rolls over the picture.
    """
    matrix = align(shot, motion, number, source)
    gains = []
    for sample, side in zip(compared, (square_side(shot.width), patch_side(shot.width)), strict=True):
        fetched = _light(shot.view(source).scene, matrix, sample.points, sample.pixels)
        both = _shown(shot, source, matrix, sample.points, sample.pixels)
        gains.append(match_gain(sample.light, fetched, both, sample.points[:, 0], side))
    apart = (gains[1] / gains[0]).log2()
    share = ((apart.abs().median() - SLIGHT) / (PLAIN - SLIGHT)).clamp(0, 1)
    return Lender(source, matrix, gains[0] * (share * apart).exp2())


def _pixels(points: torch.Tensor, width: int) -> torch.Tensor:
    """Which pixels [N] int64 of a canvas points [2, 1, N] are, row by row; they lie on whole pixels of it."""
    column, row = points[:, 0].long().unbind(0)
    return row * width + column


def _light(scene: torch.Tensor, matrix: Matrix, points: torch.Tensor, pixels: torch.Tensor) -> torch.Tensor:
    """What a frame [3, H, W] shows at points: [3, N]. Where nothing moved they are its own pixels, and soon read."""
    if is_same(matrix):
        return scene.reshape(3, -1).index_select(1, pixels)
    return resample(scene, homography_positions(matrix, points))[:, 0]


def _shown(shot: Shot, other: int, matrix: Matrix, points: torch.Tensor, pixels: torch.Tensor) -> torch.Tensor:
    """Whether frame `other` shows points: [N] bool."""
    if is_same(matrix):
        return shot.seen_at(other, pixels)
    return sees(shot.seen(other), homography_positions(matrix, points))[0]


def _agreed(values: torch.Tensor, valid: torch.Tensor, looks: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Mean of the looks that agree with the middle one; sources are in order of time distance.

    It is one step of the Cauchy M-estimator: what a look counts falls with its distance from the middle. Leaving looks
    out beyond a limit, and averaging the rest, takes a faint shadow in whole as soon as it takes it at all.

    Returns:
        scene [3, N], what `claimed_by_average` asks for [4, N] (spread, agreeing, share, averaged), used [S, N] bool.
    """
    count = valid.sum(0)
    if len(values) == 0:
        empty = torch.zeros((4, valid.shape[1]), device=values.device)
        return empty[:3], empty, valid
    light = to_log(values)
    nearest = light.gather(0, first(valid)[None, None].expand(1, 3, -1))[0]
    central = torch.where(count >= 3, middle(light, valid[:, None]), nearest)
    off = (light - central).abs_().amax(1)
    # Each point by its own looks alone: a hole's other points differ from frame to frame, and it would flicker.
    usual = SPREADS * middle(off, valid).nan_to_num()
    agreeing = valid & (off <= usual + STEP)
    used = agreeing & (agreeing.cumsum(0) <= looks)
    weights = used / off.div_(usual + ROUNDING).square_().add_(1)
    total = weights.sum(0)
    scene = (values * weights[:, None]).sum(0) / total.clamp(min=1e-9)
    agree = agreeing.sum(0)
    averaged = total.square() / weights.square().sum(0).clamp(min=1e-9)
    return scene, torch.stack([spread_of(light, agreeing), agree, agree / count.clamp(min=1), averaged]), used
