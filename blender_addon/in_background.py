"""What a background Blender does for background.py: frames of a movie, or of a mask. Its last argument is the step."""

import json
import os
import sys
from typing import Any

import bpy


def main(step: dict[str, Any]) -> None:
    """Make the frames of a step, each under another name first, so that a file that is there is whole."""
    scene = bpy.context.scene
    render = scene.render
    render.resolution_percentage, render.use_file_extension, render.use_overwrite = 100, False, True
    kind = render.image_settings
    if hasattr(kind, "media_type"):
        kind.media_type = "IMAGE"
    kind.file_format, kind.color_mode, kind.exr_codec = "OPEN_EXR", "RGB", "ZIP"
    kind.color_depth = "16"
    frame_of = (_movie if step["what"] == "movie" else _mask)(scene, step)
    for number in range(step["first"], step["last"] + 1):
        folder, name = os.path.split(_named(step["pattern"], number))
        render.filepath = os.path.join(folder, f".{name}")
        scene.frame_set(frame_of(number))
        bpy.ops.render.render(write_still=True)
        os.replace(render.filepath, os.path.join(folder, name))


def _movie(scene: Any, step: dict[str, Any]) -> Any:
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    strip = strips.new_movie("movie", step["file"], channel=1, frame_start=1)
    element = strip.elements[0]
    scene.render.resolution_x, scene.render.resolution_y = element.orig_width, element.orig_height
    scene.render.use_sequencer, scene.render.use_compositing = True, False
    scene.frame_start, scene.frame_end = 1, step["last"]
    return lambda number: number


def _mask(scene: Any, step: dict[str, Any]) -> Any:
    with bpy.data.libraries.load(step["file"]) as (_there, wanted):
        wanted.masks = [step["mask"]]
    scene.render.resolution_x, scene.render.resolution_y = step["size"]
    scene.render.use_sequencer, scene.render.use_compositing = False, True
    if hasattr(scene, "compositing_node_group"):
        tree = bpy.data.node_groups.new("mask", "CompositorNodeTree")
        tree.interface.new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
        scene.compositing_node_group, output = tree, tree.nodes.new("NodeGroupOutput")
    else:
        scene.use_nodes = True
        tree = scene.node_tree
        tree.nodes.clear()
        output = tree.nodes.new("CompositorNodeComposite")
    node = tree.nodes.new("CompositorNodeMask")
    node.mask = wanted.masks[0]
    tree.links.new(node.outputs[0], output.inputs[0])
    return lambda number: number - step["shift"]


def _named(pattern: str, number: int) -> str:
    folder, name = os.path.split(pattern)
    width = name.count("#")
    return os.path.join(folder, name.replace("#" * width, f"{number:0{width}d}"))


if __name__ == "__main__":
    main(json.loads(sys.argv[-1]))
