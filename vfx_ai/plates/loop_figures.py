"""How a loop's change looks, in figures: steps from frame to frame, and whether its frames are like the shot's."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from vfx_ai.media.color import from_log, to_log
from vfx_ai.plates.descriptors import basis_of
from vfx_ai.plates.loop_change import blended, share_of_new
from vfx_ai.plates.spread import Spread

SIZE = (3, 7, 7)  # of a patch
SAMPLES, KEYS = 1500, 400_000  # so many that a patch finds itself
AROUND = 2  # frames on each side of the seam that are looked at


@dataclass(frozen=True)
class Seam:
    """Figures of one way to close a loop; steps are over the median one of the plate.

    Attributes:
        step: from the last frame to the first.
        largest: of the change and the seam.
        usual_largest: of the plate's own frames in the loop.
        coherence: stops from patches of the change to the nearest of the plate: 0 if all of it is real.
        usual_coherence: stops from patches of the plate to the nearest of its other frames.
    """

    step: float
    largest: float
    usual_largest: float
    coherence: float
    usual_coherence: float


def changed(clip: torch.Tensor, over: int, when: torch.Tensor | None, *, fade: bool = False) -> torch.Tensor:
    """The loop's frames [L, h, w, 3] of a clip [over + L, h, w, 3] in stops: changed over at `when`, faded, or cut."""
    made = clip[over:].clone()
    for place in range(over):
        share = clip.new_tensor((place + 1) / (over + 1)) if fade else clip.new_tensor(0.0)
        if when is not None:
            share = share_of_new(when, place)
        here = len(made) - over + place
        made[here] = to_log(blended(from_log(made[here]), from_log(clip[place]), share.expand(made.shape[1:3])))
    return made


def seam_of(clip: torch.Tensor, over: int, when: torch.Tensor) -> dict[str, Seam]:
    """Figures of the loop, of a bare cut at its place, and of a cross-fade over as many frames."""
    usual = _steps(clip[over:])
    ways = {
        "loop": changed(clip, over, when),
        "cut": changed(clip, over, None),
        "fade": changed(clip, over, None, fade=True),
    }
    usable = torch.ones([n - s + 1 for n, s in zip(clip.shape[:3], SIZE, strict=True)], dtype=torch.bool)
    basis = basis_of(clip, usable, SIZE)
    keys = basis.of(clip, Spread(None))
    frames = len(keys)
    # Of the plate itself: a stretch in the middle, against all that doesn't overlap it.
    middle, reach = frames // 2, over // 2 + AROUND
    inner = keys[middle - reach : middle + reach]
    outer = torch.cat([keys[: max(0, middle - reach - SIZE[0])], keys[middle + reach + SIZE[0] :]])
    plain = _apart(inner, outer if len(outer) else keys)
    found = {}
    for name, made in ways.items():
        steps = _steps(torch.cat([made, made[:1]]))
        zone = torch.cat([made[-over:], made[: SIZE[0]]])
        found[name] = Seam(
            float(steps[-1] / usual.median()),
            float(steps[-over - 1 :].max() / usual.median()),
            float(usual.max() / usual.median()),
            _apart(basis.of(zone, Spread(None)), keys),
            plain,
        )
    return found


def _steps(clip: torch.Tensor) -> torch.Tensor:
    return (clip[1:] - clip[:-1]).square().mean((1, 2, 3)).sqrt()


def _apart(queries: torch.Tensor, keys: torch.Tensor) -> float:
    a, b = (v.reshape(-1, v.shape[-1]) for v in (queries, keys))
    a, b = (v[:: max(1, len(v) // n)] for v, n in ((a, SAMPLES), (b, KEYS)))
    lengths = b.square().sum(1)
    least = [
        (part.square().sum(1)[:, None] + lengths - 2 * part @ b.T).amin(1).clamp(min=0) for part in torch.split(a, 128)
    ]
    return float(torch.cat(least).mean().sqrt())
