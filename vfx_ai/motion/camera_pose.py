"""What a file tells of a camera in one frame, and how a Camera is made of that and taken apart into it.

Files count pixels from the display window, which a camera program calls its format; a Camera counts from the canvas.
In files a camera looks along -Z with Y up; a Camera looks along Z with Y down.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from vfx_ai.errors import InputError
from vfx_ai.media.frame import Window
from vfx_ai.media.plain_file import open_plain
from vfx_ai.motion.camera import Array, Camera

FLIP = np.diag([1.0, -1.0, -1.0])  # between Y up, looking along -Z, and Y down, looking along Z
LARGEST = 64 << 20  # bytes; the camera of 100,000 frames is smaller
RIGID, NEARLY_RIGID = 1e-6, 1e-2  # how far a rotation may be from one: as it is; made one; beyond, refused
BORDER = 9  # points along each side of the picture, where lenses are compared


@dataclass(frozen=True)
class Gate:
    """The area that a camera program takes for the picture: the plate's display window.

    Attributes:
        display: the display window.
        canvas: the window whose corner a Camera's positions are counted from.
        pixel_aspect: width of a pixel over its height; 2 for many anamorphic plates.
    """

    display: Window
    canvas: Window
    pixel_aspect: float = 1.0

    @property
    def corner(self) -> Array:
        """Where (x, y) the display window begins, in pixels of the canvas."""
        return np.array([self.display.x0 - self.canvas.x0, self.display.y0 - self.canvas.y0], np.float64)

    @property
    def size(self) -> Array:
        """(width, height) of the display window in pixels."""
        return np.array([self.display.width, self.display.height], np.float64)

    @property
    def middle(self) -> Array:
        """The display window's middle (x, y), in pixels from its corner; a pixel's middle is at the whole number."""
        return self.size / 2 - 0.5

    def focal(self, across: float) -> Array:
        """Focal length (across, down) in pixels of a lens that is the same in both directions."""
        return np.array([across, across * self.pixel_aspect])


@dataclass(frozen=True)
class Wanted:
    """What is to be read of a camera's file.

    Attributes:
        numbers: the plate's frames.
        gate: of the plate.
        focal: in pixels across; stands for the file's own. None: the file's own.
        prim: path of the camera within the file, if that can hold several; "": the only one.
    """

    numbers: tuple[int, ...]
    gate: Gate
    focal: float | None = None
    prim: str = ""

    def lens(self, focal: Array) -> Array:
        """The focal length (across, down) that counts, where the file has `focal`."""
        return focal if self.focal is None else self.gate.focal(self.focal)


@dataclass(frozen=True)
class Pose:
    """A camera in one frame, as files have it.

    Attributes:
        camera_to_world: [4, 4] float64, rigid; the camera looks along its -Z with Y up.
        focal: [2] float64, across and down, in pixels.
        center: [2] float64, the principal point in pixels from the display window's corner.
        distortion: [2] float64, k1 and k2; see Camera.
    """

    camera_to_world: Array
    focal: Array
    center: Array
    distortion: Array = field(default_factory=lambda: np.zeros(2))


@dataclass(frozen=True)
class Told:
    """What a file tells.

    Attributes:
        poses: by frame number; frames that weren't asked for may be among them.
        frames: numbers of all frames that the file has, for messages.
        points: [P, 3] float64, points of the world.
        residual: see Camera.
    """

    poses: dict[int, Pose]
    frames: tuple[int, ...]
    points: Array = field(default_factory=lambda: np.zeros((0, 3)))
    residual: float = 0.0


def camera_of(told: Told, wanted: Wanted, file: Path) -> Camera:
    """The Camera of the frames that are wanted; those that the file hasn't aren't known.

    Raises:
        InputError: the file has none of them.
    """
    numbers, gate = wanted.numbers, wanted.gate
    known = np.array([n in told.poses for n in numbers], bool)
    if not known.any():
        raise InputError(
            f"the camera has frames {span(told.frames)}, the plate {span(numbers)}: none in common",
            file=file,
            remedy="Write the camera with the plate's frame numbers.",
        )
    first = told.poses[numbers[int(np.argmax(known))]]
    poses = [told.poses.get(n, first) for n in numbers]
    matrices = np.stack([pose.camera_to_world for pose in poses])
    rotation = FLIP @ matrices[:, :3, :3].transpose(0, 2, 1)
    return Camera(
        numbers,
        known,
        focal=np.stack([wanted.lens(pose.focal) for pose in poses]),
        center=np.stack([pose.center for pose in poses]) + gate.corner,
        distortion=np.stack([pose.distortion for pose in poses]),
        rotation=rotation,
        translation=-np.einsum("tij,tj->ti", rotation, matrices[:, :3, 3]),
        points=told.points,
        origin=file.name,
        residual=told.residual,
    )


def pose_of(camera: Camera, number: int, gate: Gate) -> Pose:
    """Frame `number` of a Camera, which must know it."""
    i = camera.index(number)
    matrix = np.eye(4)
    matrix[:3, :3] = camera.rotation[i].T @ FLIP
    matrix[:3, 3] = np.linalg.solve(camera.rotation[i], -camera.translation[i])
    return Pose(matrix, camera.focal[i], camera.center[i] - gate.corner, camera.distortion[i])


def known_frames(camera: Camera) -> tuple[int, ...]:
    """The frames whose camera is known, in order."""
    return tuple(n for n, known in zip(camera.numbers, camera.known, strict=True) if known)


def rigid(rotation: Array, file: Path, frame: int) -> Array:
    """A rotation [3, 3] from what a file has for one: as it is, or the nearest one if it is slightly off.

    Raises:
        InputError: it is no rotation: not finite, scaled, sheared or mirrored.
    """
    if np.isfinite(rotation).all() and np.linalg.det(rotation) > 0:
        off = float(np.abs(rotation.T @ rotation - np.eye(3)).max())
        if off <= RIGID:
            return rotation
        if off <= NEARLY_RIGID:
            left, _, right = np.linalg.svd(rotation)
            return np.asarray(left @ right)
    raise InputError(
        "the camera's matrix is no rotation: it isn't finite, or scales, shears or mirrors",
        file=file,
        frame=frame,
        remedy="Write the camera again without scale.",
    )


def read_whole(file: Path) -> bytes:
    """A file's bytes.

    Raises:
        InputError: it isn't there, can't be read, or is larger than any camera's.
    """
    check_size(file)
    try:
        with open_plain(file) as opened:
            return opened.read()
    except OSError as error:
        raise _unreadable(file, error) from None


def check_size(file: Path) -> None:
    """Refuses what can't be a camera's file before it is read.

    Raises:
        InputError: it isn't there, or is too large.
    """
    try:
        there, size = file.is_file(), file.stat().st_size if file.is_file() else 0
    except OSError as error:
        raise _unreadable(file, error) from None
    if not there:
        raise InputError("there is no such camera file", file=file, remedy="Check the path.")
    if size > LARGEST:
        raise InputError(
            f"the file is larger than {LARGEST >> 20} MB", file=file, remedy="Write the camera alone to a file."
        )


def _unreadable(file: Path, error: OSError) -> InputError:
    why = error.strerror or error
    return InputError(f"the camera can't be read: {why}", file=file, remedy="Check the file and its rights.")


def border_error(camera: Camera, gate: Gate, focal: Array, center: Array) -> float:
    """By how many pixels an ideal lens differs from a camera's own at the picture's border, at most.

    Args:
        camera: the camera.
        gate: of the plate.
        focal, center: [T, 2] of the ideal lens, in pixels of the canvas.
    """
    x, y = (np.linspace(0, side - 1, BORDER) for side in gate.size)
    across, down = (np.stack(np.meshgrid(x, y[[0, -1]]), -1), np.stack(np.meshgrid(x[[0, -1]], y), -1))
    seen = np.concatenate([across.reshape(-1, 2), down.reshape(-1, 2)]) + gate.corner
    kept = replace(camera, focal=focal, center=center, distortion=np.zeros_like(camera.distortion))
    return max(
        float(np.linalg.norm(camera.directions(n, seen) * kept.focal[i] + kept.center[i] - seen, axis=1).max())
        for i, n in enumerate(camera.numbers)
        if camera.known[i]
    )


def span(numbers: Iterable[int]) -> str:
    """Frame numbers as "1001-1024", from the first to the last."""
    first, *others = sorted(numbers)
    return f"{first}-{others[-1]}" if others else str(first)
