"""What a Python caller asks of the studio's own footage: the catalogue, rights, and what results came of."""

from __future__ import annotations

from collections.abc import Callable, Collection
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

from vfx_ai.door.calls import never

if TYPE_CHECKING:
    from datetime import date

    from vfx_ai.entering import Entered
    from vfx_ai.job import Progress
    from vfx_ai.studio.catalogue import Shot, Title
    from vfx_ai.studio.catalogue_add import Added
    from vfx_ai.studio.catalogue_change import Withdrawal
    from vfx_ai.studio.catalogue_check import Checked
    from vfx_ai.studio.catalogue_find import Match
    from vfx_ai.studio.rights import Clearance
    from vfx_ai.studio.rights_terms import Rights
    from vfx_ai.studio.trace import Trace

Folder = str | PathLike[str]


def catalogue_add(
    catalogue: Folder,
    what: str | PathLike[str],
    *,
    title: str,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    **fields: Any,
) -> Added:
    """Add footage to a catalogue, as `vfx-ai catalogue add` does; the folder is made if it isn't there.

    Args:
        catalogue: its folder.
        what: folder, sequence, still or movie.
        title: what it is part of.
        progress, cancelled: as for `inpaint`.
        fields: rights (a file), tags, notes, colorspace, cuts (False: a movie is one shot).

    Raises:
        VfxAiError: nothing can be read, or the rights file says something that isn't a right.
        TypeError: `fields` has another name.
    """
    from vfx_ai.job import silent
    from vfx_ai.studio.catalogue_add import add
    from vfx_ai.studio.catalogue_base import opened

    with opened(fspath(catalogue), make=True) as base:
        return add(base, fspath(what), title=title, progress=progress or silent, cancelled=cancelled or never, **fields)


def catalogue_list(catalogue: Folder, *, title: str = "", tag: str = "", most: int = 0) -> tuple[Shot, ...]:
    """The shots of a catalogue, as `vfx-ai catalogue list` tells them; `most` 0: all.

    Raises:
        VfxAiError: there is no catalogue, it is damaged, or there is no such title.
    """
    from vfx_ai.studio.catalogue import opened, shots_of

    with opened(fspath(catalogue)) as base:
        return shots_of(base, title=title, tag=tag, most=most)


def catalogue_titles(catalogue: Folder) -> tuple[Title, ...]:
    """The titles of a catalogue, and the rights of each.

    Raises:
        VfxAiError: there is no catalogue, or it is damaged.
    """
    from vfx_ai.studio.catalogue import opened, titles_of

    with opened(fspath(catalogue)) as base:
        return titles_of(base)


def catalogue_thumbnail(catalogue: Folder, shot: str) -> bytes:
    """A shot's thumbnail: a JPEG of at most 256 pixels a side, through the display view.

    Raises:
        VfxAiError: there is no catalogue, or no such shot.
    """
    from vfx_ai.studio.catalogue import find_shot, opened
    from vfx_ai.studio.looks_kept import thumbnail_of

    with opened(fspath(catalogue)) as base:
        return thumbnail_of(base, find_shot(base, shot))


