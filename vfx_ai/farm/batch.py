"""Many shots in a night: one that fails doesn't hold up the next, and in the morning there is one page over all."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from vfx_ai.errors import Interrupted, JobError, OutputError, VfxAiError
from vfx_ai.farm.chunks import TARGET_SECONDS
from vfx_ai.farm.found import Found, find
from vfx_ai.farm.lists import read_list
from vfx_ai.farm.pieces import Piece, failure
from vfx_ai.farm.shots import ListedShot, listed
from vfx_ai.farm.spawn import Slots
from vfx_ai.farm.submit import AT_ONCE, TO, submit
from vfx_ai.job import Event, Progress, silent
from vfx_ai.media.atomic import replacing, unchanged
from vfx_ai.proof.wording import counted, duration, percent

HERE = "here"
STATE, PAGE = "batch.json", "batch.html"
_NOT_PIXELS = ("force", "device", "memory")  # that make no other result


@dataclass(frozen=True)
class ShotResult:
    """How a shot of a batch ended.

    Attributes:
        name, kind, output: of the shot.
        state: "done", "before" (finished by an earlier batch), "failed", "submitted" or "left".
        frames: how many.
        figures: of its report, as `inpaint` gives them with --json.
        seconds: that it took.
        report: its page; "": none.
        message, file, frame, remedy: of the error that it ended with.
        key: of the job and its inputs, by which a later batch knows it.
    """

    name: str
    kind: str
    output: str
    state: str
    frames: int = 0
    figures: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    report: str = ""
    message: str = ""
    file: str = ""
    frame: int | None = None
    remedy: str = ""
    key: str = ""

    @property
    def words(self) -> str:
        """In a line."""
        if self.state == "failed":
            where = ", ".join(filter(None, (self.file, "" if self.frame is None else f"frame {self.frame}")))
            return f"failed: {where + ': ' if where else ''}{self.message}. {self.remedy}".strip()
        if self.state in ("submitted", "left"):
            return {"submitted": f"submitted: {self.report}", "left": "not begun"}[self.state]
        real = percent(self.figures.get("real", 0), self.figures.get("hole", 0))
        look = len(self.figures.get("look_at", ()))
        to_look = f", look at {counted(look, 'frame')}" if look else ""
        took = "finished before" if self.state == "before" else duration(self.seconds)
        return f"{counted(self.frames, 'frame')}, {real} real{to_look}, {took}"


@dataclass(frozen=True)
class Night:
    """All shots of a batch, and the page over them; "" if nothing was written."""

    shots: tuple[ShotResult, ...]
    page: str = ""

    @property
    def failed(self) -> tuple[str, ...]:
        """Names of the shots that failed."""
        return tuple(one.name for one in self.shots if one.state == "failed")

    @property
    def headline(self) -> str:
        """How it went, in a line."""
        counts = {word: sum(one.state == state for one in self.shots) for state, word in STATES.items()}
        return f"{counted(len(self.shots), 'shot')}: " + ", ".join(f"{n} {word}" for word, n in counts.items() if n)


STATES = {
    "failed": "failed",
    "done": "done",
    "before": "finished before",
    "submitted": "submitted",
    "left": "not begun",
}


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
    known = {} if force else _known(folder)
    options = {
        **{"chunk": chunk, "target": target, "workers": workers, "threads": threads, "program": program},
        **{"address": address, "gpus": gpus},
    }
    for at, shot in enumerate(shots):
        progress(Event("stage", "batch", shot.name, at, len(shots)))
        if cancelled():
            raise Interrupted("stopped", file=path, remedy="The same command does only what is left.")
        try:
            results[at] = _done(shot, known.get(shot.name), folder, to, bundle, options, progress, cancelled)
        except Interrupted:
            _write(folder, results)
            raise
        except VfxAiError as error:
            told = {"message": error.message, "file": error.file or "", "frame": error.frame, "remedy": error.remedy}
            results[at] = replace(results[at], state="failed", **told)
        night = _write(folder, results)
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
    key = _key(found)
    made = ShotResult(shot.name, shot.asked.kind, found.output, "done", len(found.frames), key=key)
    if earlier is not None and earlier.key == key and earlier.state in ("done", "before") and _stands(earlier):
        return replace(earlier, state="before")
    if to not in (HERE, *AT_ONCE):
        place = str(Path(bundle) / shot.name)
        submitted = submit(shot.asked.job, to, place, **options, progress=silent, cancelled=cancelled)
        return replace(made, state="submitted", report=submitted.files[1], key="")

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


def _key(found: Found) -> str:
    """Of a job and the files that it reads."""
    fields = {name: value for name, value in asdict(found.farm_job.job).items() if name not in _NOT_PIXELS}
    files = [[str(path), path.stat().st_size, path.stat().st_mtime_ns] for path in found.files]
    whole = json.dumps([found.farm_job.kind, fields, files], sort_keys=True)
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()


def _stands(earlier: ShotResult) -> bool:
    """Whether a shot's results are as its report left them."""
    try:
        data = json.loads(Path(earlier.figures["report.json"]).read_text(encoding="utf-8"))
        frames = data["frames"]
        there = (unchanged(Path(f["result"]).stat(), f["result_bytes"], f["result_mtime_ns"]) for f in frames)
        return len(frames) == earlier.frames and all(there)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _known(folder: Path) -> dict[str, ShotResult]:
    """What an earlier batch remembers, by the shots' names; nothing where that can't be read."""
    try:
        data = json.loads((folder / STATE).read_text(encoding="utf-8"))
        return {one["name"]: ShotResult(**one) for one in data["shots"]}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}


def _write(folder: Path, results: list[ShotResult]) -> Night:
    """Write the page, and what a later batch goes by."""
    from vfx_ai.farm.batch_page import page_html

    night = Night(tuple(results), str(folder / PAGE))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"the page can't be written: {error.strerror or error}", file=folder, remedy="Name another with --page."
        ) from None
    with replacing(folder / STATE) as beside:
        text = json.dumps({"schema": 1, "shots": [asdict(one) for one in results]}, indent=1)
        beside.write_text(text, encoding="utf-8")
    with replacing(folder / PAGE) as beside:
        beside.write_bytes(page_html(night, folder).encode("utf-8", "replace"))
    return night
