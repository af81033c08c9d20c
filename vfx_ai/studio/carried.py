"""What a result says of itself: its channels, its header, the sidecar and the report that lie beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vfx_ai.fill import SOURCES
from vfx_ai.media import exr
from vfx_ai.media.exr_header import is_exr
from vfx_ai.media.exr_intact import read_header
from vfx_ai.media.plain_file import open_plain

SIDECAR, REPORT = "*.vfxai.json", "report.json"
MOST_BYTES = 128 << 20
_PREFIX = "vfxai:"


@dataclass(frozen=True)
class Carried:
    """What a result says of itself.

    Attributes:
        told_by: where it is said.
        engine: that made it; "": it isn't said.
        pixels: how many came from where, by the words of `vfx_ai.fill.SOURCES`, without the plate's own.
        frames: how many pixels each frame gave, by its number.
        models: networks whose output is in it, as the sidecar has them.
        inputs: what files were asked for as, and their sha256 in order, an item for each sequence.
        job: hash of what was asked; "": it isn't said.
        catalogue: the folder of the catalogue that the result was entered in, or that a model was trained on; "": none.
    """

    told_by: tuple[str, ...]
    engine: str
    pixels: dict[str, int]
    frames: dict[int, int]
    models: tuple[dict[str, Any], ...]
    inputs: tuple[tuple[str, tuple[str, ...]], ...]
    job: str
    catalogue: str = ""


def carried_by(result: Path, sha256: str) -> Carried:
    """What one file of a result says of itself.

    Args:
        result: the file.
        sha256: of it.

    Raises:
        InputError: the file can't be read.
    """
    told: list[str] = []
    stamp = _stamp(result)
    pixels, frames = _counted(result)
    if stamp:
        told.append("its header")
    if pixels:
        told.append("its channels fill.source and fill.from")
    sidecar, path = _sidecar(result, sha256)
    models: list[dict[str, Any]] = []
    inputs: tuple[tuple[str, tuple[str, ...]], ...] = ()
    engine = str(stamp.get("engine", ""))
    if sidecar:
        told.append(path.name)
        models = [one for one in _list(sidecar.get("models")) if isinstance(one, dict)]
        inputs = tuple(_inputs(sidecar))
        told_engine = sidecar.get("engine")
        engine = engine or str(told_engine.get("name", "") if isinstance(told_engine, dict) else "")
    else:
        report = _report(result)
        if report:
            told.append(REPORT)
            models = [one for one in _list(report.get("models")) if isinstance(one, dict)]
            engine = engine or str(report.get("engine", ""))
    told_of = [sidecar.get("rights"), *(model.get("training") for model in models)]
    folders = [str(one.get("catalogue") or "") for one in told_of if isinstance(one, dict)]
    catalogue = next(filter(None, folders), "")
    return Carried(tuple(told), engine, pixels, frames, tuple(models), inputs, str(stamp.get("job", "")), catalogue)


def _stamp(result: Path) -> dict[str, str]:
    """The header's own lines of text."""
    if not is_exr(result):
        return {}
    texts: dict[str, str] = {}
    for part in read_header(result).parts:
        for name, attribute in part.attributes.items():
            if name.startswith(_PREFIX) and attribute.kind == "string":
                texts[name.removeprefix(_PREFIX)] = attribute.value.decode("utf-8", "replace")
    return texts


def _counted(result: Path) -> tuple[dict[str, int], dict[int, int]]:
    if not is_exr(result):
        return {}, {}
    names = ("fill.source", "fill.from.frame")
    there = {channel.name for part in read_header(result).parts[:1] for channel in part.channels}
    if not there.issuperset(names):
        return {}, {}
    return _tally(dict(zip(names, exr.read_planes(result, 0, [(0, name) for name in names]), strict=True)))


def _tally(values: dict[str, Any]) -> tuple[dict[str, int], dict[int, int]]:
    source = np.nan_to_num(values["fill.source"].astype(np.float32)).round().astype(np.int64)
    pixels = {
        SOURCES.get(int(kind), f"unknown ({kind})"): int(count)
        for kind, count in zip(*np.unique(source[source != 0], return_counts=True), strict=True)
    }
    number = np.nan_to_num(values["fill.from.frame"].astype(np.float32)).round().astype(np.int64)
    traced = (source != 0) & (number != 0)
    frames = {int(n): int(count) for n, count in zip(*np.unique(number[traced], return_counts=True), strict=True)}
    return pixels, frames


def _sidecar(result: Path, sha256: str) -> tuple[dict[str, Any], Path]:
    """The sidecar that knows this very file, else one that knows its name."""
    named: tuple[dict[str, Any], Path] = ({}, result)
    for path in sorted(result.parent.glob(SIDECAR)):
        data = _json(path)
        for frame in _list(data.get("frames")):
            for name, digest in _files(frame):
                if digest == sha256:
                    return data, path
                if name == result.name:
                    named = data, path
    return named


def _files(frame: Any) -> Iterator[tuple[Any, Any]]:
    """Names and sha256 of a frame's files, that of what a model made by itself among them."""
    if isinstance(frame, dict):
        yield frame.get("file"), frame.get("sha256")
        made = frame.get("made")
        if isinstance(made, dict):
            yield made.get("path"), made.get("sha256")


def _report(result: Path) -> dict[str, Any]:
    data = _json(result.parent / REPORT)
    frames = [frame for frame in _list(data.get("frames")) if isinstance(frame, dict)]
    return data if any(Path(str(frame.get("result", ""))).name == result.name for frame in frames) else {}


def _inputs(sidecar: dict[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for one in _list(sidecar.get("inputs")):
        if isinstance(one, dict):
            files = [file for file in _list(one.get("files")) if isinstance(file, dict)]
            yield str(one.get("field", "")), tuple(str(file.get("sha256", "")) for file in files)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _json(path: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError, RecursionError):
        with open_plain(path) as file:
            text = file.read(MOST_BYTES + 1)
        data = json.loads(text) if len(text) <= MOST_BYTES else {}
        return data if isinstance(data, dict) else {}
    return {}
