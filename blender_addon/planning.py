"""How long a job would take, asked of the worker beforehand."""

from typing import Any

import bpy

from . import asking, questions, starting, ticking, wording
from .errors import Told
from .offers import OFFERS
from .registering import register_all, unregister_all

_state: dict[str, Any] = {"asked": "", "text": ""}


class HowLong(bpy.types.Operator):
    """Ask about how long Inpaint will take on the worker's machine, and how much of the picture is to be filled"""

    bl_idname = "vfx_ai.how_long"
    bl_label = "How Long?"

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Whether there is a worker."""
        cls.poll_message_set(starting.why_not() or "It is being asked")
        return not starting.why_not() and not awaited()

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Ask."""
        try:
            found = asking.asked_of(context, OFFERS["inpaint"])
            if found.steps[1:]:
                raise Told("Frames and matte must be made first. Press Preview: that makes them.")
            _state.update(asked=starting.client().plan(found.steps[-1]["fields"]), text="Looking …")
        except Told as told:
            self.report({"ERROR"}, str(told))
            return {"CANCELLED"}
        ticking.keep_going()
        return {"FINISHED"}


def awaited() -> bool:
    """Whether an answer is awaited."""
    return bool(_state["asked"])


def text() -> str:
    """What there is to be told."""
    return str(_state["text"])


def forget() -> None:
    """Tell it no longer: a job has begun, and tells more."""
    if not awaited():
        _state["text"] = ""


def heard(event: Any) -> bool:
    """Whether an event was about that question."""
    if event.job is None or event.job != _state["asked"] or event.kind not in ("finished", "failed"):
        return False
    _state["asked"] = ""
    if event.kind == "failed":
        _state["text"] = wording.here(event.data["error"]["text"], "inpaint")
        return True
    found = event.data["result"]
    left = len(found["frames"]) - len(found["finished"])
    frames = f"{left} frame{'' if left == 1 else 's'}"
    done = f", {len(found['finished'])} are finished" if found["finished"] else ""
    about = f"about {wording.duration(found['seconds'])}"
    _state["text"] = f"{frames}{done}: {about}; {found['hole_percent']:.1f}% of the picture is filled"
    return True


_ASKER = questions.Asker(awaited, heard, text)


def register() -> None:
    """Add the operator."""
    questions.ASKERS.append(_ASKER)
    register_all([HowLong])


def unregister() -> None:
    """Take it away."""
    _state.update(asked="", text="")
    questions.ASKERS.remove(_ASKER)
    unregister_all([HowLong])
