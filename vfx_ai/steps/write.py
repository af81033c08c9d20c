"""One filled frame into the folder: written, read back and verified, its pictures made, its record kept.

Nothing here needs the engines or their device, so that it can go on in a thread while the next frame is filled.
"""

from __future__ import annotations

import time
from dataclasses import replace

import cv2
import numpy as np

from vfx_ai.fill import MADE, OTHER_FRAME
from vfx_ai.media import plate as plate_files
from vfx_ai.media.color_space import Space
from vfx_ai.media.color_view import Viewer
from vfx_ai.media.frame import Frame, Layer, Patch
from vfx_ai.media.made_layer import is_ours, write_made
from vfx_ai.media.output import made_pattern
from vfx_ai.media.pattern import output_path
from vfx_ai.proof.made import made_of, named, off_layer, stamp_of
from vfx_ai.proof.pictures import save_before_after, save_pictures
from vfx_ai.proof.record import FrameRecord
from vfx_ai.proof.verify import FrameVerdict, verify_frame
from vfx_ai.steps.asked import Asked
from vfx_ai.steps.filled import Filled
from vfx_ai.versions import program

DOUBTFUL = 0.4  # confidence below which other frames contradict each other
SPOT_SHARE = 0.0004  # of the picture, from which a patch of such pixels is seen: 50 pixels of 480 x 270


def write_frame(asked: Asked, engine: str, viewer: Viewer, done: Filled) -> tuple[FrameRecord, tuple[str, ...]]:
    """Write one frame; its record is kept, so that it needs no second run.

    Args:
        asked: the job with its sequences.
        engine: the name that the record gives.
        viewer: how pictures show the light.
        done: the frame.

    Returns:
        The record, and what was done otherwise than asked, as sentences.

    Raises:
        VfxAiError: the plate can't be read any more, or the result can't be written.
    """
    clock, number, job = time.perf_counter(), done.number, asked.job
    plate, result = asked.plate.path(number), asked.result(number)
    black, layer = asked.plate.is_black(number), plate_files.pick_layer(done.info, job.layer)
    made = made_of(done.patch)
    decoded = plate_files.decoded(plate, number) if done.file is None else done.file
    notes = plate_files.write(
        plate,
        result,
        number,
        layer,
        done.patch,
        black=black,
        aovs=job.aovs,
        effects=job.effects,
        keep_compression=job.keep_compression,
        space=done.info.space,
        display=asked.display,
        stamp=stamp_of(program(), asked.folder.job_hash, named(job.engine, engine), made),
        decoded=decoded,
    )
    space = plate_files.space_of_result(done.info, result)
    aside = _write_apart(asked, done, layer, space, engine, made)
    planes = [change.plane for change in done.patch.planes] if done.patch else []
    free = done.hole if done.effects is None else done.hole | done.effects
    verdict = verify_frame(
        plate,
        result,
        number,
        layer,
        free,
        done.canvas,
        planes=planes,
        black=black,
        space=done.info.space,
        display=asked.display,
        decoded=decoded,
    )
    record = _record(asked, engine, done, made, verdict, viewer, done.seconds + time.perf_counter() - clock)
    if (apart := asked.made(number)) is not None:
        stat = apart.stat()
        record = replace(record, apart=str(apart), apart_bytes=stat.st_size, apart_mtime_ns=stat.st_mtime_ns)
        record = replace(record, findings=(*record.findings, *off_layer(apart, result, number, layer)))
    _pictures(asked, viewer, done)
    return asked.folder.keep(record), (*notes, *aside)


def _write_apart(
    asked: Asked, done: Filled, layer: Layer, space: Space, engine: str, made: dict[int, int]
) -> tuple[str, ...]:
    """Write what a model made by itself, where that is asked for; gives notes."""
    result, target = asked.result(done.number), asked.made(done.number)
    if target is None:
        stale = output_path(made_pattern(asked.output), done.number)
        if is_ours(stale, done.number):  # of a job that the result isn't of any more
            stale.unlink(missing_ok=True)
        return ()
    apart = done.patch.apart if done.patch else None
    own = {source: count for source, count in made.items() if source in MADE}
    said = stamp_of(program(), asked.folder.job_hash, named(asked.job.engine, engine), own)
    return write_made(target, result, done.number, layer, apart, space, said)


