"""What is worked on: the frames on disk behind an image, a clip, a strip, a node, a render or a file."""

import os
from pathlib import Path
from typing import Any

import bpy

from . import exr_head, places, settings
from .errors import Told
from .paths import frame_file, frames_of, is_movie, pattern_of, plain_stem
from .plate import Plate

LINEAR = "Linear Rec.709"
MADE_OF = "vfx_ai_plate"  # on the image or clip of a result: the one that it was made of
ELSEWHERE = "vfx_ai_elsewhere"  # on the image of a result where things aren't at the places that they have in the plate
MADE_OF_FRAMES = "vfx_ai_plate_frames"  # on the image of a result: duration, start and offset of its plate
_TREE = "CompositorNodeTree"


def find(context: bpy.types.Context, load: bool = True) -> Plate:
    """What the settings, or the editor, mean.

    Args:
        context: of a panel or an operator.
        load: whether a movie may be opened for that, which a panel must not.

    Raises:
        Told: there is nothing, or nothing that lies on disk.
    """
    asked = settings.of(context)
    if asked.source == "EDITOR":
        return _of_editor(context)
    if asked.source == "IMAGE":
        return of_image(asked.source_image)
    if asked.source == "CLIP":
        return of_clip(asked.source_clip)
    if asked.source == "RENDER":
        return of_render(context.scene)
    return _of_file(_whole(asked.source_file), load)


def scene_of(context: bpy.types.Context) -> Any:
    """The scene whose frames the editor shows: in the Sequencer, from Blender 5.0 on, that may be another one."""
    if getattr(context.space_data, "type", "") == "SEQUENCE_EDITOR":
        return getattr(context, "sequencer_scene", None) or context.scene
    return context.scene


def of_image(image: Any, user: Any = None) -> Plate:
    """The files of an image; `user` says which frames of the scene show them."""
    if image is None:
        raise Told("No image is chosen. Open one, or choose another source.")
    if image.source not in ("FILE", "SEQUENCE", "MOVIE"):
        raise Told(f"{image.name} has no files: it was made in Blender. Save it as an image sequence, and open that.")
    if image.packed_file is not None:
        raise Told(f"{image.name} is packed into the .blend. Unpack it (Image > Unpack).")
    file, shown = _whole(image.filepath, image.library), (image.name, "IMAGE")
    space = image.colorspace_settings.name
    if image.source == "MOVIE" or is_movie(file):
        shift = user.frame_offset - user.frame_start + 1 if user is not None else 0
        return _of_movie(file, image.frame_duration, shift, shown)
    if image.source == "FILE":
        return _still(file, space, shown)
    plate = _of_frames(file, space, shown)
    if user is None:
        return plate
    return plate._replace(shift=user.frame_offset - user.frame_start + 1)


def of_clip(clip: Any) -> Plate:
    """The files of a movie clip."""
    if clip is None:
        raise Told("No movie clip is chosen. Open one, or choose another source.")
    file, shown = _whole(clip.filepath, clip.library), (clip.name, "CLIP")
    later = clip.frame_offset - clip.frame_start
    if clip.source == "MOVIE":
        return _of_movie(file, clip.frame_duration, later + 1, shown)
    plate = _of_frames(file, clip.colorspace_settings.name, shown)
    number = pattern_of(file)[1] or plate.first
    return plate._replace(shift=number + later)


def shown_image(image: Any, user: Any, scene: Any) -> Plate:
    """The files of the image that an editor or a node shows; of a result, those of the plate that it was made of.

    Of Blender's Render Result these are the frames that the scene was rendered to.
    """
    plate = image.get(MADE_OF) if image is not None else None
    if _is_render(plate or image):
        return of_render(scene)._replace(shown=((plate or image).name, "IMAGE"))
    if plate is None:
        return of_image(image, user)
    _, start, offset = image.get(MADE_OF_FRAMES) or (1, 1, 0)
    return of_image(plate)._replace(shift=offset - start + 1)


def shown_clip(clip: Any) -> Plate:
    """The same of a clip."""
    return of_clip((clip.get(MADE_OF) or clip) if clip is not None else None)


def shown(context: bpy.types.Context) -> Plate:
    """The plate that an Image or Clip editor shows.

    Raises:
        Told: it shows none.
    """
    space = context.space_data
    if space.type == "CLIP_EDITOR":
        return shown_clip(space.clip)
    return shown_image(space.image, space.image_user, context.scene)


def of_render(scene: Any) -> Plate:
    """The frames that a scene was rendered to."""
    file = _whole(scene.render.frame_path(frame=scene.frame_start))
    if is_movie(file):
        raise Told("This scene is rendered to a movie. Render it to an OpenEXR sequence, best as MultiLayer.")
    pattern, number = pattern_of(file)
    there = [frame for frame in frames_of(pattern) if scene.frame_start <= frame <= scene.frame_end]
    if number is None or not there:
        raise Told(
            f"Nothing of frames {scene.frame_start}-{scene.frame_end} is rendered at {pattern} yet. Render it first."
        )
    return Plate(pattern, there[0], there[-1], render=True)


def _is_render(image: Any) -> bool:
    return image is not None and image.type == "RENDER_RESULT"


