"""The sidecar beside a result, `<stem>.vfxai.json`: what it was made of, how and with what; enough to do it again.

It comes back from anywhere, so all of it is checked when it is read: its size, its depth, every field's type, and names
of results that could lead out of its folder.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from vfx_ai.errors import InputError
from vfx_ai.fill import KINDS, SOURCES
from vfx_ai.media.atomic import replacing
from vfx_ai.media.output import stem_of

FORMAT, SCHEMA = "vfx-ai sidecar", 1
SUFFIX = ".vfxai.json"
MOST_BYTES = 128 << 20  # about 100,000 frames
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class HashedFile:
    """A file that was read: of which frame (None: of all), where it lay, and what it held."""

    frame: int | None
    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Input:
    """What one field of what was asked names.

    Attributes:
        field: of what was asked: "plate", "matte", "camera", "painted" ...
        spec: as it is asked for, from the root of its disk.
        files: all that were read by it.
    """

    field: str
    spec: str
    files: tuple[HashedFile, ...]


@dataclass(frozen=True)
class ResultFrame:
    """One file of the result.

    Attributes:
        frame: its number.
        file: its name; it lies beside the sidecar.
        bytes, sha256: what it held.
        by_source: pixels that were made, by their value of fill.source.
        engine: that filled it.
        made: the file of what a model made of it by itself, beside it too; None: there is none.
    """

    frame: int
    file: str
    bytes: int
    sha256: str
    by_source: dict[str, int]
    engine: str
    made: HashedFile | None = None

    @property
    def files(self) -> tuple[tuple[str, str], ...]:
        """Names and SHA-256 of its files: the result's, and that of what a model made."""
        return ((self.file, self.sha256), *([(self.made.path, self.made.sha256)] if self.made else []))


@dataclass(frozen=True)
class Sidecar:
    """All that is known of how a result was made.

    Attributes:
        kind: what was done: "inpaint", "plate_clean" ...
        asked: its fields, with paths from the root of their disks.
        job: SHA-256 of what was asked without the files, as in the results' headers.
        pattern: the name of the results, e.g. "clean.####.exr"; they lie beside the sidecar.
        inputs: what was read.
        frames: what was written, by number; also by earlier runs of the same job.
        engine: its name, "why" it was chosen, and the "trials" that it won.
        seeds: of random numbers; what isn't here follows from frame numbers.
        models: networks whose output is in the result: {"name", "licence", "trained_on" ...} each.
        rights: the ledger's entry for them; {}: none.
        color: what the plate's numbers were taken for.
        versions: by package.
        device, machine: what computed.
        started: ISO 8601, UTC.
        verdict: what verify found.
        notes: what a reader must know.
        hashing: what the hashes cost: {"files", "bytes" that were read for it, "seconds"}.
    """

    kind: str
    asked: dict[str, Any]
    job: str
    pattern: str
    inputs: tuple[Input, ...]
    frames: tuple[ResultFrame, ...]
    engine: dict[str, Any] = field(default_factory=dict)
    seeds: dict[str, Any] = field(default_factory=dict)
    models: tuple[dict[str, Any], ...] = ()
    rights: dict[str, Any] = field(default_factory=dict)
    color: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    device: str = ""
    machine: str = ""
    started: str = ""
    verdict: str = ""
    notes: tuple[str, ...] = ()
    hashing: dict[str, float] = field(default_factory=dict)

    @property
    def read(self) -> list[tuple[str, list[str]]]:
        """What files were asked for as, and their sha256 in order, an item for each sequence."""
        return [(one.field, [file.sha256 for file in one.files]) for one in self.inputs]

    @property
    def made(self) -> dict[str, int]:
        """Pixels that were made in all frames, by kind: "real", "patch", "painted", "generated", "smooth"."""
        return made_by_kind(self.frames)


def made_by_kind(frames: tuple[ResultFrame, ...]) -> dict[str, int]:
    """Pixels that were made in these frames, by the kinds of `vfx_ai.fill.KINDS`."""
    return {
        name: sum(frame.by_source.get(str(source), 0) for frame in frames for source in sources)
        for name, sources in KINDS.items()
    }


def sidecar_of(output: str) -> Path:
    """Where the sidecar of results by this pattern lies."""
    return Path(output).parent / f"{stem_of(output)}{SUFFIX}"


def write_sidecar(sidecar: Sidecar, path: Path) -> None:
    """Write it, whole or not at all.

    Raises:
        OutputError: it can't be written.
    """
    made = sidecar.made
    pixels = sum(made.values())
    shares = {name: round(count / pixels, 6) if pixels else 0.0 for name, count in made.items()}
    data = {"format": FORMAT, "schema": SCHEMA, **asdict(sidecar), "totals": {"pixels": pixels, "shares": shares}}
    with replacing(path) as beside:
        # A file name that isn't text (lone surrogates) is escaped, and comes back as it was.
        beside.write_text(json.dumps(data, indent=1, ensure_ascii=True) + "\n", encoding="ascii")


