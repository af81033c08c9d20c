"""The jobs of this Blender: their steps, what the worker says of them, and what becomes of it. The pump never waits."""

import os
import time
import uuid
from collections.abc import Callable
from typing import Any

import bpy

from . import background, mattes, offers, questions, results, settings, starting, wording
from .errors import Told

PENDING, RUNNING, DONE, FAILED, STOPPED = "PENDING", "RUNNING", "DONE", "FAILED", "STOPPED"
OVER = (DONE, FAILED, STOPPED)
_CODE_STOPPED = 130
_MOST_LOG = 200
# What a .blend remembers of a job.
KEPT = ("uid", "title", "name", "state", "text", "output", "report", "steps", "made_of", "scene")


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
        blend: the .blend that it is of; empty: one that isn't saved.
        elsewhere: it is of another file than the one that is open.
        alert: for the user, when it failed; told once.
        in_line: it begins when all before it are over. A look at one frame doesn't wait, unless something must be made
            for it.
    """

    def __init__(self, **known: Any) -> None:
        self.uid: str = uuid.uuid4().hex
        self.title, self.name, self.state, self.text = "", "", PENDING, "waiting"
        self.output, self.report, self.scene, self.alert, self.blend = "", "", "", "", ""
        self.steps: list[dict[str, Any]] = []
        self.made_of: dict[str, Any] = {}
        self.log: list[str] = []
        self.done, self.total, self.at, self.area = 0, 0, 0, 0
        self.elsewhere, self.in_line = False, True
        self.asked = ""  # what the client calls the step
        self.task: background.Task | None = None
        vars(self).update(known)

    @property
    def over(self) -> bool:
        """Whether nothing more comes of it."""
        return self.state in OVER

    @property
    def waits(self) -> bool:
        """Whether it has not begun, neither here nor with the worker."""
        return not self.over and not self.asked and self.task is None

    def note(self, text: str) -> None:
        """Add a line to its log."""
        if text and self.log[-1:] != [text]:
            self.log.append(text)
            del self.log[:-_MOST_LOG]

    def kept(self) -> dict[str, Any]:
        """What a .blend remembers of it."""
        return {name: getattr(self, name) for name in KEPT}


JOBS: list[Job] = []
_picked = {"uid": ""}  # the job that the user chose; no property of a scene, of which Undo would bring back an old one


def add(job: Job) -> Job:
    """Put a job in line, choose it, and begin with it as soon as it is its turn.

    Raises:
        Told: the same is under way, or it would be written over what was made of another shot.
    """
    same = [one for one in JOBS if one.output == job.output and (job.output or one.title == job.title)]
    others = [source for source in map(_source, same) if source not in ("", _source(job))]
    if others and offers.gives(job.name) in offers.NAMED_BY_USER:
        raise Told(
            f"{job.output} is made of {others[0]}, another shot of that name. Name another File, or press Clear"
            " Finished to have it written over."
        )
    if any(not one.over for one in same):
        raise Told("That is being made already. Cancel it in the queue first.")
    JOBS[:] = [one for one in JOBS if one not in same]
    JOBS.append(job)
    choose(job)
    job.in_line, job.blend = _must_line_up(job), bpy.data.filepath
    _begin_those_whose_turn_it_is()
    return job


def _source(job: Job) -> str:
    """What a job is made of, to be compared."""
    return os.path.normcase(job.made_of.get("source", ""))


def choose(job: Job) -> None:
    """Choose what buttons are about."""
    _picked["uid"] = job.uid


def chosen() -> Job | None:
    """The job that was chosen, else the last one."""
    return next((job for job in JOBS if job.uid == _picked["uid"]), JOBS[-1] if JOBS else None)


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
        _end(job, STOPPED, "stopped" if job.state == RUNNING else "stopped before it began")


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
    _begin_those_whose_turn_it_is()
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


def _must_line_up(job: Job) -> bool:
    """Whether a job may not begin beside others: it is long, or what it needs must be made first."""
    return job.steps[-1]["do"] not in _SOON or not all(_is_made(step) for step in job.steps[job.at : -1])


def _is_made(step: dict[str, Any]) -> bool:
    """Whether what a step makes for a later one is there."""
    return {"background": background.is_made, "ask": mattes.is_made}[step["do"]](step)


def _begin_those_whose_turn_it_is() -> None:
    """Jobs are done one after the other, with all of their steps: one may make what another one reads."""
    ahead = any(job.in_line and not job.over and not job.waits for job in JOBS)  # also of another file, behind these
    for job in tuple(JOBS):
        if job.waits and not (job.in_line and ahead):
            _begin(job)
        ahead = ahead or (job.in_line and not job.over)


def _begin(job: Job) -> None:
    """Begin with the step that it is at."""
    step = job.steps[job.at]
    job.asked, job.task, job.done, job.total = "", None, 0, 0
    try:
        if step["do"] == "background":
            job.task = background.Task(step)
            job.state, job.text = RUNNING, wording.PREPARING[step["what"]]
        elif job.at + 1 < len(job.steps) and _is_made(step):
            _next(job)
        else:
            job.asked = _ASK[step["do"]](starting.client(), step)
            job.text = "waiting for the worker"
        if job.asked:
            starting.ask()
    except (Told, OSError, RuntimeError) as error:
        _end(job, FAILED, str(error), alert=str(error))


def _run(client: Any, step: dict[str, Any]) -> str:
    if step["kind"] in mattes.KINDS:
        mattes.note_begun(step)
    return str(client.run(step["kind"], step["fields"]))


# How the worker is asked for a step, by what it is.
_ASK: dict[str, Callable[[Any, dict[str, Any]], str]] = {
    "ask": _run,
    "preview": lambda client, step: client.preview(step["fields"], step["frame"], step["file"]),
    "plan": lambda client, step: client.plan(step["fields"]),
}
_SOON = ("preview", "plan")  # what the worker does beside others


def _next(job: Job) -> None:
    job.at += 1
    _begin(job)
    for one in JOBS:  # perhaps that was what they need
        if one.waits and one.in_line:
            one.in_line = _must_line_up(one)
    job.in_line = _must_line_up(job)


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
    elif event.kind == "finished":
        step = job.steps[job.at]
        if step.get("kind") in mattes.KINDS:
            mattes.note_made(step)
        if job.at + 1 < len(job.steps):
            _next(job)
        else:
            _finish(job, data["result"])
    elif event.kind == "failed":
        error = data["error"]
        for line in error.get("log") or ():
            job.note(line)
        text = wording.here(error["text"], job.name, settings.labels())
        stopped = error.get("exit_code") == _CODE_STOPPED
        _end(job, STOPPED if stopped else FAILED, text, alert="" if stopped else text)


def _finish(job: Job, found: dict[str, Any]) -> None:
    if not job.output:
        _end(job, DONE, wording.planned(found))
        return
    job.report = str(found.get("report", ""))
    text = (found.get("headline") or wording.counted(found)) + results.hint(job)
    if not job.elsewhere and results.show(job) is None:
        text = f"finished, but from here no frame is seen at {job.output}. Check the paths in worker.json."
    _end(job, DONE, text)


def _end(job: Job, state: str, text: str, alert: str = "") -> None:
    job.state, job.text, job.task, job.asked = state, text, None, ""
    job.alert = f"{job.title}: {alert}" if alert else ""
    job.note(text)
