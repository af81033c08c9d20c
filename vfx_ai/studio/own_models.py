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
from vfx_ai.studio.model import Model
from vfx_ai.studio.safe import head_of

CATALOGUE = "VFX_AI_CATALOGUE"  # environment: the studio's catalogue
USE = "generation"  # of `rights_terms.USES`: what a trained model does
RECORD = "vfx_ai.training"  # in the metadata of its file
MOST_RECORD = 16 * 2**20  # letters
_SAID = ("ledger", "catalogue")
_OF_SHOTS = ("shot", "title", "content", "rights", "masked")


def training_of(model: Model) -> dict[str, Any]:
    """What a model's file says of its training on a catalogue, for sidecars; {}: it wasn't trained on one.

    Returns:
        "ledger" (the hash of the training's entry), "catalogue" (where that was), "shots" ([{"shot", "title",
        "content", "rights", "masked"}]).
    """
    if model.path is None or not model.path.is_file() or model.path.suffix.lower() != ".safetensors":
        return {}
    try:
        told = head_of(model.path).get("__metadata__")
        text = told.get(RECORD, "") if isinstance(told, dict) else ""
        record = json.loads(text) if isinstance(text, str) and 0 < len(text) <= MOST_RECORD else {}
    except (InputError, ValueError, RecursionError):
        return {}
    if not isinstance(record, dict) or not isinstance(record.get("ledger"), str) or not record["ledger"]:
        return {}
    shots = [one for one in record.get("shots") or [] if isinstance(one, dict)]
    facts = [{name: one[name] for name in _OF_SHOTS if name in one} for one in shots]
    return {**{name: str(record.get(name, "")) for name in _SAID}, "shots": facts}


def check_rights(model: Model) -> str:
    """Refuse a model of the studio's own whose footage isn't cleared any more.

    Returns:
        "", or a doubt in words: where the ledger that knows isn't at hand.

    Raises:
        RightsError: a shot that it learned from was withdrawn, or isn't cleared for generation any more; its file isn't
            the one that the ledger knows; or the ledger was changed.
        InputError: the catalogue is damaged.
    """
    record = training_of(model)
    if not record:
        return ""
    from vfx_ai.studio.catalogue_base import opened
    from vfx_ai.studio.model_rights import cleared_model
    from vfx_ai.studio.rights import believed

    for folder in catalogues(record["catalogue"]):
        with opened(folder) as catalogue:
            known = believed(catalogue)
            training = known.trainings.get(record["ledger"])
            if training is None and model.known_by not in known.models:
                continue
            territory = str(training.what.get("territory") or "world") if training else "world"
            cleared_model(catalogue, model.known_by, USE, territory=territory)
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
    own = os.environ.get(CATALOGUE, "")
    places = [Path(own).expanduser()] if own else []
    if named and not named.startswith(("\\\\", "//")) and Path(named).is_absolute():
        places.append(Path(named))
    for place in dict.fromkeys(places):
        if (place / "catalogue.sqlite").is_file():
            yield place
