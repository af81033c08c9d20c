"""What no frame shows, from the shot's own texture: a smooth tone, and on it the fine detail of places that look alike.

Tone and detail are two tasks. The smooth fill is the likeliest tone; but it is bare. Detail is taken from elsewhere in
the shot, by whole regions (`shiftmap`), and only as much of it as is asked for: invented texture is never the true one.

So that it holds over time it is chosen in a few key frames only, and every frame carries it on from there, by what is
known of how the background moves behind the object (`behind`). Key frames depend on the shot alone, and every frame
tries them in the same order: what a frame looks like doesn't depend on which others were asked for.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.fill import PATCH, SMOOTH
from vfx_ai.fill.behind import Behind
from vfx_ai.fill.beyond import Beyond, beyond_by, copied, outside
from vfx_ai.fill.blur import blurred
from vfx_ai.fill.contract import Fill
from vfx_ai.fill.keys import key_frames
from vfx_ai.fill.ladder import Ladder
from vfx_ai.fill.level import level
from vfx_ai.fill.masks import box_mean, dilated, distance, eroded
from vfx_ai.fill.shiftmap import ShiftMap, Weights, cell_size, shift_map
from vfx_ai.fill.surfaces import Surface, Surfaces
from vfx_ai.media.atomic import replacing
from vfx_ai.media.color import from_log, in_stops, to_log
from vfx_ai.media.frame import Window
from vfx_ai.motion.arrays import read_array
from vfx_ai.motion.membrane import membrane
from vfx_ai.motion.sampling import resample, sees
from vfx_ai.shot import Kept, Shot

FINEST, LEAST_FINEST = 0.0045, 2.0  # of the picture's width, and pixels: the blur that parts tone from detail
BROAD = 6.0  # times that blur: what lies between both is lent as well, where tone from beside the hole has none of it
DEEP = 1.2  # of the broad blur: the distance from what is known at which all of that is lent
AROUND = 9  # pixels over which detail is compared with grain
LAMP_STOPS = 2.0  # detail that is stronger, or light so far above its surroundings, is a lamp and stays the only one
EDGE = 2.5  # times the slope of tone around: where it is steeper two things meet, and no texture is taken
ROUGH = 2.0  # how much the strength of detail counts beside tone, when places are compared
SPREAD = 5  # cells over which it is measured
# Of what is copied whole: long pieces, each at its own height.
WHOLE = Weights(tone=1.0, across=0.0005, down=0.02, change=0.3, rounds=30, damped=0.5)

Noise = Callable[[torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class Lent:
    """What a key frame lends.

    Attributes:
        detail: [3, H, W] float32 in log code, finer than tone.
        broad: [3, H, W] float32 in log code, what is coarser than detail and yet texture.
        usable: [H, W] bool, where both may be taken from.
        shifts: from where they are.
        beyond: what it has for places beyond its picture, which is copied whole; None: there are none.
    """

    detail: torch.Tensor
    broad: torch.Tensor
    usable: torch.Tensor
    shifts: ShiftMap
    beyond: Beyond | None


class Textures:
    """The key frames of a shot, made when first needed; what was chosen in them is kept in the analysis folder.

    Args:
        shot: the plate and its matte.
        surfaces: of the background; a place of one of them gets its texture from the same.
        folder: of the analysis, for these.
        noise: from light [3, H, W] the standard deviation of the plate's grain in log code, which isn't taken along;
            None: it is.
    """

    def __init__(self, shot: Shot, surfaces: Surfaces, folder: Path, noise: Noise | None = None) -> None:
        self._shot, self._surfaces, self._folder, self._noise = shot, surfaces, folder, noise
        self.keys = key_frames(shot)
        self._kept: Kept[int, Lent] = Kept(shot.budget // 8, 6)

    def of(self, key: int) -> Lent:
        """A key frame's detail."""
        return self._kept.get(key, self._made)

    def _made(self, key: int) -> Lent:
        view = self._shot.view(key)
        sigma = finest(self._shot.width)
        detail, tone = split(to_log(view.scene), view.seen, sigma)
        sure = eroded(view.seen, math.ceil(2 * sigma))
        no_lamps = sure & ~_lamps(detail, tone, view.seen, sigma)
        usable = no_lamps & ~_edges(tone, sure, sigma)
        there = outside(view.seen)
        path = self._folder / f"{key}.npz"
        if path.exists():
            shifts = _read(path)
        else:
            surface = self._surfaces.over(key, Window(0, 0, self._shot.width, self._shot.height))
            lends = usable if there is None else no_lamps
            shifts = _chosen(view.scene, detail, tone, view.hole, view.seen, lends, surface)
            _write(path, shifts)
        broad = _broad(tone, detail, usable, sigma)
        if self._noise is not None:
            detail = detail * more_than(self._noise(view.scene), detail, view.seen)
        beyond = None if there is None else beyond_by(tone + detail, view.seen, there, no_lamps, shifts)
        return Lent(detail, broad, usable, shifts, beyond)


