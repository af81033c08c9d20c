"""One channel of a file, as mattes are read, and which one is meant when none is named."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vfx_ai.errors import JobError
from vfx_ai.media.frame import FloatArray, Window

# Rec. 709; a matte painted in color is taken by its luminance.
LUMINANCE = (0.2126, 0.7152, 0.0722)


# What is meant by a word that is no channel's name, in order.
WORDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "alpha": (("A",), ("a",), ("alpha",), ("Alpha",)),
    "luminance": (("R", "G", "B"), ("r", "g", "b"), ("Y",)),
}


@dataclass(frozen=True)
class ChannelImage:
    """One channel of a file.

    Attributes:
        values: [H, W] float32, as in the file (NaN and Inf included), read-only; covers `data_window`.
        data_window, display_window: where the values lie and the picture's frame.
        names: the file's channels that they come from.
        windowed: whether the format has windows at all; without them both are the picture's size.
    """

    values: FloatArray
    data_window: Window
    display_window: Window
    names: tuple[str, ...]
    windowed: bool = True


def choose(names: tuple[str, ...], channel: str, path: Path, frame: int) -> tuple[str, ...]:
    """The names to read for `channel`: itself, or what "alpha" or "luminance" means; "": A, the only one, or R, G, B.

    Raises:
        JobError: there is no such channel, or no telling which is meant.
    """
    if channel:
        found = [name for name in names if name == channel] or [n for n in names if n.lower() == channel.lower()]
        meant = next((w for w in WORDS.get(channel.lower(), ()) if set(w) <= set(names)), ())
        if len(found) != 1 and not meant:
            raise _no_channel(f"there is no channel {channel!r}", names, path, frame)
        return (found[0],) if len(found) == 1 else meant
    if len(names) == 1:
        return names
    for wanted in (*WORDS["alpha"], *WORDS["luminance"]):
        if set(wanted) <= set(names):
            return wanted
    raise _no_channel("it has no A, and more than one channel", names, path, frame)


def _no_channel(message: str, names: tuple[str, ...], path: Path, frame: int) -> JobError:
    shown = ", ".join(names[:24]) + (", ..." if len(names) > 24 else "")
    return JobError(message, file=path, frame=frame, remedy=f"Use --matte-channel with one of: {shown}.")