def show_anew(asked: Asked, viewer: Viewer, record: FrameRecord) -> FrameRecord:
    """Make the pictures before and after of a frame that was finished with another viewer; its record is kept.

    Raises:
        VfxAiError: a file can't be read any more, or a picture can't be written.
    """
    number, job = record.frame, asked.job
    path, result = asked.plate.path(number), asked.result(number)
    info = plate_files.probe(path, number, job.layer, job.colorspace)
    layer = plate_files.pick_layer(info, job.layer)
    black = asked.plate.is_black(number)
    before = plate_files.black_frame(info, number) if black else plate_files.read(path, number, layer, info.space)
    after = plate_files.read(result, number, layer, plate_files.space_of_result(info, result))
    save_before_after(asked.folder.pictures, number, before.pixels, after.pixels, viewer)
    return asked.folder.keep(replace(record, shown=viewer.identity))


def _record(
    asked: Asked,
    engine: str,
    done: Filled,
    made: dict[int, int],
    verdict: FrameVerdict,
    viewer: Viewer,
    seconds: float,
) -> FrameRecord:
    result, stat = asked.result(done.number), asked.result(done.number).stat()
    hole = int(done.hole.sum())
    never = int(done.never_seen.sum()) if done.never_seen is not None else 0
    brightest, darkest = done.scene.max(0), done.scene.min(0)
    return FrameRecord(
        frame=done.number,
        plate=str(asked.plate.path(done.number)),
        result=str(result),
        key=asked.folder.key,
        engine=engine,
        hole=hole,
        real=done.real,
        unsure=hole - done.real - done.painted - never,
        never_seen=never,
        textured=done.textured,
        made=done.made,
        painted=done.painted,
        paint=done.reached,
        outside_data_window=done.beyond,
        unknown=done.unknown,
        confidence=done.confidence / max(hole, 1) if done.patch else 1.0,
        layers=tuple(dict.fromkeys(change.plane.layer for change in done.patch.planes)) if done.patch else (),
        sources={str(frame): lent for frame, lent in done.sources.items()},
        gain=done.gain,
        above_one=int((brightest > 1).sum()),
        negative=int((darkest < 0).sum()),
        not_finite=done.inside.width * done.inside.height - int(done.valid.sum()),
        brightest=float(brightest.max(where=done.valid, initial=-np.inf)) if done.valid.any() else 0.0,
        seconds=seconds,
        result_bytes=stat.st_size,
        result_mtime_ns=stat.st_mtime_ns,
        differing=verdict.differing,
        findings=verdict.findings,
        shown=viewer.identity,
        effects=0 if done.effects is None else int(done.effects.sum()),
        relit=done.relit,
        by_source={str(source): pixels for source, pixels in made.items()},
        spot=doubtful_spot(done.patch, done.inside.width * done.inside.height),
    )


def doubtful_spot(patch: Patch | None, picture: int) -> tuple[int, int, int]:
    """The largest patch of doubtful pixels of other frames, as a record's `spot`, in a picture of so many pixels."""
    if patch is None:
        return 0, 0, 0
    doubtful = patch.hole & (patch.source == OTHER_FRAME) & (patch.confidence < DOUBTFUL)
    _, _, stats, middles = cv2.connectedComponentsWithStats(doubtful.astype(np.uint8), connectivity=8)
    areas = stats[1:, cv2.CC_STAT_AREA]
    if areas.max(initial=0) < SPOT_SHARE * picture:
        return 0, 0, 0
    which = int(areas.argmax())
    x, y = middles[1 + which]
    return int(areas[which]), patch.window.x0 + round(float(x)), patch.window.y0 + round(float(y))


def _pictures(asked: Asked, viewer: Viewer, done: Filled) -> None:
    there = done.inside.slices(done.canvas)
    plate = Frame(
        done.number,
        np.moveaxis(done.scene, 0, -1)[there],
        done.valid[there],
        done.inside,
        done.info.display_window,
    )
    save_pictures(asked.folder.pictures, done.number, plate, done.patch, done.never_seen, viewer)
