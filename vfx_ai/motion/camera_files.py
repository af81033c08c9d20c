"""Cameras from and to files: Nuke's .chan, USD, and the project's own JSON, told apart by the file's ending."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vfx_ai.errors import JobError, OutputError
from vfx_ai.media.frame import Window
from vfx_ai.motion import camera_chan, camera_json, camera_usd, usd_apart
from vfx_ai.motion.camera import Camera
from vfx_ai.motion.camera_pose import Gate, Told, Wanted, camera_of, check_size


@dataclass(frozen=True)
class Kind:
    """How files of one kind are read and written.

    Attributes:
        read: of a file, what is wanted.
        write: a camera to a file, given the plate's gate and frame rate; gives what the file can't hold, as sentences.
        several: whether a file may hold several cameras.
    """

    read: Callable[[Path, Wanted], Told]
    write: Callable[[Camera, Path, Gate, float], tuple[str, ...]]
    several: bool = False


_CHAN = Kind(camera_chan.read, camera_chan.write)
_USD = Kind(usd_apart.read, camera_usd.write, several=True)
_JSON = Kind(camera_json.read, camera_json.write)
KINDS = {".chan": _CHAN, ".usd": _USD, ".usda": _USD, ".usdc": _USD, ".json": _JSON}


def read_camera(
    path: Path,
    numbers: tuple[int, ...],
    display: Window,
    canvas: Window,
    pixel_aspect: float = 1.0,
    focal: float | None = None,
) -> Camera:
    """The camera that a file holds, for the frames of a plate.

    Args:
        path: .chan, .usd, .usda, .usdc or .json; of a USD file with several cameras, "shot.usd#/world/camera".
        numbers: the plate's frames.
        display: the plate's display window, which the camera's picture is.
        canvas: the window whose corner the camera's positions are counted from.
        pixel_aspect: width of the plate's pixels over their height.
        focal: in pixels across the display window; stands for the file's own focal length, in all frames.

    Returns:
        The camera; frames that the file hasn't aren't known. `origin` is the file's name.

    Raises:
        JobError: the ending is none of these.
        InputError: the file isn't there, is damaged, lacks a focal length, or has none of the frames.
    """
    file, prim = split_prim(path)
    kind = kind_of(file, "camera")
    if prim and not kind.several:
        raise JobError(f"a {file.suffix} file has one camera, not {prim}", file=file, remedy="Leave out the # part.")
    wanted = Wanted(numbers, Gate(display, canvas, pixel_aspect), focal, prim)
    check_size(file)
    return camera_of(kind.read(file, wanted), wanted, file)


def write_camera(
    camera: Camera, path: Path, display: Window, canvas: Window, pixel_aspect: float = 1.0, fps: float = 24.0
) -> tuple[str, ...]:
    """Writes the known frames of a camera to a file, which is whole or not there.

    Args:
        camera: at least one of its frames is known.
        path: .chan, .usd, .usda, .usdc or .json.
        display, canvas, pixel_aspect: of the plate; see `read_camera`.
        fps: frames per second, which USD keeps.

    Returns:
        What the file can't hold of the lens, as sentences.

    Raises:
        JobError: the ending is none of these.
        OutputError: the file can't be written, or no frame is known.
    """
    kind = kind_of(path, "output")
    if not camera.known.any():
        raise OutputError("there is no frame whose camera is known", file=path, remedy="Solve the camera first.")
    return kind.write(camera, path, Gate(display, canvas, pixel_aspect), fps)


def kind_of(file: Path, role: str) -> Kind:
    """The kind of a camera's file, by its ending.

    Raises:
        JobError: it is none.
    """
    if file.suffix.lower() not in KINDS:
        raise JobError(f"the {role} is no camera file", file=file, remedy=f"Use one of: {', '.join(KINDS)}.")
    return KINDS[file.suffix.lower()]


def split_prim(path: Path) -> tuple[Path, str]:
    """A camera's file, and the path of the camera within it that follows a "#"; "" if none does."""
    name, mark, prim = path.as_posix().rpartition("#/")
    return (path, "") if not mark or path.exists() else (Path(name), f"/{prim}")
