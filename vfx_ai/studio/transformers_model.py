"""Models of transformers, opened from a folder of the registry. Nothing is fetched, and no code of it is run."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from vfx_ai.errors import InputError
from vfx_ai.media.frame import FloatArray

# What CLIP and BLIP were trained on, where a folder doesn't say it (preprocessor_config.json).
MEAN, SPREAD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)


def opened(folder: Path, kind: str) -> tuple[Any, Any]:
    """The tokenizer and the model of a folder, on the CPU, float32; `kind` is the class that opens it.

    Raises:
        InputError: its files can't be read.
    """
    import torch
    import transformers
    from transformers.utils import logging

    try:
        with quiet(logging):
            words = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
            model = getattr(transformers, kind).from_pretrained(
                folder, local_files_only=True, use_safetensors=True, dtype=torch.float32
            )
    except Exception as error:  # of many classes, by what is wrong with which file
        raise InputError(
            f"the model can't be opened: {first_line(error)}",
            file=folder,
            remedy="Get it again: weights as safetensors, config.json and the tokenizer's files.",
        ) from None
    return words, model.eval()


def seen_by(folder: Path) -> tuple[FloatArray, FloatArray]:
    """The mean and the spread [3] float32 of the colors, 0 to 1, that a model takes for usual."""
    with suppress(OSError, ValueError, RecursionError, KeyError, TypeError):
        said = json.loads((folder / "preprocessor_config.json").read_text(encoding="utf-8"))
        mean, spread = (np.asarray(said[name], np.float32) for name in ("image_mean", "image_std"))
        if mean.shape == spread.shape == (3,) and (spread > 0).all():
            return mean, spread
    return np.asarray(MEAN, np.float32), np.asarray(SPREAD, np.float32)


@contextmanager
def quiet(*libraries: Any) -> Iterator[None]:
    """Without what libraries say of themselves, each given by its `utils.logging`; their errors come through."""
    before = [(library.get_verbosity(), library.is_progress_bar_enabled()) for library in libraries]
    for library in libraries:
        library.set_verbosity_error()
        library.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            for kind in (FutureWarning, UserWarning, DeprecationWarning):
                warnings.filterwarnings("ignore", category=kind, module=r"(diffusers|transformers|peft|torch)\b.*")
            yield
    finally:
        for library, (verbosity, bars) in zip(libraries, before, strict=True):
            library.set_verbosity(verbosity)
            if bars:
                library.enable_progress_bar()


def first_line(error: Exception) -> str:
    """What an error says first; its class where it says nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300].rstrip(".")
