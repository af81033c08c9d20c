"""Which files are a shot: frame patterns, folders and single files as compositors write them, read through fileseq."""

from __future__ import annotations

import difflib
from bisect import bisect_left
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import fileseq
import numpy as np

from vfx_ai.errors import InputError, JobError, MissingFrameError
from vfx_ai.media.in_folder import MOST_DIGITS, NO_FILE, NUMBER_OF_FILE, found_in, is_no_file, names_in, patterns_in
from vfx_ai.media.output import check_output, made_pattern, resolve_output
from vfx_ai.media.pattern import (
    ANY_PADDING,
    common_padding,
    has_frame_token,
    numbers_between,
    output_path,
    parse_name,
    ranges,
)

__all__ = ["Sequence", "check_output", "find_sequence", "output_path", "parse_frames", "resolve_output"]

# A stray file must not make a shot of a billion frames.
_MOST_FRAMES = 1_000_000


@dataclass(frozen=True)
class Sequence:
    """The frames of a plate or a matte, and where each lies.

    Attributes:
        spec: as the user wrote it.
        frames: every frame number of the shot, rising; gaps are included when the policy is "hold" or "black".
        missing: those of `frames` that have no file.
        policy: what a gap means: "error", "hold" or "black".
        single: one file, given by its own name; as a matte it stands for every frame.
        pattern: path with "#" for the number, e.g. "shot/plate.####.exr"; the file itself if `single`.
    """

    spec: str
    frames: tuple[int, ...]
    missing: tuple[int, ...]
    policy: str
    single: bool
    pattern: str
    role: str = field(default="plate", compare=False)

    def path(self, number: int) -> Path:
        """The file to read for frame `number`; for a gap under "hold" or "black" the one before, else the next.

        Raises:
            MissingFrameError: there is no file for it and the policy is "error".
        """
        if self.single:
            return Path(self.pattern)
        if number in self._there:
            return self.literal_path(number)
        if self.policy == "error":
            raise _missing(self.role, self.pattern, [number])
        at = bisect_left(self.present, number)
        return self.literal_path(self.present[max(0, at - 1)])

    def literal_path(self, number: int) -> Path:
        """The path that frame `number` has or would have by the pattern, whether there is a file or not."""
        return Path(self.pattern) if self.single else output_path(self.pattern, number)

    def is_black(self, number: int) -> bool:
        """Whether frame `number` is a gap that counts as black; `path` then gives a file to take the header from."""
        return self.policy == "black" and not self.single and number not in self._there

    @cached_property
    def present(self) -> tuple[int, ...]:
        """Those of `frames` that have a file, rising."""
        gaps = frozenset(self.missing)
        return tuple(number for number in self.frames if number not in gaps)

    @cached_property
    def _there(self) -> frozenset[int]:
        return frozenset(self.present)


def find_sequence(spec: str, *, missing: str = "error", role: str = "plate") -> Sequence:
    """The sequence that `spec` names: a pattern (####, #, @@@, %04d, 1001-1024#), a folder with one, or a file.

    Args:
        spec: as typed.
        missing: what a gap means: "error", "hold" or "black".
        role: what it is called in messages.

    Raises:
        InputError: nothing is there by that name, or more than one thing.
        MissingFrameError: frames are missing and the policy is "error".
    """
    try:
        path = Path(spec).expanduser()
        if path.is_dir():
            return _in_folder(path, spec, missing, role)
        if path.is_file():
            return _one_file(path, spec, missing, role)
        return _by_pattern(path, spec, missing, role)
    except (OSError, ValueError) as error:
        raise InputError(f"the {role} can't be read: {error}", file=spec, remedy="Check the path.") from None


def spread(numbers: tuple[int, ...], count: int) -> tuple[int, ...]:
    """So many of the numbers, evenly among them with both ends; 0, or as many as there are: all."""
    if not 0 < count < len(numbers):
        return numbers
    return tuple(numbers[i] for i in np.linspace(0, len(numbers) - 1, count).round().astype(int))


def parse_frames(text: str, available: tuple[int, ...]) -> tuple[int, ...]:
    """The frames that `text` names, rising and once each, e.g. "1001-1024", "1001,1010-1020x2", "-5--1"; "": all.

    Raises:
        JobError: not a frame range, an empty one, or frames that are not in `available`.
    """
    if not text.strip():
        return available
    try:
        asked = fileseq.FrameSet("".join(text.split()))
        whole = len(asked) <= _MOST_FRAMES and not asked.hasSubFrames()
        wanted = sorted({int(number) for number in asked}) if whole else []
    except (fileseq.FileSeqException, ValueError, ArithmeticError):
        wanted = []
    if not wanted:
        raise JobError(f"{text!r} is no frame range", remedy="Write e.g. 1001-1024 or 1001,1010-1020x2.")
    known = set(available)
    outside = [number for number in wanted if number not in known]
    if outside:
        raise JobError(
            f"the plate has no frame {ranges(outside)}", remedy=f"Choose among {ranges(available)} with --frames."
        )
    return tuple(wanted)


def _one_file(path: Path, spec: str, missing: str, role: str) -> Sequence:
    found = NUMBER_OF_FILE.search(path.stem)
    return Sequence(spec, (int(found[1]) if found else 1,), (), missing, True, str(path), role)


