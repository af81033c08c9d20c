"""The painted frames of a shot: what was painted in them, and the shot as it is with paint."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import torch

from vfx_ai.caching import Kept
from vfx_ai.errors import InputError
from vfx_ai.fill import PAINTED
from vfx_ai.fill.contract import Fill, nothing
from vfx_ai.fill.masks import distance
from vfx_ai.media.painted import PaintedFile, read_painted
from vfx_ai.motion.sampling import pixel_grid
from vfx_ai.shot import MOST_SEEN, MOST_SMALL, MOST_VIEWS, Shot, View, crop, hole_box

FADE = 0.012  # of the picture's width: how far real pixels of a painted frame go on beyond its paint
SOLID = 0.99  # matte value from which a pixel shows what must go
LEFT_SHARE = 0.1  # of the solid matte: so much of the plate's own is told of
MOST_KEPT = 6  # pictures


@dataclass(frozen=True)
class Paint:
    """A painted frame.

    Attributes:
        scene: [3, H, W] float32, scene-linear: the artist's picture on the canvas.
        finite: [H, W] bool, where it holds numbers.
        valid: [H, W] bool, where it shows the background: its numbers in the hole, and what the camera saw beside it.
        mask: [H, W] bool, what counts as painted: the frame's hole.
        reach: [H, W] float32, 1 on paint, falling to 0 beside it.
        left: share of the solid matte, 0..1, that is the plate's own.
    """

    scene: torch.Tensor
    finite: torch.Tensor
    valid: torch.Tensor
    mask: torch.Tensor
    reach: torch.Tensor
    left: float


class Paints:
    """The painted frames of a shot, read when needed.

    Args:
        shot: the plate and its matte.
        files: from `media.painted.find_painted`.
        colorspace: of the job.
    """

    def __init__(self, shot: Shot, files: Iterable[PaintedFile], colorspace: str) -> None:
        self._shot, self._colorspace = shot, colorspace
        self.files = {file.number: file for file in files}
        self._kept: Kept[int, Paint] = Kept(shot.budget // 8, MOST_KEPT)

    def __contains__(self, number: int) -> bool:
        return number in self.files

    def of(self, number: int) -> Paint:
        """A painted frame.

        Raises:
            InputError: it can't be read, isn't of the plate's size, or is the plate's own in the whole hole.
        """
        return self._kept.get(number, self._read)

    def order(self, number: int) -> tuple[list[int], list[int]]:
        """The painted frames before and after a frame, the nearest first."""
        return [n for n in sorted(self.files, reverse=True) if n < number], [
            n for n in sorted(self.files) if n > number
        ]

    def _read(self, number: int) -> Paint:
        shot, file = self._shot, self.files[number]
        view, info = shot.view(number), shot.infos[number]
        pixels, finite = read_painted(file, info, shot.layer_name, self._colorspace)
        scene, valid = view.scene.clone(), torch.zeros_like(view.hole)
        there = (..., *info.data_window.slices(shot.canvas))
        scene[there] = torch.from_numpy(pixels).permute(2, 0, 1).to(shot.device)
        valid[there] = torch.from_numpy(finite).to(shot.device)
        differs = (scene != view.scene).any(0) & view.hole & valid
        if not bool(differs.any()):
            what = (
                "is the plate's own wherever the matte is"
                if bool(view.hole.any())
                else "has no hole: its matte is empty"
            )
            raise InputError(
                f"the paint-out of frame {number} {what}",
                file=file.path,
                frame=number,
                remedy="Paint over what must go, within the matte, and save it as a whole picture.",
            )
        mask = view.hole & valid
        fade = max(4.0, FADE * shot.width)
        reach = (1 - distance(mask) / fade).clamp(min=0)
        solid = view.hole & (view.coverage >= SOLID)
        left = float((solid & ~differs).sum()) / max(int(solid.sum()), 1)
        return Paint(scene, valid, valid & (mask | view.seen), mask, reach, left)


class PaintedShot(Shot):
    """The shot with paint where it was painted: there the painted frames have no hole."""

    def __init__(self, shot: Shot, paints: Paints) -> None:
        self.__dict__.update(shot.__dict__)
        self._shot, self._paints = shot, paints
        self._views: Kept[int, View] = Kept(shot.budget, MOST_VIEWS, self._away)  # their pictures are those of the shot
        self._small: Kept[int, tuple[torch.Tensor, torch.Tensor]] = Kept(shot.budget // 4, MOST_SMALL)
        self._seen = Kept(shot.budget // 16, MOST_SEEN)

    def ahead(self, numbers: Iterable[int]) -> None:
        """The pictures are those of the shot."""
        self._shot.ahead(numbers)

    def _load(self, number: int) -> View:
        view = self._shot.view(number)
        if number not in self._paints:
            return view
        paint = self._paints.of(number)
        return replace(
            view,
            scene=torch.where(paint.mask, paint.scene, view.scene),
            valid=view.valid | paint.mask,
            coverage=torch.where(paint.mask, 0.0, view.coverage),
        )


def as_painted(shot: Shot, paints: Paints, number: int) -> Fill:
    """The fill of a painted frame: its hole is the paint; what isn't a number there is left open."""
    hole, paint = shot.view(number).hole, paints.of(number)
    box = hole_box(hole, 0)
    inside = crop(hole, box)
    there = inside & crop(paint.finite, box)
    own = pixel_grid((box.height, box.width), shot.device, box.x0, box.y0)
    return replace(
        nothing(number, box, inside),
        scene=torch.where(there, crop(paint.scene, box), 0.0),
        source=torch.where(there, PAINTED, 0).to(torch.uint8),
        confidence=there.float(),
        never_seen=inside & ~there,
        origin=torch.where(there, torch.cat([own, torch.full_like(own[:1], float(number))]), 0.0),
    )


def check(paints: Paints) -> list[str]:
    """Look at every painted frame, so that one that can't be used is refused before anything is done.

    Returns:
        What is to be told of them, as sentences.

    Raises:
        InputError: see `Paints.of`.
    """
    told = []
    for number in paints.files:
        left = paints.of(number).left
        if left > LEFT_SHARE:
            told.append(
                f"The paint-out of frame {number} is the plate's own in {100 * left:.0f} % of the matte: "
                "if what must go is still there, it is carried into other frames."
            )
    return told
