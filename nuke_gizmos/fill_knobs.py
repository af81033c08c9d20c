"""Knobs of nodes that fill what the plate doesn't show."""

from __future__ import annotations

from nuke_gizmos.describe import SAME_LINE, Knob
from vfx_ai.fill import MAKERS, NAMED
from vfx_ai.job import CHOICES

ENGINES = ("auto", *NAMED)
_FINDS = (
    "How the hole is filled. auto measures which does best. temporal: a camera that stands or turns; project: one "
    "that travels; flow: what moves on its own; patch: the shot's own texture alone. internal: what no frame shows is "
    "made by a small network that learns from this shot."
)
ENGINE = Knob(
    "choice",
    "engine",
    "engine",
    f"{_FINDS} diffusion_image and diffusion_video: by the model that is named on the tab Advanced; Choose... there "
    "sets both.",
    choices=ENGINES,
)
# A clean plate takes no model.
WITHOUT_MODEL = Knob(
    *("choice", "engine", "engine", _FINDS),
    choices=tuple(name for name in ENGINES if name not in MAKERS or name == "internal"),
)
GRAIN = Knob(
    "choice",
    "grain",
    "grain",
    "match: the plate's own grain, as measured; keep: that of the frame that each pixel came from; none.",
    choices=("match", "keep", "none"),
)
DETAIL = Knob(
    "double",
    "detail",
    "detail",
    "How much of the shot's own texture is laid on what no frame shows: 0 is a smooth surface, 1 as strong as "
    "elsewhere. With less, the node stays nearer to what can be known.",
    "1",
    span=(0, 1),
)
SAMPLE = Knob(
    *("int", "sample", "sample", "Fill only so many frames, spread over the range, to judge; 0: all.", "0"),
    span=(0, 20),
)
BLEND = Knob(
    *("int", "blend", "blend", "How many frames are averaged for one pixel; 0: the engine's choice.", "0"),
    span=(0, 16),
)
LAYERS = Knob(
    "string",
    "layers",
    "other layers",
    "Other layers that are filled from the same pixels: all, or names as diffuse,crypto*. Empty: they stay.",
)
IDS = Knob(
    *("choice", "ids", "ids", "What layers of ids become in the hole: those of the nearest pixel, or 0."),
    choices=("nearest", "clear"),
)
CAMERA = Knob(
    "file", "camera", "camera", "A camera that exists: .chan, .usd or .json. Empty: it is solved where that helps."
)
FOCAL = Knob(
    "string", "focal", "focal length", "1800 (pixels across the plate) or 32mm/36mm (lens/sensor), if it is known."
)
MODEL = (
    Knob("text", "model_title", "", value="<b>What a model makes up</b>"),
    Knob(
        "string",
        "model",
        "model",
        "A model of the worker's machine that makes up what no frame shows, by name. The knob engine must then be "
        "diffusion_image or diffusion_video; Choose... sets both. Empty: none takes part.",
    ),
    Knob(
        "button",
        "choose_model",
        "Choose...",
        "Ask the worker which models it has, and take one of them.",
        flags=SAME_LINE,
        calls="choose_model",
    ),
    Knob("lines", "prompt", "prompt", "What the model is to make, in words. Empty: what fits."),
    Knob("string", "negative", "keep away from", "What the model is to keep away from, where it takes that."),
    Knob(
        "double",
        "strength",
        "strength",
        "How much of what the hole begins with the model may change: more than 0, to 1, all of it.",
        "1",
        span=(0, 1),
    ),
    Knob("int", "seed", "seed", "Another number, another result.", "1", span=(0, 100)),
    Knob("string", "lora", "LoRAs", "Adapters on the model, with their weights: ourlook:0.8,grade:0.5."),
    Knob(
        "file",
        "reference",
        "reference",
        "A picture of what the model is to make, where it can see one; to a fill without a model it lends texture.",
    ),
    Knob(
        "choice",
        "use",
        "use",
        "What the result is for. A model whose licence doesn't allow that is refused.",
        choices=CHOICES["use"],
    ),
)
OUTPUTS = ("Result", "Fill only", "Source map", "Confidence", "Difference", "Source")
CHANNEL = "Channel of mask, as its file calls it: A, R, mask.A, luminance. Empty: A, else the only one, else luminance."


def output(shows: str, choices: tuple[str, ...] = OUTPUTS) -> Knob:
    """What comes out of a node that fills; `shows` says it of each choice."""
    says = f"What comes out of the node: {shows} Before anything is rendered it is the plate."
    return Knob("choice", "output", "output", says, choices=choices)


def grow(says: str, mask: str = "mask", value: str = "0") -> Knob:
    """By how much what a mask says grows; `mask` is what it is called."""
    return Knob("double", "matte_grow", f"grow {mask}", says, value, span=(-20, 50))


def invert(says: str, mask: str = "mask") -> Knob:
    """Whether a mask says the contrary."""
    return Knob("bool", "matte_invert", f"invert {mask}", says)


def channel(says: str = CHANNEL, mask: str = "mask", name: str = "matte_channel") -> Knob:
    """In which channel of its file a mask is."""
    return Knob("string", name, f"{mask} channel", says)


MEMORY = Knob("string", "memory", "memory", "For frames, as 4G, or 50% of the machine's memory.", "25%")
