"""The jobs of this Nuke: rendered inputs, what the worker says, and what becomes of it in the node.

All of it happens in the main thread, in `pump`, which never waits.
"""

import functools
import time
from contextlib import contextmanager, suppress
from typing import Any, Callable, Dict, Iterator, List, Optional

import nuke

from vfx_ai_nuke import previewing, result, speaking, starting
from vfx_ai_nuke.asked import Asked
from vfx_ai_nuke.errors import NodeError
from vfx_ai_nuke.paths import frames_of
from vfx_ai_nuke.rendering import BACKGROUND, Rendering

LOOK_AGAIN_SECONDS = 4.0  # at files that come while a job runs
OVER = ("finished", "failed", "cancelled")
MOST_LOG = 500  # lines kept of each job
LAST_LINES, WIDEST = 20, 160  # of the log of a worker that died, as the user is told; letters of each
STOPPED = 130  # exit code of what was stopped on purpose


class Job:
    """A job from the button to its end.

    Attributes:
        title: the node's name, and what is done.
        state: "input", "waiting", "running", or one of OVER.
        done, total: of the stage.
        text: what it does, or what it came to.
        log: its lines.
        last: of these, the last that the worker's log had, if it died.
        report: file of the report, once there is one.
        alert: for the user, when it failed; told once.
    """

    def __init__(self, node: nuke.Node, asked: Asked, preview: Optional[int] = None, file: str = "") -> None:
        self.node, self.asked, self.preview, self.file = node, asked, preview, file
        self.title = f"{node.name()}, preview of {preview}" if preview is not None else node.name()
        self.state, self.text, self.done, self.total = "input", "", 0, 0
        self.log: List[str] = []
        self.last: List[str] = []
        self.report, self.alert, self.id = "", "", ""
        background = nuke.GUI and node["render_input"].value() == BACKGROUND
        self.renderings = [
            Rendering(plate, background, bool(node["keep_input"].value())) for plate in asked.plates if plate.write
        ]
        self.looked = 0.0  # at its files, on the clock of time.monotonic

    @property
    def over(self) -> bool:
        """Whether nothing more comes of it."""
        return self.state in OVER

    def note(self, text: str) -> None:
        """Add a line to its log."""
        if text and self.log[-1:] != [text]:
            self.log.append(text)
            del self.log[:-MOST_LOG]


JOBS: List[Job] = []
QUESTIONS: Dict[str, Callable[[Any], None]] = {}  # by its name what is to be called with the event that answers it
ANSWERS: List[Callable[[], None]] = []  # to be called in the main thread, when it has time for a dialog


def ask(method: str, then: Callable[[Any], None]) -> None:
    """Ask the worker; `then` is called in the main thread with the event that answers, "finished" or "failed"."""
    QUESTIONS[starting.client().ask(method)] = then


def add(job: Job) -> Job:
    """Put a job in line."""
    JOBS.append(job)
    _advance(job)
    return job


def of(node: nuke.Node) -> List[Job]:
    """The jobs of a node that aren't over."""
    return [job for job in JOBS if not job.over and _is(job.node, node)]


def _is(one: nuke.Node, other: nuke.Node) -> bool:
    with _living():
        return bool(one == other)
    return False


def cancel(job: Job) -> None:
    """Stop a job; finished frames stay."""
    if job.id:
        starting.client().cancel(job.id)
    elif not job.over:
        for rendering in job.renderings:
            rendering.end()
        _end(job, "cancelled", "stopped before it began")


def forget() -> None:
    """Take out what is over."""
    JOBS[:] = [job for job in JOBS if not job.over]


def pump() -> bool:
    """Take note of all that happened; whether there is still something to wait for. From the main thread."""
    open_jobs = [job for job in JOBS if not job.over]
    waiting = [job for job in open_jobs if not job.id]
    with _no_undo():
        if waiting:
            _advance(waiting[0])
        if QUESTIONS or any(job.id for job in open_jobs):
            for event in starting.client().poll():
                if event.job in QUESTIONS and event.kind in ("finished", "failed"):
                    ANSWERS.append(functools.partial(QUESTIONS.pop(event.job), event))
                for job in open_jobs:
                    if job.id == event.job and not job.over:
                        _follow(job, event)
    return bool(QUESTIONS) or any(not job.over for job in JOBS)


def _advance(job: Job) -> None:
    """Render inputs, then ask the worker."""
    try:
        rendering = next((one for one in job.renderings if not one.over), None)
        if rendering is not None:
            rendering.step()
            job.done, job.total, job.text = rendering.done, len(rendering.frames), "rendering the input"
            _say(job)
        if all(one.over for one in job.renderings):
            _submit(job)
    except (NodeError, ValueError, OSError) as error:
        for one in job.renderings:
            with suppress(ValueError):
                one.end()
        _end(job, "failed", str(error), alert=str(error))


