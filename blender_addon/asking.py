"""From the settings of a scene to what is to be done: steps, the last of which gives the result."""

import os
import re
from typing import Any, NamedTuple

import bpy

from . import background, cryptomatte, mattes, offers, places, prefs, settings, sources, starting
from .errors import Told
from .offers import Offer
from .paths import frame_file, frames_of, pattern_of, still_of
from .plate import Plate

_WORDS = 6  # of a prompt, by which what is made of it is called


class Asked(NamedTuple):
    """What is to be done.

    Attributes:
        offer: which operator.
        plate: the source.
        output: pattern of the result, or the file of a preview; empty: nothing is written.
        steps: one after the other.
    """

    offer: Offer
    plate: Plate
    output: str
    steps: tuple[dict[str, Any], ...]


def asked_of(context: bpy.types.Context, offer: Offer, force: bool = False) -> Asked:
    """What the settings ask for.

    Raises:
        Told: something is missing or makes no sense.
    """
    fault = starting.why_not() or offers.why_not(offer, starting.says().get("kinds"))
    if fault:
        raise Told(f"{fault}.")
    asked, plate = settings.of(context), _plate(context, offer)
    if offer.gives in ("look", "words"):
        return _looked(context, offer, plate)
    output = places.output(asked.output if offer.gives in offers.NAMED_BY_USER else "", plate.source, offer.name)
    if offer.name == "clean_plate" and asked.single:
        output = still_of(output)
    wanted, steps = _WANTED[offer.kind](context, asked, plate, output)
    fields = offers.sent(offer.kind, {**wanted, **({"force": True} if force else {})}, listed(offer.kind))
    last = {"do": "ask", "kind": offer.kind, "fields": fields}
    return Asked(offer, plate, output, (*_before(plate), *steps, last))


def listed(kind: str) -> Any:
    """The fields that the worker knows for a kind; None if it didn't say."""
    return starting.says().get("fields", {}).get(kind)


def _plate(context: bpy.types.Context, offer: Offer) -> Plate:
    """The source; of what is made of words alone there is none, but its name."""
    imagine = settings.of(context).imagine
    if offer.kind != "plate_by_model" or imagine.go_on:
        return sources.find(context)
    return Plate("", 1, 1, words="_".join(re.findall(r"\w+", imagine.prompt or imagine.model)[:_WORDS]) or "new")


def _before(plate: Plate) -> tuple[dict[str, Any], ...]:
    return (background.movie(plate.movie, plate.pattern, plate.first, plate.last),) if plate.movie else ()


def _looked(context: bpy.types.Context, offer: Offer, plate: Plate) -> Asked:
    """A preview of Inpaint, or how long it will take."""
    asked = settings.of(context)
    wanted, steps = _inpaint(context, asked, plate, places.output(asked.output, plate.source, "inpaint"))
    last = {"do": offer.kind, "kind": offer.kind, "fields": offers.sent("inpaint", wanted, listed("inpaint"))}
    file = ""
    if offer.gives == "look":
        frame = _frame(context, plate)
        file = frame_file(os.path.join(places.folder(plate.source), offer.name, "preview.####.exr"), frame)
        last = {**last, "frame": frame, "file": file}
    return Asked(offer, plate, file, (*_before(plate), *steps, last))


def _frame(context: bpy.types.Context, plate: Plate) -> int:
    """The number of the file that is shown now."""
    return plate.frame_at(sources.scene_of(context).frame_current)


def _inpaint(context: bpy.types.Context, asked: Any, plate: Plate, output: str) -> tuple[dict[str, Any], Any]:
    found = mattes.find(context, plate, listed)
    fields = {
        **_common(asked, plate, output),
        **found.fields,
        **_filling(asked),
        "effects": asked.effects,
    }
    return fields, found.steps


def _clicks(_context: bpy.types.Context, asked: Any, plate: Plate, output: str) -> tuple[dict[str, Any], Any]:
    return mattes.clicked(asked, plate, output), ()


def _objects(_context: bpy.types.Context, asked: Any, plate: Plate, output: str) -> tuple[dict[str, Any], Any]:
    names = cryptomatte.named(asked)
    return {
        "plate": plate.name,
        "output": output,
        "objects": names,
        "layer": asked.matte_layer,
        "missing": asked.missing,
    }, ()


def _clean(context: bpy.types.Context, asked: Any, plate: Plate, output: str) -> tuple[dict[str, Any], Any]:
    fields, steps = _moving(context, asked, plate)
    return {**_common(asked, plate, output), **_pixels(asked), **fields, "single": asked.single}, steps


def _extend(context: bpy.types.Context, asked: Any, plate: Plate, output: str) -> tuple[dict[str, Any], Any]:
    how: dict[str, Any] = {
        "PAD": {"pad": ",".join(str(side) for side in asked.pad) if any(asked.pad) else ""},
        "FORMAT": {"format": "x".join(str(side) for side in asked.format)},
        "OVERSCAN": {"overscan": f"{asked.overscan:g}%" if asked.overscan else ""},
    }[asked.side]
    if not any(how.values()):
        raise Told("Nothing says by how much. Write how many pixels are added at which side.")
    fields, steps = _moving(context, asked, plate)
    return {**_common(asked, plate, output), **_filling(asked), **fields, **how}, steps


