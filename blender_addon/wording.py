"""What a job does, in words. Standard library alone."""

import re
import textwrap
from collections.abc import Iterable
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

_KEPT_OUT = ("clean_plate", "extend", "generate_plate")  # there it is a box to tick that hands the matte on


def here(text: str, name: str, labels: dict[str, str]) -> str:
    """A message of the worker with the panel's words for options of the command line.

    Args:
        text: the message.
        name: of the offer that it is about.
        labels: what the panel calls what an option is for, by the option's name.
    """
    names = {**labels, **({"matte": labels["keep-out"]} if name in _KEPT_OUT else {})}
    return re.sub(r"(?<![\w-])--([a-z][a-z-]*)", lambda found: names.get(found[1], found[0]), text)


def allows(lines: Iterable[str], labels: dict[str, str]) -> list[str]:
    """What the doctor says that a machine allows, without what is otherwise in Blender: it turns movies into frames."""
    there = [here(line, "", labels) for line in lines if not line.startswith("Movie files:")]
    return [re.sub(r" unless --[a-z-]+ says otherwise", "", line) for line in there]


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


def planned(found: dict[str, Any]) -> str:
    """How long a job will take."""
    left, done = len(found["frames"]) - len(found["finished"]), len(found["finished"])
    frames = f"{left} frame{'' if left == 1 else 's'}{f', {done} are finished' if done else ''}"
    about = f"about {duration(found['seconds'])}"
    return f"{frames}: {about}; {found['hole_percent']:.1f}% of the picture is filled"


def rows(states: list[str], chosen: int, most: int) -> list[int]:
    """Which rows of a queue are shown: those that run, the chosen one, what is next, and the last ones; rising.

    Args:
        states: of all jobs, in their order.
        chosen: index of the chosen one; -1: none.
        most: that are shown.
    """
    waits = [index for index, state in enumerate(states) if state == "PENDING"]
    runs = [index for index, state in enumerate(states) if state == "RUNNING"]
    last = range(len(states) - 1, -1, -1)
    wanted = [*runs, *([chosen] if chosen >= 0 else []), *waits[:1], *last]
    return sorted(list(dict.fromkeys(wanted))[:most])


def wrapped(text: str, width: int, most: int = 5) -> list[str]:
    """Lines of a text for a panel that is `width` pixels wide at an interface of usual size."""
    letters = max(16, int(width / 6.6))
    lines = [line for part in text.splitlines() for line in textwrap.wrap(part, letters)]
    return lines if len(lines) <= most else [*lines[: most - 1], f"{lines[most - 1][: letters - 2]} …"]
