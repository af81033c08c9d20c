"""The surfaces of the sample shot: small procedural Cycles materials, all in meters of the object they lie on."""

from __future__ import annotations

import bpy

Rgb = tuple[float, float, float]

# A Mix node has one A, B and Result for every type of data; these are the color ones.
MIX_A, MIX_B, MIX_RESULT = 6, 7, 2


class Graph:
    """Writes a node tree as nested calls: a value that is a socket gets linked, anything else is set."""

    def __init__(self, tree: bpy.types.NodeTree):
        self.tree = tree
        tree.nodes.clear()

    def node(self, kind: str, inputs: dict | None = None, **settings: object) -> bpy.types.Node:
        """A node of type `kind` with its settings and inputs (by name or index)."""
        made = self.tree.nodes.new(kind)
        for name, value in settings.items():
            setattr(made, name, value)
        for name, value in (inputs or {}).items():
            self.feed(made.inputs[name], value)
        return made

    def feed(self, socket: bpy.types.NodeSocket, value: object) -> None:
        """Links `value` into the socket, or sets it; a color may have three figures."""
        if isinstance(value, bpy.types.NodeSocket):
            self.tree.links.new(value, socket)
        elif isinstance(value, tuple) and socket.type == "RGBA" and len(value) == 3:
            socket.default_value = (*value, 1.0)
        else:
            socket.default_value = value

    def place(self, scale: Rgb = (1, 1, 1), turn: Rgb = (0, 0, 0)) -> bpy.types.NodeSocket:
        """The object's own coordinates, turned and scaled."""
        where = self.node("ShaderNodeTexCoord").outputs["Object"]
        inputs = {"Vector": where, "Scale": scale, "Rotation": turn}
        return self.node("ShaderNodeMapping", inputs).outputs["Vector"]

    def noise(self, where: bpy.types.NodeSocket, scale: float, detail: float = 3.0) -> bpy.types.NodeSocket:
        """Smooth noise, about 0.3..0.7."""
        inputs = {"Vector": where, "Scale": scale, "Detail": detail, "Roughness": 0.6}
        return self.node("ShaderNodeTexNoise", inputs).outputs[0]

    def ramp(self, value: bpy.types.NodeSocket, *stops: tuple[float, Rgb | float]) -> bpy.types.NodeSocket:
        """Colors by `value`; a stop is (position, color or grey)."""
        made = self.node("ShaderNodeValToRGB", {"Fac": value})
        elements = made.color_ramp.elements
        while len(elements) < len(stops):
            elements.new(0.5)
        for element, (position, color) in zip(elements, stops, strict=True):
            element.position = position
            element.color = (*color, 1.0) if isinstance(color, tuple) else (color, color, color, 1.0)
        return made.outputs["Color"]

    def mix(self, mode: str, amount: object, a: object, b: object) -> bpy.types.NodeSocket:
        """`b` over `a` in a blend mode."""
        inputs = {0: amount, MIX_A: a, MIX_B: b}
        return self.node("ShaderNodeMix", inputs, data_type="RGBA", blend_type=mode).outputs[MIX_RESULT]

    def bump(self, height: bpy.types.NodeSocket, distance: float, strength: float = 0.7) -> bpy.types.NodeSocket:
        """A normal from a height in meters."""
        inputs = {"Height": height, "Distance": distance, "Strength": strength}
        return self.node("ShaderNodeBump", inputs).outputs["Normal"]

    def output(self, kind: str, shader: bpy.types.NodeSocket) -> None:
        """Ends the tree."""
        self.node(kind, {"Surface": shader})


def _graph(name: str) -> tuple[bpy.types.Material, Graph]:
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    return made, Graph(made.node_tree)


def _finish(graph: Graph, color: object, roughness: object, normal: object = None, metal: float = 0.0) -> None:
    inputs = {"Base Color": color, "Roughness": roughness, "Metallic": metal, "Specular IOR Level": 0.4}
    if normal is not None:
        inputs["Normal"] = normal
    graph.output("ShaderNodeOutputMaterial", graph.node("ShaderNodeBsdfPrincipled", inputs).outputs[0])


def plain(name: str, color: Rgb, roughness: float = 0.5, metal: float = 0.0, wear: float = 0.35) -> bpy.types.Material:
    """A painted thing, a little worn."""
    made, g = _graph(name)
    where = g.place()
    shade = g.mix("MULTIPLY", wear, color, g.ramp(g.noise(where, 9.0), (0.35, 0.25), (0.62, 1.0)))
    _finish(g, shade, roughness, metal=metal)
    return made


