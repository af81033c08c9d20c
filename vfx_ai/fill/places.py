"""Which engine is best where: what the trial measured in places, carried to the frame that is filled.

A place is a small cell of hidden pixels in one frame of the trial. Its errors count for what lies near it in the
background, which the shot's homographies carry from frame to frame; far from all places the shot's own order holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from vfx_ai.media.frame import Window
from vfx_ai.motion.homography import homography_positions
from vfx_ai.motion.survey import Motion

CELL = 16  # pixels of the working size, the side of a cell, and of the grid on which engines are compared
NEAR, FAR = 1.5, 3.0  # cells: a place's say falls to exp(-1/2) at the first distance, and ends at the other
ENOUGH = 150.0  # pixels, by their say, that must have been hidden near a position for it to differ from the shot
CLEARLY_BETTER = 0.4  # an engine goes first in a part only with less than this share of the first one's squared error


@dataclass(frozen=True)
class Place:
    """A cell of hidden pixels.

    Attributes:
        frame: the frame of the trial.
        x, y: its middle on the canvas.
        pixels: how many were hidden in it.
        errors: per engine the mean squared error, display-encoded.
    """

    frame: int
    x: float
    y: float
    pixels: int
    errors: dict[str, float]

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Place:
        """The place from what `asdict` made of it."""
        return cls(int(data["frame"]), float(data["x"]), float(data["y"]), int(data["pixels"]), dict(data["errors"]))


def gathered(
    number: int, box: Window, hidden: torch.Tensor, errors: dict[str, torch.Tensor], cell: float
) -> tuple[Place, ...]:
    """Places from the squared errors of a part of a frame.

    Args:
        number: the frame.
        box: where the arrays lie on the canvas.
        hidden: [h, w] bool, the pixels that were rebuilt.
        errors: per engine [h, w] float32, squared error.
        cell: side of a cell in pixels of the canvas.
    """
    rows, columns = (index.cpu().numpy() for index in torch.nonzero(hidden, as_tuple=True))
    if len(rows) == 0:
        return ()
    values = {name: error[hidden].cpu().numpy().astype(np.float64) for name, error in errors.items()}
    across = int(box.width // cell) + 1
    cells = (rows // cell).astype(int) * across + (columns // cell).astype(int)
    _, index, count = np.unique(cells, return_inverse=True, return_counts=True)

    def mean(what: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        return np.bincount(index, what) / count

    x, y, means = mean(columns) + box.x0, mean(rows) + box.y0, {n: mean(v) for n, v in values.items()}
    return tuple(
        Place(number, float(x[i]), float(y[i]), int(count[i]), {n: float(m[i]) for n, m in means.items()})
        for i in range(len(count))
    )


def favorites(
    places: Sequence[Place],
    engines: Sequence[str],
    motion: Motion,
    number: int,
    x: npt.NDArray[np.float64],
    y: npt.NDArray[np.float64],
    cell: float,
) -> npt.NDArray[np.int64]:
    """Which engine goes first at positions in a frame.

    Args:
        places: of the trial.
        engines: the one that goes first in the shot as a whole, then the others; the places have them all.
        motion: of the shot.
        number: the frame that is filled.
        x, y: positions on the canvas, any shape.
        cell: side of a cell in pixels of the canvas.

    Returns:
        int64 of that shape, indices into `engines`; 0 where nothing says otherwise.
    """
    weight, error = np.zeros(x.shape), {name: np.zeros(x.shape) for name in engines}
    for frame in sorted({place.frame for place in places}):
        there = [place for place in places if place.frame == frame]
        at = torch.tensor([[p.x for p in there], [p.y for p in there]], dtype=torch.float32)[:, None]
        moved = homography_positions(motion.between(frame, number), at)[:, 0].double().numpy()
        for place, px, py in zip(there, *moved, strict=True):
            away = ((x - px) ** 2 + (y - py) ** 2) / (NEAR * cell) ** 2
            share = place.pixels * np.where(away < (FAR / NEAR) ** 2, np.exp(-away / 2), 0.0)
            weight += share
            for name in engines:
                error[name] += share * place.errors[name]
    means = np.stack([error[name] / np.maximum(weight, ENOUGH) for name in engines])
    return np.where((weight >= ENOUGH) & (means.min(0) < CLEARLY_BETTER * means[0]), means.argmin(0), 0)
