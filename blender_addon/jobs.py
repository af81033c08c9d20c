"""The jobs of this Blender: their steps, what the worker says of them, and what becomes of it. The pump never waits."""

import time
import uuid
from contextlib import suppress
from typing import Any

import bpy

from . import background, mattes, questions, results, starting, wording
from .errors import Told

PENDING, RUNNING, DONE, FAILED, STOPPED = "PENDING", "RUNNING", "DONE", "FAILED", "STOPPED"
OVER = (DONE, FAILED, STOPPED)
_CODE_STOPPED = 130
_MOST_LOG = 200
# What a .blend remembers of a job.
_KEPT = ("uid", "title", "name", "state", "text", "output", "report", "steps", "made_of", "scene")


class Job:
    """A job from the button to its end.

    Attributes:
        title: what is done with what.
        name: of the offer.
        state: PENDING, RUNNING, or one of OVER.
        done, total: of what it does now.
        text: what it does, or what it came to.
        log: its lines.
        output: pattern of the result.
        report: file of the report, once there is one.
        steps: all of them; `at` is the one that it is at.
        made_of: the plate, as results.py wants to know it.
        scene: name of the one that asked.
        area: which area of the window asked.
        elsewhere: it is of another file than the one that is open.
        alert: for the user, when it failed; told once.
    """

    def __init__(self, **known: Any) -> None:
        self.uid: str = uuid.uuid4().hex
        self.title, self.name, self.state, self.text = "", "", PENDING, "waiting"
        self.output, self.report, self.scene, self.alert = "", "", "", ""
        self.steps: list[dict[str, Any]] = []
        self.made_of: dict[str, Any] = {}
        self.log: list[str] = []
        self.done, self.total, self.at, self.area = 0, 0, 0, 0
        self.elsewhere = False
        self.asked = ""  # what the client calls the step
        self.task: background.Task | None = None
        vars(self).update(known)

    @property
    def over(self) -> bool:
        """Whether nothing more comes of it."""
        return self.state in OVER

    def note(self, text: str) -> None:
        """Add a line to its log."""
        if text and self.log[-1:] != [text]:
            self.log.append(text)
            del self.log[:-_MOST_LOG]

    def kept(self) -> dict[str, Any]:
        """What a .blend remembers of it."""
        return {name: getattr(self, name) for name in _KEPT}


JOBS: list[Job] = []


def add(job: Job) -> Job:
    """Put a job in line, and begin with it.

    Raises:
        Told: one with the same result is under way.
    """
    if any(one.output == job.output and not one.over for one in JOBS):
        raise Told("That is being made already. Cancel it in the queue first.")
    JOBS[:] = [one for one in JOBS if one.output != job.output]
    JOBS.append(job)
    _begin(job)
    return job


def cancel(job: Job) -> None:
    """Stop a job; finished frames stay."""
    if job.over:
        return
    if job.asked and starting.open_client() is not None:
        job.text = "stopping"
        starting.open_client().cancel(job.asked)
    else:
        if job.task is not None:
            job.task.end()
        _end(job, STOPPED, "stopped before it began")


def cancel_all() -> None:
    """Stop all of them, as the extension goes."""
    for job in JOBS:
        if job.task is not None and not job.over:
            job.task.end()
        if not job.over:
            _end(job, STOPPED, "stopped; finished frames are kept")


def forget() -> None:
    """Take out what is over."""
    JOBS[:] = [job for job in JOBS if not job.over]


def pump() -> bool:
    """Take note of all that happened; whether there is still something to wait for."""
    for job in JOBS:
        if not job.over and job.task is not None:
            _watch(job)
    client = starting.open_client()
    if client is not None:
        for event in client.poll():
            if questions.heard(event):
                continue
            for job in JOBS:
                if job.asked and job.asked == event.job and not job.over:
                    _follow(job, event)
    return any(not job.over for job in JOBS) or questions.awaited()


def wait(job: Job) -> None:
    """Wait until a job is over, and print how far it is; for Blender without a window."""
    told, at = "", 0.0
    while not job.over:
        pump()
        if job.text != told and (job.over or time.monotonic() - at > 2):
            told, at = job.text, time.monotonic()
            print(f"VFX AI, {job.title}: {told}", flush=True)
        time.sleep(0.02)


def _begin(job: Job) -> None:
    """Begin with the step that it is at."""
    step = job.steps[job.at]
    job.asked, job.task, job.done, job.total = "", None, 0, 0
    try:
        if step["do"] == "background":
            job.task = background.Task(step)
            job.state, job.text = RUNNING, wording.PREPARING[step["what"]]
        elif step["do"] == "preview":
            job.asked = starting.client().preview(step["fields"], step["frame"], step["file"])
        elif job.at + 1 < len(job.steps) and mattes.is_made(step):
            _next(job)
        else:
            job.asked = starting.client().run(step["kind"], step["fields"])
            job.text = "waiting for the worker"
        if job.asked:
            starting.ask()
    except (Told, OSError, RuntimeError) as error:
        _end(job, FAILED, str(error), alert=str(error))


def _next(job: Job) -> None:
    job.at += 1
    _begin(job)


def _watch(job: Job) -> None:
    task = job.task
    assert task is not None
    task.look()
    job.done, job.total = task.done, task.total
    if task.fault:
        _end(job, FAILED, task.fault, alert=task.fault)
    elif task.over:
        _next(job)


def _follow(job: Job, event: Any) -> None:
    try:
        _heard(job, event)
    except Exception as error:  # a fault of ours ends one job, and is told
        fault = f"this is a fault of the extension: {type(error).__name__}: {error}"
        _end(job, FAILED, fault, alert=fault)


def _heard(job: Job, event: Any) -> None:
    data = event.data
    if event.kind == "progress":
        job.state, job.done, job.total, job.text = RUNNING, data["done"], data["total"], wording.told(data)
        job.note(data["text"])
    elif event.kind == "log":
        job.note(f"{data['level']}: {data['text']}")
    elif event.kind == "finished" and job.at + 1 < len(job.steps):
        mattes.note_made(job.steps[job.at])
        _next(job)
    elif event.kind == "finished":
        _finish(job, data["result"])
    elif event.kind == "failed":
        error = data["error"]
        for line in error.get("log") or ():
            job.note(line)
        stopped, text = error.get("exit_code") == _CODE_STOPPED, wording.here(error["text"], job.name)
        _end(job, STOPPED if stopped else FAILED, text, alert="" if stopped else text)


def _finish(job: Job, found: dict[str, Any]) -> None:
    job.report = str(found.get("report", ""))
    text = found.get("headline") or wording.counted(found)
    if not job.elsewhere and results.show(job) is None:
        text = f"finished, but from here no frame is seen at {job.output}. Check the paths in worker.json."
    _end(job, DONE, text)


def _end(job: Job, state: str, text: str, alert: str = "") -> None:
    job.state, job.text, job.task, job.asked = state, text, None, ""
    job.alert = f"{job.title}: {alert}" if alert else ""
    job.note(text)


def of_chosen(index: int) -> Job | None:
    """The job of a row of the queue."""
    return JOBS[index] if 0 <= index < len(JOBS) else (JOBS[-1] if JOBS else None)


def last_with(what: str) -> Job | None:
    """The last job that has a report, an output that is there, ..."""
    return next((job for job in reversed(JOBS) if getattr(job, what)), None)


def scene_of(job: Job) -> Any:
    """The scene that asked, or the current one."""
    with suppress(KeyError):
        return bpy.data.scenes[job.scene]
    return bpy.context.scene
