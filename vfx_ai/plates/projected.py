"""A single plate as one frame's camera would see the whole shot: each pixel a point of space, by the solved camera.

The plate is the anchor's picture, larger than its frame, as a lens without distortion would see it. Each of its pixels
has a depth; frames that see this point, and nothing before it, lend it. What stands behind something in the
anchor's view has no place in the plate, though other frames may see it: their maps say so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from vfx_ai.errors import JobError
from vfx_ai.fill import fused, project
from vfx_ai.media.frame import BoolArray, FloatArray, Window
from vfx_ai.motion import depth as depth_files
from vfx_ai.motion.camera import Camera, why_solved
from vfx_ai.motion.depths import Depth, look_up, look_up_between
from vfx_ai.motion.fuse import Witness, fuse
from vfx_ai.motion.geometry import ideal, real, relation
from vfx_ai.motion.given import given_focal
from vfx_ai.motion.membrane import membrane
from vfx_ai.motion.sampling import pixel_grid, resample, sees
from vfx_ai.motion.solve import solve
from vfx_ai.motion.survey import Motion
from vfx_ai.plates.laid import Step, Stitched, nearest_to_the_median
from vfx_ai.shot import Shot

LOOKS = 5  # frames, the nearest in time that see a point, of which the one nearest to their median lends
WIDER = 1.0  # of the frame's width and height: how far the plate goes beyond it on each side at most
SPREAD, LEFT_OUT = 4, 0.5  # pixels between points that say how large it is, and per cent of them that don't
SAME_PLANES, OTHER_PLANES = project.SAME_PLANES, 4.0  # of the sweep: one surface; something else
PER_PIXEL = 4 * 64  # bytes of what is worked on at once


@dataclass(frozen=True)
class Projected:
    """See `laid.Laid`.

    Attributes:
        shot: the shot; what its matte covers lends nothing.
        known: its camera and its depth.
        anchor: the frame whose camera it is.
        window: of the plate.
        told: the plate's depth at the working size, trusted where it is known.
        whole: the same, going on smoothly everywhere else, trusted everywhere.
    """

    shot: Shot
    known: fused.Ready
    anchor: int
    window: Window
    told: Depth
    whole: Depth

    def stitched(self, step: Step) -> Stitched:
        """The anchor's own pixels; elsewhere, of the nearest frames that see the point, one near the others."""
        shot, window = self.shot, self.window
        numbers = sorted(self._frames(), key=lambda n: (abs(n - self.anchor), n))
        size = (window.height, window.width)
        light, place = np.zeros((*size, 3), np.float32), np.zeros((*size, 2), np.float32)
        origin = np.full(size, -1, np.int64)
        for band in self._bands(window.height, window.width):
            rows = (band.stop - band.start, window.width)
            grid = pixel_grid(rows, shot.device, window.x0, window.y0 + band.start)
            chosen, spot, number = self._of(grid, numbers)
            light[band] = chosen.permute(1, 2, 0).cpu().numpy()
            place[band] = spot.permute(1, 2, 0).cpu().numpy()
            origin[band] = number.cpu().numpy()
            step(band.stop, window.height)
        return Stitched(light, place[..., 0], place[..., 1], origin)

    def within(self) -> BoolArray:
        """[H, W] bool: which pixels of the plate lie in any frame, if nothing stood before them."""
        window = self.window
        inside = np.zeros((window.height, window.width), bool)
        for band in self._bands(window.height, window.width):
            size = (band.stop - band.start, window.width)
            at = pixel_grid(size, self.shot.device, window.x0, window.y0 + band.start).flatten(1)
            depth, _ = look_up(self.whole, self._small(at))
            for number in self._frames():
                x, y = project.carried_to(self.shot, self._of_plate, self.anchor, number, at, depth)[0]
                box = self.shot.infos[number].data_window
                x, y = x + self.shot.canvas.x0 - box.x0, y + self.shot.canvas.y0 - box.y0
                there = (x >= 0) & (y >= 0) & (x <= box.width - 1) & (y <= box.height - 1)
                inside[band] |= there.reshape(size).cpu().numpy()
        return inside

    def put_back(self, number: int, seen: BoolArray) -> tuple[FloatArray, FloatArray, BoolArray]:
        """Where each pixel of a frame lies in the plate, by its depth; not there where the plate shows something else.

        That stands before it, or behind it where the plate's own depth is wrong.
        """
        shot, data = self.shot, self.shot.infos[number].data_window
        size = (data.height, data.width)
        across, down, has = np.zeros(size, np.float32), np.zeros(size, np.float32), np.zeros(size, np.bool_)
        if not self.known.camera.knows(number):
            return across, down, has
        own = None
        if number != self.anchor:
            own = _whole(fused.depth_map(shot, self.known, number, shot.view(number).hole)[0], Window(0, 0, 0, 0))
        shown = torch.from_numpy(seen).to(shot.device)
        for band in self._bands(*size):
            part = (band.stop - band.start, data.width)
            grid = pixel_grid(part, shot.device, data.x0 - shot.canvas.x0, data.y0 - shot.canvas.y0 + band.start)
            at, there = self._in_the_plate(number, grid.flatten(1), own)
            x, y = at[0] - self.window.x0, at[1] - self.window.y0
            there &= sees(shown, torch.stack([x, y]).round()[:, None])[0]
            for out, of in ((across, x), (down, y), (has, there)):
                out[band] = of.reshape(part).cpu().numpy()
        return across, down, has

    def _in_the_plate(self, number: int, grid: torch.Tensor, own: Depth | None) -> tuple[torch.Tensor, torch.Tensor]:
        """Where in the plate's view [2, N] pixels [2, N] of a frame lie, and where [N] the same thing is seen there."""
        if own is None:
            return ideal(self.known.camera, number, grid), torch.ones_like(grid[0], dtype=torch.bool)
        pixels = project.to_working(self.shot, self.known, number, grid)
        mine, _ = look_up_between(own, pixels, self._step)
        carried, depth = project.on_surface(self.known, number, self.anchor, self.whole, pixels, mine)
        found, there = look_up(self.whole, carried)
        return self._large(carried), there & (depth > 0) & ((found - depth).abs() < OTHER_PLANES * self._step)

    def _bands(self, height: int, width: int) -> list[slice]:
        """Rows that are done at once, so that memory is bounded."""
        rows = max(16, self.shot.budget // 4 // (PER_PIXEL * max(1, width)))
        return [slice(top, min(top + rows, height)) for top in range(0, height, rows)]

    @property
    def _step(self) -> float:
        return self.known.depths.sweep.step

    @property
    def _of_plate(self) -> fused.Ready:
        """The same with an anchor that looks through a lens without distortion, as the plate does."""
        straight = (_straight(camera, self.anchor) for camera in (self.known.camera, self.known.small))
        camera, small = straight
        return replace(self.known, camera=camera, small=small)

    def _frames(self) -> list[int]:
        return [n for n in self.shot.plate.present if self.known.camera.knows(n)]

    def _small(self, at: torch.Tensor) -> torch.Tensor:
        """Pixels [2, N] of the plate's view at the working size."""
        return (at + 0.5) * (self.shot.working_size[1] / self.shot.width) - 0.5

    def _large(self, at: torch.Tensor) -> torch.Tensor:
        return (at + 0.5) / (self.shot.working_size[1] / self.shot.width) - 0.5

    def _of(self, grid: torch.Tensor, numbers: list[int]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Light [3, h, w] at pixels of the plate [2, h, w], where it is from [2, h, w], and the frame [h, w] or -1."""
        shot, shape = self.shot, grid.shape[1:]
        spot = real(self.known.camera, self.anchor, grid)
        view = shot.view(self.anchor)
        own = sees(view.seen, spot)
        light = torch.where(own[None], resample(view.scene, spot), 0.0)
        number = torch.where(own, self.anchor, -1)
        spot = torch.where(own[None], spot, 0.0)
        left = torch.nonzero(~own.flatten())[:, 0]
        pixels = self._small(grid.flatten(1)[:, left])
        depth, known = look_up_between(self.told, pixels, self._step)
        left, pixels, depth = left[known], pixels[:, known], depth[known]
        scenes = torch.full((LOOKS, 3, len(left)), torch.nan, device=grid.device)
        spots, whose = torch.zeros((LOOKS, 2, len(left)), device=grid.device), torch.full_like(scenes[:, 0], -1)
        count = torch.zeros_like(left)
        for other in numbers:
            more = torch.nonzero(count < LOOKS)[:, 0]
            if other == self.anchor or not len(more):
                continue
            at, good = self._seen_in(other, pixels[:, more], depth[more])
            look, points = count[more][good], more[good]
            scenes[look, :, points] = resample(shot.view(other).scene, at[:, good][:, None])[:, 0].T
            spots[look, :, points], whose[look, points] = at[:, good].T, float(other)
            count[points] += 1
        best, any_ = nearest_to_the_median(scenes[..., None])
        index, left = best[:, 0][None, None], left[any_[:, 0]]
        for out, of in ((light, scenes), (spot, spots)):
            out.reshape(len(out), -1)[:, left] = torch.take_along_dim(of, index, 0)[0][:, any_[:, 0]]
        number.reshape(-1)[left] = torch.take_along_dim(whose, index[0], 0)[0][any_[:, 0]].long()
        return light, spot, number.reshape(shape)

    def _seen_in(self, other: int, pixels: torch.Tensor, depth: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Where [2, N] a frame sees points of the plate, and whether [N] it sees them and nothing before them."""
        theirs = self.known.depths.of(other)
        if theirs is None or theirs.box.empty:
            return torch.zeros_like(pixels), torch.zeros_like(depth, dtype=torch.bool)
        carried, w = project.on_surface(self.known, self.anchor, other, theirs, pixels, depth)
        found, trusted = look_up(theirs, carried)
        at = project.from_working(self.shot, self.known, other, carried)
        good = trusted & (w > 0) & ((found - w).abs() < SAME_PLANES * self._step)
        return at, good & sees(self.shot.seen(other), at[:, None])[0]


def projected(shot: Shot, motion: Motion, folder: Path, why: str, step: Step) -> Projected:
    """A shot laid into one picture through its solved camera.

    Args:
        shot: the shot and its matte.
        motion: its survey.
        folder: for the camera and the depth.
        why: no flat picture will do, for the message.
        step: called with (done, total).

    Raises:
        JobError: the camera can't be solved.
    """
    if not (folder / "camera.json").exists():
        solve(shot, motion, given_focal("", shot), folder, step)
    try:
        known = _ready(shot, motion, folder, step)
    except JobError as error:
        raise JobError(
            f"{why}, and no camera could be solved for it: {why_solved(folder) or error}",
            file=shot.plate.path(shot.plate.present[0]),
            remedy="Leave --single out.",
        ) from None
    there = [n for n in shot.plate.present if known.camera.knows(n)]
    anchor = there[len(there) // 2]
    window = _window(shot, known, anchor, there)
    told, whole = _depth(shot, known, anchor, there, window)
    return Projected(shot, known, anchor, window, told, whole)


def _ready(shot: Shot, motion: Motion, folder: Path, step: Step) -> fused.Ready:
    camera = project.camera_in(folder)
    depth_files.analyse(shot, camera, folder / "depth", step, whole_frames=True)
    return project.ready(shot, motion, folder)


def _straight(camera: Camera, number: int) -> Camera:
    """The same camera, whose lens doesn't distort one frame."""
    distortion = camera.distortion.copy()
    distortion[camera.index(number)] = 0
    return replace(camera, distortion=distortion)


def _window(shot: Shot, known: fused.Ready, anchor: int, there: list[int]) -> Window:
    """What holds what all frames see, but for a few points, and not more than WIDER beyond the anchor's frame."""
    (height, width), scale = shot.working_size, shot.width / shot.working_size[1]
    low, high = np.zeros(2), np.array([width - 1.0, height - 1.0])
    for number in there:
        depth = known.depths.of(number)
        if depth is None or depth.box.empty or number == anchor:
            continue
        grid = pixel_grid(depth.inverse.shape, depth.inverse.device, depth.box.x0, depth.box.y0)
        part = (slice(None), slice(None, None, SPREAD), slice(None, None, SPREAD))
        trusted = depth.trust[part[1:]] > 0
        carried, w = relation(known.small, number, anchor).carry(
            grid[part][:, trusted], depth.inverse[part[1:]][trusted]
        )
        points = carried[:, w > 0].cpu().numpy()
        if points.size:
            low = np.minimum(low, np.percentile(points, LEFT_OUT, axis=1))
            high = np.maximum(high, np.percentile(points, 100 - LEFT_OUT, axis=1))
    most = WIDER * np.array([width, height])
    x0, y0 = (np.floor(np.maximum(low, -most) * scale)).astype(int)
    x1, y1 = (np.ceil(np.minimum(high + 1, np.array([width, height]) + most) * scale)).astype(int)
    return Window(int(x0), int(y0), int(x1), int(y1))


def _depth(shot: Shot, known: fused.Ready, anchor: int, there: list[int], window: Window) -> tuple[Depth, Depth]:
    """The plate's depth at the working size: what is known of it, and that going on smoothly."""
    scale = shot.working_size[1] / shot.width
    ends = [(window.x0 * scale, window.y0 * scale), (window.x1 * scale, window.y1 * scale)]
    (x0, y0), (x1, y1) = np.floor(ends[0]).astype(int), np.ceil(ends[1]).astype(int)
    box = Window(int(x0), int(y0), int(x1), int(y1))
    small, own = _straight(known.small, anchor), known.depths.of(anchor)
    inverse = torch.zeros((box.height, box.width), device=shot.device)
    if own is not None and not own.box.empty:
        inverse[own.box.slices(box)] = torch.where(own.trust > fused.TRUSTED, own.inverse, 0.0)
    index = there.index(anchor)
    others = [there[index + s * o] for o in fused.OFFSETS for s in (-1, 1) if 0 <= index + s * o < len(there)]
    witnesses = [Witness(n, d, relation(small, anchor, n)) for n in others if (d := known.depths.of(n)) is not None]
    if witnesses:
        inside = inverse == 0
        inverse = torch.where(inside, fuse(small, anchor, box, inside, own, witnesses, known.depths.sweep), inverse)
    whole = _whole(inverse, box)
    return replace(whole, trust=(inverse > 0).float()), whole


def _whole(inverse: torch.Tensor, box: Window) -> Depth:
    """Depth [h, w], 0 where it isn't known, going on smoothly from where it is, over a box that begins there."""
    height, width = inverse.shape
    told = inverse > 0
    if bool(told.any()) and not bool(told.all()):
        inverse = membrane(inverse[None], told, torch.ones_like(told))[0]
    return Depth(Window(box.x0, box.y0, box.x0 + width, box.y0 + height), inverse, torch.ones_like(inverse))
