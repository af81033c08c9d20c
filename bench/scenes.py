"""Shots that the benchmarks make themselves: textured planes as a pinhole camera sees them, exactly, in numpy.

A wall, two slabs before it and a floor; a locked camera or one that travels sideways past them; film grain; and an
opaque disc that must go. The camera is known, so a shot needs no solving unless that is what is measured.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import OpenEXR

from vfx_ai.media.frame import Window
from vfx_ai.motion.camera import Camera
from vfx_ai.motion.camera_files import write_camera
from vfx_ai.threads import cores

Floats = npt.NDArray[np.float32]
FIRST, TILE, GRAIN = 1001, 1024, 0.008
OBJECT = np.array([0.6, 0.1, 0.08], np.float32)
SIZES = {"1080p": (1920, 1080), "UHD": (3840, 2160), "540p": (960, 540)}


@dataclass(frozen=True)
class Plane:
    """A rectangle in space: `corner` and its two edges [3] in meters, and how many texture pixels a meter has."""

    corner: tuple[float, float, float]
    across: tuple[float, float, float]
    down: tuple[float, float, float]
    density: float


# x to the right, y down, z away from the camera; the camera's path is at y = 0, z = 0.
WORLD = (
    Plane((-40, -20, 12), (80, 0, 0), (0, 40, 0), 150),
    Plane((-40, 1.6, 0.5), (80, 0, 0), (0, 0, 11.5), 40),
    Plane((-2.6, -1.5, 7), (1.8, 0, 0), (0, 3.1, 0), 220),
    Plane((1.1, -0.8, 5), (1.1, 0, 0), (0, 2.4, 0), 300),
)


@dataclass(frozen=True)
class Scene:
    """What is to be rendered.

    Attributes:
        width, height: of the picture.
        frames: how many.
        travel: meters that the camera moves sideways per frame; 0: it is locked.
        hole: share of the picture that the disc covers.
        zoom: last over first focal length.
        onward: meters that the camera moves forward per frame.
        pan: degrees that it turns to the right per frame; without a turn, pictures don't tell the focal length.
    """

    width: int = 1920
    height: int = 1080
    frames: int = 12
    travel: float = 0.0
    hole: float = 0.03
    zoom: float = 1.0
    onward: float = 0.0
    pan: float = 0.0

    def focal_at(self, index: int) -> float:
        """In pixels: a normal lens at first; a zoom eases in and out."""
        share = index / max(self.frames - 1, 1)
        return self.width * 1.1 * float(self.zoom) ** (share * share * (3 - 2 * share))

    @property
    def numbers(self) -> tuple[int, ...]:
        """The frames' numbers."""
        return tuple(range(FIRST, FIRST + self.frames))

    def camera_at(self, index: int) -> npt.NDArray[np.float64]:
        """Where the camera stands [3] in a frame."""
        middle = (self.frames - 1) / 2
        return np.array([self.travel * (index - middle), 0.0, self.onward * (index - middle)])

    def turn_at(self, index: int) -> npt.NDArray[np.float64]:
        """How it is turned [3, 3] in a frame: from the world to the camera."""
        angle = np.deg2rad(self.pan) * (index - (self.frames - 1) / 2)
        c, s = np.cos(angle), np.sin(angle)
        return np.array([[c, 0.0, -s], [0.0, 1.0, 0.0], [s, 0.0, c]])

    def disc(self, index: int) -> tuple[float, float, float]:
        """Middle (x, y) and radius in pixels of what must go; it crosses the middle third of the picture."""
        share = (index + 0.5) / self.frames
        radius = (self.hole * self.width * self.height / np.pi) ** 0.5
        return self.width * (1 / 3 + share / 3), self.height * (0.5 + 0.05 * np.sin(6 * share)), radius


def rendered(scene: Scene, index: int, tiles: list[Floats]) -> Floats:
    """The background in a frame [H, W, 3], scene-linear; what a pixel's middle sees, without grain."""
    columns, rows = np.meshgrid(np.arange(scene.width, dtype=np.float32), np.arange(scene.height, dtype=np.float32))
    focal = scene.focal_at(index)
    x, y = (columns - (scene.width - 1) / 2) / focal, (rows - (scene.height - 1) / 2) / focal
    if scene.pan:
        ray = tuple((a * x + b * y + c).astype(np.float32) for a, b, c in scene.turn_at(index).T)
    else:
        ray = (x, y, np.ones_like(x))
    nearest = np.full(columns.shape, np.inf, np.float32)
    picture = np.zeros((*columns.shape, 3), np.float32)
    for plane, tile in zip(WORLD, tiles, strict=True):
        depth, u, v = _hit(plane, scene.camera_at(index), ray)
        here = (depth > 0) & (depth < nearest) & (u >= 0) & (u <= 1) & (v >= 0) & (v <= 1)
        x, y = (
            np.mod(share * np.float32(np.linalg.norm(edge) * plane.density), TILE)
            for share, edge in ((u, plane.across), (v, plane.down))
        )
        seen = cv2.remap(tile, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_WRAP)
        picture[here], nearest[here] = seen[here], depth[here]
    return picture


