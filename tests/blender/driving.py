"""What the tests have in hand inside a Blender: the extension, its settings, editors. Blender's own Python alone."""

import time
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import bpy

NAME = "bl_ext.user_default.vfx_ai"


def part(name):
    return import_module(f"{NAME}.{name}")


def enable():
    import addon_utils

    assert addon_utils.enable(NAME, default_set=True) is not None
    return bpy.context.preferences.addons[NAME].preferences


def asked():
    return bpy.context.scene.vfx_ai


def images(folder, *names):
    made = []
    for name in names:
        first = min(Path(folder).glob(f"{name}.*.exr"))
        made.append(bpy.data.images.load(str(first)))
        made[-1].source = "SEQUENCE"
    return made


@contextmanager
def editor(kind):
    """A window's area as an editor of that kind."""
    window = bpy.context.window_manager.windows[0]
    area = max(window.screen.areas, key=lambda one: one.width * one.height)
    before, area.ui_type = area.ui_type, kind
    region = next(one for one in area.regions if one.type == "WINDOW")
    with bpy.context.temp_override(window=window, area=area, region=region):
        yield area.spaces.active
    area.ui_type = before


def save(folder, name="shot.blend"):
    bpy.ops.wm.save_as_mainfile(filepath=str(Path(folder) / name))


def refused(operator, **more):
    """The one message of an operator that can't do what it is asked for."""
    try:
        operator(**more)
    except RuntimeError as error:
        return str(error).removeprefix("Error: ").strip()
    return ""


def pumped(job, until, seconds=400):
    """Whether it came to that; so many seconds pass only where it doesn't, or on a machine that does much beside."""
    end = time.monotonic() + seconds
    while not until(job) and time.monotonic() < end:
        part("jobs").pump()
        time.sleep(0.02)
    return until(job)


def rows():
    return [[job.title, job.state, job.text] for job in part("jobs").JOBS]
