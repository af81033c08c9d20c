"""Brings a result into Blender: an image sequence with the right color space, shown in the editor that asked."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import bpy

from . import offers, places
from .paths import frame_file, frames_of
from .sources import ELSEWHERE, LINEAR, MADE_OF, MADE_OF_FRAMES

DATA = "Non-Color"
# What configs of studios call these.
_ALSO = {LINEAR: ("Linear Rec.709 (sRGB)", "lin_rec709_scene", "lin_rec709", "Utility - Linear - sRGB"), DATA: ("Raw",)}
_IS_MATTE = "vfx_ai_matte"  # on the image of a matte
_TIMING = ("frame_duration", "frame_start", "frame_offset")  # of an image user, and of an Image node


def show(job: Any) -> Any:
    """Load what lies there of a job's result, and show it where it was asked for.

    Returns:
        The image; None if no file is there.
    """
    frames = frames_of(job.output)
    if not frames and not places.is_file(job.output):
        return None
    image = load(job, frames)
    space = _space(job.area)
    if space is not None:
        with suppress(
            RuntimeError, AttributeError, TypeError
        ):  # an editor that shows it otherwise is no reason to fail
            _SHOWN.get(space.type, _nowhere)(space, image, job, frames)
    windows = bpy.context.window_manager.windows
    if windows and not bpy.app.background:  # a timer has no window of its own, and undo wants one
        with suppress(RuntimeError), bpy.context.temp_override(window=windows[0]):
            bpy.ops.ed.undo_push(message=f"VFX AI: {job.title}")
    return image


def hint(job: Any) -> str:
    """What is to be said of where a result is shown; mostly nothing."""
    space = _space(job.area)
    hidden = offers.gives(job.name) == "matte" and space is not None and space.type == "CLIP_EDITOR"
    return ". Look at it in an Image editor: this one shows no alpha" if hidden else ""


def load(job: Any, frames: list[int]) -> Any:
    """The image of a result, new or looked at anew."""
    file = frame_file(job.output, frames[0]) if frames else job.output
    image, new = _image(file, bool(frames) and "#" in os.path.basename(job.output))
    if new:
        image.name = f"{Path(job.made_of.get('stem', '') or 'shot').name} {job.name.replace('_', ' ')}"
        image.filepath = places.kept(file)
    _take_for(image, space_of(job))
    shown = job.made_of.get("shown") or ("", "")
    if shown[1] == "IMAGE" and shown[0] in bpy.data.images:
        image[MADE_OF] = bpy.data.images[shown[0]]
        image[MADE_OF_FRAMES] = list(plate_timing(job.made_of).values())
    image[ELSEWHERE] = offers.gives(job.name) in ("wider", "new")
    image.reload()
    return image


def load_plate(made_of: dict[str, Any], frames: list[int]) -> Any:
    """The image of the very files that the worker read: one that shows them already, as it is, or a new one."""
    pattern = made_of["pattern"]
    image, new = _image(frame_file(pattern, frames[0]) if frames else pattern, "#" in os.path.basename(pattern))
    if new:
        _take_for(image, made_of.get("space", ""))
    return image


def _image(file: str, is_sequence: bool) -> tuple[Any, bool]:
    """The image of a file, and whether it is new."""
    source = "SEQUENCE" if is_sequence else "FILE"
    for image in bpy.data.images:
        if image.source == source and _is_at(image.filepath, file):
            return image, False
    image = bpy.data.images.load(file, check_existing=False)
    image.source = source
    return image, True


def space_of(job: Any) -> str:
    """What Blender takes a result's numbers for: an EXR's are the plate's, other formats became linear light.

    Returns:
        Empty: as Blender itself takes them, as it took the plate.
    """
    if offers.gives(job.name) == "matte":
        return DATA
    exr = job.made_of.get("pattern", "").lower().endswith(".exr")
    return str(job.made_of.get("space", "")) if exr else LINEAR


def timing(job: Any, frames: list[int]) -> dict[str, int]:
    """Which frames of the scene show which files of a result, for an image user or an Image node."""
    first, last = (frames[0], frames[-1]) if frames else (1, 1)
    return _timing(first, last, job.made_of.get("shift", 0) if offers.gives(job.name) != "new" else 0)


def plate_timing(made_of: dict[str, Any]) -> dict[str, int]:
    """The same of the plate that a result was made of."""
    return _timing(made_of["first"], made_of["last"], made_of.get("shift", 0))


def _timing(first: int, last: int, shift: int) -> dict[str, int]:
    return dict(zip(_TIMING, (last - first + 1, first - shift, first - 1), strict=True))


def _take_for(shown: Any, space: str) -> None:
    """Have Blender take an image's, clip's or strip's numbers for that; empty: it stays as it is."""
    if space and shown.colorspace_settings.name != space:
        for name in (space, *_ALSO.get(space, ())):
            with suppress(TypeError):  # a config that doesn't have it
                shown.colorspace_settings.name = name
                return


