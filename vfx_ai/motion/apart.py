"""The solve in a process of its own.

COLMAP is C++: what it finds impossible may end the process that it runs in, and no Python can catch that. In its own
process it takes no run with it; the shot then has no camera, and the reason is told. The same where it never ends.
One thread, whatever the machine has: the same tracks give the same bytes.

    python -m vfx_ai.motion.apart FOLDER

is what `solve_apart` starts: it reads what that left in the folder, and leaves the outcome there.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from vfx_ai.errors import Interrupted
from vfx_ai.giving_way import session_gives_way
from vfx_ai.motion import own_python
from vfx_ai.motion.chains import Tracks
from vfx_ai.motion.sketch import Picture, Sketch
from vfx_ai.motion.solve_tracks import Solved, solve_tracks

NAME = "vfx_ai.motion.apart"  # __name__ isn't, in the process itself
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
PATIENCE = (600.0, 20.0)  # seconds, and more for each frame; many times what a solve takes
NO_PARALLAX = "too few points show parallax"


def solve_apart(tracks: Tracks, picture: Picture, scratch: Path) -> tuple[Solved | None, str]:
    """As `solve_tracks`, and why there is no camera.

    Args:
        tracks, picture: see there.
        scratch: a folder for files that are needed for a while.

    Raises:
        Interrupted: somebody ended the process.
    """
    with TemporaryDirectory(prefix="solve-", dir=scratch) as name:
        folder = Path(name)
        tracks.save(folder / "tracks.npz")
        (folder / "picture.json").write_text(json.dumps(asdict(picture)), encoding="utf-8")
        if not own_python.there_is_one():
            _solve(folder)
            return _outcome(folder, 0)
        with (folder / "said.txt").open("wb") as said:
            # a pipe that ends when this process does, so that none is left behind; Ctrl-C is this process's own matter
            started = subprocess.Popen(
                **own_python.starting(NAME, str(folder), threads=THREADS),
                stdin=subprocess.PIPE,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
            try:
                code = started.wait(PATIENCE[0] + PATIENCE[1] * len(tracks.numbers))
            except subprocess.TimeoutExpired:
                return None, "the solver found no end"
            finally:
                started.kill()
                started.wait()
                if started.stdin:
                    started.stdin.close()
        return _outcome(folder, code)


def _outcome(folder: Path, code: int) -> tuple[Solved | None, str]:
    """What a solve left in its folder; `code` is what its process ended with."""
    if -code in (signal.SIGINT, signal.SIGTERM):
        raise Interrupted("the camera's solve was stopped")
    try:
        told = json.loads((folder / "told.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None, f"the solver broke off ({own_python.how(code)}{_last_words(folder)})"
    if not told["solved"]:
        return None, told["why"]
    points = np.load(folder / "points.npy", allow_pickle=False)
    return Solved(Sketch.load(folder / "sketch.npz"), points, told["residual"], told["unsure"]), ""


def _last_words(folder: Path) -> str:
    """The last thing that a process said which looks like a reason."""
    try:
        lines = (folder / "said.txt").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    telling = [line.split("] ", 1)[-1].strip() for line in lines if "Check failed" in line or "Error" in line]
    return f": {telling[-1][:160]}" if telling else ""


def _solve(folder: Path) -> None:
    """Solve what lies in a folder, and leave the outcome there: told.json is the last to be written."""
    told = json.loads((folder / "picture.json").read_text(encoding="utf-8"))
    (height, width), (x, y) = told["size"], told["middle"]
    picture = Picture((height, width), (x, y), told["focal"])
    solved, why = None, NO_PARALLAX
    try:
        solved = solve_tracks(Tracks.load(folder / "tracks.npz"), picture, folder)
    except ImportError as error:
        why = f"pycolmap can't be loaded ({error})"
    if solved:
        solved.sketch.save(folder / "sketch.npz")
        np.save(folder / "points.npy", solved.points)
    outcome = {"solved": solved is not None, "why": why}
    if solved:
        outcome |= {"residual": solved.residual, "unsure": solved.unsure}
    (folder / "told.json").write_text(json.dumps(outcome), encoding="utf-8")


def _end_with_the_other() -> None:
    """End this process as soon as the one that started it has gone."""
    sys.stdin.buffer.read()
    os._exit(1)


def main() -> None:
    """What the process does."""
    session_gives_way()  # as this process does, by what it has from the one that started it
    threading.Thread(target=_end_with_the_other, daemon=True).start()
    _solve(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
