"""Pictures of the extension in Blender's real window, and how late its timers come during a run. Runs inside Blender:

    blender --window-geometry 0 0 1600 900 --python tests/blender/window_pictures.py -- STATE WORKER SHOT OUT

STATE is one of STATES below, WORKER the vfx-ai command, SHOT a folder with plate.####.exr and matte.####.exr from 1001,
OUT the picture. The window is photographed by the words in $VFX_AI_GRAB and the picture's name ("import -window root");
without them the window stays open to be looked at. The extension must be installed.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).resolve().parent))
import window_timing
from driving import NAME, part
from window_areas import close_one, largest, open_sidebar, open_tab, photographed, sequence, show, within
from window_timing import late, over, watch

STATE, WORKER, SHOT, OUT = sys.argv[sys.argv.index("--") + 1 :][:4]
FRAME = 1008


bpy.context.preferences.view.show_splash = False


def step(after):
    """A function that Blender calls after so many seconds, from its main loop."""

    def registered(function):
        bpy.app.timers.register(function, first_interval=after)
        return function

    return registered


def shot(name):
    return sequence(SHOT, name)


def one_after_the_other(*steps, pause=0.7):
    """Do things with time for Blender to draw between them: it doesn't bear several changes of its areas at once."""
    left = list(steps)

    def next_one():
        left.pop(0)()
        return pause if left else None

    bpy.app.timers.register(next_one, first_interval=pause)


def fit():
    with within():
        if largest().type == "IMAGE_EDITOR":
            bpy.ops.image.view_all(fit_view=True)
        elif largest().type == "NODE_EDITOR":
            bpy.ops.node.view_all()


def picture():
    """Photograph the window and end, or leave it open."""
    window_timing.told()
    if photographed(OUT):
        part("starting").close()
        os._exit(0)


def prepare():
    bpy.context.preferences.addons[NAME].preferences.command = WORKER
    folder = Path(tempfile.mkdtemp())
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 1001, 1016
    scene.frame_set(FRAME)
    asked = scene.vfx_ai
    asked.matte, asked.matte_image, asked.engine, asked.frames = "IMAGE", shot("matte"), "flow", str(FRAME)
    return asked


def whole_window(kind):
    """Steps that make the window's largest area an editor of that kind, over the whole window."""

    def change():
        largest().ui_type = kind

    return change, *[close_one] * 4


def image_editor(*then):
    """Steps that show the plate with our tab beside it."""

    def show_plate():
        open_sidebar()
        show(shot("plate"))

    one_after_the_other(*whole_window("IMAGE_EDITOR"), show_plate, open_tab, fit, *then)


def inpaint():
    began = time.monotonic()
    with within():
        bpy.ops.vfx_ai.inpaint("EXEC_DEFAULT")
    print(f"the operator came back after {(time.monotonic() - began) * 1000:.0f} ms", flush=True)


def when(right, then, often=0.2, most=300):
    """Do something as soon as it is right."""
    end = time.monotonic() + most

    def look():
        if not right() and time.monotonic() < end:
            return often
        bpy.app.timers.register(then, first_interval=1.5)
        return None

    bpy.app.timers.register(look, first_interval=often)


def _nothing():
    """Time goes by."""


def result():
    """The panel with a result."""
    image_editor(watch, *[_nothing] * 6, inpaint, lambda: when(over, picture))


def queue():
    """The queue while the second job waits for the first."""
    asked = bpy.context.scene.vfx_ai
    asked.frames = ""

    def both():
        inpaint()
        asked.source, asked.source_image, asked.frames = "IMAGE", shot("clean"), str(FRAME)
        inpaint()
        asked.source, asked.frames = "EDITOR", ""
        part("jobs").choose(part("jobs").JOBS[0])

    def far_enough():
        first = part("jobs").JOBS[0]
        return first.total and first.done / first.total > 0.3 and len(late["during"]) > 200

    image_editor(watch, *[_nothing] * 6, both, lambda: when(far_enough, picture))


def compositor():
    """A result wired into the compositor."""

    def wire():
        bpy.ops.vfx_ai.wire()
        one_after_the_other(change, side, open_tab, fit, fit, picture)

    def change():
        largest().ui_type = "CompositorNodeTree"

    def side():
        space = largest().spaces.active
        space.show_region_ui = True
        if space.node_tree is None:
            space.node_tree = part("compositor").tree_of(bpy.context.scene)

    image_editor(inpaint, lambda: when(over, wire))


def clip():
    """Clicks in the Clip editor, one of them made by the operator's own way."""
    _clicked()

    def show_clip():
        space = largest().spaces.active
        space.show_region_ui = True
        space.clip = bpy.data.movieclips.load(str(Path(SHOT) / "plate.1001.exr"))
        space.clip.frame_start = 1001

    def click():
        region = next(one for one in largest().regions if one.type == "WINDOW")
        with within():
            bpy.ops.clip.view_all()
            part("overlay").add(bpy.context, region, region.width / 2, region.height / 2, True)
            one = bpy.context.scene.vfx_ai.clicks[-1]
            print(f"the middle of the window is at {one.x:.1f}, {one.y:.1f} of frame {one.frame}", flush=True)

    one_after_the_other(*whole_window("CLIP_EDITOR"), show_clip, open_tab, click, _nothing, picture)


def _clicked():
    asked = bpy.context.scene.vfx_ai
    asked.matte = "CLICKS"
    for x, y, inside in ((203, 109, True), (232, 106, True), (270, 118, False)):
        one = asked.clicks.add()
        one.x, one.y, one.frame, one.inside = x, y, FRAME, inside


def clicks():
    """Clicks on the picture."""
    _clicked()
    image_editor(_nothing, picture)


def missing():
    """No worker."""
    bpy.context.preferences.addons[NAME].preferences.command = "/nowhere/vfx-ai"
    image_editor(_nothing, picture)


def preferences():
    """The preferences, after Test."""

    def test():
        bpy.context.preferences.active_section = "ADDONS"
        bpy.context.window_manager.addon_search = "VFX AI"
        bpy.ops.preferences.addon_expand(module=NAME)
        bpy.ops.vfx_ai.test_worker()

    one_after_the_other(*whole_window("PREFERENCES"), test, lambda: when(lambda: not part("testing").asking(), picture))


STATES = {one.__name__: one for one in (result, queue, compositor, clicks, clip, missing, preferences)}


@step(1)
def main():
    prepare()
    STATES[STATE]()
