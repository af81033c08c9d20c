"""Lists of objects as a user writes them: names, patterns and ids, with commas between them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vfx_ai.errors import JobError
from vfx_ai.matte.ids import id_from_text, id_of_name
from vfx_ai.matte.manifest import Manifest

# What a backslash takes its meaning from. Nuke's matteList has one to three of them before such a letter, and up to
# four for a backslash that belongs to a name: lists, patterns and brackets are escaped one after the other.
_SPECIAL = '*?[]",<'
_FOR_ONE = 4
_WILD = {"*": ".*", "?": "."}

# A letter, and whether it stands for others.
_Letter = tuple[str, bool]


@dataclass(frozen=True)
class Wanted:
    """One entry of a list of objects: a name, a pattern of names, or an id.

    Attributes:
        text: as it can be written again.
        name: the whole name, or None.
        pattern: of names, or None.
        number: the id, or None.
    """

    text: str
    name: str | None = None
    pattern: re.Pattern[str] | None = None
    number: int | None = None

    def ids(self, manifest: Manifest) -> frozenset[int]:
        """The ids that it means: for a name its hash, in the manifest or not, and what the manifest says of it."""
        if self.number is not None:
            return frozenset({self.number})
        if self.name is not None:
            own = id_of_name(self.name)
            return frozenset({own, manifest.ids.get(self.name, own)})
        return frozenset(number for name, number in manifest.ids.items() if self._fits(name))

    def names(self, manifest: Manifest) -> list[str]:
        """The names in the manifest that it means."""
        return [name for name, number in manifest.ids.items() if self._fits(name) or number == self.number]

    def _fits(self, name: str) -> bool:
        return bool(self.pattern.fullmatch(name)) if self.pattern else name == self.name


def parse_objects(text: str) -> tuple[Wanted, ...]:
    """The entries of a list such as "Ball, crowd_*, <1a2b3c4d>", each once.

    Commas stand between entries, "*" for any letters, "?" for one. Quotation marks hold an entry together that has
    commas, or spaces at its ends; a backslash takes the meaning from * ? [ ] " , and <. Lists as Nuke's Cryptomatte
    writes them are read alike, with all their backslashes.

    Raises:
        JobError: there is no entry, or a quotation mark has no end.
    """
    found: dict[str, Wanted] = {}
    at = 0
    while at < len(text):
        letters, literal, at = _entry(text, at)
        if letters:
            entry = _wanted(letters, literal=literal)
            found.setdefault(entry.text, entry)
    if not found:
        raise JobError("no object was named", remedy='Write names with commas between them, e.g. "Ball,crowd_*".')
    return tuple(found.values())


def spelled(name: str) -> str:
    """A name as it is written in a list of objects, so that it means itself alone."""
    text = re.sub(r'\\+(?=[*?\[\]",<])|\\{2,}', lambda found: found[0] * _FOR_ONE, name)
    text = re.sub(r'([*?,"]|^<)', r"\\\1", text)
    return f'"{text}"' if text != text.strip() else text


def _entry(text: str, at: int) -> tuple[list[_Letter], bool, int]:
    """The letters of the entry at `at`, whether it can't be an id, and where the next one begins."""
    letters: list[_Letter] = []
    while text[at : at + 1].isspace():
        at += 1
    quoted = is_open = text[at : at + 1] == '"'
    literal = text[at : at + 1] != "<"
    at += quoted
    while at < len(text) and (is_open or text[at] != ","):
        if text[at] == "\\":
            run, at = _backslashes(text, at)
            letters += run
            continue
        if text[at] == '"' and is_open:
            is_open = False
        elif is_open or not quoted:
            letters.append((text[at], text[at] in _WILD))
        at += 1
    if is_open:
        remedy = 'Close it, or write \\" for one that belongs to a name.'
        raise JobError(f"a quotation mark has no end in {text!r}", remedy=remedy)
    while letters and not quoted and letters[-1][0].isspace():
        letters.pop()
    return letters, literal, at + 1


def _backslashes(text: str, at: int) -> tuple[list[_Letter], int]:
    """What a run of backslashes and the letter after it mean, and where it ends."""
    end = at
    while text[end : end + 1] == "\\":
        end += 1
    whole, left = divmod(end - at, _FOR_ONE)
    if end == len(text) or text[end] not in _SPECIAL:
        return [("\\", False)] * (whole + bool(left)), end
    literal = [(text[end], False)] if left else []
    return [("\\", False)] * whole + literal, end + len(literal)


def _wanted(letters: list[_Letter], *, literal: bool) -> Wanted:
    plain = "".join(letter for letter, _ in letters)
    if any(wild for _, wild in letters):
        pattern = "".join(_WILD[letter] if wild else re.escape(letter) for letter, wild in letters)
        shown = "".join(f"\\{letter}" if letter in '*?,"' and not wild else letter for letter, wild in letters)
        return Wanted(shown, pattern=re.compile(pattern, re.DOTALL))
    number = None if literal else id_from_text(plain)
    return Wanted(spelled(plain), name=plain) if number is None else Wanted(plain, number=number)
