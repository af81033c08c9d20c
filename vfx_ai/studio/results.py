"""Results enter the ledger: which models and which shots of the catalogue went into them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vfx_ai.studio import ledger
from vfx_ai.studio.catalogue import Shot
from vfx_ai.studio.catalogue_base import NAME, Catalogue, opened
from vfx_ai.studio.descent import Known, known
from vfx_ai.studio.facts import facts_of
from vfx_ai.studio.ledger_chain import Entry
from vfx_ai.studio.lenders import Read, lenders
from vfx_ai.studio.own_models import CATALOGUE

_TRIAL: ContextVar[bool] = ContextVar("trial", default=False)


@dataclass(frozen=True)
class Drawn:
    """What a result draws on, of a catalogue that was asked before anything was read.

    Attributes:
        catalogue: its folder.
        shots: that were cleared for it.
        territory: where it may be used, as it was cleared.
        masked: what masks keep out, as it was said.
    """

    catalogue: str
    shots: tuple[Shot, ...]
    territory: str
    masked: tuple[str, ...]


def entered_where(drawn: Drawn | None = None) -> tuple[str, str]:
    """The catalogue's folder whose ledger gets a result, "": none; and a doubt in words where it isn't there.

    It is the one that was drawn on, else $VFX_AI_CATALOGUE.
    """
    if drawn is not None and not _TRIAL.get():
        return drawn.catalogue, ""
    named = os.environ.get(CATALOGUE, "")
    if not named or _TRIAL.get():
        return "", ""
    place = Path(named).expanduser()
    if (place / NAME).is_file():
        return str(place.absolute()), ""
    return "", f"The result wasn't entered in the studio's ledger: ${CATALOGUE} is {named}, and there is no catalogue."


@contextmanager
def trial() -> Iterator[None]:
    """Within it no result is entered: what is made is a preview, or is thrown away."""
    before = _TRIAL.set(True)
    try:
        yield
    finally:
        _TRIAL.reset(before)


def enter_result(
    folder: str | Path,
    result: str | Path,
    files: Mapping[int, str],
    *,
    engine: str,
    models: Iterable[Mapping[str, Any]] = (),
    inputs: Read,
    drawn: Drawn | None = None,
    made: Mapping[int, str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Enter a result in a catalogue's ledger, unless its last entry there says the same.

    Args:
        folder: of the catalogue.
        result: the pattern of its files.
        files: sha256 of each file, by frame.
        engine: that made it.
        models: {"name", "sha256" ...} of networks whose output is in it.
        inputs: what files were asked for as, and their sha256 in order, an item for each sequence: those that are of
            shots of the catalogue lent their pixels.
        drawn: what was cleared for it.
        made: sha256 of files that hold what a model made by itself, by frame.
        more: what else is known of it: kind, job ...

    Returns:
        What the sidecar says of it: "catalogue", "entry" (its number), "hash".

    Raises:
        InputError: there is no catalogue. VerifyError: its ledger was changed. OutputError: it can't be written.
    """
    with opened(folder) as catalogue:
        says = known(catalogue.folder)
        what = {
            "result": str(Path(result).absolute()),
            "files": {str(number): sha256 for number, sha256 in sorted(files.items())},
            "engines": [engine],
            "models": [_named(one) for one in models if one.get("sha256")],
            "references": _lent(catalogue, says, inputs, drawn.shots if drawn else ()),
            **({"made": {str(number): sha256 for number, sha256 in sorted(made.items())}} if made else {}),
            **({"territory": drawn.territory, "masked": [*drawn.masked]} if drawn else {}),
            **more,
        }
        last = next((one for one in reversed(says.results) if one.what["result"] == what["result"]), None)
        entry = last if last is not None and last.what == what else _record(catalogue, what)
        return {"catalogue": str(catalogue.folder), "entry": entry.n, "hash": entry.hash}


def _record(catalogue: Catalogue, what: dict[str, Any]) -> Entry:
    return ledger.record_all(catalogue.folder, [("result", what)])[0]


def _named(model: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(model.get(name, "")) for name in ("name", "sha256")}


def _lent(catalogue: Catalogue, says: Known, inputs: Read, cleared: Iterable[Shot]) -> list[dict[str, str]]:
    """Shots that were cleared for it or whose files were read, as entries of the ledger name them."""
    found = {fact["shot"]: fact for fact in facts_of(catalogue, cleared)}
    for _, what in lenders(catalogue, says, inputs):
        rights = says.rights.get(str(what["title"]), "")
        named = {name: str(what[name]) for name in ("shot", "title", "content")}
        found.setdefault(named["shot"], {**named, "rights": rights})
    return list(found.values())
