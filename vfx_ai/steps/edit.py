"""The pixels of a frame that a model changes after words, from what is there; and what it made, as a file by itself.

By a model of images a frame is made of itself alone, by one seed for all of them; by one of videos in windows of the
whole shot, each going on from the frames that it shares with the one before. Where the matte is soft the plate keeps
its share.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import torch

from vfx_ai.device import refuse_unless_cpu_can_help
from vfx_ai.fill import MAKERS, PLATE, makers
from vfx_ai.fill.contract import Fill, nothing
from vfx_ai.fill.made_pictures import slices
from vfx_ai.fill.made_windows import MadeWindows
from vfx_ai.finish.composite import composite
from vfx_ai.finish.origin import traced
from vfx_ai.media.color import unchanged
from vfx_ai.media.frame import Apart, Patch
from vfx_ai.shot import View, crop, hole_box
from vfx_ai.steps.frame import FrameStep, open_on_cpu

MIDDLE = 0.18  # the light that half of the picture is brighter than, as the model sees it


class EditStep(FrameStep):
    """Changes one frame after the other; goes on with the CPU when the device's memory runs out."""

    _maker: makers.Maker | None = None
    _windows: MadeWindows | None = None

    def _filled(self, number: int) -> tuple[Fill, Patch] | tuple[None, None]:
        view = self.shot.view(number)
        hole = view.hole & view.valid
        if not bool(hole.any()):
            return None, None
        try:
            light = self._light(number, view, hole)
        except (RuntimeError, MemoryError) as error:
            refuse_unless_cpu_can_help(error, self.shot.device, number)
            self.shot, self._maker = open_on_cpu(self.asked, self.shot, self.tell), None
            self._windows = None
            return self._filled(number)
        box = hole_box(view.hole, 0)
        own, made, plate = crop(hole, box), crop(light, box), crop(view.scene, box)
        coverage = crop(view.coverage, box)
        # What the model left as it was is the plate's own, not what a trip through a code made of it.
        same = own & unchanged(plate, made, channels=0)
        made = torch.where(same, plate, made)
        source = torch.where(crop(view.hole, box) & ~same, MAKERS[self.asked.job.engine].source, PLATE)
        fill = replace(
            nothing(number, box, own),
            scene=torch.where(own, over(plate, made, coverage), plate),
            source=source.to(torch.uint8),
            confidence=same.float(),
        )
        patch = traced(self.shot, fill, composite(self.shot, fill, soft=False))
        alpha, pixels = (coverage * own).cpu().numpy(), made.permute(1, 2, 0).cpu().numpy()
        return fill, replace(patch, apart=Apart(patch.window, alpha, pixels))

    def _light(self, number: int, view: View, hole: torch.Tensor) -> torch.Tensor:
        """What the model makes of a frame: light [3, H, W], the plate's outside of `hole` [H, W] bool."""
        job = self.asked.job
        if MAKERS[job.engine].windowed:
            return self._of_window(number, view)
        if self._maker is None:
            self._maker = makers.opened(self._ask())
        # Where all may change the model has nothing around to go by: the frame's own middle is brought to grey.
        lights = view.scene.mean(0)[view.valid]
        middle = float(lights[lights > 0].median()) if bool((lights > 0).any()) else MIDDLE
        gain = MIDDLE / max(middle, 1e-6)
        seed = makers.seed_of(job.seed, 0)
        wanted = makers.Wanted(number, view.scene * gain, hole, view.valid & ~view.hole, seed)
        made = makers.checked(job.engine, wanted, self._maker.make(wanted, self.tell.steps("fill", f"frame {number}")))
        return torch.where(hole, made / gain, view.scene)

    def _of_window(self, number: int, view: View) -> torch.Tensor:
        """The same of a model of videos."""
        if self._windows is None:
            job, analysis = self.asked.job, self.asked.folder.analysis
            folder = makers.folder_of(analysis, job, (), self.asked.model)
            self._windows = MadeWindows(self._ask(), folder, None)
        picture = self._windows.picture(number)
        light, inside = view.scene.clone(), (..., *slices(picture.box))
        light[inside] = torch.where(picture.made, picture.scene, light[inside])
        return light

    def _ask(self) -> makers.Ask:
        job, folder = self.asked.job, self.asked.folder.analysis / self.asked.job.engine
        progress = partial(self.tell.steps, "fill")
        return makers.Ask(job, self.shot, folder, self._known, progress, self.tell.note, self.asked.model)

    def _known(self, number: int) -> makers.Known:
        view = self.shot.view(number)
        hole = view.hole & view.valid
        return makers.Known(number, view.scene, view.valid & ~view.hole, hole)


def over(plate: torch.Tensor, made: torch.Tensor, coverage: torch.Tensor) -> torch.Tensor:
    """What was made [3, h, w] laid over the plate by its coverage [h, w], 0..1; opaque it is the model's own.

    A sum with a plate that is far brighter would round it away.
    """
    return torch.where(coverage >= 1, made, plate + coverage * (made - plate))
