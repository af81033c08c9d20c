"""Wires a result into the compositor: an Image node with its layers, and a mix that keeps the plate outside the hole.

Blender 4.x has the scene's own tree, 5.x a group of nodes; some nodes have other names there.
"""

from contextlib import suppress
from typing import Any

import bpy

from . import exr_head, jobs, offers, places, results
from .errors import Told
from .nodes import MATHS, MIXES, NARROW, STEP, TALL, WIDE, Made, mix_sockets
from .paths import frame_file, frames_of
from .registering import register_all, unregister_all

NAME, PLATE = "VFX AI", "Plate"
# A plate of 8 bits is read a little differently by Blender and by the worker.
_SAME, _SAME_OF_BYTES = 1e-6, 4e-3


def tree_of(scene: Any, with_render: bool = False) -> Any:
    """The tree of a scene's compositor; made, empty or with the render alone, if there is none."""
    if hasattr(scene, "compositing_node_group"):
        if scene.compositing_node_group is None:
            tree = bpy.data.node_groups.new("Compositor", "CompositorNodeTree")
            tree.interface.new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
            scene.compositing_node_group = tree
            _clear(tree, with_render)
        return scene.compositing_node_group
    if not scene.use_nodes:
        unused = scene.node_tree is None or all(node.bl_idname in _OF_A_NEW_TREE for node in scene.node_tree.nodes)
        scene.use_nodes = True
        if unused:
            _clear(scene.node_tree, with_render)
    return scene.node_tree


# What Blender puts into a new tree by itself. Left there, it has the whole scene rendered for nothing.
_OF_A_NEW_TREE = ("CompositorNodeRLayers", "CompositorNodeComposite", "CompositorNodeViewer", "NodeReroute")


def _clear(tree: Any, with_render: bool) -> None:
    tree.nodes.clear()
    if with_render:
        tree.nodes.new("CompositorNodeRLayers")


def wire(scene: Any, job: Any) -> Any:
    """Put a job's result into the scene's compositor, behind the node of its plate; a matte as a node by itself.

    Returns:
        The node that gives the finished picture, or the matte.

    Raises:
        Told: there is no result.
    """
    frames, gives = frames_of(job.output), offers.gives(job.name)
    if gives not in WIRED:
        raise Told(f"{job.title} is no result. Choose one in the queue.")
    if not frames and not places.is_file(job.output):
        raise Told("There is no result yet.")
    tree, image = tree_of(scene, job.made_of.get("render", False)), results.load(job, frames)
    for node in [one for one in tree.nodes if one.get("vfx_ai") == job.uid]:
        tree.nodes.remove(node)
    made = Made(tree, job.uid)
    beside = bool(job.made_of.get("pattern")) and gives != "matte"
    plate, again = _plate_node(tree, made, job) if beside else (None, False)
    lowest = min((one.location.y for one in tree.nodes), default=0)
    x, below = plate.location.x if plate else 0, (plate.location.y if plate and not again else lowest) - TALL
    result = made.image("Matte" if gives == "matte" else "Result", (x, below), image, results.timing(job, frames))
    if gives != "hole":  # nothing of the plate is to be kept
        if gives != "matte":
            _to_output(tree, result.outputs[0], None)
        return result
    x += WIDE - NARROW
    mask = _mask(made, tree, plate, result, x + STEP, below, job)
    mix = made.node(MIXES, "Result in the hole", (x + 5 * STEP, plate.location.y))
    mix.width = 180
    factor, outside, inside, out = mix_sockets(mix)
    wanted = [link.to_socket for link in plate.outputs[0].links if link.to_node.get("vfx_ai") != job.uid]
    tree.links.new(mask, factor)
    tree.links.new(plate.outputs[0], outside)
    tree.links.new(result.outputs[0], inside)
    for socket in wanted:
        tree.links.new(out, socket)
    _to_output(tree, out, plate)
    frame = made.node("NodeFrame", f"{NAME}: {job.title}", (0, 0))
    for node in made.nodes:
        if node != frame and node != plate:
            node.parent = frame
    return mix


WIRED = (*offers.NAMED_BY_USER, "matte")  # what comes of a job, where that belongs into a compositor


def _plate_node(tree: Any, made: Made, job: Any) -> tuple[Any, bool]:
    """The node that shows the plate, and whether it was there."""
    name, kind = job.made_of.get("shown") or ("", "")
    for node in tree.nodes:
        shown = {"IMAGE": getattr(node, "image", None), "CLIP": getattr(node, "clip", None)}.get(kind)
        if shown is not None and shown.name == name and node.bl_idname in _READERS:
            return node, True
        if node.bl_idname == "CompositorNodeRLayers" and job.made_of.get("render"):
            return node, True
    at = (
        min((one.location.x for one in tree.nodes), default=0) - 5 * STEP - WIDE + NARROW,
        max((one.location.y for one in tree.nodes), default=0),
    )
    if kind == "CLIP" and name in bpy.data.movieclips:
        node = made.node("CompositorNodeMovieClip", PLATE, at)
        node.clip, node.width = bpy.data.movieclips[name], WIDE
        return node, False
    if kind == "IMAGE" and name in bpy.data.images and not job.made_of.get("render"):
        return made.image(PLATE, at, bpy.data.images[name], results.plate_timing(job.made_of)), False
    return _plate_file(made, job, at), False


_READERS = ("CompositorNodeImage", "CompositorNodeMovieClip")


def _plate_file(made: Made, job: Any, at: tuple[float, float]) -> Any:
    """A node on the very files that the worker read."""
    frames = [n for n in frames_of(job.made_of["pattern"]) if job.made_of["first"] <= n <= job.made_of["last"]]
    return made.image(PLATE, at, results.load_plate(job.made_of, frames), results.plate_timing(job.made_of))


