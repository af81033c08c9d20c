"""What says where the object is: the fields of a job, and what must be made before it."""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import bpy

from . import background, cryptomatte, offers, places, prefs, settings, sources
from .errors import Told
from .paths import frames_of, newest
from .plate import Plate


class Matte(NamedTuple):
    """A matte.

    Attributes:
        fields: of the job that uses it.
        steps: what makes it.
    """

    fields: dict[str, Any]
    steps: tuple[dict[str, Any], ...] = ()


def find(context: bpy.types.Context, plate: Plate, listed: Any) -> Matte:
    """What the settings mean.

    Args:
        context: of the operator.
        plate: that it is for.
        listed: the fields of a kind that the worker knows, by the kind.

    Raises:
        Told: nothing says where the object is.
    """
    asked = settings.of(context)
    made = _FINDERS[asked.matte](context, plate, listed)
    grown = f"{asked.matte_grow:g}"
    return made._replace(fields={**made.fields, "matte_invert": asked.matte_invert, "matte_grow": grown})


def as_file(context: bpy.types.Context, plate: Plate, listed: Any) -> Matte:
    """The same for a job that takes a matte's file alone: the plate itself for its alpha; of objects it is made before.

    Raises:
        Told: nothing says where the object is.
    """
    found, kind = find(context, plate, listed), settings.of(context).matte
    if kind == "ALPHA":
        return found._replace(fields={**found.fields, "matte": plate.name})
    if kind != "CRYPTO":
        return found
    output = places.output("", plate.source, "matte_from_objects")
    fields = {**found.fields, "matte": output}
    named = {"objects": fields.pop("matte_objects"), "layer": fields.pop("matte_layer")}
    wanted = {"plate": plate.name, "output": output, "missing": settings.of(context).missing, **named}
    sent = offers.sent("matte_pick", wanted, listed("matte_pick"))
    return Matte(fields, ({"do": "ask", "kind": "matte_pick", "fields": sent},))


def clicked(asked: Any, plate: Plate, output: str) -> dict[str, Any]:
    """The fields of a matte from clicks.

    Raises:
        Told: there are none on the object.
    """
    points = points_of(asked.clicks)
    if not any(click.inside for click in asked.clicks):
        raise Told("Nothing is clicked. Press Click, and click the object in the picture.")
    return {
        "plate": plate.name,
        "output": output,
        "points": points,
        "layer": plate.layer(),
        "colorspace": plate.colorspace,
        "missing": asked.missing,
        "device": prefs.of().device,
    }


def points_of(clicks: Any) -> list[str]:
    """Clicks as a job has them: "X,Y@FRAME" on the object, "-X,Y@FRAME" beside it."""
    return [f"{'' if one.inside else '-'}{max(0, one.x):.1f},{max(0, one.y):.1f}@{one.frame}" for one in clicks]


def mask_of(context: bpy.types.Context) -> Any:
    """The mask that was chosen, else the one that the editor itself shows; None if there is none."""
    return settings.of(context).matte_mask or getattr(context.space_data, "mask", None)


def _mask(context: bpy.types.Context, plate: Plate, _listed: Any) -> Matte:
    mask = mask_of(context)
    if mask is None:
        raise Told("No mask is chosen. Draw one in the Clip or Image editor (mode Mask), and choose it here.")
    size = sources.size_of(plate)
    if not any(size):
        raise Told(f"The size of {plate.one} can't be told. Open it in the Image or Clip editor once.")
    pattern = os.path.join(places.folder(plate.source), "mask", "mask.####.exr")
    step = background.mask(mask, pattern, plate.first, plate.last, plate.shift, size)
    return Matte({"matte": pattern, "matte_channel": "R"}, (step,))


def _image(context: bpy.types.Context, _plate: Plate, _listed: Any) -> Matte:
    asked = settings.of(context)
    if asked.matte_image is None:
        raise Told("No matte is chosen. Open the image sequence of a matte.")
    found = sources.of_image(asked.matte_image)
    if found.movie:
        raise Told(f"{asked.matte_image.name} is a movie. A matte must be an image or an image sequence.")
    return Matte({"matte": found.pattern, "matte_channel": asked.matte_channel.strip()})


def _alpha(_context: bpy.types.Context, plate: Plate, _listed: Any) -> Matte:
    layer = plate.layer()
    return Matte({"matte": "", "matte_channel": f"{layer}.A" if layer else "A"})


def _crypto(context: bpy.types.Context, _plate: Plate, _listed: Any) -> Matte:
    asked = settings.of(context)
    return Matte({"matte": "", "matte_objects": cryptomatte.named(asked), "matte_layer": asked.matte_layer})


def _clicks(context: bpy.types.Context, plate: Plate, listed: Any) -> Matte:
    output = places.output("", plate.source, "matte_from_clicks")
    fields = offers.sent("matte_click", clicked(settings.of(context), plate, output), listed("matte_click"))
    return Matte({"matte": output}, ({"do": "ask", "kind": "matte_click", "fields": fields},))


_FINDERS = {"MASK": _mask, "IMAGE": _image, "ALPHA": _alpha, "CRYPTO": _crypto, "CLICKS": _clicks}
STAMP = "made_of.json"
KINDS = ("matte_click", "matte_pick")  # of jobs that make one


def is_made(step: dict[str, Any]) -> bool:
    """Whether the matte of a step is there, all of its files, made of the same clicks or objects of the same plate."""
    try:
        noted = json.loads(_stamp(step).read_text(encoding="utf-8"))
        frames = noted["frames"]
        same = noted["fields"] == step["fields"] and noted["plate"] == newest(step["fields"]["plate"])
        return bool(same and frames) and set(frames) <= set(frames_of(_output(step)))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def note_made(step: dict[str, Any]) -> None:
    """Write down of which clicks or objects of which plate a matte was made, and of how many files it is."""
    fields = step["fields"]
    noted = {"fields": fields, "frames": frames_of(_output(step)), "plate": newest(fields["plate"])}
    with suppress(OSError):
        _stamp(step).write_text(json.dumps(noted), encoding="utf-8")


def note_begun(step: dict[str, Any]) -> None:
    """A matte is being made: until it is made, its files are neither the old one's nor the new one's."""
    with suppress(OSError):
        _stamp(step).unlink(missing_ok=True)


def _stamp(step: dict[str, Any]) -> Path:
    return Path(_output(step)).with_name(f"{step['kind']}.{STAMP}")


def _output(step: dict[str, Any]) -> str:
    return str(step["fields"]["output"])
