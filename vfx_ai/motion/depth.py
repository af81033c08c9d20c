"""Depth of every frame of a shot whose camera is known, where a hole of another frame may look.

Depth is found in the frames that show the background, not in the hole: there is a picture to compare with. Each frame's
depth is then held against the others': what several frames place at the same point of space is believed, what one of
them sees through is not.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.caching import Kept
from vfx_ai.errors import JobError
from vfx_ai.media.atomic import replacing
from vfx_ai.media.frame import Window
from vfx_ai.motion.camera import Camera
from vfx_ai.motion.depths import Depth, Sweep, load_depth, save_depth
from vfx_ai.motion.geometry import Relation, disparity, relation
from vfx_ai.motion.ideal_picture import ideal_picture
from vfx_ai.motion.layer_depth import find_depth
from vfx_ai.motion.mend import mended
from vfx_ai.motion.points import depth_range, with_points
from vfx_ai.motion.sweep import Seen, cheapest, compared, cost_volume, refined, smoothed
from vfx_ai.shot import Shot

COARSE_PAIRS, FINE_PAIRS = 3, 3
STEP_PIXELS = 0.5  # between two planes, as the farthest of the first frames sees them
FEWEST_PLANES, MOST_PLANES = 24, 112
FARTHEST_PIXELS = 75.0  # of disparity over the whole sweep, for a frame to be compared with
LEAST_PIXELS = 3.0
CONTEXT = 24  # pixels around what is needed, for the smoothing
CHECKED = 4  # frames on each side that a depth is held against
CELL = 8  # pixels; what is needed is found in squares of this side
NOTE = "layer.txt"  # the file that says whether a layer of the plate told of depth
REACH = 96  # frames; holes farther away in time aren't thought of
HOLES_ASKED = 48
LEFT_OPEN = 0.01  # share of the pixels that may be left without depth where a layer tells of the others'


def analyse(
    shot: Shot, camera: Camera, folder: Path, progress: Callable[[int, int], None], *, whole_frames: bool = False
) -> None:
    """Find the depth of every frame and write it to `folder`; "sweep.npy", written last, says that it is whole.

    Args:
        shot: the plate and its matte.
        camera: of the shot.
        folder: of its depth.
        progress: called with (done, total).
        whole_frames: find it all over each frame, not just where a hole of another one may look.
    """
    if (folder / "sweep.npy").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    numbers = [n for n in shot.plate.present if camera.knows(n)]
    small = with_points(shot, working_camera(shot, camera), numbers)
    sweep = choose_sweep(shot, small, numbers)
    layer, note = find_depth(shot, small, numbers, sweep.step)
    sweep = layer.widened(sweep) if layer else sweep
    with replacing(folder / NOTE) as beside:
        beside.write_text(note, encoding="utf-8")
    frames: Kept[int, tuple[Seen, torch.Tensor]] = Kept(shot.budget // 4, 16)

    def ideal(n: int) -> tuple[Seen, torch.Tensor]:
        return frames.get(n, lambda n: _ideal_frame(shot, small, n))

    holes, whole = {n: _hole_squares(shot, n) for n in numbers}, set[int]()
    for done, number in enumerate(numbers):
        box = Window(0, 0, *shot.working_size[::-1])
        if not whole_frames:
            box = needed(small, number, holes, sweep, shot.working_size)
        inverse = torch.full((box.height, box.width), torch.nan, device=shot.device)
        own = layer if layer and number in layer.numbers else None
        if own:
            inverse = own.inverse(shot, small, number, box, sweep)
        told = torch.isfinite(inverse)
        if not own or _lacks(shot, number, box, told):
            inverse = torch.where(told, inverse, _swept(shot, small, number, numbers, sweep, box, ideal))
            whole.add(number)
        inverse = torch.nan_to_num(inverse, nan=sweep.far)
        save_depth(folder / f"{number}.swept.npz", box, inverse, told.float(), sweep)
        progress(done + 1, 2 * len(numbers))
    swept: Kept[int, Depth] = Kept(shot.budget // 4, 2 * CHECKED + 2)
    for done, number in enumerate(numbers):
        around = _near(numbers, number, CHECKED)
        mine = swept.get(number, lambda n: load_depth(folder / f"{n}.swept.npz", sweep, shot))
        others = {n: swept.get(n, lambda n: load_depth(folder / f"{n}.swept.npz", sweep, shot)) for n in around}
        seen = {n: ideal(n)[0].shown for n in (number, *around)}
        if layer:
            seen |= {n: _known(d, seen[n]) for n, d in (*others.items(), (number, mine)) if n not in whole}
        believed = mended(small, number, mine, others, seen, sweep, ideal(number)[1])
        save_depth(folder / f"{number}.npz", believed.box, believed.inverse, believed.trust, sweep)
        progress(len(numbers) + done + 1, 2 * len(numbers))
    for number in numbers:
        (folder / f"{number}.swept.npz").unlink(missing_ok=True)
    with replacing(folder / "sweep.npy") as beside, beside.open("wb") as file:
        np.save(file, np.array([sweep.far, sweep.near, sweep.count]))


def working_camera(shot: Shot, camera: Camera) -> Camera:
    """The camera over the shot's pictures at the working size."""
    return camera.scaled(shot.working_size[1] / shot.width)


