"""From the knobs of a node to the job that a worker gets. A knob that is a field of the job has that field's name."""

from typing import Any, Dict, List, NamedTuple, Optional

import nuke

from vfx_ai_nuke import growing, points, speaking
from vfx_ai_nuke.errors import NodeError
from vfx_ai_nuke.inputs import LIGHT, Plate, plate_of
from vfx_ai_nuke.nodes import MATTE, kind_of
from vfx_ai_nuke.painting import painted_of
from vfx_ai_nuke.paths import file_of, files_of

# Fields of each kind of job that are taken from knobs as they are.
_MODEL = ("model", "prompt", "negative", "strength", "seed", "lora", "reference", "use")
INPAINT = (
    *("frames", "matte_grow", "matte_invert", "matte_channel", "matte_objects", "matte_layer", "effects", "engine"),
    *("grain", "detail", "sample", "blend", "layer", "layers", "ids", "camera", "focal", "keep_compression"),
    *(*_MODEL, "missing", "device", "memory"),
)
CLEAN = (
    *("frames", "matte_grow", "matte_invert", "matte_channel", "engine", "grain", "detail", "sample", "layer"),
    *("missing", "device", "memory"),
)
EXTEND = (
    *("frames", "matte_grow", "matte_invert", "matte_channel", "engine", "grain", "detail", "sample", "blend", "layer"),
    *("layers", "ids", "camera", "focal", *_MODEL, "missing", "device", "memory"),
)
GENERATE = ("frames", "size", "seed", "start", "sample", "mask_channel", "fps", "layer", "missing", "device", "memory")
LOOP = ("length", "over", "start", "sample", "layer", "keep_compression", "missing", "device", "memory")
EDIT = (
    *("frames", "matte_grow", "matte_invert", "matte_channel", *_MODEL, "sample", "layer", "missing", "device"),
    "memory",
)
IMAGINE = (
    *(name for name in _MODEL if name != "strength"),
    *("frames", "size", "start", "fps", "device", "memory"),
)
CLICKS = ("frames", "edge", "layer", "sam_weights", "missing", "device")
OBJECTS = ("frames", "objects", "layer", "missing")
HOW = {"sides": "pad", "format": "format", "overscan": "overscan"}  # by what a plate grows, as knob and job call it
NO_FORCE = ("matte_click", "matte_pick")  # kinds that know of no finished frames
_FILES = ("camera", "sam_weights", "reference")
_OF_MASK = ("matte_invert", "matte_channel", "mask_channel")


class Asked(NamedTuple):
    """A job, and what must be done before it.

    Attributes:
        kind: of the job, as the worker calls it.
        fields: of the job.
        plates: the inputs; those that have a Write must be rendered first.
        output: pattern of the result.
        first, last: frames that the result may have; where last is before first, the worker tells when it is done.
        place: knobs that say where the result lies around Source.
    """

    kind: str
    fields: Dict[str, Any]
    plates: List[Plate]
    output: str
    first: int
    last: int
    place: Optional[Dict[str, int]] = None


def asked_of(node: nuke.Node) -> Asked:
    """What a node asks for.

    Raises:
        NodeError: something is missing or makes no sense.
    """
    made = _BY_KIND.get(kind_of(node))
    if made is None:
        raise NodeError("This plugin knows no such node. Make it anew from the menu VFX AI.")
    name = {_generate: "Reference", _imagine: "First"}.get(made, "Source")
    source = plate_of(node, 0, name)
    if source is None and made is _imagine:
        return _imagine(node, None)
    if source is None:
        raise NodeError(f"Nothing is connected to {name}. Connect the plate.")
    said = str(node["colorspace"].value()).strip()
    if source.write is None and said:
        source = source._replace(colorspace=said, light=source.light and said in LIGHT)
    return made(node, source)


def _inpaint(node: nuke.Node, source: Plate) -> Asked:
    mask = plate_of(node, 1, "mask")
    fields = _fields(node, INPAINT)
    speaking.check_model(node, fields)
    painted, source, by_hand = painted_of(node, source)
    if mask is None and not (fields.get("matte_channel") or fields.get("matte_objects")):
        raise NodeError("Nothing says what goes. Connect a matte to mask, or name a channel or objects of Source.")
    output = _output(node)
    fields = {
        **fields,
        "plate": source.name,
        "matte": mask.name if mask else "",
        "output": output,
        **({"painted": painted} if painted else {}),
        **_space(source),
    }
    plates = [*(plate for plate in (source, mask) if plate), *by_hand]
    return Asked("inpaint", fields, plates, output, source.first, source.last)


def _clean(node: nuke.Node, source: Plate) -> Asked:
    mask = plate_of(node, 1, "mask")
    output = _output(node)
    fields = {
        **_fields(node, CLEAN, mask is not None),
        "plate": source.name,
        "output": output,
        **({"matte": mask.name} if mask else {}),
        **_space(source),
    }
    return Asked("plate_clean", fields, [plate for plate in (source, mask) if plate], output, source.first, source.last)


