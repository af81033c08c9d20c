"""Models of transformers that know words and pictures: CLIP, which compares them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from vfx_ai.errors import JobError
from vfx_ai.media.frame import ByteArray, FloatArray
from vfx_ai.studio.model import Model
from vfx_ai.studio.models import check_use, find_model, policy_of, registered
from vfx_ai.studio.transformers_model import opened, seen_by

SEARCH = "search"  # the task of a model that compares words with pictures
MOST_CROPS = 4  # of a wide picture


def search_model(name: str = "", *, use: str = "commercial", policy: str = "", models_dir: str = "") -> Model:
    """The model that is asked: the one that is named, else the only one of its kind.

    Raises:
        JobError: there is none, there are several, it is of another kind, or may not be used so.
    """
    if not name:
        there = [model.name for model in registered(models_dir) if model.task == SEARCH]
        if len(there) != 1:
            raise JobError(
                "no model of words and pictures is registered"
                if not there
                else f"{len(there)} models of words and pictures are registered: {', '.join(there)}",
                remedy="Name one with --model."
                if there
                else "Add one: vfx-ai models add FOLDER --name clip --licence MIT, a CLIP model of transformers with "
                "safetensors. Or find by words in titles, tags and notes.",
            )
        name = there[0]
    model = find_model(name, folder=models_dir)
    if model.task != SEARCH or model.path is None or not model.path.is_dir():
        raise JobError(
            f"the model {model.name!r} doesn't compare words with pictures",
            remedy="Name a CLIP model of transformers; see `vfx-ai models list`.",
        )
    check_use(model, use, policy_of(policy))
    return model


class TextModel:
    """A CLIP model, open.

    Args:
        model: of the registry, from `search_model`.

    Raises:
        InputError: its files can't be read.
    """

    def __init__(self, model: Model) -> None:
        assert model.path is not None
        self.identity = model.identity
        self._words, self._model = opened(model.path, "CLIPModel")
        self.length = int(self._model.config.projection_dim)
        self._side = int(self._model.config.vision_config.image_size)
        self._mean, self._spread = seen_by(model.path)

    def of_text(self, text: str) -> FloatArray:
        """The direction [n] float32 of some words, of length 1."""
        import torch

        longest = int(self._model.config.text_config.max_position_embeddings)
        told = self._words([text], return_tensors="pt", truncation=True, max_length=longest)
        with torch.inference_mode():
            given = self._model.get_text_features(
                input_ids=told["input_ids"], attention_mask=told.get("attention_mask")
            )
        return np.asarray(_direction(given)[0], np.float32)

    def of_pictures(self, pictures: Sequence[ByteArray]) -> FloatArray:
        """The directions [N, n] float32 of pictures [h, w, 3] uint8, RGB as they are seen, of length 1."""
        import torch

        parts = [crops(picture, self._side) for picture in pictures]
        whole = np.concatenate(parts).astype(np.float32) / 255
        shown = torch.from_numpy(np.ascontiguousarray(np.moveaxis((whole - self._mean) / self._spread, -1, 1)))
        with torch.inference_mode():
            given = _direction(self._model.get_image_features(pixel_values=shown.float()))
        ends = np.cumsum([len(part) for part in parts])[:-1]
        means = np.stack([part.mean(0) for part in np.split(given, ends)])
        return np.asarray(means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-9), np.float32)


def crops(picture: ByteArray, side: int) -> ByteArray:
    """Squares [N, side, side, 3] that show all of a picture [h, w, 3], side by side; of a square one, one."""
    height, width = picture.shape[:2]
    share = side / max(1, min(height, width))
    size = (max(side, round(width * share)), max(side, round(height * share)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if share < 1 else cv2.INTER_CUBIC)
    longer = max(size)
    count = min(MOST_CROPS, math.ceil(longer / side - 0.25))
    starts = np.linspace(0, longer - side, count).round().astype(int) if count > 1 else [(longer - side) // 2]
    if size[0] >= size[1]:
        return np.stack([small[:side, at : at + side] for at in starts])
    return np.stack([small[at : at + side, :side] for at in starts])


def _direction(given: Any) -> FloatArray:
    """Of what a version of transformers gives: a tensor, or something that has one."""
    found = given if hasattr(given, "norm") else given.pooler_output
    return np.asarray((found / found.norm(dim=-1, keepdim=True).clamp(min=1e-9)).float().numpy(), np.float32)
