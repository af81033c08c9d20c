"""What is to be taken out of the sample shot: a camera drone that flies through it."""

from __future__ import annotations

import math

import bpy
import courtyard_surfaces as surface
from courtyard_set import take
from mathutils import Matrix, Vector

ARMS = [(sx * 0.27, sy * 0.25) for sx in (-1, 1) for sy in (-1, 1)]
BLADE_TURN = 2.3  # radians from frame to frame


class Drone:
    """A quadcopter of 0.8 m, seen by the camera alone: it throws no shadow and lights nothing."""

    def __init__(self, scene: bpy.types.Scene):
        self.items = bpy.data.collections.new("drone")
        scene.collection.children.link(self.items)
        self.root = bpy.data.objects.new("drone", None)
        self.items.objects.link(self.root)
        self.rotors: list[bpy.types.Object] = []
        self.shell = surface.plain("shell", (0.62, 0.63, 0.64), 0.3, wear=0.15)
        self.dark = surface.plain("carbon", (0.02, 0.021, 0.024), 0.4, wear=0.3)
        self.paint = surface.plain("paint", (0.75, 0.16, 0.02), 0.35, wear=0.15)
        self.glass = surface.plain("glass", (0.01, 0.012, 0.03), 0.08, wear=0.0)
        self.body()
        self.arms()
        self.camera()
        for made in self.items.objects:
            made.visible_shadow = made.visible_diffuse = made.visible_glossy = False
            made.visible_transmission = made.visible_volume_scatter = False

    def piece(
        self, material: bpy.types.Material, parent: bpy.types.Object | None = None, soft: float = 0.0
    ) -> bpy.types.Object:
        """Takes what was made last as a part of the drone."""
        made = take(bpy.context.object, material, self.items)
        made.parent = parent or self.root
        if soft:
            rounding = made.modifiers.new("soft", "BEVEL")
            rounding.width, rounding.segments = soft, 3
        return made

    def box(self, center: tuple, half: tuple, material: bpy.types.Material, soft: float = 0.008) -> bpy.types.Object:
        """A rounded box."""
        bpy.ops.mesh.primitive_cube_add(size=2)
        made = self.piece(material, soft=soft)
        made.data.transform(Matrix.Diagonal((*half, 1)))
        made.location = center
        return made

    def ball(self, center: tuple, scale: tuple, material: bpy.types.Material) -> bpy.types.Object:
        """A smooth ellipsoid."""
        bpy.ops.mesh.primitive_uv_sphere_add(radius=1, segments=40, ring_count=24)
        bpy.ops.object.shade_smooth()
        made = self.piece(material)
        made.data.transform(Matrix.Diagonal((*scale, 1)))
        made.location = center
        return made

    def rod(
        self, a: tuple, b: tuple, radius: float, material: bpy.types.Material, far: float | None = None
    ) -> bpy.types.Object:
        """A cylinder or cone from a to b."""
        a, b = Vector(a), Vector(b)
        bpy.ops.mesh.primitive_cone_add(
            radius1=radius, radius2=radius if far is None else far, depth=(b - a).length, vertices=24
        )
        made = self.piece(material)
        made.location, made.rotation_euler = (a + b) / 2, (b - a).to_track_quat("Z", "Y").to_euler()
        return made

    def body(self) -> None:
        """Hull, canopy, battery, skids, lights."""
        self.ball((0, 0, 0.0), (0.17, 0.13, 0.065), self.shell)
        self.ball((0, 0, 0.03), (0.12, 0.1, 0.06), self.dark)
        self.box((0, 0, 0.065), (0.05, 0.125, 0.014), self.paint)
        self.box((0, 0, -0.045), (0.1, 0.07, 0.025), self.dark)
        for side in (-1, 1):
            self.rod((side * 0.1, -0.06, -0.04), (side * 0.19, -0.07, -0.22), 0.012, self.shell)
            self.rod((side * 0.1, 0.06, -0.04), (side * 0.19, 0.07, -0.22), 0.012, self.shell)
            self.rod((side * 0.19, -0.17, -0.225), (side * 0.19, 0.17, -0.225), 0.014, self.dark)
            color = (1.0, 0.1, 0.06) if side < 0 else (0.15, 1.0, 0.3)
            self.ball((side * 0.165, -0.06, 0.0), (0.013, 0.013, 0.013), surface.glow("light", color, 18.0))

    def arms(self) -> None:
        """Four arms, each with a motor and two blades."""
        for x, y in ARMS:
            self.rod((0.3 * x, 0.3 * y, 0.01), (x, y, 0.03), 0.026, self.shell, 0.018)
            self.rod((0.66 * x, 0.66 * y, 0.021), (0.8 * x, 0.8 * y, 0.024), 0.0245, self.paint, 0.0225)
            self.rod((x, y, -0.01), (x, y, 0.075), 0.032, self.dark, 0.028)
            hub = bpy.data.objects.new("rotor", None)
            hub.location = (x, y, 0.085)
            hub.parent = self.root
            self.items.objects.link(hub)
            self.rotors.append(hub)
            for side in (-1, 1):
                bpy.ops.mesh.primitive_cube_add(size=2)
                blade = self.piece(self.dark, hub)
                blade.data.transform(Matrix.Diagonal((0.085, 0.014, 0.006, 1)))
                blade.location, blade.rotation_euler = (side * 0.085, 0, 0), (side * 0.3, 0, 0)

    def camera(self) -> None:
        """The gimbal under the hull."""
        self.rod((0, -0.05, -0.06), (0, -0.05, -0.11), 0.02, self.dark)
        self.box((0, -0.06, -0.145), (0.05, 0.045, 0.04), self.shell, 0.012)
        self.rod((0, -0.1, -0.145), (0, -0.135, -0.145), 0.032, self.dark)
        self.rod((0, -0.135, -0.145), (0, -0.138, -0.145), 0.026, self.glass)

    def fly(self, frames: range) -> None:
        """Keys the flight: across the picture from the right, sinking a little and rising, leaning into it."""
        for i, frame in enumerate(frames):
            t = i / max(1, len(frames) - 1)
            self.root.location = (
                1.28 - 2.5 * t,
                -3.4 + 0.25 * t,
                1.97 - 0.16 * math.sin(math.pi * t) + 0.03 * math.sin(9 * t),
            )
            self.root.rotation_euler = (0.1 + 0.03 * math.sin(7 * t), -0.16 + 0.05 * math.sin(5 * t), 0.35 - 0.55 * t)
            self.root.keyframe_insert("location", frame=frame)
            self.root.keyframe_insert("rotation_euler", frame=frame)
            for n, rotor in enumerate(self.rotors):
                rotor.rotation_euler = (0, 0, 1.3 * n + (1 if n in (0, 3) else -1) * BLADE_TURN * i)
                rotor.keyframe_insert("rotation_euler", frame=frame)
