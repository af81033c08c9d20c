"""What the tests have a Blender do: python inside.py FUNCTION ARGUMENTS, both behind "--" if it is a whole Blender.

Each function prints what it gives, as JSON behind "TOLD ". Only Blender's own Python is needed.
"""

import json
import sys
import time
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import bpy

NAME = "bl_ext.user_default.vfx_ai"


def part(name):
    return import_module(f"{NAME}.{name}")


def enable():
    import addon_utils

    assert addon_utils.enable(NAME, default_set=True) is not None
    return bpy.context.preferences.addons[NAME].preferences


def asked():
    return bpy.context.scene.vfx_ai


def images(folder, *names):
    made = []
    for name in names:
        first = min(Path(folder).glob(f"{name}.*.exr"))
        made.append(bpy.data.images.load(str(first)))
        made[-1].source = "SEQUENCE"
    return made


@contextmanager
def editor(kind):
    """A window's area as an editor of that kind."""
    window = bpy.context.window_manager.windows[0]
    area = max(window.screen.areas, key=lambda one: one.width * one.height)
    before, area.ui_type = area.ui_type, kind
    region = next(one for one in area.regions if one.type == "WINDOW")
    with bpy.context.temp_override(window=window, area=area, region=region):
        yield area.spaces.active
    area.ui_type = before


def save(folder, name="shot.blend"):
    bpy.ops.wm.save_as_mainfile(filepath=str(Path(folder) / name))


def refused(operator, **more):
    """The one message of an operator that can't do what it is asked for."""
    try:
        operator(**more)
    except RuntimeError as error:
        return str(error).removeprefix("Error: ").strip()
    return ""


def pumped(job, until, seconds=60):
    end = time.monotonic() + seconds
    while not until(job) and time.monotonic() < end:
        part("jobs").pump()
        time.sleep(0.02)
    return until(job)


def rows():
    return [[job.title, job.state, job.text] for job in part("jobs").JOBS]


# What tests ask for.


def twice():
    """Registered, taken away, and once more."""
    enable()
    module, there = sys.modules[NAME], []
    operators = set(dir(bpy.ops.vfx_ai))
    handlers = (bpy.app.handlers.save_pre, bpy.app.handlers.load_post)
    before = [len(one) for one in handlers]
    seconds = []
    for _ in range(2):
        module.unregister()
        there.append([hasattr(bpy.types.Scene, "vfx_ai"), len(dir(bpy.ops.vfx_ai))])
        began = time.perf_counter()
        module.register()
        seconds.append(time.perf_counter() - began)
    return {
        "between": there,
        "operators": sorted(operators),
        "same": operators == set(dir(bpy.ops.vfx_ai)) and before == [len(one) for one in handlers],
        "seconds": max(seconds),
        "timers": bpy.app.timers.is_registered(part("ticking").tick),
        "version": list(bpy.app.version),
        "described": {name: getattr(bpy.ops.vfx_ai, name).get_rna_type().description for name in operators},
    }


def panels():
    """The tab's panels by editor."""
    enable()
    made = part("panels").CLASSES
    return {one: [c.bl_label for c in made if c.bl_space_type == one] for one in part("panels").EDITORS}


def inpaint(shot, out, engine, frame):
    """The operator, to its end; the result wired up and composited; saved, and opened again."""
    enable()
    save(out)
    plate, matte = images(shot, "plate", "matte")
    settings = asked()
    settings.matte, settings.matte_image, settings.engine, settings.frames = "IMAGE", matte, engine, str(frame)
    with editor("IMAGE_EDITOR") as space:
        space.image = plate
        first = part("sources").pattern_of(plate.filepath)[1]
        user = space.image_user
        user.frame_start, user.frame_offset, user.frame_duration = 1, first - 1, 4
        answer = bpy.ops.vfx_ai.inpaint()
        shown = space.image
        told = {
            "answer": list(answer),
            "shown": shown.name,
            "source": shown.source,
            "space": shown.colorspace_settings.name,
            "path": shown.filepath,
            "user": [user.frame_start, user.frame_offset, user.frame_duration],
        }
        again = part("sources").find(bpy.context)
        bpy.ops.vfx_ai.show_result()
        told["toggled"] = space.image.name == plate.name
    job = part("jobs").JOBS[-1]
    told.update(output=job.output, report=job.report, again=again.pattern, plate=job.made_of["pattern"])
    told.update(_composited(plate, frame - first + 1, Path(out) / "comp.exr"))
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.open_mainfile(filepath=bpy.data.filepath)
    settings = asked()
    told["kept"] = [settings.engine, settings.frames, settings.matte, settings.matte_image.name]
    told["rows"] = rows()
    told["found"] = part("jobs").JOBS[-1].output == job.output
    told["image_after"] = shown_name(told["shown"])
    part("starting").close()
    return told


