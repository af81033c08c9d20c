"""A wider plate: pixels beyond the edge that other frames saw there, then the shot's own texture.

Each file is first written with a larger data window, zeros around its pixels, beside the results. What lies beyond the
old edge is the hole of a run as any other: the same engines, report and promises.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vfx_ai.claim import in_turn
from vfx_ai.errors import JobError, OutputError
from vfx_ai.fill import makers
from vfx_ai.job import Progress, Step, Widened, focal_in_pixels, silent
from vfx_ai.matte.channels import read_matte
from vfx_ai.media import plate as plate_files
from vfx_ai.media.atomic import unchanged
from vfx_ai.media.exr_header import is_exr
from vfx_ai.media.exr_intact import read_header
from vfx_ai.media.exr_load import load
from vfx_ai.media.exr_pad import pad
from vfx_ai.media.frame import PlateInfo, Window
from vfx_ai.media.matte_write import write_matte
from vfx_ai.media.output import stem_of
from vfx_ai.media.sequence import Sequence, check_output, find_sequence, output_path, resolve_output
from vfx_ai.plates.jobs import Extend
from vfx_ai.plates.kept import Kept
from vfx_ai.proof.record import Report
from vfx_ai.run import run
from vfx_ai.steps.analysis import wait_for_analysis
from vfx_ai.studio.models import Chosen
from vfx_ai.telling import Cancelled, Teller

PLATE, BEYOND = "plate.####.exr", "beyond.####.exr"  # in the folder "wider"
ASIDE = "aside"  # channel of the matte's files: what lends nothing
MOST_SIDES = 4.0  # times the old width or height that a plate may become, so that a slip isn't a day's work


def extend(
    asked: Extend, progress: Progress = silent, cancelled: Cancelled = lambda: False, step: Step = "all"
) -> Report:
    """Extend a plate.

    Args:
        asked: what is asked.
        progress: is told how far it is.
        cancelled: is asked often; when it says True it ends with Interrupted. Finished frames stay.
        step: of the run, as for `run`; larger files that aren't there are made first.

    Returns:
        The report of the run; its hole is what lies beyond the old edge.

    Raises:
        VfxAiError: see `vfx_ai.errors`.
    """
    known = job_of(asked)
    there, folder = list(known.plate.present), known.folder
    tell = Teller(progress, cancelled, [])
    tell.stage("analyse", len(there), 0, "the larger plate")
    notes = _larger(known.plate, known.matte, there, asked, known.display, folder, tell)
    for note in notes:
        tell.note(note)
    beyond = f"The plate is {asked.plate}: what lies beyond its edge is the hole."
    return run(known.job, progress, cancelled, [*notes, beyond], step, ("plate_extend", asked))


@dataclass(frozen=True)
class Known:
    """What is known of an extension before anything is written.

    Attributes:
        job: the run that it is.
        plate, matte: what it is made of.
        first: what the first frame says of itself.
        display: what the picture must cover.
        folder: for the larger plate.
        model: of the job; None: it asks none.
    """

    job: Widened
    plate: Sequence
    matte: Sequence | None
    first: PlateInfo
    display: Window
    folder: Path
    model: Chosen | None


def job_of(asked: Extend) -> Known:
    """The run that an extension is; refused where it can't be, before anything is written.

    Raises:
        VfxAiError: it can't be done.
    """
    plate = find_sequence(asked.plate, missing=asked.missing)
    matte = find_sequence(asked.matte, missing=asked.missing, role="matte") if asked.matte else None
    output = resolve_output(asked.output, plate, "wide")
    check_output(output, plate.frames, plate, matte)
    folder = Path(output).parent / f"{stem_of(output)}.vfx-ai" / "wider"
    first = _probed(plate, plate.present[0], asked)
    display = _display(asked, first.display_window)
    shown = first.display_window if asked.overscan else display
    focal = focal_in_pixels(asked.focal, first.display_window.width)
    job = Widened(
        plate=str(folder / PLATE),
        matte=str(folder / BEYOND),
        output=output,
        **{name: getattr(asked, name) for name in _AS_ASKED},
        focal="" if focal is None else f"{focal:.6f}",
        colorspace=asked.colorspace or ("" if first.space.linear else first.space.name),
        aside=ASIDE if matte is not None else "",
        made_by=f"{asked.matte_channel} {asked.matte_invert} {asked.matte_grow}" if matte is not None else "",
        display=(shown.x0, shown.y0, shown.x1, shown.y1),
    )
    return Known(job, plate, matte, first, display, folder, makers.model_for(job))


_AS_ASKED = (
    *("frames", "sample", "exposure", "missing", "layer", "layers", "ids", "camera", "engine", "blend", "grain"),
    *("detail", "model", "prompt", "negative", "strength", "seed", "lora", "reference", "use", "policy", "models_dir"),
    *("device", "memory", "aovs", "force"),
)


def _probed(plate: Sequence, number: int, asked: Extend) -> PlateInfo:
    path = plate.path(number)
    info = plate_files.probe(path, number, asked.layer, asked.colorspace)
    if not is_exr(path):
        raise JobError("only EXR can be extended", file=path, frame=number, remedy="Convert the plate to EXR first.")
    return info


def _display(asked: Extend, old: Window) -> Window:
    """What the picture must cover: its new frame, or with overscan what is to be there beyond it."""
    left, top, right, bottom = asked.grown(old.width, old.height)
    new = Window(old.x0 - left, old.y0 - top, old.x1 + right, old.y1 + bottom)
    if new.union(old) == old:
        raise JobError(
            f"{new.width} x {new.height} is nowhere beyond the plate's {old.width} x {old.height}",
            file=asked.plate,
            remedy="Give a larger frame, e.g. --pad 12%,0,12%,0.",
        )
    if new.width > MOST_SIDES * old.width or new.height > MOST_SIDES * old.height:
        raise JobError(
            f"{new.width} x {new.height} is more than {MOST_SIDES:g} times the plate's {old.width} x {old.height}",
            file=asked.plate,
            remedy="Extend by less.",
        )
    return new


def _larger(
    plate: Sequence,
    matte: Sequence | None,
    there: list[int],
    asked: Extend,
    display: Window,
    folder: Path,
    tell: Teller,
) -> list[str]:
    """Write all larger frames and their mattes that aren't there yet; gives what a reader must know."""
    kept = Kept(
        str(folder / PLATE),
        (),
        *(asked.layer, asked.missing, asked.matte_channel, asked.matte_invert, asked.matte_grow),
        *vars(display).values(),
    )

    def noted() -> list[str] | None:
        """The notes, if everything was made, by the same options and from the same files."""
        found: dict[str, None] = {}
        for number in there:
            if (stands := _stands(kept, plate, matte, number, folder)) is None:
                return None
            found |= dict.fromkeys(stands)
        return [*found]

    if (known := noted()) is not None:
        return known
    folder.mkdir(parents=True, exist_ok=True)
    with in_turn(folder / "larger.lock", lambda: wait_for_analysis(tell)):
        found: dict[str, None] = {}
        for done, number in enumerate(there, 1):
            tell.check()
            notes = _stands(kept, plate, matte, number, folder)  # another process may have made it meanwhile
            if notes is None:
                notes = _prepared(kept, plate, matte, number, asked, display, folder)
            found |= dict.fromkeys(notes)
            tell.steps("analyse", "the larger plate")(done, len(there))
        return [*found]


