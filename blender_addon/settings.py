"""What a scene remembers: source, matte, engine, output, clicks, and the queue of its jobs."""

from collections.abc import Iterator
from typing import Any

import bpy

from . import prefs
from .prefs import BESIDE
from .registering import register_all, unregister_all

ENGINES = ("auto", "temporal", "project", "flow", "patch")
SOURCES = (
    ("EDITOR", "This Editor", "What is open here: the image, the clip, the active strip or the active node"),
    ("IMAGE", "Image", "An image or image sequence"),
    ("CLIP", "Movie Clip", "A movie clip"),
    ("RENDER", "Render Output", "The frames that this scene was rendered to"),
    ("FILE", "File", "A file, or one frame of a sequence"),
)
MATTES = (
    ("MASK", "Mask", "A mask drawn in Blender, also one that follows tracks"),
    ("IMAGE", "Image", "An image or image sequence: white goes, black stays"),
    ("ALPHA", "Alpha", "The alpha of the source"),
    ("CRYPTO", "Cryptomatte", "Objects of a render, by their names"),
    ("CLICKS", "Clicks", "What was clicked in the picture, followed through the shot"),
)
WHAT_IDS = (
    ("CryptoObject", "Objects", "Names of objects"),
    ("CryptoMaterial", "Materials", "Names of materials"),
    ("CryptoAsset", "Assets", "Names of the objects at the top of a hierarchy"),
)
GRAINS = (
    ("match", "As the Plate", "The fill gets the plate's own grain, as measured"),
    ("keep", "As Fetched", "Each pixel keeps the grain of the frame that it came from"),
    ("none", "None", "No grain is added"),
)
USES = (
    ("commercial", "Commercial", "A model whose licence doesn't allow that is refused"),
    ("research", "Research", "A model whose licence doesn't allow that is refused"),
)
GAPS = (
    ("error", "Stop", "A frame that is missing is an error"),
    ("hold", "Hold", "The frame before stands in"),
    ("black", "Black", "It counts as black"),
)
SIDES = (
    ("PAD", "Sides", "Pixels to be added at each side"),
    ("FORMAT", "Size", "The size of the result"),
    ("OVERSCAN", "Overscan", "Percent of the size, on all sides"),
)


def of(context: bpy.types.Context) -> Any:
    """The scene's settings."""
    return context.scene.vfx_ai


def _engines(_self: Any, _context: bpy.types.Context, _text: str) -> Iterator[str]:
    from . import starting

    found = [row["name"] for row in starting.says().get("engines", ())]
    return iter(dict.fromkeys(("auto", *found) if found else ENGINES))


def _models(_self: Any, _context: bpy.types.Context, _text: str) -> Iterator[tuple[str, str]]:
    from . import offers, starting

    return iter(offers.models(starting.says()))


class Click(bpy.types.PropertyGroup):
    """A click on the picture."""

    x: bpy.props.FloatProperty(description="Pixels from the left edge of the picture")
    y: bpy.props.FloatProperty(description="Pixels from the upper edge of the picture")
    frame: bpy.props.IntProperty(description="Number of the file that was clicked in")
    inside: bpy.props.BoolProperty(description="Whether the object is there")


class _ByModel:
    """What a model is told; each operator that has one make something has its own."""

    model: bpy.props.StringProperty(
        name="Model",
        description="A model of the worker's machine. Inpaint and Extend can do without one",
        search=_models,
    )
    prompt: bpy.props.StringProperty(
        name="Prompt",
        description="What the model is to make, in words. Inpaint and Extend can do without",
    )
    negative: bpy.props.StringProperty(
        name="Avoid", description="What the model is to keep away from, where it takes that"
    )
    seed: bpy.props.IntProperty(name="Seed", description="Another one gives another result", default=1, min=0)
    lora: bpy.props.StringProperty(
        name="LoRAs", description="Adapters on the model, with their weights: ourlook:0.8,grade:0.5"
    )
    reference: bpy.props.StringProperty(
        name="Reference",
        description="A picture of what the model is to make, where it can be shown one",
        subtype="FILE_PATH",
        options=BESIDE,
    )
    use: bpy.props.EnumProperty(
        name="Use", description="What the result is for; the model's licence must allow it", items=USES
    )


