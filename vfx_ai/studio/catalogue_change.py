"""What changes in a catalogue beside adding: a title's rights, what is removed, what is withdrawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from vfx_ai.errors import RightsError
from vfx_ai.studio import ledger
from vfx_ai.studio.catalogue import shot_named, shots_of, title_of
from vfx_ai.studio.catalogue_base import Catalogue, changing
from vfx_ai.studio.catalogue_words import forget_words
from vfx_ai.studio.descent import Known
from vfx_ai.studio.rights import believed
from vfx_ai.studio.rights_file import read_rights
from vfx_ai.studio.rights_terms import Rights


@dataclass(frozen=True)
class Withdrawal:
    """What a withdrawal reaches.

    Attributes:
        title: that was withdrawn.
        when: ISO 8601, UTC.
        why: as given.
        shots: names of its shots.
        models: {"name", "sha256"} of models that were trained on them, also by way of another model: train them anew.
        results: what was made with those models, or with its shots as references.
    """

    title: str
    when: str
    why: str
    shots: tuple[str, ...]
    models: tuple[dict[str, str], ...]
    results: tuple[str, ...]


def set_rights(catalogue: Catalogue, title: str, file: str | Path) -> Rights:
    """Give a title other rights; the catalogue keeps a copy, and the ledger its hash.

    Raises:
        InputError: the file can't be read, or says something that isn't a right.
        RightsError: the title is withdrawn, and the file wasn't signed off after that.
        JobError: there is no such title.
    """
    rights = read_rights(Path(file).expanduser())
    with changing(catalogue):
        title_of(catalogue, title)
        ledger.record_all(catalogue.folder, rights_change(catalogue, title, rights))
    return rights


def refuse_before_withdrawal(title: str, rights: Rights, known: Known) -> None:
    """Returns unless a title is withdrawn, and rights weren't signed off on a later day.

    Raises:
        RightsError: so it is.
    """
    withdrawn = known.withdrawn.get(title)
    if withdrawn is not None and rights.signed_on <= date.fromisoformat(withdrawn.at[:10]):
        raise RightsError(
            f"{title} was withdrawn on {withdrawn.at[:10]}, and these rights were signed off on {rights.signed_on}",
            file=rights.file,
            remedy="Have it signed off anew, after the withdrawal.",
        )


def rights_change(catalogue: Catalogue, title: str, rights: Rights) -> list[tuple[str, dict[str, Any]]]:
    """Write a title's rights into the database, within a change of it, and give the ledger's entries for that.

    Raises:
        RightsError: see `set_rights`.
    """
    known = believed(catalogue)
    refuse_before_withdrawal(title, rights, known)
    file = str(Path(rights.file).absolute())
    catalogue.base.execute(
        "UPDATE titles SET rights = ?, rights_file = ?, withdrawn = '', why = '' WHERE title = ?",
        (rights.text, file, title),
    )
    # All that ever counted are kept: what was made under them is traced to them.
    catalogue.base.execute("INSERT OR IGNORE INTO rights VALUES (?, ?, ?)", (rights.identity, rights.text, file))
    lifts = title in known.withdrawn
    if not lifts and known.rights.get(title) == rights.identity:
        return []
    what = {"title": title, "rights": rights.identity, "owner": rights.owner, "file": rights.file, "lifts": lifts}
    return [("rights", what)]


def remove(catalogue: Catalogue, shot_or_title: str) -> tuple[str, ...]:
    """Take a shot, or a title with all its shots, out of the catalogue; footage and ledger stay.

    Returns:
        Names of the shots that were taken out.

    Raises:
        JobError: there is no such shot or title.
    """
    with changing(catalogue):
        shot = shot_named(catalogue, shot_or_title)
        title = title_of(catalogue, shot_or_title).title if shot is None else shot.title
        gone = shots_of(catalogue, title=title) if shot is None else (shot,)
        ledger.record(catalogue.folder, "removal", title=title, shots=[one.name for one in gone])
        forget_words(catalogue, [one.id for one in gone])
        catalogue.base.executemany("DELETE FROM shots WHERE id = ?", [(one.id,) for one in gone])
        if shot is None:
            catalogue.base.execute("DELETE FROM titles WHERE title = ?", (title,))
    return tuple(one.name for one in gone)


def withdraw(catalogue: Catalogue, title: str, why: str = "") -> Withdrawal:
    """Withdraw a title: nothing of it is cleared from now on, and what came of it is marked in the ledger.

    Args:
        catalogue: where it is.
        title: also one that was removed, as long as the ledger knows it.
        why: in words.

    Raises:
        JobError: neither catalogue nor ledger know the title. RightsError: the ledger was changed.
    """
    with changing(catalogue):
        known = believed(catalogue)
        if not any(title in titles for titles in known.contents.values()):
            title_of(catalogue, title)
        shots, models, results = known.came_of(title)
        reason = " ".join(why.split()) or "no reason was given"
        what = {"title": title, "why": reason, "shots": list(shots), "models": list(models), "results": list(results)}
        entry = ledger.record(catalogue.folder, "withdrawal", **what)
        catalogue.base.execute("UPDATE titles SET withdrawn = ?, why = ? WHERE title = ?", (entry.at, reason, title))
    return Withdrawal(title, entry.at, reason, shots, models, results)