def textured(shot: Shot, textures: Textures, surfaces: Surfaces, ladder: Ladder, fill: Fill, strength: float) -> Fill:
    """The fill with detail on what is smooth, where a place to take it from is known.

    Args:
        shot: the plate and its matte.
        textures: of the shot.
        surfaces: of the background.
        ladder: the engines, which know how the background moves.
        fill: complete.
        strength: by what the detail is multiplied, 0..1.

    Returns:
        The fill; pixels with detail have the source PATCH, and in `origin` where it came from.
    """
    bare = fill.source == SMOOTH
    if strength == 0 or not bool(bare.any()):
        return fill
    hidden = torch.zeros_like(shot.view(fill.number).hole)
    hidden[fill.box.y0 : fill.box.y1, fill.box.x0 : fill.box.x1] = bare
    behind = Behind(shot, surfaces, ladder, fill.number, hidden)
    count, bare_light = int(bare.sum()), to_log(fill.scene[:, bare])
    detail = torch.zeros((3, count), device=shot.device)
    deep = strength * _depth_within(hidden)[hidden]
    origin = torch.zeros((3, count), device=shot.device)
    left = torch.arange(count, device=shot.device)
    for key in textures.keys:
        if left.numel() == 0:
            break
        at = behind.where(key, left)
        lent = textures.of(key)
        source, good, lends = _textured(lent, at, deep[left])
        if lent.beyond is not None:
            copy, from_where, laid = copied(lent.beyond, at)
            source, good = torch.where(laid, from_where, source), good | laid
            lends = torch.where(laid, copy - bare_light[:, left], lends)
        points = left[good]
        detail[:, points] = lends[:, good]
        origin[:2, points], origin[2, points] = source[:, good], float(key)
        left = left[~good]
    found = torch.ones(count, dtype=torch.bool, device=shot.device)
    found[left] = False
    scene, source_map, whole = fill.scene.clone(), fill.source.clone(), fill.origin.clone()
    light = bare_light + strength * detail
    scene[:, bare] = torch.where(found, from_log(light), scene[:, bare])
    source_map[bare] = torch.where(found, PATCH, SMOOTH).to(torch.uint8)
    whole[:, bare] = torch.where(found, origin, whole[:, bare])
    return replace(fill, scene=scene, source=source_map, origin=whole)