def shown_name(name):
    image = bpy.data.images.get(name)
    return image.filepath if image is not None else ""


def _composited(plate, frame, file):
    scene = bpy.context.scene
    bpy.ops.vfx_ai.wire()
    tree = part("compositor").tree_of(scene)
    told = {"nodes": sorted(node.bl_idname for node in tree.nodes)}
    bpy.ops.vfx_ai.wire()  # once more changes nothing
    told["wired_again"] = sorted(node.bl_idname for node in tree.nodes) == told["nodes"]
    result = next(node for node in tree.nodes if node.label == "Result")
    told["sockets"] = [socket.name for socket in result.outputs if socket.enabled]
    render = scene.render
    render.resolution_x, render.resolution_y, render.resolution_percentage = 416, 234, 100
    kind = render.image_settings
    kind.file_format, kind.color_depth, kind.exr_codec, kind.color_mode = "OPEN_EXR", "32", "ZIP", "RGBA"
    for name, change in (("result", None), ("muted", "plate")):
        if change:  # what the mix takes from the plate shows where the plate is another
            result.image = plate
        scene.frame_set(frame)
        render.filepath = str(Path(file).with_name(f"{name}.exr"))
        bpy.ops.render.render(write_still=True)
        told[name] = render.filepath
    return told


def preview(shot, out):
    """A preview of the current frame."""
    enable()
    save(out)
    plate, matte = images(shot, "plate", "matte")
    settings = asked()
    settings.source, settings.source_image, settings.matte, settings.matte_image = "IMAGE", plate, "IMAGE", matte
    bpy.context.scene.frame_set(1007)
    settings.frames = "1007"
    bpy.ops.vfx_ai.how_long()
    pumped(None, lambda _job: not part("planning").awaited(), 200)
    how_long = part("planning").text()
    answer = bpy.ops.vfx_ai.preview_frame()
    job = part("jobs").JOBS[-1]
    part("starting").close()
    loaded = [image.filepath for image in bpy.data.images]
    told = {"answer": list(answer), "file": job.output, "text": job.text}
    return {**told, "image": loaded, "how long": how_long}


def stand_in(folder, worker):
    """With a worker that does what the plate's name says: cancelled, failed, killed, gone on elsewhere."""
    preferences = enable()
    preferences.command = worker
    save(folder)
    settings, jobs = asked(), part("jobs")
    matte = bpy.data.images.load(str(Path(folder) / "matte.exr"))
    settings.source, settings.matte, settings.matte_image = "FILE", "IMAGE", matte
    told = {"timer_before": bpy.app.timers.is_registered(part("ticking").tick)}

    settings.source_file = str(Path(folder) / "asks.exr")
    bpy.ops.vfx_ai.inpaint(wait=False)
    job = jobs.JOBS[-1]
    told["runs"] = pumped(job, lambda one: one.state == "RUNNING")
    told["twice"] = refused(bpy.ops.vfx_ai.inpaint, wait=False)
    began = time.monotonic()
    bpy.ops.vfx_ai.cancel()
    told["cancelled"] = pumped(job, lambda one: one.over) and job.state
    told["seconds"] = time.monotonic() - began
    told["resumes"] = bpy.ops.vfx_ai.resume.poll()

    # The file is closed and opened while the job goes on.
    bpy.ops.vfx_ai.inpaint(wait=False)
    job = jobs.JOBS[-1]
    pumped(job, lambda one: one.state == "RUNNING")
    bpy.ops.wm.save_mainfile()
    file = bpy.data.filepath
    bpy.ops.wm.read_homefile(use_empty=True)
    told["elsewhere"] = rows()
    bpy.ops.wm.open_mainfile(filepath=file)
    told["back"] = jobs.JOBS[-1] is job and job.state == "RUNNING" and not job.elsewhere
    bpy.ops.vfx_ai.cancel(every=True)
    pumped(job, lambda one: one.over)

    settings = asked()
    settings.source_file = str(Path(folder) / "fails.exr")
    told["failed"] = refused(bpy.ops.vfx_ai.inpaint)
    settings.source_file = str(Path(folder) / "killed.exr")
    told["killed"] = refused(bpy.ops.vfx_ai.inpaint)
    pumped(job, lambda _job: not part("starting").asking(), 200)
    told["timer_after"] = bpy.app.timers.is_registered(part("ticking").tick)
    offered = ("inpaint", "clean_plate", "extend", "generate_plate", "loop")
    told["kinds"] = {name: getattr(bpy.ops.vfx_ai, name).poll() for name in offered}
    told["says"] = part("starting").says()
    settings.grain = "keep"
    part("starting").says()["fields"]["inpaint"].remove("grain")
    told["older"] = refused(bpy.ops.vfx_ai.inpaint)
    part("starting").close()
    return told


