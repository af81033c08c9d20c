"""A shot's camera by itself: solved, and written to a file that other programs read. Nothing is taken out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
import torch

from vfx_ai.budget import parse_memory
from vfx_ai.device import choose_device, refuse_unless_cpu_can_help
from vfx_ai.errors import Interrupted, JobError
from vfx_ai.job import Event, Missing, Progress, check_choices, check_matte, focal_in_pixels, silent
from vfx_ai.matte.objects import check_objects
from vfx_ai.media.lens import read_lens
from vfx_ai.media.sequence import find_sequence
from vfx_ai.motion.camera import Camera, why_solved
from vfx_ai.motion.camera_files import kind_of, write_camera
from vfx_ai.motion.camera_pose import FLIP, known_frames
from vfx_ai.motion.given import gate_of, given_camera, given_focal
from vfx_ai.motion.solve import solve
from vfx_ai.motion.survey import survey
from vfx_ai.shot import MatteOptions, Shot

Steps = Callable[[int, int], None]


@dataclass(frozen=True)
class Matchmove:
    """A camera that was solved, and where it was written.

    Attributes:
        output: the file.
        frames: of the plate.
        known: of these, those whose camera is known.
        points: how many points were solved along.
        residual: how far they lie from where they were seen, mean in pixels.
        focal: the least and the greatest focal length in pixels across; the same unless the lens was zoomed.
        notes: what the file can't hold, as sentences.
    """

    output: str
    frames: tuple[int, ...]
    known: tuple[int, ...]
    points: int
    residual: float
    focal: tuple[float, float]
    notes: tuple[str, ...]


class _WithoutMatte(Shot):
    """A plate in which everything counts as background."""

    def coverage(self, number: int) -> npt.NDArray[np.float32]:
        return np.zeros((self.height, self.width), np.float32)


def matchmove(
    plate: str,
    output: str,
    matte: str = "",
    *,
    matte_channel: str = "",
    matte_objects: str = "",
    matte_layer: str = "",
    matte_invert: bool = False,
    matte_grow: str = "0",
    camera: str = "",
    focal: str = "",
    missing: Missing = "error",
    layer: str = "RGB",
    colorspace: str = "",
    device: str = "auto",
    memory: str = "25%",
    progress: Progress = silent,
    cancelled: Callable[[], bool] = lambda: False,
) -> Matchmove:
    """Solve a shot's camera and write it.

    Args:
        plate: the shot.
        output: .chan, .usd, .usda, .usdc or .json.
        matte, matte_channel, matte_objects, matte_layer, matte_invert, matte_grow: what isn't background; nothing,
            without matte, channel and objects.
        camera: a camera's file that is written anew instead of solving one.
        focal, missing, layer, colorspace, device, memory: see Job.
        progress: is told how far it is.
        cancelled: is asked often; when it says True it ends with Interrupted, and nothing is written.

    Raises:
        VfxAiError: a file can't be read or written, or the camera can't be solved.
    """
    check_choices(missing=missing, device=device)
    kind_of(Path(output), "output")
    focal_in_pixels(focal, 1)
    check_matte(matte, matte_channel, matte_objects, matte_layer, needed=False)
    plates = find_sequence(plate, missing=missing, role="plate")
    mattes = find_sequence(matte, missing=missing, role="matte") if matte else None
    if matte_objects:
        check_objects(mattes or plates, plates.frames, matte_objects, matte_layer)
    options = MatteOptions(matte_channel, matte_invert, matte_grow, matte_objects, matte_layer)
    kind = Shot if matte or matte_channel or matte_objects else _WithoutMatte
    budget = parse_memory(memory) * 3 // 4

    def step(done: int, total: int) -> None:
        if cancelled():
            raise Interrupted("stopped; nothing was written")
        progress(Event("step", "analyse", "", done, total))

    def found(where: torch.device) -> tuple[Shot, Camera]:
        shot = kind(plates, mattes, layer, options, where, budget, colorspace)
        return shot, given_camera(camera, focal, shot) or _solved(shot, focal, step)

    progress(Event("stage", "analyse", "", 0, len(plates.frames)))
    chosen = choose_device(device)
    try:
        shot, made = found(chosen)
    except (RuntimeError, MemoryError) as error:
        refuse_unless_cpu_can_help(error, chosen)
        shot, made = found(torch.device("cpu"))
    return _written(made, shot, Path(output))


def _solved(shot: Shot, focal: str, step: Steps) -> Camera:
    pixels = given_focal(focal, shot)
    motion = survey(shot, step)
    with TemporaryDirectory(prefix="vfx-ai-", ignore_cleanup_errors=True) as folder:
        camera = solve(shot, motion, pixels, Path(folder), step)
        why = why_solved(Path(folder))
    if camera is None or not camera.known.any():
        raise JobError(
            f"the camera can't be solved: {why or 'the shot shows no parallax'}",
            file=shot.plate.path(shot.numbers[0]),
            remedy="The camera must move past things near and far. Give --matte for what moves by itself, and --focal "
            "if it is known.",
        )
    return from_first_frame(camera)


def _written(camera: Camera, shot: Shot, output: Path) -> Matchmove:
    gate, first = gate_of(shot), shot.numbers[0]
    fps = read_lens(shot.plate.path(first), first).fps
    notes = write_camera(camera, output, gate.display, gate.canvas, gate.pixel_aspect, fps)
    across = camera.focal[camera.known, 0]
    return Matchmove(
        str(output),
        shot.numbers,
        known_frames(camera),
        len(camera.points),
        camera.residual,
        (float(across.min()), float(across.max())),
        notes,
    )


def from_first_frame(camera: Camera) -> Camera:
    """The same camera in a world that begins with its first known frame: there it stands at 0, looks along -Z, Y is up.

    A solved world has no up and no size of its own; in this one other programs show what they should.
    """
    i = int(np.argmax(camera.known))
    turn, move = camera.rotation[i], camera.translation[i]
    rotation = camera.rotation @ turn.T @ FLIP
    return replace(
        camera,
        rotation=rotation,
        translation=camera.translation - camera.rotation @ turn.T @ move,
        points=(camera.points @ turn.T + move) @ FLIP,
    )
