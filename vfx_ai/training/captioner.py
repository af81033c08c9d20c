"""Captions of shots by a model of transformers (BLIP): one line of what a frame of it shows."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import torch

from vfx_ai.errors import InputError, JobError
from vfx_ai.fill.pipeline import quietly
from vfx_ai.media.frame import ByteArray
from vfx_ai.studio.model import Model

CAPTION = "caption"  # the task of a model that says what a picture shows
LONGEST = 40  # words of a caption, as the model counts them
# What such models were trained on.
MEAN, SPREAD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)


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
        import transformers

        assert model.path is not None
        self._device, words = device, transformers.AutoTokenizer
        try:
            with quietly():
                self._words: Any = words.from_pretrained(model.path, local_files_only=True)
                opened: Any = transformers.BlipForConditionalGeneration.from_pretrained(
                    model.path, local_files_only=True, use_safetensors=True, dtype=torch.float32
                )
        except Exception as error:  # of many classes, by what is wrong with which file
            raise InputError(
                f"the model can't be opened: {str(error).splitlines()[0] if str(error) else type(error).__name__}",
                file=model.path,
                remedy="Get it again: weights as safetensors, config.json and the tokenizer's files.",
            ) from None
        self._model = opened.to(device).eval()
        self.side = int(self._model.config.vision_config.image_size)

    def told(self, picture: ByteArray) -> str:
        """What a picture [h, w, 3] uint8, RGB as it is seen, shows, in a line."""
        small = cv2.resize(picture, (self.side, self.side), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        light = (small - np.asarray(MEAN, np.float32)) / np.asarray(SPREAD, np.float32)
        shown = torch.from_numpy(np.ascontiguousarray(light.transpose(2, 0, 1)))[None].float().to(self._device)
        with torch.inference_mode(), quietly():
            given = self._model.generate(pixel_values=shown, max_new_tokens=LONGEST, do_sample=False, num_beams=1)
        return " ".join(str(self._words.decode(given[0], skip_special_tokens=True)).split())
