"""Engine `project`: the background seen from other frames, through a solved camera and its depth; for parallax.

The depth behind the hole comes from frames that saw the background. Each pixel of the hole is a point of space; frames
before and after that see this point, and not something before it, lend its color.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from vfx_ai.errors import JobError
from vfx_ai.fill.contract import Fill, nothing
from vfx_ai.fill.fused import Ready, depth_behind, nothing_found
from vfx_ai.fill.looks import LOOKS, MARGIN, Look, mixed
from vfx_ai.fill.masks import box_sum
from vfx_ai.fill.rims import BESIDE, STAINED, rims_of
from vfx_ai.fill.ring import patch_side, ring_around
from vfx_ai.motion import depth as depth_files
from vfx_ai.motion.camera import Camera, read_solved
from vfx_ai.motion.depth import working_camera
from vfx_ai.motion.depths import Depth, Depths, look_up, look_up_between
from vfx_ai.motion.exposure import match_gain
from vfx_ai.motion.geometry import depth_ratio, ideal, real, relation
from vfx_ai.motion.sampling import length, pixel_grid, resample, sees
from vfx_ai.motion.survey import Motion
from vfx_ai.shot import Shot, crop, hole_box

REACH = 96  # frames before and after that may lend color
SAME_PLANES, LOOSE_PLANES = 2.0, 8.0
SURFACE_STEPS = 2
ELSEWHERE = 2.5  # pixels of the working size
DRIFT = 0.2  # power by which the error grows with the distance in frames, fitted as in `claims`
RIM, MOSTLY = 9, 0.5  # pixels around a point, and the share of them whose depth is known


def analyse(shot: Shot, _motion: Motion, folder: Path, progress: Callable[[int, int], None]) -> None:
    """Find the depth of the whole shot and write it to `folder`, unless it is there.

    Raises:
        JobError: the shot has no camera.
    """
    depth_files.analyse(shot, camera_in(folder), folder / "depth", progress)


def ready(shot: Shot, _motion: Motion, folder: Path) -> Ready:
    """What `fill` needs, read from where `analyse` wrote it."""
    camera = camera_in(folder)
    depths = Depths(shot, folder / "depth")
    return Ready(camera, working_camera(shot, camera), depths, *nothing_found(shot), folder / "behind")


def hidden(shot: Shot, known: Ready, _numbers: Sequence[int]) -> Ready:
    """The same for a shot some of whose pixels are hidden for a trial: what is known of their depth is forgotten."""
    behind, rims = nothing_found(shot)
    return replace(known, depths=known.depths.hidden(shot), behind=behind, rims=rims, folder=None)


def camera_in(folder: Path) -> Camera:
    """The camera that an analysis folder holds.

    Raises:
        JobError: there is none.
    """
    camera = read_solved(folder)
    if camera is None:
        raise JobError(
            "engine project needs a camera, and none could be solved for this shot",
            remedy="Give one from a matchmove with --camera FILE, or use --engine flow.",
        )
    return camera


def fill(shot: Shot, known: Ready, number: int, blend: int = 0, region: torch.Tensor | None = None) -> Fill:
    """Fill the hole of one frame with what other frames saw of the same points of space.

    Args:
        shot: the plate and its matte.
        known: from `ready`.
        number: which frame.
        blend: 1 takes each pixel from a single frame; else up to LOOKS frames of each side are mixed.
        region: [H, W] bool on the canvas, the part of the hole to fill; None: all of it.
    """
    whole = shot.view(number).hole
    box = hole_box(whole if region is None else whole & region, MARGIN)
    hole = crop(whole if region is None else whole & region, box)
    if not known.camera.knows(number):
        return nothing(number, box, hole)
    at = pixel_grid(hole.shape, shot.device, box.x0, box.y0)
    inverse = depth_behind(shot, known, number, whole if region is None else whole & region, at)
    past, future = (_looks(shot, known, number, at, inverse, sign) for sign in (-1, 1))
    gains: dict[int, torch.Tensor] = {}

    def gain(other: int) -> torch.Tensor:
        if other not in gains:
            gains[other] = _gain(shot, known, number, other)
        return gains[other]

    filled = mixed(shot, number, box, hole, past, future, gain, DRIFT, blend)
    return replace(filled, depth_ratio=_depth_ratio(shot, known, filled, at, inverse))


def contradicted(shot: Shot, known: Ready, other: Fill) -> torch.Tensor:
    """Pixels [h, w] bool of another engine's fill that can't be right, by what is known of depth.

    They come from a point whose depth is known, and which this frame would see elsewhere; or from the rim of such
    points. What comes from an area without depth, since it moves by itself, is left to the other engine.
    """
    at = pixel_grid(other.source.shape, shot.device, other.box.x0, other.box.y0)
    out = torch.zeros_like(other.source, dtype=torch.bool)
    factor = shot.working_size[1] / shot.width
    for number in other.frames:
        depth = known.depths.of(number) if known.camera.knows(number) else None
        mask = (other.origin[2] == number) & (other.source > 0)
        if depth is None or depth.box.empty or not known.camera.knows(other.number):
            continue
        pixels = to_working(shot, known, number, other.origin[:2, mask])
        inverse, trusted = look_up(depth, pixels)
        near = box_sum((depth.trust > 0).float(), RIM) / RIM**2
        surrounded, _ = look_up(replace(depth, inverse=near), pixels)
        carried, _ = relation(known.small, number, other.number).carry(pixels, inverse)
        lands = (from_working(shot, known, other.number, carried) - at[:, mask]) * factor
        out[mask] = torch.where(trusted, length(lands) > ELSEWHERE, surrounded > MOSTLY)
    return out


def to_working(shot: Shot, known: Ready, number: int, at: torch.Tensor) -> torch.Tensor:
    """Pixels [2, N] of a frame as those of its ideal picture at the working size."""
    return (ideal(known.camera, number, at) + 0.5) * (shot.working_size[1] / shot.width) - 0.5


def from_working(shot: Shot, known: Ready, number: int, pixels: torch.Tensor) -> torch.Tensor:
    """The other way, [2, ...]."""
    return real(known.camera, number, (pixels + 0.5) / (shot.working_size[1] / shot.width) - 0.5)


def carried_to(
    shot: Shot, known: Ready, number: int, other: int, at: torch.Tensor, inverse: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Where frame `other` sees points at pixels [2, N] of frame `number` with inverse depths [N]; and those there."""
    carried, w = relation(known.small, number, other).carry(to_working(shot, known, number, at), inverse)
    return from_working(shot, known, other, carried), w


