"""Files of models: which ones are taken, which refused, and what the head of a safetensors file says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vfx_ai.errors import InputError
from vfx_ai.media.plain_file import open_plain

# Opening one of these can run any program that it holds.
PICKLED = frozenset({".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib", ".dill"})
# What belongs to a model: weights, configs, words of tokenizers, and what its makers say of it.
TAKEN = frozenset({".safetensors", ".json", ".txt", ".model", ".md", ".yaml", ".yml", ".jinja"})
TAKEN_NAMES = frozenset({"license", "licence", "notice", "copying"})
MOST_HEAD = 64 * 2**20  # bytes that a safetensors file's head may have; the largest known have 2
MOST_FILES = 2000
_PIECE = 2**22


def refuse_pickled(path: Path) -> None:
    """Refuse a file whose name says that it is pickled.

    Raises:
        InputError: it is.
    """
    if path.suffix.lower() in PICKLED:
        raise InputError(
            f"weights as {path.suffix} are not taken: opening a file of that kind can run any program that it holds",
            file=path,
            remedy="Give safetensors: those of the same model, or have it converted on a machine where that does no "
            "harm. In a folder that has both, take this file out.",
        )


def files_within(folder: Path) -> tuple[Path, ...]:
    """The files of a model's folder that belong to it, in order; hidden ones and pictures are left out.

    Raises:
        InputError: one is pickled, there are too many, or there are no weights.
    """
    found = []
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if any(part.startswith(".") for part in parts) or not path.is_file():
            continue
        refuse_pickled(path)
        if path.suffix.lower() in TAKEN or path.stem.lower() in TAKEN_NAMES:
            found.append(path)
    if len(found) > MOST_FILES:
        raise InputError(
            f"the folder has {len(found):,} files", file=folder, remedy="Name the folder of one model alone."
        )
    if not any(path.suffix.lower() == ".safetensors" for path in found):
        raise InputError("there are no weights as .safetensors", file=folder, remedy="Name the folder that has them.")
    return tuple(found)


def head_of(path: Path) -> dict[str, Any]:
    """The head of a safetensors file: "dtype", "shape" and "data_offsets" by tensor, and "__metadata__".

    Raises:
        InputError: it is none, or damaged.
    """
    try:
        size = path.stat().st_size
        with open_plain(path) as file:
            length = int.from_bytes(file.read(8), "little")
            data = file.read(length) if 2 <= length <= min(MOST_HEAD, size - 8) else b""
        head = json.loads(data)
    except OSError as error:
        raise InputError(f"it can't be read: {error.strerror or error}", file=path, remedy="Check the path.") from None
    except (ValueError, RecursionError):
        head = None
    ends = [_end(told) for name, told in head.items() if name != "__metadata__"] if isinstance(head, dict) else [None]
    if not isinstance(head, dict) or None in ends or 8 + length + max((end or 0 for end in ends), default=0) != size:
        raise InputError(
            "this is no whole safetensors file", file=path, remedy="Copy it again; its size or its head isn't right."
        )
    return head


def _end(told: object) -> int | None:
    """Where a tensor's bytes end, by what the head tells of it; None if that is no tensor."""
    if not isinstance(told, dict) or not isinstance(told.get("shape"), list):
        return None
    offsets = told.get("data_offsets")
    if not isinstance(offsets, list) or len(offsets) != 2 or not all(type(one) is int and one >= 0 for one in offsets):
        return None
    return int(offsets[1])


def pieces(path: Path) -> Iterator[bytes]:
    """A file's bytes, some at a time.

    Raises:
        InputError: it can't be read.
    """
    try:
        with open_plain(path) as file:
            while piece := file.read(_PIECE):
                yield piece
    except OSError as error:
        raise InputError(f"it can't be read: {error.strerror or error}", file=path, remedy="Check the file.") from None
