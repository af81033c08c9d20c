#!/usr/bin/env python3
"""Solved cameras against the renderer's own.

    python bench/cameras.py [samples/courtyard ../shared/truth/*] [--focal] [--keep out/cameras]

A shot is a folder with plate and matte sequences and a shot.json that has the focal length in pixels and the camera of
every frame (camera_to_world). Its camera is solved from nothing, or with the true focal length given, and laid over the
true one: a solved world may be turned, moved and scaled, so the similarity is sought under which both see the solved
points at the same pixels. What is left is the error. A row tells:

    frames      frames whose camera was solved, of all
    focal       focal length, solved against true, in pixels
    mean ... max  pixels between where the two cameras see the solved points, over all frames
    turn        median angle between the two, in degrees
    place       median distance between the two, as a share of the path's length
    CPU         seconds a frame, survey included

    python bench/cameras.py --zooms

solves shots that it renders itself, with and without a zoom, sideways and forward; a focal length is then told for the
first and the last frame, and `lens` is the largest error of a frame's focal length beside that of all, in percent.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from scenes import Scene, known_camera, write_shot

from vfx_ai.media.sequence import find_sequence
from vfx_ai.motion.camera import Array, Camera
from vfx_ai.motion.solve import solve_shot
from vfx_ai.motion.survey import survey
from vfx_ai.shot import MatteOptions, Shot

BUDGET = 2 * 2**30
STEPS, STEP = 40, 1e-6  # of the search for the similarity, and for its slopes
FLIP = np.diag([1.0, -1.0, -1.0])  # a renderer's camera looks along its -Z, Y up
ZOOMS = {  # name: last over first focal length, meters sideways and forward per frame
    "aside, no zoom": (1.0, 0.12, 0.0),
    "aside, zoom": (1.3, 0.12, 0.0),
    "aside, slight zoom": (1.03, 0.12, 0.0),
    "forward, no zoom": (1.0, 0.06, 0.08),
    "forward, zoom": (1.25, 0.06, 0.08),
}
FRAMES, PAN = 12, 1.0
HEADINGS = ("shot", "frames", "focal", "mean", "median", "90 %", "max", "turn", "place", "CPU", "")


@dataclass(frozen=True)
class Error:
    """How far a solved camera is off: pixels [N], degrees [T], and distance [T] over the length of the path."""

    pixels: Array
    degrees: Array
    distance: Array


def open_shot(folder: Path) -> Shot:
    """The shot of a folder."""
    plate, matte = (find_sequence(str(folder / f"{role}.####.exr"), role=role) for role in ("plate", "matte"))
    return Shot(plate, matte, "RGB", MatteOptions(), torch.device("cpu"), BUDGET)


def true_camera(folder: Path, shot: Shot) -> Camera:
    """The renderer's camera over the shot's canvas."""
    told = json.loads((folder / "shot.json").read_text(encoding="utf-8"))
    focal = float(told.get("focal_pixels") or told["focal_px"])
    matrices = np.array([told["camera_to_world"][str(n)] for n in shot.numbers], np.float64)
    rotation = FLIP @ matrices[:, :3, :3].transpose(0, 2, 1)
    count, display = len(shot.numbers), shot.infos[shot.numbers[0]].display_window
    middle = (display.x0 + display.x1 - 1) / 2 - shot.canvas.x0, (display.y0 + display.y1 - 1) / 2 - shot.canvas.y0
    return Camera(
        shot.numbers,
        np.ones(count, bool),
        np.full((count, 2), focal),
        np.tile(middle, (count, 1)),
        np.zeros((count, 2)),
        rotation,
        -np.einsum("tij,tj->ti", rotation, matrices[:, :3, 3]),
        origin="true",
    )


def compare(solved: Camera, true: Camera, size: tuple[int, int]) -> Error:
    """Lay a solved camera over the true one, and say how far off it is.

    Args:
        solved, true: over the same canvas.
        size: (height, width) of the canvas; points outside don't count.
    """
    numbers = [n for n in solved.numbers if solved.knows(n)]
    seen = {}
    for number in numbers:
        at, depth = solved.project(number, solved.points)
        inside = (depth > 0) & (at >= -0.5).all(1) & (at[:, 0] <= size[1] - 0.5) & (at[:, 1] <= size[0] - 0.5)
        seen[number] = inside, at[inside]

    def moved(similarity: Array) -> Array:
        """The solved points in the true world; similarity: rotation vector, place, logarithm of scale."""
        return np.exp(similarity[6]) * solved.points @ turned(similarity[:3]).T + similarity[3:6]

    def off(similarity: Array) -> Array:
        world = moved(similarity)
        return np.concatenate([true.project(n, world[inside])[0] - at for n, (inside, at) in seen.items()])

    found = refined(off, first_guess(solved, true, numbers))
    turn, scale = turned(found[:3]), np.exp(found[6])
    places = np.array([scale * turn @ solved.position(n) + found[3:6] for n in numbers])
    truth = np.array([true.position(n) for n in numbers])
    rows = [solved.index(n) for n in numbers]
    between = solved.rotation[rows] @ turn.T @ true.rotation[[true.index(n) for n in numbers]].transpose(0, 2, 1)
    cosine = np.clip((np.trace(between, axis1=1, axis2=2) - 1) / 2, -1, 1)
    path = np.linalg.norm(np.diff(truth, axis=0), axis=1).sum()
    return Error(
        np.linalg.norm(off(found), axis=1), np.degrees(np.arccos(cosine)), np.linalg.norm(places - truth, axis=1) / path
    )


def first_guess(solved: Camera, true: Camera, numbers: list[int]) -> Array:
    """The similarity [7] by the mean of the turns between the cameras, and their paths."""
    between = sum(true.rotation[true.index(n)].T @ solved.rotation[solved.index(n)] for n in numbers)
    u, _, v = np.linalg.svd(between)
    turn = u @ np.diag([1, 1, np.linalg.det(u @ v)]) @ v
    a, b = (np.array([camera.position(n) for n in numbers]) for camera in (solved, true))
    scale = np.linalg.norm(b - b.mean(0)) / np.linalg.norm(a - a.mean(0))
    cosine = np.clip((np.trace(turn) - 1) / 2, -1, 1)
    axis = np.linalg.svd(turn - np.eye(3))[2][-1]
    sine = axis @ np.array([turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]]) / 2
    return np.concatenate([axis * np.arctan2(sine, cosine), b.mean(0) - scale * turn @ a.mean(0), [np.log(scale)]])


def turned(vector: Array) -> Array:
    """The rotation [3, 3] about a vector [3] by its length."""
    angle = float(np.linalg.norm(vector))
    x, y, z = vector / max(angle, 1e-12)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def refined(off, guess: Array) -> Array:
    """The least squares of `off` near a guess, by Levenberg and Marquardt."""
    found, damping = guess, 1e-3
    residual = off(found)
    for _ in range(STEPS):
        slope = np.stack([(off(found + STEP * unit) - residual).ravel() / STEP for unit in np.eye(7)], 1)
        normal = slope.T @ slope
        step = np.linalg.solve(normal + damping * np.diag(np.diag(normal)), -slope.T @ residual.ravel())
        other = off(found + step)
        if (other**2).sum() < (residual**2).sum():
            found, residual, damping = found + step, other, damping / 5
        else:
            damping *= 5
    return found


def row(folder: Path, *, given: bool, keep: Path | None) -> str:
    """Solve a shot and tell how it went, as a row of a table."""
    shot = open_shot(folder)
    return solved_row(folder.name, shot, true_camera(folder, shot), given=given, keep=keep)


def solved_row(name: str, shot: Shot, true: Camera, *, given: bool, keep: Path | None) -> str:
    """Solve an opened shot, beside its true camera."""
    clock = seconds_so_far()
    focal = float(true.focal[0, 0]) if given else None
    with tempfile.TemporaryDirectory() as scratch:
        solved = solve_shot(shot, survey(shot, lambda *_: None), focal, Path(scratch), lambda *_: None)
    seconds = (seconds_so_far() - clock) / len(shot.numbers)
    if solved.camera is None:
        return f"| {name} | 0/{len(shot.numbers)} {'| ' * 8}| {seconds:.2f} | {solved.why} |"
    camera = solved.camera
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
        (keep / f"{name}.json").write_text(json.dumps(camera.to_dict()), encoding="utf-8")
    error = compare(camera, true, (shot.height, shot.width))
    pixels = [float(f(error.pixels)) for f in (np.mean, np.median, lambda p: np.percentile(p, 90), np.max)]
    cells = [
        name,
        f"{camera.known.sum()}/{len(shot.numbers)}",
        lens_words(camera, true),
        *(f"{p:.2f}" for p in pixels),
        f"{np.median(error.degrees):.3f}",
        f"{np.median(error.distance):.4f}",
        f"{seconds:.2f}",
        solved.why,
    ]
    return f"| {' | '.join(cells)} |"


def seconds_so_far() -> float:
    """Processor time of this process and of those that it started and that ended."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def lens_words(camera: Camera, true: Camera) -> str:
    """Solved against true focal length; of a zoom at both ends, and how far a frame's is off beside that of all."""
    mine, its = (lens[camera.known, 0] for lens in (camera.focal, true.focal))
    if np.ptp(its) == 0 and np.ptp(mine) == 0:
        return f"{np.median(mine):.1f} / {its[0]:.1f}"
    ratio = mine / its
    lens = 100 * float(np.abs(ratio / ratio.mean() - 1).max())
    return f"{mine[0]:.1f}...{mine[-1]:.1f} / {its[0]:.1f}...{its[-1]:.1f}, lens {lens:.2f} %"


