"""How long shots are in frames."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction


def frame_counts(seconds: Sequence[float], rate: Fraction) -> list[int]:
    """Frames of each shot, at least one; a shot's length doesn't depend on the others."""
    return [max(1, round(Fraction(str(one)) * rate)) for one in seconds]


def clock(seconds: float) -> str:
    """ "4.2 s" or "1:04 min"."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d} min"
