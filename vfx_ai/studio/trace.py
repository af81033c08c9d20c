"""What a result came of: engines, frames, models, the shots that they were trained on, and under which rights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vfx_ai.errors import InputError
from vfx_ai.media.pattern import output_path
from vfx_ai.studio.carried import Carried, carried_by
from vfx_ai.studio.catalogue_base import Catalogue, opened
from vfx_ai.studio.contents import sign
from vfx_ai.studio.descent import Known, known
from vfx_ai.studio.ledger_chain import Entry
from vfx_ai.studio.lenders import lenders
from vfx_ai.studio.own_models import catalogues
from vfx_ai.studio.rights_file import rights_from


@dataclass(frozen=True)
class Lent:
    """A shot that went into a result.

    Attributes:
        shot, title: names.
        rights: sha256 of the rights under which it did; "": none.
        terms: these rights in words; "": the catalogue doesn't have them.
        withdrawn: when the title was withdrawn since; "": it wasn't.
        known_as: "": it is in the ledger; else how it is known.
    """

    shot: str
    title: str
    rights: str
    terms: str
    withdrawn: str
    known_as: str = ""


@dataclass(frozen=True)
class TracedModel:
    """A model whose output is in a result.

    Attributes:
        name, sha256, licence: of the model.
        base: names of the models that it began with.
        trained_on: shots, also those of the base; empty: the ledger doesn't know.
        known: it is in the ledger.
        told: what the sidecar says that it was trained on; "": nothing.
        withdrawn: titles among those that were withdrawn: it must be trained anew.
    """

    name: str
    sha256: str
    licence: str
    base: tuple[str, ...]
    trained_on: tuple[Lent, ...]
    known: bool
    told: str
    withdrawn: tuple[str, ...]


@dataclass(frozen=True)
class Trace:
    """What a result came of.

    Attributes:
        result: the file.
        sha256: of it.
        told_by: what says so: its header, its channels, a sidecar, the ledger's entry.
        entry: number of the ledger's entry; 0: it has none.
        engines: that made its pixels.
        pixels: how many came from where; the plate's own don't count.
        frames: how many pixels each frame gave.
        models: networks whose output is in it.
        references: shots of the catalogue that lent their pixels.
        withdrawn: titles in all that which were withdrawn.
        notes: what can't be answered, and why.
    """

    result: str
    sha256: str
    told_by: tuple[str, ...]
    entry: int
    engines: tuple[str, ...]
    pixels: dict[str, int]
    frames: dict[int, int]
    models: tuple[TracedModel, ...]
    references: tuple[Lent, ...]
    withdrawn: tuple[str, ...]
    notes: tuple[str, ...]


def trace(result: str | Path, catalogue: str | Path = "") -> Trace:
    """What one file of a result came of.

    Args:
        result: the file.
        catalogue: the folder of the catalogue whose ledger is asked; "": that of $VFX_AI_CATALOGUE, else the one that
            the result's sidecar names, if it is on this machine; else rights aren't known.

    Raises:
        InputError: the file can't be read, or there is no such catalogue.
        VerifyError: the ledger was changed.
    """
    path = Path(result).expanduser().absolute()
    sha256 = sign(path, 0).sha256
    said = carried_by(path, sha256)
    found = str(catalogue) or next((str(place) for place in catalogues(said.catalogue)), "")
    if not found:
        models = tuple(_model(one, Known(), {}) for one in said.models)
        notes = (*_silent(said), *(["Give --catalogue to learn of training and rights."] if models else []))
        return _trace(path, sha256, said, 0, models, (), (), notes)
    asked = () if catalogue else (f"The ledger of {found} was asked.",)
    with opened(found) as base:
        ledger_says, terms = known(base.folder), _terms(base)
        read = lenders(base, ledger_says, said.inputs)
    entry, notes = _entry(ledger_says, path, sha256)
    named = {str(one.get("sha256") or one.get("name")): one for one in said.models}
    for one in entry.what["models"] if entry else ():
        named.setdefault(str(one.get("sha256") or one.get("name")), one)
    models = tuple(_model(one, ledger_says, terms) for one in named.values())
    facts = list(entry.what["references"]) if entry else []
    lent = [_lent(fact, ledger_says, terms) for fact in facts]
    entered = {one.shot for one in lent}
    lent += [
        _lent(what, ledger_says, terms, f"read as {field}, by what its files hold")
        for field, what in read
        if what["shot"] not in entered
    ]
    withdrawn = {one.title for one in lent if one.withdrawn} | {title for model in models for title in model.withdrawn}
    for fact in facts:
        withdrawn |= ledger_says.titles_of(fact) & ledger_says.withdrawn.keys()
    told = replace(said, told_by=(*said.told_by, *([f"the ledger's entry {entry.n}"] if entry else [])))
    engines = tuple(dict.fromkeys([*([said.engine] if said.engine else []), *(entry.what["engines"] if entry else [])]))
    made = _trace(path, sha256, told, entry.n if entry else 0, models, tuple(lent), tuple(sorted(withdrawn)), notes)
    return replace(made, engines=engines, notes=(*_silent(told), *asked, *made.notes))


def _trace(
    path: Path,
    sha256: str,
    said: Carried,
    entry: int,
    models: tuple[TracedModel, ...],
    references: tuple[Lent, ...],
    withdrawn: tuple[str, ...],
    notes: tuple[str, ...],
) -> Trace:
    engines = (said.engine,) if said.engine else ()
    return Trace(
        str(path), sha256, said.told_by, entry, engines, said.pixels, said.frames, models, references, withdrawn, notes
    )


def _silent(said: Carried) -> tuple[str, ...]:
    if not said.told_by:
        return ("Nothing says how this file was made: it has no record of vfx-ai, and none lies beside it.",)
    if not said.pixels:
        return ("It has no channels that tell where its pixels came from (they are left out by --no-aovs).",)
    return ()


def _entry(says: Known, path: Path, sha256: str) -> tuple[Entry | None, tuple[str, ...]]:
    """The last entry for this very file; else for its place, with a note that it isn't the file that was made."""
    for entry in reversed(says.results):
        made = entry.what.get("made")
        if sha256 in entry.what["files"].values() or (isinstance(made, dict) and sha256 in made.values()):
            return entry, ()
    for entry in reversed(says.results):
        pattern = Path(str(entry.what["result"]))
        if pattern.parent == path.parent and any(
            output_path(str(pattern), int(number)).name == path.name for number in entry.what["files"]
        ):
            return None, (f"The ledger's entry {entry.n} made another file of this name: this one was changed since.",)
    return None, ("The ledger has no entry for it: nothing of the catalogue went into it, or not by its commands.",)


