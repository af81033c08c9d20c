"""A USD file is read in a process of its own.

USD is C++: brackets within brackets, or prims within prims, some ten thousand deep end the process that reads them as
text, and so does memory that is short; tuples within tuples keep it busy for minutes. In its own process a file takes
no run with it, has a limit of time, and one of memory where the system knows that.

    python -m vfx_ai.motion.usd_apart

is what `read` starts: it reads what is wanted from standard input, and writes what was found to standard output.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from vfx_ai.errors import InputError, VfxAiError
from vfx_ai.media.frame import Window
from vfx_ai.motion import camera_usd, own_python
from vfx_ai.motion.camera_pose import Gate, Pose, Told, Wanted, check_size

NAME = "vfx_ai.motion.usd_apart"  # __name__ isn't, in the process itself
PATIENCE = 120.0  # seconds; the camera of 100,000 frames takes less
MOST_MEMORY = 8 << 30  # bytes of address space, of which USD takes little
FIELDS = ("camera_to_world", "focal", "center", "distortion")


def read(file: Path, wanted: Wanted) -> Told:
    """As `camera_usd.read`, whatever the file does to USD.

    Raises:
        InputError: see there; and USD broke off or found no end.
    """
    check_size(file)
    if not own_python.there_is_one():
        return camera_usd.read(file, wanted)
    try:
        done = subprocess.run(
            **own_python.starting(NAME, threads=("OPENBLAS_NUM_THREADS",)),
            input=json.dumps(_asked(file, wanted)).encode("ascii"),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _broken(file, f"USD found no end within {PATIENCE:.0f} seconds") from None
    try:
        told = json.loads(done.stdout)
    except ValueError:
        raise _broken(file, f"USD broke off ({own_python.how(done.returncode)})") from None
    if "message" in told:
        raise InputError(told["message"], file=file, frame=told["frame"], remedy=told["remedy"])
    poses = {int(number): _pose(values) for number, values in told["poses"].items()}
    return Told(poses, tuple(told["frames"]))


def _broken(file: Path, why: str) -> InputError:
    return InputError(f"the USD file can't be read: {why}", file=file, remedy="Write it again.")


def _asked(file: Path, wanted: Wanted) -> dict[str, Any]:
    gate = wanted.gate
    windows = {name: [w.x0, w.y0, w.x1, w.y1] for name, w in (("display", gate.display), ("canvas", gate.canvas))}
    there = {"pixel_aspect": gate.pixel_aspect, "numbers": list(wanted.numbers), "prim": wanted.prim}
    return {"file": str(file), **windows, **there, "focal": wanted.focal}


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    gate = Gate(Window(*asked["display"]), Window(*asked["canvas"]), asked["pixel_aspect"])
    wanted = Wanted(tuple(asked["numbers"]), gate, asked["focal"], asked["prim"])
    try:
        told = camera_usd.read(Path(asked["file"]), wanted)
    except VfxAiError as error:
        return {"message": error.message, "frame": error.frame, "remedy": error.remedy}
    poses = {number: [getattr(pose, name).tolist() for name in FIELDS] for number, pose in told.poses.items()}
    return {"poses": poses, "frames": list(told.frames)}


def _pose(values: list[Any]) -> Pose:
    return Pose(*(np.array(value, np.float64) for value in values))


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    patience = int(PATIENCE)
    resource.setrlimit(resource.RLIMIT_CPU, (patience, patience + 1))  # also when nobody waits for it any more
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    limit = MOST_MEMORY if most == resource.RLIM_INFINITY else min(MOST_MEMORY, most)
    try:
        resource.setrlimit(resource.RLIMIT_AS, (limit, most))
    except (ValueError, OSError):  # macOS has the name alone
        return


def main() -> None:
    """What the process does."""
    target = os.dup(1)
    os.dup2(2, 1)  # what USD prints is no answer
    _limit_memory()
    answer = _answer(json.load(sys.stdin))
    with os.fdopen(target, "w", encoding="ascii") as out:
        json.dump(answer, out)


if __name__ == "__main__":
    main()