def open_report(file: str) -> None:
    """Open a report in the browser."""
    import webbrowser  # takes as long to load as all the rest

    webbrowser.open(Path(file).as_uri())


def _is_at(path: str, file: str) -> bool:
    """Whether a path of Blender's is that of a file."""
    return bool(path) and os.path.normcase(places.there(path)) == os.path.normcase(os.path.normpath(file))


def _space(area: int) -> Any:
    """The editor in an area of a window, if it is still there."""
    for window in bpy.context.window_manager.windows if area else ():
        for one in window.screen.areas:
            if one.as_pointer() == area:
                return one.spaces.active
    return None


def plate_of(shown: Any) -> tuple[Any, list[int]]:
    """The image or clip that a shown result was made of, and which frames of the scene show it; None if it is none."""
    plate = shown.get(MADE_OF) if shown is not None else None
    return plate, list(shown.get(MADE_OF_FRAMES, ())) if plate is not None else []


def show_plate(space: Any, plate: Any, frames: list[int]) -> None:
    """Show a plate where its result is, or was."""
    if space.type == "CLIP_EDITOR":
        space.clip = plate
        return
    _put(space, plate)
    for name, value in zip(_TIMING, frames, strict=False):
        setattr(space.image_user, name, value)


def _in_image_editor(space: Any, image: Any, job: Any, frames: list[int]) -> None:
    _put(space, image, offers.gives(job.name) == "matte")
    if image.source == "SEQUENCE":
        for name, value in timing(job, frames).items():
            setattr(space.image_user, name, value)
        space.image_user.use_auto_refresh = True


def _put(space: Any, image: Any, is_matte: bool = False) -> None:
    """Show an image as large as the one that was there: newer Blenders have a zoom for each. A matte is all alpha."""
    before, zoom = space.image, space.zoom_percentage
    was_matte = before is not None and bool(before.get(_IS_MATTE))
    space.image = image
    if before is not None:
        space.zoom_percentage = zoom
    if is_matte:
        image[_IS_MATTE] = True
    if is_matte or was_matte:
        space.display_channels = "ALPHA" if is_matte else "COLOR_ALPHA"


def _in_clip_editor(space: Any, _image: Any, job: Any, frames: list[int]) -> None:
    if offers.gives(job.name) == "matte":
        return  # it is all alpha, which no Clip editor shows
    file = frame_file(job.output, frames[0]) if frames else job.output
    clip = bpy.data.movieclips.load(file, check_existing=True)
    clip.filepath = places.kept(file)
    clip.frame_start = timing(job, frames)["frame_start"]
    shown = job.made_of.get("shown") or ("", "")
    if shown[1] == "CLIP" and shown[0] in bpy.data.movieclips:
        clip[MADE_OF] = bpy.data.movieclips[shown[0]]
    _take_for(clip, space_of(job))
    space.clip = clip


def _in_sequencer(_space: Any, _image: Any, job: Any, frames: list[int]) -> None:
    named = (job.made_of.get("sequencer", ""), job.scene)
    scene = next((bpy.data.scenes[one] for one in named if one in bpy.data.scenes), bpy.context.scene)
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    names = [os.path.basename(frame_file(job.output, frame)) for frame in frames]
    there = editor.strips_all if hasattr(editor, "strips_all") else editor.sequences_all
    if not names:
        return
    file = frame_file(job.output, frames[0])
    strip = next((one for one in there if one.type == "IMAGE" and _is_at(_first_of(one), file)), None)
    if strip is not None:  # with the frames that came since
        for name in names[len(strip.elements) :]:
            strip.elements.append(name)
        return
    start = timing(job, frames)["frame_start"]
    channel = 1 + max((one.channel for one in there), default=0)
    strip = strips.new_image(job.title, file, channel, start)
    for name in names[1:]:
        strip.elements.append(name)
    _take_for(strip, space_of(job))


def _first_of(strip: Any) -> str:
    return os.path.join(strip.directory, strip.elements[0].filename)


def _nowhere(*_about: Any) -> None:
    """A node editor: there a button wires it up."""


_SHOWN = {
    "IMAGE_EDITOR": _in_image_editor,
    "CLIP_EDITOR": _in_clip_editor,
    "SEQUENCE_EDITOR": _in_sequencer,
}
