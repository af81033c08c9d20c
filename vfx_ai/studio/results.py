"""Results enter the ledger: which models and which shots of the catalogue went into them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from vfx_ai.studio import ledger
from vfx_ai.studio.catalogue_base import NAME, Catalogue, opened
from vfx_ai.studio.contents import content_of_hashes
from vfx_ai.studio.descent import Known, known
from vfx_ai.studio.ledger_chain import Entry
from vfx_ai.studio.own_models import CATALOGUE

_TRIAL: ContextVar[bool] = ContextVar("trial", default=False)
NO_PIXELS = ("matte", "mask", "camera")  # what is read, and lends none


def studio_catalogue() -> tuple[str, str]:
    """The folder of $VFX_AI_CATALOGUE, "" without one; and a doubt in words where it isn't there."""
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
    inputs: Mapping[str, Iterable[str]],
    **more: Any,
) -> dict[str, Any]:
    """Enter a result in a catalogue's ledger, unless its last entry there says the same.

    Args:
        folder: of the catalogue.
        result: the pattern of its files.
        files: sha256 of each file, by frame.
        engine: that made it.
        models: {"name", "sha256" ...} of networks whose output is in it.
        inputs: sha256 of the files that were read, in order, by what they were asked for as: those that are shots of
            the catalogue lent their pixels.
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
            "references": _lent(says, inputs),
            **more,
        }
        last = next((one for one in reversed(says.results) if one.what["result"] == what["result"]), None)
        entry = last if last is not None and last.what == what else _record(catalogue, what)
        return {"catalogue": str(catalogue.folder), "entry": entry.n, "hash": entry.hash}


def _record(catalogue: Catalogue, what: dict[str, Any]) -> Entry:
    return ledger.record_all(catalogue.folder, [("result", what)])[0]


def _named(model: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(model.get(name, "")) for name in ("name", "sha256")}


def _lent(says: Known, inputs: Mapping[str, Iterable[str]]) -> list[dict[str, str]]:
    """Shots whose files were read, as entries of the ledger name them."""
    shots = {str(entry.what["content"]): entry.what for entry in says.shots.values()}
    found = {}
    for field, hashes in inputs.items():
        what = shots.get(content_of_hashes(hashes)) if field not in NO_PIXELS else None
        if what is not None:
            rights = says.rights.get(str(what["title"]), "")
            found[str(what["shot"])] = {**{n: str(what[n]) for n in ("shot", "title", "content")}, "rights": rights}
    return list(found.values())
