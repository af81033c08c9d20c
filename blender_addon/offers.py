"""What is offered: a row for each operator that has a worker do something, and the fields of each kind of job.

Standard library alone. A kind that a worker doesn't know is greyed; a field that it doesn't list is never sent.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from .errors import Told


class Offer(NamedTuple):
    """An operator.

    Attributes:
        name: behind "vfx_ai."; also that of the result's folder and file.
        label: on its button.
        says: its tooltip.
        kind: of the worker's job.
        icon: Blender's name of it.
        gives: what comes of it: "hole" (the plate with another picture in its hole), "frames" (others of the same
            numbers), "wider" (that, and of another size), "new" (others of numbers of their own), "matte", "look" (one
            small frame) or "words".
    """

    name: str
    label: str
    says: str
    kind: str
    icon: str
    gives: str = "frames"


OFFERS = {
    row.name: row
    for row in (
        Offer(
            "inpaint",
            "Inpaint",
            "Take what the matte shows out of the shot, with pixels that other frames saw",
            "inpaint",
            "BRUSH_DATA",
            "hole",
        ),
        Offer(
            "preview_frame",
            "Preview Frame",
            "Show this frame soon, small and rough: where the hole is, and what kind of pixels come in",
            "preview",
            "HIDE_OFF",
            "look",
        ),
        Offer(
            "how_long",
            "How Long?",
            "Ask about how long Inpaint will take on the worker's machine, and how much of the picture is to be filled",
            "plan",
            "TIME",
            "words",
        ),
        Offer(
            "matte_from_clicks",
            "Matte from Clicks",
            "Make a matte of what was clicked, and follow it through the shot",
            "matte_click",
            "RESTRICT_SELECT_OFF",
            "matte",
        ),
        Offer(
            "matte_from_objects",
            "Matte of Objects",
            "Write the matte of objects of a render, by its Cryptomatte",
            "matte_pick",
            "MOD_MASK",
            "matte",
        ),
        Offer(
            "clean_plate",
            "Clean Plate",
            "Make a plate without anything that moves, of all that the shot saw",
            "plate_clean",
            "IMAGE_BACKGROUND",
        ),
        Offer(
            "extend",
            "Extend",
            "Make the picture wider or higher, with what the camera saw in other frames first",
            "plate_extend",
            "FULLSCREEN_ENTER",
            "wider",
        ),
        Offer(
            "generate_plate",
            "Generate Plate",
            "Make new frames that look like the source",
            "plate_generate",
            "RENDERLAYERS",
            "new",
        ),
        Offer(
            "loop",
            "Loop",
            "Find the best place where the shot can begin again, and make that seamless",
            "plate_loop",
            "FILE_REFRESH",
        ),
        Offer(
            "edit",
            "Edit by Model",
            "Change what the shot shows by the model, after the prompt: within the matte, or everywhere",
            "edit",
            "GREASEPENCIL",
        ),
        Offer(
            "imagine",
            "Plate by Model",
            "Make new frames by the model, from the prompt or going on from this frame",
            "plate_by_model",
            "OUTLINER_OB_IMAGE",
            "new",
        ),
    )
}

# Fields of each kind that this extension may send.
_MODEL = ("model", "prompt", "negative", "strength", "seed", "lora", "reference", "use")
FIELDS: dict[str, tuple[str, ...]] = {
    "inpaint": (
        *("plate", "matte", "output", "frames", "colorspace", "missing", "layer", "matte_channel", "matte_objects"),
        *("matte_layer", "matte_invert", "matte_grow", "camera", "focal", "engine", "grain", "detail", "device"),
        *("memory", "layers", "ids", "effects", "force"),
        *_MODEL,
    ),
    "matte_click": (*("plate", "output", "points", "frames", "layer", "colorspace", "missing", "device"),),
    "matte_pick": ("plate", "objects", "output", "layer", "frames", "missing"),
    "plate_clean": (
        *("plate", "output", "matte", "matte_channel", "matte_invert", "matte_grow", "single", "frames", "missing"),
        *("layer", "colorspace", "engine", "grain", "detail", "device", "force"),
    ),
    "plate_extend": (
        *("plate", "output", "pad", "format", "overscan", "matte", "matte_channel", "matte_invert", "matte_grow"),
        *("frames", "colorspace", "missing", "layer", "layers", "ids", "camera", "focal", "engine", "grain", "detail"),
        *("device", "memory", "force"),
        *_MODEL,
    ),
    "plate_generate": (
        *("like", "output", "frames", "size", "seed", "mask", "mask_channel", "start", "layer", "colorspace"),
        *("missing", "device", "memory", "force"),
    ),
    "plate_loop": ("plate", "output", "length", "layer", "colorspace", "missing", "device", "memory", "force"),
    "edit": (
        *("plate", "output", "matte", "matte_channel", "matte_invert", "matte_grow", "frames", "missing", "layer"),
        *("colorspace", "device", "memory", "force"),
        *_MODEL,
    ),
    "plate_by_model": (
        *("output", "image", "frames", "size", "start", "colorspace", "device", "memory", "force"),
        *(name for name in _MODEL if name != "strength"),
    ),
}
# Of these, the ones that are files.
PATHS = frozenset(("plate", "matte", "output", "mask", "camera", "like", "reference", "image"))
# Kinds that every worker has which speaks to this extension's client.
ALWAYS = ("inpaint", "matte_click", "matte_pick", "preview", "plan")
# Fields that a job must have, also if they say nothing.
_REQUIRED = {"inpaint": ("matte",)}
# What a job has where a field isn't sent.
DEFAULTS: dict[str, Any] = {
    "missing": "error",
    "matte_grow": "0",
    "engine": "auto",
    "grain": "match",
    "device": "auto",
    "memory": "25%",
    "ids": "nearest",
    "strength": 1.0,
    "seed": 1,
    "use": "commercial",
    "length": "24-60",
}
OF_KIND: dict[str, dict[str, Any]] = {"edit": {"strength": 0.4}}  # where a kind has another default


NAMED_BY_USER = ("hole", "frames", "wider", "new")  # what is given, if its file may be named in the panel


def gives(name: str) -> str:
    """What comes of an offer, by its name; of no offer: ""."""
    return OFFERS[name].gives if name in OFFERS else ""


def sent(kind: str, wanted: dict[str, Any], listed: Iterable[str] | None) -> dict[str, Any]:
    """The fields of a job: of what is wanted, all that says more than leaving it out.

    Args:
        kind: of the job.
        wanted: value by field.
        listed: the fields that the worker knows for that kind; None: it didn't say, so those of FIELDS.

    Raises:
        Told: the worker doesn't know a field that says something.
    """
    always = _REQUIRED.get(kind, ())
    told = {name: value for name, value in wanted.items() if name in always or not _is_default(kind, name, value)}
    known = set(FIELDS[kind] if listed is None else listed)
    unknown = sorted(set(told) - known)
    if unknown:
        raise Told(
            f"The worker is too old for {', '.join(unknown).replace('_', ' ')}. Update vfx-ai, or leave that as it was."
        )
    return told


def models(says: dict[str, Any]) -> list[tuple[str, str]]:
    """Name, and task and licence, of the worker's models that make pixels.

    Args:
        says: what the worker said of itself.
    """
    found = says.get("models", {}).get("registered", ())
    return [
        (str(one["name"]), f"{one.get('task') or 'unknown'}, {one.get('licence', 'unknown')}")
        for one in found
        if one.get("task") not in ("matte", "lora")
    ]


def maker(says: dict[str, Any], model: str) -> str:
    """The engine that uses a model, where none was chosen.

    Args:
        says: what the worker said of itself.
        model: its name.
    """
    tasks = {str(one["name"]): str(one.get("task", "")) for one in says.get("models", {}).get("registered", ())}
    return "diffusion_video" if tasks.get(model, "").startswith("video") else "diffusion_image"


def why_not(offer: Offer, kinds: Iterable[str] | None) -> str:
    """Why something can't be offered; empty if it can.

    Args:
        offer: which.
        kinds: that the worker said it has; None: it wasn't asked yet.
    """
    if offer.kind in ALWAYS if kinds is None else offer.kind in kinds:
        return ""
    if kinds is None:
        return f"Press Ask the Worker first: not every vfx-ai has {offer.label}"
    return f"This vfx-ai has no {offer.label} ({offer.kind}) yet"


def _is_default(kind: str, name: str, value: Any) -> bool:
    defaults = {**DEFAULTS, **OF_KIND.get(kind, {})}
    if name in defaults and value == defaults[name]:
        return True
    return value is None or value is False or (isinstance(value, str | list | tuple) and not value)
