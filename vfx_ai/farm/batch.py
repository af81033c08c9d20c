"""Many shots in a night: one that fails doesn't hold up the next, and in the morning there is one page over all."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from vfx_ai.errors import Interrupted, JobError, VfxAiError
from vfx_ai.farm.chunks import TARGET_SECONDS
from vfx_ai.farm.found import Found, find
from vfx_ai.farm.lists import read_list
from vfx_ai.farm.night import Night, ShotResult, key_of, known_from, since, stands, write_night
from vfx_ai.farm.pieces import Piece, failure
from vfx_ai.farm.shots import ListedShot, listed
from vfx_ai.farm.spawn import Slots
from vfx_ai.farm.submit import AT_ONCE, TO, submit
from vfx_ai.farm.task import OUTCOME
from vfx_ai.job import Event, Progress, silent
from vfx_ai.media.atomic import replacing

HERE = "here"


def batch(
    path: str,
    *,
    output: str = "",
    matte: str = "",
    page: str = "",
    values: Mapping[str, str] | None = None,
    to: str = HERE,
    bundle: str = "",
    chunk: int = 0,
    target: float = TARGET_SECONDS,
    workers: int = 0,
    threads: int = 0,
    program: str = "vfx-ai",
    address: str = "",
    gpus: float | None = None,
    force: bool = False,
    look: bool = False,
    dry_run: bool = False,
    progress: Progress = silent,
    cancelled: Callable[[], bool] = lambda: False,
) -> Night:
    """Do a list of shots.

    Args:
        path: a CSV or an OpenTimelineIO file.
        output, matte: of shots that name none; "{shot}" in them is the shot's name.
        page: folder for the page and what the batch remembers; "": "<list>-batch" beside the list.
        values: settings of shots that don't say otherwise, as typed.
        to: "here" (a process for each, one after the other), or as for `submit`.
        bundle: of what is submitted: a folder, in which each shot gets one.
        chunk, target, workers, threads, program, address, gpus: as for `submit`.
        force: also do shots that an earlier batch finished.
        look: make the page by what a farm did since shots were submitted; nothing is done.
        dry_run: the list is read and checked; nothing is done.
        progress, cancelled: as for a run.

    Returns:
        How each shot ended.

    Raises:
        JobError, InputError: of the list itself, before anything runs; with row and column.
        Interrupted: it was stopped; the page tells what is done.
    """
    if to not in (HERE, *TO):
        raise JobError(f"shots can't go to {to!r}", remedy=f"Use one of: {', '.join((HERE, *TO))}.")
    if to not in (HERE, *AT_ONCE) and not bundle and not dry_run:
        raise JobError("no folder was given for the bundles", remedy="Name one, e.g. --bundle out/jobs.")
    source = Path(path)
    shots = listed(read_list(source), output, matte, values)
    for shot in shots:
        _refuse_bad_values(shot, source)
    results = [ShotResult(s.name, s.asked.kind, s.asked.job.output, "left") for s in shots]
    if dry_run:
        return Night(tuple(results))
    folder = Path(page) if page else source.parent / f"{source.stem}-batch"
    known = {} if force else known_from(folder)
    options = {
        **{"chunk": chunk, "target": target, "workers": workers, "threads": threads, "program": program},
        **{"address": address, "gpus": gpus},
    }
    for at, shot in enumerate(shots):
        progress(Event("stage", "batch", shot.name, at, len(shots)))
        if cancelled():
            raise Interrupted("stopped", file=path, remedy="The same command does only what is left.")
        try:
            if look:
                results[at] = _looked_at(shot, results[at], known.get(shot.name))
                continue
            results[at] = _done(shot, known.get(shot.name), folder, to, bundle, options, progress, cancelled)
        except Interrupted:
            write_night(folder, results)
            raise
        except VfxAiError as error:
            results[at] = results[at].failed(error.message, error.file or "", error.frame, error.remedy)
        except OSError as error:
            told, file = f"the system says: {error.strerror or error}", str(error.filename or "")
            results[at] = results[at].failed(told, file, None, "Check the file, its rights and the space left.")
        if results[at].state != "before":
            write_night(folder, results)
    night = write_night(folder, results)
    progress(Event("step", "batch", "", len(shots), len(shots)))
    return night


def _refuse_bad_values(shot: ListedShot, source: Path) -> None:
    """Refuse what can't be asked of the shot's files; files that can't be read are that shot's own failure."""
    try:
        find(shot.asked.job)
    except JobError as error:
        column = "frames" if "frame" in error.message else "output"
        raise JobError(f"{shot.where}, column {column}: {error.message}", file=source, remedy=error.remedy) from None
    except VfxAiError:
        return


def _done(
    shot: ListedShot,
    earlier: ShotResult | None,
    folder: Path,
    to: str,
    bundle: str,
    options: Mapping[str, Any],
    progress: Progress,
    cancelled: Callable[[], bool],
) -> ShotResult:
    """Do a shot, unless it is finished."""
    clock = time.monotonic()
    found = find(shot.asked.job)
    key = key_of(found)
    made = ShotResult(shot.name, shot.asked.kind, found.output, "done", len(found.frames), key=key)
    earlier = None if earlier is None else since(earlier)
    if earlier is not None and earlier.key == key and earlier.state in ("done", "before") and stands(earlier):
        return replace(earlier, state="before")
    if to not in (HERE, *AT_ONCE):
        place = str(Path(bundle) / shot.name)
        submitted = submit(shot.asked.job, to, place, **options, progress=silent, cancelled=cancelled)
        Path(place, OUTCOME).unlink(missing_ok=True)
        return replace(made, state="submitted", report=submitted.files[1])

    def follow(event: Event) -> None:
        if event.kind == "warning":
            progress(replace(event, stage="batch", text=f"{shot.name}: {event.text}"))

    if to in AT_ONCE:
        figures = submit(shot.asked.job, to, **options, progress=follow, cancelled=cancelled).answer or {}
    else:
        figures = _ran_here(found, folder / "shots" / shot.name, options["threads"], follow, cancelled)
    return replace(
        made, figures=figures, seconds=time.monotonic() - clock, report=str(figures.get("report", "")), key=key
    )


def _looked_at(shot: ListedShot, unknown: ShotResult, earlier: ShotResult | None) -> ShotResult:
    """How a shot stands, by what is remembered and what a farm did since."""
    if earlier is None:
        return unknown
    now = since(earlier)
    same = now.key == key_of(find(shot.asked.job))
    if now.state in ("done", "before") and not (same and stands(now)):
        return unknown
    return replace(now, state="before") if now.state == "done" and earlier.state != "submitted" else now


def _ran_here(
    found: Found, place: Path, threads: int, follow: Progress, cancelled: Callable[[], bool]
) -> dict[str, Any]:
    """A run in a process of its own: whatever becomes of that, the next shot has its turn."""
    file = place / "job.json"
    with replacing(file) as beside:
        beside.write_text(found.farm_job.to_json(), encoding="utf-8")
    variables = {"OMP_NUM_THREADS": str(threads)} if threads else {}
    ended = Slots([variables], file, []).do(Piece("all", found.frames), follow, cancelled)
    if cancelled():
        raise Interrupted("stopped; finished frames are kept", remedy="The same command does only what is left.")
    if ended.code:
        raise failure(ended)
    return ended.answer
