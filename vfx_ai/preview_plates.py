"""Previews of clean and wider plates: the same command on a scaled copy of the frames around one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from vfx_ai.budget import parse_memory
from vfx_ai.errors import JobError
from vfx_ai.job import Cancelled, Job, Progress, focal_in_pixels
from vfx_ai.matte.channels import parse_grow
from vfx_ai.media.output import refuse_input
from vfx_ai.media.sequence import Sequence, find_sequence, output_path
from vfx_ai.plates.clean import clean
from vfx_ai.plates.extend import extend
from vfx_ai.plates.jobs import Clean, Extend
from vfx_ai.plates.register import Bare
from vfx_ai.preview import LINEAR, WHY, Previewed, leave, near, preview, small_copy, told
from vfx_ai.proof.record import Report
from vfx_ai.shot import MatteOptions, Shot
from vfx_ai.studio.results import trial
from vfx_ai.telling import Teller

# Fields of a clean plate that a job has, too.
_AS_ASKED = (
    *("output", "frames", "sample", "colorspace", "exposure", "missing", "layer", "matte", "matte_channel"),
    *("matte_invert", "matte_grow", "engine", "grain", "detail", "device", "memory", "force"),
)


def preview_clean(
    asked: Clean, frame: int, file: str, *, width: int, reach: int, progress: Progress, cancelled: Cancelled
) -> Previewed:
    """Write one frame of a clean plate, small. Without a matte what moves is found among the frames near it alone.

    Args:
        asked: what is asked; nothing is written at its output.
        frame, file, width, reach, progress, cancelled: as for `preview.preview`.

    Raises:
        VfxAiError: as of the run; JobError: too few frames are near, or it is for a single plate.
    """
    if asked.single:
        raise JobError("a single plate has no preview", remedy="Leave --single out.")
    if asked.matte:
        job = Job(asked.plate, **{name: getattr(asked, name) for name in _AS_ASKED})
        return preview(job, frame, file, width=width, reach=reach, progress=progress, cancelled=cancelled)
    tell, target = Teller(progress, cancelled, []), Path(file)
    shot = _shot(asked, None, frame, target, reach)
    scale = min(1.0, width / shot.width)
    across = shot.infos[frame].display_window.width
    with small_copy(shot, scale, tell) as folder:
        small = replace(
            asked,
            plate=str(folder / "plate.####.exr"),
            output=str(folder / "out" / "clean.####.exr"),
            frames=str(frame),
            sample=0,
            colorspace=LINEAR,
            layer="RGB",
            matte_grow=f"{100 * parse_grow(asked.matte_grow, across) / across:.4f}%",
            # The camera stands or only turns, or what moves isn't found.
            engine="temporal" if asked.engine == "auto" else asked.engine,
        )
        with trial():
            report = clean(small, progress, cancelled)
        assert isinstance(report, Report)
        size = leave(output_path(small.output, frame), target, frame, shot, asked.exposure)
    return told(report, target, frame, size, scale, shot.numbers, WHY if asked.engine == "auto" else report.why)


def preview_extend(
    asked: Extend, frame: int, file: str, *, width: int, reach: int, progress: Progress, cancelled: Cancelled
) -> Previewed:
    """Write one frame of a wider plate, small; `width` is that of the plate within.

    Args:
        asked: what is asked; nothing is written at its output.
        frame, file, width, reach, progress, cancelled: as for `preview.preview`.

    Raises:
        VfxAiError: as of the run.
    """
    tell, target = Teller(progress, cancelled, []), Path(file)
    matte = find_sequence(asked.matte, missing=asked.missing, role="matte") if asked.matte else None
    shot = _shot(asked, matte, frame, target, reach)
    scale, display = min(1.0, width / shot.width), shot.infos[frame].display_window
    focal = focal_in_pixels(asked.focal, display.width)
    with small_copy(shot, scale, tell) as folder:
        plate = str(folder / "plate.####.exr")
        small = replace(
            asked,
            plate=plate,
            output=str(folder / "out" / "wide.####.exr"),
            **_grown(asked, display.width, display.height, scale),
            matte=plate if matte is not None else "",
            matte_channel="A" if matte is not None else "",
            matte_invert=False,
            matte_grow="0",
            frames=str(frame),
            sample=0,
            colorspace=LINEAR,
            layer="RGB",
            layers="",
            camera="",
            focal="" if focal is None else f"{focal * scale:.3f}",
            engine="flow" if asked.engine == "auto" else asked.engine,
        )
        with trial():
            report = extend(small, progress, cancelled)
        size = leave(output_path(small.output, frame), target, frame, shot, asked.exposure)
    return told(report, target, frame, size, scale, shot.numbers, WHY if asked.engine == "auto" else report.why)


def _shot(asked: Clean | Extend, matte: Sequence | None, frame: int, target: Path, reach: int) -> Shot:
    """The frames near one, at full size."""
    plate = find_sequence(asked.plate, missing=asked.missing)
    refuse_input(target, frame, [one for one in (plate, matte) if one is not None])
    options = MatteOptions(asked.matte_channel, asked.matte_invert, asked.matte_grow)
    kind, budget = Bare if matte is None else Shot, parse_memory(asked.memory) // 2
    cpu = torch.device("cpu")
    return kind(near(plate, frame, reach), matte, asked.layer, options, cpu, budget, asked.colorspace)


def _grown(asked: Extend, width: int, height: int, scale: float) -> dict[str, Any]:
    """By how much the small picture grows."""
    if asked.format:
        left, top, right, bottom = asked.grown(width, height)
        sides = (width + left + right) * scale, (height + top + bottom) * scale
        return {"format": "x".join(f"{max(1, round(side))}" for side in sides)}
    if asked.overscan:
        return {"overscan": asked.overscan if "%" in asked.overscan else f"{round(float(asked.overscan) * scale)}"}
    return {"pad": ",".join(f"{round(side * scale)}" for side in asked.grown(width, height))}
