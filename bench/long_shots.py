#!/usr/bin/env python3
"""How the time of a camera's solve grows with the shot: made-up tracks of 50 to 400 frames, no pictures.

    python bench/long_shots.py [50 100 200 400]

A row tells: frames, how many have a camera, the focal length against the true one, the largest distance between solved
and true places as a share of the path, and processor time and memory of the solve's own process.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))

import worlds

from vfx_ai.motion.apart import solve_apart

FOCAL, DENSITY, ASIDE = 500.0, 8.0, 0.05


def row(frames: int) -> str:
    """Solve a made-up shot and tell how it went."""
    world = worlds.seen(np.full(frames, FOCAL), density=DENSITY, aside=ASIDE)
    features = np.mean([len(p) for p in world.tracks.positions])
    before = os.times()
    with tempfile.TemporaryDirectory() as scratch:
        solved, why = solve_apart(world.tracks, world.picture, Path(scratch))
    after = os.times()
    seconds = after.children_user - before.children_user + after.children_system - before.children_system
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    if solved is None:
        return f"| {frames} | {features:.0f} | {why} | | | {seconds / frames:.3f} | {memory:.0f} |"
    sketch = solved.sketch
    off = worlds.off_path(sketch.places(), world, sketch.known)
    told = f"{sketch.known.sum()} | {sketch.focal[0]:.1f} / {FOCAL:.1f} | {off:.5f}"
    return f"| {frames} | {features:.0f} | {told} | {seconds / frames:.3f} | {memory:.0f} |"


def main() -> None:
    """Print the table, a row as soon as a shot is solved."""
    print(
        "| frames | features | solved | focal | place | CPU per frame, s | memory, MB |\n|---|---|---|---|---|---|---|"
    )
    for frames in [int(word) for word in sys.argv[1:]] or [50, 100, 200, 400]:
        print(row(frames), flush=True)


if __name__ == "__main__":
    main()
