#!/usr/bin/env python3
"""Render a small picture with cryptomattes, and beside it how much of each pixel each of its objects covers.

Nothing of this is needed to use the program: the two files lie in tests/matte/cryptomatte, where tests compare what is
picked from the first with the second. To render them again (some seconds; no Blender and no GPU needed), in an
environment of its own, with Python 3.11:

    python3.11 -m venv .venv-bpy
    .venv-bpy/bin/pip install bpy==5.0.1
    .venv-bpy/bin/python samples/render_cryptomatte.py --out tests/matte/cryptomatte

DIR gets scene.1001.exr, as Blender writes it (color, and cryptomattes of objects and materials with six ranks), and
coverage.1001.exr: the same scene, camera, samples and filter, but the objects give light and nothing else does. Ball
alone is in its red, Box in its green, Ring in its blue, so that each channel is what the renderer's own filter says of
that object's share. Lens and shutter are open, so that edges are soft.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import bpy

FRAME, WIDTH, HEIGHT = 1001, 64, 36
SAMPLES = 16
RANKS = 6
OBJECTS = ("Ball", "Box", "Ring")


def build() -> dict[str, bpy.types.Object]:
    """A ball, a box and a ring above a floor; the ball moves while the shutter is open.

    The hash of "Box" has an exponent of 0, so that its id isn't the hash; Blender's manifest has the hash.
    """
    bpy.ops.wm.read_factory_settings(use_empty=True)
    made = {}
    bpy.ops.mesh.primitive_uv_sphere_add(radius=0.8, location=(-1.3, 0.2, 0.9))
    made["Ball"] = bpy.context.object
    bpy.ops.mesh.primitive_cube_add(size=1.3, location=(0.9, 0.9, 0.65), rotation=(0, 0, 0.5))
    made["Box"] = bpy.context.object
    bpy.ops.mesh.primitive_torus_add(
        major_radius=0.9, minor_radius=0.12, location=(0.1, -0.9, 0.9), rotation=(1.1, 0.4, 0)
    )
    made["Ring"] = bpy.context.object
    bpy.ops.mesh.primitive_plane_add(size=30)
    made["Floor"] = bpy.context.object
    # Two objects have one material: its matte is the sum of theirs.
    paints = {name: bpy.data.materials.new(name) for name in ("Paint", "Ring", "Floor")}
    for name, thing in made.items():
        thing.name = name
        thing.data.materials.append(paints.get(name, paints["Paint"]))
    ball = made["Ball"]
    for frame, x in ((FRAME - 1, -1.7), (FRAME + 1, -0.9)):
        ball.location.x = x
        ball.keyframe_insert("location", frame=frame)
    return made


def look(scene: bpy.types.Scene, target: bpy.types.Object) -> None:
    """A camera with an open lens, in focus on `target`, and a lamp."""
    camera = bpy.data.cameras.new("Camera")
    camera.lens = 32
    camera.dof.use_dof, camera.dof.focus_object, camera.dof.aperture_fstop = True, target, 0.4
    eye = bpy.data.objects.new("Camera", camera)
    eye.location, eye.rotation_euler = (0.0, -5.6, 2.3), (1.3, 0.0, 0.0)
    lamp = bpy.data.objects.new("Sun", bpy.data.lights.new("Sun", "SUN"))
    lamp.data.energy, lamp.rotation_euler = 3.0, (0.7, 0.3, 0.0)
    for thing in (eye, lamp):
        scene.collection.objects.link(thing)
    scene.camera = eye


def prepare(scene: bpy.types.Scene) -> None:
    """Size, samples and shutter, the same for both pictures."""
    scene.frame_set(FRAME)
    scene.render.engine = "CYCLES"
    scene.cycles.device, scene.cycles.samples, scene.cycles.seed = "CPU", SAMPLES, 1
    scene.cycles.use_adaptive_sampling = scene.cycles.use_denoising = False
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = WIDTH, HEIGHT, 100
    scene.render.use_motion_blur, scene.render.motion_blur_shutter = True, 0.8
    scene.render.threads_mode, scene.render.threads = "FIXED", 1
    scene.world = bpy.data.worlds.new("World")
    scene.render.use_stamp = False


def write(scene: bpy.types.Scene, path: Path, kind: str) -> None:
    """Render to an EXR file."""
    settings = scene.render.image_settings
    if hasattr(settings, "media_type"):
        settings.media_type = "MULTI_LAYER_IMAGE" if kind == "OPEN_EXR_MULTILAYER" else "IMAGE"
    settings.file_format, settings.color_depth, settings.exr_codec = kind, "32", "ZIP"
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)


def only_light(thing: bpy.types.Object, color: tuple[float, float, float]) -> None:
    """Give an object a material that gives off `color` and reflects nothing."""
    material = bpy.data.materials.new(f"light of {thing.name}")
    if material.node_tree is None:
        material.use_nodes = True
    nodes, links = material.node_tree.nodes, material.node_tree.links
    nodes.clear()
    glow, end = nodes.new("ShaderNodeEmission"), nodes.new("ShaderNodeOutputMaterial")
    glow.inputs["Color"].default_value = (*color, 1.0)
    links.new(glow.outputs["Emission"], end.inputs["Surface"])
    thing.data.materials[0] = material


def main() -> int:
    """Render both pictures to the folder that was asked for."""
    parser = argparse.ArgumentParser(description="Render the test picture with cryptomattes.")
    parser.add_argument("--out", required=True, type=Path, metavar="DIR")
    out = parser.parse_args().out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    made, scene = build(), bpy.context.scene
    look(scene, made["Box"])
    prepare(scene)
    layer = scene.view_layers[0]
    layer.use_pass_cryptomatte_object = layer.use_pass_cryptomatte_material = True
    layer.pass_cryptomatte_depth = RANKS
    write(scene, out / f"scene.{FRAME}.exr", "OPEN_EXR_MULTILAYER")
    layer.use_pass_cryptomatte_object = layer.use_pass_cryptomatte_material = False
    for index, name in enumerate(OBJECTS):
        only_light(made[name], tuple(float(index == channel) for channel in range(3)))
    only_light(made["Floor"], (0.0, 0.0, 0.0))
    bpy.data.objects["Sun"].hide_render = True
    scene.world = None
    write(scene, out / f"coverage.{FRAME}.exr", "OPEN_EXR")
    return 0


if __name__ == "__main__":
    sys.exit(main())
