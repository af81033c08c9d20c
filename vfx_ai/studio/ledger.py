"""The ledger: what came in and what was made of it, one JSON line each, chained by hash; nothing is ever taken out.

| kind | what it says |
|---|---|
| shot | a shot was added: shot, title, content (sha256), path, frames, rights (sha256 of the rights file, "": none) |
| rights | a title's rights: title, rights, owner, lifts (a withdrawal ends with them) |
| removal | a shot or a title left the catalogue: title, shots |
| training | a run: name, shots (see `facts`), and whatever else is known of it: steps, seed, base ... |
| model | a model: name, sha256 of its file, training (hash of that entry), base (other models), licence |
| result | a result: result, files ({frame: sha256}), engines, models ([{name, sha256}]), references (see `facts`) |
| withdrawal | a title was withdrawn: title, why, and the shots, models and results that came of it |
"""

from __future__ import annotations

import getpass
import json
import os
import platform
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from vfx_ai.claim import in_turn, lock_of
from vfx_ai.errors import JobError, OutputError, VerifyError
from vfx_ai.media.atomic import replacing
from vfx_ai.studio.ledger_chain import FIRST, Entry, hash_of, head_file, kept_head, looked_through

NAME = "ledger.jsonl"
# What an entry of each kind must say.
KINDS: dict[str, tuple[str, ...]] = {
    "shot": ("shot", "title", "content", "path", "frames", "rights"),
    "rights": ("title", "rights", "owner", "lifts"),
    "removal": ("title", "shots"),
    "training": ("name", "shots"),
    "model": ("name", "sha256", "training"),
    "result": ("result", "files", "engines", "models", "references"),
    "withdrawal": ("title", "why", "shots", "models", "results"),
}
_WAIT_SECONDS, _PAUSE_SECONDS = 60.0, 0.02
_PIECE = 1 << 16  # bytes that are read of its end


def record(ledger: Path, kind: str, **what: Any) -> Entry:
    """Append an entry.

    Args:
        ledger: the file, or the catalogue's folder; it is made where it isn't there.
        kind: of KINDS.
        what: what it says, of JSON's types; see above.

    Raises:
        JobError: there is no such kind, or the entry lacks what its kind must say.
        VerifyError: the ledger's end was changed, so that nothing can follow it.
        OutputError: it can't be written.
    """
    return record_all(ledger, [(kind, what)])[0]


def record_all(ledger: Path, entries: Iterable[tuple[str, dict[str, Any]]]) -> tuple[Entry, ...]:
    """Append entries at once: all or none; see `record`."""
    path, asked = file_of(ledger), list(entries)
    for kind, what in asked:
        lacking = [name for name in KINDS.get(kind, ()) if name not in what]
        if kind not in KINDS or lacking:
            told = f"lacks {', '.join(lacking)}" if kind in KINDS else f"is none of {', '.join(KINDS)}"
            raise JobError(f"an entry of kind {kind!r} {told}", file=path)
    with _alone(path):
        number, before = _end(path)
        made = []
        for kind, what in asked:
            entry = _chained(number + 1, kind, what, before)
            number, before = entry.n, entry.hash
            made.append(entry)
        if made:
            _write(path, "".join(entry.line for entry in made).encode("utf-8"))
            _set_head(path, made[-1])
    return tuple(made)


def read(ledger: Path) -> tuple[Entry, ...]:
    """All entries, in order; none where there is no ledger yet.

    Raises:
        VerifyError: `check` finds something.
        InputError: the file can't be read.
    """
    entries, findings = looked_through(file_of(ledger))
    if findings:
        raise VerifyError(
            findings[0], file=file_of(ledger), remedy="Bring the ledger back from a backup; nothing is believed of it."
        )
    return entries


def check(ledger: Path) -> tuple[str, ...]:
    """What is wrong with a ledger, each in a sentence that names the entry; empty: nothing.

    Raises:
        InputError: the file can't be read.
    """
    return looked_through(file_of(ledger))[1]