def _hit(plane: Plane, eye: npt.NDArray[np.float64], ray: tuple[Floats, ...]) -> tuple[Floats, Floats, Floats]:
    """Depth at which the rays (x, y, z) from `eye` meet a plane, in their own lengths, and where between its edges."""
    across, down = np.array(plane.across, np.float64), np.array(plane.down, np.float64)
    normal, start = np.cross(across, down), np.array(plane.corner) - eye
    x, y, z = ray
    slope = normal[0] * x + normal[1] * y + normal[2] * z
    depth = np.divide(normal @ start, slope, out=np.full(x.shape, -1, np.float32), where=slope != 0).astype(np.float32)
    shares = []
    for edge in (across, down):
        along = edge / (edge @ edge)
        shares.append((depth * (along[0] * x + along[1] * y + along[2] * z) - along @ start).astype(np.float32))
    return depth, shares[0], shares[1]


def textures() -> list[Floats]:
    """A tile [TILE, TILE, 3] for each plane of the world, 0.05..0.9, which repeats without a seam."""
    return [_texture(np.random.default_rng(seed)) for seed in range(len(WORLD))]


def _texture(rng: np.random.Generator) -> Floats:
    """Noise of all sizes from 4 to 256 pixels, the small weaker than the large."""
    total = np.zeros((TILE, TILE, 3), np.float32)
    for size in (256, 128, 64, 32, 16, 8, 4):
        small = rng.normal(0, 1, (TILE // size, TILE // size, 3)).astype(np.float32)
        small += 2 * small.mean(2, keepdims=True)
        wrapped = np.pad(small, ((4, 4), (4, 4), (0, 0)), mode="wrap")
        large = cv2.resize(wrapped, None, fx=size, fy=size, interpolation=cv2.INTER_CUBIC)
        total += size**0.3 * large[4 * size : -4 * size, 4 * size : -4 * size]
    scaled: Floats = 0.05 + 0.85 / (1 + np.exp(-total / total.std()))
    return scaled.astype(np.float32)


def write_shot(scene: Scene, folder: Path) -> Path:
    """Write plate, matte, clean (all half, ZIP) and camera.json into a folder, which is given back.

    Frames that a longer shot left there are removed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob("*.*.exr"):
        left.unlink()
    tiles, rng = textures(), np.random.default_rng(7)

    def written(index: int, noise: Floats) -> None:
        number, light = scene.numbers[index], rendered(scene, index, tiles)
        light = light + noise * np.sqrt(light.clip(0.01))
        covered = cv2.circle(np.zeros(light.shape[:2], np.uint8), *_rounded(*scene.disc(index)), 1, cv2.FILLED) > 0
        _write_half(folder / f"clean.{number}.exr", light, "RGB")
        _write_half(folder / f"plate.{number}.exr", np.where(covered[..., None], OBJECT, light), "RGB")
        _write_half(folder / f"matte.{number}.exr", covered[..., None].astype(np.float32), "A")

    shape = (scene.height, scene.width, 3)
    noises = (rng.normal(0, GRAIN, shape).astype(np.float32) for _ in scene.numbers)
    with ThreadPoolExecutor(cores()) as pool:
        list(pool.map(written, range(scene.frames), noises))
    window = Window(0, 0, scene.width, scene.height)
    write_camera(known_camera(scene), folder / "camera.json", window, window)
    return folder


def _rounded(x: float, y: float, radius: float) -> tuple[tuple[int, int], int]:
    return (round(x), round(y)), round(radius)


def known_camera(scene: Scene) -> Camera:
    """The camera that the scene was rendered with."""
    count = scene.frames
    places, turns = (np.stack([at(i) for i in range(count)]) for at in (scene.camera_at, scene.turn_at))
    return Camera(
        scene.numbers,
        np.ones(count, bool),
        np.repeat([[scene.focal_at(i)] for i in range(count)], 2, axis=1),
        np.tile(np.array([(scene.width - 1) / 2, (scene.height - 1) / 2]), (count, 1)),
        np.zeros((count, 2)),
        turns,
        -np.einsum("tij,tj->ti", turns, places),
    )


def _write_half(path: Path, pixels: Floats, names: str) -> None:
    channels = {name: np.ascontiguousarray(pixels[..., i], np.float16) for i, name in enumerate(names)}
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    OpenEXR.File(header, channels).write(str(path))
