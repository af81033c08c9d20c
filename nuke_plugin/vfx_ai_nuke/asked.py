"""From the knobs of a node to the job that a worker gets. A knob that is a field of the job has that field's name."""

from typing import Any, Dict, List, NamedTuple

import nuke

from vfx_ai_nuke import points
from vfx_ai_nuke.errors import NodeError
from vfx_ai_nuke.inputs import Plate, plate_of
from vfx_ai_nuke.paths import file_of, split

# Fields of each kind of job that are taken from knobs as they are.
INPAINT = (
    *("frames", "matte_grow", "matte_invert", "matte_channel", "matte_objects", "matte_layer", "effects", "engine"),
    *("grain", "detail", "sample", "blend", "layer", "layers", "ids", "painted", "camera", "focal", "keep_compression"),
    *("missing", "device", "memory"),
)
CLICKS = ("frames", "edge", "layer", "sam_weights", "missing", "device")
OBJECTS = ("frames", "objects", "layer", "missing")
REACH = 12  # frames before and after the one of a preview, as the worker looks at
_FILES = ("painted", "camera", "sam_weights")


class Asked(NamedTuple):
    """A job, and what must be done before it.

    Attributes:
        kind: "inpaint", "matte_click" or "matte_pick".
        fields: of the job.
        plates: the inputs; those that have a Write must be rendered first.
        output: pattern of the result.
    """

    kind: str
    fields: Dict[str, Any]
    plates: List[Plate]
    output: str


def asked_of(node: nuke.Node) -> Asked:
    """What a node asks for.

    Raises:
        NodeError: something is missing or makes no sense.
    """
    source = plate_of(node, 0, "Source")
    if source is None:
        raise NodeError("Nothing is connected to Source. Connect the plate.")
    if source.write is None and node["colorspace"].value():
        source = source._replace(colorspace=str(node["colorspace"].value()).strip())
    return (_matte if node.knob("points") is not None else _inpaint)(node, source)


def near(asked: Asked, frame: int) -> Asked:
    """The same for a preview of a frame: of what must be rendered only the frames around it, beside the others."""
    plates = []
    for plate in asked.plates:
        if plate.write is not None:
            folder, name = split(plate.file)
            first, last = max(plate.first, frame - REACH), min(plate.last, frame + REACH)
            plate = plate._replace(file=f"{folder}preview/{name}", first=first, last=last)
        plates.append(plate)
    fields = {**asked.fields, "plate": plates[0].name, "matte": plates[1].name if plates[1:] else ""}
    return asked._replace(plates=plates, fields=fields)


def _inpaint(node: nuke.Node, source: Plate) -> Asked:
    mask = plate_of(node, 1, "mask")
    fields = _fields(node, INPAINT)
    if mask is None and not (fields.get("matte_channel") or fields.get("matte_objects")):
        raise NodeError("Nothing says what goes. Connect a matte to mask, or name a channel or objects of Source.")
    output = _output(node)
    fields = {
        **fields,
        "plate": source.name,
        "matte": mask.name if mask else "",
        "output": output,
        **({"colorspace": source.colorspace} if source.colorspace else {}),
    }
    return Asked("inpaint", fields, [plate for plate in (source, mask) if plate], output)


def _matte(node: nuke.Node, source: Plate) -> Asked:
    output = _output(node)
    places = {"plate": source.name, "output": output}
    read_back = source._replace(read={"raw": True})
    if node["mode"].value() != "clicks":
        fields = _fields(node, OBJECTS)
        if not fields.get("objects"):
            raise NodeError("No objects are named. Write their names, e.g. Ball,crowd_*.")
        return Asked("matte_pick", {**fields, **places}, [read_back], output)
    height = int(node.input(0).format().height())
    said = {
        "points": points.clicks(str(node["points"].value()), height),
        "boxes": points.boxes(str(node["boxes"].value()), height),
        "wires": points.wires(str(node["wires"].value()), height),
    }
    if not any(said.values()):
        raise NodeError("Nothing says where the object is. Put position or box on it, and press the button below.")
    space = {"colorspace": source.colorspace} if source.colorspace else {}
    given = {name: value for name, value in said.items() if value}
    return Asked("matte_click", {**_fields(node, CLICKS), **given, **space, **places}, [read_back], output)


def _output(node: nuke.Node) -> str:
    output = file_of(node, "out_file")
    if not output.lower().endswith(".exr"):
        raise NodeError(f"result: {output!r} is no EXR, and only that has room for what the node shows. Write .exr.")
    return output


def _fields(node: nuke.Node, names: "tuple[str, ...]") -> Dict[str, Any]:
    """Fields from knobs; what is empty is left to the job's own default."""
    found: Dict[str, Any] = {}
    for name in names:
        value = node[name].value()
        if name in _FILES:
            value = file_of(node, name) if value else ""
        elif name == "frames":
            value = ",".join(str(value).replace(",", " ").split())
        elif name == "matte_grow":
            value = f"{value:g}"
        elif isinstance(value, str):
            value = value.strip()
        if value != "":
            found[name] = value
    return found
