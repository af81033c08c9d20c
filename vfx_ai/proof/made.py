"""What was made of a frame, counted by where its pixels came from, and as its header says it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vfx_ai.fill import KINDS, PLATE
from vfx_ai.media import made_layer
from vfx_ai.media.frame import Layer, Patch
from vfx_ai.media.stamp import SHARES, Stamp


def made_of(patch: Patch | None) -> dict[int, int]:
    """How many pixels of a patch have each value of fill.source; what is the plate's isn't among them."""
    if patch is None:
        return {}
    values, counts = np.unique(patch.source[patch.hole], return_counts=True)
    return {int(v): int(c) for v, c in zip(values, counts, strict=True) if v != PLATE}


def stamp_of(program: str, job_hash: str, engine: str, made: dict[int, int]) -> Stamp:
    """What a result's header says, from `made_of`."""
    pixels = sum(made.values())
    shares = {name: sum(made.get(source, 0) for source in KINDS[name]) / max(pixels, 1) for name in SHARES}
    return Stamp(program, job_hash, engine, pixels, shares)


def off_layer(made: Path, result: Path, frame: int, layer: Layer) -> tuple[str, ...]:
    """What isn't right about the file of what a model made by itself, in sentences.

    Raises:
        InputError: it can't be read.
    """
    count = made_layer.off(made, result, frame, layer)
    return (f"{made.name} isn't what the result shows, in {count} pixels",) if count else ()


def named(asked_for: str, engine: str) -> str:
    """The engine that found the real pixels, and the one that was asked for beside it to make others."""
    return engine if asked_for == "auto" or asked_for in engine.split(", then ") else f"{engine}, then {asked_for}"