def choose_sweep(shot: Shot, small: Camera, numbers: list[int]) -> Sweep:
    """Planes from the nearest to the farthest point, as fine as the frames that are compared first can tell.

    Raises:
        JobError: nothing tells of depth.
    """
    far, near = depth_range(shot, small, numbers)
    if near <= far:
        raise JobError(
            "the camera and the plate tell nothing of how far the background is",
            remedy="Check that the camera belongs to this plate and its frames, or use --engine flow.",
        )
    probes = [numbers[i] for i in np.unique(np.linspace(0, len(numbers) - 1, 5).round().astype(int))]
    widest = []
    for number in probes:
        first, _ = _pairs(shot, small, number, numbers, far, near)
        pixels = [_parallax(shot, small, number, other, far, near) for pair in first for other in pair]
        widest.append(max(pixels, default=0.0))
    count = int(np.clip(np.median(widest) / STEP_PIXELS, FEWEST_PLANES, MOST_PLANES))
    return Sweep(far, near, count)


def needed(small: Camera, number: int, holes: dict[int, torch.Tensor], sweep: Sweep, size: tuple[int, int]) -> Window:
    """The box of frame `number` in which another frame's hole may look, with the smoothing's surroundings.

    Args:
        small: the camera at the working size.
        number: the frame.
        holes: per frame, the corners [2, N] of the squares that hold its hole, at the working size.
        sweep: the planes.
        size: (height, width) of the picture.
    """
    height, width = size
    box = Window(0, 0, 0, 0)
    for other in _spread(list(holes), number):
        at = holes[other]
        planes = torch.linspace(sweep.far, sweep.near, 5, device=at.device)[:, None]
        there, inverse = relation(small, other, number).carry(at, planes.expand(-1, at.shape[1]))
        there = there[:, (inverse >= 0) & (there > -width).all(0) & (there < 2 * width).all(0)]
        if there.numel():
            low, high = there.amin(1).tolist(), there.amax(1).tolist()
            box = box.union(Window(int(low[0]), int(low[1]), int(high[0]) + 2, int(high[1]) + 2))
    return box.grown(CONTEXT).intersection(Window(0, 0, width, height)) if not box.empty else box


def _spread(numbers: list[int], number: int) -> list[int]:
    """The frames within REACH, or HOLES_ASKED of them, spread."""
    index = numbers.index(number)
    near = numbers[max(0, index - REACH) : index + REACH + 1]
    return [near[i] for i in np.unique(np.linspace(0, len(near) - 1, min(HOLES_ASKED, len(near))).round().astype(int))]


