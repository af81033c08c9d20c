"""A clean plate: what moves by itself is found where the camera allows it, and taken out by a run as any other."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch

from vfx_ai.budget import parse_memory
from vfx_ai.claim import in_turn
from vfx_ai.device import choose_device, device_name, refuse_unless_cpu_can_help
from vfx_ai.errors import JobError
from vfx_ai.fill import OTHER_FRAME
from vfx_ai.job import Job, Progress, Step, silent
from vfx_ai.media.matte_write import write_matte
from vfx_ai.media.output import stem_of
from vfx_ai.media.sequence import (
    Sequence,
    check_output,
    find_sequence,
    output_path,
    parse_frames,
    resolve_output,
    spread,
)
from vfx_ai.plates import sidecars
from vfx_ai.plates.jobs import Clean
from vfx_ai.plates.kept import Kept
from vfx_ai.plates.moving import moving
from vfx_ai.plates.register import Bare, Registered, register
from vfx_ai.plates.sidecars import job_hash
from vfx_ai.plates.single import ENGINE, Single, places, stitch
from vfx_ai.proof.record import Report
from vfx_ai.run import run
from vfx_ai.shot import MatteOptions, Shot
from vfx_ai.steps.analysis import wait_for_analysis
from vfx_ai.telling import Cancelled, Teller

T = TypeVar("T")

METHOD = 1  # raised when other mattes are found
FEWEST_FRAMES = 4
MOST = 0.4  # share of the picture, in the mean: more than that isn't things that move before a background


def clean(
    asked: Clean, progress: Progress = silent, cancelled: Cancelled = lambda: False, step: Step = "all"
) -> Report | Single:
    """Make a clean plate.

    Args:
        asked: what is asked.
        progress: is told how far it is.
        cancelled: is asked often; when it says True it ends with Interrupted. Finished frames stay.
        step: of the run, as for `run`; mattes that aren't there are made first.

    Returns:
        The report of the run; of a single plate, what was made.

    Raises:
        VfxAiError: see `vfx_ai.errors`; JobError where the camera moves so that what moves can't be found.
    """
    plate = find_sequence(asked.plate, missing=asked.missing)
    matte = find_sequence(asked.matte, missing=asked.missing, role="matte") if asked.matte else None
    output = resolve_output(asked.output, plate, "clean")
    if asked.single and step != "all":
        raise JobError("a single plate is made in one piece", remedy="Leave --single out, or --step.")
    notes: list[str] = []
    tell = Teller(progress, cancelled, notes)
    there = len(plate.present)
    if there < FEWEST_FRAMES and not (matte and not asked.single):
        raise JobError(
            f"{there} frames are too few to tell what moves",
            file=asked.plate,
            remedy="Give what has to go with --matte.",
        )
    if asked.single:
        places(output, plate)
    else:
        check_output(output, plate.frames, plate, matte)
    found = None
    if matte is None:
        pattern = matte_pattern(output, plate)
        check_output(pattern, plate.frames, plate, None)
        found = _by_device(
            asked,
            plate,
            None,
            tell,
            lambda shot: _write_mattes(
                asked, shot, output, pattern, tell, anew=asked.force and step in ("all", "analyse")
            ),
        )
        notes.append(f"What moves was found by comparing frames; its matte is {pattern}.")
        matte = find_sequence(pattern, missing=asked.missing, role="matte")
    if asked.single:
        frames = spread(parse_frames(asked.frames, plate.frames), asked.sample)
        said = job_hash("single", METHOD, *(getattr(asked, name) for name in _OF_SINGLE))
        made = _by_device(
            asked, plate, matte, tell, lambda shot: stitch(shot, output, frames, tell, notes, found, said)
        )
        seen = {made.anchor: {OTHER_FRAME: made.width * made.height - made.unseen}}
        folder = Path(made.output).parent / f"{stem_of(made.output)}.vfx-ai"
        told = {"device": device_name(choose_device(asked.device)), "notes": made.notes}
        sidecars.write(asked, made.output, folder, said, ENGINE, seen, tell, **told)
        return made
    job = Job(
        plate=asked.plate,
        matte=asked.matte or pattern,
        output=output,
        matte_channel=asked.matte_channel,
        matte_invert=asked.matte_invert,
        **{name: getattr(asked, name) for name in _AS_ASKED},
    )
    return run(job, progress, cancelled, notes, step, ("plate_clean", asked))


_AS_ASKED = (
    *("frames", "sample", "colorspace", "exposure", "missing", "layer", "matte_grow", "engine", "grain", "detail"),
    *("device", "memory", "force"),
)


_OF_SINGLE = ("matte_channel", "matte_invert", "matte_grow", "missing", "layer")


def matte_pattern(output: str, plate: Sequence) -> str:
    """The pattern of the mattes that are found: "out/clean.matte.####.exr" beside "out/clean.####.exr"."""
    hashes = "#" * Path(plate.pattern).name.count("#") or "####"
    return str(Path(output).parent / f"{stem_of(output)}.matte.{hashes}.exr")


def _by_device(asked: Clean, plate: Sequence, matte: Sequence | None, tell: Teller, do: Callable[[Shot], T]) -> T:
    """What `do` makes of the shot; if the device's memory runs out, by the CPU."""
    options = MatteOptions(asked.matte_channel, asked.matte_invert, asked.matte_grow)
    kind, budget = Shot if matte else Bare, parse_memory(asked.memory) // 2
    device = choose_device(asked.device)
    try:
        return do(kind(plate, matte, asked.layer, options, device, budget, asked.colorspace))
    except (RuntimeError, MemoryError) as error:
        refuse_unless_cpu_can_help(error, device)
    tell.note("The memory of the device ran out: what moves is found by the CPU.", "warning")
    return do(kind(plate, matte, asked.layer, options, torch.device("cpu"), budget, asked.colorspace))


