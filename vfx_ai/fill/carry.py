"""Where the background behind a frame's hole lies in another frame: by the motion that the shot was found to have.

What engine was the best for the shot knows best how it moves: the solved camera with its depth, dense motion, or
homographies. Where that knows nothing, the next one is asked.
"""

from __future__ import annotations

import torch

from vfx_ai.caching import Kept
from vfx_ai.fill import project
from vfx_ai.fill.fused import Ready, depth_behind
from vfx_ai.fill.ladder import Ladder
from vfx_ai.media.frame import Window
from vfx_ai.motion.carried import CarriedMotion
from vfx_ai.motion.homography import homography_positions
from vfx_ai.motion.membrane import membrane
from vfx_ai.motion.sampling import pixel_grid
from vfx_ai.motion.survey import align
from vfx_ai.shot import Shot

SAME_PLANES = 8.0  # planes of depth that a point's depth may be off, and still be the same thing
MOST_DEPTHS = 8  # of frames that are looked into, kept


def stepped(flow: CarriedMotion, numbers: tuple[int, ...], first: int, last: int, at: torch.Tensor) -> torch.Tensor:
    """Where positions [2, h, w] in frame `first` lie in frame `last`, by dense motion from frame to frame."""
    a, b = numbers.index(first), numbers.index(last)
    sign = 1 if b > a else -1
    for index in range(a, b, sign):
        at, _ = flow.advance(numbers[index], sign, at)
    return at


class Carry:
    """Carries pixels of one frame into others, also what lies behind the hole.

    Args:
        shot, ladder: of the run.
    """

    def __init__(self, shot: Shot, ladder: Ladder) -> None:
        self._shot, self._motion = shot, ladder.motion
        names = [rung.name for rung in ladder.rungs]
        self._flow = ladder.ready_of("flow")
        self._camera: Ready | None = ladder.ready_of("project")
        self._order = tuple(dict.fromkeys(name for name in (*ladder.choice.engines, *names) if name in names))
        self._depths: Kept[int, torch.Tensor] = Kept(shot.budget // 16, MOST_DEPTHS)

    def to(self, number: int, other: int, box: Window) -> tuple[torch.Tensor, torch.Tensor]:
        """Where the pixels of a box of frame `number` lie in frame `other`.

        Args:
            number, other: the frames.
            box: rows and columns of the canvas.

        Returns:
            positions [2, h, w] float32 on the canvas of `other`, and where [h, w] bool nothing is known to lie before
            them there.
        """
        at = pixel_grid((box.height, box.width), self._shot.device, box.x0, box.y0)
        sure = torch.ones((box.height, box.width), dtype=torch.bool, device=self._shot.device)
        if number == other or self._motion.kind == "locked":
            return at, sure
        known = self._camera
        for name in self._order:
            if name == "flow" and self._flow is not None:
                return stepped(self._flow, self._shot.numbers, number, other, at), sure
            if name == "project" and known is not None and known.camera.knows(number) and known.camera.knows(other):
                found = self._by_depth(known, number, other, box, at)
                if found is not None:
                    return found
            if name == "temporal":
                break
        return homography_positions(align(self._shot, self._motion, number, other), at), sure

    def _by_depth(
        self, known: Ready, number: int, other: int, box: Window, at: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor] | None:
        inverse = self._inverse(known, number)[box.y0 : box.y1, box.x0 : box.x1]
        told = inverse > 0
        if not bool(told.any()):
            return None
        inverse = membrane(inverse[None], told, torch.ones_like(told))[0]
        carried, w = project.carried_to(self._shot, known, number, other, at.flatten(1), inverse.flatten())
        there = carried.reshape(at.shape)
        theirs = self._inverse(known, other)
        x, y = (torch.nan_to_num(p).round().long() for p in there)
        found = theirs[y.clamp(0, theirs.shape[0] - 1), x.clamp(0, theirs.shape[1] - 1)]
        before = found - w.reshape(found.shape) > SAME_PLANES * known.depths.sweep.step
        return there, ~(before & (found > 0)) & (w.reshape(found.shape) > 0)

    def _inverse(self, known: Ready, number: int) -> torch.Tensor:
        """A frame's inverse depth [H, W], behind its hole too; 0 where nothing tells."""

        def made(_number: int) -> torch.Tensor:
            hole = self._shot.view(number).hole
            grid = pixel_grid(tuple(hole.shape), hole.device)
            return depth_behind(self._shot, known, number, hole, grid)

        return self._depths.get(number, made)
