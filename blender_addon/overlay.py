"""Clicks in the picture: an operator that takes them, and their marks, drawn over the Image and the Clip editor."""

import math
from contextlib import suppress
from itertools import pairwise
from typing import Any

import bpy

from . import clicking, glancing, settings, sources
from .errors import Told
from .registering import register_all, unregister_all

YES, NO = (0.25, 0.9, 0.35), (1.0, 0.3, 0.25)
_RADIUS = 7
_HINT = "Click: the object is here   |   Ctrl Click: it isn't here   |   Backspace: the last one goes   |   Enter: done"
_drawn: list[tuple[Any, Any]] = []
_sizes: dict[str, tuple[int, int]] = {}  # of pictures, by their file: drawing must not read files


class ClickInPicture(bpy.types.Operator):
    """Click what shall go in the picture, in this frame and in any other; Ctrl Click what shall stay"""

    bl_idname = "vfx_ai.click"
    bl_label = "Click"
    bl_options = {"UNDO", "BLOCKING"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether there is a picture here."""
        cls.poll_message_set("Open the shot in the Image or the Clip editor to click in it")
        space = context.space_data
        kind = getattr(space, "type", "")
        return kind in clicking.EDITORS and getattr(space, "image" if kind == "IMAGE_EDITOR" else "clip") is not None

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Begin to listen."""
        try:
            plate = sources.shown(context)
        except Told as told:
            self.report({"ERROR"}, str(told))
            return {"CANCELLED"}
        if not any(_size(plate)):
            self.report({"ERROR"}, f"The size of {plate.one} can't be told.")
            return {"CANCELLED"}
        settings.of(context).matte = "CLICKS"
        context.workspace.status_text_set(_HINT)
        context.window.cursor_modal_set("CROSSHAIR")
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Take a click."""
        if context.area is None or not self.poll(context):  # another editor is there now
            return self._end(context)
        region = next((one for one in context.area.regions if one.type == "WINDOW"), None)
        clicks = settings.of(context).clicks
        if event.type in ("RET", "NUMPAD_ENTER", "ESC", "RIGHTMOUSE") and event.value == "PRESS":
            return self._end(context)
        if event.type == "BACK_SPACE" and event.value == "PRESS" and len(clicks):
            clicks.remove(len(clicks) - 1)
        elif event.type == "LEFTMOUSE" and event.value == "PRESS" and region is not None:
            x, y = event.mouse_x - region.x, event.mouse_y - region.y
            if not (0 <= x < region.width and 0 <= y < region.height):
                return self._end(context)  # beside the picture, e.g. on a button: that is what was meant
            try:
                add(context, region, x, y, inside=not (event.ctrl or event.shift or event.alt))
            except Told as told:
                self.report({"ERROR"}, str(told))
                return self._end(context)
        elif event.type not in ("LEFTMOUSE", "BACK_SPACE"):
            return {"PASS_THROUGH"}
        context.area.tag_redraw()
        return {"RUNNING_MODAL"}

    def cancel(self, context: bpy.types.Context) -> None:
        """The window is closed."""
        self._end(context)

    def _end(self, context: bpy.types.Context) -> set[str]:
        context.workspace.status_text_set(None)
        context.window.cursor_modal_restore()
        if context.area is not None:
            context.area.tag_redraw()
        return {"FINISHED"}


def add(context: bpy.types.Context, region: Any, x: float, y: float, inside: bool) -> None:
    """Add a click at a place of a region; one beside the picture is none."""
    plate = sources.shown(context)
    size = _size(plate)
    across, down = clicking.to_pixels(region, x, y, size)
    if not (-0.5 <= across < size[0] - 0.5 and -0.5 <= down < size[1] - 0.5):
        return
    made = settings.of(context).clicks.add()
    made.x, made.y, made.frame, made.inside = across, down, plate.frame_at(context.scene.frame_current), inside


class ClicksFromTracks(bpy.types.Operator):
    """Take the clip's selected tracks as clicks on the object: where they are in their first, middle and last frame"""

    bl_idname = "vfx_ai.clicks_from_tracks"
    bl_label = "Clicks from Tracks"
    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether tracks are selected."""
        cls.poll_message_set("Select tracks in the Clip editor")
        clip = getattr(context.space_data, "clip", None)
        return clip is not None and any(track.select for track in clip.tracking.objects.active.tracks)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Take them."""
        clip, asked = context.space_data.clip, settings.of(context)
        try:
            plate = sources.shown_clip(clip)
        except Told as told:
            self.report({"ERROR"}, str(told))
            return {"CANCELLED"}
        width, height = clip.size
        first = clip.frame_start - 1  # of the scene, where a marker's frame is 0
        for track in clip.tracking.objects.active.tracks:
            markers = [marker for marker in track.markers if not marker.mute] if track.select else []
            for index in sorted({0, len(markers) // 2, len(markers) - 1} & set(range(len(markers)))):
                made, (x, y) = asked.clicks.add(), markers[index].co
                made.x, made.y, made.inside = x * width - 0.5, (1 - y) * height - 0.5, True
                made.frame = plate.frame_at(first + markers[index].frame)
        asked.matte = "CLICKS"
        return {"FINISHED"}


class ClearClicks(bpy.types.Operator):
    """Take all clicks away"""

    bl_idname = "vfx_ai.clear_clicks"
    bl_label = "Clear Clicks"
    bl_options = {"UNDO"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Do it."""
        settings.of(context).clicks.clear()
        return {"FINISHED"}


def draw() -> None:
    """Draw the marks of all clicks; those of other frames are faint."""
    context = bpy.context
    with suppress(Told, AttributeError, KeyError):
        asked = settings.of(context)
        image = getattr(context.space_data, "image", None)
        if asked.matte != "CLICKS" or not len(asked.clicks) or (image is not None and image.get(sources.ELSEWHERE)):
            return
        plate = glancing.shown(context)  # a folder may be far away, and this is drawn with every frame that plays
        if isinstance(plate, str):
            return
        size, frame = _size(plate), plate.frame_at(context.scene.frame_current)
        if not any(size):
            return
        for click in asked.clicks:
            at = clicking.to_region(context.region, click.x, click.y, size)
            _mark(at, YES if click.inside else NO, click.inside, 1.0 if click.frame == frame else 0.25)


def _mark(at: tuple[float, float], color: tuple[float, ...], inside: bool, strength: float) -> None:
    """A disc with a dark edge and a plus or a minus on it."""
    import gpu
    from gpu_extras.batch import batch_for_shader

    shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    gpu.state.blend_set("ALPHA")
    scale = bpy.context.preferences.system.ui_scale
    x, y = at

    def shape(kind: str, points: list[tuple[float, float]], tint: tuple[float, ...]) -> None:
        batch = batch_for_shader(shader, kind, {"pos": [(*point, 0.0) for point in points]})
        shader.uniform_float("color", (*tint, strength))
        batch.draw(shader)

    def disc(radius: float, tint: tuple[float, ...]) -> None:
        turns = [index * math.tau / 24 for index in range(25)]
        rim = [(x + radius * math.cos(turn), y + radius * math.sin(turn)) for turn in turns]
        corners = [point for a, b in pairwise(rim) for point in ((x, y), a, b)]
        shape("TRIS", corners, tint)

    def bar(across: float, up: float) -> None:
        a, b, c, d = ((x + i * across, y + j * up) for i, j in ((-1, -1), (1, -1), (1, 1), (-1, 1)))
        shape("TRIS", [a, b, c, a, c, d], (0.0, 0.0, 0.0))

    shader.bind()
    disc((_RADIUS + 1.5) * scale, (0.0, 0.0, 0.0))
    disc(_RADIUS * scale, color)
    bar(4 * scale, 1 * scale)
    if inside:
        bar(1 * scale, 4 * scale)
    gpu.state.blend_set("NONE")


def _size(plate: Any) -> tuple[int, int]:
    key = plate.movie or plate.one
    if not any(_sizes.get(key, (0, 0))):
        _sizes[key] = sources.size_of(plate)
    return _sizes[key]


_CLASSES = (ClickInPicture, ClicksFromTracks, ClearClicks)


def register() -> None:
    """Add operators and marks."""
    register_all(_CLASSES)
    for kind in (bpy.types.SpaceImageEditor, bpy.types.SpaceClipEditor):
        _drawn.append((kind, kind.draw_handler_add(draw, (), "WINDOW", "POST_PIXEL")))


def unregister() -> None:
    """Take them away."""
    while _drawn:
        kind, handle = _drawn.pop()
        kind.draw_handler_remove(handle, "WINDOW")
    _sizes.clear()
    unregister_all(_CLASSES)