def _extend(node: nuke.Node, source: Plate) -> Asked:
    mask = plate_of(node, 1, "mask")
    how = HOW[str(node["extend_by"].value())]
    text = str(node[how].value()).strip()
    size = node.input(0).format()
    place = growing.place_of(how, text, int(size.width()), int(size.height()))
    output = _output(node)
    asked = _fields(node, EXTEND, mask is not None)
    speaking.check_model(node, asked)
    fields = {
        **asked,
        how: text,
        "plate": source.name,
        "output": output,
        **({"matte": mask.name} if mask else {}),
        **_space(source),
    }
    plates = [plate for plate in (source, mask) if plate]
    return Asked("plate_extend", fields, plates, output, source.first, source.last, place)


def _generate(node: nuke.Node, source: Plate) -> Asked:
    mask = plate_of(node, 1, "mask")
    output = _output(node)
    fields = {
        **_fields(node, GENERATE, mask is not None),
        "like": [source.name, *files_of(node, "more_references")],
        "output": output,
        **({"mask": mask.name} if mask else {}),
        **_space(source),
    }
    if "size" in fields:
        growing.size_of("size", fields["size"])
    last = fields["start"] + (fields["frames"] or source.last - source.first + 1) - 1
    return Asked("plate_generate", fields, [plate for plate in (source, mask) if plate], output, fields["start"], last)


def _loop(node: nuke.Node, source: Plate) -> Asked:
    output = _output(node)
    fields = {**_fields(node, LOOP), "plate": source.name, "output": output, **_space(source)}
    return Asked("plate_loop", fields, [source], output, 0, -1)


def _edit(node: nuke.Node, source: Plate) -> Asked:
    mask = plate_of(node, 1, "mask")
    output = _output(node)
    fields = {
        **_fields(node, EDIT, mask is not None),
        "plate": source.name,
        "output": output,
        **({"matte": mask.name} if mask else {}),
        **_space(source),
    }
    for name in ("model", "prompt"):
        if not fields.get(name):
            raise NodeError(f"There is no {name}. Name the model, and say what it is to make.")
    return Asked("edit", fields, [plate for plate in (source, mask) if plate], output, source.first, source.last)


def _imagine(node: nuke.Node, source: Optional[Plate]) -> Asked:
    output = _output(node)
    fields = {**_fields(node, IMAGINE), "output": output}
    if not fields.get("model"):
        raise NodeError("There is no model. Name one, or press Choose.")
    if "size" in fields:
        growing.size_of("size", fields["size"])
    first = source._replace(last=source.first) if source and node["begins_with"].value() else None
    if node["begins_with"].value() and first is None:
        raise NodeError("Nothing is connected to First. Connect the picture that the plate begins with.")
    if first is not None:
        fields = {**fields, "image": first.name, **_space(first)}
    start = fields["start"]
    plates = [first or Plate("", start, start, None, "", {"raw": True})]
    return Asked("plate_by_model", fields, plates, output, start, start + fields["frames"] - 1)


def _space(source: Plate) -> Dict[str, str]:
    return {"colorspace": source.colorspace} if source.colorspace else {}


def _matte(node: nuke.Node, source: Plate) -> Asked:
    output = _output(node)
    places = {"plate": source.name, "output": output}
    read_back = source._replace(read={"raw": True})
    if node["mode"].value() != "clicks":
        fields = _fields(node, OBJECTS)
        if not fields.get("objects"):
            raise NodeError("No objects are named. Write their names, e.g. Ball,crowd_*.")
        return Asked("matte_pick", {**fields, **places}, [read_back], output, source.first, source.last)
    height = int(node.input(0).format().height())
    said = {
        "points": points.clicks(str(node["points"].value()), height),
        "boxes": points.boxes(str(node["boxes"].value()), height),
        "wires": points.wires(str(node["wires"].value()), height),
    }
    if not any(said.values()):
        raise NodeError("Nothing says where the object is. Put position or box on it, and press the button below.")
    given = {name: value for name, value in said.items() if value}
    fields = {**_fields(node, CLICKS), **given, **_space(source), **places}
    return Asked("matte_click", fields, [read_back], output, source.first, source.last)


_BY_KIND = {
    "inpaint": _inpaint,
    MATTE: _matte,
    "plate_clean": _clean,
    "plate_extend": _extend,
    "plate_generate": _generate,
    "plate_loop": _loop,
    "edit": _edit,
    "plate_by_model": _imagine,
}


def _output(node: nuke.Node) -> str:
    output = file_of(node, "out_file")
    if not output.lower().endswith(".exr"):
        raise NodeError(f"result: {output!r} is no EXR, and only that has room for what the node shows. Write .exr.")
    return output


def _fields(node: nuke.Node, names: "tuple[str, ...]", masked: bool = True) -> Dict[str, Any]:
    """Fields from knobs; what is empty is left to the job's own default, and so are the mask's where there is none."""
    found: Dict[str, Any] = {}
    for name in names:
        if name in _OF_MASK and not masked:
            continue
        value = node[name].value()
        if name in _FILES:
            value = file_of(node, name) if value else ""
        elif name == "frames" and isinstance(value, str):
            value = ",".join(value.replace(",", " ").split())
        elif name == "matte_grow":
            value = f"{value:g}"
        elif isinstance(value, str):
            value = value.strip()
        if value != "":
            found[name] = value
    return found
