"""A rights file: what footage may be used for, as people write it (YAML), read strictly and told by line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from vfx_ai.errors import InputError
from vfx_ai.studio.bounded_yaml import NoYaml, composed, read_text
from vfx_ai.studio.rights_terms import NOBODY, UNLIMITED, USES, WORLD, Exclusion, Person, Rights, is_country

VERSION = "1"
DEEPEST = 12


def read_rights(path: Path) -> Rights:
    """The rights in a file.

    Raises:
        InputError: it can't be read, or says something that isn't a right; the message names line and field.
    """
    return rights_from(read_text(path, "rights file"), str(path))


def rights_from(text: str, file: str = "") -> Rights:
    """The rights that a text says.

    Args:
        text: YAML.
        file: for messages.

    Raises:
        InputError: as `read_rights`.
    """
    said = _Said(file)
    fields = said.record(_composed(text, file), "the file", _FIELDS, _NEEDED)
    signed_by, signed_on = fields.pop("signed_off")
    fields.pop("version", None)
    return Rights(signed_by=signed_by, signed_on=signed_on, text=text, file=file, **fields)


def _composed(text: str, file: str) -> yaml.Node:
    try:
        node = composed(text, DEEPEST)
    except NoYaml as error:
        raise _wrong(file, error.line, error.what) from None
    except ValueError as error:
        raise _wrong(file, None, f"this is no YAML: {error}") from None
    if node is None:
        raise _wrong(file, None, "the rights file is empty", "See docs/rights.md for one to start from.")
    return node


def _wrong(file: str, line: int | None, message: str, remedy: str = "") -> InputError:
    where = "" if line is None else f"line {line + 1}: "
    return InputError(f"{where}{message}", file=file or None, remedy=remedy or "Correct it; docs/rights.md shows how.")


class _Said:
    """Reads nodes of one file. Scalars are taken as they are written: NO is Norway, and no boolean."""

    def __init__(self, file: str) -> None:
        self._file = file

    def wrong(self, node: yaml.Node, message: str, remedy: str = "") -> InputError:
        """The error for a node."""
        mark = node.start_mark
        return _wrong(self._file, None if mark is None else mark.line, message, remedy)

    def record(
        self, node: yaml.Node, name: str, fields: dict[str, Callable[..., Any]], needed: tuple[str, ...]
    ) -> dict[str, Any]:
        """The values of a mapping."""
        if not isinstance(node, yaml.MappingNode):
            raise self.wrong(node, f"{name} must have fields: {', '.join(fields)}")
        found: dict[str, Any] = {}
        for key, value in node.value:
            word = key.value if isinstance(key, yaml.ScalarNode) else "?"
            if word not in fields:
                raise self.wrong(key, f"{name} has no field {word!r}", f"Known are: {', '.join(fields)}.")
            found[word] = fields[word](self, value, word)
        for word in needed:
            if word not in found:
                raise self.wrong(node, f"{name} lacks the field {word}")
        return found

    def items(self, node: yaml.Node, name: str) -> Iterator[yaml.Node]:
        """The entries of a list; a single word counts as a list of one."""
        if isinstance(node, yaml.SequenceNode):
            yield from node.value
        elif isinstance(node, yaml.ScalarNode) and node.value.strip():
            yield node
        else:
            raise self.wrong(node, f"{name} must be a list")

    def text(self, node: yaml.Node, name: str) -> str:
        """Words, not empty."""
        if not isinstance(node, yaml.ScalarNode):
            raise self.wrong(node, f"{name} must be one text")
        words = " ".join(node.value.split())
        if not words or words in ("~", "null"):
            raise self.wrong(node, f"{name} is empty")
        return words

    def texts(self, node: yaml.Node, name: str) -> tuple[str, ...]:
        """Several texts."""
        return tuple(self.text(item, name) for item in self.items(node, name))

    def day(self, node: yaml.Node, name: str) -> date:
        """A day."""
        words = self.text(node, name)
        try:
            return date.fromisoformat(words)
        except ValueError:
            raise self.wrong(node, f"{name} is {words!r}, which is no day", "Write e.g. 2031-12-31.") from None

    def last_day(self, node: yaml.Node, name: str) -> date | None:
        """A day, or None for UNLIMITED."""
        return None if self.text(node, name).lower() == UNLIMITED else self.day(node, name)

    def uses(self, node: yaml.Node, name: str) -> tuple[str, ...]:
        """Some of USES; NOBODY's word, or an empty list, for none."""
        words = () if _says(node, NOBODY) else tuple(self.text(n, name).lower() for n in self.items(node, name))
        for word in words:
            if word not in USES:
                raise self.wrong(node, f"{name} has {word!r}", f"Known are: {', '.join(USES)}.")
        return words

    def territory(self, node: yaml.Node, name: str) -> tuple[str, ...]:
        """WORLD, or codes of countries."""
        words = tuple(self.text(item, name) for item in self.items(node, name))
        if [word.lower() for word in words] == [WORLD]:
            return (WORLD,)
        for word in words:
            if not is_country(word.upper()):
                raise self.wrong(node, f"{name} has {word!r}", f"Write {WORLD}, or codes of countries: [DE, AT].")
        if not words:
            raise self.wrong(node, f"{name} is empty")
        return tuple(word.upper() for word in words)

    def version(self, node: yaml.Node, name: str) -> str:
        """The one that is known."""
        if self.text(node, name) != VERSION:
            raise self.wrong(node, f"{name} is {node.value!r}, and {VERSION} is known")
        return VERSION

    def signed(self, node: yaml.Node, name: str) -> tuple[str, date]:
        """By whom and when."""
        found = self.record(node, name, {"by": _Said.text, "on": _Said.day}, ("by", "on"))
        return found["by"], found["on"]

    def people(self, node: yaml.Node, name: str) -> tuple[Person, ...]:
        """Who can be recognised; it must be said that nobody can."""
        if _says(node, NOBODY):
            return ()
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            raise self.wrong(node, f"{name} must be a list, or {NOBODY}")
        return tuple(
            Person(**self.record(item, f"one of the {name}", _PERSON, ("name", "consents"))) for item in node.value
        )

    def exclusions(self, node: yaml.Node, name: str) -> tuple[Exclusion, ...]:
        """What isn't cleared."""
        if _says(node, NOBODY):
            return ()
        if not isinstance(node, yaml.SequenceNode):
            raise self.wrong(node, f"{name} must be a list")
        return tuple(
            Exclusion(**{"uses": tuple(USES), **self.record(item, f"one of the {name}", _EXCLUSION, ("what",))})
            for item in node.value
        )


def _says(node: yaml.Node, word: str) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.value.strip().lower() == word


_PERSON: dict[str, Callable[..., Any]] = {
    "name": _Said.text,
    "consents": _Said.uses,
    "shots": _Said.texts,
    "until": _Said.last_day,
    "clause": _Said.text,
}
_EXCLUSION: dict[str, Callable[..., Any]] = {"what": _Said.text, "uses": _Said.uses, "shots": _Said.texts}
_FIELDS: dict[str, Callable[..., Any]] = {
    "version": _Said.version,
    "owner": _Said.text,
    "uses": _Said.uses,
    "territory": _Said.territory,
    "until": _Said.last_day,
    "people": _Said.people,
    "clause": _Said.text,
    "exclusions": _Said.exclusions,
    "signed_off": _Said.signed,
    "notes": _Said.text,
}
_NEEDED = ("owner", "uses", "territory", "until", "people", "signed_off")
