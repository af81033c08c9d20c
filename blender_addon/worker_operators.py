"""What the buttons do that are about the worker itself."""

import bpy

from . import prefs, questions, starting, testing, ticking
from .errors import Told
from .registering import register_all, unregister_all


class AskWorker(bpy.types.Operator):
    """Start the worker and ask what it can do: which engines and devices, and which of the operators here"""

    bl_idname = "vfx_ai.ask_worker"
    bl_label = "Ask the Worker"

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Whether there is one."""
        cls.poll_message_set(starting.why_not() or "It is being asked")
        return not starting.why_not() and not starting.asking()

    def execute(self, _context: bpy.types.Context) -> set[str]:
        """Ask."""
        try:
            starting.ask()
        except Told as told:
            self.report({"ERROR"}, str(told))
            return {"CANCELLED"}
        ticking.keep_going()
        return {"FINISHED"}


class FindWorker(bpy.types.Operator):
    """Look for the vfx-ai command: on the path, and where pip, pipx and uv put commands"""

    bl_idname = "vfx_ai.find_worker"
    bl_label = "Find"

    def execute(self, _context: bpy.types.Context) -> set[str]:
        """Look, and write it down."""
        found = starting.find()
        starting.forget()
        if not found:
            self.report({"WARNING"}, f"There is no vfx-ai on this machine. {' '.join(starting.HOW)}")
            return {"CANCELLED"}
        prefs.of().command = found
        return {"FINISHED"}


class TestWorker(bpy.types.Operator):
    """Start the worker, and show what its doctor says"""

    bl_idname = "vfx_ai.test_worker"
    bl_label = "Test"

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Whether there is one."""
        cls.poll_message_set(starting.why_not() or "It is being asked")
        return not starting.why_not() and not testing.asking()

    def execute(self, _context: bpy.types.Context) -> set[str]:
        """Ask."""
        try:
            testing.ask()
        except Told as told:
            self.report({"ERROR"}, str(told))
            return {"CANCELLED"}
        ticking.keep_going()
        return {"FINISHED"}


CLASSES = (AskWorker, FindWorker, TestWorker)


_ASKERS = (
    questions.Asker(starting.asking, starting.heard, starting.asking),
    questions.Asker(testing.asking, testing.heard, testing.lines),
)


def register() -> None:
    """Add them."""
    questions.ASKERS.extend(_ASKERS)
    register_all(CLASSES)


def unregister() -> None:
    """Take them away."""
    for asker in _ASKERS:
        questions.ASKERS.remove(asker)
    unregister_all(CLASSES)
