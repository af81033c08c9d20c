"""The set of the sample shot: a courtyard at dusk, with lamps in sight. Meters, z up, the camera looks along +y."""

from __future__ import annotations

import itertools
import math
import random

import bpy
import courtyard_surfaces as surface
from mathutils import Matrix, Vector

Point = tuple[float, float, float]

WARM = (1.0, 0.56, 0.2)
BULB = (1.0, 0.66, 0.33)


def take(obj: bpy.types.Object, material: bpy.types.Material | None, where: bpy.types.Collection) -> bpy.types.Object:
    """Moves a new object into a collection and gives it its surface."""
    for holder in list(obj.users_collection):
        holder.objects.unlink(obj)
    where.objects.link(obj)
    if material is not None:
        obj.data.materials.clear()
        obj.data.materials.append(material)
    return obj


class Courtyard:
    """Builds the set into a collection of its own; every thing in it is still."""

    def __init__(self, scene: bpy.types.Scene, seed: int):
        self.random = random.Random(seed)
        self.items = bpy.data.collections.new("courtyard")
        scene.collection.children.link(self.items)
        self.make_surfaces()
        self.buildings()
        self.shop()
        self.furniture()
        self.greenery()
        self.lamps()
        scene.world = bpy.data.worlds.new("dusk")
        surface.dusk(scene.world, 0.5)

    def make_surfaces(self) -> None:
        """One material for each kind of thing."""
        self.ocher = surface.plaster("ocher", (0.62, 0.36, 0.15), (0.5, 0.4, 0.27))
        self.rose = surface.plaster("rose", (0.5, 0.2, 0.14), (0.42, 0.27, 0.2))
        self.brick = surface.bricks("brick", (math.pi / 2, 0, 0))
        self.side_brick = surface.bricks("side brick", (math.pi / 2, 0, math.pi / 2))
        self.stone = surface.plaster("stone", (0.56, 0.53, 0.47), (0.46, 0.43, 0.38))
        self.tiles = surface.bricks("tiles", (0, 0, 0), 0.75)
        self.shutter = surface.wood("shutter", (0.05, 0.2, 0.22), "x", 0.05)
        self.door = surface.wood("door", (0.06, 0.2, 0.1), "z", 0.16)
        self.crate = surface.wood("crate", (0.46, 0.27, 0.12), "x", 0.11)
        self.table = surface.wood("table", (0.34, 0.17, 0.07), "x", 0.12)
        self.clay = surface.plain("clay", (0.5, 0.19, 0.09), 0.8)
        self.iron = surface.plain("iron", (0.025, 0.025, 0.028), 0.45, 0.3)
        self.leaves = [
            surface.plain(f"leaf {i}", c, 0.6)
            for i, c in enumerate([(0.05, 0.13, 0.025), (0.11, 0.2, 0.04), (0.035, 0.09, 0.04), (0.2, 0.19, 0.05)])
        ]

    # ------------------------------------------------------------ shapes

    def box(
        self, center: Point, half: Point, material: bpy.types.Material, turn: float = 0.0, soft: float = 0.0
    ) -> bpy.types.Object:
        """A box by its middle and half its size, turned round z, its edges rounded by `soft`."""
        bpy.ops.mesh.primitive_cube_add(size=2)
        made = take(bpy.context.object, material, self.items)
        made.data.transform(Matrix.Diagonal((*half, 1)))
        made.location, made.rotation_euler = center, (0, 0, turn)
        if soft:
            rounding = made.modifiers.new("soft", "BEVEL")
            rounding.width, rounding.segments = soft, 2
        return made

    def rod(
        self,
        a: Point,
        b: Point,
        radius: float,
        material: bpy.types.Material,
        radius_b: float | None = None,
        sides: int = 28,
    ) -> bpy.types.Object:
        """A cylinder, or a cone if `radius_b` differs, from a to b."""
        a, b = Vector(a), Vector(b)
        far = radius if radius_b is None else radius_b
        bpy.ops.mesh.primitive_cone_add(radius1=radius, radius2=far, depth=(b - a).length, vertices=sides)
        made = take(bpy.context.object, material, self.items)
        made.location, made.rotation_euler = (a + b) / 2, (b - a).to_track_quat("Z", "Y").to_euler()
        return made

    def ball(self, center: Point, radius: float, material: bpy.types.Material) -> bpy.types.Object:
        """A smooth ball."""
        bpy.ops.mesh.primitive_uv_sphere_add(radius=radius, segments=28, ring_count=16, location=center)
        bpy.ops.object.shade_smooth()
        return take(bpy.context.object, material, self.items)

    def cut(self, wall: bpy.types.Object, *cutters: bpy.types.Object) -> None:
        """Takes the cutters' shapes out of a wall."""
        for cutter in cutters:
            cutter.hide_render = True
            hole = wall.modifiers.new("opening", "BOOLEAN")
            hole.operation, hole.object, hole.solver = "DIFFERENCE", cutter, "EXACT"

    def foliage(self, name: str, points: list[Vector], size: float) -> None:
        """A leaf at every point, each turned its own way."""
        vertices, faces, kinds = [], [], []
        for point in points:
            axis = Vector([self.random.gauss(0, 1) for _ in range(3)]).normalized()
            side = axis.orthogonal().normalized() * size * self.random.uniform(0.6, 1.3)
            tip = axis.cross(side)
            first = len(vertices)
            vertices += [point - tip, point + 0.45 * side, point + tip, point - 0.45 * side]
            faces.append((first, first + 1, first + 2, first + 3))
            kinds.append(self.random.choices(range(4), (4, 4, 3, 1))[0])
        mesh = bpy.data.meshes.new(name)
        mesh.from_pydata(vertices, [], faces)
        for material in self.leaves:
            mesh.materials.append(material)
        mesh.polygons.foreach_set("material_index", kinds)
        self.items.objects.link(bpy.data.objects.new(name, mesh))

    # ------------------------------------------------------------ the set

    def buildings(self) -> None:
        """Ground, the back house with its archway, the side walls, roofs."""
        self.box((0, 6, -0.1), (16, 18, 0.1), surface.cobbles("cobbles"))
        front = self.box((0, 5.25, 2.3), (8, 0.25, 2.3), self.ocher)
        arch = self.rod((-1.5, 4.0, 1.85), (-1.5, 6.5, 1.85), 0.95, self.stone)
        windows = [self.box((x, 5.0, 3.62), (0.42, 0.18, 0.55), self.stone) for x in (-4.1, 1.15, 3.6)]
        self.cut(front, arch, self.box((-1.5, 5.25, 0.9), (0.949, 1, 0.95), self.stone), *windows)
        for step in range(13):  # the stones round the arch
            angle = math.pi * (step + 0.5) / 13
            place = (-1.5 + 1.07 * math.cos(angle), 4.98, 1.85 + 1.07 * math.sin(angle))
            block = self.box(place, (0.13, 0.1, 0.115), self.stone, soft=0.02)
            block.rotation_euler = (0, -angle, 0)
        for x in (-2.57, -0.43):
            for row in range(6):
                self.box((x, 4.98, 0.155 + 0.31 * row), (0.12, 0.1, 0.145), self.stone, soft=0.02)
        for x in (-2.75, -0.25):  # the passage behind the arch
            self.box((x, 7.4, 1.7), (0.3, 1.9, 1.7), self.rose)
        self.box((-1.5, 9.5, 1.8), (1.6, 0.2, 1.8), self.brick)
        self.box((-1.5, 7.4, 3.1), (1.6, 1.9, 0.15), self.rose)
        self.box((-1.7, 9.27, 1.05), (0.52, 0.05, 1.05), self.door, soft=0.02)
        self.box((3.65, 4.97, 0.35), (3.98, 0.06, 0.35), self.brick)
        self.box((-5.4, 4.97, 0.35), (2.7, 0.06, 0.35), self.brick)
        self.box((-5.1, 1.6, 1.9), (0.25, 3.4, 1.9), self.rose)
        self.box((5.7, 3.2, 3), (0.25, 2.6, 3), self.side_brick)
        self.box((0, 4.9, 2.86), (8, 0.06, 0.06), self.stone)
        roof = self.box((0, 5.6, 4.86), (8.4, 0.95, 0.05), self.tiles)
        roof.rotation_euler = (0.42, 0, 0)
        self.box((0, 4.86, 4.56), (8, 0.14, 0.06), self.stone)
        for x, y, height in ((-4.6, 13, 7.3), (3.2, 14, 8.0)):  # houses beyond, against the sky
            self.box((x, y, height / 2), (1.9, 1, height / 2), self.ocher)
            roof = self.rod((x, y, height - 0.1), (x, y, height + 1.25), 3.1, self.tiles, 0.1, sides=4)
            roof.rotation_euler = (0, 0, math.pi / 4)
            self.box((x + 0.9, y - 0.4, height + 0.9), (0.22, 0.22, 0.55), self.brick)

    def shop(self) -> None:
        """Windows upstairs, and the shop with its awning."""
        lit = surface.lit_room("shelves")
        dark = surface.plain("pane", (0.05, 0.07, 0.11), 0.1, wear=0.0)
        warm = surface.glow("lit pane", (1.0, 0.55, 0.2), 2.2)
        for x, pane in ((-4.1, dark), (1.15, warm), (3.6, dark)):
            self.box((x, 5.16, 3.62), (0.42, 0.01, 0.55), pane)
            self.box((x, 5.1, 3.62), (0.02, 0.03, 0.55), self.iron)
            self.box((x, 5.1, 3.72), (0.42, 0.03, 0.02), self.iron)
            self.box((x, 4.95, 3.02), (0.55, 0.12, 0.04), self.stone)
            for side in (-1, 1):
                self.box((x + side * 0.66, 4.94, 3.62), (0.21, 0.03, 0.57), self.shutter)
        self.box((2.55, 5.0, 1.45), (1.3, 0.035, 0.8), self.door, soft=0.02)
        self.box((2.55, 4.955, 1.45), (1.18, 0.01, 0.68), lit)
        for x in (1.37, 2.15, 2.95, 3.73):
            self.box((x, 4.93, 1.45), (0.03, 0.03, 0.7), self.door)
        self.box((2.55, 4.93, 1.75), (1.2, 0.03, 0.025), self.door)
        awning = self.box(
            (2.55, 4.35, 2.45),
            (1.55, 0.75, 0.015),
            surface.stripes("awning", (0.62, 0.07, 0.045), (0.8, 0.72, 0.58), 0.22),
        )
        awning.rotation_euler = (0.42, 0, 0)
        self.box((2.55, 3.67, 2.06), (1.55, 0.012, 0.1), awning.data.materials[0])

    def furniture(self) -> None:
        """Tables and stools, crates, a barrel, pots."""
        for x, y in ((1.2, 1.9), (3.0, 0.9)):
            self.rod((x, y, 0.72), (x, y, 0.76), 0.42, self.table)
            self.rod((x, y, 0.0), (x, y, 0.72), 0.035, self.iron)
            self.rod((x, y, 0.0), (x, y, 0.04), 0.24, self.iron)
            for turn in (0.5, 2.6, 4.4):
                a, b = x + 0.72 * math.cos(turn), y + 0.72 * math.sin(turn)
                self.rod((a, b, 0.44), (a, b, 0.48), 0.18, self.table)
                for leg in range(3):
                    c, s = math.cos(turn + 2.1 * leg), math.sin(turn + 2.1 * leg)
                    self.rod((a + 0.17 * c, b + 0.17 * s, 0), (a + 0.1 * c, b + 0.1 * s, 0.45), 0.018, self.iron)
            self.rod((x + 0.14, y + 0.08, 0.76), (x + 0.14, y + 0.08, 0.96), 0.04, self.leaves[2])
            self.rod((x + 0.14, y + 0.08, 0.96), (x + 0.14, y + 0.08, 1.08), 0.016, self.leaves[2])
        for x, y, z, turn in ((-3.9, 3.2, 0.25, 0.2), (-3.3, 3.5, 0.25, -0.3), (-3.65, 3.3, 0.75, 0.5)):
            self.box((x, y, z), (0.26, 0.26, 0.25), self.crate, turn, 0.012)
        self.rod((-2.2, 1.0, 0.0), (-2.2, 1.0, 0.45), 0.27, self.crate, 0.33)
        self.rod((-2.2, 1.0, 0.45), (-2.2, 1.0, 0.9), 0.33, self.crate, 0.27)
        for z in (0.18, 0.45, 0.72):
            self.rod((-2.2, 1.0, z - 0.02), (-2.2, 1.0, z + 0.02), 0.335 - 0.12 * abs(z - 0.45), self.iron)

    def bush(self, x: float, y: float, pot: float, radius: float, leaves: int, size: float) -> None:
        """A pot with a bush."""
        self.rod((x, y, 0), (x, y, pot), 0.62 * pot, self.clay, 0.85 * pot)
        self.rod((x, y, pot - 0.06), (x, y, pot + 0.02), 0.92 * pot, self.clay)
        points = []
        for _ in range(leaves):
            way = Vector([self.random.gauss(0, 1) for _ in range(3)]).normalized()
            points.append(Vector((x, y, pot + 0.85 * radius)) + way * radius * self.random.uniform(0.55, 1.0))
        self.foliage("bush", points, size)

    def greenery(self) -> None:
        """Bushes by the arch and near the camera, ivy on the side wall and round the shop."""
        self.bush(-3.05, 4.5, 0.42, 0.5, 900, 0.075)
        self.bush(0.1, 4.5, 0.42, 0.5, 900, 0.075)
        self.bush(4.5, 2.6, 0.5, 0.6, 1000, 0.08)
        self.bush(-2.35, -2.2, 0.5, 0.52, 900, 0.06)
        ivy = []
        for _ in range(5200):
            y, z = self.random.uniform(-1.8, 5.0), 3.95 * self.random.random()
            if z > 1.5 + 1.1 * math.sin(1.7 * y + 0.6) + 0.35 * math.sin(6 * y) + self.random.gauss(0, 0.15):
                ivy.append(Vector((-4.83 + self.random.uniform(0, 0.14), y, z)))
        for _ in range(2600):
            x, drop = self.random.uniform(-7.5, 8.0), abs(self.random.gauss(0, 0.22))
            if drop < 0.12 + 0.6 * max(0.0, math.sin(0.85 * x + 1.9)) ** 2:
                ivy.append(Vector((x, 4.78 - self.random.uniform(0, 0.1), 4.6 - drop)))
        self.foliage("ivy", ivy, 0.07)

    # ------------------------------------------------------------ light

    def lamp(self, center: Point, radius: float, strength: float, watts: float, color: Point = BULB) -> None:
        """A bulb that is `strength` in the picture, and the light that it gives."""
        bulb = self.ball(center, radius, surface.glow("bulb", color, strength))
        bulb.visible_shadow = bulb.visible_diffuse = bulb.visible_glossy = False
        light = bpy.data.lights.new("lamp", "POINT")
        light.energy, light.color, light.shadow_soft_size = watts, color, radius
        made = bpy.data.objects.new("lamp", light)
        made.location, made.visible_camera = center, False
        self.items.objects.link(made)

    def string_of_lamps(self, a: Point, b: Point, sag: float, count: int, strength: float) -> None:
        """A wire that sags between two points, with bulbs on it."""
        a, b = Vector(a), Vector(b)
        spots = [a.lerp(b, t / 40) - Vector((0, 0, 4 * sag * (t / 40) * (1 - t / 40))) for t in range(41)]
        for first, second in itertools.pairwise(spots):
            self.rod(first, second, 0.009, self.iron)
        for i in range(count):
            t = (i + 0.5) / count
            spot = a.lerp(b, t) - Vector((0, 0, 4 * sag * t * (1 - t)))
            self.rod(spot, spot - Vector((0, 0, 0.07)), 0.022, self.iron)
            self.lamp(spot - Vector((0, 0, 0.115)), 0.052, strength * (0.8 + 0.4 * self.random.random()), 11.0)

    def lamps(self) -> None:
        """Strings of bulbs, lanterns on the wall, candles, and a soft light from the sky behind the camera."""
        self.string_of_lamps((-4.85, 0.4, 3.55), (5.45, 2.4, 3.75), 0.55, 11, 42.0)
        self.string_of_lamps((-4.85, 3.6, 3.45), (5.45, 0.9, 3.35), 0.5, 10, 38.0)
        for x in (-2.95, -0.05, 4.35):
            self.lamp((x, 4.72, 2.32), 0.07, 60.0, 36.0, WARM)
            self.box((x, 4.86, 2.5), (0.025, 0.16, 0.02), self.iron)
            self.rod((x, 4.72, 2.41), (x, 4.72, 2.54), 0.14, self.iron, 0.03)
            self.rod((x, 4.72, 2.2), (x, 4.72, 2.24), 0.07, self.iron)
        self.lamp((-1.5, 8.3, 2.45), 0.08, 55.0, 60.0, WARM)
        for x, y in ((1.12, 1.78), (3.1, 0.8)):
            self.rod((x, y, 0.76), (x, y, 0.84), 0.03, self.clay)
            self.lamp((x, y, 0.885), 0.026, 48.0, 3.0, WARM)
        self.soft_light((-5.5, -6.0, 6.0), (0.5, 2.5, 1.0), 4.0, 480.0, (0.78, 0.86, 1.0))
        self.soft_light((2.55, 3.9, 2.0), (2.4, 2.2, 0.0), 1.6, 26.0, WARM)

    def soft_light(self, place: Point, target: Point, size: float, watts: float, color: Point) -> None:
        """A large soft light."""
        light = bpy.data.lights.new("soft", "AREA")
        light.energy, light.size, light.color = watts, size, color
        made = bpy.data.objects.new("soft", light)
        made.location = place
        made.rotation_euler = (Vector(target) - Vector(place)).to_track_quat("-Z", "Y").to_euler()
        made.visible_camera = False
        self.items.objects.link(made)
