"""What goes into the ledger of a run: which shots it used, under which rights, and the hashes of what it made."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from vfx_ai.studio import ledger
from vfx_ai.studio.catalogue import Shot, titles_of
from vfx_ai.studio.catalogue_base import Catalogue
from vfx_ai.studio.contents import sign
from vfx_ai.studio.ledger_chain import Entry


def facts_of(catalogue: Catalogue, shots: Iterable[Shot]) -> list[dict[str, str]]:
    """Shots as entries of the ledger name them: shot, title, content, and rights (the sha256 of their text)."""
    rights = {t.title: t.rights.identity if t.rights else "" for t in titles_of(catalogue)}
    return [
        {"shot": shot.name, "title": shot.title, "content": shot.content, "rights": rights[shot.title]}
        for shot in shots
    ]


def record_training(
    catalogue: Catalogue,
    name: str,
    shots: Iterable[Shot],
    covered: Mapping[str, Collection[str]] = MappingProxyType({}),
    **more: Any,
) -> Entry:
    """Enter a training run, before it begins: `cleared_shots(catalogue, "training")` comes first.

    Args:
        catalogue: whose shots they are.
        name: of the model that it makes.
        shots: that it is trained on.
        covered: what mattes keep out of it, by names of shots; see `rights.cleared`.
        more: what else is known of it: steps, seed ...

    Returns:
        The entry; its `hash` is what `record_model` names.
    """
    facts = [
        {**fact, "masked": [*covered[fact["shot"]]]} if covered.get(fact["shot"]) else fact
        for fact in facts_of(catalogue, shots)
    ]
    return ledger.record(catalogue.folder, "training", name=name, shots=facts, **more)


def record_model(
    catalogue: Catalogue,
    name: str,
    file: str | Path,
    training: Entry | str,
    *,
    base: Iterable[dict[str, str]] = (),
    licence: str = "",
    sha256: str = "",
    **more: Any,
) -> Entry:
    """Enter a finished model.

    Args:
        catalogue: in whose ledger.
        name: of the model.
        file: its weights, one file; or its folder.
        training: the entry of the run that made it, or its hash.
        base: the models that it began with: {"name", "sha256"} each.
        licence: that it has.
        sha256: by which results name it, see `model.Model.known_by`; "": that of the file.
        more: what else is known of it.

    Raises:
        InputError: the file can't be read.
    """
    path = Path(file).absolute()
    run = training if isinstance(training, str) else training.hash
    whole = {"name": name, "file": str(path), "sha256": sha256 or sign(path, 0).sha256, "training": run}
    return ledger.record(catalogue.folder, "model", **whole, base=[*base], licence=licence, **more)