def _mask(made: Made, tree: Any, plate: Any, result: Any, x: float, y: float, job: Any) -> Any:
    """The socket of what is 1 where the result isn't the plate.

    That is layer fill.source, where this Blender can read it beside fill.confidence: as Y of a vector. Older ones
    can't; there the files are compared, which are the same bit for bit outside the hole.
    """
    fill = _fill(made, result, job)
    if fill is not None:
        parts = made.node(("ShaderNodeSeparateXYZ", "CompositorNodeSeparateXYZ"), "fill.source is Y", (x, y))
        tree.links.new(fill, parts.inputs[0])
        return _above(made, tree, parts.outputs[1], 0.5, (x + STEP, y))
    files = (
        plate
        if plate.bl_idname == "CompositorNodeImage"
        else _plate_file(made, job, (x - STEP - WIDE + NARROW, y - TALL))
    )
    differs = made.node(MIXES, "What differs", (x, y))
    factor, one, other, out = mix_sockets(differs)
    differs.blend_type, factor.default_value = "DIFFERENCE", 1
    tree.links.new(files.outputs[0], one)
    tree.links.new(result.outputs[0], other)
    parts = made.node("CompositorNodeSeparateColor", "", (x + STEP, y))
    tree.links.new(out, parts.inputs[0])
    most = parts.outputs[0]
    for index in (1, 2):
        larger = made.node(MATHS, "", (x + (1 + index) * STEP, y - 60))
        larger.operation, larger.hide = "MAXIMUM", True
        tree.links.new(most, larger.inputs[0])
        tree.links.new(parts.outputs[index], larger.inputs[1])
        most = larger.outputs[0]
    exact = job.made_of["pattern"].lower().endswith(".exr")
    return _above(made, tree, most, _SAME if exact else _SAME_OF_BYTES, (x + 4 * STEP, y))


def _fill(made: Made, result: Any, job: Any) -> Any:
    """The socket of fill, confidence and source as a vector; None where there is none that this Blender can read.

    Of a file of several parts, as a render is, it is within another layer of the Image node, so in a node by itself.
    """
    fill = result.outputs.get("fill")
    if fill is not None:
        return fill if fill.type == "VECTOR" else None
    file = frame_file(job.output, frames_of(job.output)[0]) if frames_of(job.output) else job.output
    head = exr_head.read(file)
    layers = [name.removesuffix(_SOURCE) for name in (head.channels if head else ()) if name.endswith(_SOURCE)]
    if not layers:
        return None
    frames = {name: getattr(result, name) for name in results.timing(job, [])}
    node = made.image("Fill", (result.location.x, result.location.y - TALL), result.image, frames)
    with suppress(TypeError):  # this Blender calls it otherwise
        node.layer = layers[0]
    fill = node.outputs.get("fill")
    if fill is None or fill.type != "VECTOR":
        made.forget(node)
        return None
    return fill


_SOURCE = ".fill.source"


def _above(made: Made, tree: Any, socket: Any, value: float, at: tuple[float, float]) -> Any:
    node = made.node(MATHS, "The hole", at)
    node.operation = "GREATER_THAN"
    tree.links.new(socket, node.inputs[0])
    node.inputs[1].default_value = value
    return node.outputs[0]


def _to_output(tree: Any, socket: Any, plate: Any) -> None:
    """Show it at the end of the tree, unless something else than the plate comes out there."""
    kinds = ("NodeGroupOutput",) if tree_is_group(tree) else ("CompositorNodeComposite",)
    ends = [node for node in tree.nodes if node.bl_idname in (*kinds, "CompositorNodeViewer")]
    for kind in (*kinds, "CompositorNodeViewer"):
        if not any(node.bl_idname == kind for node in ends):
            node = tree.nodes.new(kind)
            right = socket.node.location.x + socket.node.width + STEP - NARROW
            node.location = (right, socket.node.location.y - 160 * len(ends))
            ends.append(node)
    for node in ends:
        if _comes_from(node.inputs[0]) in (None, plate):
            tree.links.new(socket, node.inputs[0])


def _comes_from(socket: Any) -> Any:
    """The node behind an input, past what only leads there; None if there is none."""
    while socket.links and socket.links[0].from_node.bl_idname == "NodeReroute":
        socket = socket.links[0].from_node.inputs[0]
    return socket.links[0].from_node if socket.links else None


def tree_is_group(tree: Any) -> bool:
    """Whether a tree is a group of its own, as in 5.x."""
    return any(tree == one for one in bpy.data.node_groups)


class WireIntoCompositor(bpy.types.Operator):
    """Put the result into the compositor: an Image node with its layers, and a mix that keeps the plate elsewhere"""

    bl_idname = "vfx_ai.wire"
    bl_label = "Wire into Compositor"
    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Whether there is a result."""
        cls.poll_message_set("There is no result yet")
        return any(offers.gives(job.name) in WIRED for job in jobs.JOBS)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Do it."""
        job = jobs.chosen()
        try:
            node = wire(context.scene, job)
        except Told as told:
            self.report({"ERROR"}, str(told))
            return {"CANCELLED"}
        tree = node.id_data
        for other in tree.nodes:
            other.select = other == node
        tree.nodes.active = next((one for one in tree.nodes if one.label == PLATE), node)  # Input goes by it
        return {"FINISHED"}


def register() -> None:
    """Add the operator."""
    register_all([WireIntoCompositor])


def unregister() -> None:
    """Take it away."""
    unregister_all([WireIntoCompositor])
