"""Pixels of a video model: windows of frames that overlap, real pixels given as known in every one of them.

A window is cropped to the holes of all its frames and what is around, and shown at the model's own size and at one
exposure. What it gives is brought back frame by frame, as of an image model. Where the crop is larger than the model's
size, the window is done again at full resolution from what is there already, in tiles whose latents are blended in
every step; its pictures lie in the machine's own memory meanwhile. Windows and seeds are the job's, not those of a run;
see `made_windows`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch

from vfx_ai.fill.checkpoint import Checkpoint, OfKind, model_of
from vfx_ai.fill.counted import Counter
from vfx_ai.fill.crops import fitted_size, scaled, scaled_mask
from vfx_ai.fill.detail import finest
from vfx_ai.fill.diffusion_image import AGAIN, LARGER, WHOLE, as_fine
from vfx_ai.fill.exposures import Exposed, exposed
from vfx_ai.fill.families import VIDEO
from vfx_ai.fill.families.asked import enough_steps, steps_done
from vfx_ai.fill.families.videos import VideoCall, around, whole_frames
from vfx_ai.fill.latent_tiles import Cut, can_cut, in_tiles
from vfx_ai.fill.makers import Ask, Step, Wanted, WindowMaker, seed_of
from vfx_ai.fill.shown import reference_shown
from vfx_ai.fill.sides import Sides
from vfx_ai.media.color import from_log, to_log
from vfx_ai.studio.models import Chosen

METHOD = 2  # raised when its pixels change
SHARED = 0.1  # of a window's frames, that it has in common with the one before


_ASKED = OfKind(VIDEO, METHOD)
check, told, identity = _ASKED.check, _ASKED.told, _ASKED.identity


def maker(ask: Ask) -> WindowMaker:
    """The engine, with its model opened."""
    return VideoMaker(ask, *model_of(ask.found, VIDEO))


@dataclass(frozen=True)
class _Shown:
    """How a window is shown.

    Attributes:
        size: of its frames (height, width).
        strength: of the change.
        tile: pixels along the side of tiles; 0: it is seen as a whole.
        device: where its pictures lie.
    """

    size: tuple[int, int]
    strength: float
    tile: int
    device: torch.device


class VideoMaker:
    """Fills windows of frames by a video model.

    Args:
        ask: of the run.
        found: its model and what is laid on it.
        model: on disk.
    """

    def __init__(self, ask: Ask, found: Chosen, model: Checkpoint) -> None:
        from vfx_ai.fill.pipeline import opened_for

        self._ask, self._job = ask, ask.job
        self._opened, self._sides = opened_for(ask, found, model)
        self._tiles = Sides(self._sides.side, self._sides.multiple, "tiles of the model's own size")
        pipe, family = self._opened.pipe, self._opened.family
        self.length = whole_frames(family.length(pipe), family.TIME)
        self.overlap = whole_frames(max(1, round(SHARED * self.length)), family.TIME)
        self._reference = reference_shown(ask.job.reference, ask.note)

    def make(
        self, numbers: Sequence[int], read: Callable[[int], Wanted], seed: int, step: Step
    ) -> Iterator[tuple[int, torch.Tensor]]:
        """See `makers.WindowMaker`; out of memory it goes on at a smaller size, and says so."""
        from vfx_ai.fill.pipeline import spare

        count = Counter(step, self._steps(self._job.strength))
        while True:
            try:
                size = self._fitted(read(numbers[0]))
                shown = _Shown(size, self._job.strength, 0, self._ask.shot.device)
                made = self._made(numbers, read, shown, seed, count)
                break
            except (RuntimeError, MemoryError) as error:
                self._sides.shrink(error, self._ask)
                spare(self._opened.pipe)
        if size[0] < WHOLE * read(numbers[0]).scene.shape[1] and can_cut(self._opened.pipe):
            made = self._again(numbers, read, made, seed, count)
        for number, light in zip(numbers, made, strict=True):
            wanted = read(number)
            sigma = finest(self._ask.shot.width)
            yield number, as_fine(light.to(wanted.scene.device), wanted.region, wanted.known, sigma)

    def _fitted(self, wanted: Wanted) -> tuple[int, int]:
        height, width = wanted.scene.shape[1:]
        return fitted_size((height, width), self._sides.side, self._sides.multiple, LARGER)

    def _steps(self, strength: float) -> int:
        return steps_done(enough_steps(self._opened.family.STEPS, strength), strength)

    def _again(
        self,
        numbers: Sequence[int],
        read: Callable[[int], Wanted],
        made: list[torch.Tensor],
        seed: int,
        count: Counter,
    ) -> list[torch.Tensor]:
        """A window once more at full resolution; as it is, with a word, where memory is too small for that."""
        from vfx_ai.fill.pipeline import spare

        there = dict(zip(numbers, made, strict=True))
        height, width = made[0].shape[1:]
        size = fitted_size((height, width), max(height, width), self._sides.multiple, 1.0)

        def begun(number: int) -> Wanted:
            wanted = read(number)
            return Wanted(number, there[number].to(wanted.scene.device), wanted.region, wanted.known, wanted.seed)

        while True:
            try:
                shown = _Shown(size, min(AGAIN, self._job.strength), self._tiles.side, torch.device("cpu"))
                return self._made(numbers, begun, shown, seed_of(seed, 1000), count)
            except (RuntimeError, MemoryError) as error:
                if not self._tiles.shrinks(error, self._ask):
                    self._ask.note(
                        "The device's memory is too small for windows at full resolution: their detail is as fine as "
                        "the model's own size."
                    )
                    return made
                spare(self._opened.pipe)

    def _made(
        self, numbers: Sequence[int], read: Callable[[int], Wanted], shown: _Shown, seed: int, count: Counter
    ) -> list[torch.Tensor]:
        """The frames of a window, whole: [3, h, w] each on the CPU, as `read` gives them outside of their regions."""
        done, frames = self._asked(numbers, read, shown, seed, count)
        if done.over:
            self._ask.note(
                f"Frames {numbers[0]} to {numbers[-1]}: {done.over} pixels of what the model made lie at "
                f"{done.ceiling:.4g}, the brightest light that it can show; what is there may be brighter."
            )
        whole = []
        for number, light in zip(numbers, done.scene.chunk(frames, 1), strict=False):
            wanted = read(number)
            height, width = wanted.scene.shape[1:]
            back = from_log(scaled(to_log(light), (height, width))).to(wanted.scene.device)
            whole.append(torch.where(wanted.region, back, wanted.scene).cpu())
        return whole

    def _asked(
        self, numbers: Sequence[int], read: Callable[[int], Wanted], shown: _Shown, seed: int, count: Counter
    ) -> tuple[Exposed, int]:
        """A window at a size, its frames below each other, and how many these are."""
        family, pipe, job = self._opened.family, self._opened.pipe, self._job
        frames = whole_frames(len(numbers), family.TIME)
        lights, regions, unknown = list[torch.Tensor](), list[torch.Tensor](), list[torch.Tensor]()
        for number in [*numbers, *[numbers[-1]] * (frames - len(numbers))]:  # the last one stands still
            wanted = read(number)
            lights.append(from_log(scaled(to_log(wanted.scene.to(shown.device)), shown.size)))
            regions.append(scaled_mask(wanted.region.to(shown.device), shown.size))
            unknown.append(scaled_mask(~wanted.known.to(shown.device), shown.size))
        steps = enough_steps(family.STEPS, shown.strength)
        cut = Cut(shown.size, shown.tile, getattr(family, "cell", family.multiple)(pipe), count.still)

        def ask(code: torch.Tensor, mask: torch.Tensor, index: int) -> torch.Tensor:
            from vfx_ai.fill.pipeline import run

            video = torch.stack(code.chunk(frames, 1)).cpu()
            masks = torch.stack(mask.chunk(frames)).float()[:, None].cpu()
            own = seed_of(seed, index)
            shows = None if shown.tile else self._reference  # a tile would see a piece of it
            words = (job.prompt, job.negative, shown.strength, steps)
            call = VideoCall(video, masks, *words, seed=seed_of(own, 1), reference=shows)
            after, during = around(family, pipe, call)
            if shown.tile:
                during.insert(0, in_tiles(pipe, cut))
            count.begins(steps_done(steps, shown.strength))
            with torch.no_grad():
                arguments = family.arguments(pipe, call)
            given = run(pipe, arguments, own, count.stepped, "frames", after, during)
            count.ends()
            return torch.cat(list(given[0].to(code.device, torch.float32)), 1)

        done = exposed(torch.cat(lights, 1), torch.cat(regions), ~torch.cat(unknown), ask, frames)
        return done, frames
