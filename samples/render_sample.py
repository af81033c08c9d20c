#!/usr/bin/env python3
"""Render the sample shot: a camera drone flies through a courtyard at dusk; the clean plate is the truth.

Nothing of this is needed to use the program: the frames lie in samples/courtyard. To render them again (about twelve
minutes on two cores; no Blender and no GPU needed), in an environment of its own, with Python 3.11:

    python3.11 -m venv .venv-bpy
    .venv-bpy/bin/pip install bpy==4.5.15 OpenEXR==3.5.3
    .venv-bpy/bin/python samples/render_sample.py --out samples/courtyard

    --shot static     the same scene from a camera that stands still (not shipped)
    --scale 50 --samples 8 --only 1001,1010      for a quick look

DIR gets plate.####.exr (R G B), matte.####.exr (A), clean.####.exr (R G B, black further than NEAR pixels from the
matte, where it is the plate) and shot.json (the cameras). The drone is seen by the camera alone: it throws no shadow
and shows in no reflection, so that outside of the matte plate and clean are the same, bit for bit; the script checks.
The same command gives the same picture up to the rounding of floats, not always the same bits.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import bpy
import numpy as np
import OpenEXR
from courtyard_drone import Drone
from courtyard_set import Courtyard
from mathutils import Matrix, Vector

FIRST, COUNT, FPS = 1001, 16, 24
WIDTH, HEIGHT = 416, 234
LENS, SENSOR = 32.0, 36.0
SEED = 7
NEAR = 12
# meters from the drone's middle to the tip of a blade, and a little more
DRONE_REACH = 0.62
# bits of half's ten that are kept of the fraction: at most 0.8 % off, and a third smaller on disk
BITS = 6
REC709 = (0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329)


def sway(i: float, reach: float, phase: float) -> float:
    """A hand's slow unrest, about +-reach, at frame `i`."""
    waves = ((0.043, 1.0), (0.102, 0.45), (0.23, 0.16))
    return reach * sum(a * math.sin(2 * math.pi * f * i + phase * (k + 1)) for k, (f, a) in enumerate(waves))


def camera_pose(shot: str, i: int) -> Matrix:
    """Where the camera is: it travels to the left by 0.9 m and turns a little, or stands."""
    t = 0.5 if shot == "static" else i / (COUNT - 1)
    j = 0 if shot == "static" else i
    eye = Vector((0.5 - 0.9 * t + sway(j, 0.02, 0.4), -6.0 + sway(j, 0.015, 1.9), 1.6 + sway(j, 0.015, 3.1)))
    target = Vector((0.2 - 0.3 * t + sway(j, 0.05, 5.0), 5.0, 2.28 + sway(j, 0.05, 2.2)))
    turn = (target - eye).to_track_quat("-Z", "Y").to_matrix() @ Matrix.Rotation(sway(j, 0.004, 0.9), 3, "Z")
    return Matrix.Translation(eye) @ turn.to_4x4()


