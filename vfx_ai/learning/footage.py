"""What a model learns from: frames of a shot at all levels, without what its matte hides."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from vfx_ai.learning.levels import Level, larger, levels_of, pyramid, smoothed, to_light
from vfx_ai.media.frame import BoolArray
from vfx_ai.shot import Shot

FEWEST_KNOWN = 0.05  # of a frame, without which nothing is learned from it
BYTES = 3 * 4 * 4 / 3  # per pixel of a frame with all of its levels, but for the mask
MOST_FRAMES, MOST_CLIPS = 48, 8  # of a shot, whichever is more


@dataclass(frozen=True)
class Footage:
    """A shot to learn from.

    Attributes:
        levels: the coarsest first; their light is whole: what isn't known is what the coarser level tells, and at the
            coarsest the smoothest surface. It stands there to be looked at from afar, and is never a target.
        numbers: of the frames.
        starts: indices of frames from which the following ones of a clip are there too.
        picture: height and width of the frames. The levels are larger where they had to be, so that they can be halved:
            what lies beyond the picture isn't known, and is no hole either.
    """

    levels: tuple[Level, ...]
    numbers: tuple[int, ...]
    starts: tuple[int, ...]
    picture: tuple[int, int]

    def tall(self, level: int) -> tuple[float, float]:
        """Height and width of the picture at a level, in that level's pixels: no whole number, as a rule."""
        halved = 2 ** (len(self.levels) - 1 - level)
        return self.picture[0] / halved, self.picture[1] / halved

    def within(self, level: int) -> tuple[slice, slice]:
        """Rows and columns of a level that show something of the picture."""
        height, width = self.tall(level)
        return slice(0, math.ceil(height)), slice(0, math.ceil(width))

    def holes(self, level: int) -> BoolArray:
        """What isn't known of the picture, [F, h, w] of a level."""
        out = np.zeros(self.levels[level].known.shape, bool)
        inside = (..., *self.within(level))
        out[inside] = ~self.levels[level].known.numpy()[inside]
        return out


Look = Callable[[Sequence[int]], Iterator[tuple[torch.Tensor, torch.Tensor]]]


def look_at(shot: Shot) -> Look:
    """Gives frames by their numbers: scene-linear light [3, H, W], and where [H, W] the background is seen."""
    return lambda numbers: ((view.scene, view.seen) for view in map(shot.view, numbers))


def footage(
    there: Sequence[int],
    look: Look,
    size: tuple[int, int],
    clip: int,
    budget: int,
    most_levels: int,
    step: Callable[[int, int], None] = lambda done, total: None,
) -> Footage | None:
    """A shot's frames, as many as the budget holds, spread over the shot; None if they show next to nothing.

    Args:
        there: numbers of the frames that have a picture, rising.
        look: gives frames; what isn't seen in them, the object for one, is nowhere in what comes of it.
        size: (height, width), the same for all.
        clip: how many neighboring frames are learned from at a time.
        budget: bytes.
        most_levels: how many levels the model knows.
        step: is called with (done, total).
    """
    count = int(max(clip, min(max(MOST_FRAMES, MOST_CLIPS * clip), budget // (BYTES * size[0] * size[1]), len(there))))
    numbers, starts = chosen(there, count, clip)
    levels = min(most_levels, levels_of(*size))
    made = []
    for done, (scene, seen) in enumerate(look(numbers), 1):
        made.append(whole(pyramid(to_light(scene)[None].cpu(), seen[None].cpu(), levels)))
        step(done, len(numbers))
    if not made:
        return None
    joined = tuple(
        Level(torch.cat([m[i].light for m in made]), torch.cat([m[i].known for m in made])) for i in range(levels)
    )
    inside = (slice(size[0]), slice(size[1]))
    usable = tuple(s for s in starts if float(joined[-1].known[s][inside].float().mean()) > FEWEST_KNOWN)
    return Footage(joined, tuple(numbers), usable, size) if usable else None


def whole(finest_first: Sequence[Level]) -> list[Level]:
    """Levels with light everywhere, the coarsest first, from levels that have it where it is known."""
    out: list[Level] = []
    for level in reversed(finest_first):
        expected = larger(out[-1].light) if out else smoothed(level.light, level.known)
        out.append(Level(torch.where(level.known[:, None], level.light, expected), level.known))
    return out


def chosen(there: Sequence[int], count: int, clip: int) -> tuple[list[int], list[int]]:
    """Numbers of frames, in runs of `clip` neighbors spread over the shot, and where among them each run begins."""
    if not there:
        return [], []
    clip = min(clip, len(there))
    runs = max(1, min(count // clip, len(there) - clip + 1))
    last = len(there) - clip
    firsts = sorted({round(i * last / max(1, runs - 1)) for i in range(runs)}) if runs > 1 else [last // 2]
    numbers = sorted({n for first in firsts for n in there[first : first + clip]})
    at = {n: i for i, n in enumerate(numbers)}
    return numbers, [at[there[first]] for first in firsts]
