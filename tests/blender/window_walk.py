"""Presses all buttons one after the other in Blender's real window, as a user would, and says what came of each:

    blender --window-geometry 0 0 1600 900 --python tests/blender/window_walk.py -- SHOT OUT [PART ...]

SHOT is a folder with plate.####.exr and matte.####.exr from 1001 (a small one), OUT the folder of pictures; these are
taken by the words in $VFX_AI_GRAB and the picture's name. PART is of PARTS below; without one it is all. "models" needs
two models in the worker's folder ($VFX_AI_MODELS): one of pictures, one of videos. The extension must be installed, and
find its worker.
"""

import os
import sys
import tempfile
import time
import webbrowser
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).resolve().parent))
from driving import NAME, enable, part
from window_areas import close_one, open_sidebar, open_tab, photographed
from window_steps import (
    FRAME,
    asked,
    check,
    choose,
    clicks,
    done,
    fit,
    image_editor,
    in_compositor,
    jobs,
    last,
    model,
    nothing,
    of,
    only_open,
    opened,
    press,
    problems,
    quiet,
    runs,
    search,
    show_plate,
    shown,
    typed,
    undo,
)

bpy.context.preferences.view.show_splash = False
SHOT, OUT, *WALKED = sys.argv[sys.argv.index("--") + 1 :]
SHOT, OUT = Path(SHOT), Path(OUT)
MOST = 400  # seconds for one step

# The name of a picture that is taken after it, what is done, and what is waited for.
FIRST = (
    ("", image_editor, quiet),
    *[("", close_one, quiet)] * 4,
    ("", open_sidebar, quiet),
    ("", open_tab, quiet),
    ("01 nothing open", nothing, quiet),
    ("02 plate and matte", show_plate(SHOT), quiet),
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
        ("", show_plate(SHOT), quiet),
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