def build(shot: str) -> tuple[bpy.types.Scene, Courtyard, Drone]:
    """The whole scene, with camera and flight keyed."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    courtyard, drone = Courtyard(scene, SEED), Drone(scene)
    drone.fly(range(FIRST, FIRST + COUNT))
    camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    camera.data.lens, camera.data.sensor_width, camera.data.sensor_fit = LENS, SENSOR, "HORIZONTAL"
    scene.collection.objects.link(camera)
    scene.camera = camera
    camera.rotation_mode = "QUATERNION"
    for i in range(COUNT):
        place, turn, _ = camera_pose(shot, i).decompose()
        camera.location, camera.rotation_quaternion = place, turn
        camera.keyframe_insert("location", frame=FIRST + i)
        camera.keyframe_insert("rotation_quaternion", frame=FIRST + i)
    return scene, courtyard, drone


def frame_drone(scene: bpy.types.Scene, drone: Drone) -> None:
    """Sets the render border to the box in which the drone lies; the rest of the picture is not rendered for it."""
    render = scene.render
    middle = scene.camera.matrix_world.inverted() @ drone.root.matrix_world.translation
    focal = LENS / SENSOR
    x, y, reach = (v * focal / -middle.z for v in (middle.x, middle.y, DRONE_REACH))
    aspect = WIDTH / HEIGHT
    render.border_min_x, render.border_max_x = (min(1.0, max(0.0, 0.5 + v)) for v in (x - reach, x + reach))
    render.border_min_y, render.border_max_y = (min(1.0, max(0.0, 0.5 + v * aspect)) for v in (y - reach, y + reach))


def set_up(scene: bpy.types.Scene, scale: int, samples: int) -> None:
    """Cycles on the CPU, denoised, into multilayer files of 32 bits."""
    cycles, render = scene.cycles, scene.render
    render.engine = "CYCLES"
    cycles.device, cycles.samples, cycles.use_adaptive_sampling = "CPU", samples, False
    cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces, cycles.transmission_bounces = 3, 2, 1, 0
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.sample_clamp_indirect, cycles.use_light_tree = 3.0, True
    cycles.use_denoising, cycles.denoiser = True, "OPENIMAGEDENOISE"
    cycles.denoising_input_passes, cycles.denoising_prefilter = "RGB_ALBEDO_NORMAL", "ACCURATE"
    render.resolution_x, render.resolution_y, render.resolution_percentage = WIDTH, HEIGHT, scale
    render.use_persistent_data = True  # each collection is rendered over all frames, so that it is built once
    render.use_compositing = render.use_sequencer = False
    render.image_settings.file_format = "OPEN_EXR_MULTILAYER"
    render.image_settings.color_depth, render.image_settings.exr_codec = "32", "ZIP"


def shoot(scene: bpy.types.Scene, drone: Drone, seen: str, frames: list[int]) -> list[dict[str, np.ndarray]]:
    """Renders one collection, "courtyard" or "drone", on every frame: passes by name, [H, W] float32.

    The courtyard is rendered without the drone; the drone with the courtyard lighting it and cut out of it.
    """
    view, render = scene.view_layers[0], scene.render
    view.use_pass_z = True
    children = view.layer_collection.children
    children["courtyard"].holdout = render.film_transparent = render.use_border = seen == "drone"
    children["drone"].exclude = seen != "drone"
    made = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "raw.exr"
        render.filepath = str(path)
        for frame in frames:
            scene.frame_set(frame)
            scene.cycles.seed = SEED * 1000 + frame
            frame_drone(scene, drone)
            bpy.ops.render.render(write_still=True)
            with OpenEXR.File(str(path), separate_channels=True) as file:
                channels = file.channels().items()
                made.append({name.split(".", 1)[1]: np.array(c.pixels, np.float32) for name, c in channels})
            print(f"{seen} {frame} done", file=sys.stderr, flush=True)
    return made


def rounded(linear: np.ndarray) -> np.ndarray:
    """The picture as half, its fraction rounded to BITS bits: noise below that would only fill the disk."""
    cut = 10 - BITS
    raw = linear.astype(np.float16).view(np.uint16)
    return ((raw + (1 << (cut - 1))) >> cut << cut).astype(np.uint16).view(np.float16)


def grown(alpha: np.ndarray) -> np.ndarray:
    """The highest of each pixel and its eight neighbors."""
    padded = np.pad(alpha, 1)
    height, width = alpha.shape
    return np.max([padded[y : y + height, x : x + width] for y in range(3) for x in range(3)], axis=0)


def matte_of(coverage: np.ndarray) -> np.ndarray:
    """The matte: whole wherever the drone covers a quarter of a pixel or of a neighbor, with a soft edge outside."""
    core = np.minimum(1.0, 4.0 * grown(coverage))
    return np.maximum(core, 0.5 * grown(core)).astype(np.float16)


def write(path: Path, frame: int, focal: float, channels: dict[str, np.ndarray]) -> None:
    """A half file with the attributes that a plate from set carries."""
    since = frame - FIRST
    header = {
        "compression": OpenEXR.ZIP_COMPRESSION,
        "type": OpenEXR.scanlineimage,
        "pixelAspectRatio": 1.0,
        "chromaticities": REC709,
        "framesPerSecond": Fraction(FPS, 1),
        "timeCode": OpenEXR.TimeCode(
            10, 0, since // FPS, since % FPS, False, False, False, False, False, False, 0, 0, 0, 0, 0, 0, 0, 0
        ),
        "focalPixels": float(focal),
        "shotName": "courtyard",
    }
    with OpenEXR.File(header, {name: np.ascontiguousarray(v) for name, v in channels.items()}) as file:
        file.write(str(path))


def finish(folder: Path, frame: int, focal: float, clean: dict, drone: dict) -> tuple[np.ndarray, np.ndarray]:
    """Puts the drone over the clean plate and writes the three files; gives back the hole and the depth."""
    coverage = np.clip(drone["Combined.A"], 0, 1)
    matte = matte_of(coverage)
    hole, near = matte > 0, matte > 0
    for _ in range(NEAR):
        near = grown(near)
    plates, cleans = {}, {}
    for c in "RGB":
        truth = np.maximum(clean[f"Combined.{c}"], 0)
        over = np.maximum(drone[f"Combined.{c}"], 0) + (1 - coverage) * truth
        plates[c] = rounded(np.where(hole, over, truth))
        cleans[c] = np.where(near, rounded(truth), np.float16(0))
        apart = plates[c].view(np.uint16) != cleans[c].view(np.uint16)
        assert not (apart & near & ~hole).any(), f"frame {frame}: plate and clean differ outside of the matte"
    assert hole.any(), f"frame {frame}: the drone is out of the picture"
    write(folder / f"plate.{frame}.exr", frame, focal, plates)
    write(folder / f"matte.{frame}.exr", frame, focal, {"A": matte})
    write(folder / f"clean.{frame}.exr", frame, focal, cleans)
    return hole, clean["Depth.Z"]


def seen_elsewhere(holes: list, depths: list, cameras: list, focal: float) -> float:
    """The share of the holes' pixels whose point of the set another frame sees, behind nothing."""
    height, width = holes[0].shape
    middle = np.array([width / 2 - 0.5, height / 2 - 0.5])
    count = total = 0
    for i, hole in enumerate(holes):
        y, x = np.nonzero(hole)
        depth = np.minimum(depths[i][y, x], 1e4)
        ray = np.stack([(x - middle[0]) / focal, (middle[1] - y) / focal, -np.ones(len(x)), 1 / depth], axis=1)
        world = (ray * depth[:, None]) @ np.array(cameras[i]).T
        seen = np.zeros(len(x), bool)
        for j in (k for k in range(len(holes)) if k != i):
            there = world @ np.linalg.inv(np.array(cameras[j])).T
            u = np.rint(middle[0] - focal * there[:, 0] / there[:, 2]).astype(int)
            v = np.rint(middle[1] + focal * there[:, 1] / there[:, 2]).astype(int)
            inside = (u >= 0) & (u < width) & (v >= 0) & (v < height)
            u, v = u.clip(0, width - 1), v.clip(0, height - 1)
            behind = -there[:, 2] > 1.02 * np.minimum(depths[j][v, u], 1e4)
            seen |= inside & ~behind & ~holes[j][v, u]
        count, total = count + int(seen.sum()), total + len(x)
    return count / total


