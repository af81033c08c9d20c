"""Adding footage: what is found is measured, and each sequence or movie comes in whole or not at all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from vfx_ai.errors import InputError, Interrupted, JobError
from vfx_ai.job import Event, Progress, silent
from vfx_ai.studio import ledger
from vfx_ai.studio.catalogue_base import Catalogue, changing, stopper
from vfx_ai.studio.catalogue_change import refuse_before_withdrawal, rights_change
from vfx_ai.studio.catalogue_keep import Asked, keep, rows_of, tell_more
from vfx_ai.studio.found import footage_in
from vfx_ai.studio.measure import measured, unchanged
from vfx_ai.studio.rights import believed
from vfx_ai.studio.rights_file import read_rights

MOST_LETTERS = 200  # of a title or a tag


@dataclass(frozen=True)
class Added:
    """What came into the catalogue.

    Attributes:
        title: what it is part of.
        shots: names of the shots that were added.
        changed: of those that were there before and whose files have changed since; they were measured anew.
        known: how many were there already, as they are.
        skipped: what couldn't be read, and why.
        seconds: that it took.
    """

    title: str
    shots: tuple[str, ...]
    changed: tuple[str, ...]
    known: int
    skipped: tuple[tuple[str, str], ...]
    seconds: float


def add(
    catalogue: Catalogue,
    what: str | Path,
    *,
    title: str,
    rights: str | Path = "",
    tags: Iterable[str] = (),
    notes: str = "",
    colorspace: str = "",
    cuts: bool = True,
    progress: Progress = silent,
    cancelled: Callable[[], bool] = lambda: False,
) -> Added:
    """Add a folder, a sequence, a still or a movie. Stopped, it goes on where it was when it is called again.

    Args:
        catalogue: where to, opened with `make`.
        what: folder, pattern or file; the footage stays there.
        title: what it is part of.
        rights: a rights file; "": the title keeps those that it has, or has none.
        tags, notes: of every shot of it; those that are there get them as well.
        colorspace: what the numbers mean; "": as was given before, else the files say it, and movies are taken for
            Rec.709 video. Where another one was given before, the footage is measured anew.
        cuts: movies are split into shots.
        progress, cancelled: as for a run.

    Raises:
        InputError: nothing is there, or nothing of it can be read.
        RightsError: the rights file can't clear a title that was withdrawn, or the ledger was changed.
        JobError: a title, tag or color space makes no sense.
        Interrupted: it was stopped; what was added stays.
    """
    clock = time.perf_counter()
    terms = read_rights(Path(rights).expanduser()) if rights else None
    asked = Asked(_named(title, "title"), terms, _tags(tags), " ".join(notes.split()), colorspace, cuts)
    found = list(footage_in(what))
    if not found:
        raise InputError("there is no picture and no movie in it", file=what, remedy="Name a folder with footage.")
    _keep_rights(catalogue, asked)
    shots: list[str] = []
    changed: list[str] = []
    skipped: list[tuple[str, str]] = []
    same = 0
    check = stopper(cancelled, lambda: f"stopped; {len(shots)} shots were added")
    for done, one in enumerate(found):
        check()
        progress(Event("stage" if not done else "step", "analyse", one.name, done, len(found)))
        try:
            there = rows_of(catalogue, one, asked.title)
            space = colorspace or (there[0].colorspace if there else "")
            if there and space == there[0].colorspace and unchanged(one, there[0].files):
                same += len(there)
                tell_more(catalogue, asked, there)
                continue
            shots_of_it = measured(one, space, cuts=cuts, check=check)
            new, old = keep(catalogue, replace(asked, colorspace=space), one, shots_of_it)
        except Interrupted:
            raise
        except (InputError, JobError) as error:
            if len(found) == 1:
                raise
            skipped.append((str(one.path), error.message))
            progress(Event("warning", "analyse", f"{one.path} is left out: {error.message}"))
            continue
        shots += new
        changed += old
    progress(Event("step", "analyse", "", len(found), len(found)))
    if skipped and not (shots or changed or same):
        raise InputError(f"nothing of it came in: {skipped[0][1]}", file=skipped[0][0], remedy="Check the files.")
    return Added(asked.title, tuple(shots), tuple(changed), same, tuple(skipped), time.perf_counter() - clock)


def _named(text: str, what: str) -> str:
    words = " ".join(text.split())
    if not words or len(words) > MOST_LETTERS or not words.isprintable():
        raise JobError(f"the {what} is {text!r}", remedy=f"Give 1 to {MOST_LETTERS} letters.")
    return words


def _tags(tags: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_named(tag, "tag").casefold() for tag in tags if tag.strip()))


def _keep_rights(catalogue: Catalogue, asked: Asked) -> None:
    """Rights of a title that is there; one that isn't gets them with its first shots."""
    if asked.rights is None:
        return
    with changing(catalogue):
        refuse_before_withdrawal(asked.title, asked.rights, believed(catalogue))
        if catalogue.base.execute("SELECT 1 FROM titles WHERE title = ?", (asked.title,)).fetchone():
            ledger.record_all(catalogue.folder, rights_change(catalogue, asked.title, asked.rights))
