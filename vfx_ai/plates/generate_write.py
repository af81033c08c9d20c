"""One frame of a new plate into its file."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from vfx_ai.fill import PATCH
from vfx_ai.media.color import from_log
from vfx_ai.media.exr_header import is_exr
from vfx_ai.media.new_write import write_new
from vfx_ai.media.sequence import output_path
from vfx_ai.plates.asked_new import Asked
from vfx_ai.plates.finest import Rendered
from vfx_ai.plates.footage import as_array
from vfx_ai.plates.sidecars import stamp

ENGINE = "synthesis"
SEVERAL = "fill.from.reference"  # 1, 2 ...; there where there is more than one


def write_frame(
    asked: Asked, number: int, one: Rendered, distance: float, *, aovs: bool, fps: Fraction | None, job: str
) -> dict[str, Any]:
    """Write a frame, and say what is kept of it.

    Args:
        asked: what was asked.
        number: of the frame.
        one: the frame.
        distance: mean squared distance of its patches to those of the reference, in stops squared.
        aovs: with channels that tell where pixels are from.
        fps: frames a second; None: the reference's.
        job: what its header names as the job, see `sidecars.job_hash`.
    """
    first = asked.shots[0]
    path, info = first.files.path(first.files.frames[0]), first.info(first.files.frames[0])
    scene = as_array(from_log(one.light))
    pixels = info.space.encode(scene.reshape(-1, 3)).reshape(scene.shape) if is_exr(path) else scene
    others: dict[str, Any] = {}
    if aovs:
        confidence = np.float16(2.0 ** -(distance**0.5))
        others = {
            "fill.source": np.full(one.x.shape, PATCH, np.float16),
            "fill.confidence": np.full(one.x.shape, confidence, np.float16),
            "fill.from.x": one.x,
            "fill.from.y": one.y,
            "fill.from.frame": one.frame,
        }
        if len(asked.shots) > 1:
            others[SEVERAL] = one.clip.astype(np.float16) + 1
    said = stamp(job, ENGINE, {PATCH: one.x.size})
    beyond = write_new(output_path(asked.output, number), number, pixels, others, like=path, fps=fps, stamp=said)
    luma = scene.mean(-1)
    return {
        "mean": float(luma.mean(dtype="f8")),
        "highlight": float(np.quantile(luma, 0.999)),
        "brightest": float(scene.max()),
        "beyond": beyond,
    }
