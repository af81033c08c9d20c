"""What a job does, in words. Standard library alone."""

import re
import textwrap
from typing import Any

TAB = "VFX AI"
PREPARING = {"movie": "turning the movie into frames", "mask": "drawing the mask"}
STATES = {
    "PENDING": ("SORTTIME", "Waiting"),
    "RUNNING": ("PLAY", "Running"),
    "DONE": ("CHECKMARK", "Done"),
    "FAILED": ("ERROR", "Failed"),
    "STOPPED": ("CANCEL", "Stopped"),
}

# What the command line's options are called here, in messages of the worker.
_OPTIONS = {
    "matte": "Matte",
    "matte-channel": "Channel",
    "matte-grow": "Grow",
    "matte-invert": "Invert",
    "single": "One Still",
    "engine": "Engine",
    "model": "Model",
    "grain": "Grain",
    "detail": "Detail",
    "frames": "Frames",
    "missing": "Gaps",
    "layers": "Layers",
    "focal": "Focal Length",
    "camera": "Camera",
    "effects": "Shadows and Reflections",
    "output": "File",
    "device": "Device",
    "pad": "Sides",
    "format": "Size",
    "overscan": "Overscan",
    "length": "Shortest and Longest",
    "seed": "Seed",
    "use": "Use",
}
_KEPT_OUT = ("clean_plate", "extend", "generate_plate")  # there it is a box to tick that hands the matte on


def here(text: str, name: str) -> str:
    """A message of the worker with the panel's words for options of the command line.

    Args:
        text: the message.
        name: of the offer that it is about.
    """
    names = {**_OPTIONS, **({"matte": "Keep Out the Matte"} if name in _KEPT_OUT else {})}
    return re.sub(r"(?<![\w-])--([a-z][a-z-]*)", lambda found: names.get(found[1], found[0]), text)


def told(data: dict[str, Any]) -> str:
    """Progress, in a line."""
    parts = [data.get("stage") or data.get("state") or ""]
    if data.get("total"):
        parts.append(f"{data['done']} of {data['total']}")
    if data.get("seconds_left"):
        parts.append(f"about {duration(data['seconds_left'])} left")
    elif data.get("text") and not data.get("total"):
        parts.append(data["text"])
    return ", ".join(part for part in parts if part)


def duration(seconds: float) -> str:
    """A time for people."""
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def counted(found: dict[str, Any]) -> str:
    """What was made."""
    if "frame" in found:
        return f"frame {found['frame']}, by {found.get('engine', 'the worker')}"
    frames = found.get("frames") or ()
    return f"{len(frames)} frames written" if len(frames) != 1 else "1 frame written"


def wrapped(text: str, width: int, most: int = 5) -> list[str]:
    """Lines of a text for a panel that is `width` pixels wide at an interface of usual size."""
    letters = max(16, int(width / 6.6))
    lines = [line for part in text.splitlines() for line in textwrap.wrap(part, letters)]
    return lines if len(lines) <= most else [*lines[: most - 1], f"{lines[most - 1][: letters - 2]} …"]
