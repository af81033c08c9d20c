"""What a Blender does for the tests with the extension itself, and where something is missing or fails."""

import json
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import bpy
from driving import NAME, asked, editor, enable, part, refused, save

_HANDLERS = ("save_pre", "save_post", "save_post_fail", "load_post", "undo_pre", "undo_post")


def twice():
    """Registered, taken away, and once more."""
    began = time.thread_time()
    enable()  # reads all files of it as well
    loaded = time.thread_time() - began
    module, there = sys.modules[NAME], []
    operators = set(dir(bpy.ops.vfx_ai))
    handlers = [getattr(bpy.app.handlers, name) for name in _HANDLERS]
    before = [len(one) for one in handlers]
    seconds = []
    for _ in range(5):
        module.unregister()
        there.append([hasattr(bpy.types.Scene, "vfx_ai"), len(dir(bpy.ops.vfx_ai))])
        began = time.thread_time()  # what it takes where nothing else runs, also on a machine that does much beside
        module.register()
        seconds.append(time.thread_time() - began)
    return {
        "between": there[:2],
        "operators": sorted(operators),
        "offers": {name: offer.label for name, offer in part("offers").OFFERS.items()},
        "same": operators == set(dir(bpy.ops.vfx_ai)) and before == [len(one) for one in handlers],
        "seconds": sorted(seconds)[len(seconds) // 2],
        "loaded": loaded,
        "undo": {name: "UNDO" in getattr(bpy.ops.vfx_ai, name).bl_options for name in sorted(operators)},
        "searched": {name: _searched(name) for name in part("menus").PLACES},
        "undescribed": [one.identifier for one in _settings() if not one.description],
        "labels": part("settings").labels(),
        "timers": bpy.app.timers.is_registered(part("ticking").tick),
        "version": list(bpy.app.version),
        "described": {name: getattr(bpy.ops.vfx_ai, name).get_rna_type().description for name in operators},
    }


def _searched(place):
    """What the menu of an editor leads to: the labels of our operators there."""
    names = []
    layout = SimpleNamespace(operator=names.append, separator=lambda: None)
    if part("menus")._put in getattr(bpy.types, place)._dyn_ui_initialize():
        part("menus").Menu.draw(SimpleNamespace(layout=layout), bpy.context)
    return [getattr(bpy.ops.vfx_ai, name.split(".")[1]).get_rna_type().name for name in names]


def _settings():
    made = part("settings")
    found = [one for kind in made._GROUPS for one in kind.bl_rna.properties]
    return [one for one in found if one.identifier not in ("rna_type", "name")]


def panels():
    """The tab's panels by editor."""
    enable()
    made = part("panels").CLASSES
    return {one: [c.bl_label for c in made if c.bl_space_type == one] for one in part("panels").EDITORS}


def moved(folder):
    """Saved, with a job and with files named beside it; then saved into another folder, and as a copy."""
    enable()
    save(folder)
    settings, jobs = asked(), part("jobs")
    settings.source_file, settings.output = "//plate.1001.exr", "//out/clean.####.exr"
    settings.reference = settings.edit.reference = "//plate.1001.exr"
    output, plate = str(Path(folder) / "out" / "clean.####.exr"), str(Path(folder) / "plate.1001-1001####.exr")
    fields = {
        "plate": plate,
        "matte": "",
        "output": output,
        "like": [plate],
        "reference": plate,
        "prompt": "//as it is",
    }
    steps = [{"do": "ask", "kind": "inpaint", "fields": fields}]
    about = {"name": "inpaint", "output": output, "steps": steps, "state": jobs.DONE, "made_of": {"pattern": plate}}
    jobs.JOBS.append(jobs.Job(title="kept", scene="a scene that was renamed", **about))
    told = {}
    for name, copy in (("away/moved.blend", False), ("copy/copied.blend", True)):
        file = Path(folder) / name
        file.parent.mkdir()
        bpy.ops.wm.save_as_mainfile(filepath=str(file), copy=copy)
        there = [part("places").there(settings.source_file), settings.output, settings.source_file]
        assert settings.source_file == settings.reference == settings.edit.reference
        told[name] = {"now": there, "queue": settings.queue}
    for name in told:
        jobs.JOBS.clear()
        part("handlers")._session.clear()  # as in a Blender that was started anew
        bpy.ops.wm.open_mainfile(filepath=str(Path(folder) / name))
        (job,) = jobs.JOBS
        found = part("places").there(asked().source_file)
        told[name]["opened"] = [found, job.output, job.made_of["pattern"], job.steps[0]["fields"]]
    good = jobs.JOBS[0].kept()
    bad = [{**good, "state": "DANCING"}, {**good, "steps": "none"}, 3, {}, {**good, "uid": "other", "task": "x"}]
    frames = {"do": "background", "what": "movie", "file": plate, "first": 1, "last": 1, "stamp": []}
    theirs = str(Path(folder) / "theirs" / "a.####.exr")
    steps = [{"do": "run"}, 3, {**frames, "pattern": theirs}, {**frames, "pattern": plate}, {"do": "ask", "kind": "x"}]
    bad += [{**good, "steps": [one]} for one in steps]
    bad += [{**good, "made_of": {"pattern": 3}}]
    asked().queue = json.dumps(bad)
    jobs.JOBS.clear()
    part("handlers").load(None)
    told["of bad rows"] = [[job.uid, job.task] for job in jobs.JOBS]
    told["wanted"] = [str(Path(folder) / "plate.1001.exr"), output, plate, fields]
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