def _made_of(plate: Sequence, matte: Sequence | None, number: int) -> list[list[Any]]:
    """What a larger frame is made of: name, size and time of its files."""
    paths = [sequence.path(number) for sequence in (plate, matte) if sequence and not sequence.is_black(number)]
    return [[path.name, stat.st_size, stat.st_mtime_ns] for path in paths for stat in (path.stat(),)]


def _stands(kept: Kept, plate: Sequence, matte: Sequence | None, number: int, folder: Path) -> tuple[str, ...] | None:
    """The notes of a larger frame that was finished, and is there with its matte as it was left; None: it isn't."""
    record = kept.finished(number, output_path(str(folder / PLATE), number))
    if record is None or record.get("of") != _made_of(plate, matte, number):
        return None
    with suppress(OSError, TypeError, ValueError):
        size, modified = record["beyond"]
        if unchanged(output_path(str(folder / BEYOND), number).stat(), size, modified):
            return tuple(map(str, record["notes"]))
    return None


def _prepared(
    kept: Kept,
    plate: Sequence,
    matte: Sequence | None,
    number: int,
    asked: Extend,
    display: Window,
    folder: Path,
) -> tuple[str, ...]:
    """Write one larger frame and its matte, and keep that; gives what a reader must know."""
    made_of = _made_of(plate, matte, number)
    path, info = plate.path(number), _probed(plate, number, asked)
    wide = info.data_window.union(display)
    larger, beyond = (output_path(str(folder / name), number) for name in (PLATE, BEYOND))
    stat = path.stat()
    part = plate_files.pick_layer(info, asked.layer).part
    notes = pad(path, larger, number, part, wide)
    _compare(path, larger, number, part)
    os.utime(larger, ns=(stat.st_mtime_ns, stat.st_mtime_ns))  # by which a finished frame is known
    coverage = np.ones((wide.height, wide.width), np.float32)
    coverage[info.data_window.slices(wide)] = 0
    others, newest = {}, stat.st_mtime_ns
    if matte is not None and not matte.is_black(number):
        there = info.data_window
        moving = read_matte(
            matte.path(number),
            number,
            channel=asked.matte_channel,
            invert=asked.matte_invert,
            grow=asked.matte_grow,
            onto=info,
            window=there,
        )
        others[ASIDE] = np.zeros_like(coverage)
        others[ASIDE][there.slices(wide)] = moving.coverage
        newest = max(newest, matte.path(number).stat().st_mtime_ns)
    elif matte is not None:
        others[ASIDE] = np.zeros_like(coverage)
    write_matte(beyond, number, coverage, wide, info.display_window, others=others)
    os.utime(beyond, ns=(newest, newest))
    left = beyond.stat()
    kept.keep(number, larger, {"of": made_of, "beyond": [left.st_size, left.st_mtime_ns], "notes": notes})
    return notes


def _compare(path: Path, larger: Path, number: int, part: int) -> None:
    """Refuse a larger file that isn't the plate, bit for bit, where the plate was."""
    before, after = read_header(path, number), read_header(larger, number)
    own, wide = before.parts[part].data_window, after.parts[part].data_window
    old, new = load(path, before, number), load(larger, after, number)
    for header, first, second in zip(before.parts, old.parts, new.parts, strict=True):
        inside = own.slices(wide) if header.data_window == own else (slice(None), slice(None))
        for name, channel in first.channels.items():
            was, now = channel.pixels, second.channels[name].pixels[inside]
            if was.dtype != now.dtype or was.tobytes() != np.ascontiguousarray(now).tobytes():
                raise OutputError(
                    f"the larger plate's channel {name} isn't the plate's own",
                    file=larger,
                    frame=number,
                    remedy="Report this as a fault.",
                )