def _looks(shot: Shot, known: Ready, number: int, at: torch.Tensor, inverse: torch.Tensor, sign: int) -> list[Look]:
    """What LOOKS frames of one side see of the points at pixels `at` [2, h, w] with inverse depths [h, w]."""
    size, index = inverse.shape, shot.numbers.index(number)
    left = torch.nonzero(inverse.flatten() > 0)[:, 0]
    flat, depth = at.flatten(1), inverse.flatten()
    pixels = to_working(shot, known, number, flat)
    positions = flat.expand(LOOKS, 2, -1).clone()
    frame = torch.full((LOOKS, flat.shape[1]), -1, device=at.device)
    steps = torch.zeros((LOOKS, flat.shape[1]), device=at.device)
    guess, beside = torch.zeros((2, LOOKS, flat.shape[1]), dtype=torch.bool, device=at.device)
    count = torch.zeros(flat.shape[1], dtype=torch.long, device=at.device)
    loose = torch.full((flat.shape[1],), LOOSE_PLANES, device=at.device)
    step = known.depths.sweep.step
    for distance in range(1, REACH + 1):
        there = index + sign * distance
        if not 0 <= there < len(shot.numbers) or left.numel() == 0:
            break
        other = shot.numbers[there]
        theirs = known.depths.of(other) if known.camera.knows(other) else None
        if theirs is None or theirs.box.empty:
            continue
        carried, w = on_surface(known, number, other, theirs, pixels[:, left], depth[left])
        found, trusted = look_up(theirs, carried)
        planes = torch.where(trusted & (w > 0), (found - w).abs() / step, torch.inf)
        seen_at = from_working(shot, known, other, carried)
        rim, _ = look_up(replace(theirs, inverse=rims_of(shot, known, other, theirs)), carried)
        shown = sees(shot.seen(other), seen_at[:, None])[0] & (rim < STAINED)
        same = shown & (planes < SAME_PLANES)
        good = same & (rim < BESIDE)
        hidden = found - w > SAME_PLANES * step  # by something nearer
        spare = shown & ~good & ~hidden & (planes + 0.3 * distance < loose[left]) & (count[left] == 0)
        loose[left[spare]] = (planes + 0.3 * distance)[spare]
        first = good & (guess | beside)[0, left]  # a good look takes the place of a spare one
        count[left[first]] = 0
        for chosen, spared in ((good, False), (spare, True)):
            points = left[chosen]
            look = torch.zeros_like(points) if spared else count[points]
            positions[look, :, points] = seen_at[:, chosen].T
            frame[look, points], steps[look, points] = there, float(distance)
            guess[look, points], beside[look, points] = spared & ~same[chosen], spared & same[chosen]
        count[left[good]] += 1
        left = left[count[left] < LOOKS]
    return [
        Look(p.reshape(2, *size), f.reshape(size), s.reshape(size), g.reshape(size), b.reshape(size))
        for p, f, s, g, b in zip(positions, frame, steps, guess, beside, strict=True)
    ]


