"""What a maker of videos made: window after window of frames, each overlapping the one before it.

Windows depend on the shot and the model alone, and each goes on from the frames that it shares with the one before:
they are given to it as they were made there. So a frame needs all windows up to its own, whichever frames a run was
asked for; all of them are kept in the analysis folder. A frame that lies in two windows is the earlier one's.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from vfx_ai.caching import Kept
from vfx_ai.fill import MAKERS
from vfx_ai.fill.contract import Fill
from vfx_ai.fill.crops import CONTEXT, LEAST_CONTEXT
from vfx_ai.fill.detail import Noise
from vfx_ai.fill.made_pictures import Picture, bare_of, put, read_picture, slices, without_grain, write_picture
from vfx_ai.fill.makers import Ask, Known, Wanted, WindowMaker, checked, opened_windows, seed_of
from vfx_ai.media.frame import Window
from vfx_ai.shot import crop, hole_box

MOST_KEPT = 100  # frames with their real pixels, within the budget


class MadeWindows:
    """A maker's windows, and what they are for each frame.

    Args:
        ask: for the maker, which is opened when it is first needed.
        folder: for the pictures, see `makers.folder_of`.
        noise: see `made.Made`.
    """

    def __init__(self, ask: Ask, folder: Path, noise: Noise | None) -> None:
        self._ask, self._shot, self._folder, self._noise = ask, ask.shot, folder, noise
        self._engine = ask.job.engine
        self._numbers = self._shot.plate.present
        self._known: Kept[int, Known] = Kept(self._shot.budget // 4, MOST_KEPT)
        self._maker: WindowMaker | None = None

    def laid(self, fill: Fill) -> Fill:
        """The fill with what was made instead of the smooth fill and the shot's own texture; see `made.Made.laid`."""
        bare = bare_of(self._shot, fill)
        if not bool(bare.any()):
            return fill
        picture = self.picture(fill.number)
        light, found = torch.zeros_like(self._shot.view(fill.number).scene), torch.zeros_like(bare)
        inside = slices(picture.box)
        light[(..., *inside)], found[inside] = picture.scene, picture.made
        return put(fill, light, found & bare, MAKERS[self._engine].source)

    def picture(self, number: int) -> Picture:
        """What was made of a frame, with all windows up to its own made first, where they aren't there."""
        path = self._path(number)
        if not path.exists():
            self._make(number)
        return read_picture(path, self._shot.device)

    def _path(self, number: int) -> Path:
        return self._folder / f"{number}.npz"

    def _make(self, number: int) -> None:
        """Make all windows up to the first that holds a frame."""
        if self._maker is None:
            self._maker = opened_windows(self._ask)
        windows = windows_of(self._numbers, self._maker.length, self._maker.overlap)
        before: set[int] = set()
        for index, window in enumerate(windows):
            if not all(self._path(n).exists() for n in window):
                self._window(self._maker, index, window, before)
            if number in window:
                return
            before |= set(window)

    def _window(self, maker: WindowMaker, index: int, window: Sequence[int], before: set[int]) -> None:
        own = [n for n in window if n not in before]
        box = Window(0, 0, 0, 0)
        for number in own:
            area = hole_box(self._frame(number).bare, 0)
            box = area if box.empty else box if area.empty else box.union(area)
        if not box.empty:
            margin = max(LEAST_CONTEXT, round(CONTEXT * max(box.width, box.height)))
            box = box.grown(margin).intersection(Window(0, 0, self._shot.width, self._shot.height))
            first, last = window[0], window[-1]
            step = self._ask.progress(f"{self._engine}, frames {first} to {last}")
            seed = seed_of(self._ask.job.seed, first)

            def read(number: int) -> Wanted:
                return self._wanted(number, box, number in before, seed)

            for number, light in maker.make(window, read, seed, step):
                if number not in before:
                    self._keep(number, box, checked(self._engine, read(number), light))
        for number in own:
            if not self._path(number).exists():
                empty = Window(0, 0, 0, 0)
                scene, bare = self._frame(number).scene, self._frame(number).bare
                write_picture(
                    self._path(number), Picture(empty, crop(scene, empty), crop(bare, empty), crop(bare, empty))
                )

    def _frame(self, number: int) -> Known:
        return self._known.get(number, self._ask.picture)

    def _wanted(self, number: int, box: Window, done: bool, seed: int) -> Wanted:
        """A frame over a box, as a maker is shown it; what an earlier window made of it is known."""
        frame = self._frame(number)
        scene, region, known = (crop(part, box) for part in (frame.scene, frame.bare, frame.real))
        if done:
            picture = read_picture(self._path(number), self._shot.device)
            whole, made = frame.scene.clone(), torch.zeros_like(frame.bare)
            inside = slices(picture.box)
            whole[(..., *inside)] = torch.where(picture.made, picture.scene, whole[(..., *inside)])
            made[inside] = picture.made
            scene, known = crop(whole, box), known | crop(made, box)
            region = region & ~known
        return Wanted(number, scene, region, known, seed)

    def _keep(self, number: int, box: Window, light: torch.Tensor) -> None:
        frame = self._frame(number)
        scene = frame.scene.clone()
        inside = (..., *slices(box))
        scene[inside] = torch.where(crop(frame.bare, box), light, scene[inside])
        scene = without_grain(self._shot, self._noise, scene, frame.bare, frame.real | frame.bare)
        area = hole_box(frame.bare, 0)
        made = Picture(area, *(crop(part, area).contiguous() for part in (scene, frame.bare, frame.real)))
        write_picture(self._path(number), made)


def windows_of(numbers: Sequence[int], length: int, overlap: int) -> list[tuple[int, ...]]:
    """Windows of so many frames, overlapping by so many or more; the last one ends with the shot."""
    if len(numbers) <= length:
        return [tuple(numbers)] if numbers else []
    starts = [*range(0, len(numbers) - length, length - overlap), len(numbers) - length]
    return [tuple(numbers[start : start + length]) for start in starts]
