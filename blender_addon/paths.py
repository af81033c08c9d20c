"""Names of sequences, as Blender and as jobs write them. Standard library alone."""

import os
import re
from pathlib import Path

_TOKEN = re.compile(r"#+")
MOVIES = frozenset((".mov", ".mp4", ".m4v", ".mkv", ".avi", ".webm", ".mpg", ".mpeg", ".mts", ".m2ts", ".mxf", ".ogv"))


def is_movie(file: str) -> bool:
    """Whether a file is a movie, by its name."""
    return Path(file).suffix.lower() in MOVIES


def pattern_of(file: str) -> tuple[str, int | None]:
    """The pattern of a frame's file, and its number: of plate.1001.exr it is plate.####.exr and 1001.

    Returns:
        The file itself and None if it has no number.
    """
    folder, name = os.path.split(file)
    stem, extension = os.path.splitext(name)
    found = re.search(r"\d+(?!.*\d)", stem)
    if found is None:
        return file, None
    pattern = f"{stem[: found.start()]}{'#' * len(found[0])}{stem[found.end() :]}{extension}"
    return os.path.join(folder, pattern), int(found[0])


def frame_file(pattern: str, frame: int) -> str:
    """The file of a frame; a name without #### is the file of all."""
    folder, name = os.path.split(pattern)
    return os.path.join(folder, _TOKEN.sub(lambda found: f"{frame:0{len(found[0])}d}", name, count=1))


def still_of(pattern: str) -> str:
    """The one file of what stands for all frames: of clean.####.exr it is clean.exr."""
    folder, name = os.path.split(pattern)
    return os.path.join(folder, re.sub(r"[._-]?#+", "", name, count=1))


def frames_of(pattern: str) -> list[int]:
    """The frames of a pattern that are there, rising; of a name without #### none."""
    folder, name = os.path.split(pattern)
    token = _TOKEN.search(name)
    if token is None:
        return []
    before, after, width = re.escape(name[: token.start()]), re.escape(name[token.end() :]), len(token[0])
    fits = re.compile(rf"{before}(\d{{{width},}}){after}")
    try:
        names = os.listdir(folder or ".")
    except OSError:
        return []
    return sorted(int(found[1]) for found in map(fits.fullmatch, names) if found)


def with_range(pattern: str, first: int, last: int) -> str:
    """A name that means these frames alone: plate.1001-1024####.exr."""
    folder, name = os.path.split(pattern)
    found = _TOKEN.search(name)
    return (
        pattern
        if found is None
        else os.path.join(folder, f"{name[: found.start()]}{first}-{last}{name[found.start() :]}")
    )


def newest(name: str) -> float:
    """When the last of a sequence's files was written, in seconds; its name as `with_range` gives it, or a file."""
    folder, base = os.path.split(name)
    found = re.search(r"(?:(\d+)-(\d+))?(#+)", base)
    if found is None:
        files = [name]
    else:
        pattern = os.path.join(folder, base[: found.start()] + found[3] + base[found.end() :])
        first, last = (int(found[1]), int(found[2])) if found[1] else (0, 10**9)
        files = [frame_file(pattern, frame) for frame in frames_of(pattern) if first <= frame <= last]
    return max((os.stat(file).st_mtime for file in files if os.path.isfile(file)), default=0.0)


def plain_stem(pattern: str) -> str:
    """What a shot is called, by its file: of /shots/plate_v02.####.exr it is plate_v02."""
    stem = _TOKEN.sub("", Path(pattern).stem)
    return re.sub(r"[^\w-]+", "_", stem).strip("_.- ") or "shot"
