"""How entries of the ledger follow each other: each holds the hash of the one before."""

from __future__ import annotations

import hashlib
import json
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from vfx_ai.errors import InputError

FIRST = "0" * 64
_SETTLE_SECONDS, _LOOKS = 0.05, 5  # in which an entry that is being written is whole


@dataclass(frozen=True)
class Entry:
    """One line.

    Attributes:
        n: its number, from 1.
        at: when, ISO 8601, UTC.
        by: user and machine.
        kind: of KINDS.
        what: the rest.
        before: hash of the entry before; FIRST for the first.
        hash: sha256 of all that, in hex.
    """

    n: int
    at: str
    by: str
    kind: str
    what: dict[str, Any] = field(hash=False)
    before: str
    hash: str

    @property
    def line(self) -> str:
        """As it stands in the file."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":")) + "\n"


def hash_of(values: dict[str, Any]) -> str:
    """Sha256 in hex of an entry's values without its hash."""
    text = json.dumps(values, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def looked_through(path: Path) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """Entries up to the first that is wrong, and what is."""
    kept = kept_head(path)
    try:
        lines = _lines(path)
    except FileNotFoundError:
        gone = () if kept is None else (f"the ledger is gone; it had {kept[0]} entries",)
        return (), gone
    except OSError as error:
        raise InputError(f"the ledger can't be read: {error.strerror or error}", file=path) from None
    entries: list[Entry] = []
    for number, line in enumerate(lines[:-1], 1):
        entry, wrong = _read_line(line, number, entries[-1].hash if entries else FIRST)
        if entry is None:
            return tuple(entries), (wrong,)
        entries.append(entry)
    if lines[-1]:
        return tuple(entries), (f"entry {len(lines)} was cut off; the next entry that is written clears it away",)
    if kept and (len(entries) < kept[0] or entries[kept[0] - 1].hash != kept[1]):
        have = f"the ledger ends with entry {len(entries)}, and it had {kept[0]}: the last were removed"
        return tuple(entries), (have if len(entries) < kept[0] else f"entry {kept[0]} isn't the one that was written",)
    return tuple(entries), ()


def _lines(path: Path) -> list[bytes]:
    """Its lines; what follows the last line's end is the last of them, and empty unless an entry was cut off."""
    for _ in range(_LOOKS):
        lines = path.read_bytes().split(b"\n")
        if not lines[-1]:
            break
        time.sleep(_SETTLE_SECONDS)
    return lines


def _read_line(line: bytes, number: int, before: str) -> tuple[Entry | None, str]:
    """An entry, or what is wrong with it."""
    try:
        values = json.loads(line.decode("utf-8"))
        entry = Entry(**values)
        values.pop("hash")
        right = hash_of(values) == entry.hash and isinstance(entry.n, int) and isinstance(entry.what, dict)
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None, f"entry {number} can't be read: it was changed"
    named = f"entry {number} ({entry.kind} {_subject(entry)}, {entry.at})"
    if not right:
        return None, f"{named} was changed"
    if entry.n != number or entry.before != before:
        what = (
            f"entry {number} was removed, or entries were put into another order: entry {entry.n} stands in its place"
            if entry.n != number
            else f"{named} doesn't follow the entry before it: one of them was replaced"
        )
        return None, what
    return entry, ""


def _subject(entry: Entry) -> str:
    return str(next((entry.what[n] for n in ("shot", "name", "result", "title") if n in entry.what), "of nothing"))


def head_file(path: Path) -> Path:
    """Beside the ledger: number and hash of the entry that was written last."""
    return path.with_name(f"{path.name}.head")


def kept_head(path: Path) -> tuple[int, str] | None:
    """What was last written, as is kept beside the ledger: it may be behind it, never ahead."""
    with suppress(OSError, ValueError):
        number, last = head_file(path).read_text(encoding="ascii").split()
        return (int(number), last) if int(number) > 0 else None  # nobody writes another
    return None
