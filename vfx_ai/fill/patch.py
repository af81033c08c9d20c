"""What no frame shows, from the shot's own texture: a smooth tone, and on it the fine detail of places that look alike.

Tone and detail are two tasks. The smooth fill is the likeliest tone; but it is bare. Detail is taken from elsewhere in
the shot, by whole regions (`shiftmap`), and only as much of it as is asked for: invented texture is never the true one.

So that it holds over time it is chosen in a few key frames only, and every frame carries it on from there, by what is
known of how the background moves behind the object (`behind`). Key frames depend on the shot alone, and every frame
tries them in the same order: what a frame looks like doesn't depend on which others were asked for.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.caching import Kept
from vfx_ai.fill import PATCH, REFERENCE, SMOOTH
from vfx_ai.fill.behind import Behind
from vfx_ai.fill.beyond import beyond_by, copied, outside
from vfx_ai.fill.contract import Fill
from vfx_ai.fill.detail import BROAD, Looks, Noise, finest, looks_of, side_by_side
from vfx_ai.fill.keys import key_frames
from vfx_ai.fill.ladder import Ladder
from vfx_ai.fill.lent import Lent, read_lent, write_lent
from vfx_ai.fill.level import level
from vfx_ai.fill.masks import box_mean, distance
from vfx_ai.fill.reference import Reference
from vfx_ai.fill.repeats import repeats_in
from vfx_ai.fill.shiftmap import ANY_KIND, NEAR, ShiftMap, Weights, cell_size, shift_map
from vfx_ai.fill.surfaces import Surface, Surfaces
from vfx_ai.media.atomic import replacing
from vfx_ai.media.color import from_log, in_stops, to_log
from vfx_ai.media.frame import Window
from vfx_ai.motion.arrays import read_array
from vfx_ai.motion.membrane import membrane
from vfx_ai.motion.sampling import resample, sees
from vfx_ai.shot import Shot

DEEP = 1.2  # of the broad blur: the distance from what is known at which all of that is lent
ROUGH = 2.0  # how much the strength of detail counts beside tone, when places are compared
SPREAD = 5  # cells over which it is measured
CELLS_APART = 2 * NEAR  # between a key frame and the reference: too far for either to be around the other's hole
# Of what is copied whole: long pieces, each at its own height.
WHOLE = Weights(tone=1.0, across=0.0005, down=0.02, change=0.3, rounds=30, damped=0.5)


class Textures:
    """The key frames of a shot, made when first needed; what was chosen in them and what they lend is kept.

    Args:
        shot: the plate and its matte.
        surfaces: of the background; a place of one of them gets its texture from the same.
        folder: of the analysis, for these.
        noise: from light [3, H, W] the standard deviation of the plate's grain in log code, which isn't taken along;
            None: it is.
        reference: a picture that lends as well; None: there is none.
    """

    def __init__(
        self,
        shot: Shot,
        surfaces: Surfaces,
        folder: Path,
        noise: Noise | None = None,
        reference: Reference | None = None,
    ) -> None:
        self._shot, self._surfaces, self._noise, self._reference = shot, surfaces, noise, reference
        # What is chosen depends on all of these; runs that differ in them share an analysis.
        of_what = f"{'surfaces' if surfaces.known else 'flat'}-{'whole' if noise is None else 'ungrained'}"
        self._folder = folder / of_what if reference is None else folder / reference.identity / of_what
        self._theirs: Looks | None = None
        self.keys = key_frames(shot)
        self._kept: Kept[int, Lent] = Kept(shot.budget // 8, 6)

    def of(self, key: int) -> Lent:
        """A key frame's detail."""
        return self._kept.get(key, self._read)

    def _read(self, key: int) -> Lent:
        path = self._folder / f"{key}.lent.npz"
        if path.exists():
            return read_lent(path, self._shot.device)
        lent = self._made(key)
        if lent.beyond is None:
            write_lent(path, lent)
        return lent

    def _made(self, key: int) -> Lent:
        view = self._shot.view(key)
        own = looks_of(view.scene, view.seen, finest(self._shot.width), self._noise)
        column, all_looks = self._with_reference(own, cell_size(view.hole))
        there = outside(view.seen)
        path = self._folder / f"{key}.npz"
        if path.exists():
            shifts = _read(path)
        else:
            surface = self._surfaces.over(key, Window(0, 0, self._shot.width, self._shot.height))
            lends = all_looks.usable if there is None else all_looks.calm
            shifts = _chosen(all_looks, view.hole, view.seen, lends, surface, column)
            _write(path, shifts)
        if there is not None:
            beyond = beyond_by(all_looks.tone + all_looks.texture, view.seen, there, all_looks.calm, shifts)
            return Lent(all_looks.texture, all_looks.broad, all_looks.usable, shifts, beyond, None, column)
        repeats = repeats_in(own.tone + own.texture, view.seen, view.hole, own.calm)
        return Lent(all_looks.texture, all_looks.broad, all_looks.usable, shifts, None, repeats, column)

    def _with_reference(self, own: Looks, cell: int) -> tuple[int, Looks]:
        """From which column on there is the reference, and both as one picture; 0 and the key frame's own without."""
        if self._reference is None:
            return 0, own
        if self._theirs is None:
            light = self._reference.as_bright_as(self._shot.view(self.keys[0]))
            seen = torch.ones_like(light[0], dtype=torch.bool)
            self._theirs = looks_of(light, seen, finest(self._shot.width), self._noise)
        column = cell * (-(-self._shot.width // cell) + CELLS_APART)
        return column, side_by_side(own, self._theirs, column)


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
        if lent.repeats is not None:
            copy, from_where, laid = copied(lent.repeats.copies, at)
            sure = resample(lent.repeats.sure[None], torch.nan_to_num(at)[:, None])[0, 0] * laid
            lends = torch.where(good, lends, 0.0)
            lends = lends + sure * ((copy - bare_light[:, left]) / strength - lends)  # whole, whatever the dial says
            source, good = torch.where(sure > 0, from_where, source), good | (sure > 0)
        points = left[good]
        detail[:, points] = lends[:, good]
        theirs = (source[0] >= lent.column - 0.5) & (lent.column > 0)
        source[0] -= lent.column * theirs
        origin[:2, points], origin[2, points] = source[:, good], torch.where(theirs, REFERENCE, key)[good].float()
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


def _depth_within(hidden: torch.Tensor) -> torch.Tensor:
    """[H, W] float32: 0 beside what isn't hidden [H, W] bool, to 1 far within."""
    if bool(hidden.all()):
        return torch.ones_like(hidden, dtype=torch.float32)
    return (distance(~hidden) / (DEEP * BROAD * finest(hidden.shape[1]))).clamp(max=1)


def _chosen(
    looks: Looks,
    hole: torch.Tensor,
    seen: torch.Tensor,
    usable: torch.Tensor,
    surface: Surface | None,
    column: int,
) -> ShiftMap:
    """The shifts of a key frame, whose hole and what is seen of it are [H, W]; `looks` and `usable` may be larger."""
    cell = cell_size(hole)
    height, width = usable.shape
    fit = (0, -width % cell, 0, -height % cell)
    beyond_it = (0, width - hole.shape[1], 0, height - hole.shape[0])

    def by_cells(picture: torch.Tensor) -> torch.Tensor:
        return F.avg_pool2d(F.pad(picture.float(), fit)[None], cell)[0]

    by_cell, weight = by_cells(F.pad(hole, beyond_it)[None])[0] > 0, by_cells(usable[None])
    sure = weight[0] > 0.999
    stops = by_cells(in_stops(looks.scene) * usable) / weight.clamp(min=1e-6)
    rough = by_cells(looks.detail.square().mean(0, keepdim=True) * usable) / weight.clamp(min=1e-6)
    rough = ROUGH * (box_mean(rough * sure, SPREAD) / box_mean(sure[None].float(), SPREAD).clamp(min=1e-3)).sqrt()
    known = sure & ~by_cell
    kinds = None if surface is None else _kinds(surface, hole, cell)
    own = (..., slice(-(-hole.shape[0] // cell)), slice(-(-hole.shape[1] // cell)))
    if kinds is not None and column:
        whole = torch.full_like(by_cell, ANY_KIND, dtype=kinds.dtype)
        whole[own] = kinds
        kinds = whole
    goes_on = level(to_log(looks.scene[:, : hole.shape[0], : hole.shape[1]]), seen)
    wanted, weights = stops, Weights()
    if goes_on is not None:
        wanted, weights = by_cells(F.pad(in_stops(from_log(goes_on)), beyond_it)), WHOLE
    elif bool(known[own].any()):
        wanted = stops.clone()
        wanted[own] = membrane(stops[own], known[own], torch.ones_like(known[own]))
    return shift_map(torch.cat([stops, rough]) * sure, wanted, by_cell, known, cell, kinds, weights, column // cell)


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
