"""Where results are written, and how their places are written down."""

import os
from pathlib import Path

import bpy

from . import prefs
from .errors import Told
from .paths import plain_stem

_BESIDE = "vfx_ai"  # the folder of results beside a source, while the .blend isn't saved


def folder(source: str) -> str:
    """The folder of all that is made of a source: in the preferences', or beside it while the .blend isn't saved.

    Raises:
        Told: it isn't saved, and the source is no file.
    """
    root = prefs.of().folder or "//vfx_ai"
    if root.startswith("//") and not bpy.data.filepath:
        if not os.path.dirname(source):
            raise Told("The .blend isn't saved, so no folder is known for what is made of words. Save it first.")
        root = os.path.join(os.path.dirname(source), _BESIDE)
    return os.path.join(os.path.normpath(bpy.path.abspath(root)), plain_stem(source))


def output(given: str, source: str, name: str) -> str:
    """The pattern of a result.

    Args:
        given: what the user wrote; empty: it is chosen.
        source: the source's file or pattern.
        name: of what is made.

    Raises:
        Told: what the user wrote can't be followed.
    """
    if not given.strip():
        return os.path.join(folder(source), name, f"{plain_stem(source)}_{name}.####.exr")
    if given.startswith("//") and not bpy.data.filepath:
        raise Told(f"{given} is beside the .blend, and that isn't saved. Save it, or write a whole path.")
    path = os.path.normpath(bpy.path.abspath(given.strip()))
    if not path.lower().endswith(".exr"):
        raise Told(f"{given} is no EXR, and only that holds light above 1. Write e.g. //out/clean.####.exr.")
    return path


def kept(path: str, blend: str = "") -> str:
    """A path as it is written into a .blend: seen from there if that is saved and the user wants that.

    Args:
        path: a whole one.
        blend: the .blend's file; empty: the one that is open.
    """
    folder = os.path.dirname(blend or bpy.data.filepath)
    if not folder or not bpy.context.preferences.filepaths.use_relative_paths:
        return path
    try:
        return bpy.path.relpath(path, start=folder).replace(os.sep, "/")  # as every system reads it
    except ValueError:  # on another drive of Windows
        return path


def there(path: str) -> str:
    """The whole path of what was kept."""
    return os.path.normpath(bpy.path.abspath(path)) if path else ""


def is_file(path: str) -> bool:
    """Whether a file is there."""
    return bool(path) and Path(path).is_file()


def folder_of(path: str) -> str:
    """The folder of a file, with its last separator."""
    return os.path.join(os.path.dirname(path), "")
