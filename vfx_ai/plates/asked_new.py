"""What is asked of a new plate: files found, sizes settled, and the cost, before anything is read or written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import torch

from vfx_ai.errors import JobError, OutputError
from vfx_ai.job import Missing
from vfx_ai.media.output import refuse_input
from vfx_ai.media.pattern import has_frame_token
from vfx_ai.media.sequence import find_sequence, output_path, resolve_output, spread
from vfx_ai.plates.footage import Footage
from vfx_ai.plates.references import Masked
from vfx_ai.plates.synthesis import FRAMES, SIDE

# Of `bench/plates.py cost`: CPU seconds for a searched pixel and for a written one, and memory.
SEARCH_SECONDS, WRITE_SECONDS, READ_SECONDS = 8e-5, 2e-6, 3e-7
BYTES, BASE_BYTES = 420, 600_000_000
MOST_SEARCHED = 12_000_000  # pixels of plate and references together
SMALLEST = 48  # pixels of the shorter side at which patches are searched
TINY = 0.7  # of references that are smaller still
LEAST_SIDE = 4 * SIDE
FASTER = {"cuda": 0.05, "mps": 0.3}
MOST_SIDE = 32768
FASTEST, SAME_RATE = 1000, 0.0015  # frames a second


@dataclass(frozen=True)
class Asked:
    """What is asked.

    Attributes:
        shots: the references.
        mask: of the first.
        output: the resolved pattern.
        numbers: of files that are to be written.
        length, height, width: of the whole plate.
        scale: of the size at which patches are searched.
        least: frames that each reference must have; a still is held.
        notes: what is good to know.
    """

    shots: list[Footage]
    mask: Masked | None
    output: str
    numbers: tuple[int, ...]
    length: int
    height: int
    width: int
    scale: float
    least: int
    notes: tuple[str, ...]

    @property
    def searched(self) -> tuple[int, int, int]:
        """Frames, rows and columns at the searched size."""
        return self.length, max(SIDE, round(self.height * self.scale)), max(SIDE, round(self.width * self.scale))

    def cost(self, device: torch.device) -> tuple[float, int]:
        """Seconds, about, and bytes of memory."""
        own, lent = self.length * self.height * self.width, pixels_in(self.shots)
        search = (own + lent) * self.scale**2 / 2 * SEARCH_SECONDS / max(1, torch.get_num_threads())
        seconds = search * FASTER.get(device.type, 1.0) + lent * READ_SECONDS
        seconds += len(self.numbers) * self.height * self.width * WRITE_SECONDS
        return seconds, round((own + lent) * self.scale**2 * BYTES) + BASE_BYTES


def pixels_in(shots: list[Footage]) -> int:
    """Pixels of all references."""
    return sum(len(s.files.frames) * s.window.height * s.window.width for s in shots)


def asked_for(
    like: tuple[str, ...],
    output: str,
    frames: int,
    size: str,
    mask: str,
    mask_channel: str,
    start: int,
    sample: int,
    layer: str,
    colorspace: str,
    missing: Missing,
    budget: int,
) -> Asked:
    """Find files, and refuse what can't be done; see `generate.generate_plate`.

    Raises:
        VfxAiError: it can't.
    """
    if not like:
        raise JobError("no reference was given", remedy="Name one: --like shot/surf.####.exr.")
    shots = [Footage(find_sequence(one, missing=missing, role="reference"), layer, colorspace) for one in like]
    lengths = [len(shot.files.frames) for shot in shots]
    length = frames or lengths[0]
    notes = []
    if length < 1 or sample < 0:
        raise JobError(f"frames is {frames}", remedy="Give 1 or more, e.g. --frames 120.")
    if length > 1 and max(lengths) == 1:
        raise JobError(
            "a still has no motion that a plate of several frames could have",
            file=like[0],
            remedy="Give a sequence as reference, or --frames 1.",
        )
    least = min(FRAMES, length, max(lengths))
    if min(lengths) < least:
        notes.append("Stills among the references are held for a few frames: what is like them won't move.")
    width, height = _size(size, shots[0])
    for shot in shots:
        small = min(shot.window.height, shot.window.width)
        if small < LEAST_SIDE:
            raise JobError(
                f"the reference is {shot.window.width}x{shot.window.height}, and patches need {LEAST_SIDE}",
                file=shot.files.pattern,
                remedy="Give a larger one.",
            )
    target = resolve_output(output, shots[0].files, "new")
    target = in_sequence(target, length)
    numbers = spread(tuple(range(start, start + length)), sample)
    inputs = [shot.files for shot in shots]
    masked = None
    if mask:
        masked = Masked(find_sequence(mask, missing=missing, role="mask"), mask_channel)
        inputs.append(masked.files)
        if not masked.files.single:
            for number in shots[0].files.frames:
                masked.files.path(number)
    for number in numbers:
        refuse_input(output_path(target, number), number, inputs)
    scale = _scale(length * height * width + pixels_in(shots), min(height, width, *_sides(shots)), budget)
    if scale < 1:
        notes.append(
            f"Patches are searched at {100 * scale:.0f}% of the size; finer detail is that of the places found."
        )
    return Asked(shots, masked, target, numbers, length, height, width, scale, least, tuple(notes))


def rate_of(fps: str) -> Fraction | None:
    """Frames a second, of "24", "23.976" or "24000/1001"; None of "".

    Raises:
        JobError: it is no rate.
    """
    if not fps.strip():
        return None
    try:
        rate = Fraction(fps.replace(" ", ""))
        drop = Fraction(round(rate) * 1000, 1001)  # what 23.976 and 29.97 stand for
        rate = drop if abs(rate - drop) < SAME_RATE else rate.limit_denominator(1001)
    except (ValueError, ZeroDivisionError):
        rate = Fraction(0)
    if not 0 < rate <= FASTEST:
        raise JobError(f"fps is {fps!r}", remedy="Give frames a second, e.g. --fps 24 or --fps 24000/1001.")
    return rate


def _sides(shots: list[Footage]) -> list[int]:
    return [min(shot.window.height, shot.window.width) for shot in shots]


def _scale(pixels: int, side: int, budget: int) -> float:
    """The size at which patches are searched, within memory.

    Raises:
        JobError: it would be too small.
    """
    most = min(MOST_SEARCHED, max(0, budget - BASE_BYTES // 4) // BYTES)
    scale: float = min(1.0, (most / pixels) ** 0.5)
    if scale * side < min(SMALLEST, TINY * side):
        raise JobError(
            "so many pixels can't be searched within the memory",
            remedy="Give more --memory, fewer --frames or a smaller --size, or name fewer frames of the reference.",
        )
    return scale


def _size(text: str, shot: Footage) -> tuple[int, int]:
    return size_of(text) if text else (shot.window.width, shot.window.height)


def size_of(text: str) -> tuple[int, int]:
    """Width and height of "1920x1080".

    Raises:
        JobError: it is no size, or one that no plate has.
    """
    found = re.fullmatch(r"\s*(\d+)\s*[xX]\s*(\d+)\s*", text, re.ASCII)
    width, height = (int(found[1]), int(found[2])) if found else (0, 0)
    if not (LEAST_SIDE <= width <= MOST_SIDE and LEAST_SIDE <= height <= MOST_SIDE):
        raise JobError(
            f"size is {text!r}",
            remedy=f"Give width and height from {LEAST_SIDE} to {MOST_SIDE}, e.g. --size 1920x1080.",
        )
    return width, height


def in_sequence(target: str, length: int) -> str:
    """The pattern, which must hold all frames.

    Raises:
        JobError: it has no place for the number. OutputError: it is no EXR.
    """
    path = Path(target)
    if path.suffix.lower() != ".exr":
        raise OutputError(
            f"new plates are not written as {path.suffix or 'a file without an extension'}",
            file=target,
            remedy=f"Write EXR: -o {path.with_suffix('.exr')}.",
        )
    if length > 1 and not has_frame_token(path.name):
        better = path.with_name(f"{path.stem}.####.exr")
        raise JobError(f"one name for {length} frames", file=target, remedy=f"Write -o {better}.")
    return target