def without(folder):
    """No worker; one that ends at once; one over a network where Blender may not."""
    preferences = enable()
    told = {}
    ssh = Path(folder) / "ssh"
    ssh.touch(0o755)
    for name, command in (("missing", "/nowhere/vfx-ai"), ("network", f"{ssh} -o BatchMode=yes box vfx-ai")):
        preferences.command = command
        told[name] = [bpy.ops.vfx_ai.inpaint.poll(), part("starting").why_not()]
        told[f"{name}_panels"] = [
            one.bl_label for one in part("panels").CLASSES if one.bl_space_type == "IMAGE_EDITOR" and _polled(one)
        ]
    preferences.command = f"{sys.executable} -c pass"
    file = Path(folder) / "plate.exr"
    file.touch()
    settings = asked()
    settings.source, settings.source_file, settings.matte = "FILE", str(file), "ALPHA"
    told["ends"] = refused(bpy.ops.vfx_ai.inpaint)
    return told


def _polled(panel):
    with editor("IMAGE_EDITOR"):
        return panel.poll(bpy.context)


def bad(folder):
    """What can't be done as asked is one message each."""
    enable()
    save(folder)
    settings, told = asked(), {}
    told["nothing open"] = refused(bpy.ops.vfx_ai.inpaint)
    settings.source = "IMAGE"
    told["no image"] = refused(bpy.ops.vfx_ai.inpaint)
    settings.source_image = bpy.data.images.new("made here", 8, 8)
    told["generated"] = refused(bpy.ops.vfx_ai.inpaint)
    settings.source, settings.source_file = "FILE", str(Path(folder) / "gone.mov")
    told["gone"] = refused(bpy.ops.vfx_ai.inpaint)
    settings.source = "RENDER"
    told["not rendered"] = refused(bpy.ops.vfx_ai.inpaint)
    file = Path(folder) / "plate.1001.exr"
    file.touch()
    settings.source, settings.source_file = "FILE", str(file)
    for kind in ("MASK", "IMAGE", "CRYPTO", "CLICKS"):
        settings.matte = kind
        told[kind] = refused(bpy.ops.vfx_ai.inpaint)
    settings.matte, settings.output = "ALPHA", "//out/clean.####.mov"
    told["no exr"] = refused(bpy.ops.vfx_ai.inpaint)
    settings.output = ""
    told["damaged"] = refused(bpy.ops.vfx_ai.inpaint)  # by the real worker
    part("starting").close()
    return told


def sources(shot, out):
    """What each editor means."""
    enable()
    save(out)
    (plate,) = images(shot, "plate")
    first = str(min(Path(shot).glob("plate.*.exr")))
    clip = bpy.data.movieclips.load(first)
    clip.frame_start = 11
    scene, told = bpy.context.scene, {}

    def note(name):
        found = part("sources").find(bpy.context)
        told[name] = [
            Path(found.pattern).name,
            found.first,
            found.last,
            found.shift,
            list(part("sources").size_of(found)),
        ]

    with editor("IMAGE_EDITOR") as space:
        space.image = plate
        space.image_user.frame_start, space.image_user.frame_offset = 1001, 1000
        note("image")
    with editor("CLIP_EDITOR") as space:
        space.clip = clip
        note("clip")
    sequencer = scene.sequence_editor_create()
    strips = sequencer.strips if hasattr(sequencer, "strips") else sequencer.sequences
    strip = strips.new_image("strip", first, 1, 21)
    for path in sorted(Path(shot).glob("plate.*.exr"))[1:]:
        strip.elements.append(path.name)
    sequencer.active_strip = strip
    with editor("SEQUENCE_EDITOR"):
        note("strip")
    tree = part("compositor").tree_of(scene)
    node = tree.nodes.new("CompositorNodeImage")
    node.image, node.frame_start, node.frame_offset, node.frame_duration = plate, 31, 1005, 4
    tree.nodes.active = node
    with editor("CompositorNodeTree") as space:
        space.node_tree = tree
        note("node")
    for kind in ("FILE", "RENDER"):
        asked().source, asked().source_file = kind, first
        if kind == "RENDER":
            scene.render.filepath, scene.frame_start, scene.frame_end = f"{shot}/plate.####.exr", 1000, 1200
            scene.render.image_settings.file_format = "OPEN_EXR"
        note(kind)
    return told


