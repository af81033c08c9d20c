"""The pixels of one frame: filled by the engines, laid over the plate, and handed on to be written."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from itertools import pairwise

import numpy as np
import torch

from vfx_ai.budget import parse_memory
from vfx_ai.device import device_name, refuse_unless_cpu_can_help
from vfx_ai.fill import MAKERS, OTHER_FRAME, PAINTED, PATCH, RELIT, effects, finds_by, ladder, makers
from vfx_ai.fill.contract import Fill
from vfx_ai.fill.detail import Noise
from vfx_ai.fill.made import Made
from vfx_ai.fill.made_pictures import is_made, known
from vfx_ai.fill.made_windows import MadeWindows
from vfx_ai.fill.painted import Carried
from vfx_ai.fill.paints import PaintedShot, Paints, as_painted
from vfx_ai.fill.reference import reference_for
from vfx_ai.fill.smooth import complete
from vfx_ai.fill.tiles import fill_in_tiles
from vfx_ai.fill.trial import Choice
from vfx_ai.fill.unseen import BARE, GRAINED, Unseen
from vfx_ai.finish.composite import composite, over
from vfx_ai.finish.focus import Blurs, focused, measured
from vfx_ai.finish.grain import Grain
from vfx_ai.finish.grain_local import Places
from vfx_ai.finish.layers import OtherLayers
from vfx_ai.finish.light import lit
from vfx_ai.finish.origin import traced
from vfx_ai.finish.regrain import grained, noise_of, ungrained
from vfx_ai.job import Widened
from vfx_ai.media.frame import BoolArray, Patch
from vfx_ai.motion.survey import Motion
from vfx_ai.shot import Shot, crop
from vfx_ai.steps.asked import Asked, open_shot
from vfx_ai.steps.filled import Filled
from vfx_ai.telling import Teller


class FrameStep:
    """Fills one frame after the other; goes on with the CPU when the device's memory runs out."""

    def __init__(
        self, asked: Asked, shot: Shot, motion: Motion, choice: Choice, tell: Teller, grain: Grain | None = None
    ) -> None:
        self.asked, self.shot, self.motion, self.choice, self.tell = asked, shot, motion, choice, tell
        self._grain = None if grain is None or grain.none else grain
        self._blend = 1 if asked.job.grain == "keep" else asked.job.blend
        self._ready: ladder.Ladder | None = None
        # Beyond the edge there is no likeliest tone that would be kept: what is asked for is a picture.
        usual = BARE if self._grain is None and not isinstance(asked.job, Widened) else GRAINED
        self._detail = usual if asked.job.detail is None else asked.job.detail
        self._following: dict[int, int] = {}
        self._places: Places | None = None
        self._unseen: Unseen | None = None
        self._effects: effects.Known | None = None
        self._made: Made | MadeWindows | None = None
        self._open_paints()
        self._others = OtherLayers(asked.job.layers, asked.job.ids, shot.budget // 4)

    def expect(self, numbers: Sequence[int]) -> None:
        """These frames are going to be done, in this order."""
        self.shot.await_files(numbers)
        self._following = dict(pairwise(numbers))

    def frame(self, number: int) -> Filled:
        """Do one frame; nothing is written yet."""
        clock = time.perf_counter()
        self.shot.turn_to(number)
        fill, patch = self._filled(number)
        if fill is not None and patch is not None and self.asked.job.layers:
            patch, notes = self._others.filled(self.shot, fill, patch)
            for note in notes:
                self.tell.note(note)
        shot = self.shot  # another one after the device's memory ran out
        view = shot.view(number)
        scene, valid, hole = (part.cpu().numpy() for part in (view.scene, view.valid, view.hole))
        inner: torch.Tensor | bool = crop(view.hole, fill.box) if fill else False
        return Filled(
            number=number,
            patch=patch,
            canvas=shot.canvas,
            inside=view.inside,
            info=shot.infos[number],
            file=shot.file(number),
            scene=scene,
            valid=valid,
            hole=hole,
            effects=_beside(shot, fill),
            never_seen=fill.never_seen.cpu().numpy() if fill else None,
            beyond=shot.beyond(number),
            unknown=shot.unknown(number),
            sources=dict(fill.frames) if fill else {},
            gain=fill.gain if fill else (1.0, 1.0, 1.0),
            real=int(((fill.source == OTHER_FRAME) & inner).sum()) if fill else 0,
            relit=int((fill.source == RELIT).sum()) if fill else 0,
            textured=int(((fill.source == PATCH) & inner).sum()) if fill else 0,
            made=int((is_made(fill.source) & inner).sum()) if fill else 0,
            painted=int(((fill.source == PAINTED) & inner).sum()) if fill else 0,
            reached=self.reached(number),
            confidence=float((fill.confidence * inner).sum()) if fill else 0.0,
            seconds=time.perf_counter() - clock,
        )

    def _filled(self, number: int) -> tuple[Fill, Patch] | tuple[None, None]:
        try:
            hole = self.shot.view(number).hole
            if not bool(hole.any()):
                return None, None
            if number in self._paints:
                return self._as_painted(number)
            engines = self._engines()
            fill = self._found(engines, number)
            self._read_ahead(number, fill)
            shot = self._as_shown(fill)
            blurs = measured(shot, fill)
            fill = self._unseen_by(engines).completed(lit(shot, fill), crop(hole, fill.box), self._detail)
            fill, share = self._finished(shot, fill, blurs)
            patch = self._laid(shot, fill, share)
            if self.asked.job.engine in MAKERS:  # what is real is as finished without it, to the bit
                fill = self._made_by(engines).laid(fill)
                made = is_made(fill.source).cpu().numpy()
                if made.any():
                    patch = over(patch, self._laid(shot, fill, share), made)
            hand = None if shot is self.shot else self._picture
            return fill, traced(self.shot, fill, patch, hand, self._unseen_by(engines).reference)
        except (RuntimeError, MemoryError) as error:
            refuse_unless_cpu_can_help(error, self.shot.device, number)
        self.shot, self._ready, self._effects = open_on_cpu(self.asked, self.shot, self.tell), None, None
        self._unseen = self._places = self._made = None
        self._open_paints()
        return self._filled(number)

    def _read_ahead(self, number: int, fill: Fill) -> None:
        """Read what the next frame will ask for, if it is lent to as this one is."""
        following = self._following.get(number)
        if following is not None:
            lenders = (lender + following - number for lender in fill.frames)
            self.shot.ahead([n for n in (following, *lenders) if n in self.shot.infos])

    def _found(self, engines: ladder.Ladder, number: int) -> Fill:
        """What other frames show of a hole, and paint."""
        fill = self._by_engines(engines, number)
        return self._carried_by(engines).laid(fill) if self._paints.files else fill

    def _as_shown(self, fill: Fill) -> Shot:
        """The shot with paint, if any came into the fill."""
        return PaintedShot(self.shot, self._paints) if bool((fill.source == PAINTED).any()) else self.shot

    def _finished(self, shot: Shot, fill: Fill, blurs: Blurs) -> tuple[Fill, torch.Tensor | None]:
        """The fill as sharp as its frame, and what of the plate's grain [2, h, w] it is to get; None: none."""
        if self._grain is None:
            return focused(shot, fill, blurs), None
        steady = self.motion.kind == "locked"
        places = self._places or Places(self.shot, self._grain, self.asked.folder.analysis / "grain", locked=steady)
        self._places, strength = places, places.strength(fill)
        fill, share = ungrained(shot, fill, self._grain, steady=steady, strength=strength)
        return focused(shot, fill, blurs), share  # after it, since that brings detail back

    def _laid(self, shot: Shot, fill: Fill, share: torch.Tensor | None) -> Patch:
        """The fill over its plate, with grain."""
        patch = composite(shot, fill)
        return patch if self._grain is None or share is None else grained(shot, fill, patch, self._grain, share)

    def reached(self, number: int) -> dict[str, bool]:
        """Whether paint of each paint-out, by its identity, comes into the hole of a frame."""
        files = self._paints.files
        if not files:
            return {}
        if not bool(self.shot.view(number).hole.any()):
            return {file.identity: False for file in files.values()}
        if number in files:  # it is its own paint, and no other's
            return {file.identity: file.number == number for file in files.values()}
        found = self._carried_by(self._engines()).reached(number, list(files))
        return {files[other].identity: comes for other, comes in found.items()}

    def _engines(self) -> ladder.Ladder:
        if self._ready is None:
            self._ready = ladder.ready(self.shot, self.motion, self.asked.folder.analysis, self.choice)
        return self._ready

    def _open_paints(self) -> None:
        self._paints = Paints(self.shot, self.asked.painted, self.asked.job.colorspace)
        self._carried: Carried | None = None

    def _carried_by(self, engines: ladder.Ladder) -> Carried:
        if self._carried is None:
            self._carried = Carried(self.shot, engines, self._paints)
        return self._carried

    def _picture(self, number: int) -> torch.Tensor:
        return self._paints.of(number).scene

    def _as_painted(self, number: int) -> tuple[Fill, Patch]:
        """A painted frame: what was painted, as it is; grain, light and edges are the artist's."""
        fill = as_painted(self.shot, self._paints, number)
        fill = complete(self.shot, fill, crop(self.shot.view(number).hole, fill.box))
        return fill, traced(self.shot, fill, composite(self.shot, fill, soft=False), self._picture)

    def _unseen_by(self, engines: ladder.Ladder) -> Unseen:
        if self._unseen is None:
            reference = reference_for(self.asked.job, self.shot)
            self._unseen = Unseen(self.shot, engines, self.asked.folder.analysis, self._noise(), reference)
        return self._unseen

    def _noise(self) -> Noise | None:
        grain = self._grain
        return None if grain is None else lambda scene: noise_of(grain, scene)

    def _made_by(self, engines: ladder.Ladder) -> Made | MadeWindows:
        if self._made is None:
            job, analysis, surfaces = self.asked.job, self.asked.folder.analysis, self._unseen_by(engines).surfaces
            ask = makers.Ask(
                job,
                self.shot,
                analysis / job.engine,
                lambda number: known(self.shot, surfaces, number, self._real(engines, number)),
                partial(self.tell.steps, "fill"),
                self.tell.note,
                self.asked.model,
            )
            painted = (file.identity for file in self.asked.painted)
            folder = makers.folder_of(analysis, job, painted, self.asked.model)
            if MAKERS[job.engine].windowed:
                self._made = MadeWindows(ask, folder, self._noise())
            else:
                self._made = Made(ask, engines, surfaces, folder, self._noise())
        return self._made

    def _real(self, engines: ladder.Ladder, number: int) -> Fill | None:
        """A frame's real pixels, as bright as it is; None for a frame without a hole."""
        if not bool(self.shot.view(number).hole.any()):
            return None
        if number in self._paints:
            return as_painted(self.shot, self._paints, number)
        fill = self._found(engines, number)
        return lit(self._as_shown(fill), fill)

    def _by_engines(self, engines: ladder.Ladder, number: int) -> Fill:
        blend = self._blend
        if not self.asked.job.effects:
            return fill_in_tiles(ladder.fill, self.shot, engines, number, blend)
        if self._effects is None:
            job, folder = self.asked.job, self.asked.folder.analysis
            self._effects = effects.ready(self.shot, engines, folder, finds_by(job.engine))
        return effects.fill(self.shot, self._effects, engines, number, blend)


def _beside(shot: Shot, fill: Fill | None) -> BoolArray | None:
    """What of a fill lies beside the matte, [H, W] bool on the canvas."""
    if fill is None or fill.effects is None:
        return None
    out = np.zeros((shot.height, shot.width), np.bool_)
    out[fill.box.y0 : fill.box.y1, fill.box.x0 : fill.box.x1] = (fill.effects > 0).cpu().numpy()
    return out


def open_on_cpu(asked: Asked, shot: Shot, tell: Teller) -> Shot:
    """The same shot on the CPU, after its device's memory ran out; says so."""
    tell.note(f"{device_name(shot.device)} has too little memory; going on with the CPU.", "warning")
    return open_shot(asked, torch.device("cpu"), parse_memory(asked.job.memory))
