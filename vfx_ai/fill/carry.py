"""Where the background behind a frame's hole lies in another frame: by the motion that the shot was found to have.

What engine was the best for the shot knows best how it moves: the solved camera with its depth, dense motion, or
homographies. Where that knows nothing, the next one is asked.
"""

from __future__ import annotations

import torch

from vfx_ai.fill import project
from vfx_ai.fill.ladder import Ladder
from vfx_ai.media.frame import Window
from vfx_ai.motion.geometry import ideal, real, relation
from vfx_ai.motion.homography import homography_positions
from vfx_ai.motion.membrane import membrane
from vfx_ai.motion.sampling import pixel_grid
from vfx_ai.motion.survey import align
from vfx_ai.shot import Kept, Shot

SAME_PLANES = 8.0  # planes of depth that a point's depth may be off, and still be the same thing
MOST_DEPTHS = 8  # of frames that are looked into, kept


class Carry:
    """Carries pixels of one frame into others, also what lies behind the hole.

    Args:
        shot, ladder: of the run.
    """

    def __init__(self, shot: Shot, ladder: Ladder) -> None:
        self._shot, self._motion = shot, ladder.motion
        ready = {rung.name: rung.ready for rung in ladder.rungs}
        order = (*ladder.choice.engines, *ready)
        self._flow = ready.get("flow")
        self._camera: project.Ready | None = ready.get("project")
        self._order = tuple(dict.fromkeys(name for name in order if name in ready))
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
                return self._step_by_step(number, other, at), sure
            if name == "project" and known is not None and known.camera.knows(number) and known.camera.knows(other):
                found = self._by_depth(known, number, other, box, at)
                if found is not None:
                    return found
            if name == "temporal":
                break
        return homography_positions(align(self._shot, self._motion, number, other), at), sure

    def _step_by_step(self, number: int, other: int, at: torch.Tensor) -> torch.Tensor:
        numbers = self._shot.numbers
        a, b = numbers.index(number), numbers.index(other)
        sign = 1 if b > a else -1
        for index in range(a, b, sign):
            assert self._flow is not None
            at, _ = self._flow.advance(numbers[index], sign, at)
        return at

    def _by_depth(
        self, known: project.Ready, number: int, other: int, box: Window, at: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor] | None:
        inverse = self._inverse(known, number)[box.y0 : box.y1, box.x0 : box.x1]
        told = inverse > 0
        if not bool(told.any()):
            return None
        inverse = membrane(inverse[None], told, torch.ones_like(told))[0]
        factor = self._shot.working_size[1] / self._shot.width
        pixels = (ideal(known.camera, number, at.flatten(1)) + 0.5) * factor - 0.5
        carried, w = relation(known.small, number, other).carry(pixels, inverse.flatten())
        there = real(known.camera, other, (carried + 0.5) / factor - 0.5).reshape(at.shape)
        theirs = self._inverse(known, other)
        x, y = (torch.nan_to_num(p).round().long() for p in there)
        found = theirs[y.clamp(0, theirs.shape[0] - 1), x.clamp(0, theirs.shape[1] - 1)]
        before = found - w.reshape(found.shape) > SAME_PLANES * known.depths.sweep.step
        return there, ~(before & (found > 0)) & (w.reshape(found.shape) > 0)

    def _inverse(self, known: project.Ready, number: int) -> torch.Tensor:
        """A frame's inverse depth [H, W], behind its hole too; 0 where nothing tells."""

        def made(_number: int) -> torch.Tensor:
            hole = self._shot.view(number).hole
            grid = pixel_grid(tuple(hole.shape), hole.device)
            return project.depth_behind(self._shot, known, number, hole, grid)

        return self._depths.get(number, made)