def _hole_squares(shot: Shot, number: int) -> torch.Tensor:
    """Corners [2, N] of the squares, CELL pixels of the working size wide, that hold a frame's hole."""
    height, width = shot.working_size
    hole = torch.from_numpy(shot.coverage(number) > 0)[None, None].float()
    cells = F.adaptive_max_pool2d(hole, (-(-height // CELL), -(-width // CELL)))[0, 0]
    rows, columns = torch.nonzero(cells, as_tuple=True)
    corner = torch.stack([columns, rows]).float() * CELL
    corners = [corner + torch.tensor([[dx], [dy]]) * CELL for dx in (0, 1) for dy in (0, 1)]
    return torch.cat(corners, 1).to(shot.device)


def _pairs(
    shot: Shot, small: Camera, number: int, numbers: list[int], far: float, near: float
) -> tuple[list[list[int]], list[list[int]]]:
    """Frames to compare a frame with, first and for refining: pairs of one before and one after, by parallax."""
    index = numbers.index(number)
    sides = [numbers[:index][::-1], numbers[index + 1 :]]
    first, fine = [], []
    for side in sides:
        told: list[tuple[int, float]] = []
        for other in side[:REACH]:
            pixels = _parallax(shot, small, number, other, far, near)
            if pixels > FARTHEST_PIXELS and len(told) >= COARSE_PAIRS:
                break
            told.append((other, pixels))
        good = [other for other, pixels in told if pixels >= LEAST_PIXELS] or [
            other for other, _ in told[-COARSE_PAIRS:]
        ]
        first.append(good[:COARSE_PAIRS])
        fine.append(
            [good[i] for i in np.unique(np.linspace(0, len(good) - 1, FINE_PAIRS + 1).round().astype(int))][1:]
            if good
            else []
        )
    return _paired(*first), _paired(*fine)


def _paired(before: list[int], after: list[int]) -> list[list[int]]:
    longest = max(len(before), len(after))
    return [[side[i] for side in (before, after) if i < len(side)] for i in range(longest)]


def _parallax(shot: Shot, small: Camera, number: int, other: int, far: float, near: float) -> float:
    height, width = shot.working_size
    at = torch.tensor([[0.25, 0.75, 0.5, 0.25, 0.75], [0.25, 0.25, 0.5, 0.75, 0.75]]) * torch.tensor(
        [[width], [height]]
    )
    return disparity(small, number, other, near, far, at)


def _swept(
    shot: Shot,
    small: Camera,
    number: int,
    numbers: list[int],
    sweep: Sweep,
    box: Window,
    ideal: Callable[[int], tuple[Seen, torch.Tensor]],
) -> torch.Tensor:
    if box.empty:
        return torch.zeros((0, 0), device=shot.device)
    first, fine = _pairs(shot, small, number, numbers, sweep.far, sweep.near)

    def related(pairs: list[list[int]]) -> list[list[tuple[Seen, Relation]]]:
        return [[(ideal(n)[0], relation(small, number, n)) for n in pair] for pair in pairs]

    reference, features = ideal(number)
    planes = torch.linspace(sweep.far, sweep.near, sweep.count, device=shot.device)
    volume = cost_volume(reference, related(first), planes, box)
    inverse = cheapest(smoothed(volume, features[0, box.y0 : box.y1, box.x0 : box.x1]), planes)
    return refined(reference, related(fine), inverse, sweep.step, box)


def _ideal_frame(shot: Shot, small: Camera, number: int) -> tuple[Seen, torch.Tensor]:
    """A frame as an ideal lens would have seen it: ready to be compared, and its features [3, h, w] in stops."""
    features, seen = ideal_picture(shot, small, number)
    return compared(features, seen), features


def _lacks(shot: Shot, number: int, box: Window, told: torch.Tensor) -> bool:
    """Whether a frame shows more in a box without depth of its own than may be left open."""
    shown = shot.small(number)[1][box.y0 : box.y1, box.x0 : box.x1]
    return int((shown & ~told).sum()) > LEFT_OPEN * told.numel()


def _known(depth: Depth, seen: torch.Tensor) -> torch.Tensor:
    """Where [h, w] a frame is seen and a layer tells its depth."""
    there = depth.box.slices(Window(0, 0, seen.shape[1], seen.shape[0]))
    known = torch.zeros_like(seen)
    known[there] = seen[there] & (depth.trust > 0)
    return known


def _near(numbers: list[int], number: int, reach: int) -> list[int]:
    index = numbers.index(number)
    return [n for n in numbers[max(0, index - reach) : index + reach + 1] if n != number]
