"""Nodes of a compositor that are made for a job; some have other names in 4.x than in 5.x."""

from typing import Any

from .errors import Told

MIXES = ("ShaderNodeMix", "CompositorNodeMixRGB")
MATHS = ("ShaderNodeMath", "CompositorNodeMath")
STEP = 190  # from one node to the next
NARROW = 140  # a node
WIDE = 240  # an Image node, whose labels are cut off in less
TALL = 360  # an Image node, and what lies between two


class Made:
    """Nodes that are made for a job, known by its name."""

    def __init__(self, tree: Any, uid: str) -> None:
        self._tree, self._uid, self.nodes = tree, uid, []

    def node(self, kinds: str | tuple[str, ...], label: str, at: tuple[float, float]) -> Any:
        """A node of the first kind that this Blender has there."""
        for kind in (kinds,) if isinstance(kinds, str) else kinds:
            try:
                made = self._tree.nodes.new(kind)
            except RuntimeError:
                continue
            made.location, made.label = at, label
            made["vfx_ai"] = self._uid
            self.nodes.append(made)
            return made
        raise Told(f"This Blender has no node {kinds}.")

    def forget(self, node: Any) -> None:
        """Take one away again."""
        self.nodes.remove(node)
        self._tree.nodes.remove(node)

    def image(self, label: str, at: tuple[float, float], image: Any, timing: dict[str, int]) -> Any:
        """An Image node."""
        node = self.node("CompositorNodeImage", label, at)
        node.image, node.width, node.use_auto_refresh = image, WIDE, True
        for name, value in timing.items():
            setattr(node, name, value)
        return node


def mix_sockets(mix: Any) -> tuple[Any, Any, Any, Any]:
    """Its factor, what it gives at 0, what it gives at 1, and what comes out."""
    if mix.bl_idname == "CompositorNodeMixRGB":
        return mix.inputs[0], mix.inputs[1], mix.inputs[2], mix.outputs[0]
    mix.data_type, mix.clamp_factor = "RGBA", False
    named = {socket.identifier: socket for socket in mix.inputs}
    out = next(socket for socket in mix.outputs if socket.identifier == "Result_Color")
    return named["Factor_Float"], named["A_Color"], named["B_Color"], out