def _generate(context: bpy.types.Context, asked: Any, plate: Plate, output: str) -> tuple[dict[str, Any], Any]:
    more = []
    if asked.like.strip():
        file = places.there(asked.like.strip())
        pattern = pattern_of(file)[0]
        more = [pattern if frames_of(pattern) else file]
    fields, steps = _moving(context, asked, plate)
    if fields and (fields["matte_invert"] or float(fields["matte_grow"])):
        raise Told("What Generate Plate keeps out is the matte as it is. Set Grow to 0, and Invert off.")
    return {
        **_of_plate(asked, plate, output),
        "like": [plate.name, *more],
        "frames": asked.make,
        "size": "" if asked.same_size else "x".join(str(side) for side in asked.size),
        "seed": asked.make_seed,
        "start": max(0, sources.scene_of(context).frame_start),
        **({"mask": fields["matte"], "mask_channel": fields.get("matte_channel", "")} if fields else {}),
    }, steps


def _edit(context: bpy.types.Context, asked: Any, plate: Plate, output: str) -> tuple[dict[str, Any], Any]:
    made = _made_up(asked.edit)
    for name in ("model", "prompt"):
        if not made[name]:
            raise Told(f"There is no {name}. Name the model, and say what it is to make.")
    found = mattes.as_file(context, plate, listed) if asked.edit.within else None
    fields, steps = (found.fields, found.steps) if found else ({}, ())
    return {**_common(asked, plate, output), **made, "strength": round(asked.edit.strength, 4), **fields}, steps


def _imagine(context: bpy.types.Context, asked: Any, plate: Plate, output: str) -> tuple[dict[str, Any], Any]:
    asked = asked.imagine
    made = _made_up(asked)
    if not made["model"]:
        raise Told("There is no model. Name the one that makes the plate.")
    return {
        **made,
        "output": output,
        "image": frame_file(plate.pattern, _frame(context, plate)) if asked.go_on else "",
        "frames": asked.make,
        "size": "" if asked.same_size and asked.go_on else "x".join(str(side) for side in asked.size),
        "start": max(0, sources.scene_of(context).frame_start),
        "colorspace": plate.colorspace if asked.go_on else "",
        "device": prefs.of().device,
    }, ()


def _loop(_context: bpy.types.Context, asked: Any, plate: Plate, output: str) -> tuple[dict[str, Any], Any]:
    if asked.longest < asked.shortest:
        raise Told("The longest loop is shorter than the shortest. Change one of them.")
    length = f"{asked.shortest}-{asked.longest}"
    return {**_of_plate(asked, plate, output), "plate": plate.name, "length": length}, ()


def _moving(context: bpy.types.Context, asked: Any, plate: Plate) -> tuple[dict[str, Any], Any]:
    """The matte as a file, of what isn't to be used; no fields if there is none."""
    if not asked.keep_out:
        return {}, ()
    found = mattes.as_file(context, plate, listed)
    return found.fields, found.steps


def _common(asked: Any, plate: Plate, output: str) -> dict[str, Any]:
    return {
        **_of_plate(asked, plate, output),
        "plate": plate.name,
        "frames": ",".join(asked.frames.replace(",", " ").split()),
    }


def _of_plate(asked: Any, plate: Plate, output: str) -> dict[str, Any]:
    return {
        "output": output,
        "colorspace": plate.colorspace,
        "missing": asked.missing,
        "layer": plate.layer(),
        "device": prefs.of().device,
    }


def _pixels(asked: Any) -> dict[str, Any]:
    """How a hole is filled with pixels of the shot."""
    return {"engine": asked.engine.strip() or "auto", "grain": asked.grain, "detail": round(asked.detail, 4)}


def _filling(asked: Any) -> dict[str, Any]:
    """The same, and what a model makes up, if one is named."""
    made = {**_made_up(asked), "strength": round(asked.strength, 4)} if asked.model.strip() else {}
    fields = _pixels(asked)
    if made and fields["engine"] == "auto":
        made["engine"] = offers.maker(starting.says(), made["model"])
    return {
        **fields,
        "layers": asked.layers.strip(),
        "focal": asked.focal.strip(),
        "camera": places.there(asked.camera.strip()),
        **made,
    }


def _made_up(told: Any) -> dict[str, Any]:
    """What a model is told: of settings, or of those of an operator that has its own."""
    return {
        "model": told.model.strip(),
        "prompt": told.prompt.strip(),
        "negative": told.negative.strip(),
        "seed": told.seed,
        "lora": told.lora.strip(),
        "reference": places.there(told.reference.strip()),
        "use": told.use,
    }


_WANTED = {
    "inpaint": _inpaint,
    "matte_click": _clicks,
    "matte_pick": _objects,
    "plate_clean": _clean,
    "plate_extend": _extend,
    "plate_generate": _generate,
    "plate_loop": _loop,
    "edit": _edit,
    "plate_by_model": _imagine,
}
