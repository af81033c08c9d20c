"""Cameras in .chan files, as Nuke writes and reads them.

Plain text, one line a frame: frame, tx ty tz, rx ry rz in degrees, and the vertical field of view in degrees. The
camera looks along its -Z with Y up. Angles are in the order that Nuke's cameras have unless told otherwise, ZXY: first
the roll about Z, then the tilt about X, then the pan about Y, so that the rotation is Ry Rx Rz on columns. 3DEqualizer
writes that order for Nuke, and Blender asks for it. The field of view spans the display window's height. The order, the
lens's distortion and a principal point beside the picture's middle have no place in the file.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from vfx_ai.errors import InputError
from vfx_ai.media.atomic import replacing
from vfx_ai.motion.camera import Array, Camera
from vfx_ai.motion.camera_pose import Gate, Pose, Told, Wanted, border_error, known_frames, pose_of, read_whole

COLUMNS = "frame tx ty tz rx ry rz [vertical fov]"
WITHOUT_FOV, WITH_FOV = 7, 8
NARROWEST = 0.01  # degrees
WORTH_TELLING = 0.01  # pixels


def read(file: Path, wanted: Wanted) -> Told:
    """The poses of all frames of a .chan file.

    Raises:
        InputError: a line makes no sense, or nothing tells the focal length.
    """
    try:
        text = read_whole(file).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _wrong(file, "the file is not text") from None
    poses: dict[int, Pose] = {}
    frames: dict[int, None] = {}
    numbers = frozenset(wanted.numbers)
    for line, words in enumerate(text.splitlines(), 1):
        values = words.partition("#")[0].split()
        if not values:
            continue
        row = _row(file, line, values, wanted)
        frame = int(row[0])
        if frame in frames:
            raise _wrong(file, f"line {line}: frame {frame} is there twice")
        frames[frame] = None
        if frame in numbers:  # a file may have a thousand times as many
            poses[frame] = _pose(row, wanted)
    if not frames:
        raise _wrong(file, "the file has no frame")
    return Told(poses, tuple(frames))


def _row(file: Path, line: int, words: list[str], wanted: Wanted) -> list[float]:
    """The numbers of a line, checked."""
    if len(words) not in (WITHOUT_FOV, WITH_FOV):
        raise _wrong(file, f"line {line} has {len(words)} columns")
    try:
        values = [float(word) for word in words]
    except ValueError:
        raise _wrong(file, f"line {line} holds something that is no number") from None
    if not all(math.isfinite(value) for value in values):
        raise _wrong(file, f"line {line} holds a number that isn't finite")
    if values[0] != int(values[0]):
        raise _wrong(file, f"line {line}: frame {words[0]} is no whole number")
    if wanted.focal is None:
        _check_fov(file, line, values[WITHOUT_FOV:])
    return values


def _pose(row: list[float], wanted: Wanted) -> Pose:
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = rotation_of(row[4:7]), row[1:4]
    return Pose(matrix, _focal(row, wanted), wanted.gate.middle)


def _check_fov(file: Path, line: int, fov: list[float]) -> None:
    if not fov:
        raise InputError(
            f"line {line} has no column for the field of view, so the focal length is unknown",
            file=file,
            remedy="Give the focal length, e.g. --focal 1800 in pixels or --focal 32mm/36mm.",
        )
    if not NARROWEST < fov[0] < 180 - NARROWEST:
        raise _wrong(file, f"line {line}: a field of view of {fov[0]:g} degrees")


def _focal(row: list[float], wanted: Wanted) -> Array:
    gate = wanted.gate
    if wanted.focal is not None:
        return gate.focal(wanted.focal)
    down = gate.size[1] / 2 / math.tan(math.radians(row[WITHOUT_FOV]) / 2)
    return gate.focal(down / gate.pixel_aspect)


def _wrong(file: Path, what: str) -> InputError:
    return InputError(what, file=file, remedy=f"A .chan file has lines of: {COLUMNS}.")


def write(camera: Camera, file: Path, gate: Gate, fps: float) -> tuple[str, ...]:
    """Write the known frames; see `camera_files.write_camera`. `fps` has no place in the file."""
    frames = known_frames(camera)
    poses = [pose_of(camera, n, gate) for n in frames]
    # From one frame to the next an angle goes on beyond 180 rather than jump, so that what lies between makes sense.
    angles = np.unwrap(np.array([angles_of(pose.camera_to_world[:3, :3]) for pose in poses]), period=360, axis=0)
    lines = []
    for frame, pose, turned in zip(frames, poses, angles, strict=True):
        fov = 2 * math.degrees(math.atan(gate.size[1] / 2 / pose.focal[1]))
        values = (*pose.camera_to_world[:3, 3], *turned, fov)
        lines.append("\t".join([str(frame), *(f"{value:.12g}" for value in values)]))
    with replacing(file) as beside:
        beside.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    return _lost(camera, gate)


def _lost(camera: Camera, gate: Gate) -> tuple[str, ...]:
    focal = camera.focal[:, 1:] * np.array([1 / gate.pixel_aspect, 1.0])
    center = np.broadcast_to(gate.middle + gate.corner, camera.center.shape)
    off = border_error(camera, gate, focal, center)
    if off < WORTH_TELLING:
        return ()
    return (
        f"a .chan file holds no distortion and no shifted middle of the lens: at the picture's border it is off by "
        f"up to {off:.2f} pixels; .json keeps them",
    )


def rotation_of(angles: list[float]) -> Array:
    """Camera to world [3, 3] of angles about X, Y and Z in degrees, applied in the order Z, X, Y."""
    (cx, sx), (cy, sy), (cz, sz) = ((math.cos(a), math.sin(a)) for a in map(math.radians, angles))
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return np.asarray(about_y @ about_x @ about_z)


def angles_of(rotation: Array) -> tuple[float, float, float]:
    """Angles about X, Y and Z in degrees whose `rotation_of` is `rotation` [3, 3]."""
    level = math.hypot(rotation[1, 0], rotation[1, 1])
    tilt = math.atan2(-rotation[1, 2], level)
    if level < 1e-9:  # straight up or down, pan and roll turn about the same axis: all of it is the pan
        pan, roll = math.atan2(-rotation[2, 0], rotation[0, 0]), 0.0
    else:
        pan = math.atan2(rotation[0, 2], rotation[2, 2])
        roll = math.atan2(rotation[1, 0], rotation[1, 1])
    return math.degrees(tilt), math.degrees(pan), math.degrees(roll)
