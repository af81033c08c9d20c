"""Pictures for panels from the studio's own footage: the catalogued shot that fits best, if its rights allow it."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from vfx_ai.board.shots import Shot
from vfx_ai.errors import Interrupted, VfxAiError
from vfx_ai.media.color_view import exposure_for, viewer
from vfx_ai.media.frame import ByteArray
from vfx_ai.studio.catalogue import Shot as Footage
from vfx_ai.studio.catalogue import opened, shots_of
from vfx_ai.studio.catalogue_words import words_of
from vfx_ai.studio.read_shot import light_of, numbers_of, space_of
from vfx_ai.studio.rights import cleared_shots

if TYPE_CHECKING:
    from vfx_ai.board.sight import Sight

USE = "reference"  # of `rights_terms.USES`: what a frame shown in a board is
SHORTEST_WORD = 3
# What a word must tell, in nats: one that half of the shots have tells nothing of any.
LEAST_WEIGHT = 0.5
_TRIES = 5  # shots that fit, looked at until one can be shown
# Words that stand in any script, and say nothing of what is seen.
_ANYWHERE = """
    the and his her him she they them their its with into from that this there here then than for not but are was has
    have had who what where when which out off over under int ext shot close wide medium long pan tilt zoom dolly truck
    crane track left right down angle insert camera pov continuous later
"""
_EMPTY = frozenset(_ANYWHERE.split())


@dataclass
class Library:
    """A catalogue, ready to be asked.

    Attributes:
        allowed: shots that may be shown.
        refused: of the others, by name, what is missing and what would clear it.
        words: shots, by their numbers, that have a word.
        told: what is to be known of shots that fit and weren't used.
        sight: a model that looks at shots; None: none does.
    """

    allowed: dict[int, Footage]
    refused: dict[int, tuple[Footage, str]]
    words: dict[str, set[int]]
    told: dict[str, None] = field(default_factory=dict)
    sight: Sight | None = None

    def weight(self, word: str) -> float:
        """What a word tells: the rarer, the more."""
        having = len(self.words.get(word, ()))
        return math.log((1 + len(self.allowed) + len(self.refused)) / having) if having else 0.0


@dataclass(frozen=True)
class Fit:
    """A shot that fits: what it is known by, its label, and its picture as `frame_of` gives it."""

    identity: str
    title: str
    shot: Footage
    number: int

    def picture(self) -> ByteArray:
        """[H, W, 3] uint8, through the display's view."""
        return frame_of(self.shot, self.number)


def read_library(folder: str, territory: str) -> Library:
    """The catalogue in a folder, with what of it may be shown.

    Raises:
        InputError: there is none, or it is damaged.
        RightsError: its ledger was changed, so that nothing is cleared.
        JobError: there is no such territory.
    """
    with opened(folder) as catalogue:
        shots = shots_of(catalogue)
        clearance = cleared_shots(catalogue, USE, territory=territory)
    allowed = {shot.id: shot for shot in clearance.allowed}
    why: dict[str, str] = {}
    for one in clearance.refused:
        why.setdefault(one.shot, f"{one.missing}. {one.remedy}")
    refused = {shot.id: (shot, why.get(shot.name, "it isn't cleared")) for shot in shots if shot.id not in allowed}
    words: dict[str, set[int]] = defaultdict(set)
    for shot in shots:
        for word in _stems(" ".join((shot.title, shot.name, *shot.tags, shot.notes))):
            words[word].add(shot.id)
    return Library(allowed, refused, dict(words))


def find_footage(shot: Shot, library: Library) -> Fit | None:
    """The shot that fits a script's shot best by the words that both have; None: none does.

    A shot that fits better but may not be shown, or whose files are gone, is told of in `library.told`.
    """
    scores: dict[int, float] = defaultdict(float)
    for word in sorted(_stems(" ".join((shot.slug, shot.action, shot.camera)))):
        weight = library.weight(word)
        if weight >= LEAST_WEIGHT:
            for number in library.words[word]:
                scores[number] += weight
    return _first(sorted(scores, key=lambda one: (-scores[one], one)), library)


def find_seen(shot: Shot, library: Library) -> Fit | None:
    """The shot that shows best what a script's shot says, as a model sees it; None: none does, or no model is there.

    Raises:
        VfxAiError: a model that was named can't be opened, or the catalogue can't be read.
    """
    words, sight = ", ".join(filter(None, (shot.slug, " ".join(shot.action.split())))), library.sight
    if sight is None or not words:
        return None
    try:
        return _first(sight.better(words), library)
    except Interrupted:
        raise
    except VfxAiError as error:
        if sight.must:
            raise
        library.told[f"The catalogue is looked through by its words alone: {error}"] = None
        library.sight = None
        return None


def _first(numbers: Sequence[int], library: Library) -> Fit | None:
    """The first of a few shots that may be shown and is there; what is passed over is told of."""
    for number in numbers[:_TRIES]:
        if number in library.refused:
            footage, why = library.refused[number]
            library.told[f"{footage.name} fits, and may not be shown: {why}"] = None
            continue
        if number not in library.allowed:  # it came since
            continue
        footage = library.allowed[number]
        try:
            numbers = numbers_of(footage)
        except VfxAiError as error:
            library.told[f"{footage.name} fits, and can't be read: {error}"] = None
            continue
        middle = numbers[len(numbers) // 2]
        title = footage.name if footage.name.startswith(footage.title) else f"{footage.title}, {footage.name}"
        return Fit(f"{footage.content}|{middle}", title, footage, middle)
    return None


def frame_of(shot: Footage, number: int) -> ByteArray:
    """A frame as it is shown, [H, W, 3] uint8.

    Raises:
        VfxAiError: it can't be read.
    """
    ((light, valid),) = light_of(shot, (number,))
    stops, why = exposure_for([(light, valid)])
    return np.asarray(np.round(viewer(space_of(shot), stops, why).shown(light) * 255).astype(np.uint8))


def _stems(text: str) -> set[str]:
    """Words that tell something, without the s of a plural."""
    found = (word for word in words_of(text).split() if len(word) >= SHORTEST_WORD and not word.isdigit())
    return {re.sub(r"(?<=[^s\W]{3})s$", "", word) for word in found if word not in _EMPTY}
