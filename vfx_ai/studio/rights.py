"""Whether footage may be used for something: the one place that says so, and what would clear it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase

from vfx_ai.errors import InputError, JobError, RightsError, VerifyError
from vfx_ai.studio.catalogue import Shot, Title, no_such, shot_named, shots_of, titles_of
from vfx_ai.studio.catalogue_base import Catalogue
from vfx_ai.studio.descent import Known, known
from vfx_ai.studio.rights_terms import GROUPS, USES, WORLD, Rights, is_country


@dataclass(frozen=True)
class Refusal:
    """Why a shot may not be used.

    Attributes:
        shot: its name; the title's where it has no shots.
        title: what it is part of.
        use: that was asked for, of USES.
        missing: the right that is missing, in words.
        remedy: what would clear it, as a sentence.
    """

    shot: str
    title: str
    use: str
    missing: str
    remedy: str


@dataclass(frozen=True)
class Clearance:
    """What of a selection may be used.

    Attributes:
        allowed: the shots that may.
        refused: the others, each with every reason.
    """

    allowed: tuple[Shot, ...]
    refused: tuple[Refusal, ...]


@dataclass(frozen=True)
class _Asked:
    """A use, where, when, and what is covered by mattes."""

    use: str
    territory: str
    on: date
    masked: frozenset[str]


def cleared(
    catalogue: Catalogue,
    shot_or_title: str,
    use: str,
    *,
    territory: str = WORLD,
    on: date | None = None,
    masked: Collection[str] = (),
) -> None:
    """Returns if a shot, or every shot of a title, may be used.

    Args:
        catalogue: where it is.
        shot_or_title: a name.
        use: of USES: "reference", "training", "generation" or "publicity".
        territory: where: WORLD, or a country's code.
        on: the day; None: today, UTC.
        masked: what mattes keep out of the use: words of exclusions ("faces"), names of people, or "people".

    Raises:
        RightsError: it may not, or the ledger was changed; the message names the shot, the right that is missing and
            what would clear it.
        JobError: there is no such shot, title, use or territory.
    """
    shot = shot_named(catalogue, shot_or_title)
    if shot is not None:
        found = _judged(catalogue, [shot], _asked(use, territory, on, masked))
    else:
        titles = {title.title: title for title in titles_of(catalogue)}
        if shot_or_title not in titles:
            raise no_such(catalogue, shot_or_title, "shot")
        found = cleared_shots(catalogue, use, titles=(shot_or_title,), territory=territory, on=on, masked=masked)
        if not found.allowed and not found.refused:
            raise RightsError(
                f"{shot_or_title} has no shots", file=catalogue.folder, remedy="Add its footage to the catalogue."
            )
    if found.refused:
        raise refused_error(catalogue, found.refused)


def cleared_shots(
    catalogue: Catalogue,
    use: str,
    *,
    titles: Collection[str] = (),
    tags: Collection[str] = (),
    shots: Collection[str] = (),
    territory: str = WORLD,
    on: date | None = None,
    masked: Collection[str] = (),
) -> Clearance:
    """Which shots of a selection may be used, and why the others may not.

    Args:
        catalogue: where they are.
        use, territory, on, masked: as for `cleared`.
        titles, tags, shots: the selection, by names: shots of any of the titles that have any of the tags, and shots
            by name. All empty: every shot.

    Raises:
        RightsError: the ledger was changed, so that nothing is cleared.
        JobError: there is no such title, shot, use or territory.
    """
    asked = _asked(use, territory, on, masked)
    chosen: dict[str, Shot] = {}
    for title in titles or ([""] if tags or not shots else []):
        for tag in tags or [""]:
            chosen |= {shot.name: shot for shot in shots_of(catalogue, title=title, tag=tag)}
    for name in shots:
        shot = shot_named(catalogue, name)
        if shot is None:
            raise no_such(catalogue, name, "shot")
        chosen[shot.name] = shot
    return _judged(catalogue, chosen.values(), asked)


def refused_error(catalogue: Catalogue, refused: tuple[Refusal, ...]) -> RightsError:
    """The error that tells of refusals: the first in full, and how many more there are."""
    first = refused[0]
    shots = len({one.shot for one in refused}) - 1
    more = f" (and {shots} more shot{'s' * (shots > 1)})" if shots else ""
    return RightsError(f"{first.shot}: {first.missing}{more}", file=catalogue.folder, remedy=first.remedy)


def believed(catalogue: Catalogue) -> Known:
    """What the catalogue's ledger says.

    Raises:
        RightsError: it was changed.
    """
    try:
        return known(catalogue.folder)
    except VerifyError as error:
        raise RightsError(
            f"nothing is cleared: {error.message}", file=error.file, remedy="Bring the ledger back from a backup."
        ) from None


def day_of(text: str) -> date | None:
    """A day as "2027-01-31"; None of "".

    Raises:
        JobError: it is none.
    """
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        raise JobError(f"{text!r} is no day", remedy="Write e.g. 2027-01-31.") from None


def terms_refuse(rights: Rights, shot: str, asked: _Asked) -> list[tuple[str, str]]:
    """What a rights file lacks for a use of a shot: each right that is missing, and what would clear it."""
    return [found for check in _CHECKS for found in check(rights, shot, asked)]


def _asked(use: str, territory: str, on: date | None, masked: Collection[str]) -> _Asked:
    if use not in USES:
        raise JobError(f"there is no use {use!r}", remedy=f"Known are: {', '.join(USES)}.")
    place = WORLD if territory.lower() == WORLD else territory.upper()
    if place != WORLD and not is_country(place):
        raise JobError(f"territory is {territory!r}", remedy=f"Give {WORLD}, or a country's code, e.g. DE.")
    return _Asked(use, place, on or datetime.now(UTC).date(), frozenset(word.casefold() for word in masked))


def _judged(catalogue: Catalogue, shots: Iterable[Shot], asked: _Asked) -> Clearance:
    ledger = believed(catalogue)
    try:
        titles = {title.title: title for title in titles_of(catalogue)}
    except InputError as error:
        raise RightsError(f"a title's rights can't be read: {error.message}", file=catalogue.folder) from None
    allowed, refused = [], []
    for shot in shots:
        why = [
            Refusal(shot.name, shot.title, asked.use, missing, remedy)
            for missing, remedy in _refused(shot, titles[shot.title], ledger, asked)
        ]
        refused += why
        allowed += [] if why else [shot]
    return Clearance(tuple(allowed), tuple(refused))


def _refused(shot: Shot, title: Title, ledger: Known, asked: _Asked) -> list[tuple[str, str]]:
    entry = ledger.shots.get(shot.name)
    if entry is None or (entry.what["content"], entry.what["title"]) != (shot.content, shot.title):
        return [("the ledger doesn't know it as it is in the catalogue", "Remove it and add it again.")]
    withdrawn = sorted(ledger.titles_of(entry.what) & ledger.withdrawn.keys())
    if withdrawn:
        when = ledger.withdrawn[withdrawn[0]]
        other = "" if withdrawn[0] == shot.title else f" as part of {withdrawn[0]}"
        return [
            (
                f"it was withdrawn{other} on {when.at[:10]} ({when.what['why']})",
                "Only a rights file that is signed off later clears it again: "
                f"vfx-ai catalogue rights FILE --title {withdrawn[0]!r}.",
            )
        ]
    if title.rights is None:
        return [
            (
                f"there is no rights file, so {asked.use} isn't cleared",
                f"Write one (docs/rights.md) and add it: vfx-ai catalogue rights FILE --title {title.title!r}.",
            )
        ]
    if ledger.rights.get(title.title) != title.rights.identity:
        return [
            (
                "the title's rights aren't those that the ledger knows: the catalogue was changed past it",
                f"Give them anew: vfx-ai catalogue rights FILE --title {title.title!r}.",
            )
        ]
    return terms_refuse(title.rights, shot.name, asked)


def _signed(rights: Rights, _shot: str, asked: _Asked) -> Iterable[tuple[str, str]]:
    if asked.on < rights.signed_on:
        yield (
            f"the rights are signed off as of {rights.signed_on}, which is after {asked.on}",
            "Wait until then, or have them signed off.",
        )


def _in_time(rights: Rights, _shot: str, asked: _Asked) -> Iterable[tuple[str, str]]:
    if rights.until is not None and asked.on > rights.until:
        yield (f"the rights expired on {rights.until}", f"Renew them with {rights.owner}, and write the new day.")


def _used(rights: Rights, _shot: str, asked: _Asked) -> Iterable[tuple[str, str]]:
    if asked.use not in rights.uses:
        have = ", ".join(rights.uses) or "nothing"
        yield (
            f"{asked.use} isn't cleared, only {have}",
            f"{rights.owner} must clear {asked.use}; then add it to `uses` and have it signed off.",
        )


def _there(rights: Rights, _shot: str, asked: _Asked) -> Iterable[tuple[str, str]]:
    places = {country for code in rights.territory for country in GROUPS.get(code, {code})} | {*rights.territory}
    if WORLD in places or asked.territory in places:
        return
    where = "the whole world" if asked.territory == WORLD else asked.territory
    yield (
        f"{asked.use} isn't cleared for {where}, only for {', '.join(rights.territory)}",
        f"{rights.owner} must clear it there; or use it where it is cleared: --territory {rights.territory[0]}.",
    )


def _consented(rights: Rights, shot: str, asked: _Asked) -> Iterable[tuple[str, str]]:
    if "people" in asked.masked:
        return
    for person in rights.people:
        if not concerns(person.shots, shot) or person.name.casefold() in asked.masked:
            continue
        if asked.use not in person.consents:
            yield (
                f"{person.name} is recognisable and didn't consent to {asked.use}",
                f"{person.name} must consent, or be covered by a matte.",
            )
        elif person.until is not None and asked.on > person.until:
            yield (
                f"the consent of {person.name} to {asked.use} expired on {person.until}",
                f"{person.name} must consent anew, or be covered by a matte.",
            )


def _excluded(rights: Rights, shot: str, asked: _Asked) -> Iterable[tuple[str, str]]:
    for one in rights.exclusions:
        if asked.use in one.uses and concerns(one.shots, shot) and one.what.casefold() not in asked.masked:
            yield (
                f"excluded from {asked.use}: {one.what}",
                f"Cover it by a matte and say so where the command takes one (--masked {one.what!r}), or leave it out.",
            )


def concerns(patterns: tuple[str, ...], shot: str) -> bool:
    """Whether patterns name a shot, with its title or without; none name all."""
    names = {shot.casefold(), shot.partition("/")[2].casefold(), shot.rpartition("/")[2].casefold()}
    return not patterns or any(fnmatchcase(name, pattern.casefold()) for pattern in patterns for name in names)


_Check = Callable[[Rights, str, _Asked], Iterable[tuple[str, str]]]
_CHECKS: tuple[_Check, ...] = (_signed, _in_time, _used, _there, _consented, _excluded)
