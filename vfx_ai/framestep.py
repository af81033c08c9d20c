"""One frame of a run: filled, laid over its plate, written, verified, recorded."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from vfx_ai.asked import Asked, open_shot
from vfx_ai.budget import parse_memory
from vfx_ai.device import device_name, refuse_unless_cpu_can_help
from vfx_ai.fill import OTHER_FRAME, ladder
from vfx_ai.fill.contract import Fill
from vfx_ai.fill.smooth import complete
from vfx_ai.fill.tiles import fill_in_tiles
from vfx_ai.fill.trial import Choice
from vfx_ai.finish.composite import composite
from vfx_ai.finish.layers import OtherLayers
from vfx_ai.finish.origin import traced
from vfx_ai.media import plate as plate_files
from vfx_ai.media.frame import Frame, Patch, Plane
from vfx_ai.motion.survey import Motion
from vfx_ai.proof.pictures import save_pictures
from vfx_ai.proof.record import FrameRecord
from vfx_ai.proof.verify import verify_frame
from vfx_ai.shot import Shot, crop
from vfx_ai.telling import Teller


class FrameStep:
    """Does one frame after the other: fill, composite, write, verify, record."""

    def __init__(
        self,
        asked: Asked,
        shot: Shot,
        motion: Motion,
        choice: Choice,
        tell: Teller,
    ) -> None:
        self.asked, self.shot, self.motion, self.tell = asked, shot, motion, tell
        self.choice = choice
        self.ready: ladder.Ladder | None = None
        self.others = OtherLayers(asked.job.layers, asked.job.ids, shot.budget // 4)

    def frame(self, number: int) -> FrameRecord:
        """Do one frame; its record is kept, so that it needs no second run."""
        clock = time.perf_counter()
        fill, patch = self._filled(number)
        if fill is not None and patch is not None and self.asked.job.layers:
            patch, notes = self.others.filled(self.shot, fill, patch)
            for note in notes:
                self.tell.note(note)
        job, shot = self.asked.job, self.shot  # the shot is another one after the device's memory ran out
        result, layer = self.asked.result(number), shot.layer(number)
        for note in plate_files.write(
            shot.plate.path(number),
            result,
            number,
            layer,
            patch,
            black=shot.plate.is_black(number),
            aovs=job.aovs,
            keep_compression=job.keep_compression,
        ):
            self.tell.note(note)
        planes = [change.plane for change in patch.planes] if patch else []
        record = self._record(number, result, fill, planes, time.perf_counter() - clock)
        self._pictures(number, patch, fill)
        self.asked.folder.keep(record)
        return record

    def _filled(self, number: int) -> tuple[Fill, Patch] | tuple[None, None]:
        try:
            hole = self.shot.view(number).hole
            if not bool(hole.any()):
                return None, None
            if self.ready is None:
                folder, choice = self.asked.folder.analysis, self.choice
                self.ready = ladder.ready(self.shot, self.motion, folder, choice.engines, choice.factors)
            fill = fill_in_tiles(ladder.fill, self.shot, self.ready, number, self.asked.job.blend)
            fill = complete(self.shot, fill, crop(hole, fill.box))
            return fill, traced(self.shot, fill, composite(self.shot, fill))
        except (RuntimeError, MemoryError) as error:
            refuse_unless_cpu_can_help(error, self.shot.device, number)
        self.shot, self.ready = open_on_cpu(self.asked, self.shot, self.tell), None
        return self._filled(number)

    def _record(
        self, number: int, result: Path, fill: Fill | None, planes: Sequence[Plane], seconds: float
    ) -> FrameRecord:
        shot, view = self.shot, self.shot.view(number)
        hole = view.hole.cpu().numpy()
        plate = view.scene[:, view.valid]
        verdict = verify_frame(
            shot.plate.path(number),
            result,
            number,
            shot.layer(number),
            hole,
            shot.canvas,
            planes=planes,
            black=shot.plate.is_black(number),
        )
        real = int((fill.source == OTHER_FRAME).sum()) if fill else 0
        never = int(fill.never_seen.sum()) if fill else 0
        stat = result.stat()
        inside = view.inside.width * view.inside.height
        return FrameRecord(
            frame=number,
            plate=str(shot.plate.path(number)),
            result=str(result),
            key=self.asked.folder.key,
            engine=self.choice.name,
            hole=int(hole.sum()),
            real=real,
            unsure=int(hole.sum()) - real - never,
            never_seen=never,
            outside_data_window=shot.beyond(number),
            confidence=float(fill.confidence.sum()) / max(int(hole.sum()), 1) if fill else 1.0,
            layers=tuple(dict.fromkeys(plane.layer for plane in planes)),
            sources={str(k): v for k, v in (fill.frames if fill else {}).items()},
            gain=fill.gain if fill else (1.0, 1.0, 1.0),
            above_one=int((plate > 1).any(0).sum()),
            negative=int((plate < 0).any(0).sum()),
            not_finite=inside - int(view.valid.sum()),
            brightest=float(plate.max()) if plate.numel() else 0.0,
            seconds=seconds,
            result_bytes=stat.st_size,
            result_mtime_ns=stat.st_mtime_ns,
            differing=verdict.differing,
            findings=verdict.findings,
        )

    def _pictures(self, number: int, patch: Patch | None, fill: Fill | None) -> None:
        view, canvas = self.shot.view(number), self.shot.canvas
        there = view.inside.slices(canvas)
        scene = view.scene.permute(1, 2, 0).cpu().numpy()
        after, size = scene.copy(), scene.shape[:2]
        source, never = np.zeros(size, np.uint8), np.zeros(size, bool)
        confidence, hole = np.ones(size, np.float32), np.zeros(size, bool)
        if patch is not None and fill is not None:
            inner = patch.window.slices(canvas)
            after[inner] = np.where(patch.hole[..., None], patch.pixels, after[inner])
            source[inner], confidence[inner], hole[inner] = patch.source, patch.confidence, patch.hole
            never[inner] = fill.never_seen.cpu().numpy()
        info = self.shot.infos[number]
        frame = Frame(number, scene[there], view.valid.cpu().numpy()[there], info.data_window, info.display_window)
        save_pictures(
            self.asked.folder.pictures,
            number,
            frame,
            after[there],
            source[there],
            confidence[there],
            hole[there],
            never[there],
        )


def open_on_cpu(asked: Asked, shot: Shot, tell: Teller) -> Shot:
    """The same shot on the CPU, after its device's memory ran out; says so."""
    tell.note(f"{device_name(shot.device)} has too little memory; going on with the CPU.", "warning")
    return open_shot(asked, torch.device("cpu"), parse_memory(asked.job.memory))