def shows(shot, out):
    """A result in the Clip editor and in the Sequencer; its matte in the Image editor."""
    enable()
    save(out)
    jobs, results, told = part("jobs"), part("results"), {}
    made_of = {"pattern": f"{shot}/plate.####.exr", "first": 1006, "last": 1009, "shift": 1000, "space": "ACEScg"}

    def show(name, file):
        area = bpy.context.area
        job = jobs.Job(name=name, title=name, output=f"{shot}/{file}.####.exr", made_of=made_of, area=area.as_pointer())
        return results.show(job)

    with editor("CLIP_EDITOR") as space:
        show("inpaint", "plate")
        told["clip"] = [Path(space.clip.filepath).name, space.clip.frame_start, space.clip.colorspace_settings.name]
    with editor("SEQUENCE_EDITOR"):
        show("inpaint", "plate")
        show("inpaint", "plate")  # once more changes nothing
        sequencer = bpy.context.scene.sequence_editor
        strips = sequencer.strips if hasattr(sequencer, "strips") else sequencer.sequences
        told["strips"] = [[one.type, int(one.frame_start), len(one.elements)] for one in strips]
    with editor("IMAGE_EDITOR") as space:
        image = show("matte_from_clicks", "matte")
        told["matte"] = [space.image == image, image.colorspace_settings.name, space.image_user.frame_start]
    return told


def clicked(shot, out, points):
    """Clicks in the Clip editor, and one press of Inpaint: the matte, and the result of it."""
    enable()
    save(out)
    clip = bpy.data.movieclips.load(str(min(Path(shot).glob("plate.*.exr"))))
    clip.frame_start = 1
    settings = asked()
    settings.matte, settings.engine, settings.frames = "CLICKS", "flow", "1007"
    for x, y, frame, inside in points:
        one = settings.clicks.add()
        one.x, one.y, one.frame, one.inside = x, y, frame, inside
    with editor("CLIP_EDITOR") as space:
        space.clip = clip
        answer = bpy.ops.vfx_ai.inpaint()
        told = {"answer": list(answer), "shown": Path(space.clip.filepath).name, "rows": rows()}
        told["again"] = part("sources").find(bpy.context).pattern
        bpy.ops.vfx_ai.show_result()
        told["toggled"] = space.clip == clip
        job = part("jobs").JOBS[-1]
        told["matte"], told["kinds"] = job.steps[0]["fields"]["output"], [step["kind"] for step in job.steps]
        told["made"] = part("mattes").is_made(job.steps[0])
        settings.clicks[0].x += 1
        space.clip = clip
        found = part("asking").asked_of(bpy.context, part("offers").OFFERS["inpaint"])
        told["made of other clicks"] = part("mattes").is_made(found.steps[0])
    part("starting").close()
    return told


def packaged(file, staged, out):
    """Validated, built and installed by Blender's own tools."""
    import subprocess

    tool = Path(bpy.utils.system_resource("SCRIPTS")) / "addons_core/bl_pkg/cli/blender_ext.py"
    told = {}
    for name, words in (
        ("validate", ["validate", file]),
        ("validate staged", ["validate", staged]),
        ("build", ["build", "--source-dir", staged, "--output-dir", out]),
    ):
        done = subprocess.run([sys.executable, str(tool), *words], capture_output=True, text=True)
        told[name] = [done.returncode, done.stdout + done.stderr]
    import addon_utils

    addon_utils.disable(NAME)
    answer = bpy.ops.extensions.package_install_files(filepath=file, repo="user_default", enable_on_install=True)
    told["installed"] = [list(answer), list(addon_utils.check(NAME)), sys.modules[NAME].__file__]
    return told


