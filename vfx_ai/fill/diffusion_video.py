"""Pixels of a video model: windows of frames that overlap, real pixels given as known in every one of them.

A window is cropped to the holes of all its frames and what is around, and shown at the model's own size and at one
exposure. What it gives is brought back frame by frame, as of an image model. Windows and seeds are the job's, not those
of a run; see `made_windows`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch

from vfx_ai.fill.checkpoint import Checkpoint, OfKind, model_of
from vfx_ai.fill.counted import Counter
from vfx_ai.fill.crops import fitted_size, scaled, scaled_mask
from vfx_ai.fill.diffusion_image import LARGER, as_fine
from vfx_ai.fill.exposures import Exposed, exposed
from vfx_ai.fill.families import VIDEO
from vfx_ai.fill.families.videos import VideoCall, whole_frames
from vfx_ai.fill.makers import Ask, Step, Wanted, WindowMaker, seed_of
from vfx_ai.fill.patch import finest
from vfx_ai.media.color import from_log, to_log
from vfx_ai.studio.models import Chosen

METHOD = 1  # raised when its pixels change
SHARED = 0.1  # of a window's frames, that it has in common with the one before


_ASKED = OfKind(VIDEO, METHOD)
check, told, identity = _ASKED.check, _ASKED.told, _ASKED.identity


def maker(ask: Ask) -> WindowMaker:
    """The engine, with its model opened."""
    return VideoMaker(ask, *model_of(ask.job, VIDEO))


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
        pipe, family = self._opened.pipe, self._opened.family
        self.length = whole_frames(family.length(pipe), family.TIME)
        self.overlap = whole_frames(max(1, round(SHARED * self.length)), family.TIME)

    def make(
        self, numbers: Sequence[int], read: Callable[[int], Wanted], seed: int, step: Step
    ) -> Iterator[tuple[int, torch.Tensor]]:
        """See `makers.WindowMaker`; out of memory it goes on at a smaller size, and says so."""
        while True:
            try:
                done, frames = self._made(numbers, read, seed, step)
                break
            except (RuntimeError, MemoryError) as error:
                self._sides.shrink(error, self._ask)
        if done.over:
            self._ask.note(
                f"Frames {numbers[0]} to {numbers[-1]}: {done.over} pixels of what the model made lie at "
                f"{done.ceiling:.4g}, the brightest light that it can show; what is there may be brighter."
            )
        for number, light in zip(numbers, done.scene.chunk(frames, 1), strict=False):
            wanted = read(number)
            back = from_log(scaled(to_log(light), (wanted.scene.shape[1], wanted.scene.shape[2])))
            whole = torch.where(wanted.region, back, wanted.scene)
            sigma = finest(self._ask.shot.width)
            yield number, as_fine(whole, wanted.region, wanted.known, sigma)

    def _made(
        self, numbers: Sequence[int], read: Callable[[int], Wanted], seed: int, step: Step
    ) -> tuple[Exposed, int]:
        """A window at the model's size, its frames below each other, and how many these are."""
        family, pipe = self._opened.family, self._opened.pipe
        frames = whole_frames(len(numbers), family.TIME)
        lights, regions, unknown = list[torch.Tensor](), list[torch.Tensor](), list[torch.Tensor]()
        for number in [*numbers, *[numbers[-1]] * (frames - len(numbers))]:  # the last one stands still
            wanted = read(number)
            size = fitted_size(
                (wanted.scene.shape[1], wanted.scene.shape[2]), self._sides.side, self._sides.multiple, LARGER
            )
            lights.append(from_log(scaled(to_log(wanted.scene), size)))
            regions.append(scaled_mask(wanted.region, size))
            unknown.append(scaled_mask(~wanted.known, size))
        count = Counter(step, family.STEPS)

        def ask(code: torch.Tensor, mask: torch.Tensor, index: int) -> torch.Tensor:
            from vfx_ai.fill.pipeline import run

            video = torch.stack(code.chunk(frames, 1)).cpu()
            masks = torch.stack(mask.chunk(frames)).float()[:, None].cpu()
            job = self._job
            call = VideoCall(video, masks, job.prompt, job.negative, job.strength, family.STEPS)
            own = seed_of(seed, index)
            after = family.kept(pipe, call, seed_of(own, 1)) if hasattr(family, "kept") else None
            count.begins(family.STEPS)
            given = run(pipe, family.arguments(pipe, call), own, count.stepped, "frames", after)
            count.ends()
            return torch.cat(list(given[0].to(code.device, torch.float32)), 1)

        done = exposed(torch.cat(lights, 1), torch.cat(regions), ~torch.cat(unknown), ask, frames)
        return done, frames