def on_surface(
    known: Ready, number: int, other: int, theirs: Depth, pixels: torch.Tensor, inverse: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Where frame `other` sees points [2, N] of frame `number`, and their inverse depth [N] there.

    The depth behind the hole is right to a part of a plane, which may be pixels in a frame far away. That frame's own
    depth belongs to its own pixels: where it nearly agrees, the point is moved along its ray onto that surface.
    """
    there, back = relation(known.small, number, other), relation(known.small, other, number)
    carried, w = there.carry(pixels, inverse)
    step = known.depths.sweep.step
    for _ in range(SURFACE_STEPS):
        found, trusted = look_up_between(theirs, carried, step)
        _, nearer = back.carry(carried, found)
        close = trusted & ((found - w).abs() < SAME_PLANES * step)
        moved, at = there.carry(pixels, torch.where(close, nearer, inverse))
        carried, w = moved, at
    return carried, w


def _depth_ratio(shot: Shot, known: Ready, fill: Fill, at: torch.Tensor, inverse: torch.Tensor) -> torch.Tensor:
    """By what the depth that the origin shows [h, w] is multiplied to be the depth from this frame's camera."""
    ratio = torch.ones_like(inverse)
    for other in fill.frames:
        mask = (fill.source > 0) & (fill.origin[2] == other)
        pixels = to_working(shot, known, fill.number, at[:, mask])
        ratio[mask] = depth_ratio(known.small, fill.number, other, pixels, inverse[mask])
    return ratio


def _gain(shot: Shot, known: Ready, number: int, other: int) -> torch.Tensor:
    """By what pixels [3] of frame `other` are multiplied to be as bright as around the hole of frame `number`."""
    view, own = shot.view(number), known.depths.of(number)
    ring = ring_around(view.hole, view.seen)
    if own is None or own.box.empty:
        return torch.ones(3, device=shot.device)
    pixels = to_working(shot, known, number, ring)
    inverse, there = look_up(own, pixels)
    carried, w = relation(known.small, number, other).carry(pixels, inverse)
    theirs = known.depths.of(other)
    assert theirs is not None  # it lent pixels
    found, trusted = look_up(theirs, carried)
    seen_at = from_working(shot, known, other, carried)
    same = there & trusted & ((found - w).abs() < SAME_PLANES * known.depths.sweep.step)
    same &= sees(shot.seen(other), seen_at[:, None])[0]
    at_ring = view.scene[:, ring[1].long(), ring[0].long()]
    lent = resample(shot.view(other).scene, seen_at[:, None])[:, 0]
    return match_gain(at_ring, lent, same, ring, patch_side(shot.width))
