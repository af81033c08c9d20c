"""Numbers as a person writes them, alike in the report and on the terminal."""

from __future__ import annotations

from collections.abc import Iterable


def ranges(frames: Iterable[int]) -> str:
    """Frame numbers as a person writes them: "1001-1003, 1010"."""
    runs: list[list[int]] = []
    for frame in sorted(frames):
        if runs and frame == runs[-1][1] + 1:
            runs[-1][1] = frame
        else:
            runs.append([frame, frame])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def percent(part: float, whole: float) -> str:
    """A share as text; "100%" and "0%" stand for all and nothing alone."""
    if whole <= 0:
        return "–"
    share = 100.0 * part / whole
    if 0 < share < 0.1:
        return "<0.1%"
    return ">99.9%" if 99.9 < share < 100 else f"{share:.1f}%".replace(".0%", "%")


def duration(seconds: float) -> str:
    """A time as text: "0.4 s", "1 min 43 s", "2 h 5 min"."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def counted(number: int, noun: str) -> str:
    """A number with its noun: "1 frame", "3 frames"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def making(what: str, pictures: int, crops: int, tiles: int, steps: int, seconds: float) -> str:
    """What a model would take: "at most 3 key frames, 3 crops, 12 tiles, 90 steps; about 2 min"."""
    parts = [counted(pictures, what), counted(crops, "crop"), *([counted(tiles, "tile")] if tiles else [])]
    return f"at most {', '.join(parts)}, {counted(steps, 'step')}; about {duration(seconds)}"
