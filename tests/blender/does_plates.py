"""What a Blender does for the tests with whole plates: extended, generated, looped."""

from pathlib import Path

import bpy
from driving import asked, editor, enable, images, part, pumped, refused, save


def whole(shot, out):
    """Extend, Generate Plate and Loop in the Image editor, each to its end, and what is shown of it."""
    enable()
    save(out)
    part("starting").ask()
    pumped(None, lambda _job: not part("starting").asking(), 100)
    plate, matte = images(shot, "plate", "matte")
    settings, told = asked(), {}
    settings.matte, settings.matte_image, settings.keep_out = "IMAGE", matte, True
    with editor("IMAGE_EDITOR") as space:

        def press(operator, answer=True, name=""):
            space.image = plate
            user, first = space.image_user, part("sources").pattern_of(plate.filepath)[1]
            user.frame_start, user.frame_offset, user.frame_duration = 1, first - 1, 20
            does = getattr(bpy.ops.vfx_ai, operator)
            if not answer:
                return refused(does)
            found = list(does())
            job, shown, user = part("jobs").JOBS[-1], space.image, space.image_user
            told[name or operator] = {
                "answer": found,
                "fields": job.steps[-1]["fields"],
                "output": job.output,
                "report": job.report,
                "shown": [shown.source, Path(bpy.path.abspath(shown.filepath)).name],
                "user": [user.frame_start, user.frame_offset, user.frame_duration],
                "kinds": [step["kind"] for step in job.steps],
            }
            return ""

        told["how far"] = press("extend", answer=False)
        settings.pad, settings.engine, settings.frames = (4, 0, 6, 2), "flow", str(settings_frame(plate))
        settings.matte_grow = 1
        press("extend")
        if bpy.ops.vfx_ai.clean_plate.poll():  # an older worker makes none
            press("clean_plate")
            settings.single = True
            press("clean_plate", name="single")
        told["grown"] = press("generate_plate", answer=False)
        settings.matte_grow, settings.frames = 0, ""
        settings.make, settings.size, settings.same_size, settings.make_seed = 2, (40, 32), False, 3
        settings.like = str(min(Path(shot).glob("plate.*.exr")))
        bpy.context.scene.frame_start = 5
        press("generate_plate")
        settings.shortest, settings.longest = 9, 8
        told["shortest"] = press("loop", answer=False)
        settings.shortest, settings.longest = 6, 9
        press("loop")
        job = part("jobs").JOBS[-1]
        bpy.ops.vfx_ai.wire()
        told["nodes"] = sorted(node.label for node in part("compositor").tree_of(bpy.context.scene).nodes if node.label)
        told["wired"] = job.name
    told["alpha"] = as_file(plate, "ALPHA")
    told["objects"] = as_file(plate, "CRYPTO")
    told["by model"] = by_model(plate)
    part("starting").close()
    return told


def settings_frame(plate):
    """The number of an image's third file."""
    return part("sources").pattern_of(plate.filepath)[1] + 2


def as_file(plate, kind):
    """The fields about the matte, and the kinds of the steps, of an extended plate."""
    settings = asked()
    settings.source, settings.source_image, settings.matte, settings.matte_objects = "IMAGE", plate, kind, "Ball"
    found = part("asking").asked_of(bpy.context, part("offers").OFFERS["extend"])
    fields = found.steps[-1]["fields"]
    about = {name: value for name, value in fields.items() if name.startswith("matte")}
    return [about, [step["kind"] for step in found.steps]]


def by_model(plate):
    """The fields of an edit and of a plate that a model makes, and what is said where something is missing."""
    settings, offers = asked(), part("offers").OFFERS
    settings.source, settings.source_image = "IMAGE", plate
    settings.matte, settings.matte_image, settings.edit.within = "IMAGE", settings.matte_image, True

    def of(name):
        try:
            step = part("asking").asked_of(bpy.context, offers[name]).steps[-1]
        except part("errors").Told as told:
            return str(told)
        return [step["kind"], step["fields"]]

    found = {"no model": [of("edit"), of("imagine")]}
    settings.model, settings.prompt, settings.strength = "our-fill", "a wall", 0.2
    edit, imagine = settings.edit, settings.imagine
    edit.model, edit.prompt, edit.reference, edit.strength = "our-film", "storm clouds", "/ref/sky.exr", 0.75
    found["edit"] = of("edit")
    edit.within = False
    found["everywhere"] = of("edit")
    imagine.model, imagine.prompt = "our-new", "Dunes, at noon: a very long shot, from above"
    imagine.make, imagine.size, imagine.seed = 9, (64, 36), 7
    settings.source_image = None  # there is none, and none is needed
    found["imagine"] = of("imagine")
    imagine.go_on, imagine.same_size = True, True
    found["no source"] = of("imagine")
    settings.source_image = plate
    found["go on"] = of("imagine")
    found["inpaint"] = of("inpaint")
    found["clean"] = of("clean_plate")
    return found
