"""What a sidecar names as inputs: where they lie now, and whether they are what they were.

A sidecar may come from a stranger: its paths are only read, and one on another machine is not followed unless its user
named it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from vfx_ai.errors import InputError, JobError
from vfx_ai.media.shares import on_a_share
from vfx_ai.proof.hashes import Hashes
from vfx_ai.proof.sidecar import HashedFile, Sidecar
from vfx_ai.reading import read
from vfx_ai.steps.proof import READ, inputs_of
from vfx_ai.telling import Teller

_DISK = re.compile(r"[A-Za-z]:[\\/]")  # of Windows
# Where and how fast, not what: these are this machine's affair.
_HERE = ("device", "force", "policy", "models_dir")
_NAMED = 5  # inputs that a message names

Moved = tuple[tuple[str, str], ...]


def asked_now(known: Sidecar, made: type[Any], moved: Moved, sidecar: Path) -> dict[str, Any]:
    """What was asked, with its paths as they are now.

    Args:
        known: the sidecar.
        made: the dataclass that it becomes.
        moved: see `again.reproduce`.
        sidecar: its file.

    Raises:
        InputError: it makes no sense, or a path in it can't be followed.
    """
    asked = {name: value for name, value in known.asked.items() if name not in _HERE}
    try:
        read(made, asked)
    except JobError as error:
        raise InputError(f"what it asks for can't be: {error.message}", file=sidecar, remedy=error.remedy) from None
    for name in READ[known.kind]:
        value = asked.get(name)
        if not value:
            continue
        specs = [value] if isinstance(value, str) else value
        if specs != [one.spec for one in known.inputs if one.field == name]:
            raise InputError(f"what it asks for as {name}, and the files of that, don't belong together", file=sidecar)
        paths = {file.path for one in known.inputs for file in one.files}
        now = [",".join(str(_mapped(one, moved, sidecar)) for one in _names(name, spec, paths)) for spec in specs]
        asked[name] = now[0] if isinstance(value, str) else now
    return asked


def check_inputs(known: Sidecar, asked: dict[str, Any], moved: Moved, sidecar: Path, tell: Teller) -> None:
    """Compare every input with its hash.

    Raises:
        InputError: files are missing, changed, or there are others now.
    """
    files = [file for one in known.inputs for file in one.files]
    words = "comparing inputs with their hashes"
    hashes, wrong, step = Hashes(None, tell.check), [], tell.steps("analyse", words)
    tell.stage("analyse", len(files), 0, words)
    for done, file in enumerate(files, 1):
        path = _mapped(file.path, moved, sidecar)
        if why := _wrong(hashes, file, path):
            wrong.append(f"{path} {why}")
        step(done, len(files))
    wrong += [] if wrong else _others(known, asked, moved, sidecar)
    if wrong:
        more = f", and {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else ""
        raise InputError(
            f"{len(wrong)} of {len(files)} inputs aren't what they were: {'; '.join(wrong[:_NAMED])}{more}",
            file=sidecar,
            remedy="Bring back the files as they were, or say where they lie now with --map OLD=NEW.",
        )


def _wrong(hashes: Hashes, file: HashedFile, path: Path) -> str:
    try:
        if not path.is_file():
            return "isn't there"
        size = path.stat().st_size
        if size != file.bytes:
            return f"has {size} bytes, and had {file.bytes}"
        return "" if hashes.of(path, file.frame).sha256 == file.sha256 else "holds something else"
    except (InputError, OSError, ValueError) as error:
        return f"can't be read: {error}"


def _others(known: Sidecar, asked: dict[str, Any], moved: Moved, sidecar: Path) -> list[str]:
    """Files that are read by the same names now, and weren't then: another frame may lend other pixels."""
    then = {_mapped(file.path, moved, sidecar) for one in known.inputs for file in one.files}
    now = {path.absolute() for _, _, files in inputs_of(known.kind, asked) for _, path in files}
    return [f"{path} wasn't there" for path in sorted(now - then)]


def _names(name: str, spec: str, paths: Collection[str]) -> list[str]:
    """The names in what was asked; several may stand in one as paint-outs, unless it is itself a file's."""
    return spec.split(",") if name == "painted" and spec not in paths else [spec]


def _mapped(text: str, moved: Moved, sidecar: Path) -> Path:
    """Where a path of the sidecar lies now."""
    foreign = bool(_DISK.match(text)) or (on_a_share(text) and "\\" in text)
    plain = text.replace("\\", "/") if foreign else text
    fitting = []
    for old, new in moved:
        begin = (old.replace("\\", "/") if foreign else old).rstrip("/")
        same = plain.lower().startswith(begin.lower()) if foreign else plain.startswith(begin)
        if same and plain[len(begin) : len(begin) + 1] in ("", "/"):
            fitting.append((len(begin), new))
    if fitting:
        length, new = max(fitting)
        return Path(f"{new.rstrip('/')}{plain[length:]}").absolute()
    if on_a_share(text):
        raise InputError(
            f"it names a path on another machine: {text}",
            file=sidecar,
            remedy="If you know that machine, say so with --map, its beginning on both sides.",
        )
    if not Path(text).is_absolute():
        raise InputError(
            f"it names {text}, which is no path of this system", file=sidecar, remedy="Say where it lies with --map."
        )
    return Path(text)
