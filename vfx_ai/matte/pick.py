"""What the commands `vfx-ai matte names` and `vfx-ai matte pick` do, from files to files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from vfx_ai.errors import Interrupted
from vfx_ai.job import Event, Missing, Progress, check_choices, silent
from vfx_ai.matte.cryptomatte import Cryptomatte, find_cryptomattes, read_shares
from vfx_ai.matte.ids import id_as_text
from vfx_ai.matte.objects import check_objects, choose_cryptomatte, read_objects
from vfx_ai.matte.selection import parse_objects, spelled
from vfx_ai.media.matte_write import write_matte
from vfx_ai.media.sequence import Sequence, check_output, find_sequence, output_path, parse_frames, resolve_output


@dataclass(frozen=True)
class MatteObject:
    """One object of a cryptomatte, in one frame.

    Attributes:
        name: as the manifest has it; the id, "<1a2b3c4d>", if that has none.
        pick: how it is written to be picked: the name, with what has a meaning in a list made plain.
        id: the id, as eight digits in hexadecimal.
        share: of the display window, 0..1.
    """

    name: str
    pick: str
    id: str
    share: float


@dataclass(frozen=True)
class MatteNames:
    """The objects of one cryptomatte, in one frame.

    Attributes:
        layer: the cryptomatte's name.
        frame: the frame's number.
        ranks: how many objects a pixel may have.
        objects: those that cover something, the largest first.
        absent: names in the manifest that cover nothing in this frame.
        note: why there are no names, or why it can't be used; "" if all is well.
    """

    layer: str
    frame: int
    ranks: int
    objects: tuple[MatteObject, ...]
    absent: tuple[str, ...]
    note: str


@dataclass(frozen=True)
class PickedMatte:
    """A matte that was written.

    Attributes:
        output: the pattern of its files.
        layer: the cryptomatte that it is from.
        objects: what was picked, with patterns written out, by the first frame's names.
        frames: that were written.
        empty: of these, those in which the objects have no pixel.
        share: of the display window that it covers, 0..1, the mean of the frames.
    """

    output: str
    layer: str
    objects: tuple[str, ...]
    frames: tuple[int, ...]
    empty: tuple[int, ...]
    share: float


def matte_names(plate: str, frame: int | None = None, *, missing: Missing = "error") -> tuple[MatteNames, ...]:
    """The objects of a plate in one frame, cryptomatte by cryptomatte; the first frame unless one is named.

    Raises:
        InputError, UnsupportedFileError: it can't be read, or has no cryptomatte. JobError: it has no such frame.
    """
    check_choices(missing=missing)
    files = find_sequence(plate, missing=missing)
    there = files.present
    number = there[0] if frame is None else parse_frames(str(frame), there)[0]
    path = files.path(number)
    return tuple(_named(crypto, files, number) for crypto in find_cryptomattes(path, number))


def pick_matte(
    plate: str,
    objects: str,
    output: str,
    *,
    layer: str = "",
    frames: str = "",
    missing: Missing = "error",
    progress: Progress = silent,
    cancelled: Callable[[], bool] = lambda: False,
) -> PickedMatte:
    """Write the matte of some objects, one EXR per frame: channel A, half, with the windows of the cryptomatte.

    Args:
        plate: the sequence with the cryptomatte.
        objects: names, patterns and ids; see `selection.parse_objects`.
        output: pattern of the matte's files.
        layer: which cryptomatte, if there are several.
        frames: which to write, e.g. "1001-1010"; "": all.
        missing: what a gap in the plate means: "error", "hold" or "black", without any object.
        progress: is told of each frame.
        cancelled: is asked before each frame; when it says True it ends with Interrupted, and what is written stays.

    Raises:
        VfxAiError: a file can't be read or written, or something named has no pixel in any of the frames.
    """
    check_choices(missing=missing)
    files = find_sequence(plate, missing=missing)
    target = resolve_output(output, files, "matte")
    numbers = parse_frames(frames, files.frames)
    check_output(target, numbers, files, None)
    check_objects(files, numbers, objects, layer)
    progress(Event("stage", "matte", "", 0, len(numbers)))
    empty, total = [], 0.0
    for done, number in enumerate(numbers, 1):
        if cancelled():
            raise Interrupted(f"stopped; {done - 1} frames of the matte are written")
        share = _write(files, number, objects, layer, target)
        total += share
        empty += [number] if share == 0 else []
        progress(Event("frame", "matte", "", done, len(numbers), number))
    chosen, names = _meant(files, numbers, objects, layer)
    return PickedMatte(target, chosen, names, numbers, tuple(empty), total / len(numbers))


def _named(crypto: Cryptomatte, files: Sequence, number: int) -> MatteNames:
    path = files.path(number)
    if crypto.fault:
        return MatteNames(crypto.name, number, crypto.ranks, (), (), crypto.fault)
    manifest, area = crypto.names(path), crypto.display.width * crypto.display.height
    names, shares = manifest.names(), read_shares(path, number, crypto)
    shown = [
        MatteObject(name, spelled(names[found]) if found in names else name, f"{found:08x}", pixels / max(area, 1))
        for found, pixels in sorted(shares.items(), key=lambda item: -item[1])
        for name in (names.get(found, id_as_text(found)),)
    ]
    absent = tuple(sorted(name for name, found in manifest.ids.items() if found not in shares))
    return MatteNames(crypto.name, number, crypto.ranks, tuple(shown), absent, manifest.gap)


def _write(files: Sequence, number: int, objects: str, layer: str, target: str) -> float:
    """Write one frame; the share of the display window that the objects cover."""
    path = files.path(number)
    crypto = choose_cryptomatte(find_cryptomattes(path, number), layer, path, number)
    coverage = read_objects(path, number, objects, layer).values
    if files.is_black(number):
        coverage = coverage * 0
    written = output_path(target, number)
    write_matte(written, number, coverage, crypto.window, crypto.display, crypto.pixel_aspect, like=path)
    shown = coverage[crypto.window.intersection(crypto.display).slices(crypto.window)]
    return float(shown.sum(dtype="f8")) / max(crypto.display.width * crypto.display.height, 1)


def _meant(files: Sequence, numbers: tuple[int, ...], objects: str, layer: str) -> tuple[str, tuple[str, ...]]:
    path = files.path(numbers[0])
    crypto = choose_cryptomatte(find_cryptomattes(path, numbers[0]), layer, path, numbers[0])
    manifest = crypto.names(path)
    names = {name: None for entry in parse_objects(objects) for name in entry.names(manifest) or [entry.text]}
    return crypto.name, tuple(names)
