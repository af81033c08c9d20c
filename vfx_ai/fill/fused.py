"""The depth behind a hole, by what other frames know of the background there, found once and kept with the analysis."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.caching import Kept
from vfx_ai.media.atomic import replacing
from vfx_ai.media.frame import Window
from vfx_ai.motion.arrays import read_array
from vfx_ai.motion.camera import Camera
from vfx_ai.motion.depths import Depths
from vfx_ai.motion.fuse import Witness, fuse
from vfx_ai.motion.geometry import relation
from vfx_ai.shot import Shot, crop, hole_box

# Frames before and after that tell of depth: all that are near, since a rim may be seen by two of them.
OFFSETS = (*range(1, 17), 18, 20, 22, 24, 28, 32, 40, 48, 64)
TRUSTED = 0.2


@dataclass(frozen=True)
class Ready:
    """What `fill` needs: the camera at full and at working size, every frame's depth, and the last ones behind a hole.

    The shot's own texture asks for the same depth that the fill asked for. `rims` holds those of frames that lent last.
    `folder` keeps what was found behind holes; None: nothing is kept.
    """

    camera: Camera
    small: Camera
    depths: Depths
    behind: Kept[tuple[int, bytes], torch.Tensor]
    rims: Kept[int, torch.Tensor]
    folder: Path | None


def nothing_found(shot: Shot) -> tuple[Kept[tuple[int, bytes], torch.Tensor], Kept[int, torch.Tensor]]:
    """Places for what `depth_map` and `rims_of` find."""
    return Kept(shot.budget // 32, 2), Kept(shot.budget // 16, 40)


def depth_behind(shot: Shot, known: Ready, number: int, hole: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
    """Inverse depth [h, w] at pixels `at` [2, h, w], 0 where nothing tells; beside the hole [H, W] the frame's own."""
    height, width = shot.working_size
    inverse, _ = depth_map(shot, known, number, hole)
    x, y = ((at + 0.5) * (width / shot.width)).long()
    return inverse[y.clamp(0, height - 1), x.clamp(0, width - 1)]


def depth_map(shot: Shot, known: Ready, number: int, hole: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """A frame's inverse depth [h, w] at the working size, behind a hole [H, W] too, else 0; and that hole [h, w]."""
    small = F.adaptive_max_pool2d(hole[None, None].float(), shot.working_size)[0, 0] > 0
    key = (number, small.cpu().numpy().tobytes())
    return known.behind.get(key, lambda _: _fused(shot, known, number, small)), small


def _fused(shot: Shot, known: Ready, number: int, small: torch.Tensor) -> torch.Tensor:
    """Inverse depth [h, w] of a frame at the working size, behind a hole [h, w] bool too; 0 where nothing tells."""
    own, picture = known.depths.of(number), Window(0, 0, small.shape[1], small.shape[0])
    inverse = torch.zeros(small.shape, device=shot.device)
    if own is not None and not own.box.empty:
        inverse[own.box.slices(picture)] = torch.where(own.trust > TRUSTED, own.inverse, 0.0)
    path = known.folder / f"{number}-{_digest(small)}.npy" if known.folder is not None else None
    if path is not None and path.exists():
        inverse[small] = torch.from_numpy(read_array(path, np.asarray)).to(shot.device)
        return inverse
    found = _told_by_others(shot, known, number, small)
    if found is not None:
        inverse[small] = found
        if path is not None:
            with replacing(path) as beside, beside.open("wb") as file:
                np.save(file, found.cpu().numpy())
    return inverse


def _digest(small: torch.Tensor) -> str:
    """A name for a hole [h, w] bool."""
    return hashlib.blake2b(np.packbits(small.cpu().numpy()).tobytes(), digest_size=8).hexdigest()


def _told_by_others(shot: Shot, known: Ready, number: int, small: torch.Tensor) -> torch.Tensor | None:
    """Inverse depths [N] of the pixels of a hole [h, w] bool; 0 where nothing tells; None: there is nobody to ask."""
    numbers = [n for n in shot.numbers if known.camera.knows(n)]
    index = numbers.index(number)
    others = [numbers[index + sign * o] for o in OFFSETS for sign in (-1, 1) if 0 <= index + sign * o < len(numbers)]
    witnesses = [
        Witness(n, depth, relation(known.small, number, n)) for n in others if (depth := known.depths.of(n)) is not None
    ]
    box = hole_box(small, 2)
    if not witnesses or box.empty:
        return None
    inside, own = crop(small, box), known.depths.of(number)
    return fuse(known.small, number, box, inside, own, witnesses, known.depths.sweep)[inside]
