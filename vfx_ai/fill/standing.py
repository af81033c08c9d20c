"""What stands on the floor goes on down to it: a post or a box that a hole cuts doesn't end in mid-air.

Beside a hole, what lies before the planes of the background is some object. If its lower part is hidden, it is carried
down the picture at its own depth, until the floor comes nearer than it is: there it stands. It isn't carried where the
background is seen to begin below it, nor further than a few times its visible height: it may as well hang.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.fill.masks import dilated

TALLER = 2.0  # times its visible height, by which an object may go on
SAME = 3.0  # steps of depth within which one row of an object is like the next
LEAST_ROWS = 3  # that an object must be seen on
STEEP = 0.05  # of its own value, by which the floor's inverse depth grows at least over a tenth of the picture's height
LEVEL = 0.35  # how far the floor may lean sideways, as a share of how it comes nearer downwards
RIM, GAPS = 3, 3  # pixels
SLOW = 0.25  # the share of a new row in an object's mean depth


@dataclass(frozen=True)
class Standing:
    """Hidden pixels of objects that go on down: which [h, w] bool, and their inverse depth [h, w] float32."""

    there: torch.Tensor
    inverse: torch.Tensor


def floor_of(planes: torch.Tensor, height: int, width: int) -> int | None:
    """Which of the planes [K, 3] is a floor: it comes nearer down the picture, more than any other; None: none."""
    if not len(planes):
        return None
    k = int(planes[:, 1].argmax())
    across, down, start = (float(v) for v in planes[k])
    at_bottom = across * width / 2 + down * height + start
    level = abs(across) < LEVEL * down
    return k if down > 0 and level and at_bottom > 0 and down * height / 10 > STEEP * at_bottom else None


def carried_down(
    inverse: torch.Tensor,
    hidden: torch.Tensor,
    on: torch.Tensor,
    behind: torch.Tensor,
    floor: torch.Tensor,
    step: float,
) -> Standing:
    """Carry objects down into what is hidden.

    Args:
        inverse: [h, w] float32, inverse depth, 0 where it isn't known.
        hidden: [h, w] bool, what nothing is known of.
        on: [h, w] bool, what lies on the background's planes.
        behind: [h, w] float32, inverse depth of the planes.
        floor: [h, w] bool, where the plane that one sees is the floor.
        step: of depth, as it was swept.
    """
    height, width = inverse.shape
    hidden = dilated(hidden, RIM)  # depth is least sure at its rim
    object_ = (inverse > behind) & ~hidden & ~on
    there, depth = torch.zeros_like(hidden), torch.zeros_like(inverse)
    mean = inverse.new_zeros(width)
    seen, gone = (torch.zeros(width, dtype=torch.long, device=inverse.device) for _ in range(2))
    rows = torch.arange(height, device=inverse.device)[:, None]
    for y in range(height):
        like = (inverse[y] - mean).abs() < SAME * step
        ends = (gone > 0) & ~hidden[y] & (object_[y] & (like | (inverse[y] > mean)))
        stands = (gone > 0) & hidden[y] & floor[y] & (behind[y] >= mean)
        good = (ends | stands) & (gone <= TALLER * seen)
        if bool(good.any()):
            column = good & (rows >= y - gone) & (rows < y)
            there |= column
            depth = torch.where(column, mean, depth)
        on_and_on = hidden[y] & (seen >= LEAST_ROWS) & ~stands & (gone < TALLER * seen)
        again = object_[y] & like & (gone == 0) & (seen > 0)
        mean = torch.where(object_[y], torch.where(again, mean + SLOW * (inverse[y] - mean), inverse[y]), mean)
        seen = torch.where(object_[y], torch.where(again, seen + 1, 1), torch.where(on_and_on, seen, 0))
        gone = torch.where(on_and_on, gone + 1, 0)
    return _closed(there, depth)


def _closed(there: torch.Tensor, depth: torch.Tensor) -> Standing:
    """The same without gaps of single columns, and with depth evened across columns."""
    side = 2 * GAPS + 1
    whole = F.pad(there.float()[None, None], (GAPS, GAPS, 0, 0), value=0.0)
    wide = F.max_pool2d(whole, (1, side), stride=1)
    closed = -F.max_pool2d(F.pad(-wide, (GAPS, GAPS, 0, 0), value=0.0), (1, side), stride=1)[0, 0] > 0.5
    both = torch.stack([depth, there.float()])
    mean = F.avg_pool2d(both[None], (1, side), stride=1, padding=(0, GAPS))[0]
    return Standing(closed, torch.where(closed, mean[0] / mean[1].clamp(min=1e-3), 0.0))
