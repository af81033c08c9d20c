"""What the scripts for Blender's real window do with its areas; used by window_pictures.py and window_walk.py."""

import os
import shlex
import subprocess
from pathlib import Path

import bpy


def window():
    return bpy.context.window_manager.windows[0]


def largest():
    return max(window().screen.areas, key=lambda one: one.width * one.height)


def within(kind="WINDOW"):
    """As if the mouse were in that region of the largest area: "UI" is its sidebar."""
    area = largest()
    region = next(one for one in area.regions if one.type == kind)
    return bpy.context.temp_override(window=window(), area=area, region=region)


def open_sidebar():
    largest().spaces.active.show_region_ui = True


def open_tab():
    """Choose our tab; the sidebar must have been drawn before."""
    for region in largest().regions:
        if region.type == "UI":
            try:
                region.active_panel_category = "VFX AI"
            except (AttributeError, TypeError) as error:
                print("the tab can't be chosen:", error, flush=True)
            region.tag_redraw()


def close_one():
    """Close the smallest of the other areas; Blender must draw before the next one goes."""
    others = sorted((one for one in window().screen.areas if one != largest()), key=lambda one: one.width)
    if others:
        with bpy.context.temp_override(window=window(), area=others[0], region=others[0].regions[0]):
            bpy.ops.screen.area_close()


def sequence(folder, name):
    image = bpy.data.images.load(str(Path(folder) / f"{name}.1001.exr"), check_existing=True)
    image.source = "SEQUENCE"
    return image


def show(image):
    """Show an image sequence in the largest area, frame 1001 at 1001."""
    space = largest().spaces.active
    space.image = image
    user = space.image_user
    user.frame_start, user.frame_duration, user.frame_offset, user.use_auto_refresh = 1001, 16, 1000, True


def photographed(file):
    """Photograph the window by the words in $VFX_AI_GRAB; whether there are any."""
    grab = os.environ.get("VFX_AI_GRAB")
    if grab:
        subprocess.run([*shlex.split(grab), str(file)], check=True)
        print("picture:", file, flush=True)
    return bool(grab)
