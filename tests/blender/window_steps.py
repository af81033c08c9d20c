"""What a walk through Blender's real window does at each step; used by window_walk.py."""

import os
import shlex
import subprocess
import time

import bpy
from driving import part
from window_areas import largest, sequence, show, within

FRAME = 1008  # that is looked at
opened: list[str] = []  # what was opened in the browser
problems: list[str] = []


def asked():
    return bpy.context.scene.vfx_ai


def jobs():
    return part("jobs").JOBS


def press(operator, **more):
    """A step that presses a button."""

    def pressed():
        with within("UI"):
            if not getattr(bpy.ops.vfx_ai, operator).poll():
                problems.append(f"{operator} is grey")
                return
            began = time.monotonic()
            try:
                getattr(bpy.ops.vfx_ai, operator)("INVOKE_DEFAULT", **more)
            except RuntimeError as error:
                problems.append(f"{operator}: {error}")
            print(f"{operator} came back after {(time.monotonic() - began) * 1000:.0f} ms", flush=True)

    return pressed


def choose(**more):
    """A step that sets settings."""

    def chosen():
        for name, value in more.items():
            setattr(asked(), name, value)

    return chosen


def check(what, right):
    """A step that says whether something is as it should be."""

    def checked():
        try:
            found = bool(right())
        except (AttributeError, IndexError):  # nothing is shown, or there is no job
            found = False
        print(("right: " if found else "WRONG: ") + what, flush=True)
        if not found:
            problems.append(what)

    return checked


def quiet():
    return all(job.over for job in jobs()) and not part("questions").awaited()


def runs():
    return bool(jobs()) and jobs()[-1].state == "RUNNING" and jobs()[-1].done > 0


def last():
    return f"{jobs()[-1].title}: {jobs()[-1].state}, {jobs()[-1].text}" if jobs() else "nothing was done"


def image_editor():
    largest().ui_type = "IMAGE_EDITOR"


def show_plate(folder):
    """A step that shows the plate of a folder, and takes the matte that lies there."""

    def shown():
        show(sequence(folder, "plate"))
        asked().matte_image = sequence(folder, "matte")
        with within():
            bpy.ops.image.view_all(fit_view=True)

    return shown


def only_open(label):
    """A step after which that section is open and the others are shut: a panel's own state can't be set by a script."""

    def opened():
        for one in part("panels").CLASSES:
            if one.bl_space_type == "IMAGE_EDITOR" and one.bl_label in part("panels").SECTIONS:
                bpy.utils.unregister_class(one)
                one.bl_options = set() if one.bl_label == label else {"DEFAULT_CLOSED"}
                one.bl_idname = one.bl_idname.split("_as_")[0] + f"_as_{label.split()[0].lower()}"
                bpy.utils.register_class(one)

    return opened


def clicks():
    for x, y, inside in ((101, 54, True), (116, 53, True), (135, 59, False)):
        one = asked().clicks.add()
        one.x, one.y, one.frame, one.inside = x, y, FRAME, inside


def undo():
    with within("UI"):
        bpy.ops.ed.undo()


def search():
    with within("UI"):
        bpy.ops.wm.search_menu("INVOKE_DEFAULT")


def typed():
    if os.environ.get("VFX_AI_TYPE"):
        subprocess.run([*shlex.split(os.environ["VFX_AI_TYPE"]), "clean plate"], check=False)


def in_compositor():
    largest().ui_type = "CompositorNodeTree"
    space = largest().spaces.active
    if space.node_tree is None:
        space.node_tree = part("compositor").tree_of(bpy.context.scene)


def fit():
    """See all nodes; a step later, when they were drawn."""
    with within():
        bpy.ops.node.view_all()


def nothing():
    """Time goes by."""


def done(what):
    """Steps that say whether the last job came to its end, show its result, and its source again."""
    return (
        ("", check(f"{what} is done", lambda: jobs()[-1].state == "DONE"), quiet),
        ("", press("show_result"), quiet),
    )


def model(group, video):
    """A step that names a model of the worker for an operator, one of videos or one of pictures."""

    def named():
        rows = part("offers").models(part("starting").says())
        found = [name for name, about in rows if about.startswith("video") == video]
        if found:
            getattr(asked(), group).model = found[0]
        else:
            problems.append(f"the worker has no model for {group}")

    return named


def of(group, **more):
    """A step that sets settings of an operator's own."""

    def chosen():
        for name, value in more.items():
            setattr(getattr(asked(), group), name, value)

    return chosen


def shown(name):
    return lambda: name in largest().spaces.active.image.filepath
