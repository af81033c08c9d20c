"""What the worker says of a job, and what becomes of it in the node."""

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from vfx_ai_nuke import previewing, result, speaking
from vfx_ai_nuke.nodes import living
from vfx_ai_nuke.paths import frames_of

if TYPE_CHECKING:
    from vfx_ai_nuke.jobs import Job

LOOK_AGAIN_SECONDS = 4.0  # at files that come while a job runs
LAST_LINES, WIDEST = 20, 160  # of the log of a worker that died, as the user is told; letters of each
STOPPED = 130  # exit code of what was stopped on purpose


def heard(job: "Job", event: Any) -> None:
    """Take note of an event of the client's about a job."""
    data = event.data
    if event.kind == "progress":
        job.state, job.done, job.total = "running", data["done"], data["total"]
        job.text = _told(data)
        job.note(data["text"])
        say(job)
        if data["frames"] and time.monotonic() - job.looked > LOOK_AGAIN_SECONDS:
            _look(job)
    elif event.kind == "log":
        job.note(f"{data['level']}: {data['text']}")
    elif event.kind == "finished":
        _finish(job, data["result"])
    elif event.kind == "failed":
        _fail(job, data["error"])


def say(job: "Job") -> None:
    """Write into the node what its job does."""
    with living(), suppress(NameError):  # a node of another version may lack the knob
        result.say(job.node, job.text)


def end(job: "Job", state: str, text: str, alert: str = "") -> None:
    """Nothing more comes of a job; `alert` is for the user."""
    job.state, job.text = state, text
    job.alert = f"{job.title}: {alert}" if alert else ""
    job.note(text)
    say(job)


def _fail(job: "Job", error: "dict[str, Any]") -> None:
    for line in error.get("log") or ():
        job.note(line)
    stopped = error.get("exit_code") == STOPPED
    job.last = [] if stopped else [line[:WIDEST] for line in (error.get("log") or ())[-LAST_LINES:]]
    _look(job)
    text = error["text"]
    with living():
        text = speaking.in_knobs(text, job.node)
    whole = "\n".join([text, *(["", "The last lines of its log:", *job.last] if job.last else [])])
    end(job, "cancelled" if stopped else "failed", text, alert="" if stopped else whole)


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


def _finish(job: "Job", found: "dict[str, Any]") -> None:
    text = found.get("headline") or f"{len(found.get('frames', ()))} frames written"
    if job.preview is not None:
        text = f"preview of {found['frame']}, by {found['engine']}"
        for note in found.get("notes", ()):
            job.note(note)
        with living():
            result.show_preview(job.node, found["file"], found["frame"], previewing.placed(job.asked.place))
    elif not _look(_told_where(job, found)):
        text = f"finished, but from here no frame is seen at {job.asked.output}. Check the paths in worker.json."
    if "report" in found:
        job.report = found["report"]
        with living():
            job.node["report_file"].setValue(job.report)
    end(job, "finished", text)


def _told_where(job: "Job", found: "dict[str, Any]") -> "Job":
    """The same job, with the frames that the worker chose."""
    if job.asked.last < job.asked.first and found.get("frames"):
        job.asked = job.asked._replace(first=min(found["frames"]), last=max(found["frames"]))
    return job


def _look(job: "Job") -> int:
    """Show what lies there of the result, also of earlier runs; how many frames that are."""
    job.looked = time.monotonic()
    asked = job.asked
    frames = frames_of(asked.output, asked.first, asked.last)
    if frames and job.preview is None:
        with living():
            whole = len(frames) == asked.last - asked.first + 1
            result.show(job.node, asked.output, frames, asked.plates[0].read, whole, asked.place)
    return len(frames)
