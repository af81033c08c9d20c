"""Motion that a rendered plate carries in layers of its own: what their numbers mean, and whether they are believed.

Vectors may point to the next frame or the one before, or come from there; count up or down, pixels or shares of the
picture, a whole frame or the half for which a shutter was open. So every reading is tried: by the right one, a frame
fetched from its neighbour looks as it does by measured motion, and no other is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import torch

from vfx_ai.media.frame import Plane, Window
from vfx_ai.motion.background import Pair, Step, measure
from vfx_ai.motion.sampling import pixel_grid, sample, sees
from vfx_ai.shot import Shot

PROBES = 3  # steps on which readings are tried
MOST_PAIRS = 6  # of channels
LIMIT = 0.5  # stops; more is no worse
# By a reading frames may differ by so much more than by measured motion, which fits their noise as well.
WORSE, WORSE_STOPS = 1.1, 0.003
FEWEST_PIXELS = 200
UNITS: tuple[tuple[str, Callable[[float], float]], ...] = (
    ("pixels", lambda _side: 1.0),
    ("pixels in half a frame", lambda _side: 2.0),
    ("shares of the picture", lambda side: side),
    ("shares of half the picture", lambda side: side / 2),
)


@dataclass(frozen=True)
class Reading:
    """What two channels mean: each pixel's motion towards a neighbour.

    Attributes:
        pair: the channels.
        scale: by what their numbers are multiplied to be pixels of the canvas, to the right and down.
        unit: of the numbers, in words.
    """

    pair: tuple[Plane, Plane]
    scale: tuple[float, float]
    unit: str

    def flow(self, shot: Shot, number: int, box: Window) -> torch.Tensor | None:
        """Motion [2, h, w] float32 in a box of the working picture, in its pixels; NaN where the layer has none.

        None where the frame lacks the layer.
        """
        values = _picked(shot, number, self.pair, box)
        return None if values is None else self.of(values, shot)

    def of(self, values: torch.Tensor, shot: Shot) -> torch.Tensor:
        """Motion [2, h, w] in pixels of the working picture, from what the layer has."""
        factor = shot.working_size[1] / shot.width
        scale = torch.tensor(self.scale, dtype=torch.float32, device=values.device) * factor
        flow = values * scale[:, None, None]
        return torch.where(flow.abs().amax(0) < 2 * shot.width, flow, torch.nan)


@dataclass(frozen=True)
class LayerMotion:
    """Layers of motion that are believed: by sign, 1 towards the next frame and -1 towards the one before."""

    readings: dict[int, Reading]

    def told(self, shot: Shot, here: int, there: int, pair: Pair) -> tuple[torch.Tensor | None, torch.Tensor | None]:
        """Motion [2, h, w] from frame `here` to the next one, `there`, and back; None where it must be measured.

        Args:
            shot: the plate.
            here, there: the frames.
            pair: the same frames, ready to be compared: motion by which they are less alike than as a whole, isn't
                believed.
        """
        flows = []
        for sign, number, of in ((1, here, pair), (-1, there, pair.turned())):
            flow = self.readings[sign].flow(shot, number, of.there.box) if sign in self.readings else None
            if flow is not None:
                where, still = torch.isfinite(flow).all(0) & of.seen, of.there.start
                if differing(of, flow, where) > WORSE * differing(of, still, where) + WORSE_STOPS:
                    flow = None
            flows.append(flow)
        return flows[0], flows[1]


def find_motion(
    shot: Shot, steps: Sequence[tuple[int, int]], pair_of: Callable[[int, int], Pair]
) -> tuple[LayerMotion | None, str]:
    """The plate's layers of motion, if it has any that can be believed.

    Args:
        shot: the plate and its matte.
        steps: from each frame to the next.
        pair_of: makes two frames ready to be compared.

    Returns:
        the layers, and a sentence for the report; None and "" where the plate has none.
    """
    layers = shot.measures(steps[0][0]).motion[:MOST_PAIRS] if steps else ()
    if not layers:
        return None, ""
    picks = np.unique(np.linspace(0, len(steps) - 1, PROBES + 2).round().astype(int))
    # the first and the last frame's vectors are often left out
    probes = [steps[i] for i in (picks[1:-1] if len(picks) > 2 else picks)]
    tried = {sign: _Trial(shot, layers, sign) for sign in (1, -1)}
    for here, there in probes:
        pair = pair_of(here, there)
        for sign, number, of, step in zip((1, -1), (here, there), (pair, pair.turned()), measure(pair), strict=True):
            tried[sign].add(number, of, step)
    readings = {sign: reading for sign, one in tried.items() if (reading := one.best()) is not None}
    names = ", ".join(dict.fromkeys(plane.layer for pair in layers for plane in pair))
    if not readings:
        return None, (
            f"The plate's layers of motion ({names}) aren't used: read in any way, they explain it less well than "
            "motion that is measured."
        )
    return LayerMotion(readings), _told(readings)


class _Trial:
    """How far frames differ by each reading of the layers, and by measured motion."""

    def __init__(self, shot: Shot, layers: Sequence[tuple[Plane, Plane]], sign: int) -> None:
        self._shot, self._sign = shot, sign
        self._readings = [reading for pair in layers for reading in _readings(shot, pair)]
        self._differ, self._measured, self._count = np.zeros(len(self._readings)), 0.0, 0

    def add(self, number: int, pair: Pair, step: Step) -> None:
        """One more step from a frame to its neighbour."""
        where = step.age == 0
        if int(where.sum()) < FEWEST_PIXELS:
            return
        self._measured += differing(pair, step.start + step.beside, where)
        self._count += 1
        values = {r.pair: _picked(self._shot, number, r.pair, step.box) for r in self._readings}
        for i, reading in enumerate(self._readings):
            found = values[reading.pair]
            self._differ[i] += LIMIT if found is None else differing(pair, reading.of(found, self._shot), where)

    def best(self) -> Reading | None:
        """The reading by which the frames are most alike, if they are about as much so as by measured motion."""
        if not self._count:
            return None
        i = int(self._differ.argmin())
        allowed = WORSE * self._measured + WORSE_STOPS * self._count
        return self._readings[i] if self._differ[i] <= allowed else None


def differing(pair: Pair, flow: torch.Tensor, where: torch.Tensor) -> float:
    """By how many stops a pair's second frame, fetched along a motion, differs from the first; LIMIT where it can't be.

    Args:
        pair: of frames.
        flow: [2, h, w], in pixels; NaN where nothing is known.
        where: [h, w] bool, pixels that count.
    """
    if not bool(where.any()):
        return 0.0
    target = pair.there.inside(pair.there.grid) + torch.nan_to_num(flow, nan=1e6)
    apart = (sample(pair.second, target) - pair.first).abs().clamp(max=LIMIT).mean(0)
    return float(torch.where(sees(pair.other_seen, target), apart, LIMIT)[where].mean())


def _readings(shot: Shot, pair: tuple[Plane, Plane]) -> Iterator[Reading]:
    """All that two channels may mean; the usual first."""
    display = shot.infos[shot.numbers[0]].display_window
    for (unit, factor), sign, down in product(UNITS, (1, -1), (1, -1)):
        scale = sign * factor(display.width), sign * down * factor(display.height)
        yield Reading(pair, scale, unit)


def _picked(shot: Shot, number: int, pair: tuple[Plane, Plane], box: Window) -> torch.Tensor | None:
    """What two channels have at the pixel nearest to each of the working picture in a box: [2, h, w] float32."""
    layer = shot.beside(number, pair)
    if layer is None:
        return None
    factor = shot.working_size[1] / shot.width
    x, y = (((pixel_grid((box.height, box.width), torch.device("cpu"), box.x0, box.y0)) + 0.5) / factor - 0.5).round()
    picked = layer[:, y.long().clamp(0, shot.height - 1).numpy(), x.long().clamp(0, shot.width - 1).numpy()]
    return torch.from_numpy(picked).to(shot.device)


def _told(readings: dict[int, Reading]) -> str:
    """Which layers tell of motion, and how they are read."""
    parts = []
    for sign, reading in sorted(readings.items(), reverse=True):
        across, down = reading.pair
        upright = "down" if reading.scale[1] * reading.scale[0] > 0 else "up"
        against = "" if reading.scale[0] > 0 else ", reversed"
        to = "next" if sign > 0 else "previous"
        names = f"{across.channel} and {down.channel}"
        parts.append(f"to the {to} frame from {names} ({reading.unit}, y {upright}{against})")
    missing = "" if len(readings) == 2 else "; the other way it is measured"
    return f"Motion comes from layers of the plate: {', '.join(parts)}{missing}."
