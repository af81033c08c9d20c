"""Cameras in the project's own JSON: all that a Camera holds, to the last digit.

    {
     "format": "vfx-ai camera", "schema": 1,
     "display_window": [0, 0, 1920, 1080], "pixel_aspect": 1.0, "residual": 0.3,
     "frames": {
      "1001": {"camera_to_world": [[...], [...], [...], [0, 0, 0, 1]],
               "focal": [1800.0, 1800.0], "center": [959.5, 539.5], "distortion": [0.0, 0.0]}
     },
     "points": [[x, y, z]]
    }

`camera_to_world` is a matrix for columns; the camera looks along its -Z with Y up. `focal` is across and down, in
pixels; `center` is the principal point in pixels from the middle of the display window's first pixel, x to the right
and y down; `distortion` is k1, k2 of Camera. `center` (else the picture's middle), `distortion` (else none),
`pixel_aspect` (else 1), `residual` and `points` may be left out. Frames that aren't there aren't known. Over a plate of
another size, such as a proxy, the lens is scaled.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from vfx_ai.errors import InputError
from vfx_ai.media.atomic import replacing
from vfx_ai.media.frame import Window
from vfx_ai.motion.camera import Array, Camera
from vfx_ai.motion.camera_pose import Gate, Pose, Told, Wanted, known_frames, pose_of, read_whole, rigid

FORMAT, SCHEMA = "vfx-ai camera", 1
NEEDED = {"format", "schema", "display_window", "frames"}
OPTIONAL = {"pixel_aspect", "residual", "points"}
POSE_NEEDED, POSE_OPTIONAL = {"camera_to_world", "focal"}, {"center", "distortion"}
MOST_FRAMES = 100_000
SAME_SHAPE = 0.01  # relative difference of width over height within which a plate is the same picture, scaled


def read(file: Path, wanted: Wanted) -> Told:
    """The poses of all frames of a JSON file; see the module.

    Raises:
        InputError: it isn't what it should be.
    """
    data = _object(file, _parsed(file), NEEDED, OPTIONAL, "the file")
    if data["format"] != FORMAT:
        raise _wrong(file, f"the file's format is {data['format']!r}, not {FORMAT!r}")
    if data["schema"] != SCHEMA:
        raise _wrong(file, f"the file has schema {data['schema']!r}; this version reads {SCHEMA}")
    scale = _scale(file, data, wanted.gate)
    frames = data["frames"]
    if not isinstance(frames, dict) or not frames:
        raise _wrong(file, "the file has no frames")
    if len(frames) > MOST_FRAMES:
        raise _wrong(file, f"the file has {len(frames):,} frames, more than {MOST_FRAMES:,}")
    poses = {_number(file, key): _pose(file, key, pose, scale, wanted.gate.middle) for key, pose in frames.items()}
    points = _floats(file, data.get("points", []), (-1, 3), "points") if data.get("points") else np.zeros((0, 3))
    residual = float(_floats(file, data.get("residual", 0.0), (), "residual"))
    return Told(poses, tuple(poses), points, residual)


def _parsed(file: Path) -> Any:
    def refuse(word: str) -> NoReturn:
        raise ValueError(f"{word} is no number")

    try:
        return json.loads(read_whole(file).decode("utf-8-sig"), parse_constant=refuse)
    except UnicodeDecodeError:
        raise _wrong(file, "the file is not text") from None
    except json.JSONDecodeError as error:
        raise _wrong(file, f"line {error.lineno}: {error.msg}") from None
    except (ValueError, RecursionError) as error:
        raise _wrong(file, f"the file is no JSON: {error}") from None


def _object(file: Path, value: Any, needed: set[str], optional: set[str], what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(file, f"{what} is no object")
    lacking, unknown = sorted(needed - value.keys()), sorted(value.keys() - needed - optional)
    if lacking or unknown:
        raise _wrong(file, f"{what} lacks {lacking[0]!r}" if lacking else f"{what} has an unknown {unknown[0]!r}")
    return value


def _number(file: Path, key: str) -> int:
    if not re.fullmatch(r"-?\d{1,9}", key):
        raise _wrong(file, f"{key[:40]!r} is no frame number")
    return int(key)


def _pose(file: Path, key: str, value: Any, scale: Array, middle: Array) -> Pose:
    what = f"frame {key}"
    data = _object(file, value, POSE_NEEDED, POSE_OPTIONAL, what)
    matrix = _floats(file, data["camera_to_world"], (4, 4), f"camera_to_world of {what}")
    if not np.array_equal(matrix[3], [0, 0, 0, 1]):
        raise _wrong(file, f"the last row of camera_to_world of {what} is not 0, 0, 0, 1")
    matrix[:3, :3] = rigid(matrix[:3, :3], file, int(key))
    lens = _floats(file, data["focal"], (2,), f"focal of {what}")
    if (lens <= 0).any():
        raise _wrong(file, f"focal of {what} is not above 0")
    distortion = _floats(file, data.get("distortion", [0, 0]), (2,), f"distortion of {what}")
    center = middle
    if "center" in data:
        center = _floats(file, data["center"], (2,), f"center of {what}")
        center = center if (scale == 1).all() else (center + 0.5) * scale - 0.5
    return Pose(matrix, lens * scale, center, distortion)


def _scale(file: Path, data: dict[str, Any], gate: Gate) -> Array:
    """Pixels (across, down) of the plate for one of the file."""
    corners = _floats(file, data["display_window"], (4,), "display_window")
    aspect = float(_floats(file, data.get("pixel_aspect", 1.0), (), "pixel_aspect"))
    window = Window(*(int(v) for v in corners))
    if window.empty or not aspect > 0:
        raise _wrong(file, "display_window or pixel_aspect makes no sense")
    scale = gate.size / np.array([window.width, window.height], np.float64)
    if abs(scale[0] / scale[1] * gate.pixel_aspect / aspect - 1) > SAME_SHAPE:
        raise InputError(
            f"the camera is for a picture of {window.width} x {window.height} (pixel aspect {aspect:g}), the plate has "
            f"{gate.display.width} x {gate.display.height} ({gate.pixel_aspect:g}), which is of another shape",
            file=file,
            remedy="Give the plate that the camera was made for, or a scaled one.",
        )
    return scale


def _floats(file: Path, value: Any, shape: tuple[int, ...], what: str) -> Array:
    """Finite numbers of a shape, in which -1 is any length."""
    try:
        array = np.array(value)
    except ValueError:  # rows of several lengths
        array = np.array(None)
    fits = array.ndim == len(shape) and all(a in (-1, b) for a, b in zip(shape, array.shape, strict=True))
    if not fits or array.dtype.kind not in "if" or not np.isfinite(array).all():
        size = " x ".join("n" if side < 0 else str(side) for side in shape)
        raise _wrong(file, f"{what} is not {size + ' finite numbers' if shape else 'a finite number'}")
    return array.astype(np.float64)


def _wrong(file: Path, what: str) -> InputError:
    return InputError(what, file=file, remedy="Write it with `vfx-ai camera`, or see docs/using.md for its form.")


def write(camera: Camera, file: Path, gate: Gate, fps: float) -> tuple[str, ...]:
    """Write the known frames; see `camera_files.write_camera`. `fps` has no place in the file."""
    display = gate.display
    head = {
        "format": FORMAT,
        "schema": SCHEMA,
        "display_window": [display.x0, display.y0, display.x1, display.y1],
        "pixel_aspect": gate.pixel_aspect,
        "residual": camera.residual,
    }
    frames = [f'  "{n}": {_text(pose_of(camera, n, gate))}' for n in known_frames(camera)]
    points = [f"  {json.dumps(point)}" for point in camera.points.tolist()]
    lines = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    lines += [' "frames": {\n' + ",\n".join(frames) + "\n }", ' "points": [\n' + ",\n".join(points) + "\n ]"]
    with replacing(file) as beside:
        beside.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8", newline="\n")
    return ()


def _text(pose: Pose) -> str:
    names = ("camera_to_world", "focal", "center", "distortion")
    return json.dumps({name: getattr(pose, name).tolist() for name in names})
