"""What a Blender does for the tests that makes frames: of movies, masks and renders; and with the zip."""

import os
import subprocess
import sys
import time
from pathlib import Path

import bpy
from driving import NAME, asked, editor, enable, part, refused, rows, save


def background(out):
    """A movie turned into frames, and a mask drawn, each by another Blender."""
    enable()
    save(out)
    told = {}
    movie = _movie(Path(out) / "phone.mp4")
    clip = bpy.data.movieclips.load(movie)
    settings = asked()
    settings.matte = "MASK"
    with editor("CLIP_EDITOR") as space:
        space.clip, space.mask = clip, _mask(clip)
        told["shown"] = part("mattes").mask_of(bpy.context).name
        found = part("asking").asked_of(bpy.context, part("offers").OFFERS["inpaint"])
    told["steps"] = [step.get("what", step.get("kind")) for step in found.steps]
    os.environ["OCIO"], given, popen = "/nowhere/config.ocio", [], subprocess.Popen
    for step in found.steps[:-1]:
        began = time.monotonic()
        subprocess.Popen = lambda *words, **more: given.append("OCIO" in more["env"]) or popen(*words, **more)
        task = part("background").Task(step)
        subprocess.Popen = popen
        while not task.over and time.monotonic() - began < 400:
            task.look()
            time.sleep(0.05)
        task.look()
        told[step["what"]] = [task.fault, task.done, step["pattern"], step["first"], step["last"]]
        told[f"{step['what']} again"] = part("background").Task(step).over
    told["a config of the studio's"] = given
    del os.environ["OCIO"]
    told["fields"] = found.steps[-1]["fields"]
    with editor("CLIP_EDITOR") as space:
        space.clip, space.mask = clip, bpy.data.masks["roto"]
        bpy.ops.vfx_ai.how_long()
        told["how long"] = part("jobs").JOBS[-1].text
    part("starting").close()
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


def _mask(clip):
    """A square in the left upper quarter that hangs on a track, by which it moves an eighth to the right each frame."""
    track = clip.tracking.tracks.new(name="corner", frame=1)
    for frame in range(1, 5):
        track.markers.insert_frame(frame, co=((frame - 1) / 8, 0.5))
    mask = bpy.data.masks.new("roto")
    spline = mask.layers.new(name="layer").splines.new()
    spline.points.add(3)
    spline.use_cyclic = True
    for point, (x, y) in zip(spline.points, ((0, 0.5), (0.5, 0.5), (0.5, 1), (0, 1)), strict=True):
        point.handle_type = "VECTOR"
        point.co = (x, y)
        point.parent.id_type, point.parent.id = "MOVIECLIP", clip
        point.parent.parent, point.parent.sub_parent = clip.tracking.objects.active.name, track.name
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
    told.update(_of_a_render(scene))
    part("starting").close()
    return told


def _of_a_render(scene):
    """What a render is in the editors that show it, and what its result is wired behind."""
    asked().source, told = "EDITOR", {}
    compositor, find = part("compositor"), part("sources").find
    tree = compositor.tree_of(scene, with_render=True)
    layers = next((one for one in tree.nodes if one.bl_idname == "CompositorNodeRLayers"), None)
    layers = tree.nodes.active = layers or tree.nodes.new("CompositorNodeRLayers")
    with editor("CompositorNodeTree") as space:
        space.node_tree = tree
        found = find(bpy.context)
    told["node"] = [Path(found.pattern).name, found.first, found.last, found.render]
    job = part("jobs").JOBS[-1]
    mix = compositor.wire(scene, job)
    told["behind"] = sorted({one.from_node.name for socket in mix.inputs for one in socket.links} & {layers.name})
    told["only"] = layers.name
    with editor("IMAGE_EDITOR") as space:
        space.image = bpy.data.images["Render Result"]
        found = find(bpy.context)
        told["render result"] = [Path(found.pattern).name, found.first, found.last, found.render]
        space.image = part("results").load(
            part("jobs").Job(**{**job.kept(), "made_of": {**job.made_of, "shown": list(found.shown)}}), [1, 2]
        )
        told["its result"] = find(bpy.context).pattern == found.pattern
    return told


def packaged(file, staged, out):
    """Validated, built and installed by Blender's own tools."""
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
