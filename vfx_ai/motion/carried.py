"""The background's motion over a whole shot, kept in the analysis folder and read back step by step.

Two passes over the shot: forwards, each step is measured and completed by what its past tells; backwards, it is
completed by what its future tells, and the two are settled. At no time are more than two steps in memory.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from platform import node
from shutil import rmtree

import cv2
import numpy as np
import numpy.typing as npt
import torch
from psutil import pid_exists

from vfx_ai.caching import Kept
from vfx_ai.media.atomic import replacing
from vfx_ai.media.frame import Window
from vfx_ai.motion.arrays import read_array
from vfx_ai.motion.background import GUESS, Pair, Step, carry, measure, paired, settle
from vfx_ai.motion.exposure import exposure_step
from vfx_ai.motion.homography import Matrix, inverse, scaled
from vfx_ai.motion.layer_motion import LayerMotion, find_motion
from vfx_ai.motion.sampling import sees
from vfx_ai.motion.survey import Motion
from vfx_ai.shot import Shot, hole_box

NOTE = "layer.txt"  # the file that says whether layers of the plate told of motion
MOST_STEPS = 48  # that are kept in memory
SURROUNDINGS = 32  # pixels around the holes in which motion is found, at the working size
SURROUNDINGS_SHARE = 0.06  # or this share of its width


class CarriedMotion:
    """Complete motion between neighbours, and the change of exposure with it.

    Args:
        shot: the plate and its matte.
        motion: its survey.
        folder: where `analyse` wrote.
    """

    def __init__(self, shot: Shot, motion: Motion, folder: Path) -> None:
        self._shot, self.survey, self._folder = shot, motion, folder
        self._exposure = read_array(folder / "exposure.npy", lambda file: file)
        self._steps: Kept[tuple[int, int], Step] = Kept(shot.budget // 8, MOST_STEPS)

    def advance(self, number: int, sign: int, at: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Follow points to a neighbour.

        Args:
            number: the frame that the points are in.
            sign: 1 to the next frame, -1 to the one before.
            at: [2, h, w] float32, positions on the canvas.

        Returns:
            positions [2, h, w] on the canvas in the neighbour, and the age [h, w] of the motion there (see Step).
        """
        factor = self._shot.working_size[1] / self._shot.width
        inside = (at + 0.5) * factor - 0.5
        there, age = self._step(number, sign).follow(inside)
        return (there + 0.5) / factor - 0.5, age

    def gain(self, number: int, other: int) -> torch.Tensor:
        """By what a pixel [3] of frame `other` must be multiplied to be as bright as in frame `number`."""
        a, b = self.survey.numbers.index(number), self.survey.numbers.index(other)
        stops = self._exposure[min(a, b) : max(a, b)].sum(0)
        return torch.tensor(np.exp2(-stops if a < b else stops), dtype=torch.float32, device=self._shot.device)

    def _step(self, number: int, sign: int) -> Step:
        return self._steps.get((number, sign), self._read)

    def _read(self, key: tuple[int, int]) -> Step:
        number, sign = key
        return _load(self._folder, _name(number, sign), self._global(number, sign), self._shot)

    def _global(self, number: int, sign: int) -> Matrix:
        other = self.survey.numbers[self.survey.numbers.index(number) + sign]
        return _working(self._shot, self.survey.between(number, other))


class Recarried(CarriedMotion):
    """The motion of a shot that hides more than the one that was analysed: carried anew into what is hidden.

    Args:
        shot: the same shot, with a larger matte.
        whole: the motion of the shot as it is.
        numbers: neighbouring frames, in order, between which motion is needed.
    """

    def __init__(self, shot: Shot, whole: CarriedMotion, numbers: Sequence[int]) -> None:
        self._shot, self.survey, self._exposure = shot, whole.survey, whole._exposure
        self._whole, self._anew = whole, dict[tuple[int, int], Step]()
        steps, previous = list(pairwise(numbers)), None
        for here, _ in steps:
            step = self._forgotten(here, 1)
            self._anew[here, 1] = previous = step if previous is None else carry(step, previous)
        previous = None
        for here, there in reversed(steps):
            step = self._forgotten(there, -1)
            previous = step if previous is None else carry(step, previous)
            self._anew[here, 1], self._anew[there, -1] = (
                settle(self._anew[here, 1], previous),
                settle(previous, self._anew[here, 1]),
            )

    def _step(self, number: int, sign: int) -> Step:
        return self._anew.get((number, sign)) or self._whole._step(number, sign)

    def _forgotten(self, number: int, sign: int) -> Step:
        """A step whose measurements in what is hidden now are forgotten."""
        step = self._whole._step(number, sign)
        box, other = step.box, self.survey.numbers[self.survey.numbers.index(number) + sign]
        seen = self._shot.small(number)[1][box.y0 : box.y1, box.x0 : box.x1]
        arrives = sees(self._shot.small(other)[1], step.follow(step.grid)[0])
        return replace(step, age=torch.where((step.age == 0) & ~(seen & arrives), GUESS, step.age))


