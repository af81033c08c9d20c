"""What the command `vfx-ai plate loop` does: a shot's frames as a loop without a seam, from files to files."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch

from vfx_ai.budget import parse_memory
from vfx_ai.errors import InputError, JobError, VerifyError
from vfx_ai.fill import OTHER_FRAME
from vfx_ai.job import Missing, Progress, check_choices, silent
from vfx_ai.media.sequence import check_output, find_sequence, output_path, resolve_output, spread
from vfx_ai.plates import sidecars
from vfx_ai.plates.footage import Footage, numbers_of, small_size
from vfx_ai.plates.jobs_new import PlateLoop
from vfx_ai.plates.kept import Kept
from vfx_ai.plates.loop_change import moments
from vfx_ai.plates.loop_figures import Seam, seam_of
from vfx_ai.plates.loop_page import loop_page
from vfx_ai.plates.loop_pair import Pair, best_pair, distances
from vfx_ai.plates.loop_write import ENGINE, written_frame
from vfx_ai.plates.sidecars import job_hash
from vfx_ai.plates.spread import spreading
from vfx_ai.proof.plate_page import write_page
from vfx_ai.telling import Cancelled, Teller

PAIR_ACROSS = 96  # pixels at which the pair is looked for
CHANGE_ACROSS = 240  # and the change over
OVER = 10  # frames in which places change over
LEAST_OVER = 6
JUMPS = 2.0  # usual steps: a larger one in the loop is seen
STRANGE = 1.5  # times what parts of the plate are from each other
METHOD = 2


@dataclass(frozen=True)
class Loop:
    """A loop that was made.

    Attributes:
        output: the pattern of its files; "" if nothing was written.
        frames: numbers of the files that were written, or are finished.
        length: frames of the whole loop.
        first, last: the plate's frames that it is made of.
        over: its last so many frames change over to those before `first`.
        apart: how far both moments are from each other, over the usual step from frame to frame.
        seam: figures of the loop, of the bare cut and of a cross-fade at the same place.
        differing: pixels beyond the change that aren't the plate's; 0.
        warnings: what is likely to be seen.
        notes: what is good to know.
        seconds: that it took.
        report: the page.
    """

    output: str
    frames: tuple[int, ...]
    length: int
    first: int
    last: int
    over: int
    apart: float
    seam: dict[str, Seam]
    differing: int
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    seconds: float
    report: str


def make_loop(
    plate: str,
    output: str,
    *,
    length: str = "24-60",
    over: int = OVER,
    start: int = 0,
    sample: int = 0,
    layer: str = "RGB",
    colorspace: str = "",
    missing: Missing = "error",
    device: str = "auto",
    memory: str = "25%",
    aovs: bool = True,
    keep_compression: bool = False,
    force: bool = False,
    dry_run: bool = False,
    progress: Progress = silent,
    cancelled: Cancelled = lambda: False,
) -> Loop:
    """Write a seamless loop of a shot.

    Args:
        plate: the sequence.
        output: pattern of the result's files.
        length: frames, "24-60" or "48".
        over: frames in which places change over, each at its own moment; all other frames are the plate's own bits.
        start: number of the first file; 0: files have the numbers of the plate's frames.
        sample: write so many frames, spread over the loop with both of its ends; 0: all.
        layer: of the plate; other layers are cut.
        colorspace, missing, aovs, keep_compression: as in a Job.
        device: checked; the work is small, and done by the processor.
        memory: a budget; a few frames at a time are held whatever it is.
        force: do frames anew that are finished.
        dry_run: find the loop and its figures, and write nothing.
        progress, cancelled: as for a run.

    Raises:
        VfxAiError: a file can't be read or written, the shot is too short, or (VerifyError) a pixel beyond the change
            isn't the plate's.
    """
    clock = time.perf_counter()
    check_choices(missing=missing, device=device)
    parse_memory(memory)
    low, high = numbers_of(length)
    if sample < 0:
        raise JobError(f"sample is {sample}", remedy="Give 0 for all frames, or how many, e.g. --sample 4.")
    if over < LEAST_OVER:
        raise JobError(f"over is {over}", remedy=f"Give {LEAST_OVER} frames or more, e.g. --over {OVER}.")
    files = find_sequence(plate, missing=missing)
    if files.single:
        raise InputError("one frame is no shot", file=plate, remedy="Name a sequence, e.g. shot/plate.####.exr.")
    shot = Footage(files, layer, colorspace)
    target = resolve_output(output, files, "loop")
    if len(files.frames) < low + over + 1:
        raise InputError(
            f"a loop of {low} frames needs {low + over + 1}, and the shot has {len(files.frames)}",
            file=plate,
            remedy=f"Ask for less, e.g. --length {max(2, len(files.frames) - over - 1)}, or for a smaller --over.",
        )
    notes: list[str] = []
    tell = Teller(progress, cancelled, notes)
    with spreading(torch.device("cpu")):
        pair = _found(shot, low, high, over, tell)
        zone = _zone(shot, pair, over, tell)
    frames = files.frames[pair.first : pair.after]
    numbers = frames if not start else tuple(range(start, start + len(frames)))
    wanted = spread(numbers, sample)
    check_output(target, wanted, files, None)
    warnings = _warnings(zone.seam["loop"], length)
    for warning in warnings:
        tell.note(warning, "warning")
    notes = [note for note in notes if note not in warnings]
    made = Loop(
        "",
        wanted,
        len(numbers),
        frames[0],
        frames[-1],
        over,
        pair.apart,
        zone.seam,
        0,
        tuple(warnings),
        tuple(notes),
        time.perf_counter() - clock,
        "",
    )
    if dry_run:
        return made
    what = ("loop", METHOD, length, over, start, layer, shot.info(frames[0]).space.identity, aovs, keep_compression)
    kept, job = Kept(target, [files], *what), job_hash(*what)
    differing, changed = 0, {}
    finished = {n: None if force else kept.finished(n, output_path(target, n)) for n in wanted}
    tell.stage("fill", len(wanted), sum(record is not None for record in finished.values()))
    for place, (number, source) in enumerate(zip(numbers, frames, strict=True)):
        if number not in finished:
            continue
        tell.check()
        record = finished[number]
        if record is None:
            late = place - (len(frames) - over)
            other = files.frames[pair.first - over + late] if late >= 0 else None
            record = written_frame(
                shot,
                source,
                other,
                late,
                zone.when,
                output_path(target, number),
                aovs=aovs,
                keep_compression=keep_compression,
                tell=tell,
                job=job,
            )
            record = kept.keep(number, output_path(target, number), record)
        differing += record["differing"]
        changed[number] = {OTHER_FRAME: record["changed"]} if record["changed"] else {}
        tell.frame(number, len(changed), len(wanted))
    tell.stage("report", 1)
    viewer = shot.viewer(frames)
    page = loop_page(made, target, shot, zone.when, files.frames[pair.first - over : pair.first], viewer)
    made = replace(
        made,
        output=target,
        differing=differing,
        notes=tuple(n for n in notes if n not in warnings),
        seconds=time.perf_counter() - clock,
        report=str(Path(target).parent / "report.html"),
    )
    asked = PlateLoop(
        plate, output, length, over, start, sample, layer, colorspace, missing, device, memory, aovs, keep_compression
    )
    told = {"device": "cpu", "verdict": _verdict(differing), "notes": made.notes}
    sidecars.write(asked, target, kept.path, job, ENGINE, changed, tell, **told)
    write_page(replace(page, record=asdict(made), notes=made.notes), Path(target).parent)
    if differing:
        raise VerifyError(
            f"{differing} pixels beyond the change over aren't the plate's",
            file=target,
            remedy="Do it again with --force; report it if it comes back.",
        )
    return made


def _verdict(differing: int) -> str:
    return f"{differing} pixels beyond the change differ" if differing else "identical outside the change"


def _found(shot: Footage, low: int, high: int, over: int, tell: Teller) -> Pair:
    """The best pair of moments, from small copies of all frames."""
    frames, size = shot.files.frames, small_size(shot.window, PAIR_ACROSS)
    tell.stage("analyse", len(frames), 0, "looking for the moments most alike")
    step = tell.steps("analyse", "looking for the moments most alike")
    small = []
    for done, number in enumerate(frames, 1):
        small.append(shot.small(number, size))
        step(done, len(frames))
    pair = best_pair(distances(torch.stack(small)), low, high, over)
    if pair is None:
        raise InputError(
            f"there is no loop of {low} to {high} frames in it",
            file=shot.files.pattern,
            remedy="Ask for a shorter --length.",
        )
    return pair


@dataclass(frozen=True)
class _Zone:
    when: torch.Tensor
    seam: dict[str, Seam]


def _zone(shot: Footage, pair: Pair, over: int, tell: Teller) -> _Zone:
    """When each place changes over, and what that looks like, in small."""
    size = small_size(shot.window, CHANGE_ACROSS)
    places = range(pair.first - over, pair.after)
    step = tell.steps("analyse", "choosing when each place changes over")
    small = []
    for done, place in enumerate(places, 1):
        small.append(shot.small(shot.files.frames[place], size))
        step(done, len(places))
    clip = torch.stack(small)  # [over + length, h, w, 3]
    when = moments(clip[-over:], clip[:over])
    return _Zone(when, seam_of(clip, over, when))


def _warnings(seam: Seam, length: str) -> list[str]:
    """What is likely to be seen in the loop."""
    found = []
    if seam.largest > max(JUMPS, seam.usual_largest):
        found.append(
            f"No good pair of moments was found: the largest step in the change is {seam.largest:.1f} usual ones. "
            f"Allow other lengths than {length}, or give a longer shot."
        )
    elif seam.coherence > STRANGE * max(seam.usual_coherence, 1e-3):
        found.append(
            f"The change may show: its frames are {seam.coherence:.2f} stops from what the shot has, other frames "
            f"{seam.usual_coherence:.2f}. Allow other lengths than {length}, or give a longer shot."
        )
    return found
