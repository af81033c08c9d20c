"""Where results are written: a name chosen for a folder, and what must never be overwritten."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from vfx_ai.errors import JobError, OutputError
from vfx_ai.media.pattern import has_frame_token, output_path

if TYPE_CHECKING:
    from vfx_ai.media.sequence import Sequence

# Formats beside EXR that can be written again without any code value changing.
REWRITABLE = frozenset({".dpx", ".png", ".tif", ".tiff"})


def resolve_output(pattern: str, plate: Sequence, kind: str = "clean") -> str:
    """The pattern that results are written by, with the plate's own padding.

    A folder ("out/", an existing one, or a name without an extension) becomes "out/<plate>_<kind>.####.exr"; a lone "#"
    becomes as many as the plate's.
    """
    hashes = "#" * Path(plate.pattern).name.count("#")
    path = Path(pattern)
    if path.is_dir() or pattern.endswith(("/", os.sep)) or not (path.suffix or has_frame_token(path.name)):
        return str(path / _chosen_name(plate, hashes, kind))
    if "#" in path.name and "##" not in path.name and hashes:
        return str(path.parent / path.name.replace("#", hashes))
    return pattern


def stem_of(output: str) -> str:
    """What the files of a result's pattern have in common: "clean" of "out/clean.####.exr"."""
    name = Path(output).name
    stem = name.partition("#")[0].partition("%")[0] if any(token in name for token in "#%@") else Path(output).stem
    return stem.rstrip("._-") or "result"


def made_pattern(output: str) -> str:
    """The pattern of the files that hold what a model made of `output`, by itself: "out/clean_made.####.exr"."""
    path, stem = Path(output), stem_of(output)
    beside = path.name.replace(stem, f"{stem}_made", 1) if stem in path.name else f"{stem}_made{path.name}"
    return str(path.with_name(beside))


def made_beside(result: Sequence, number: int) -> tuple[Path, ...]:
    """Where what a model made of a frame of a result may lie; a lone file may be of a sequence, by a number in it."""
    if not result.single:
        return (output_path(made_pattern(result.pattern), number),)
    path = result.path(number)
    patterns = [
        (path.name[: run.start()] + "#" * len(run[0]) + path.name[run.end() :], int(run[0]))
        for run in re.finditer(r"\d+", path.stem)
    ]
    return (
        Path(made_pattern(str(path))),
        *(output_path(made_pattern(str(path.with_name(name))), frame) for name, frame in patterns),
    )


def _chosen_name(plate: Sequence, hashes: str, kind: str) -> str:
    name = Path(plate.pattern).name
    if plate.single:
        number = str(plate.frames[0])
        stem = Path(plate.pattern).stem
        head = stem.removesuffix(number).rstrip("0._-") if stem.endswith(number) else stem
        tail = stem[len(head) :].lstrip("._-")
        return f"{head or 'plate'}_{kind}.{tail}.exr" if tail else f"{stem}_{kind}.exr"
    head = name.partition("#")[0].rstrip("._-") or Path(plate.pattern).absolute().parent.name or "plate"
    return f"{head}_{kind}.{hashes}.exr"


def check_output(pattern: str, frames: tuple[int, ...], plate: Sequence, matte: Sequence | None) -> None:
    """Refuses a pattern that can't hold all frames, is of a kind that isn't written, or would overwrite an input.

    Raises:
        JobError: no place for the number though there is more than one frame, or an extension that isn't written.
        OutputError: a result would take the place of a plate's or a matte's file.
    """
    path = Path(pattern)
    if len(frames) > 1 and not has_frame_token(path.name):
        better = path.with_name(f"{path.stem}.####{path.suffix or '.exr'}")
        raise JobError(f"one name for {len(frames)} frames", file=pattern, remedy=f"Write -o {better}.")
    allowed = {".exr"} | ({Path(plate.pattern).suffix.lower()} & REWRITABLE)
    if path.suffix.lower() not in allowed:
        raise JobError(
            f"results are not written as {path.suffix or 'a file without an extension'}",
            file=pattern,
            remedy=f"Write EXR: -o {path.with_suffix('.exr')}.",
        )
    inputs = [sequence for sequence in (plate, matte) if sequence is not None]
    files = {identity: file for sequence in inputs for identity, file in _files(sequence)}
    for number in frames:
        _check_target(output_path(pattern, number), number, inputs, files)


def refuse_input(target: Path, number: int, inputs: list[Sequence]) -> None:
    """Refuse a file to write to that is one of those that are read.

    Raises:
        OutputError: it is.
    """
    _check_target(target, number, inputs, {identity: file for one in inputs for identity, file in _files(one)})


def _check_target(target: Path, number: int, inputs: list[Sequence], files: dict[tuple[int, int], Path]) -> None:
    # By identity, so that links and file systems that know no upper case are seen through.
    same = files.get(identity) if (identity := _identity(target)) else None
    # A gap of the input has no file yet, and must not be filled up with a result.
    literal = any(not item.single and _place(item.literal_path(number)) == _place(target) for item in inputs)
    if same is not None or literal:
        raise OutputError(
            f"the result would take the place of {same or 'an input frame'}",
            file=target,
            frame=number,
            remedy="Write to another folder or name, e.g. -o out/clean.####.exr.",
        )


def _place(path: Path) -> tuple[str, str]:
    return os.path.normcase(path.parent.resolve()), os.path.normcase(path.name)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _files(sequence: Sequence) -> Iterator[tuple[tuple[int, int], Path]]:
    for number in sequence.present:
        if identity := _identity(sequence.path(number)):
            yield identity, sequence.path(number)
