"""Models that were trained on the studio's own footage: what they say of their training, and whether it still counts.

A model that `vfx-ai train --catalogue` made says in its file which entry of which ledger it came of. Whoever uses it
asks that ledger: of $VFX_AI_CATALOGUE, else of the catalogue that the model names, if that lies on this machine.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vfx_ai.errors import InputError
from vfx_ai.media.shares import on_a_share
from vfx_ai.studio.model import Model
from vfx_ai.studio.safe import head_of

CATALOGUE = "VFX_AI_CATALOGUE"  # environment: the studio's catalogue
USE = "generation"  # of `rights_terms.USES`: what a trained model does
RECORD = "vfx_ai.training"  # in the metadata of its file
MOST_RECORD = 16 * 2**20  # letters
_SAID = ("ledger", "catalogue")
_OF_SHOTS = ("shot", "title", "content", "rights", "masked")


def training_of(model: Model) -> dict[str, Any]:
    """What a model's files say of its training on a catalogue, for sidecars; {}: it wasn't trained on one.

    Returns:
        "ledger" (the hash of the training's entry), "catalogue" (where that was), "shots" ([{"shot", "title",
        "content", "rights", "masked"}]); of several files with such a record the first one's, and the shots of all.

    Raises:
        InputError: a file's head, or the record in it, can't be read, so that nobody knows.
    """
    records = [record for _, record in _trainings(model)]
    return {**records[0], "shots": [shot for record in records for shot in record["shots"]]} if records else {}


def _trainings(model: Model) -> list[tuple[str, dict[str, Any]]]:
    """The records of a model's files of weights that were trained on a catalogue, each with what the ledger knows."""
    if model.path is None:
        return []
    found = []
    for file in model.files:
        path = model.place(file)
        record = _record(path) if path.suffix.lower() == ".safetensors" else {}
        if record:
            found.append((file.sha256, record))
    return found


def _record(path: Path) -> dict[str, Any]:
    """What a file of weights says of its training on a catalogue; {}: nothing.

    Raises:
        InputError: its head, or what it says, can't be read.
    """
    told = head_of(path).get("__metadata__", {})
    if not isinstance(told, dict):
        raise _unreadable(path)
    if RECORD not in told:
        return {}
    text = told[RECORD]
    try:
        record = json.loads(text) if isinstance(text, str) and len(text) <= MOST_RECORD else None
    except (ValueError, RecursionError):
        record = None
    shots = record.get("shots") or [] if isinstance(record, dict) else None
    if not isinstance(record, dict) or not isinstance(shots, list) or not isinstance(record.get("ledger", ""), str):
        raise _unreadable(path)
    if not record.get("ledger"):  # trained on a shot alone
        return {}
    facts = [{name: one[name] for name in _OF_SHOTS if name in one} for one in shots if isinstance(one, dict)]
    return {**{name: str(record.get(name, "")) for name in _SAID}, "shots": facts}


def _unreadable(path: Path) -> InputError:
    return InputError(
        "what it says of its training can't be read, so that nobody knows whether it may be used",
        file=path,
        remedy="Bring the file back from a backup, or train it anew.",
    )


def check_rights(model: Model) -> str:
    """Refuse a model of the studio's own whose footage isn't cleared any more.

    Returns:
        "", or a doubt in words: where the ledger that knows isn't at hand.

    Raises:
        RightsError: a shot that it learned from was withdrawn, or isn't cleared for generation any more; its file isn't
            the one that the ledger knows; or the ledger was changed.
        InputError: the catalogue is damaged, or what a file says of its training.
    """
    doubts = [_checked(model, sha256, record) for sha256, record in _trainings(model)]
    return next(filter(None, doubts), "")


def _checked(model: Model, sha256: str, record: dict[str, Any]) -> str:
    """The same of one of its files: the ledger knows that, or the model as a whole."""
    from vfx_ai.studio.catalogue_base import opened
    from vfx_ai.studio.model_rights import cleared_model
    from vfx_ai.studio.rights import believed

    for folder in catalogues(record["catalogue"]):
        with opened(folder) as catalogue:
            known = believed(catalogue)
            training = known.trainings.get(record["ledger"])
            own = next((one for one in (sha256, model.known_by) if one in known.models), "")
            if training is None and not own:
                continue
            territory = str(training.what.get("territory") or "world") if training else "world"
            cleared_model(catalogue, own or sha256, USE, territory=territory)
        return ""
    where = record["catalogue"] or "nobody wrote down where it was"
    return (
        f"Nobody could say whether {model.name} may still be used: the catalogue that it was trained on isn't at hand "
        f"({where}). Name it by ${CATALOGUE}."
    )


def catalogues(named: str) -> Iterator[Path]:
    """Folders of catalogues that are there: the studio's own, and one that a file names, if it is on this machine.

    A share of another machine is never asked because a file says so.
    """
    from vfx_ai.studio.catalogue_base import NAME

    own = os.environ.get(CATALOGUE, "")
    places = [Path(own).expanduser()] if own else []
    if named and not on_a_share(named) and Path(named).is_absolute():
        places.append(Path(named))
    for place in dict.fromkeys(places):
        if (place / NAME).is_file():
            yield place