def plaster(name: str, color: Rgb, faded: Rgb) -> bpy.types.Material:
    """Old stucco: two tints in blotches, streaks of rain from above, speckle, damp near the ground."""
    made, g = _graph(name)
    where, streaks = g.place(), g.place(scale=(2.6, 2.6, 0.22))
    tint = g.mix("MIX", g.ramp(g.noise(where, 0.9, 5.0), (0.42, 0.0), (0.56, 1.0)), color, faded)
    tint = g.mix("MULTIPLY", 0.55, tint, g.ramp(g.noise(streaks, 1.6), (0.34, 0.3), (0.58, 1.0)))
    tint = g.mix("OVERLAY", 0.38, tint, g.ramp(g.noise(where, 13.0), (0.36, 0.1), (0.64, 0.9)))
    height = g.node("ShaderNodeSeparateXYZ", {0: g.node("ShaderNodeNewGeometry").outputs["Position"]}).outputs["Z"]
    wavy = g.node("ShaderNodeMath", {0: height, 1: g.noise(where, 2.3)}, operation="MULTIPLY").outputs[0]
    tint = g.mix("MULTIPLY", 0.8, tint, g.ramp(wavy, (0.05, 0.22), (0.6, 1.0)))
    _finish(g, tint, 0.85, g.bump(g.noise(where, 6.0, 4.0), 0.05))
    return made


def bricks(name: str, turn: Rgb, size: float = 1.0) -> bpy.types.Material:
    """Courses of brick; `turn` stands the texture up along the wall that it lies on."""
    made, g = _graph(name)
    where = g.place(turn=turn)
    inputs = {"Vector": where, "Scale": 2.0 / size, "Mortar Size": 0.022, "Mortar Smooth": 0.3, "Bias": -0.1}
    inputs |= {"Color1": (0.36, 0.115, 0.06), "Color2": (0.17, 0.06, 0.045), "Mortar": (0.3, 0.26, 0.21)}
    pattern = g.node("ShaderNodeTexBrick", inputs)
    tint = g.mix("MULTIPLY", 0.7, pattern.outputs["Color"], g.ramp(g.noise(where, 1.7), (0.36, 0.3), (0.6, 1.0)))
    tint = g.mix("OVERLAY", 0.5, tint, g.ramp(g.noise(where, 17.0), (0.36, 0.1), (0.64, 0.9)))
    depth = g.node("ShaderNodeMath", {0: 1.0, 1: pattern.outputs["Fac"]}, operation="SUBTRACT").outputs[0]
    _finish(g, tint, 0.8, g.bump(depth, 0.03))
    return made


def cobbles(name: str, scale: float = 4.6) -> bpy.types.Material:
    """Rounded stones, each with a tint of its own, damp here and there."""
    made, g = _graph(name)
    where = g.place()
    stone = {"Vector": where, "Scale": scale, "Randomness": 0.75}
    cell = g.node("ShaderNodeTexVoronoi", stone)
    edge = g.node("ShaderNodeTexVoronoi", stone, feature="DISTANCE_TO_EDGE").outputs["Distance"]
    pick = g.node("ShaderNodeSeparateColor", {0: cell.outputs["Color"]}).outputs[0]
    tint = g.ramp(
        pick, (0.0, (0.13, 0.12, 0.125)), (0.4, (0.27, 0.235, 0.2)), (0.7, (0.2, 0.19, 0.2)), (1.0, (0.38, 0.31, 0.24))
    )
    tint = g.mix("OVERLAY", 0.5, tint, g.ramp(g.noise(where, 13.0), (0.36, 0.1), (0.64, 0.9)))
    tint = g.mix("MULTIPLY", 0.9, tint, g.ramp(edge, (0.0, 0.12), (0.12, 1.0)))
    damp = g.ramp(g.noise(where, 0.55), (0.42, 0.3), (0.6, 0.7))
    tint = g.mix("MULTIPLY", 0.5, tint, g.ramp(g.noise(where, 0.55), (0.42, 0.35), (0.6, 1.0)))
    _finish(g, tint, damp, g.bump(g.ramp(edge, (0.0, 0.0), (0.28, 1.0)), 0.05))
    return made


