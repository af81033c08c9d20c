"""Presses all buttons one after the other in Blender's real window, as a user would, and says what came of each:

    blender --window-geometry 0 0 1600 900 --python tests/blender/window_walk.py -- SHOT OUT [PART ...]

SHOT is a folder with plate.####.exr and matte.####.exr from 1001 (a small one), OUT the folder of pictures; these are
taken by the words in $VFX_AI_GRAB and the picture's name. PART is of PARTS below; without one it is all. "models" needs
two models in the worker's folder ($VFX_AI_MODELS): one of pictures, one of videos. The extension must be installed, and
find its worker.
"""

import os
import shlex
import subprocess
import sys
import tempfile
import time
import webbrowser
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).resolve().parent))
from driving import NAME, enable, part
from window_areas import close_one, largest, open_sidebar, open_tab, photographed, sequence, show, within

bpy.context.preferences.view.show_splash = False
SHOT, OUT, *WALKED = sys.argv[sys.argv.index("--") + 1 :]
SHOT, OUT = Path(SHOT), Path(OUT)
FRAME, MOST = 1008, 400  # seconds for one step
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


def show_plate():
    show(sequence(SHOT, "plate"))
    asked().matte_image = sequence(SHOT, "matte")
    with within():
        bpy.ops.image.view_all(fit_view=True)


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


# The name of a picture that is taken after it, what is done, and what is waited for.
FIRST = (
    ("", image_editor, quiet),
    *[("", close_one, quiet)] * 4,
    ("", open_sidebar, quiet),
    ("", open_tab, quiet),
    ("01 nothing open", nothing, quiet),
    ("02 plate and matte", show_plate, quiet),
    ("03 asked", press("ask_worker"), quiet),
    ("", choose(frames=str(FRAME)), quiet),
)
LAST = (("", check("no timer of ours is left", lambda: not bpy.app.timers.is_registered(part("ticking").tick)), quiet),)
PARTS = {
    "inpaint": (
        ("04 how long", press("how_long"), quiet),
        ("", check("How Long? has an answer", lambda: "about" in jobs()[-1].text), quiet),
        ("05 preview", press("preview_frame"), quiet),
        ("", press("inpaint"), runs),
        ("06 running", nothing, lambda: True),
        ("07 result", nothing, quiet),
        ("", check("Inpaint is done", lambda: jobs()[-1].state == "DONE"), quiet),
        ("", check("the result is shown", shown("inpaint")), quiet),
        ("", undo, quiet),
        ("", check("Undo shows the plate again", shown("plate.1")), quiet),
        ("", check("Undo leaves the queue", lambda: jobs()[-1].state == "DONE"), quiet),
        ("", press("show_result"), quiet),
        ("", check("the result is shown", shown("inpaint")), quiet),
        ("", press("show_result"), quiet),
        ("", check("the source is shown", shown("plate.1")), quiet),
        ("", press("open_report"), quiet),
        ("", check("the report was opened", lambda: opened[-1:] and opened[-1].endswith("html")), quiet),
        ("", press("wire"), quiet),
        ("", in_compositor, quiet),
        ("", fit, quiet),
        ("08 compositor", fit, quiet),
    ),
    "clicks": (
        ("", choose(matte="CLICKS"), quiet),
        ("", clicks, quiet),
        ("10 clicks", nothing, quiet),
        ("11 matte from clicks", press("matte_from_clicks"), quiet),
        *done("the matte"),
        ("12 inpaint from clicks", press("inpaint"), quiet),
        *done("Inpaint of clicks"),
    ),
    "plates": (
        ("20 engine", only_open("Engine"), quiet),
        ("", choose(pad=(16, 8, 16, 8), make=3, size=(96, 64), same_size=False), quiet),
        ("", choose(keep_out=True, shortest=5, longest=8), quiet),
        ("21 more", only_open("More from the Plate"), quiet),
        ("22 clean plate", press("clean_plate"), quiet),
        *done("Clean Plate"),
        ("23 extend", press("extend"), quiet),
        *done("Extend"),
        ("24 generate plate", press("generate_plate"), quiet),
        *done("Generate Plate"),
        ("25 loop", press("loop"), quiet),
        *done("Loop"),
        ("26 queue", only_open("Queue"), quiet),
        ("", press("wire"), quiet),
        ("", in_compositor, quiet),
        ("", fit, quiet),
        ("27 compositor", fit, quiet),
    ),
    "models": (
        ("", model("edit", video=False), quiet),
        ("", of("edit", prompt="storm clouds", strength=0.5), quiet),
        ("30 models", only_open("More from the Plate"), quiet),
        ("31 edit", press("edit"), quiet),
        *done("Edit by Model"),
        ("", check("the source is shown", shown("plate.1")), quiet),
        ("", model("imagine", video=True), quiet),
        ("", of("imagine", prompt="dunes at noon", make=5, size=(96, 64)), quiet),
        ("32 imagine", press("imagine"), quiet),
        *done("Plate by Model"),
        ("33 imagined", nothing, quiet),
        ("34 queue", only_open("Queue"), quiet),
    ),
    "cancel": (
        ("", only_open("Queue"), quiet),
        ("", choose(frames=""), quiet),
        ("", press("inpaint", force=True), runs),
        ("40 before cancel", press("cancel", every=True), quiet),
        ("41 cancelled", nothing, quiet),
        ("", check("Cancel stopped it", lambda: jobs()[0].state == "STOPPED"), quiet),
        ("", search, quiet),
        ("42 search", typed, quiet),
    ),
}
STEPS = (*FIRST, *(step for name in WALKED or PARTS for step in PARTS[name]), *LAST)


def walk():
    """Do a step, wait for what comes of it, take its picture; then the next one."""
    state = {"at": 0, "since": 0.0, "done": False}

    def on():
        name, does, until = STEPS[state["at"]]
        now = time.monotonic()
        if not state["since"]:
            state["since"] = now
            does()
            for area in bpy.context.window_manager.windows[0].screen.areas:
                area.tag_redraw()
            return 0.6
        if not until() and now - state["since"] < MOST:
            return 0.3
        if not state["done"]:  # so that what came of it is drawn
            state["done"] = True
            return 1.2 if name else 0.3
        if name:
            photographed(OUT / f"{name.replace(' ', '-')}.png")
            print(f"{name}: {last()}", flush=True)
        state.update(at=state["at"] + 1, since=0.0, done=False)
        if state["at"] < len(STEPS):
            return 0.3
        print(f"problems: {problems}", flush=True)
        part("starting").close()
        os._exit(1 if problems else 0)

    bpy.app.timers.register(on, first_interval=1.0)


def start():
    if NAME not in bpy.context.preferences.addons:
        enable()  # the box in Preferences > Add-ons
    print(f"the worker's command: {part('starting').command()}", flush=True)
    OUT.mkdir(parents=True, exist_ok=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(Path(tempfile.mkdtemp()) / "shot.blend"))
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 1001, 1016
    scene.frame_set(FRAME)
    asked().matte, asked().engine = "IMAGE", "flow"
    webbrowser.open = opened.append
    walk()


bpy.app.timers.register(start, first_interval=1.0)
