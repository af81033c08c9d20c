"""A shot changed by a model, within a matte or everywhere: a run whose hole is what may change.

By a model of videos it is video to video: windows that go on from each other. By one of images each frame is made by
itself.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from vfx_ai.errors import JobError
from vfx_ai.fill import makers
from vfx_ai.fill.families import FAMILIES, IMAGE, VIDEO, family_of
from vfx_ai.job import Edited, Progress, silent
from vfx_ai.media import plate as plate_files
from vfx_ai.media.exr_header import is_exr
from vfx_ai.media.frame import Window
from vfx_ai.media.matte_write import write_matte
from vfx_ai.media.output import made_pattern, stem_of
from vfx_ai.media.sequence import Sequence, check_output, find_sequence, parse_frames, resolve_output, spread
from vfx_ai.plates.jobs_edit import Edit
from vfx_ai.proof.record import Report
from vfx_ai.run import run
from vfx_ai.studio.models import Chosen, chosen
from vfx_ai.telling import Cancelled

ENGINES = {IMAGE: "diffusion_image", VIDEO: "diffusion_video"}
FLICKERS = (
    "An image model changes each frame by itself, so what it makes changes from frame to frame. For a shot, take a "
    "model of videos; or edit one frame (--frames 1012), and carry that through by `vfx-ai inpaint --painted`."
)
_AS_ASKED = (
    *(
        "model",
        "prompt",
        "negative",
        "strength",
        "seed",
        "lora",
        "reference",
        "use",
        "policy",
        "models_dir",
        "frames",
        "sample",
    ),
    *("exposure", "missing", "layer", "colorspace", "device", "memory", "force"),
)


def edit(asked: Edit, progress: Progress = silent, cancelled: Cancelled = lambda: False) -> Report:
    """Change what a shot shows.

    Args:
        asked: what is asked.
        progress: is told how far it is.
        cancelled: is asked often; when it says True it ends with Interrupted. Finished frames stay.

    Returns:
        The report of the run; its hole is what may change, its layer of what was made is `made_pattern(output)`.

    Raises:
        VfxAiError: see `vfx_ai.errors`.
    """
    job, plate, frames, _ = job_of(asked)
    notes = [f"What the model made lies by itself in {made_pattern(job.output)}, with the matte as its alpha."]
    if not asked.matte:
        _write_everywhere(Path(job.matte), plate, asked)
    told = [*notes, *([FLICKERS] if len(frames) > 1 and job.engine == ENGINES[IMAGE] else [])]
    return run(job, progress, cancelled, told, whole=("edit", asked))


def job_of(asked: Edit) -> tuple[Edited, Sequence, tuple[int, ...], Chosen]:
    """The run that an edit is, its plate, frames and model; refused where it can't be, before anything is written.

    Raises:
        VfxAiError: it can't be done.
    """
    plate = find_sequence(asked.plate, missing=asked.missing)
    matte = find_sequence(asked.matte, missing=asked.missing, role="matte") if asked.matte else None
    output = resolve_output(asked.output, plate, "edit")
    frames = spread(parse_frames(asked.frames, plate.frames), asked.sample)
    for pattern in (output, made_pattern(output)):
        check_output(pattern, frames, plate, matte)
    first = plate.present[0]
    if not is_exr(plate.path(first)):
        raise JobError("only EXR can be edited", file=plate.path(first), remedy="Convert the plate to EXR first.")
    everywhere = Path(output).parent / f"{stem_of(output)}.vfx-ai" / "everywhere.exr"
    how: dict[str, Any] = {
        "matte_channel": asked.matte_channel,
        "matte_invert": asked.matte_invert,
        "matte_grow": asked.matte_grow,
    }
    job = Edited(
        plate=asked.plate,
        matte=asked.matte or str(everywhere),
        output=output,
        **{name: getattr(asked, name) for name in _AS_ASKED},
        **(how if asked.matte else {}),
        engine=ENGINES[IMAGE],
        grain="none",
    )
    found = chosen(job)
    assert found is not None  # an Edit names one
    family = family_of(found.model.pipeline)
    job = replace(job, engine=ENGINES[FAMILIES[family].kind if family else IMAGE])
    makers.check(job, found)
    return job, plate, frames, found


def _write_everywhere(path: Path, plate: Sequence, asked: Edit) -> None:
    """A matte that is 1 wherever any frame has pixels; one file, held over the shot."""
    window: Window | None = None
    newest = 0
    for number in plate.frames:
        if number in plate.missing:
            continue
        info = plate_files.probe(plate.path(number), number, asked.layer, asked.colorspace)
        window = info.data_window if window is None else window.union(info.data_window)
        newest = max(newest, plate.path(number).stat().st_mtime_ns)
    assert window is not None
    write_matte(path, 0, np.ones((window.height, window.width), np.float32), window, info.display_window)
    os.utime(path, ns=(newest, newest))  # by which a finished frame is known