def read_sidecar(path: Path) -> Sidecar:
    """A sidecar from its file, every field checked.

    Raises:
        InputError: it isn't there, is none, is damaged, or names a result that lies elsewhere.
    """
    try:
        if not path.is_file():
            raise InputError("there is no such sidecar", file=path, remedy=f"Give the file that ends in {SUFFIX}.")
        if path.stat().st_size > MOST_BYTES:
            raise _wrong(path, f"it is larger than {MOST_BYTES >> 20} MB")
        data = json.loads(path.read_bytes())
    except OSError as error:
        raise InputError(f"it can't be read: {error.strerror or error}", file=path) from None
    except (ValueError, RecursionError):
        raise _wrong(path, "it is no JSON") from None
    if not isinstance(data, dict) or data.pop("format", None) != FORMAT:
        raise _wrong(path, "it is no sidecar of a result")
    if data.pop("schema", None) != SCHEMA:
        raise InputError(
            "it has another schema", file=path, remedy=f"This version reads schema {SCHEMA}; use the one that wrote it."
        )
    data.pop("totals", None)  # made of the frames
    try:
        return _checked(data)
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError) as error:
        raise _wrong(path, f"it makes no sense: {error}") from None


def _wrong(path: Path, what: str) -> InputError:
    return InputError(what, file=path, remedy="Give the sidecar as it was written beside the result.")


def _checked(data: dict[str, Any]) -> Sidecar:
    if unknown := set(data) - {f.name for f in fields(Sidecar)}:
        raise ValueError(f"the field {min(unknown)!r} is unknown")
    values = {name: _CHECKS[name](name, value) for name, value in data.items()}
    made = Sidecar(**values)
    if len({frame.frame for frame in made.frames}) != len(made.frames):
        raise ValueError("a frame is there twice")
    return made


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise ValueError(f"{name} is no text")
    return value


def _table(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{name} is no table")
    return value


def _list(name: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{name} is no list")
    return value


def _number(name: str, value: Any) -> int:
    if type(value) is not int:
        raise ValueError(f"{name} is no whole number")
    return value


def _sha256(name: str, value: Any) -> str:
    if not _SHA256.fullmatch(_text(name, value)):
        raise ValueError(f"{name} is no SHA-256")
    return str(value)


def _plain(name: str, value: Any) -> str:
    """A file's name that leads nowhere else."""
    if _text(name, value) in ("", ".", "..") or any(letter in value for letter in '/\\:"<>|?*'):
        raise ValueError(f"{name} is {value!r}, which is no file's name")
    return str(value)


def _input(name: str, value: Any) -> Input:
    one = _table(name, value)
    files = tuple(_file(name, each) for each in _list(name, one["files"]))
    return Input(_text(name, one["field"]), _text(name, one["spec"]), files)


def _file(name: str, value: Any) -> HashedFile:
    one = _table(name, value)
    frame = None if one["frame"] is None else _number(name, one["frame"])
    return HashedFile(frame, _text(name, one["path"]), _size(name, one["bytes"]), _sha256(name, one["sha256"]))


def _size(name: str, value: Any) -> int:
    if _number(name, value) < 0:
        raise ValueError(f"{name} has a size below 0")
    return int(value)


def _frame(name: str, value: Any) -> ResultFrame:
    one = _table(name, value)
    made = {source: _size(name, count) for source, count in _table(name, one["by_source"]).items()}
    if unknown := set(made) - {str(source) for source in SOURCES}:
        raise ValueError(f"pixels are of the unknown kind {min(unknown)!r}")
    file, size, digest = _plain(name, one["file"]), _size(name, one["bytes"]), _sha256(name, one["sha256"])
    aside = None if one.get("made") is None else _file(name, one["made"])
    if aside is not None:
        _plain(name, aside.path)
    return ResultFrame(_number(name, one["frame"]), file, size, digest, made, _text(name, one["engine"]), aside)


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    **dict.fromkeys(("kind", "device", "machine", "started", "verdict"), _text),
    **dict.fromkeys(("asked", "engine", "seeds", "rights", "color", "versions", "hashing"), _table),
    "job": _sha256,
    "pattern": _plain,
    "inputs": lambda name, value: tuple(_input(name, one) for one in _list(name, value)),
    "frames": lambda name, value: tuple(_frame(name, one) for one in _list(name, value)),
    "models": lambda name, value: tuple(_table(name, one) for one in _list(name, value)),
    "notes": lambda name, value: tuple(_text(name, one) for one in _list(name, value)),
}
