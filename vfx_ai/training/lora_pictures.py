"""The pictures that a LoRA learns from: frames at the model's size and exposure, with a caption for each shot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.errors import InputError
from vfx_ai.fill.exposures import exposure_for
from vfx_ai.learning.footage import Footage
from vfx_ai.learning.holes import hidden
from vfx_ai.learning.levels import from_light
from vfx_ai.media.frame import ByteArray
from vfx_ai.training.gathered import Gathered
from vfx_ai.training.held import Held

MOST_CAPTION = 4000  # letters of a sidecar


@dataclass(frozen=True)
class Pictures:
    """Frames of all shots.

    Attributes:
        shown: a pair each: [3, h, w] float16, 0..1, the shorter side of the model's size, in which what a matte hides
            is smooth; and [h, w] bool, what is no object.
        captions: one each; "" where nobody wrote one.
    """

    shown: Held | Sequence[tuple[torch.Tensor, ...]]
    captions: tuple[str, ...]


@dataclass(frozen=True)
class Example:
    """A batch.

    Attributes:
        pictures: [B, 3, s, s] float32, 0..1.
        mask: [B, 1, s, s] float32, 1 where a part is hidden, as a hole is.
        counted: [B, 1, s, s] float32, 1 where the picture is right: not the object's.
        captions: one each.
    """

    pictures: torch.Tensor
    mask: torch.Tensor
    counted: torch.Tensor
    captions: tuple[str, ...]


def pictures_of(gathered: Gathered, captions: Sequence[str], side: int, budget: int) -> Pictures:
    """All frames at the model's size that show something; each has its own exposure, as in the engine.

    They are made of the footage when they are asked for, and kept as far as so many bytes hold them.

    Raises:
        InputError: no frame shows anything but what a matte hides.
    """
    makes, told = [], []
    for footage, caption in zip(gathered.footages, captions, strict=True):
        for index in range(len(footage.numbers)):
            if bool(_seen(footage, index, side).any()):
                makes.append(partial(_picture, footage, index, side))
                told.append(caption)
    if not makes:
        raise InputError(
            "there is nothing to learn from: the matte covers every frame",
            file=str(gathered.facts[0].get("path", "")),
            remedy="Check the matte, or --matte-invert.",
        )
    return Pictures(Held(makes, budget), tuple(told))


def example(pictures: Pictures, side: int, count: int, seed: int, step: int) -> Example:
    """The batch of a step; the seed and the step decide alone."""
    rng = np.random.default_rng((seed, 3, step))
    shown, masks, counted, captions = [], [], [], []
    for _ in range(count):
        at = int(rng.integers(len(pictures.shown)))
        code, seen = pictures.shown[at]
        y, x = (int(rng.integers(size - side + 1)) for size in code.shape[-2:])
        box = (..., slice(y, y + side), slice(x, x + side))
        own = (~seen[box]).numpy()[None]
        away = torch.from_numpy(np.ascontiguousarray(hidden((side, side), own, rng))) | ~seen[box]
        shown.append(code[box].float())
        masks.append(away[None].float())
        counted.append(seen[box][None].float())
        captions.append("" if rng.random() < 0.1 else pictures.captions[at])  # so that it works without words too
    return Example(torch.stack(shown), torch.stack(masks), torch.stack(counted), tuple(captions))


def captions_of(facts: Sequence[dict[str, Any]], notes: Sequence[str], prompt: str) -> tuple[str, ...]:
    """A caption for each shot: of its sidecar, else what the catalogue notes of it, else the prompt.

    A sidecar is a text beside the footage: "sc010/plate.txt" of "sc010/plate.####.exr", or "caption.txt" in its folder.

    Raises:
        InputError: a sidecar can't be read.
    """
    out = []
    for fact, note in zip(facts, notes, strict=True):
        path = Path(str(fact.get("path", "")))
        stem = path.name.split(".")[0]
        beside = [path.with_name(f"{stem}.txt"), path.with_name("caption.txt")]
        found = next((one for one in beside if one.is_file()), None)
        out.append(_read(found) if found else note or prompt)
    return tuple(out)


def middle_of(footage: Footage, side: int) -> ByteArray:
    """The frame in the middle, [h, w, 3] uint8 as it is seen; what a matte hides is smooth."""
    code, _ = _picture(footage, len(footage.numbers) // 2, side)
    return np.ascontiguousarray((code.float().clamp(0, 1) * 255).round().permute(1, 2, 0).numpy().astype(np.uint8))


def _read(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            return " ".join(file.read(MOST_CAPTION).split())
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the caption can't be read: {error}", file=path, remedy="Write it as UTF-8 text.") from None


def _picture(footage: Footage, index: int, side: int) -> tuple[torch.Tensor, torch.Tensor]:
    level = footage.levels[-1]
    box = (..., *footage.within(len(footage.levels) - 1))
    scene, seen = from_light(level.light[index][box]), level.known[index][box]
    code = exposure_for(scene, seen).encode(scene)
    return _at(code, side).half(), _seen(footage, index, side)


def _seen(footage: Footage, index: int, side: int) -> torch.Tensor:
    seen = footage.levels[-1].known[index][footage.within(len(footage.levels) - 1)]
    return _at(seen[None].float(), side)[0] > 0.999


def _at(picture: torch.Tensor, side: int) -> torch.Tensor:
    height, width = picture.shape[-2:]
    factor = side / min(height, width)
    size = (max(side, round(height * factor)), max(side, round(width * factor)))
    return F.interpolate(picture[None], size=size, mode="area" if factor < 1 else "bilinear")[0]
