"""The jobs of this Nuke: rendered inputs, then the worker, each a step at a time.

All of it happens in the main thread, in `pump`, which never waits and never raises: what goes wrong ends one job, and
is told.
"""

from contextlib import suppress
from typing import Any, List, Optional

import nuke

from vfx_ai_nuke import following, previewing, questions, starting
from vfx_ai_nuke.asked import Asked
from vfx_ai_nuke.errors import NodeError, fault
from vfx_ai_nuke.nodes import is_gone, is_same, unrecorded
from vfx_ai_nuke.rendering import BACKGROUND, Rendering

OVER = ("finished", "failed", "cancelled")
MOST_LOG = 500  # lines kept of each job


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
        self.background = bool(nuke.GUI and node["render_input"].value() == BACKGROUND)  # where inputs are rendered
        keep = bool(node["keep_input"].value())
        self.renderings = [Rendering(plate, self.background, keep) for plate in asked.plates if plate.write]
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


def add(job: Job) -> Job:
    """Put a job in line."""
    JOBS.append(job)
    with unrecorded():
        _advance(job)
    return job


def of(node: nuke.Node) -> List[Job]:
    """The jobs of a node that aren't over."""
    return [job for job in JOBS if not job.over and is_same(job.node, node)]


def cancel(job: Job) -> None:
    """Stop a job; finished frames stay."""
    with unrecorded():
        if job.id:
            starting.client().cancel(job.id)
        elif not job.over:
            _give_up(job, "cancelled", "stopped before it began")


def forget() -> None:
    """Take out what is over, and told."""
    JOBS[:] = [job for job in JOBS if not job.over or job.alert]


def left() -> bool:
    """Whether there is a job that isn't over, or one whose end has yet to be told."""
    return any(not job.over or job.alert for job in JOBS)


def pump() -> None:
    """Take note of all that happened, and go on a little. From the main thread."""
    open_jobs = [job for job in JOBS if not job.over]
    # A preview is for somebody who waits and looks; what is rendered for a whole shot can stand still for a moment.
    waiting = sorted((job for job in open_jobs if not job.id), key=lambda job: job.preview is None)
    here = [job for job in waiting if not job.background]
    with unrecorded():
        for job in [*(job for job in waiting if job.background), *here[:1]]:
            _advance(job)
        if questions.open_ones() or any(job.id for job in open_jobs):
            for event in starting.client().poll():
                questions.heard(event)
                for job in open_jobs:
                    if job.id == event.job and not job.over:
                        _follow(job, event)


def _advance(job: Job) -> None:
    """Render inputs, then ask the worker."""
    try:
        rendering = next((one for one in job.renderings if not one.over), None)
        if rendering is not None:
            rendering.step()
            job.done, job.total, job.text = rendering.done, len(rendering.frames), "rendering the input"
            following.say(job)
        if all(one.over for one in job.renderings):
            _submit(job)
    except (NodeError, OSError) as error:
        _give_up(job, "failed", str(error), alert=str(error))
    except Exception as error:
        if is_gone(job.node):
            _give_up(job, "cancelled", "its node was deleted before the input was rendered")
        else:
            _give_up(job, "failed", fault(error), alert=fault(error))


def _submit(job: Job) -> None:
    client = starting.client()
    if job.preview is None:
        job.id = client.run(job.asked.kind, job.asked.fields)
    else:
        job.id = client.preview(job.asked.fields, job.preview, job.file, kind=job.asked.kind, reach=previewing.REACH)
    job.state, job.text, job.done, job.total = "waiting", "waiting for the worker", 0, 0
    following.say(job)


def _follow(job: Job, event: Any) -> None:
    try:
        following.heard(job, event)
    except Exception as error:  # a fault of ours ends one job, and is told
        starting.client().cancel(job.id)
        following.end(job, "failed", fault(error), alert=fault(error))


def _give_up(job: Job, state: str, text: str, alert: str = "") -> None:
    """End a job that the worker doesn't have yet, and what is rendered for it."""
    for rendering in job.renderings:
        with suppress(Exception):
            rendering.end()
    following.end(job, state, text, alert)
