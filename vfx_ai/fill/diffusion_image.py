"""Pixels of an image model: each hole of a key frame with its surroundings, at the model's own size and exposure.

A crop around the hole is shown to the model at the size that it was made for; what it gives is brought back, and its
tone put right by what it did to the known pixels around. Where the crop is larger than the model's size, it is then
done again at full resolution, from what is there already, in overlapping tiles: their latents are blended in every step
(`latent_tiles`), or the tiles' pictures where a pipeline's network is of no form that is known there. Last the fine
detail is brought to the strength that it has around the hole. Pixels outside of the hole never come from the model.
"""

from __future__ import annotations

import torch

from vfx_ai.fill.checkpoint import Checkpoint, OfKind, model_of
from vfx_ai.fill.counted import Counter
from vfx_ai.fill.crops import crops, fitted_size, scaled, scaled_mask, tile_weight, tiles
from vfx_ai.fill.detail import finest, split
from vfx_ai.fill.exposures import Exposed, exposed
from vfx_ai.fill.families import IMAGE, steps_of
from vfx_ai.fill.families.asked import Call, enough_steps, steps_done
from vfx_ai.fill.latent_tiles import Cut, can_cut, in_tiles
from vfx_ai.fill.makers import Ask, Maker, Step, Wanted, seed_of
from vfx_ai.fill.masks import dilated
from vfx_ai.fill.shown import reference_shown
from vfx_ai.media.color import from_log, to_log
from vfx_ai.media.frame import Window
from vfx_ai.shot import crop
from vfx_ai.studio.models import Chosen

METHOD = 3  # raised when its pixels change
LARGER = 4.0  # by what a crop is enlarged at most, to come to the model's size
WHOLE = 0.75  # a crop that is shown at less than so much of its size is done again in tiles
AGAIN = 0.5  # the strength with which it is
AROUND = 0.03  # of the picture's width: how far around a hole detail is measured
LEAST, MOST = 0.5, 1.5  # by what detail is multiplied


_ASKED = OfKind(IMAGE, METHOD)
check, told, identity = _ASKED.check, _ASKED.told, _ASKED.identity


def maker(ask: Ask) -> Maker:
    """The engine, with its model opened."""
    return ImageMaker(ask, *model_of(ask.found, IMAGE))


