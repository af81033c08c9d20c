"""What moves by itself in a frame: where it disagrees with the background of other frames beyond the plate's own noise.

The background is the median, in log light, of frames spread over the shot. How much they differ among each other, place
by place, says what counts as noise: grain, leaves, water.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch

from vfx_ai.media.color import to_log
from vfx_ai.media.frame import BoolArray, FloatArray
from vfx_ai.motion.homography import homography_positions
from vfx_ai.motion.sampling import pixel_grid, resample, sees
from vfx_ai.plates.register import Registered
from vfx_ai.shot import Shot

SOURCES = 15  # frames whose median is the background
FEWEST = 3  # that show a place; with fewer it can't be told
SHARED = 0.25  # of the frame that such a frame must show
STRONG, WEAK = 6.0, 2.5  # deviations: what is that strange moves, and what is connected to it and still strange
QUIET = 0.04  # stops: less is no motion, whatever the plate: codecs let a picture drift by so much
SLACK_LOCKED, SLACK_MOVED = 0.05, 0.2  # of the range of 3 x 3 pixels: by which an edge may be off
NEAR = 9  # pixels along the side within which noise is one
THIN = 4  # every so manieth pixel, along each side, says by how much a frame is brighter


def sources(shot: Shot, found: Registered, number: int) -> tuple[int, ...]:
    """The frames that say what is behind what moves in a frame; they depend on the shot alone."""
    others = [n for n in shot.plate.present if n != number]
    others = [n for n in others if found.common(number, n) >= SHARED]
    picks = np.linspace(0, len(others) - 1, min(SOURCES, len(others))).round().astype(int)
    return tuple(others[i] for i in picks)


def moving(shot: Shot, found: Registered, number: int) -> FloatArray:
    """The matte of what moves in a frame.

    Args:
        shot: without a matte.
        found: where its frames lie.
        number: which frame.

    Returns:
        [H, W] float32 on the shot's canvas, 0..1, soft at the edge.
    """
    view, others = shot.view(number), sources(shot, found, number)
    if view.black or len(others) < FEWEST:
        return np.zeros((shot.height, shot.width), np.float32)
    grid = pixel_grid((shot.height, shot.width), shot.device)
    gains = {n: _brighter(shot, found, number, n, grid[:, ::THIN, ::THIN]) for n in others}
    here = to_log(view.scene)
    middle, spread = torch.zeros_like(here), torch.zeros_like(here)
    known = torch.zeros_like(view.seen)
    rows = max(16, shot.budget // 4 // (3 * 3 * 4 * len(others) * shot.width))
    for top in range(0, shot.height, rows):
        band = slice(top, min(top + rows, shot.height))
        codes = torch.stack([_code(shot, found, number, n, grid[:, band]) - gains[n] for n in others])
        middle[:, band] = torch.nanmedian(codes, 0).values
        spread[:, band] = 1.4826 * torch.nanmedian((codes - middle[None, :, band]).abs(), 0).values
        known[band] = (~codes[:, 0].isnan()).sum(0) >= FEWEST
    known &= view.seen
    one, two, three = (torch.nan_to_num(t).permute(1, 2, 0).cpu().numpy() for t in (here, middle, spread))
    slack = SLACK_LOCKED if found.locked else SLACK_MOVED
    return _matte(_strange(one, two, three, known.cpu().numpy(), slack))


def _code(shot: Shot, found: Registered, number: int, other: int, grid: torch.Tensor) -> torch.Tensor:
    """What frame `other` shows at the pixels `grid` [2, h, w] of frame `number`: log [3, h, w], NaN where nothing."""
    there = shot.view(other)
    positions = homography_positions(found.between(number, other), grid)
    code = to_log(resample(there.scene, positions))
    return torch.where(sees(there.seen, positions)[None], code, torch.nan)


def _brighter(shot: Shot, found: Registered, number: int, other: int, grid: torch.Tensor) -> torch.Tensor:
    """By how much frame `other` is brighter than frame `number`, in log light [3, 1, 1]."""
    view = shot.view(number)
    here = torch.where(view.seen[::THIN, ::THIN][None], to_log(view.scene[:, ::THIN, ::THIN]), torch.nan)
    apart = torch.nanmedian((_code(shot, found, number, other, grid) - here).reshape(3, -1), 1).values
    return torch.nan_to_num(apart)[:, None, None]


def _strange(here: FloatArray, middle: FloatArray, spread: FloatArray, known: BoolArray, slack: float) -> FloatArray:
    """[H, W] float32: by how many deviations of the plate's own noise each pixel differs from the background."""
    weight = cv2.blur(known.astype(np.float32), (NEAR, NEAR))[..., None]
    noise = cv2.blur(spread * known[..., None], (NEAR, NEAR)) / np.maximum(weight, 1e-3)
    usual = np.median(spread[known], 0) if known.any() else np.zeros(3, np.float32)
    noise = np.maximum(np.maximum(noise, 0.7 * spread), np.maximum(0.7 * usual, QUIET))
    square = np.ones((3, 3), np.uint8)
    edges = slack * (cv2.dilate(middle, square) - cv2.erode(middle, square))
    apart = cv2.GaussianBlur(np.where(known[..., None], here - middle, 0), (3, 3), 0)
    return np.asarray(np.abs(apart / np.sqrt(noise**2 + edges**2)).max(2) * known, np.float32)


def _matte(strange: FloatArray) -> FloatArray:
    """The matte [H, W] float32 of what is strange enough: specks left out, holes closed, grown, and soft outwards."""
    width = strange.shape[1]
    count, labels, stats, _ = cv2.connectedComponentsWithStats((strange > WEAK).astype(np.uint8), connectivity=8)
    strongest = np.zeros(count, np.float32)
    np.maximum.at(strongest, labels.ravel(), strange.ravel())
    least = max(8.0, (width / 160) ** 2)
    kept = (strongest > STRONG) & (stats[:, cv2.CC_STAT_AREA] >= least)
    kept[0] = False
    mask = kept[labels].astype(np.uint8)
    reach = max(1, round(width / 240))
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2))
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    whole = cv2.drawContours(np.zeros_like(mask), contours, -1, 1, cv2.FILLED)
    inner = cv2.connectedComponentsWithStats(whole & ~mask & 1, connectivity=4)
    closed = inner[2][:, cv2.CC_STAT_AREA] < (width / 24) ** 2
    closed[0] = False
    mask |= closed[inner[1]].astype(np.uint8)
    if not mask.any():
        return np.zeros(strange.shape, np.float32)
    grown, soft = max(2.0, width / 500), max(2.0, width / 800)
    away = cv2.distanceTransform(1 - mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(np.clip(1 - (away - grown) / soft, 0, 1), np.float32)
