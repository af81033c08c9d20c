"""What a Blender does for the tests with results: shown in each editor, and wired up."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import bpy
from driving import editor, enable, images, part, save


def shows(shot, out):
    """A result in the Clip editor and in the Sequencer; its matte in the Image editor."""
    enable()
    save(out)
    jobs, results, told = part("jobs"), part("results"), {}
    made_of = {"pattern": f"{shot}/plate.####.exr", "first": 1006, "last": 1009, "shift": 1000, "space": "ACEScg"}

    def job_of(name, file, **more):
        area = bpy.context.area.as_pointer() if bpy.context.area else 0
        about = {**made_of, **more}
        return jobs.Job(name=name, title=name, output=f"{file}.####.exr", made_of=about, area=area)

    def show(name, file, **more):
        return results.show(job_of(name, Path(shot) / file, **more))

    with editor("CLIP_EDITOR") as space:
        show("inpaint", "plate")
        told["clip"] = [Path(space.clip.filepath).name, space.clip.frame_start, space.clip.colorspace_settings.name]
        show("matte_from_clicks", "matte")  # the picture stays: it would be black
        told["clip still"] = Path(space.clip.filepath).name
    with editor("SEQUENCE_EDITOR"):
        show("inpaint", "plate")
        show("inpaint", "plate")  # once more changes nothing
        sequencer = bpy.context.scene.sequence_editor
        strips = sequencer.strips if hasattr(sequencer, "strips") else sequencer.sequences

        def of_strips():
            return [[one.type, int(one.frame_start), len(one.elements)] for one in strips]

        told["strips"] = of_strips()
        other = Path(out) / "other"  # files of the same names
        other.mkdir()
        for path in sorted(Path(shot).glob("plate.*.exr")):
            shutil.copy(path, other)
            show("inpaint", other / "plate")  # with each frame that comes
        told["more strips"] = of_strips()
    with editor("IMAGE_EDITOR") as space:
        image = show("matte_from_clicks", "matte")
        told["matte"] = [space.image == image, image.colorspace_settings.name, space.image_user.frame_start]
        told["channels"], told["elsewhere"] = [space.display_channels], [image[part("sources").ELSEWHERE]]
        (plate,) = images(shot, "plate")
        space.zoom_percentage = 250
        show("imagine", "matte", shown=(plate.name, "IMAGE"))
        told["elsewhere"].append(space.image[part("sources").ELSEWHERE])
        told["channels"] += [space.display_channels, round(space.zoom_percentage)]
        told["new"] = [space.image_user.frame_start, list(space.image[part("sources").MADE_OF_FRAMES])]
        told["its plate"] = part("sources").find(bpy.context).shift
    told["space unknown"] = [
        results.space_of(job_of("inpaint", "x", space="", pattern=f"x.{end}")) for end in ("exr", "png")
    ]
    plate.colorspace_settings.name = "Non-Color"
    told["plate"] = (
        results.load_plate({**made_of, "space": "ACEScg"}, [1006]) == plate and plate.colorspace_settings.name
    )
    told["another config"] = [_taken_for(space) for space in ("Linear Rec.709", "Non-Color", "ACEScg")]
    told["wired"] = [
        _wired(job_of(name, Path(shot) / "matte")) for name in ("matte_from_clicks", "preview_frame", "loop")
    ]
    return told


def _taken_for(space):
    """What an image is taken for where a studio's config names things its own way."""

    class Settings:
        there = ("Raw", "Linear Rec.709 (sRGB)")
        now = "Raw"

        @property
        def name(self):
            return self.now

        @name.setter
        def name(self, name):
            if name not in self.there:
                raise TypeError(name)
            self.now = name

    shown = SimpleNamespace(colorspace_settings=Settings())
    part("results")._take_for(shown, space)
    return shown.colorspace_settings.name


def _wired(job):
    """The labels of nodes that a job's result comes to, and what leads to the output; or why it doesn't."""
    scene = bpy.context.scene
    tree = part("compositor").tree_of(scene)
    tree.nodes.clear()
    try:
        part("compositor").wire(scene, job)
    except part("errors").Told as told:
        return str(told)
    return [sorted(node.label for node in tree.nodes if node.label), sorted(one.from_node.label for one in tree.links)]