class _New:
    """How long and how large a new plate is."""

    make: bpy.props.IntProperty(name="Frames", description="How many are made", default=48, min=1)
    same_size: bpy.props.BoolProperty(
        name="Size of the Source", description="The new plate is as large as the source", default=True
    )
    size: bpy.props.IntVectorProperty(
        name="Width, Height", description="Pixels across and down", size=2, min=16, default=(1920, 1080)
    )


class Edit(_ByModel, bpy.types.PropertyGroup):
    """What Edit by Model is told."""

    strength: bpy.props.FloatProperty(
        name="Strength",
        description="How much of what is there an edit may change",
        default=0.4,
        min=0.01,
        max=1,
    )
    within: bpy.props.BoolProperty(
        name="Within the Matte", description="Only what the matte shows may change", default=True
    )


class Imagine(_ByModel, _New, bpy.types.PropertyGroup):
    """What Plate by Model is told."""

    go_on: bpy.props.BoolProperty(
        name="From This Frame",
        description="The new plate goes on from the one that is shown; of models of videos alone",
    )


class Settings(_ByModel, _New, bpy.types.PropertyGroup):
    """All settings of a scene. A name that is also a field of a job has that field's meaning.

    What a model is told is here that of Inpaint and Extend; the size of what is new, that of Generate Plate.
    """

    source: bpy.props.EnumProperty(name="Source", description="What is worked on", items=SOURCES)
    source_image: bpy.props.PointerProperty(
        name="Image", description="The plate: an image or image sequence", type=bpy.types.Image
    )
    source_clip: bpy.props.PointerProperty(name="Clip", description="The plate: a movie clip", type=bpy.types.MovieClip)
    source_file: bpy.props.StringProperty(
        name="File", description="A movie, a still, or one frame of a sequence", subtype="FILE_PATH", options=BESIDE
    )
    matte: bpy.props.EnumProperty(name="Matte", description="What says where the object is", items=MATTES)
    matte_mask: bpy.props.PointerProperty(
        name="Mask", description="What shall go. Empty: the mask that this editor shows", type=bpy.types.Mask
    )
    matte_image: bpy.props.PointerProperty(
        name="Image", description="The matte: white goes, black stays", type=bpy.types.Image
    )
    matte_channel: bpy.props.StringProperty(
        name="Channel", description="Of the matte's file. Empty: its alpha, else its only channel, else its brightness"
    )
    matte_invert: bpy.props.BoolProperty(name="Invert", description="What the matte doesn't show goes")
    matte_grow: bpy.props.FloatProperty(
        name="Grow", description="Pixels by which the matte grows, or shrinks", soft_min=-20, soft_max=20, precision=1
    )
    matte_object: bpy.props.PointerProperty(
        name="Object", description="The object that goes; pick it with the eyedropper", type=bpy.types.Object
    )
    matte_objects: bpy.props.StringProperty(
        name="Names", description="More objects, with commas between: Ball, crowd_*, <1a2b3c4d>"
    )
    matte_layer: bpy.props.EnumProperty(name="Names Of", description="Which Cryptomatte", items=WHAT_IDS)
    clicks: bpy.props.CollectionProperty(type=Click, description="On the object, and beside it")
    effects: bpy.props.BoolProperty(
        name="Shadows and Reflections", description="Also take out what the object leaves beside the matte"
    )
    engine: bpy.props.StringProperty(
        name="Engine",
        description="Where pixels come from; auto measures which is best",
        default="auto",
        search=_engines,
    )
    grain: bpy.props.EnumProperty(name="Grain", description="What the fill's grain is", items=GRAINS)
    detail: bpy.props.FloatProperty(
        name="Detail",
        description="How much of the shot's own texture is laid on what no frame shows",
        default=1.0,
        min=0,
        max=1,
    )
    strength: bpy.props.FloatProperty(
        name="Strength",
        description="How much of what the hole begins with the model may change",
        default=1.0,
        min=0.01,
        max=1,
    )
    layers: bpy.props.StringProperty(
        name="Layers", description="Other layers of an EXR that are filled, too: all, or diffuse,specular,crypto*"
    )
    focal: bpy.props.StringProperty(
        name="Focal Length", description="1800 (pixels) or 32mm/36mm (lens/sensor). Empty: not known"
    )
    camera: bpy.props.StringProperty(
        name="Camera",
        description="A matchmove: .chan, .usd or .json. Empty: it is solved",
        subtype="FILE_PATH",
        options=BESIDE,
    )
    frames: bpy.props.StringProperty(
        name="Frames",
        description="Which files to do: 1001-1024 or 1001,1010-1020x2. Empty: all. All of them lend pixels",
    )
    missing: bpy.props.EnumProperty(name="Gaps", description="What a gap in the source means", items=GAPS)
    output: bpy.props.StringProperty(
        name="File",
        description="Of the result, e.g. //out/clean.####.exr. Empty: chosen as it says below",
        subtype="FILE_PATH",
        options=BESIDE,
    )
    # Of Extend, Generate and Loop.
    side: bpy.props.EnumProperty(name="Extend By", description="How it is said how much is added", items=SIDES)
    pad: bpy.props.IntVectorProperty(
        name="Left, Top, Right, Bottom", description="Pixels that are added", size=4, min=0, default=(0, 0, 0, 0)
    )
    format: bpy.props.IntVectorProperty(
        name="Width, Height", description="Of the wider picture, in pixels", size=2, min=16, default=(1920, 1080)
    )
    overscan: bpy.props.FloatProperty(
        name="Overscan", description="On all sides", default=10, min=0, max=100, subtype="PERCENTAGE"
    )
    single: bpy.props.BoolProperty(name="One Still", description="One frame that stands for all, not a sequence")
    make_seed: bpy.props.IntProperty(name="Seed", description="Another one gives another result", default=1, min=0)
    keep_out: bpy.props.BoolProperty(
        name="Keep Out the Matte",
        description="What Matte shows lends nothing to Clean Plate, Extend and Generate Plate: what moves by itself",
    )
    like: bpy.props.StringProperty(
        name="Also Like",
        description="Another file, or one frame of a sequence, that it shall look like",
        subtype="FILE_PATH",
        options=BESIDE,
    )
    shortest: bpy.props.IntProperty(name="Shortest", description="Frames that the loop has at least", default=24, min=2)
    longest: bpy.props.IntProperty(name="Longest", description="Frames that the loop has at most", default=60, min=2)
    edit: bpy.props.PointerProperty(type=Edit, description="What Edit by Model is told")
    imagine: bpy.props.PointerProperty(type=Imagine, description="What Plate by Model is told")
    advanced: bpy.props.BoolProperty(name="More", description="Show what is seldom needed")
    queue: bpy.props.StringProperty(description="The jobs of this scene, as JSON; written when the file is saved")


def groups(asked: Any) -> tuple[Any, ...]:
    """A scene's settings, and those of operators that have their own."""
    return asked, asked.edit, asked.imagine


def labels() -> dict[str, str]:
    """What the panel calls what the command line has an option for, by the option's name: "matte-grow" is Grow."""
    named = {one.identifier: one.name for one in Settings.bl_rna.properties}
    sides = {name.lower(): label for name, label, _ in SIDES}
    length = f"{named['shortest']} and {named['longest']}"
    device = prefs.Preferences.bl_rna.properties["device"].name
    of_options = {**named, **sides, "length": length, "device": device}
    return {name.replace("_", "-"): label for name, label in of_options.items()}


_GROUPS = (Click, Edit, Imagine, Settings)


def register() -> None:
    """Add them to scenes."""
    register_all(_GROUPS)
    bpy.types.Scene.vfx_ai = bpy.props.PointerProperty(type=Settings)


def unregister() -> None:
    """Take them away."""
    del bpy.types.Scene.vfx_ai
    unregister_all(_GROUPS)
