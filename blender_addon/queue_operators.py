"""What the buttons of the queue do."""

import bpy

from . import jobs, operators, places, results, starting, ticking
from .errors import Told
from .registering import register_all, unregister_all


class Cancel(bpy.types.Operator):
    """Stop the chosen job, else the one that runs; finished frames stay, and the same job goes on from there"""

    bl_idname = "vfx_ai.cancel"
    bl_label = "Cancel"

    every: bpy.props.BoolProperty(name="All", description="All jobs", options={"SKIP_SAVE"})

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Whether one is under way."""
        cls.poll_message_set("Nothing is under way")
        return any(not job.over for job in jobs.JOBS)

    def execute(self, _context: bpy.types.Context) -> set[str]:
        """Stop it."""
        chosen, under_way = jobs.chosen(), [job for job in jobs.JOBS if not job.over]
        for job in under_way if self.every else [chosen] if chosen in under_way else under_way[:1]:
            jobs.cancel(job)
        ticking.keep_going()
        return {"FINISHED"}


class Resume(bpy.types.Operator):
    """Go on with the chosen job where it stopped"""

    bl_idname = "vfx_ai.resume"
    bl_label = "Go On"

    wait: bpy.props.BoolProperty(name="Wait", description="Come back when it is done", options={"SKIP_SAVE", "HIDDEN"})

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Whether it stopped or failed."""
        job = jobs.chosen()
        cls.poll_message_set(starting.why_not() or "Choose a job that was stopped or failed")
        return (
            not starting.why_not() and job is not None and job.state in (jobs.STOPPED, jobs.FAILED) and bool(job.steps)
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Begin it again: finished frames are passed over."""
        old = jobs.chosen()
        area = context.area.as_pointer() if context.area is not None else 0
        try:
            job = jobs.add(jobs.Job(**{**old.kept(), "state": jobs.PENDING, "text": "waiting", "area": area}))
        except Told as told:
            self.report({"ERROR"}, str(told))
            return {"CANCELLED"}
        return operators.begun(self, job)


class ShowResult(bpy.types.Operator):
    """Show the chosen job's result in this editor; once more: its source"""

    bl_idname = "vfx_ai.show_result"
    bl_label = "Result / Source"
    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Whether it has one."""
        job = jobs.chosen()
        cls.poll_message_set("Choose a job that has a result")
        return job is not None and bool(job.output)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Show it."""
        job, space = jobs.chosen(), context.space_data
        kind = {"IMAGE_EDITOR": "image", "CLIP_EDITOR": "clip"}.get(getattr(space, "type", ""), "")
        seen = getattr(space, kind) if kind else None
        plate, frames = results.plate_of(seen)
        if plate is not None and places.there(seen.filepath).startswith(places.folder_of(job.output)):
            results.show_plate(space, plate, frames)
            return {"FINISHED"}
        job.area = context.area.as_pointer() if context.area is not None else 0
        if results.show(job) is None:
            self.report({"ERROR"}, f"No file is at {job.output} yet.")
            return {"CANCELLED"}
        return {"FINISHED"}


class OpenReport(bpy.types.Operator):
    """Open the report in the browser: which frames to look at, and why"""

    bl_idname = "vfx_ai.open_report"
    bl_label = "Open Report"

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Whether there is one."""
        cls.poll_message_set("There is no report yet")
        return bool(_report())

    def execute(self, _context: bpy.types.Context) -> set[str]:
        """Open it."""
        results.open_report(_report())
        return {"FINISHED"}


class ClearQueue(bpy.types.Operator):
    """Take what is over out of the queue; files stay"""

    bl_idname = "vfx_ai.clear_queue"
    bl_label = "Clear Finished"

    def execute(self, _context: bpy.types.Context) -> set[str]:
        """Do it."""
        jobs.forget()
        return {"FINISHED"}


class ChooseJob(bpy.types.Operator):
    """Choose this job: what the buttons below are about"""

    bl_idname = "vfx_ai.choose_job"
    bl_label = "Choose Job"
    bl_options = {"INTERNAL"}

    index: bpy.props.IntProperty()

    def execute(self, _context: bpy.types.Context) -> set[str]:
        """Choose it."""
        if 0 <= self.index < len(jobs.JOBS):
            jobs.choose(jobs.JOBS[self.index])
        return {"FINISHED"}


def _report() -> str:
    chosen = jobs.chosen()
    report = chosen.report if chosen is not None else ""
    return report if places.is_file(report) else ""


CLASSES = (Cancel, Resume, ShowResult, OpenReport, ClearQueue, ChooseJob)


def register() -> None:
    """Add them."""
    register_all(CLASSES)


def unregister() -> None:
    """Take them away."""
    unregister_all(CLASSES)
