"""What happens as files are saved and loaded: the queue goes into the .blend and comes back; jobs go on meanwhile."""

import json
from typing import Any

import bpy
from bpy.app.handlers import persistent

from . import jobs, places, results, ticking, wording
from .paths import frames_of

_PATHS = ("output", "report")
_session: dict[str, jobs.Job] = {}  # all jobs of this Blender that other files had, by uid


@persistent
def save(_file: Any, _more: Any = None) -> None:
    """Write the jobs of each scene into it."""
    for scene in bpy.data.scenes:
        mine = [job.kept() for job in jobs.JOBS if job.scene == scene.name and not job.elsewhere]
        for one in mine:
            one.update({name: places.kept(one[name]) if one[name] else "" for name in _PATHS})
        scene.vfx_ai.queue = json.dumps(mine)


@persistent
def load(_file: Any, _more: Any = None) -> None:
    """Take the jobs of the file's scenes into the queue; those that are under way go on, and stay in it."""
    for job in jobs.JOBS:
        job.area, job.elsewhere = 0, True
        _session[job.uid] = job
    read = [job for scene in bpy.data.scenes for job in _read(scene)]
    names = {job.uid for job in read}
    jobs.JOBS[:] = [*read, *(job for job in jobs.JOBS if not job.over and job.uid not in names)]
    if any(not job.over for job in jobs.JOBS):
        ticking.keep_going()


def _read(scene: Any) -> list[jobs.Job]:
    try:
        found = json.loads(scene.vfx_ai.queue or "[]")
        return [_known_or_read(one, scene.name) for one in found]
    except (ValueError, TypeError, KeyError):
        return []


def _known_or_read(kept: dict[str, Any], scene: str) -> jobs.Job:
    job = _session.pop(kept["uid"], None)
    if job is not None:  # of this very Blender: it went on
        job.elsewhere, job.scene = False, scene
        if job.state == jobs.DONE:
            results.show(job)
        return job
    job = jobs.Job(**{**kept, "scene": scene})
    for name in _PATHS:
        setattr(job, name, places.there(getattr(job, name)))
    if not job.over:  # its worker ended with the Blender that had it
        there = wording.counted({"frames": frames_of(job.output)})
        job.state, job.text = jobs.STOPPED, f"ended with Blender; {there} so far. Go On does the rest"
    return job


def register() -> None:
    """Listen."""
    bpy.app.handlers.save_pre.append(save)
    bpy.app.handlers.load_post.append(load)


def unregister() -> None:
    """Listen no more."""
    bpy.app.handlers.save_pre.remove(save)
    bpy.app.handlers.load_post.remove(load)
    _session.clear()
