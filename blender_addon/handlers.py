"""What happens as files are saved and loaded: the queue goes into the .blend and comes back; jobs go on meanwhile."""

import json
import os
from collections.abc import Callable
from contextlib import suppress
from itertools import product
from typing import Any

import bpy
from bpy.app.handlers import persistent

from . import jobs, offers, places, reading, results, settings, ticking, wording
from .paths import frames_of

# What is a path, in a job and in its steps; and in the settings, of files that are read.
_PATHS = offers.PATHS | {"report", "pattern", "file", "source"}
_FILES = ("source_file", "camera", "like", "reference")
_before: list[tuple[Any, str, str]] = []  # settings that were changed for a file that is being saved
_session: dict[str, jobs.Job] = {}  # all jobs of this Blender that other files had, by uid


@persistent
def save(_file: Any, _more: Any = None) -> None:
    """Write the jobs of each scene into it, and see to it that files are found from where it is saved to."""
    blend = _file or bpy.data.filepath
    for scene in bpy.data.scenes:
        mine = [job.kept() for job in jobs.JOBS if _home(job) == scene.name and not job.elsewhere]
        scene.vfx_ai.queue = json.dumps(_each_path(mine, lambda path: _seen_from(path, blend)))
    if bpy.data.filepath and os.path.dirname(blend) != os.path.dirname(bpy.data.filepath):
        _move(blend)


@persistent
def saved(file: Any, _more: Any = None) -> None:
    """It was saved, or couldn't be: what was changed for a mere copy is put back. Jobs are of where it is now."""
    for job in jobs.JOBS:
        job.blend = job.blend if job.elsewhere else bpy.data.filepath
    if bpy.data.filepath != (file or bpy.data.filepath):
        for asked, name, value in _before:
            setattr(asked, name, value)
    _before.clear()


def _move(blend: str) -> None:
    """Blender keeps its own paths right as a file is saved to another folder, but not those of settings."""
    _before.clear()
    groups = [one for scene in bpy.data.scenes for one in settings.groups(scene.vfx_ai)]
    for asked, name in product(groups, _FILES):
        value = getattr(asked, name, "")
        if value.startswith("//"):
            _before.append((asked, name, value))
            setattr(asked, name, places.kept(places.there(value), blend))


def _home(job: jobs.Job) -> str:
    """The scene that a job is kept in: its own, or the current one where that was renamed or is gone."""
    return job.scene if job.scene in bpy.data.scenes else bpy.context.scene.name


def _seen_from(path: str, blend: str) -> str:
    return places.kept(path, blend) if os.path.isabs(path) else path


def _seen_from_here(path: str) -> str:
    return places.there(path) if path.startswith("//") else path


def _each_path(value: Any, change: Callable[[str], str], name: str = "") -> Any:
    """The same, with each path in it changed."""
    if isinstance(value, dict):
        return {key: _each_path(one, change, key) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_each_path(one, change, name) for one in value]
    return change(value) if name in _PATHS and isinstance(value, str) else value


@persistent
def load(_file: Any, _more: Any = None) -> None:
    """Take the jobs of the file's scenes into the queue; those that are under way go on, and stay in it.

    Jobs that this Blender began for the file are its own, also where it wasn't saved since.
    """
    for job in jobs.JOBS:
        job.area, job.elsewhere = 0, True
        _session[job.uid] = job
    read = [job for scene in bpy.data.scenes for job in _read(scene)]
    here = [job for job in _session.values() if job.blend and _is_same(job.blend, bpy.data.filepath)]
    read += [_known_or_read(job.kept(), job.scene) for job in here]
    names = {job.uid for job in read}
    jobs.JOBS[:] = [*read, *(job for job in jobs.JOBS if not job.over and job.uid not in names)]
    if any(not job.over for job in jobs.JOBS):
        ticking.keep_going()


def _is_same(one: str, other: str) -> bool:
    return os.path.normcase(one) == os.path.normcase(other)


def _read(scene: Any) -> list[jobs.Job]:
    read = []
    with suppress(ValueError, TypeError, RecursionError):
        for one in json.loads(scene.vfx_ai.queue or "[]"):
            with suppress(ValueError, TypeError, KeyError, AttributeError):
                read.append(_known_or_read(one, scene.name))
    return read


def _known_or_read(kept: dict[str, Any], scene: str) -> jobs.Job:
    job = _session.pop(kept["uid"], None)
    if job is not None:  # of this very Blender: it went on
        job.elsewhere, job.scene = False, scene
        if job.state == jobs.DONE:
            results.show(job)
        return job
    job = reading.read({**_each_path(kept, _seen_from_here), "scene": scene})
    if not job.over:  # its worker ended with the Blender that had it
        there = wording.counted({"frames": frames_of(job.output)})
        job.state, job.text = jobs.STOPPED, f"ended with Blender; {there} so far. Go On does the rest"
    return job


def register() -> None:
    """Listen."""
    bpy.app.handlers.save_pre.append(save)
    for when in (bpy.app.handlers.save_post, bpy.app.handlers.save_post_fail):
        when.append(saved)
    bpy.app.handlers.load_post.append(load)


def unregister() -> None:
    """Listen no more."""
    bpy.app.handlers.save_pre.remove(save)
    for when in (bpy.app.handlers.save_post, bpy.app.handlers.save_post_fail):
        when.remove(saved)
    bpy.app.handlers.load_post.remove(load)
    _session.clear()
