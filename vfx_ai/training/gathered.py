"""The footage of a training, read; and what is written down of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from vfx_ai.budget import parse_memory
from vfx_ai.errors import InputError
from vfx_ai.learning.footage import Footage, Look, footage, look_at
from vfx_ai.learning.levels import levels_of
from vfx_ai.media.color_view import Viewer, viewer
from vfx_ai.media.frame import FloatArray
from vfx_ai.media.sequence import find_sequence
from vfx_ai.shot import MatteOptions, Shot
from vfx_ai.telling import Teller
from vfx_ai.training.asked_train import Train

STAGE = "read"


@dataclass(frozen=True)
class Gathered:
    """What is learned from.

    Attributes:
        footages: at all levels.
        facts: of each shot, for the record: shot, title, path, frames, rights, and sha256 of the files by name.
        levels: the most that a shot has.
        size: (width, height) of the first.
        viewer: by which pictures of it are shown.
    """

    footages: tuple[Footage, ...]
    facts: tuple[dict[str, Any], ...]
    levels: int
    size: tuple[int, int]
    viewer: Viewer


def of_plate(asked: Train, clip: int, tell: Teller) -> Gathered:
    """A shot that is named by its plate.

    Raises:
        VfxAiError: it can't be read, or shows nothing.
    """
    plate = find_sequence(asked.plate, missing=asked.missing, role="plate")
    matte = find_sequence(asked.matte, missing=asked.missing, role="matte") if asked.matte else None
    kind = Shot if matte is not None or asked.matte_channel else Unmatted
    options = MatteOptions(asked.matte_channel, asked.matte_invert, asked.matte_grow)
    budget = parse_memory(asked.memory)
    opened = kind(plate, matte, asked.layer, options, torch.device("cpu"), budget // 4, asked.colorspace)
    there = [number for number in opened.numbers if number not in plate.missing]
    size = (opened.height, opened.width)
    found = _read(asked.plate, there, look_at(opened), size, clip, budget // 2, tell)
    first = opened.infos[found.numbers[0]]
    facts = {
        "shot": Path(asked.plate).name,
        "title": "",
        "path": asked.plate,
        "frames": list(found.numbers),
        "rights": "",
        "files": {Path(plate.path(n)).name: _hash(plate.path(n)) for n in found.numbers},
    }
    return Gathered((found,), (facts,), len(found.levels), (opened.width, opened.height), viewer(first.space))


class Unmatted(Shot):
    """A shot without a matte: all of it may be learned from."""

    def coverage(self, number: int) -> FloatArray:
        """Nothing of frame `number`, [H, W] float32."""
        return np.zeros((self.height, self.width), np.float32)


def _read(
    name: str, there: Sequence[int], look: Look, size: tuple[int, int], clip: int, budget: int, tell: Teller
) -> Footage:
    found = footage(there, look, size, clip, budget, levels_of(*size), tell.steps(STAGE, Path(name).name))
    if found is None:
        raise InputError(
            "there is nothing to learn from: the matte covers nearly all of every frame",
            file=name,
            remedy="Check the matte, or --matte-invert.",
        )
    return found


def _hash(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"it can't be read: {error.strerror or error}", file=path, remedy="Check the file.") from None
