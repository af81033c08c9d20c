"""One frame of a loop into its file: the plate's frame, and where a place has changed over, the other take's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.fill import OTHER_FRAME
from vfx_ai.media import plate as plate_files
from vfx_ai.media.frame import Patch
from vfx_ai.plates.footage import Footage, as_array, within
from vfx_ai.plates.loop_change import DARK, blended, share_of_new
from vfx_ai.plates.sidecars import stamp
from vfx_ai.proof.made import made_of
from vfx_ai.proof.verify import verify_frame
from vfx_ai.telling import Teller

ENGINE = "loop"


def written_frame(
    shot: Footage,
    source: int,
    other: int | None,
    late: int,
    when: torch.Tensor,
    result: Path,
    *,
    aovs: bool,
    keep_compression: bool,
    tell: Teller,
    job: str,
) -> dict[str, Any]:
    """Write one frame, and compare it with the plate's.

    Args:
        shot: the plate.
        source: its frame that the file is made from.
        other: the frame that it changes over to; None: it doesn't.
        late: which frame of the change this is.
        when: see `loop_change.moments`.
        result: the file.
        aovs, keep_compression: as in a Job.
        tell: is told what was done otherwise than asked.
        job: what its header names as the job, see `sidecars.job_hash`.

    Returns:
        What is kept of it: frame, other, changed (pixels), differing (pixels that should be the plate's and aren't).
    """
    path, info = shot.files.path(source), shot.info(source)
    layer, black = plate_files.pick_layer(info, shot.layer), shot.files.is_black(source)
    patch = changed(shot, source, other, late, when) if other is not None else None
    made, decoded = made_of(patch), plate_files.decoded(path, source)
    notes = plate_files.write(
        path,
        result,
        source,
        layer,
        patch,
        black=black,
        aovs=aovs,
        keep_compression=keep_compression,
        space=info.space,
        stamp=stamp(job, ENGINE, made),
        decoded=decoded,
    )
    for note in notes:
        tell.note(note)
    window = info.data_window
    hole = np.zeros((window.height, window.width), bool) if patch is None else patch.hole
    verdict = verify_frame(path, result, source, layer, hole, window, black=black, space=info.space, decoded=decoded)
    differing = verdict.differing if not keep_compression else 0
    return {"frame": source, "other": other, "changed": sum(made.values()), "differing": differing}


def changed(shot: Footage, source: int, other: int, late: int, when: torch.Tensor) -> Patch | None:
    """What a frame shows of the other take; None: nothing yet."""
    window = shot.info(source).data_window
    old, old_there = within(shot.frame(source), window)
    new, new_there = within(shot.frame(other), window)
    size = (window.height, window.width)
    moment = F.interpolate(when[None, None], size=size, mode="bilinear", align_corners=False)[0, 0]
    share = share_of_new(moment, late)
    share = torch.where(new_there & ~old_there & (share > 0), 1.0, torch.where(new_there, share, 0.0))
    hole = share > 0
    if not bool(hole.any()):
        return None
    light = blended(old, new, share)
    mostly = share >= 0.5
    main = torch.where(mostly[..., None], new, old)
    gain = torch.where(main.abs() > DARK, light / main, 1.0)
    origin = np.zeros((*size, 3), np.float32)
    origin[..., 1], origin[..., 0] = np.indices(size)
    origin[..., 0] += window.x0
    origin[..., 1] += window.y0
    origin[..., 2] = np.where(mostly.numpy(), other, source)
    taken = hole.numpy()
    return Patch(
        window,
        as_array(light),
        taken,
        np.where(taken, OTHER_FRAME, 0).astype(np.uint8),
        np.ones(size, np.float32),
        np.where(taken[..., None], origin, 0).astype(np.float32),
        np.where(taken[..., None], as_array(gain), 1).astype(np.float32),
    )
