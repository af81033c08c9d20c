"""Captions of shots by a model of transformers (BLIP): one line of what a frame of it shows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
import torch

from vfx_ai.errors import JobError
from vfx_ai.fill.pipeline import quietly
from vfx_ai.media.atomic import replacing
from vfx_ai.media.frame import ByteArray
from vfx_ai.studio.model import Model
from vfx_ai.studio.transformers_model import opened, seen_by
from vfx_ai.training.course import digest_of
from vfx_ai.training.gathered import Gathered
from vfx_ai.training.lora_pictures import middle_of

CAPTION = "caption"  # the task of a model that says what a picture shows
LONGEST = 40  # words of a caption, as the model counts them
KEPT = "captions.json"  # beside a checkpoint: what was said of which footage


def check_captions(model: Model) -> None:
    """Refuse a model that writes no captions.

    Raises:
        JobError: so it is.
    """
    if model.task != CAPTION or model.path is None or not model.path.is_dir():
        raise JobError(
            f"the model {model.name!r} writes no captions",
            remedy="Name a BLIP model of transformers; see `vfx-ai models list`.",
        )


class Captioner:
    """A caption model, open.

    Args:
        model: of the registry.
        device: where.

    Attributes:
        side: pixels of a side of the pictures that it sees.

    Raises:
        InputError: its files can't be read.
    """

    def __init__(self, model: Model, device: torch.device) -> None:
        assert model.path is not None
        self._words, opened_ = opened(model.path, "BlipForConditionalGeneration")
        self._device, self._model = device, opened_.to(device)
        self.side = int(self._model.config.vision_config.image_size)
        self._mean, self._spread = seen_by(model.path)

    def told(self, picture: ByteArray) -> str:
        """What a picture [h, w, 3] uint8, RGB as it is seen, shows, in a line."""
        small = cv2.resize(picture, (self.side, self.side), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        light = (small - self._mean) / self._spread
        shown = torch.from_numpy(np.ascontiguousarray(light.transpose(2, 0, 1)))[None].float().to(self._device)
        with torch.inference_mode(), quietly():
            given = self._model.generate(pixel_values=shown, max_new_tokens=LONGEST, do_sample=False, num_beams=1)
        return " ".join(str(self._words.decode(given[0], skip_special_tokens=True)).split())


def captioned(
    gathered: Gathered, found: Sequence[str], model: Model, device: torch.device, folder: Path
) -> tuple[str, ...]:
    """A caption for each shot: what was found, else what a model says of its middle frame, once for a training.

    Args:
        gathered: the footage.
        found: the captions that are there; "": none.
        model: of the registry.
        device: where it says the others.
        folder: of the training, where they are kept.

    Raises:
        InputError: the model's files can't be read. OutputError: they can't be kept.
    """
    by = [model.identity, device.type]
    keys = [digest_of([*by, fact]) for fact in gathered.facts]
    said = _kept(folder / KEPT)
    captioner = None
    for one, key, footage in zip(found, keys, gathered.footages, strict=True):
        if not one and key not in said:
            captioner = captioner or Captioner(model, device)
            said[key] = captioner.told(middle_of(footage, captioner.side))
    if captioner is not None:
        with replacing(folder / KEPT) as beside:
            beside.write_text(json.dumps(said, indent=1), encoding="utf-8")
    return tuple(one or said[key] for one, key in zip(found, keys, strict=True))


def _kept(path: Path) -> dict[str, str]:
    with suppress(OSError, ValueError, RecursionError):
        said = json.loads(path.read_text(encoding="utf-8"))
        return {key: one for key, one in said.items() if isinstance(one, str)} if isinstance(said, dict) else {}
    return {}