class ImageMaker:
    """Fills key frames by an image model.

    Args:
        ask: of the run.
        found: its model and what is laid on it.
        model: on disk.
    """

    def __init__(self, ask: Ask, found: Chosen, model: Checkpoint) -> None:
        from vfx_ai.fill.pipeline import opened_for

        self._ask, self._job = ask, ask.job
        self._opened, self._sides = opened_for(ask, found, model)
        self._steps = steps_of(self._opened.family, distilled=model.distilled)
        side, multiple = self._sides.side, self._sides.multiple
        self._reference = reference_shown(ask.job.reference, ask.note, side, multiple)

    def make(self, wanted: Wanted, step: Step) -> torch.Tensor:
        """See `makers.Maker`; out of memory it goes on with smaller tiles, and says so."""
        from vfx_ai.fill.pipeline import spare

        while True:
            try:
                return self._made(wanted, step)
            except (RuntimeError, MemoryError) as error:
                self._sides.shrink(error, self._ask)
                spare(self._opened.pipe)

    def _made(self, wanted: Wanted, step: Step) -> torch.Tensor:
        scene, left, boxes = wanted.scene.clone(), wanted.region.clone(), crops(wanted.region)
        count = Counter(step, sum(self._steps_of(box, wanted.region) for box in boxes))
        for index, box in enumerate(boxes):
            region = crop(left, box)
            if not bool(region.any()):
                continue
            light, known = crop(scene, box), crop(wanted.known | (wanted.region & ~left), box)
            done = self._filled(light, region, known, seed_of(wanted.seed, index), count, wanted.number)
            scene[:, box.y0 : box.y1, box.x0 : box.x1] = torch.where(region, done, light)
            left[box.y0 : box.y1, box.x0 : box.x1] = False
        return scene

    def _filled(
        self, light: torch.Tensor, region: torch.Tensor, known: torch.Tensor, seed: int, count: Counter, number: int
    ) -> torch.Tensor:
        """A crop [3, h, w] with its region [h, w] bool filled, by what is known [h, w] bool."""
        size = (light.shape[1], light.shape[2])
        shown = fitted_size(size, self._sides.side, self._sides.multiple, LARGER)
        done = self._asked(light, region, known, shown, self._job.strength, seed, count, shows=self._reference)
        self._tell(done, number)
        out = torch.where(region, done.scene, light)
        if shown[0] < WHOLE * size[0]:
            again = self._in_latents if can_cut(self._opened.pipe) else self._in_pictures
            out = again(out, region, known, seed, count, number)
        return as_fine(out, region, known, finest(self._ask.shot.width))

    def _asked(
        self,
        light: torch.Tensor,
        region: torch.Tensor,
        known: torch.Tensor,
        size: tuple[int, int],
        strength: float,
        seed: int,
        count: Counter,
        tile: int = 0,
        shows: torch.Tensor | None = None,
    ) -> Exposed:
        """What the model makes of a region when it is shown a crop at some size, in tiles or whole; brought back.

        A tile isn't shown the reference, of which it would see a piece.
        """
        small = from_log(scaled(to_log(light), size))
        unknown = scaled_mask(~known, size)

        def ask(code: torch.Tensor, mask: torch.Tensor, index: int) -> torch.Tensor:
            return self._call(code, mask, strength, seed_of(seed, index), count, tile, shows)

        done = exposed(small, scaled_mask(region, size), ~unknown, ask)
        back = from_log(scaled(to_log(done.scene), (light.shape[1], light.shape[2])))
        return Exposed(back, done.passes, done.over, done.ceiling)

    def _call(
        self,
        code: torch.Tensor,
        mask: torch.Tensor,
        strength: float,
        seed: int,
        count: Counter,
        tile: int,
        shows: torch.Tensor | None,
    ) -> torch.Tensor:
        from vfx_ai.fill.pipeline import run

        pipe, family = self._opened.pipe, self._opened.family
        job, steps = self._job, enough_steps(self._steps, strength)
        words = (job.prompt, job.negative, strength, steps, tile)
        call = Call(code[None].cpu(), mask[None, None].float().cpu(), *words, reference=shows)
        count.begins(steps_done(steps, strength))
        height, width = code.shape[1:]
        cut = Cut((height, width), tile, family.multiple(pipe), count.still)
        during = [in_tiles(pipe, cut)] if tile else []
        given = run(pipe, family.arguments(pipe, call), seed, count.stepped, "images", during=during)
        count.ends()
        made: torch.Tensor = given[0].to(code.device, torch.float32)
        return scaled(made, (height, width))  # some pipelines make pictures of a size of their own

    def _in_latents(
        self, light: torch.Tensor, region: torch.Tensor, known: torch.Tensor, seed: int, count: Counter, number: int
    ) -> torch.Tensor:
        """A filled crop once more at full resolution, as one picture whose latents are worked on in tiles."""
        size = (light.shape[1], light.shape[2])
        shape = fitted_size(size, max(size), self._sides.multiple, 1.0)
        strength = min(AGAIN, self._job.strength)
        done = self._asked(light, region, known, shape, strength, seed_of(seed, 1000), count, self._sides.side)
        self._tell(done, number)
        return torch.where(region, done.scene, light)

    def _in_pictures(
        self, light: torch.Tensor, region: torch.Tensor, known: torch.Tensor, seed: int, count: Counter, number: int
    ) -> torch.Tensor:
        """The same where latents can't be cut: tiles by themselves, whose pictures are blended where they overlap."""
        size = (light.shape[1], light.shape[2])
        total, weights = torch.zeros_like(light), torch.zeros_like(light[0])
        for index, tile in enumerate(tiles(size, self._sides.side)):
            inside = crop(region, tile)
            if not bool(inside.any()):
                continue
            part, around = crop(light, tile), crop(known, tile)
            shape = fitted_size((tile.height, tile.width), self._sides.side, self._sides.multiple, 1.0)
            done = self._asked(
                part, inside, around, shape, min(AGAIN, self._job.strength), seed_of(seed, 1000 + index), count
            )
            self._tell(done, number)
            weight = tile_weight(tile, size).to(light.device)
            there = (..., slice(tile.y0, tile.y1), slice(tile.x0, tile.x1))
            total[there] += weight * to_log(done.scene)
            weights[there] += weight
        blended = from_log(total / weights.clamp(min=1e-6))
        return torch.where(region & (weights > 0), blended, light)

    def _steps_of(self, box: Window, region: torch.Tensor) -> int:
        """How many steps a crop takes at one exposure."""
        steps, job = self._steps, self._job
        size = (box.height, box.width)
        once = steps_done(enough_steps(steps, job.strength), job.strength)
        if fitted_size(size, self._sides.side, self._sides.multiple, LARGER)[0] >= WHOLE * size[0]:
            return once
        there = crop(region, box)
        strength = min(AGAIN, job.strength)
        again = steps_done(enough_steps(steps, strength), strength)
        if can_cut(self._opened.pipe):
            return once + again
        return once + again * sum(bool(crop(there, tile).any()) for tile in tiles(size, self._sides.side))

    def _tell(self, done: Exposed, number: int) -> None:
        if done.over:
            self._ask.note(
                f"Frame {number}: {done.over} pixels that were made lie at {done.ceiling:.4g}, the brightest light "
                "that the model can show; what is there may be brighter."
            )


def as_fine(light: torch.Tensor, region: torch.Tensor, known: torch.Tensor, sigma: float) -> torch.Tensor:
    """A region's fine detail brought to the strength that it has around it, within limits.

    Args:
        light: [3, h, w] float32, scene-linear.
        region, known: [h, w] bool, what was made, and what is real.
        sigma: the blur in pixels that parts detail from tone.
    """
    reach = max(8, round(AROUND * light.shape[2]))
    around = dilated(region, reach) & known
    if not bool(around.any()) or not bool(region.any()):
        return light
    detail, tone = split(to_log(light), region | known, sigma)
    theirs, mine = (float(detail[:, part].square().mean().sqrt()) for part in (around, region))
    factor = min(max(theirs / max(mine, 1e-6), LEAST), MOST)
    return torch.where(region, from_log(tone + factor * detail), light)