def _write_mattes(
    asked: Clean, shot: Shot, output: str, pattern: str, tell: Teller, *, anew: bool
) -> Registered | None:
    """Write the mattes of all frames, but for those that are there; gives where frames lie, if that had to be found."""
    plate, found = shot.plate, None
    within = Path(output).parent / f"{stem_of(output)}.vfx-ai" / "moving"
    kept = Kept(str(within), [plate], METHOD, asked.layer, asked.colorspace, asked.missing)

    def there() -> dict[int, float]:
        records = {n: kept.finished(n, output_path(pattern, n)) for n in shot.numbers}
        return {n: record["share"] for n, record in records.items() if record is not None}

    shares = {} if anew else there()
    if len(shares) < len(shot.numbers):
        kept.path.mkdir(parents=True, exist_ok=True)
        with in_turn(kept.path / "mattes.lock", lambda: wait_for_analysis(tell)):
            shares = {} if anew else there()  # another process may have made them meanwhile
            todo = [n for n in shot.numbers if n not in shares]
            if todo:
                tell.stage("analyse", len(shot.numbers), 0, "how the camera moves")
                found = register(shot, tell.steps("analyse", "how the camera moves"))
                tell.stage("analyse", len(shot.numbers), len(shares), "what moves by itself")
            for number in todo:
                assert found is not None
                tell.check()
                shares[number] = _write_matte(shot, found, number, output_path(pattern, number), kept)
                tell.steps("analyse", "what moves by itself")(len(shares), len(shot.numbers))
    share = float(np.mean(list(shares.values())))
    if share > MOST:
        raise JobError(
            f"{100 * share:.0f} % of the picture, in the mean, disagrees with the other frames: no background is to be "
            "told from what moves",
            file=asked.plate,
            remedy="Give what has to go with --matte.",
        )
    return found


def _write_matte(shot: Shot, found: Registered, number: int, target: Path, kept: Kept) -> float:
    """Write one matte; gives its share of the picture."""
    plate, info = shot.plate, shot.infos[number]
    like = None if number in plate.missing else plate.path(number)
    own = moving(shot, found, number)[info.data_window.slices(shot.canvas)]
    write_matte(target, number, own, info.data_window, info.display_window, like=like)
    # By it a run knows its inputs: a matte that is made again, of the same plate, is the same.
    whole = int(plate.path(number).stat().st_mtime)
    os.utime(target, (whole, whole))
    share = float(np.mean(own > 0))
    kept.keep(number, target, {"share": share})
    return share