def _model(said: dict[str, Any], says: Known, terms: dict[str, str]) -> TracedModel:
    sha256, name = str(said.get("sha256", "")), str(said.get("name", ""))
    entry = says.models.get(sha256)
    if entry is None and not sha256:
        entry = next((one for one in reversed([*says.models.values()]) if one.what["name"] == name), None)
    facts = says.facts_of_model(str(entry.what["sha256"])) if entry else ()
    lent = tuple(_lent(fact, says, terms) for fact in facts) or _carried(said, says, terms)
    return TracedModel(
        name or (str(entry.what["name"]) if entry else ""),
        sha256 or (str(entry.what["sha256"]) if entry else ""),
        str(said.get("licence") or (entry.what.get("licence", "") if entry else "")),
        tuple(str(base.get("name", "")) for base in (entry.what.get("base") or [] if entry else [])),
        lent,
        entry is not None,
        str(said.get("trained_on") or ""),
        says.withdrawn_among(facts),
    )


def _carried(said: dict[str, Any], says: Known, terms: dict[str, str]) -> tuple[Lent, ...]:
    """What a model was trained on, as its own file said when it was used: the ledger doesn't know it."""
    training = said.get("training")
    shots = training.get("shots") if isinstance(training, dict) else None
    facts = [one for one in shots if isinstance(one, dict)] if isinstance(shots, list) else []
    return tuple(_lent(fact, says, terms, "by what the model says of itself") for fact in facts)


def _lent(fact: dict[str, Any], says: Known, terms: dict[str, str], known_as: str = "") -> Lent:
    titles = says.withdrawn_among([fact])
    rights = str(fact.get("rights", ""))
    when = says.withdrawn[titles[0]].at[:10] if titles else ""
    return Lent(str(fact.get("shot")), str(fact.get("title")), rights, terms.get(rights, ""), when, known_as)


def _terms(catalogue: Catalogue) -> dict[str, str]:
    """All rights that ever counted, in words, by their hash."""
    words = {}
    for sha256, text, file in catalogue.base.execute("SELECT sha256, text, file FROM rights"):
        try:
            rights = rights_from(text, file)
        except InputError:
            continue
        if rights.identity == sha256:
            until = f"until {rights.until}" if rights.until else "without end"
            words[sha256] = (
                f"{', '.join(rights.uses) or 'nothing'} cleared by {rights.owner} for {', '.join(rights.territory)} "
                f"{until}, signed off by {rights.signed_by} on {rights.signed_on}"
            )
    return words
