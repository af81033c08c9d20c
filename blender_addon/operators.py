"""What buttons do that have the worker do something: an operator for each offer."""

from typing import Any

import bpy

from . import asking, cryptomatte, jobs, offers, settings, sources, starting, ticking
from .errors import Told
from .offers import OFFERS, Offer
from .registering import register_all, unregister_all


class _Starts:
    """What all operators share that have the worker do something."""

    offer: Offer
    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Whether the worker can do it."""
        fault = starting.why_not() or offers.why_not(cls.offer, starting.says().get("kinds"))
        if fault:
            cls.poll_message_set(fault)
        return not fault

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Put it in line. Without a window, or if asked to, come back when it is done."""
        return do(self, context, self.offer, self.force)


def do(operator: Any, context: bpy.types.Context, offer: Offer, force: bool = False) -> set[str]:
    """What an operator does that has the worker do something: its answer, and what it has to report."""
    try:
        job = start(context, offer, force)
    except Told as told:
        operator.report({"ERROR"}, str(told))
        return {"CANCELLED"}
    return begun(operator, job)


def begun(operator: Any, job: jobs.Job) -> set[str]:
    """See to it that a job goes on; an operator's answer, without a window or if asked to when it is over."""
    ticking.keep_going()
    if operator.wait if operator.properties.is_property_set("wait") else bpy.app.background:
        jobs.wait(job)
    if job.state == jobs.FAILED:
        job.alert = ""  # it is told here
        operator.report({"ERROR"}, f"{job.title}: {job.text}")
        return {"CANCELLED"}
    return {"FINISHED"}


def start(context: bpy.types.Context, offer: Offer, force: bool = False) -> jobs.Job:
    """Put what the settings ask for in line.

    Raises:
        Told: it can't be done as asked.
    """
    asked = asking.asked_of(context, offer, force)
    plate = asked.plate
    return jobs.add(
        jobs.Job(
            title=f"{offer.label.rstrip('?')}, {plate.stem}",
            name=offer.name,
            output=asked.output,
            steps=list(asked.steps),
            scene=context.scene.name,
            area=context.area.as_pointer() if context.area is not None else 0,
            made_of={
                "pattern": plate.pattern,
                "first": plate.first,
                "last": plate.last,
                "shift": plate.shift,
                "space": plate.space,
                "shown": list(plate.shown),
                "stem": plate.stem,
                "render": plate.render,
                "source": plate.source,
                "sequencer": sources.scene_of(context).name,
            },
        )
    )


def _operator(offer: Offer) -> type:
    """The operator of a row."""
    made: dict[str, Any] = {
        "__doc__": offer.says,
        "__annotations__": {
            "force": bpy.props.BoolProperty(
                name="Do Anew", description="Also frames that are finished", options={"SKIP_SAVE"}
            ),
            "wait": bpy.props.BoolProperty(
                name="Wait", description="Come back when it is done", options={"SKIP_SAVE", "HIDDEN"}
            ),
        },
        "offer": offer,
        "bl_idname": f"vfx_ai.{offer.name}",
        "bl_label": offer.label,
        "bl_description": offer.says,
    }
    name = "".join(word.capitalize() for word in offer.name.split("_"))
    return type(name, (_Starts, bpy.types.Operator), made)


class RemoveObject(bpy.types.Operator):
    """Take the active object, or the one named here, out of this scene's render, by the render's Cryptomatte"""

    bl_idname = "vfx_ai.remove_object"
    bl_label = "Remove Object"
    bl_options = {"UNDO"}

    wait: bpy.props.BoolProperty(name="Wait", description="Come back when it is done", options={"SKIP_SAVE", "HIDDEN"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether there is a worker, and an object."""
        asked = settings.of(context)
        none = not (asked.matte_object or asked.matte_objects or context.view_layer.objects.active)
        fault = starting.why_not() or ("Pick the object with the eyedropper" if none else "")
        if fault:
            cls.poll_message_set(fault)
        return not fault

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Set source and matte to that, and begin."""
        asked, fault = settings.of(context), cryptomatte.why_not(context)
        if fault:
            self.report({"ERROR"}, fault)
            return {"CANCELLED"}
        if not (asked.matte_object or asked.matte_objects):
            asked.matte_object = context.view_layer.objects.active
        asked.source, asked.matte = "RENDER", "CRYPTO"
        return do(self, context, OFFERS["inpaint"])


CLASSES = (*(_operator(offer) for offer in OFFERS.values()), RemoveObject)


def register() -> None:
    """Add them."""
    register_all(CLASSES)


def unregister() -> None:
    """Take them away, and end what is under way."""
    ticking.stop()
    jobs.cancel_all()
    starting.unload()
    unregister_all(CLASSES)
