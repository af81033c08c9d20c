"""The footage of a training, read; and what is written down of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from vfx_ai.budget import parse_memory
from vfx_ai.errors import InputError, JobError
from vfx_ai.learning.footage import BYTES, Footage, Look, footage, look_at
from vfx_ai.learning.levels import levels_of
from vfx_ai.media.color_view import Viewer, viewer
from vfx_ai.media.frame import BoolArray, FloatArray
from vfx_ai.media.hashing import hash_file
from vfx_ai.media.sequence import Sequence as Frames
from vfx_ai.media.sequence import find_sequence
from vfx_ai.shot import MatteOptions, Shot
from vfx_ai.studio.catalogue import Shot as CatalogueShot
from vfx_ai.studio.catalogue_base import Catalogue, opened
from vfx_ai.studio.facts import facts_of
from vfx_ai.studio.read_shot import light_of, numbers_of, space_of
from vfx_ai.studio.rights import cleared_shots, refused_error
from vfx_ai.telling import Teller
from vfx_ai.training.asked_train import Train
from vfx_ai.training.mattes import Cleared, cleared_for_training, covered_by

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
    options = _options(asked)
    budget = parse_memory(asked.memory)
    shot = kind(plate, matte, asked.layer, options, torch.device("cpu"), budget // 4, asked.colorspace)
    size = (shot.height, shot.width)
    found = _read(asked.plate, plate.present, look_at(shot), size, clip, budget // 2, tell)
    first = shot.infos[found.numbers[0]]
    facts = {
        "shot": Path(asked.plate).name,
        "title": "",
        "path": asked.plate,
        "frames": list(found.numbers),
        "rights": "",
        "files": _hashes(plate, found.numbers),
        **({"matte": _hashes(matte, found.numbers)} if matte is not None else {}),
    }
    return Gathered((found,), (facts,), len(found.levels), (shot.width, shot.height), viewer(first.space))


@dataclass(frozen=True)
class Selected:
    """Shots of a catalogue that may be learned from.

    Attributes:
        gathered: their footage.
        shots: the catalogue's own.
        left_out: the others, each with the right that is missing and what would clear it.
    """

    gathered: Gathered
    shots: tuple[CatalogueShot, ...]
    left_out: tuple[str, ...]


def of_catalogue(asked: Train, clip: int, tell: Teller) -> Selected:
    """The cleared shots of a catalogue.

    Raises:
        RightsError: one isn't cleared for training, and wasn't to be left out; or none is.
        VfxAiError: it can't be read.
    """
    with opened(asked.catalogue) as catalogue:
        chosen = cleared_for_training(catalogue, asked)
        if chosen.found.refused and (asked.refuse or not chosen.shots):
            raise refused_error(catalogue, chosen.found.refused)
        if not chosen.shots:
            raise JobError("no shot was selected", file=asked.catalogue, remedy="See `vfx-ai catalogue list`.")
        shots = _as_many_as_fit(chosen.shots, clip, parse_memory(asked.memory) // 2, tell)
        facts = facts_of(catalogue, shots)
        unused = _not_for_use(catalogue, chosen, asked.territory)
    if unused:
        tell.note(unused, "warning")
    share = parse_memory(asked.memory) // 2 // len(shots)
    footages, told, spaces = [], [], {}
    for shot, fact in zip(shots, facts, strict=True):
        size, matte = (shot.height, shot.width), chosen.mattes.get(shot.name)
        covered = covered_by(matte, shot, _options(asked)) if matte is not None else None
        one = _read(shot.name, numbers_of(shot), _look_at(shot, covered), size, clip, share, tell)
        footages.append(one)
        under = {"masked": list(chosen.masked), "matte": _hashes(matte, one.numbers)} if matte is not None else {}
        told.append({**fact, **under, "path": shot.path, "frames": list(one.numbers)})
        spaces[space_of(shot).told] = space_of(shot)
    if len(spaces) > 1:
        tell.note(f"Shots in different light are learned from as they are: {', '.join(spaces)}.", "warning")
    levels = max(len(one.levels) for one in footages)
    size = (shots[0].width, shots[0].height)
    shown = viewer(next(iter(spaces.values())))
    refused = tuple(f"{one.shot}: {one.missing}. {one.remedy}" for one in chosen.found.refused)
    return Selected(Gathered(tuple(footages), tuple(told), levels, size, shown), shots, refused)


def _as_many_as_fit(
    shots: tuple[CatalogueShot, ...], clip: int, budget: int, tell: Teller
) -> tuple[CatalogueShot, ...]:
    """Shots spread over all, of which each has a clip in memory."""
    usual = sum(clip * BYTES * shot.width * shot.height for shot in shots) / len(shots)
    most = max(1, int(budget // usual))
    if most >= len(shots):
        return shots
    tell.note(
        f"{most} of {len(shots)} shots are learned from, spread over all: more don't fit into the --memory given.",
        "warning",
    )
    return tuple(shots[i * len(shots) // most] for i in range(most))


def _look_at(shot: CatalogueShot, covered: Callable[[int], BoolArray] | None) -> Look:
    def look(numbers: Sequence[int]) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        for number, (pixels, valid) in zip(numbers, light_of(shot, tuple(numbers)), strict=True):
            if pixels.shape[:2] != (shot.height, shot.width):
                raise InputError(
                    f"a frame is {pixels.shape[1]}x{pixels.shape[0]}, and others {shot.width}x{shot.height}",
                    file=shot.path,
                    remedy="Leave this shot out, or write its frames with one data window.",
                )
            good = np.array(valid) & np.isfinite(pixels).all(-1)  # light that burnt out to Inf isn't black
            if covered is not None:
                good &= ~covered(number)
            there = np.ascontiguousarray(np.moveaxis(np.where(good[..., None], pixels, 0), -1, 0), np.float32)
            yield torch.from_numpy(there), torch.from_numpy(good)

    return look


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


def _options(asked: Train) -> MatteOptions:
    return MatteOptions(asked.matte_channel, asked.matte_invert, asked.matte_grow)


def _not_for_use(catalogue: Catalogue, chosen: Cleared, territory: str) -> str:
    """A warning, where what is learned from is cleared for training, and not for what a model makes; "": it is."""
    names = [shot.name for shot in chosen.shots]
    parts = (([n for n in names if n not in chosen.mattes], ()), ([*chosen.mattes], chosen.masked))
    refused = [
        one
        for some, masked in parts
        if some
        for one in cleared_shots(catalogue, "generation", shots=some, territory=territory, masked=masked).refused
    ]
    if not refused:
        return ""
    first = refused[0]
    return f"The model can't be used until more is cleared than training: {first.shot}: {first.missing}. {first.remedy}"


def _hashes(files: Frames, numbers: Sequence[int]) -> dict[str, str]:
    return {path.name: _hash(path) for path in dict.fromkeys(files.path(number) for number in numbers)}


def _hash(path: Path) -> str:
    return hash_file(path).sha256