def main() -> None:
    """Renders the frames asked for and writes shot.json."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--shot", choices=("travel", "static"), default="travel")
    parser.add_argument("--samples", type=int, default=64)
    parser.add_argument("--scale", type=int, default=100, help="percent of the size")
    parser.add_argument(
        "--only", type=lambda text: [int(v) for v in text.split(",")], help="frame numbers, with commas"
    )
    asked = parser.parse_args()
    frames = asked.only or list(range(FIRST, FIRST + COUNT))
    scene, _, drone = build(asked.shot)
    set_up(scene, asked.scale, asked.samples)
    focal = WIDTH * asked.scale / 100 * LENS / SENSOR
    asked.out.mkdir(parents=True, exist_ok=True)
    cleans, drones = (shoot(scene, drone, seen, frames) for seen in ("courtyard", "drone"))
    finished = [finish(asked.out, *one) for one in zip(frames, [focal] * len(frames), cleans, drones, strict=True)]
    holes, depths = (list(v) for v in zip(*finished, strict=True))
    cameras = [[list(row) for row in camera_pose(asked.shot, frame - FIRST)] for frame in frames]
    facts = {
        "shot": asked.shot,
        "frames": frames,
        "size": [holes[0].shape[1], holes[0].shape[0]],
        "frames_per_second": FPS,
        "samples": asked.samples,
        "bits_of_fraction": BITS,
        "clean_near_pixels": NEAR,
        "focal_pixels": focal,
        "hole_share": round(float(np.mean(holes)), 4),
        "seen_elsewhere": round(seen_elsewhere(holes, depths, cameras, focal), 4),
        "camera_to_world": dict(zip(frames, cameras, strict=True)),
    }
    (asked.out / "shot.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
