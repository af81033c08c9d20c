"""Objects by name: picked in the scene, taken from a Cryptomatte node; and a render made ready to lose one."""

from typing import Any

import bpy

from . import settings, sources
from .errors import Told
from .registering import register_all, unregister_all

_PASSES = {
    "CryptoObject": "use_pass_cryptomatte_object",
    "CryptoMaterial": "use_pass_cryptomatte_material",
    "CryptoAsset": "use_pass_cryptomatte_asset",
}
_SPECIAL = '\\*?",<[]'  # what names mean more than themselves by


def named(asked: Any) -> str:
    """The names that the settings ask for, as a job has them.

    Raises:
        Told: there are none.
    """
    picked = [escaped(asked.matte_object.name)] if asked.matte_object is not None else []
    names = ",".join([*picked, *([asked.matte_objects.strip()] if asked.matte_objects.strip() else [])])
    if not names:
        raise Told("No object is named. Pick one with the eyedropper, or write its name.")
    return names


def escaped(name: str) -> str:
    """A name that means itself alone."""
    return "".join(f"\\{letter}" if letter in _SPECIAL else letter for letter in name)


class TakeFromNode(bpy.types.Operator):
    """Take the names from the compositor's active Cryptomatte node, or the only one"""

    bl_idname = "vfx_ai.names_from_node"
    bl_label = "Names from Cryptomatte Node"
    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether there is one."""
        cls.poll_message_set("There is no Cryptomatte node with a name in the compositor")
        return _node(context.scene) is not None

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Take them."""
        node, asked = _node(context.scene), settings.of(context)
        asked.matte, asked.matte_objects, asked.matte_object = "CRYPTO", node.matte_id, None
        layer = next((kind for kind in _PASSES if node.layer_name.endswith(kind)), "")
        if layer:
            asked.matte_layer = layer
        return {"FINISHED"}


class PrepareRender(bpy.types.Operator):
    """Have this scene rendered so that objects can be removed later: with Cryptomatte, as MultiLayer EXR"""

    bl_idname = "vfx_ai.prepare_render"
    bl_label = "Prepare Render"
    bl_options = {"UNDO"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Switch it on."""
        prepare(context.scene, settings.of(context).matte_layer)
        self.report({"INFO"}, "Now render the animation; then press Remove Object")
        return {"FINISHED"}


def prepare(scene: Any, layer: str) -> None:
    """Switch on the Cryptomatte of a scene's view layers, and a file that holds it."""
    for view_layer in scene.view_layers:
        setattr(view_layer, _PASSES[layer], True)
    kind = scene.render.image_settings
    if hasattr(kind, "media_type"):  # 5.0 and newer
        kind.media_type = "MULTI_LAYER_IMAGE"
    kind.file_format = "OPEN_EXR_MULTILAYER"
    if kind.exr_codec not in ("ZIP", "ZIPS", "PIZ", "RLE", "NONE"):  # ids don't survive the others
        kind.exr_codec = "ZIP"


def why_not(context: bpy.types.Context) -> str:
    """Why no object can be removed from this scene's render yet; empty if one can."""
    try:
        plate = sources.of_render(context.scene)
    except Told as told:
        return str(told)
    from . import exr_head

    head = exr_head.read(plate.one)
    if head is None or not exr_head.has_cryptomatte(head.channels):
        return "The render has no Cryptomatte. Press Prepare Render, and render again."
    return ""


def _node(scene: Any) -> Any:
    tree = getattr(scene, "compositing_node_group", None) or getattr(scene, "node_tree", None)
    nodes = (
        [one for one in tree.nodes if one.bl_idname == "CompositorNodeCryptomatteV2" and one.matte_id] if tree else []
    )
    return next((one for one in nodes if one == tree.nodes.active), nodes[0] if len(nodes) == 1 else None)


def register() -> None:
    """Add the operators."""
    register_all([TakeFromNode, PrepareRender])


def unregister() -> None:
    """Take them away."""
    unregister_all([TakeFromNode, PrepareRender])
