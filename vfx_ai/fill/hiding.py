"""What is hidden for a trial: the matte grown over what is seen around it, in a few frames and in squares of them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.caching import Kept
from vfx_ai.shot import MOST_SEEN, MOST_SMALL, MOST_VIEWS, Shot, View, hole_box

PROBES = 3  # frames in which pixels are hidden
AROUND = 8  # frames before and after each for which motion is carried anew
THINNEST, THICKEST = 3, 24  # by how many pixels the matte is grown, at the working size
SIDE = 128  # pixels of a square, at the working size, in which an engine rebuilds
SQUARES = 3  # in a frame, at most; more than one only where they lie apart


class Hiding(Shot):
    """A shot whose matte is larger, for a trial.

    Args:
        shot: the plate and its matte.
        grown: makes of a matte [H, W] bool on the canvas the larger one.
    """

    def __init__(self, shot: Shot, grown: Callable[[torch.Tensor], torch.Tensor]) -> None:
        self.__dict__.update(copy.copy(shot.__dict__))
        self._shot, self._grown = shot, grown
        self._views: Kept[int, View] = Kept(shot.budget, MOST_VIEWS, self._away)  # their pictures are those of the shot
        self._small: Kept[int, tuple[torch.Tensor, torch.Tensor]] = Kept(shot.budget // 4, MOST_SMALL)
        self._seen = Kept(shot.budget // 16, MOST_SEEN)

    def ahead(self, numbers: Iterable[int]) -> None:
        """The pictures are those of the shot."""
        self._shot.ahead(numbers)

    def _load(self, number: int) -> View:
        view = self._shot.view(number)
        return replace(view, coverage=torch.maximum(view.coverage, self._grown(view.hole).to(view.coverage.dtype)))


def holed(shot: Shot) -> list[int]:
    """The frames that have a hole. Every matte of the shot is read for it, so it is asked once."""
    return [n for n in shot.plate.present if shot.coverage(n).any()]


def picked(numbers: Sequence[int], count: int) -> list[int]:
    """So many of some frames, spread over them, away from their ends."""
    picks = np.linspace(0, len(numbers) - 1, count + 2).round().astype(int)[1:-1]
    return sorted({numbers[i] for i in picks}) if numbers else []


def probes(shot: Shot) -> list[int]:
    """Frames with a hole, in which pixels are hidden for a trial."""
    return picked(holed(shot), PROBES)


def growth(shot: Shot, numbers: Sequence[int]) -> int:
    """Half of the hole's own thickness, about: what is hidden for the trial is then hidden about as long."""
    factor = shot.width / shot.working_size[1]
    thickness = []
    for number in numbers:
        hole = F.adaptive_max_pool2d(shot.view(number).hole[None, None].float(), shot.working_size)
        area = float(hole.sum())
        edge = area - float((1 - F.max_pool2d(1 - hole, 3, 1, 1)).sum())
        thickness.append(2 * area / max(edge, 1.0))
    return round(min(max(float(np.median(thickness)) / 2, THINNEST), THICKEST) * factor)


def around(numbers: Sequence[int], number: int) -> Sequence[int]:
    """The frames between which motion is needed to rebuild a frame."""
    index = numbers.index(number)
    return numbers[max(0, index - AROUND) : index + AROUND + 1]


def squares(shot: Shot, hiding: Hiding, number: int) -> list[torch.Tensor]:
    """Seen pixels that are hidden now, [H, W] bool each: one square near the hole's middle, others far from it."""
    view = shot.view(number)
    region = hiding.view(number).hole & view.seen
    side = round(SIDE * shot.width / shot.working_size[1])
    rows, columns = torch.nonzero(region, as_tuple=True)
    if rows.numel() == 0 or hole_box(view.hole, 0).empty:
        return []
    middle = rows.float().mean(), columns.float().mean()
    pick = int(((rows - middle[0]) ** 2 + (columns - middle[1]) ** 2).argmin())
    apart, out = torch.full(rows.shape, torch.inf, device=rows.device), []
    while True:
        y, x = int(rows[pick]), int(columns[pick])
        square = torch.zeros_like(region)
        square[max(0, y - side // 2) : y + side // 2, max(0, x - side // 2) : x + side // 2] = True
        out.append(region & square)
        apart = torch.minimum(apart, torch.maximum((rows - y).abs(), (columns - x).abs()).float())
        pick = int(apart.argmax())
        if len(out) == SQUARES or float(apart[pick]) < side:
            return out
