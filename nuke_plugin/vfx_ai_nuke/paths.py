"""Paths as Nuke writes them, and as jobs want them."""

import os
import re
from pathlib import Path
from typing import List, Tuple

import nuke

from vfx_ai_nuke.errors import NodeError

_SCRIPT_FOLDER = "[file dirname [value root.name]]"
_TOKEN = re.compile(r"#+|%0?\d*d")


def file_of(node: nuke.Node, knob: str) -> str:
    """The whole path in a file knob, with Nuke's expressions worked out; the place of the frame number stays.

    Raises:
        NodeError: it isn't a whole path, as beside a script that was never saved.
    """
    value = node[knob].getEvaluatedValue() or ""
    path = slashes(value.strip())
    if not path:
        raise NodeError(f"{node[knob].label() or knob} is empty. Name a file.")
    if not _is_whole(path):
        raise NodeError(
            f"{path!r} is no whole path. Save the script first, or write one that begins with / or a drive."
        )
    return path


def files_of(node: nuke.Node, knob: str) -> List[str]:
    """The same for a knob that may hold several with commas between, or none."""
    if not node[knob].value():
        return []
    found = [slashes(one.strip()) for one in file_of(node, knob).split(",") if one.strip()]
    for one in found:
        if not _is_whole(one):
            raise NodeError(f"{one!r} is no whole path. Write one that begins with / or a drive.")
    return found


def slashes(path: str) -> str:
    """A Windows path with slashes; of other systems' a backslash is a letter like any other."""
    return path.replace("\\", "/") if re.match(r"[A-Za-z]:|\\\\", path) else path


def this_view() -> str:
    """The view that is worked in."""
    return str(nuke.thisView() or "main")


def of_view(path: str, view: str) -> str:
    """A path with %V and %v replaced: a view's name, and its first letter."""
    return path.replace("%V", view).replace("%v", view[:1])


def frame_file(pattern: str, frame: int) -> str:
    """The file of a frame: by #### or %04d."""

    def number(found: "re.Match[str]") -> str:
        token = found.group()
        width = len(token) if token.startswith("#") else int(token[1:-1] or 0)
        return f"{frame:0{width}d}"

    folder, name = split(pattern)
    return folder + _TOKEN.sub(number, name)


def frames_of(pattern: str, first: int, last: int) -> List[int]:
    """The frames from first to last whose files are there; the folder is asked once, it may be far away."""
    try:
        names = set(os.listdir(split(pattern)[0] or "."))  # noqa: PTH208 - names alone
    except OSError:
        return []
    return [frame for frame in range(first, last + 1) if split(frame_file(pattern, frame))[1] in names]


def has_frame(pattern: str) -> bool:
    """Whether a name has a place for the frame number."""
    return _TOKEN.search(split(pattern)[1]) is not None


def with_range(pattern: str, first: int, last: int) -> str:
    """A sequence's name that means these frames alone: plate.1001-1024####.exr; a single file stays as it is."""
    folder, name = split(pattern)
    found = _TOKEN.search(name)
    return pattern if found is None else f"{folder}{name[: found.start()]}{first}-{last}{name[found.start() :]}"


def pinned(path: str) -> str:
    """What is written into a Read's file: beside the script, if it lies there, so that both can be moved together."""
    folder = split(slashes(str(nuke.root()["name"].value())))[0]
    if _is_whole(folder) and path.startswith(folder):
        return f"{_SCRIPT_FOLDER}/{_escaped(path[len(folder) :])}"
    return _escaped(path)


def _escaped(path: str) -> str:
    """A path in which Nuke finds no expression."""
    return re.sub(r"([\[\]\\$])", r"\\\1", path)


def split(path: str) -> Tuple[str, str]:
    """The folder, with its last slash, and the name."""
    at = path.rfind("/") + 1
    return path[:at], path[at:]


def _is_whole(path: str) -> bool:
    return Path(path).is_absolute() or re.match(r"[A-Za-z]:/|//", path) is not None