def _submit(job: Job) -> None:
    client = starting.client()
    if job.preview is None:
        job.id = client.run(job.asked.kind, job.asked.fields)
    else:
        job.id = client.preview(job.asked.fields, job.preview, job.file, kind=job.asked.kind, reach=previewing.REACH)
    job.state, job.text, job.done, job.total = "waiting", "waiting for the worker", 0, 0
    _say(job)


def _follow(job: Job, event: Any) -> None:
    try:
        _heard(job, event)
    except Exception as error:  # a fault of ours ends one job, and is told
        fault = f"this is a fault of the plugin: {type(error).__name__}: {error}"
        _end(job, "failed", fault, alert=fault)


def _heard(job: Job, event: Any) -> None:
    data = event.data
    if event.kind == "progress":
        job.state, job.done, job.total = "running", data["done"], data["total"]
        job.text = _told(data)
        job.note(data["text"])
        _say(job)
        if data["frames"] and time.monotonic() - job.looked > LOOK_AGAIN_SECONDS:
            _look(job)
    elif event.kind == "log":
        job.note(f"{data['level']}: {data['text']}")
    elif event.kind == "finished":
        _finish(job, data["result"])
    elif event.kind == "failed":
        error = data["error"]
        for line in error.get("log") or ():
            job.note(line)
        stopped = error.get("exit_code") == STOPPED
        job.last = [] if stopped else [line[:WIDEST] for line in (error.get("log") or ())[-LAST_LINES:]]
        _look(job)
        text = _in_knobs(error["text"], job)
        whole = "\n".join([text, *(["", "The last lines of its log:", *job.last] if job.last else [])])
        _end(job, "cancelled" if stopped else "failed", text, alert="" if stopped else whole)


def _in_knobs(text: str, job: Job) -> str:
    with _living():
        return speaking.in_knobs(text, job.node)
    return text


def _told(data: "dict[str, Any]") -> str:
    """Progress in words."""
    parts = [data["stage"] or data["state"]]
    if data["total"]:
        parts.append(f"{data['done']} of {data['total']}")
    if data["text"]:
        parts.append(data["text"])
    if data.get("seconds_left"):
        parts.append(f"about {_duration(data['seconds_left'])} left")
    return ", ".join(parts)


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def _finish(job: Job, found: "dict[str, Any]") -> None:
    text = found.get("headline") or f"{len(found.get('frames', ()))} frames written"
    if job.preview is not None:
        text = f"preview of {found['frame']}, by {found['engine']}"
        for note in found.get("notes", ()):
            job.note(note)
        with _living():
            result.show_preview(job.node, found["file"], found["frame"], previewing.placed(job.asked.place))
    elif not _look(_told_where(job, found)):
        text = f"finished, but from here no frame is seen at {job.asked.output}. Check the paths in worker.json."
    if "report" in found:
        job.report = found["report"]
        with _living():
            job.node["report_file"].setValue(job.report)
    _end(job, "finished", text)


def _told_where(job: Job, found: "dict[str, Any]") -> Job:
    """The same job, with the frames that the worker chose."""
    if job.asked.last < job.asked.first and found.get("frames"):
        job.asked = job.asked._replace(first=min(found["frames"]), last=max(found["frames"]))
    return job


def _look(job: Job) -> int:
    """Show what lies there of the result, also of earlier runs; how many frames that are."""
    job.looked = time.monotonic()
    asked = job.asked
    frames = frames_of(asked.output, asked.first, asked.last)
    if frames and job.preview is None:
        with _living():
            whole = len(frames) == asked.last - asked.first + 1
            result.show(job.node, asked.output, frames, asked.plates[0].read, whole, asked.place)
    return len(frames)


def _say(job: Job) -> None:
    with _living():
        result.say(job.node, job.text)


def _end(job: Job, state: str, text: str, alert: str = "") -> None:
    job.state, job.text = state, text
    job.alert = f"{job.title}: {alert}" if alert else ""
    job.note(text)
    _say(job)


def _living() -> "suppress":
    """The node may be gone: deleted, or its script closed. Then its files are all that remains."""
    return suppress(ValueError)


@contextmanager
def _no_undo() -> Iterator[None]:
    """What a job writes into nodes is nothing that a user would take back."""
    nuke.Undo.disable()
    try:
        yield
    finally:
        nuke.Undo.enable()
