"""What is given of a shot's camera: a matchmove's file, or a focal length; or one from the plate's metadata."""

from __future__ import annotations

from pathlib import Path

from vfx_ai.job import focal_in_pixels
from vfx_ai.media.lens import read_lens
from vfx_ai.motion.camera import Camera
from vfx_ai.motion.camera_files import read_camera
from vfx_ai.motion.camera_pose import Gate
from vfx_ai.shot import Shot

SAME_FOCAL = 0.001  # relative difference; beyond, the lens was zoomed


def given_camera(file: str, focal: str, shot: Shot) -> Camera | None:
    """The camera of a file for a shot's frames and canvas.

    Args:
        file: see `Job.camera`.
        focal: see `Job.focal`; stands for the file's own lens.
        shot: the plate.

    Returns:
        None if `file` is empty.

    Raises:
        JobError, InputError: see `camera_files.read_camera`.
    """
    if not file:
        return None
    gate = gate_of(shot)
    pixels = focal_in_pixels(focal, gate.display.width)
    return read_camera(Path(file), shot.numbers, gate.display, gate.canvas, gate.pixel_aspect, pixels)


def given_focal(focal: str, shot: Shot) -> float | None:
    """The focal length in pixels across, from a job's `focal`, else from metadata; None if neither tells.

    Raises:
        JobError: `focal` makes no sense.
        InputError: a frame can't be read.
    """
    pixels = focal_in_pixels(focal, gate_of(shot).display.width)
    return metadata_focal(shot) if pixels is None else pixels


def metadata_focal(shot: Shot) -> float | None:
    """The focal length in pixels across that all frames' metadata tell; None if one lacks it, or they differ."""
    told = [read_lens(shot.plate.path(n), n).focal for n in shot.numbers]
    focals = [focal for focal in told if focal is not None]
    if len(focals) < len(told) or max(focals) > min(focals) * (1 + SAME_FOCAL):
        return None
    return focals[0]


def gate_of(shot: Shot) -> Gate:
    """What a camera program takes for the shot's picture, by the first frame."""
    first = shot.numbers[0]
    aspect = read_lens(shot.plate.path(first), first).pixel_aspect
    return Gate(shot.infos[first].display_window, shot.canvas, aspect)
