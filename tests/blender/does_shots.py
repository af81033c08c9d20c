"""What a Blender does with a shot, for the tests: filled, previewed, clicked, from each editor and into each."""

import os
from pathlib import Path

import bpy
from driving import asked, editor, enable, images, part, rows, save


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
        settings.source, settings.source_image, settings.matte_image = "IMAGE", shown, shown
        told["named"] = [
            part("sources").find(bpy.context).pattern,
            part("mattes").find(bpy.context, again, None).fields,
        ]
        settings.source, settings.source_image, settings.matte_image = "EDITOR", None, matte
        bpy.ops.vfx_ai.show_result()
        told["toggled"] = space.image.name == plate.name
        told["plate's user"] = [user.frame_start, user.frame_offset, user.frame_duration]
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
    told["narrow"] = [node.label for node in tree.nodes if node.type == "IMAGE" and node.width < 200]
    told["sockets"] = [socket.name for socket in result.outputs if socket.enabled]
    render = scene.render
    render.resolution_x, render.resolution_y, render.resolution_percentage = 416, 234, 100
    kind = render.image_settings
    kind.file_format, kind.color_depth, kind.exr_codec, kind.color_mode = "OPEN_EXR", "32", "ZIP", "RGBA"
    for name in ("result", "brighter"):
        if name == "brighter":  # what the mix takes from the plate is twice as bright
            _brighten(tree, next(node for node in tree.nodes if node.label == "Result in the hole"))
        scene.frame_set(frame)
        render.filepath = str(Path(file).with_name(f"{name}.exr"))
        bpy.ops.render.render(write_still=True)
        told[name] = render.filepath
    return told


def _brighten(tree, mix):
    outside = next(socket for socket in mix.inputs if socket.links and socket.links[0].from_node.label == "Plate")
    exposure = tree.nodes.new("CompositorNodeExposure")
    exposure.inputs[1].default_value = 1
    tree.links.new(outside.links[0].from_socket, exposure.inputs[0])
    tree.links.new(exposure.outputs[0], outside)


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
    how_long = part("jobs").JOBS[-1].text
    answer = bpy.ops.vfx_ai.preview_frame()
    job = part("jobs").JOBS[-1]
    part("starting").close()
    loaded = [image.filepath for image in bpy.data.images]
    told = {"answer": list(answer), "file": job.output, "text": job.text}
    return {**told, "image": loaded, "how long": how_long}


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
        told = _marked()
        bpy.ops.vfx_ai.matte_from_clicks()
        looked = part("jobs").JOBS[-1]
        seen, made = [looked.text, space.clip == clip], _ages(looked.output)
        answer = bpy.ops.vfx_ai.inpaint()
        told |= {"answer": list(answer), "shown": Path(space.clip.filepath).name, "rows": rows()}
        told["again"] = part("sources").find(bpy.context).pattern
        bpy.ops.vfx_ai.show_result()
        told["toggled"] = space.clip == clip
        job = part("jobs").JOBS[-1]
        told["matte"], told["kinds"] = job.steps[0]["fields"]["output"], [step["kind"] for step in job.steps]
        told["made"] = part("mattes").is_made(job.steps[0])
        told["looked"], told["made once"] = seen, _ages(looked.output) == made != []
        settings.clicks[0].x += 1
        space.clip = clip
        found = part("asking").asked_of(bpy.context, part("offers").OFFERS["inpaint"])
        told["made of other clicks"] = part("mattes").is_made(found.steps[0])
        plate = min(Path(shot).glob("plate.*.exr"))
        about = plate.stat()
        os.utime(plate, ns=(about.st_atime_ns, about.st_mtime_ns + 10**10))  # rendered anew
        told["made of another plate"] = part("mattes").is_made(job.steps[0])
        os.utime(plate, ns=(about.st_atime_ns, about.st_mtime_ns))
        assert part("mattes").is_made(job.steps[0])
        min(Path(told["matte"]).parent.glob("*.exr")).unlink()
        told["made with a file gone"] = part("mattes").is_made(job.steps[0])
    part("starting").close()
    return told


def _marked():
    """Which clicks are marked in the picture when it is drawn, and how often its folder was looked up for that."""
    overlay, sources, marks, looked = part("overlay"), part("sources"), [], []
    mark, frames_of = overlay._mark, sources.frames_of
    overlay._mark = lambda _at, _color, inside, strength: marks.append([inside, strength])
    sources.frames_of = lambda pattern: looked.append(pattern) or frames_of(pattern)
    bpy.context.scene.frame_set(2)  # which shows file 1007
    for _ in range(20):  # as it plays
        overlay.draw()
    overlay._mark, sources.frames_of = mark, frames_of
    return {"marks": marks[:2], "marks in all": len(marks), "looked up": len(looked)}


def _ages(pattern):
    """When each file of a sequence was written."""
    return [file.stat().st_mtime_ns for file in sorted(Path(pattern).parent.glob("*.exr"))]


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
        other = strips.new_image("other", str(min(Path(shot).glob("matte.*.exr"))), 2, 1)
        sequencer.active_strip, strip.select, other.select = other, True, False
        note("selected")
        strips.remove(other)
        if hasattr(bpy.context.workspace, "sequencer_scene"):  # another scene than the window's
            bpy.context.workspace.sequencer_scene, shown = bpy.data.scenes.new("edit"), scene
            told["edit"] = part("sources").scene_of(bpy.context).name
            bpy.context.workspace.sequencer_scene = shown
    tree = part("compositor").tree_of(scene)
    node = tree.nodes.new("CompositorNodeImage")
    node.image, node.frame_start, node.frame_offset, node.frame_duration = plate, 31, 1005, 4
    tree.nodes.active = node
    with editor("CompositorNodeTree") as space:
        space.node_tree = tree
        note("node")
    folder = Path.cwd()
    os.chdir(shot)  # where Blender was started, files may be named without their folder
    asked().source, asked().source_file = "FILE", Path(first).name
    told["whole"] = part("sources").find(bpy.context).pattern == str(Path(shot).resolve() / "plate.####.exr")
    os.chdir(folder)
    for kind in ("FILE", "RENDER"):
        asked().source, asked().source_file = kind, first
        if kind == "RENDER":
            scene.render.filepath, scene.frame_start, scene.frame_end = f"{shot}/plate.####.exr", 1000, 1200
            scene.render.image_settings.file_format = "OPEN_EXR"
        note(kind)
    return told
