"""Files of a plate that a model makes up: written frame by frame, and read again as they were written."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from vfx_ai.fill import FOUNDATION, PLATE
from vfx_ai.fill.crops import scaled
from vfx_ai.media.color import from_log, to_log
from vfx_ai.media.made_layer import MATTE
from vfx_ai.media.new_write import write_new
from vfx_ai.media.sequence import find_sequence, output_path
from vfx_ai.media.stamp import Stamp
from vfx_ai.plates.footage import Footage
from vfx_ai.plates.kept import Kept


class Files:
    """Frames of the new plate on disk.

    Args:
        target: the pattern of its files.
        kept: which are finished.
        first: the picture that it begins with; None: none.
        height, width: of a frame.
        aovs: write fill.source, fill.confidence, and which pixels the model made.
        rate: frames a second; None: none is written.
        force: do anew what is finished.
        header: what each file says of itself.
        given: what the one says that is the picture it begins with.
    """

    def __init__(
        self,
        target: str,
        kept: Kept,
        first: Footage | None,
        height: int,
        width: int,
        *,
        aovs: bool,
        rate: Any,
        force: bool,
        header: Stamp,
        given: Stamp,
    ) -> None:
        self._target, self._kept, self.first, self.size = target, kept, first, (height, width)
        self._aovs, self._rate, self._force, self._header, self._given = aovs, rate, force, header, given
        self._done: set[int] = set()

    def there(self, number: int) -> bool:
        """Whether a frame is finished."""
        old = not self._force and self._kept.finished(number, output_path(self._target, number)) is not None
        return number in self._done or old

    def light(self, number: int) -> torch.Tensor:
        """A finished frame, [3, H, W], as it was written."""
        files = find_sequence(str(output_path(self._target, number)))
        return Footage(files, "RGB", "").light(files.frames[0])[0].permute(2, 0, 1).contiguous()

    def opening(self) -> torch.Tensor | None:
        """The picture [3, H, W] that the plate begins with, if one was given."""
        if self.first is None:
            return None
        light = self.first.light(self.first.files.frames[0])[0].permute(2, 0, 1)
        return from_log(scaled(to_log(light.contiguous()), self.size))

    def write(self, number: int, light: torch.Tensor, *, given: bool = False) -> None:
        """Write a frame [3, H, W], and keep that it is finished; `given`: it is the picture that was given."""
        path = output_path(self._target, number)
        like = None if self.first is None else self.first.files.path(self.first.files.frames[0])
        planes: dict[str, Any] = {}
        if self._aovs:
            planes = {
                "fill.source": np.full(self.size, PLATE if given else FOUNDATION, np.float16),
                "fill.confidence": np.full(self.size, float(given), np.float16),
                MATTE: np.full(self.size, float(not given), np.float16),
            }
        pixels = light.permute(1, 2, 0).cpu().numpy()
        if self.first is not None:
            space = self.first.info(self.first.files.frames[0]).space
            pixels = space.encode(pixels.reshape(-1, 3)).reshape(pixels.shape)
        write_new(path, number, pixels, planes, like=like, fps=self._rate, stamp=self._given if given else self._header)
        self._kept.keep(number, path, {})
        self._done.add(number)
