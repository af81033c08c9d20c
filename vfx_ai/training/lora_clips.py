"""The clips that a LoRA of a model of videos learns from: neighboring frames at the model's size, at one exposure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.errors import InputError
from vfx_ai.fill.crops import fitted_size, scaled
from vfx_ai.fill.exposures import exposure_for
from vfx_ai.learning.footage import Footage
from vfx_ai.learning.holes import OWN, hidden
from vfx_ai.learning.levels import from_light
from vfx_ai.media.color import from_log, to_log
from vfx_ai.media.frame import BoolArray
from vfx_ai.training.gathered import Gathered
from vfx_ai.training.held import Held

LARGER = 4.0  # by what footage is enlarged at most
UNSAID = 0.1  # how often a caption is left out, so that it works without words too
DRIFT = 0.1  # of the sides: how far a hole that is made up moves over a clip


@dataclass(frozen=True)
class Clips:
    """Clips of all shots.

    Attributes:
        shown: a pair each: [T, 3, h, w] float16, 0..1, of which T is a whole window of the model's, and both sides fit
            it; and [T, h, w] bool, what is no object.
        captions: one each; "" where nobody wrote one.
    """

    shown: Held | Sequence[tuple[torch.Tensor, ...]]
    captions: tuple[str, ...]


@dataclass(frozen=True)
class ClipExample:
    """One clip of a batch.

    Attributes:
        video: [T, 3, h, w] float32, 0..1.
        mask: [T, 1, h, w] float32, 1 where a part is hidden, as a hole is.
        counted: [T, 1, h, w] float32, 1 where the picture is right: not the object's.
        caption: in words; may be empty.
    """

    video: torch.Tensor
    mask: torch.Tensor
    counted: torch.Tensor
    caption: str


def clips_of(
    gathered: Gathered, captions: Sequence[str], *, length: int, time: int, side: int, multiple: int, budget: int
) -> Clips:
    """All clips, whole frames at the model's size; each has its own exposure, as a window has in the engine.

    They are made of the footage when they are asked for, and kept as far as the budget holds them.

    Args:
        gathered: the footage.
        captions: of each shot.
        length: frames of a clip; of a shot that is shorter, as many as make a whole window.
        time: a window has time * k + 1 frames.
        side: pixels of a frame's longer side.
        multiple: of which both sides are to be multiples.
        budget: bytes.

    Raises:
        InputError: no clip shows anything but what a matte hides.
    """
    makes, told = [], []
    for footage, caption in zip(gathered.footages, captions, strict=True):
        for start in footage.starts:
            frames = min(length, len(footage.numbers) - start)
            among = range(start, start + 1 + (frames - 1) // time * time)
            if bool(_seen(footage, among, side, multiple).any()):
                makes.append(partial(_clip, footage, among, side, multiple))
                told.append(caption)
    if not makes:
        raise InputError(
            "there is nothing to learn from: the matte covers every frame",
            file=str(gathered.facts[0].get("path", "")),
            remedy="Check the matte, or --matte-invert.",
        )
    return Clips(Held(makes, budget), tuple(told))


def clip_examples(clips: Clips, count: int, seed: int, step: int) -> tuple[ClipExample, ...]:
    """The batch of a step; the seed and the step decide alone."""
    rng = np.random.default_rng((seed, 5, step))
    made = []
    for _ in range(count):
        at = int(rng.integers(len(clips.shown)))
        code, seen = clips.shown[at]
        away = torch.from_numpy(np.ascontiguousarray(hidden_in_clip((~seen).numpy(), rng))) | ~seen
        caption = "" if rng.random() < UNSAID else clips.captions[at]
        made.append(ClipExample(code.float(), away[:, None].float(), seen[:, None].float(), caption))
    return tuple(made)


def hidden_in_clip(own: BoolArray, rng: np.random.Generator) -> BoolArray:
    """What is hidden of a clip, [T, h, w] bool: the shot's own holes elsewhere, moving as they do, or one that drifts.

    Args:
        own: [T, h, w], the shot's own holes; they may be empty.
        rng: decides.
    """
    frames, height, width = own.shape
    if own.any() and rng.random() < OWN:
        moved = own[..., ::-1] if rng.random() < 0.5 else own
        return np.roll(moved, (int(rng.integers(height)), int(rng.integers(width))), (1, 2))
    one = hidden((height, width), np.zeros((1, height, width), bool), rng)
    if one.all():
        return np.repeat(one[None], frames, 0)
    down, right = (rng.uniform(-DRIFT, DRIFT) * side for side in (height, width))
    shares = np.arange(frames) / max(1, frames - 1)
    return np.stack([np.roll(one, (round(down * share), round(right * share)), (0, 1)) for share in shares])


def cells(mask: torch.Tensor, frames: int, height: int, width: int) -> torch.Tensor:
    """Which latents [frames, height, width], 0 or 1, a mask [T, 1, H, W] touches: the first is of one frame."""
    plain = mask[:, 0]
    rest = plain[1:].reshape(frames - 1, -1, *plain.shape[1:]).amax(1) if frames > 1 else plain[:0]
    return F.adaptive_max_pool2d(torch.cat([plain[:1], rest])[:, None], (height, width))[:, 0]


def _clip(footage: Footage, among: range, side: int, multiple: int) -> tuple[torch.Tensor, torch.Tensor]:
    level = footage.levels[-1]
    box = (..., *footage.within(len(footage.levels) - 1))
    scenes = [from_light(level.light[index][box]) for index in among]
    exposure = exposure_for(torch.cat(scenes, 1), torch.cat([level.known[index][box] for index in among]))
    there = _seen(footage, among, side, multiple)
    size = (int(there.shape[1]), int(there.shape[2]))
    code = torch.stack([exposure.encode(from_log(scaled(to_log(scene), size))) for scene in scenes])
    return code.half(), there


def _seen(footage: Footage, among: range, side: int, multiple: int) -> torch.Tensor:
    box = footage.within(len(footage.levels) - 1)
    seen = [footage.levels[-1].known[index][box] for index in among]
    size = fitted_size((seen[0].shape[0], seen[0].shape[1]), side, multiple, LARGER)
    return torch.stack([scaled(one[None].float(), size)[0] > 0.999 for one in seen])