def head(ledger: Path) -> tuple[int, str]:
    """Number and hash of the last entry. Kept elsewhere, they prove later that nothing before it was changed."""
    entries = read(ledger)
    return (entries[-1].n, entries[-1].hash) if entries else (0, FIRST)


def file_of(ledger: Path) -> Path:
    """The ledger's file, of itself or of a catalogue's folder."""
    return ledger if ledger.suffix == ".jsonl" else ledger / NAME


def now() -> str:
    """ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _chained(number: int, kind: str, what: dict[str, Any], before: str) -> Entry:
    # As JSON gives it back, so that the hash is the same when it is read.
    what = json.loads(json.dumps(what, default=str))
    values: dict[str, Any] = {"n": number, "at": now(), "by": _who(), "kind": kind, "what": what, "before": before}
    return Entry(**values, hash=hash_of(values))


def _who() -> str:
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):  # a farm's process may have no name
        user = "unknown"
    return f"{user}@{platform.node()}"


def _end(path: Path) -> tuple[int, str]:
    """Number and hash of the last entry; what was cut off after it is put aside.

    Raises:
        VerifyError: the last entry isn't what was written.
    """
    kept = kept_head(path)
    if not path.exists():
        if kept is not None:
            raise VerifyError(f"the ledger is gone; it had {kept[0]} entries", file=path, remedy="Bring it back.")
        return 0, FIRST
    line, torn, whole = _tail(path)
    if torn:
        # A write that was ended half way: nobody has been told that this entry exists.
        with path.with_name(f"{path.name}.torn").open("ab") as aside:
            aside.write(torn + b"\n")
        with path.open("r+b") as file:
            file.truncate(whole)
    number, last = 0, FIRST
    if line:
        try:
            values = json.loads(line)
            last, number = str(values.pop("hash")), values["n"]
            right = isinstance(number, int) and hash_of(values) == last
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            right = False
        if not right:
            raise VerifyError(
                "the last entry was changed, so that nothing can follow it", file=path, remedy="Bring it back."
            )
    if kept and (number < kept[0] or (number == kept[0] and last != kept[1])):
        raise VerifyError(
            f"the ledger ends with entry {number}, and it had {kept[0]}", file=path, remedy="Bring it back."
        )
    return number, last


def _tail(path: Path) -> tuple[bytes, bytes, int]:
    """The last whole line, what was cut off after it, and where that begins; not read from the beginning."""
    size = path.stat().st_size
    piece, data = _PIECE, b""
    with path.open("rb") as file:
        while True:
            start = max(0, size - piece)
            file.seek(start)
            data = file.read(size - start)
            end = data.rfind(b"\n") + 1
            before = data.rfind(b"\n", 0, max(0, end - 1)) + 1
            if start == 0 or before:
                return data[before:end].strip(b"\n"), data[end:], start + end
            piece *= 4


def _write(path: Path, data: bytes) -> None:
    try:
        with path.open("ab", buffering=0) as file:
            file.write(data)
            os.fsync(file.fileno())
    except OSError as error:
        raise OutputError(
            f"the ledger can't be written: {error.strerror or error}", file=path, remedy="Check rights and space."
        ) from None


def _set_head(path: Path, entry: Entry) -> None:
    # It may be behind: where a reader holds the file (Windows), the entry counts without its mark.
    with suppress(OutputError), replacing(head_file(path)) as beside:
        beside.write_text(f"{entry.n} {entry.hash}\n", encoding="ascii")


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """No other process, or thread, appends within it."""
    until = time.monotonic() + _WAIT_SECONDS

    def wait() -> None:
        if time.monotonic() > until:
            raise OutputError(
                "another process has held the ledger for too long", file=path, remedy="Try again when it is done."
            )

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"the folder can't be made: {error.strerror or error}", file=path.parent) from None
    with in_turn(lock_of(path.parent, path.stem), wait, _PAUSE_SECONDS, "the ledger"):
        yield