def zoom_rows(*, keep: Path | None) -> Iterator[str]:
    """Render the shots of ZOOMS and solve them."""
    for name, (zoom, travel, onward) in ZOOMS.items():
        scene = Scene(640, 360, FRAMES, travel, 0.03, zoom, onward, PAN)
        with tempfile.TemporaryDirectory() as folder:
            shot = open_shot(write_shot(scene, Path(folder)))
            yield solved_row(name, shot, known_camera(scene), given=False, keep=keep)


def main() -> None:
    """Print the table, a row as soon as a shot is solved."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shots", type=Path, nargs="*", default=[Path("samples/courtyard")])
    parser.add_argument("--focal", action="store_true", help="give the true focal length")
    parser.add_argument("--keep", type=Path, help="folder for the solved cameras, as JSON")
    parser.add_argument("--zooms", action="store_true", help="render shots with and without a zoom, and solve these")
    asked = parser.parse_args()
    print(f"| {' | '.join(HEADINGS)} |\n{'|---' * len(HEADINGS)}|")
    for told in zoom_rows(keep=asked.keep) if asked.zooms else ():
        print(told, flush=True)
    for folder in () if asked.zooms else asked.shots:
        if (folder / "shot.json").is_file():
            print(row(folder, given=asked.focal, keep=asked.keep), flush=True)


if __name__ == "__main__":
    main()