def background(out):
    """A movie turned into frames, and a mask drawn, each by another Blender."""
    enable()
    save(out)
    told = {}
    movie = _movie(Path(out) / "phone.mp4")
    clip = bpy.data.movieclips.load(movie)
    settings = asked()
    settings.source, settings.source_clip, settings.matte = "CLIP", clip, "MASK"
    settings.matte_mask = _mask(clip)
    found = part("asking").asked_of(bpy.context, part("offers").OFFERS["inpaint"])
    told["steps"] = [step.get("what", step.get("kind")) for step in found.steps]
    for step in found.steps[:-1]:
        began = time.monotonic()
        task = part("background").Task(step)
        while not task.over and time.monotonic() - began < 120:
            task.look()
            time.sleep(0.05)
        task.look()
        told[step["what"]] = [task.fault, task.done, step["pattern"], step["first"], step["last"]]
        told[f"{step['what']} again"] = part("background").Task(step).over if step["stamp"] else None
    told["fields"] = found.steps[-1]["fields"]
    return told


def _movie(file):
    """Four frames of 64x36, each brighter than the one before."""
    scene = bpy.data.scenes.new("movie")
    scene.view_settings.view_transform = "Standard"
    sequencer = scene.sequence_editor_create()
    strips = sequencer.strips if hasattr(sequencer, "strips") else sequencer.sequences
    for frame in range(1, 5):
        more = {"length": 1} if bpy.app.version >= (5, 0) else {"frame_end": frame + 1}
        strip = strips.new_effect(f"color {frame}", "COLOR", 1, frame_start=frame, **more)
        strip.color = (frame / 5, frame / 5, frame / 5)
    render = scene.render
    render.resolution_x, render.resolution_y, render.resolution_percentage = 64, 36, 100
    scene.frame_start, scene.frame_end, render.filepath, render.use_file_extension = 1, 4, str(file), False
    if hasattr(render.image_settings, "media_type"):
        render.image_settings.media_type = "VIDEO"
    render.image_settings.file_format = "FFMPEG"
    render.ffmpeg.format, render.ffmpeg.codec = "MPEG4", "H264"
    bpy.ops.render.render(animation=True, scene=scene.name)
    bpy.data.scenes.remove(scene)
    return str(file)


def _mask(_clip):
    """A square in the left upper quarter that moves a quarter to the right from frame 1 to frame 4."""
    mask = bpy.data.masks.new("roto")
    spline = mask.layers.new(name="layer").splines.new()
    spline.points.add(3)
    spline.use_cyclic = True
    for point, (x, y) in zip(spline.points, ((0, 0.5), (0.5, 0.5), (0.5, 1), (0, 1)), strict=True):
        point.handle_type = "VECTOR"
        point.co = (x, y)
    return mask


def render(out):
    """A render with Cryptomatte, an object of it as matte, by the real worker."""
    enable()
    save(out)
    scene, told = bpy.context.scene, {}
    told["before"] = refused(bpy.ops.vfx_ai.remove_object)
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising = 1, False
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = 64, 36, 100
    scene.frame_start, scene.frame_end, scene.render.filepath = 1, 2, "//render/shot.####.exr"
    bpy.ops.vfx_ai.prepare_render()
    bpy.ops.render.render(animation=True)
    plate = part("sources").of_render(scene)
    told["layer"], told["range"] = plate.layer(), [plate.first, plate.last]
    told["why_not"] = part("cryptomatte").why_not(bpy.context)
    settings = asked()
    settings.matte_object = bpy.data.objects["Cube"]
    settings.source, settings.matte = "RENDER", "CRYPTO"
    told["answer"] = list(bpy.ops.vfx_ai.matte_from_objects())
    told["matte"] = part("jobs").JOBS[-1].output
    told["removed"] = list(bpy.ops.vfx_ai.remove_object())
    told["rows"], told["output"] = rows(), part("jobs").JOBS[-1].output
    part("starting").close()
    return told


if __name__ == "__main__":
    name, about = sys.argv[-2:]
    print("TOLD", json.dumps(globals()[name](**json.loads(about))), flush=True)
