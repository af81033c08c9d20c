"""References read in: small, as they are searched, and what they have beyond that on disk."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from vfx_ai.errors import InputError, JobError, OutputError
from vfx_ai.media import plate as plate_files
from vfx_ai.media.color import to_log
from vfx_ai.media.sequence import Sequence
from vfx_ai.plates.finest import Source, enlarged
from vfx_ai.plates.footage import Footage, known, within
from vfx_ai.plates.levels import Clip
from vfx_ai.telling import Teller

AROUND = 1  # searched pixels around what is masked that aren't taken either
SPARE = 1.1


@dataclass(frozen=True)
class Masked:
    """What no patch may touch: a sequence, or one held file, and which of its channels."""

    files: Sequence
    channel: str = ""

    def of(self, number: int, shot: Footage) -> torch.Tensor:
        """[H, W] float32 0..1, within the shot's window.

        Raises:
            InputError: the mask has no such frame.
        """
        if not self.files.single and number not in self.files.frames:
            raise InputError("the mask lacks a frame", file=self.files.pattern, frame=number, remedy="Supply it.")
        found = plate_files.read_channel(self.files.path(number), number, self.channel)
        whole = np.zeros((shot.window.height, shot.window.width), np.float32)
        inside = found.data_window.intersection(shot.window)
        if not inside.empty:
            whole[inside.slices(shot.window)] = found.values[inside.slices(found.data_window)]
        return torch.from_numpy(whole)


def searched_size(shot: Footage, scale: float) -> tuple[int, int]:
    """Rows and columns at which a reference is searched."""
    return max(1, round(shot.window.height * scale)), max(1, round(shot.window.width * scale))


def read_in(
    shots: list[Footage], mask: Masked | None, scale: float, least: int, folder: Path, tell: Teller
) -> tuple[list[Clip], list[Source]]:
    """Read all references.

    Args:
        shots: the references.
        mask: of the first.
        scale: of the size at which they are searched.
        least: frames that each must have; a still is held for so long.
        folder: for what lies on disk.
        tell: is told how far it is.

    Raises:
        InputError: a file can't be read. OutputError: the disk is full. JobError: the mask leaves nothing.
    """
    clips, sources, start = [], [], 0
    total = sum(len(shot.files.frames) for shot in shots)
    tell.stage("analyse", total, 0, "reading references")
    step, done = tell.steps("analyse", "reading references"), 0
    _room(folder, sum(len(s.files.frames) * s.window.width * s.window.height * 6 for s in shots) if scale < 1 else 0)
    for index, shot in enumerate(shots):
        numbers, size = shot.files.frames, searched_size(shot, scale)
        shape = (len(numbers), shot.window.height, shot.window.width, 3)
        detail = (
            np.lib.format.open_memmap(folder / f"detail{index}.npy", "w+", np.float16, shape) if scale < 1 else None
        )
        small, hidden, ends = [], [], []
        for place, number in enumerate(numbers):
            light, valid = within(shot.frame(number), shot.window)
            code = known(to_log(light), valid)
            ends.append((code.amin((0, 1)), code.amax((0, 1))))
            low = enlarged(code, size)
            small.append(low)
            if detail is not None:
                detail[place] = (code - enlarged(low, shape[1:3])).numpy()
            covered = (~valid).float()
            if mask is not None and index == 0:
                covered = torch.maximum(covered, mask.of(number, shot))
            hidden.append(_covered(covered, size))
            done += 1
            step(done, total)
        if detail is not None:
            detail.flush()
        repeated = max(1, -(-least // len(numbers))) if len(numbers) < least else 1
        clip, cover = torch.stack(small * repeated), torch.stack(hidden * repeated)
        clips.append(Clip(clip, cover if bool(cover.any()) else None))
        lent = np.load(folder / f"detail{index}.npy", mmap_mode="r") if detail is not None else _nothing(shape)
        if repeated > 1:
            lent = np.concatenate([lent] * repeated)
        low, high = torch.stack([e[0] for e in ends]).amin(0), torch.stack([e[1] for e in ends]).amax(0)
        sources.append(
            Source(
                lent,
                numbers * repeated,
                shot.window.x0,
                shot.window.y0,
                start,
                size,
                (low.numpy(), high.numpy()),
            )
        )
        start += len(clip)
    return clips, sources


def _nothing(shape: tuple[int, ...]) -> npt.NDArray[np.float16]:
    return np.broadcast_to(np.zeros((1, 1, 1, 1), np.float16), shape)


def _covered(mask: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """[h, w] 0 or 1: whatever the mask touches, and a little around."""
    small = torch.nn.functional.adaptive_max_pool2d(mask[None], size)[None]
    return (torch.nn.functional.max_pool2d(small, 2 * AROUND + 1, 1, AROUND)[0, 0] > 0).float()


def _room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if needed * SPARE > free:
        raise OutputError(
            f"the references take {needed / 1e9:.1f} GB beside the result, and {free / 1e9:.1f} GB are free",
            file=folder,
            remedy="Write to another disk, or name fewer frames of the reference.",
        )


def refuse_unless_some(clips: list[Clip], side: int, mask: str) -> None:
    """Returns if any patch is left beside the mask.

    Raises:
        JobError: there is none.
    """
    for clip in clips:
        if clip.hidden is None:
            return
        pooled = torch.nn.functional.max_pool2d(clip.hidden[:, None], side, 1)
        if bool((pooled == 0).any()):
            return
    raise JobError(
        "the mask leaves nothing of the reference", file=mask, remedy="Mask less, or give another reference."
    )