def sequences_in(folder: Path) -> tuple[Sequence, ...]:
    """Every sequence and still picture of a folder, not of folders within it, by name; gaps are held.

    The folder is listed once, however many sequences there are.

    Raises:
        InputError: the folder can't be read.
    """
    try:
        names = names_in(folder)
        patterns = found_in(names)
    except (OSError, ValueError) as error:
        raise InputError(f"the folder can't be read: {error}", file=folder, remedy="Check its rights.") from None
    found = []
    for pattern, numbers in sorted(patterns.items()):
        path = str(folder / pattern)
        if numbers is None or len(numbers) == 1:
            name = path if numbers is None else str(output_path(path, numbers[0]))
            found.append(Sequence(path, numbers or (1,), (), "hold", True, name))
        elif numbers[-1] - numbers[0] < _MOST_FRAMES:
            whole = tuple(range(numbers[0], numbers[-1] + 1))
            gaps = tuple(sorted(set(whole).difference(numbers)))
            found.append(Sequence(path, whole, gaps, "hold", False, path))
    return tuple(found)


def _in_folder(folder: Path, spec: str, missing: str, role: str) -> Sequence:
    every = patterns_in(folder)
    beside = {Path(made_pattern(pattern)).name for pattern in every}  # what a model made of one of the others
    patterns = [pattern for pattern in every if pattern not in beside]
    if len(patterns) != 1:
        what = "no picture" if not patterns else f"{len(patterns)} sequences: {_listed(patterns)}"
        raise InputError(
            f"the folder holds {what}", file=folder, remedy=f"Name the {role}'s files, e.g. {folder}/{role}.####.exr."
        )
    path = folder / patterns[0]
    if path.is_file():
        return _one_file(path, spec, missing, role)
    return _by_pattern(path, spec, missing, role)


def _by_pattern(path: Path, spec: str, missing: str, role: str) -> Sequence:
    if not has_frame_token(path.name) or not path.parent.is_dir():
        raise _nothing(path, role)
    sequence = parse_name(path.name)
    head, tail, token = str(sequence.basename()), str(sequence.extension()), str(sequence.padding())
    numbers = [text for text in numbers_between(names_in(path.parent), head, tail) if len(text) <= MOST_DIGITS]
    if not numbers:
        raise _nothing(path, role)
    padding = common_padding(numbers) if token in ANY_PADDING else int(sequence.zfill())
    pattern = str(path.parent / f"{head}{'#' * max(1, padding)}{tail}")
    present = {int(text) for text in numbers if output_path(pattern, int(text)).name == f"{head}{text}{tail}"}
    if not present or (not padding and len(numbers) > 1):
        raise _wrong_padding(path, role, head, tail, numbers)
    asked = sequence.frameSet()
    if asked and len(asked) > _MOST_FRAMES:
        raise JobError(
            f"the {role} is to have {len(asked):,} frames", file=path, remedy=f"Name at most {_MOST_FRAMES:,}."
        )
    wanted = sorted({int(number) for number in asked}) if asked else _span(present, path, role)
    gaps = tuple(number for number in wanted if number not in present)
    if len(gaps) == len(wanted):
        raise _missing(role, pattern, wanted)
    if gaps and missing == "error":
        raise _missing(role, pattern, list(gaps))
    return Sequence(spec, tuple(wanted), gaps, missing, False, pattern, role)


def _span(present: set[int], path: Path, role: str) -> list[int]:
    first, last = min(present), max(present)
    if last - first >= _MOST_FRAMES:
        raise InputError(
            f"the {role} runs from frame {first} to {last}",
            file=path,
            remedy=f"Name the range, e.g. {path.name.replace('#', '1001-1024#', 1)}, or remove the stray file.",
        )
    return list(range(first, last + 1))


def _missing(role: str, pattern: str, numbers: list[int]) -> MissingFrameError:
    for number in numbers:
        if is_no_file(output_path(pattern, number)):
            return MissingFrameError(
                f"{NO_FILE}: the {role}'s frame can't be read",
                file=output_path(pattern, number),
                frame=number,
                remedy="Put the picture itself there, or use --missing hold or --missing black.",
            )
    which = f"frame {numbers[0]} is" if len(numbers) == 1 else f"frames {ranges(numbers)} are"
    return MissingFrameError(
        f"{which} missing from the {role}",
        file=pattern,
        frame=numbers[0],
        remedy="Supply it, or use --missing hold (the frame before stands in) or --missing black.",
    )


def _nothing(path: Path, role: str) -> InputError:
    if is_no_file(path):
        return InputError(f"{NO_FILE}: the {role} can't be read", file=path, remedy="Name a file, or a sequence.")
    if not path.parent.is_dir():
        return InputError(f"there is no folder {path.parent}", file=path, remedy="Check the path.")
    near = _near(path)
    remedy = f"There is {_listed(near)}." if near else f"The folder holds no picture of that kind; check the {role}."
    return InputError(f"no file matches the {role}", file=path, remedy=remedy)


def _near(path: Path) -> list[str]:
    patterns = patterns_in(path.parent)
    return difflib.get_close_matches(path.name, patterns, n=4, cutoff=0.5) or patterns[:4]


def _wrong_padding(path: Path, role: str, head: str, tail: str, numbers: list[str]) -> InputError:
    widths = sorted({len(text) for text in numbers})
    choices = [f"{head}{'#' * width}{tail}" for width in widths]
    return InputError(
        f"the {role}'s frame numbers are written with {' and '.join(map(str, widths))} digits",
        file=path,
        remedy=f"Write {' or '.join(str(path.parent / choice) for choice in choices)}.",
    )


def _listed(names: list[str], most: int = 6) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