def analyse(
    shot: Shot, motion: Motion, folder: Path, progress: Callable[[int, int], None], share: float = SURROUNDINGS_SHARE
) -> None:
    """Find the motion of a whole shot and write it to `folder`.

    Args:
        shot, motion: the shot and its survey.
        folder: is made; "exposure.npy", written last, says that it is whole.
        progress: called with (done, total).
        share: of the width, as far as motion is found around the holes.
    """
    if (folder / "exposure.npy").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    steps = list(pairwise(shot.numbers))
    layer, note = find_motion(shot, steps, lambda here, there: _paired(shot, motion, here, there, share))
    with replacing(folder / NOTE) as beside:
        beside.write_text(note, encoding="utf-8")
    with _half_done(folder) as measured:
        exposure = _forwards(shot, motion, layer, measured, share, lambda done: progress(done, 2 * len(steps)))
        _backwards(shot, motion, measured, folder, lambda done: progress(len(steps) + done, 2 * len(steps)))
    with replacing(folder / "exposure.npy") as beside, beside.open("wb") as file:
        np.save(file, exposure)


@contextmanager
def _half_done(folder: Path) -> Iterator[Path]:
    """A folder for what only this process needs, so that several may analyse the same shot at once."""
    mine = f"measured-{node() or 'here'}-"
    for left in folder.glob(f"{mine}*"):
        if not pid_exists(int(left.name.removeprefix(mine))):
            rmtree(left, ignore_errors=True)
    path = folder / f"{mine}{os.getpid()}"
    path.mkdir(exist_ok=True)
    try:
        yield path
    finally:
        rmtree(path, ignore_errors=True)


def _forwards(
    shot: Shot, motion: Motion, layer: LayerMotion | None, measured: Path, share: float, done: Callable[[int], None]
) -> npt.NDArray[np.float64]:
    """Measure every step, complete those to the next frame by their past, and write all to `measured`.

    Returns:
        The change of exposure [T - 1, 3] from each frame to the next, in stops.
    """
    steps, previous = list(pairwise(shot.numbers)), None
    exposure = np.zeros((len(steps), 3))
    for i, (here, there) in enumerate(steps):
        pair = _paired(shot, motion, here, there, share)
        forward, backward = measure(pair, layer.told(shot, here, there, pair) if layer else (None, None))
        exposure[i] = exposure_step(shot, here, there, forward)
        previous = forward if previous is None else carry(forward, previous)
        _save(measured, _name(here, 1), previous)
        _save(measured, _name(there, -1), backward)
        done(i + 1)
    return exposure


def _paired(shot: Shot, motion: Motion, here: int, there: int, share: float) -> Pair:
    global_ = _working(shot, motion.between(here, there))
    return paired(shot.small(here), shot.small(there), global_, _surroundings(shot, here, there, global_, share))


def _backwards(shot: Shot, motion: Motion, measured: Path, folder: Path, done: Callable[[int], None]) -> None:
    """Complete the steps to the frame before by their future, settle both directions, and write them to `folder`."""
    previous = None
    for i, (here, there) in enumerate(reversed(list(pairwise(shot.numbers)))):
        global_ = _working(shot, motion.between(here, there))
        backward = _load(measured, _name(there, -1), inverse(global_), shot)
        backward = backward if previous is None else carry(backward, previous)
        forward = _load(measured, _name(here, 1), global_, shot)
        _save(folder, _name(here, 1), settle(forward, backward))
        _save(folder, _name(there, -1), settle(backward, forward))
        previous = backward
        done(i + 1)


def _surroundings(shot: Shot, here: int, there: int, global_: Matrix, share: float) -> Window:
    """The box, at the working size, within which the background's motion matters to the holes of two frames."""
    height, width = shot.working_size
    factor = width / shot.width
    box = Window(0, 0, 0, 0)
    for number, matrix in ((here, global_), (there, inverse(global_))):
        hole = hole_box(shot.view(number).hole, 0)
        if hole.empty:
            continue
        corners = np.array([[hole.x0, hole.y0], [hole.x1, hole.y0], [hole.x0, hole.y1], [hole.x1, hole.y1]]) * factor
        moved = cv2.perspectiveTransform(corners[:, None], matrix)[:, 0]
        (x0, y0), (x1, y1) = np.vstack([corners, moved]).min(0), np.vstack([corners, moved]).max(0)
        box = box.union(Window(int(x0), int(y0), int(x1) + 1, int(y1) + 1))
    margin = max(SURROUNDINGS, round(share * width))
    box = box.grown(margin).intersection(Window(0, 0, width, height))
    return box if not box.empty else Window(0, 0, min(2, width), min(2, height))


def _working(shot: Shot, matrix: Matrix) -> Matrix:
    return scaled(matrix, shot.working_size[1] / shot.width)


def _name(number: int, sign: int) -> str:
    return f"{number}.{'next' if sign > 0 else 'previous'}.npz"


def _save(folder: Path, name: str, step: Step) -> None:
    packed = torch.cat([step.beside, step.age[None]]).half().cpu().numpy()
    with replacing(folder / name) as beside, beside.open("wb") as file:
        np.savez(file, step=packed, corner=np.array([step.box.x0, step.box.y0]))


def _load(folder: Path, name: str, global_: Matrix, shot: Shot) -> Step:
    packed, (x0, y0) = read_array(folder / name, lambda file: (file["step"], file["corner"].tolist()))
    values = torch.from_numpy(packed).float().to(shot.device)
    box = Window(x0, y0, x0 + values.shape[2], y0 + values.shape[1])
    return Step(global_, box, values[:2], values[2])