def wood(name: str, color: Rgb, along: str = "z", plank: float = 0.14) -> bpy.types.Material:
    """Planks with grain, running along an axis."""
    made, g = _graph(name)
    stretch = {"x": (0.12, 1, 1), "y": (1, 0.12, 1), "z": (1, 1, 0.12)}[along]
    grain = g.noise(g.place(scale=stretch), 14.0, 4.0)
    across = g.node("ShaderNodeSeparateXYZ", {0: g.place()}).outputs["X" if along != "x" else "Z"]
    gap = g.node("ShaderNodeMath", {0: across, 1: plank}, operation="PINGPONG").outputs[0]
    tint = g.mix("MULTIPLY", 0.8, color, g.ramp(grain, (0.36, 0.25), (0.6, 1.0)))
    tint = g.mix("MULTIPLY", 0.85, tint, g.ramp(gap, (0.0, 0.1), (0.014, 1.0)))
    tint = g.mix("MULTIPLY", 0.5, tint, g.ramp(g.noise(g.place(), 2.2), (0.36, 0.3), (0.6, 1.0)))
    _finish(g, tint, 0.6, g.bump(grain, 0.01))
    return made


def stripes(name: str, first: Rgb, second: Rgb, width: float) -> bpy.types.Material:
    """Cloth with stripes across x."""
    made, g = _graph(name)
    across = g.node("ShaderNodeSeparateXYZ", {0: g.place()}).outputs["X"]
    saw = g.node("ShaderNodeMath", {0: across, 1: width}, operation="PINGPONG").outputs[0]
    tint = g.mix("MIX", g.ramp(saw, (width / 2 - 0.004, 0.0), (width / 2 + 0.004, 1.0)), first, second)
    tint = g.mix("MULTIPLY", 0.6, tint, g.ramp(g.noise(g.place(), 3.0), (0.34, 0.4), (0.6, 1.0)))
    _finish(g, tint, 0.9, g.bump(g.noise(g.place(), 5.0), 0.04))
    return made


def glow(name: str, color: Rgb, strength: float) -> bpy.types.Material:
    """What shines: `color` times `strength` in the picture; a lamp beside it does the lighting, with less noise."""
    made, g = _graph(name)
    g.output("ShaderNodeOutputMaterial", g.node("ShaderNodeEmission", {0: color, 1: strength}).outputs[0])
    made.cycles.emission_sampling = "NONE"
    return made


def lit_room(name: str) -> bpy.types.Material:
    """What is seen through a lit window: shelves with bottles, bright behind."""
    made, g = _graph(name)
    where = g.place(turn=(1.5708, 0, 0))
    inputs = {"Vector": where, "Scale": 2.7, "Mortar Size": 0.03, "Bias": 0.0, "Brick Width": 0.16, "Row Height": 0.9}
    inputs |= {"Color1": (0.9, 0.5, 0.16), "Color2": (0.1, 0.16, 0.05), "Mortar": (0.03, 0.015, 0.006)}
    goods = g.node("ShaderNodeTexBrick", inputs).outputs["Color"]
    tint = g.mix("MULTIPLY", 0.85, goods, g.ramp(g.noise(where, 2.6), (0.35, 0.15), (0.6, 1.0)))
    g.output("ShaderNodeOutputMaterial", g.node("ShaderNodeEmission", {0: tint, 1: 2.4}).outputs[0])
    return made


def dusk(world: bpy.types.World, strength: float) -> None:
    """A sky after sunset: warm at the horizon, blue above, with thin clouds."""
    world.use_nodes = True
    g = Graph(world.node_tree)
    where = g.node("ShaderNodeTexCoord").outputs["Generated"]
    up = g.node("ShaderNodeSeparateXYZ", {0: where}).outputs["Z"]
    sky = g.ramp(
        up, (0.0, (0.85, 0.36, 0.2)), (0.24, (0.72, 0.42, 0.36)), (0.42, (0.2, 0.29, 0.56)), (0.9, (0.06, 0.12, 0.34))
    )
    flat = g.node("ShaderNodeMapping", {"Vector": where, "Scale": (1.0, 1.0, 4.0)}).outputs["Vector"]
    clouds = g.ramp(g.noise(flat, 2.6, 6.0), (0.46, 0.0), (0.66, 0.75))
    tint = g.mix("MIX", clouds, sky, (0.95, 0.5, 0.42))
    g.output("ShaderNodeOutputWorld", g.node("ShaderNodeBackground", {0: tint, 1: strength}).outputs[0])
