"""What a rights file can say: uses, territory, people, exclusions."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date

USES = {
    "reference": "as a reference for fills and plates of other shots",
    "training": "to train models",
    "generation": "for models trained on it to make new pictures",
    "publicity": "in what is shown to the public beside the film",
}
WORLD = "world"
UNLIMITED = "unlimited"
NOBODY = "none"
# Codes that stand for several countries.
GROUPS = {
    "EU": frozenset(
        "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905
    )
}


@dataclass(frozen=True)
class Person:
    """Somebody who can be recognised.

    Attributes:
        name: of the person.
        consents: the uses agreed to.
        shots: patterns of names of the shots in which they are seen; empty: all.
        until: the last day of the consent; None: as long as the footage is cleared.
        clause: the contract or guild clause.
    """

    name: str
    consents: tuple[str, ...]
    shots: tuple[str, ...] = ()
    until: date | None = None
    clause: str = ""


@dataclass(frozen=True)
class Exclusion:
    """Something in the footage that isn't cleared.

    Attributes:
        what: in words, e.g. "faces", "logo on the truck".
        uses: for which it isn't.
        shots: patterns of names of shots that show it; empty: any may.
    """

    what: str
    uses: tuple[str, ...]
    shots: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rights:
    """What footage may be used for.

    Attributes:
        owner: who owns it.
        uses: what is cleared, of USES.
        territory: countries (ISO 3166, two letters), "EU", or WORLD alone.
        until: the last day; None: without end.
        people: who can be recognised.
        signed_by, signed_on: by whom and when it was signed off.
        clause: the contract or guild clause.
        exclusions: what isn't cleared.
        notes: anything else.
        text: the whole file.
        file: where it was read from.
    """

    owner: str
    uses: tuple[str, ...]
    territory: tuple[str, ...]
    until: date | None
    people: tuple[Person, ...]
    signed_by: str
    signed_on: date
    clause: str = ""
    exclusions: tuple[Exclusion, ...] = ()
    notes: str = ""
    text: str = field(default="", repr=False)
    file: str = ""

    @property
    def identity(self) -> str:
        """Sha256 of the file's text, in hex."""
        return hashlib.sha256(self.text.encode("utf-8")).hexdigest()


def is_country(code: str) -> bool:
    """Whether it has the shape of a country's code, in capitals."""
    return len(code) == 2 and code.isascii() and code.isalpha() and code.isupper()