def catalogue_find(
    catalogue: Folder,
    words: str = "",
    *,
    color: str = "",
    like: str | PathLike[str] = "",
    text: str = "",
    model: str = "",
    use: str = "commercial",
    policy: str = "",
    models_dir: str = "",
    most: int = 20,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> tuple[Match, ...]:
    """Shots by words, a color, a picture or what they show, the best first, as `vfx-ai catalogue find` tells them.

    Args:
        catalogue: its folder.
        words: that title, name, tags or notes have, or longer ones that begin so.
        color: "#c86432", "200,100,50" or a name.
        like: a picture.
        text: what they are to show, compared by a model of words and pictures.
        model, use, policy, models_dir: which model of the registry; "": the only one of its kind.
        most: so many; 0: all.
        progress, cancelled: as for `inpaint`, while the model sees shots for the first time.

    Raises:
        VfxAiError: nothing was asked, the picture can't be read, or there is no such model.
    """
    from vfx_ai.job import silent
    from vfx_ai.studio.catalogue_find import find_in

    return find_in(
        fspath(catalogue),
        words,
        color=color,
        like=fspath(like),
        text=text,
        model=model,
        use=use,
        policy=policy,
        models_dir=fspath(models_dir),
        most=most,
        progress=progress or silent,
        cancelled=cancelled or never,
    )


def catalogue_remove(catalogue: Folder, shot_or_title: str) -> tuple[str, ...]:
    """Take a shot, or a title with its shots, out of a catalogue; gives their names. Footage and ledger stay.

    Raises:
        VfxAiError: there is no such shot or title.
    """
    from vfx_ai.studio.catalogue_base import opened
    from vfx_ai.studio.catalogue_change import remove

    with opened(fspath(catalogue)) as base:
        return remove(base, shot_or_title)


def catalogue_rights(catalogue: Folder, title: str, file: str | PathLike[str]) -> Rights:
    """Give a title other rights, of a file, as `vfx-ai catalogue rights` does.

    Raises:
        VfxAiError: the file says something that isn't a right (the message names line and field), or can't lift a
            withdrawal.
    """
    from vfx_ai.studio.catalogue_base import opened
    from vfx_ai.studio.catalogue_change import set_rights

    with opened(fspath(catalogue)) as base:
        return set_rights(base, title, fspath(file))


def catalogue_cleared(
    catalogue: Folder,
    use: str,
    *,
    titles: Collection[str] = (),
    tags: Collection[str] = (),
    shots: Collection[str] = (),
    territory: str = "world",
    on: date | None = None,
    masked: Collection[str] = (),
) -> Clearance:
    """Which shots may be used, and why the others may not, as `vfx-ai catalogue cleared` tells it.

    Args:
        catalogue: its folder.
        use: "reference", "training", "generation" or "publicity".
        titles, tags, shots: of these; all empty: every shot.
        territory: "world", or a country's code.
        on: the day; None: today.
        masked: what mattes keep out of the use: "faces", names of people, "people".

    Raises:
        RightsError: the ledger was changed, so that nothing is cleared.
        VfxAiError: there is no such title, shot or use.
    """
    from vfx_ai.studio.catalogue_base import opened
    from vfx_ai.studio.rights import cleared_shots

    with opened(fspath(catalogue)) as base:
        return cleared_shots(
            base, use, titles=titles, tags=tags, shots=shots, territory=territory, on=on, masked=masked
        )


def catalogue_check(
    catalogue: Folder,
    *,
    contents: bool = False,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Checked:
    """What changed or vanished, whose rights end, and whether the ledger is unbroken, as `vfx-ai catalogue check`.

    Raises:
        VfxAiError: there is no catalogue, or it is damaged.
    """
    from vfx_ai.job import silent
    from vfx_ai.studio.catalogue_base import opened
    from vfx_ai.studio.catalogue_check import check

    with opened(fspath(catalogue)) as base:
        return check(base, contents=contents, progress=progress or silent, cancelled=cancelled or never)


def catalogue_withdraw(catalogue: Folder, title: str, why: str = "") -> Withdrawal:
    """Withdraw a title, as `vfx-ai catalogue withdraw` does; gives the models and results that came of it.

    Raises:
        VfxAiError: there is no such title, or the ledger was changed.
    """
    from vfx_ai.studio.catalogue_base import opened
    from vfx_ai.studio.catalogue_change import withdraw

    with opened(fspath(catalogue)) as base:
        return withdraw(base, title, why)


def catalogue_enter(catalogue: Folder, result: str | PathLike[str]) -> Entered:
    """Enter a result that was made elsewhere in a catalogue's ledger, as `vfx-ai catalogue enter` does.

    Args:
        catalogue: its folder.
        result: the sidecar, the pattern or the folder of a result.

    Raises:
        VfxAiError: there is no sidecar, a file isn't what it says, or there is no catalogue.
    """
    from vfx_ai.entering import enter_sidecar

    return enter_sidecar(fspath(result), fspath(catalogue))


def trace(result: str | PathLike[str], catalogue: Folder = "") -> Trace:
    """What one file of a result came of, as `vfx-ai trace` tells it.

    Args:
        result: the file.
        catalogue: the folder whose ledger is asked; "": that of $VFX_AI_CATALOGUE, else the one that its sidecar names.

    Raises:
        VfxAiError: the file can't be read, or the ledger was changed.
    """
    from vfx_ai.studio.trace import trace as traced

    return traced(fspath(result), fspath(catalogue))
