"""Analyse, then all chunks side by side, then the report: by whatever starts processes; what fails is tried again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from threading import Event as Flag
from typing import Any

from vfx_ai.errors import InputError, Interrupted, JobError, OutputError, ResourceError, VerifyError, VfxAiError
from vfx_ai.farm.found import spelled
from vfx_ai.job import Event, Progress, Step
from vfx_ai.proof.wording import counted

# What would come out the same again.
HOPELESS = (JobError.exit_code, VerifyError.exit_code, Interrupted.exit_code)
_ERRORS: dict[int, type[VfxAiError]] = {
    one.exit_code: one for one in (JobError, InputError, OutputError, VerifyError, ResourceError, Interrupted)
}


@dataclass(frozen=True)
class Piece:
    """One process's work: a step, and the frames that it does."""

    step: Step
    frames: tuple[int, ...]

    def words(self, file: str) -> list[str]:
        """The command's words after `vfx-ai`."""
        return ["task", file, f"--step={self.step}", f"--frames={spelled(self.frames)}", "--json", "--leash"]


@dataclass(frozen=True)
class Ended:
    """How a process ended.

    Attributes:
        code: its exit code; less than 0: a signal ended it.
        error: what it said of that: message, file, frame, remedy.
        answer: its last word, if it ended well.
    """

    code: int
    error: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Shared:
    """What came of a run that processes shared.

    Attributes:
        chunks: how many.
        retried: how often one had to be tried again.
        seconds: wall time.
        answer: the report's figures, as `vfx-ai inpaint --json` gives them.
    """

    chunks: int
    retried: int
    seconds: float
    answer: dict[str, Any]


Do = Callable[[Piece, Progress, Callable[[], bool]], Ended]


def share(
    frames: tuple[int, ...],
    chunks: Sequence[tuple[int, ...]],
    do: Do,
    slots: int,
    tries: int,
    progress: Progress,
    cancelled: Callable[[], bool],
) -> Shared:
    """Do all pieces of a run.

    Args:
        frames: that the report is on.
        chunks: what is left of them to be filled.
        do: does a piece, and tells how it ended.
        slots: how many pieces go on at once.
        tries: how often a piece is done at most.
        progress, cancelled: as for a run.

    Raises:
        Interrupted: it was stopped; what is done is kept.
        VfxAiError: a piece failed as often as it was tried; the other chunks were done first.
    """
    clock, retried = time.monotonic(), 0
    stop = Flag()

    def over() -> bool:
        return stop.is_set() or cancelled()

    def tried(piece: Piece, follow: Progress) -> tuple[Ended, int]:
        for attempt in range(tries):
            ended = do(piece, follow, over)
            if ended.code == 0 or ended.code in HOPELESS or over():
                return ended, attempt
            if attempt + 1 < tries:
                progress(Event("warning", piece.step, f"{_named(piece)} failed and is tried again: {told(ended)}"))
        return ended, tries - 1

    def must(piece: Piece) -> Ended:
        nonlocal retried
        ended, again = tried(piece, progress)
        retried += again
        if ended.code:
            raise failure(ended)
        return ended

    must(Piece("analyse", frames))
    done: set[int] = set(frames) - {n for chunk in chunks for n in chunk}
    progress(Event("stage", "fill", counted(len(chunks), "chunk"), len(done), len(frames)))

    def follow(event: Event) -> None:
        if event.kind == "frame" and event.frame is not None and event.frame not in done:
            done.add(event.frame)
            progress(Event("frame", "fill", "", len(done), len(frames), event.frame))
        elif event.kind in ("note", "warning"):
            progress(event)

    failed: list[tuple[Piece, Ended]] = []
    with ThreadPoolExecutor(max(1, slots), "chunk") as pool:
        waiting = {pool.submit(tried, Piece("fill", chunk), follow): Piece("fill", chunk) for chunk in chunks}
        try:
            for future in as_completed(waiting):
                ended, again = future.result()
                retried += again
                if ended.code:
                    failed.append((waiting[future], ended))
        except BaseException:
            stop.set()
            for future in waiting:
                future.cancel()
            raise
    if cancelled():
        raise Interrupted("stopped; finished frames are kept", remedy="The same command goes on from here.")
    if failed:
        piece, ended = failed[0]
        error = failure(ended)
        raise type(error)(
            f"{counted(len(failed), 'chunk')} of {len(chunks)} failed, {_named(piece)}: {error.message}",
            file=error.file,
            frame=error.frame,
            remedy=error.remedy or "The same command does only what is left.",
        )
    answer = must(Piece("report", frames)).answer
    return Shared(len(chunks), retried, time.monotonic() - clock, answer)


def told(ended: Ended) -> str:
    """How a process ended, in words."""
    if ended.error.get("message"):
        return str(failure(ended))
    return f"it was killed by signal {-ended.code}" if ended.code < 0 else f"it ended with code {ended.code}"


def failure(ended: Ended) -> VfxAiError:
    """The error that a process ended with."""
    error = ended.error
    if not error.get("message"):
        remedy = "See its log, and give a smaller --memory if memory ran out."
        return ResourceError(f"a process of the run failed: {told(ended)}", remedy=remedy)
    kind = _ERRORS.get(ended.code, VfxAiError)
    frame = error.get("frame")
    shown = kind(
        str(error["message"]),
        file=error.get("file"),
        frame=frame if isinstance(frame, int) else None,
        remedy=str(error.get("remedy") or ""),
    )
    if kind is VfxAiError:
        shown.exit_code = ended.code
    return shown


def heard(line: str) -> dict[str, Any]:
    """What a process said in a line of JSON; {} of any other line."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def as_event(said: dict[str, Any]) -> Event | None:
    """The event of a run that a process told, if it is one."""
    if said.get("event") not in ("stage", "step", "frame", "note", "warning") or not isinstance(said.get("stage"), str):
        return None
    values = {name: said.get(name) for name in ("stage", "text", "done", "total", "frame")}
    return Event(said["event"], **{name: value for name, value in values.items() if value is not None})


def _named(piece: Piece) -> str:
    return f"the chunk {spelled(piece.frames)}" if piece.step == "fill" else f"the step {piece.step}"