def _textured(lent: Lent, at: torch.Tensor, deep: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Where detail for positions [2, N] in a key frame is from [2, N], where there is any [N] bool, and it [3, N]."""
    placed, source = _looked_up(lent.shifts, at)
    good = placed & sees(lent.usable, source[:, None])[0]
    source = torch.nan_to_num(source)
    fine, broad = (resample(part, source[:, None])[:, 0] for part in (lent.detail, lent.broad))
    return source, good, fine + deep * broad


def split(light: torch.Tensor, known: torch.Tensor, sigma: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Log light [3, H, W] as fine detail and tone, [3, H, W] each, of what is known [H, W] bool; elsewhere 0."""
    both = torch.cat([light * known, known[None].float()])
    soft = blurred(both, sigma)
    tone = soft[:3] / soft[3:].clamp(min=1e-3)
    return (light - tone) * known, tone


def _broad(tone: torch.Tensor, detail: torch.Tensor, usable: torch.Tensor, sigma: float) -> torch.Tensor:
    """[3, H, W]: of tone what is finer than a broad blur, where it is texture and not things.

    Texture is about as strong at one scale as at the next; where the broad one is stronger than the fine, things and
    shadows are in it, of which a piece would only puzzle.
    """
    broad = split(tone, usable, BROAD * sigma)[0]
    both = torch.cat([torch.stack([part.square().sum(0) for part in (detail, broad)]) * usable, usable[None].float()])
    fine, coarse, there = blurred(both, BROAD * sigma)
    share: torch.Tensor = (fine / coarse.clamp(min=1e-12)).sqrt().clamp(max=1) * (there > 0)
    return broad * share


def _depth_within(hidden: torch.Tensor) -> torch.Tensor:
    """[H, W] float32: 0 beside what isn't hidden [H, W] bool, to 1 far within."""
    if bool(hidden.all()):
        return torch.ones_like(hidden, dtype=torch.float32)
    return (distance(~hidden) / (DEEP * BROAD * finest(hidden.shape[1]))).clamp(max=1)


def finest(width: int) -> float:
    """The blur, in pixels, that parts tone from detail in a picture so wide."""
    return max(LEAST_FINEST, FINEST * width)


def more_than(noise: torch.Tensor, detail: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
    """[H, W]: the share of detail that isn't noise of a known standard deviation, by the strength of both around."""
    both = torch.cat([torch.stack([detail.square().sum(0), noise.square().sum(0)]) * seen, seen[None].float()])
    strength, grain, there = box_mean(both, AROUND)
    share: torch.Tensor = (1 - grain / strength.clamp(min=1e-12)).clamp(min=0) * (there > 0)
    return share


def _lamps(detail: torch.Tensor, tone: torch.Tensor, seen: torch.Tensor, sigma: float) -> torch.Tensor:
    """[H, W] bool: light that is far above, or detail that is far off, what is around it."""
    size = 2 * math.ceil(8 * sigma) + 1
    around = box_mean(torch.cat([tone * seen, seen[None].float()]), size)
    above = (tone - around[:3] / around[3:].clamp(min=1e-3)).amax(0) > LAMP_STOPS
    return dilated(above | (detail.abs().amax(0) > LAMP_STOPS), math.ceil(2 * sigma))


def _edges(tone: torch.Tensor, sure: torch.Tensor, sigma: float) -> torch.Tensor:
    """[H, W] bool: where one thing ends and another begins: tone is much steeper than it usually is."""
    steep = torch.zeros_like(tone[0])
    steep[1:-1, 1:-1] = torch.maximum(
        (tone[:, 1:-1, 2:] - tone[:, 1:-1, :-2]).abs().amax(0), (tone[:, 2:, 1:-1] - tone[:, :-2, 1:-1]).abs().amax(0)
    )
    usual = box_mean(torch.stack([steep * sure, sure.float()]), 2 * math.ceil(12 * sigma) + 1)
    return dilated((steep * usual[1] > EDGE * usual[0]) & sure, math.ceil(sigma))


def _chosen(
    scene: torch.Tensor,
    detail: torch.Tensor,
    tone: torch.Tensor,
    hole: torch.Tensor,
    seen: torch.Tensor,
    usable: torch.Tensor,
    surface: Surface | None,
) -> ShiftMap:
    cell = cell_size(hole)
    height, width = hole.shape
    fit = (0, -width % cell, 0, -height % cell)

    def by_cells(picture: torch.Tensor) -> torch.Tensor:
        return F.avg_pool2d(F.pad(picture.float(), fit)[None], cell)[0]

    by_cell, weight = by_cells(hole[None])[0] > 0, by_cells(usable[None])
    sure = weight[0] > 0.999
    stops = by_cells(in_stops(scene) * usable) / weight.clamp(min=1e-6)
    rough = by_cells(detail.square().mean(0, keepdim=True) * usable) / weight.clamp(min=1e-6)
    rough = ROUGH * (box_mean(rough * sure, SPREAD) / box_mean(sure[None].float(), SPREAD).clamp(min=1e-3)).sqrt()
    looks = torch.cat([stops, rough]) * sure
    known = sure & ~by_cell
    kinds = None if surface is None else _kinds(surface, hole, cell)
    goes_on = level(to_log(scene), seen)
    if goes_on is not None:
        return shift_map(looks, by_cells(in_stops(from_log(goes_on))), by_cell, known, cell, kinds, WHOLE)
    wanted = membrane(stops, known, torch.ones_like(known)) if bool(known.any()) else stops
    return shift_map(looks, wanted, by_cell, known, cell, kinds)


def _kinds(surface: Surface, hole: torch.Tensor, cell: int) -> torch.Tensor:
    """Which surface each cell shows or hides, [h, w] int64; -1 where it isn't known."""
    kinds = torch.where(surface.known | hole, surface.part, -1)
    height, width = kinds.shape
    whole = F.pad(kinds, (0, -width % cell, 0, -height % cell), value=-1)
    return whole[cell // 2 :: cell, cell // 2 :: cell]


def _looked_up(shifts: ShiftMap, at: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Whether positions [2, N] have a place to take texture from [N] bool, and that place [2, N]."""
    height, width = shifts.there.shape
    inside = torch.isfinite(at).all(0)
    cells = torch.floor((torch.nan_to_num(at) + 0.5) / shifts.cell).long()
    inside &= (cells >= 0).all(0) & (cells[0] < width) & (cells[1] < height)
    x, y = cells[0].clamp(0, width - 1), cells[1].clamp(0, height - 1)
    there, shift = shifts.there.to(at.device), shifts.shifts.to(at.device)
    return inside & there[y, x], at + shift[y, x].T.float()


def _write(path: Path, shifts: ShiftMap) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as beside, beside.open("wb") as file:
        np.savez_compressed(file, shifts=shifts.shifts.numpy(), there=shifts.there.numpy(), cell=np.array(shifts.cell))


def _read(path: Path) -> ShiftMap:
    shifts, there, cell = read_array(path, lambda file: (file["shifts"], file["there"], int(file["cell"])))
    return ShiftMap(cell, torch.from_numpy(shifts), torch.from_numpy(there))
