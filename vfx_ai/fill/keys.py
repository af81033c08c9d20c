"""The key frames of a shot: the few in which something is chosen once, for all frames to agree on."""

from __future__ import annotations

from collections.abc import Sequence

from vfx_ai.shot import Shot

APART = 12  # frames
MOST = 24


def key_frames(shot: Shot) -> tuple[int, ...]:
    """The middle frame, the ends, then those halfway between, ever finer; they depend on the shot alone."""
    return keys_among(shot.plate.present)


def keys_among(there: Sequence[int]) -> tuple[int, ...]:
    """The key frames of a shot whose plate has these frames."""
    return tuple(there[i] for i in _order(len(there)))


def _order(count: int) -> list[int]:
    ends = sorted({0, count - 1})
    order, spans = [count // 2, *(e for e in ends if e != count // 2)], [(0, count // 2), (count // 2, count - 1)]
    while spans and len(order) < MOST:
        first, last = spans.pop(0)
        if last - first > APART:
            middle = (first + last) // 2
            order.append(middle)
            spans += [(first, middle), (middle, last)]
    return order if count else []