def size_of(plate: Plate) -> tuple[int, int]:
    """Pixels across and down; (0, 0) if that can't be told."""
    kind, name = plate.shown[1], plate.shown[0]
    if kind == "CLIP" and name in bpy.data.movieclips and any(bpy.data.movieclips[name].size):
        width, height = bpy.data.movieclips[name].size
        return int(width), int(height)
    head = exr_head.read(plate.one) if not plate.movie else None
    if head:
        return head.width, head.height
    if kind == "IMAGE" and name in bpy.data.images and any(bpy.data.images[name].size):
        width, height = bpy.data.images[name].size
        return int(width), int(height)
    file = plate.movie or plate.one
    if not Path(file).is_file():
        return 0, 0
    image = bpy.data.images.load(file, check_existing=False)
    try:
        width, height = image.size
        return int(width), int(height)
    finally:
        bpy.data.images.remove(image)


def _of_editor(context: bpy.types.Context) -> Plate:
    space = context.space_data
    kind = getattr(space, "type", "")
    if kind in ("IMAGE_EDITOR", "CLIP_EDITOR"):
        return shown(context)
    if kind == "SEQUENCE_EDITOR":
        return _of_strip(scene_of(context))
    if kind == "NODE_EDITOR":
        return _of_node(context, space.edit_tree)
    raise Told("No image, clip, strip or node is at hand here. Choose another source than This Editor.")


def _of_strip(scene: Any) -> Plate:
    editor = scene.sequence_editor
    strip = _strip(editor) if editor else None
    if strip is None:
        raise Told("No strip is selected. Click one.")
    start = int(strip.frame_start)
    if strip.type == "IMAGE":
        names = [element.filename for element in strip.elements]
        folder = _whole(strip.directory)
        pattern, number = pattern_of(os.path.join(folder, names[0]))
        if number is None or len(names) == 1:
            return _still(os.path.join(folder, names[0]), strip.colorspace_settings.name, ("", ""))
        last = pattern_of(os.path.join(folder, names[-1]))[1] or number
        return Plate(pattern, number, last, number - start, strip.colorspace_settings.name)
    if strip.type == "MOVIE":
        return _of_movie(_whole(strip.filepath), strip.frame_duration, 1 - start, ("", ""))
    if strip.type == "MOVIECLIP":
        return of_clip(strip.clip)
    raise Told(f"{strip.name} is no image, movie or clip strip. Render it to an image sequence first.")


def _strip(editor: Any) -> Any:
    """The active strip; another one, if that alone is selected."""
    there = editor.strips_all if hasattr(editor, "strips_all") else editor.sequences_all
    selected = [one for one in there if one.select]
    return selected[0] if len(selected) == 1 else editor.active_strip


def _of_node(context: bpy.types.Context, tree: Any) -> Plate:
    node = tree.nodes.active if tree is not None and tree.bl_idname == _TREE else None
    kind = node.bl_idname if node is not None else ""
    if kind == "CompositorNodeImage":
        return shown_image(node.image, node, context.scene)
    if kind == "CompositorNodeMovieClip":
        return shown_clip(node.clip)
    if kind == "CompositorNodeRLayers":
        return of_render(node.scene or context.scene)
    raise Told("No Image, Movie Clip or Render Layers node is active in the compositor. Click one.")


def _of_file(file: str, load: bool) -> Plate:
    if not file.strip():
        raise Told("No file is named. Choose one frame of the shot.")
    if is_movie(file):
        clip = next((one for one in bpy.data.movieclips if _whole(one.filepath) == file), None)
        if clip is None and not load:
            return _of_movie(file, 0, 0, ("", ""))
        return of_clip(clip if clip is not None else bpy.data.movieclips.load(_there(file)))
    pattern = file if "#" in os.path.basename(file) else pattern_of(file)[0]
    return _of_frames(frame_file(pattern, frames_of(pattern)[0]) if frames_of(pattern) else file, "", ("", ""))


def _of_frames(file: str, space: str, shown: tuple[str, str]) -> Plate:
    pattern, number = pattern_of(file)
    there = frames_of(pattern)
    if number is None or not there:
        return _still(file, space, shown)
    return Plate(pattern, there[0], there[-1], 0, space, "", shown)


def _still(file: str, space: str, shown: tuple[str, str]) -> Plate:
    number = pattern_of(_there(file))[1]
    number = 1 if number is None else number
    return Plate(file, number, number, 0, space, "", shown)


def _of_movie(file: str, count: int, shift: int, shown: tuple[str, str]) -> Plate:
    pattern = os.path.join(places.folder(_there(file)), "frames", f"{plain_stem(file)}.####.exr")
    return Plate(pattern, 1, max(1, count), shift, LINEAR, file, shown)


def _whole(path: str, library: Any = None) -> str:
    """A path of Blender's from the root on; one from the folder that Blender was started in is meant so, too."""
    return os.path.abspath(bpy.path.abspath(path, library=library)) if path.strip() else ""


def _there(file: str) -> str:
    if not Path(file).is_file():
        raise Told(f"{file} isn't there. Find it again (File > External Data > Find Missing Files).")
    return file
