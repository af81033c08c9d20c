"""Whether a model that was trained on the catalogue may be used now: training was cleared then, and things change."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from vfx_ai.errors import RightsError
from vfx_ai.studio.catalogue import shot_named
from vfx_ai.studio.catalogue_base import Catalogue
from vfx_ai.studio.rights import believed, cleared_shots, refused_error
from vfx_ai.studio.rights_terms import WORLD


def cleared_model(
    catalogue: Catalogue,
    sha256: str,
    use: str = "generation",
    *,
    territory: str = WORLD,
    on: date | None = None,
    masked: Collection[str] = (),
) -> None:
    """Returns if a model may be used: the ledger knows it, and every shot that it learned from is cleared for the use.

    Args:
        catalogue: in whose ledger it is.
        sha256: of its file.
        use, territory, on, masked: as for `rights.cleared`; what the training masked counts as masked, too.

    Raises:
        RightsError: it may not, or the ledger was changed.
    """
    known = believed(catalogue)
    entry = known.models.get(sha256)
    if entry is None:
        raise RightsError(
            f"the ledger doesn't know this model: no training that it knows made this file ({sha256[:12]})",
            file=catalogue.folder,
            remedy="Use one that was trained on this catalogue, or name the catalogue that it was trained on.",
        )
    name, facts = str(entry.what["name"]), known.facts_of_model(sha256)
    for fact in facts:
        if withdrawn := known.withdrawn_among([fact]):
            when = known.withdrawn[withdrawn[0]]
            raise RightsError(
                f"model {name} can't be used: it was trained on {fact.get('shot')}, and {', '.join(withdrawn)} was "
                f"withdrawn on {when.at[:10]} ({when.what['why']})",
                file=catalogue.folder,
                remedy="Train it anew without it, or use another model.",
            )
    together: dict[frozenset[str], list[str]] = {}
    for fact in facts:
        shot = shot_named(catalogue, str(fact.get("shot")))
        if shot is None or shot.content != fact.get("content"):
            raise RightsError(
                f"{fact.get('shot')}, which model {name} was trained on, isn't in the catalogue any more as it was",
                file=catalogue.folder,
                remedy="Add it again with its rights, or train the model anew.",
            )
        covered = fact.get("masked")
        covers = frozenset([*masked, *(str(word) for word in (covered if isinstance(covered, list) else []))])
        together.setdefault(covers, []).append(shot.name)
    for covers, names in together.items():
        found = cleared_shots(catalogue, use, shots=names, territory=territory, on=on, masked=covers)
        if found.refused:
            error = refused_error(catalogue, found.refused)
            raise RightsError(
                f"model {name} can't be used: {error.message}",
                file=error.file,
                remedy=f"{error.remedy} Or train the model anew without that shot.",
            )
