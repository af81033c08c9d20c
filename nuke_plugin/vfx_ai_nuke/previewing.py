"""Previews: of which nodes there are any, and what of their inputs must be there for one."""

from typing import Dict, Optional

from vfx_ai_nuke.asked import Asked
from vfx_ai_nuke.errors import NodeError
from vfx_ai_nuke.paths import has_frame, split
from vfx_ai_nuke.places import own

REACH = 8  # frames before and after the one of a preview that are rendered, and that the worker is told to look at
KINDS = ("inpaint", "plate_clean", "plate_extend", "matte_click", "matte_pick")


def near(asked: Asked, frame: int) -> Asked:
    """The same for a preview of a frame: of what must be rendered only the frames around it, beside the others.

    Raises:
        NodeError: there are no previews of that, or the shot has no such frame.
    """
    if asked.kind not in KINDS:
        raise NodeError("There is no preview of this. Use sample on the tab Advanced.")
    fields = {name: value for name, value in asked.fields.items() if name != "painted"}
    plates = []
    for role in ("plate", "matte"):
        plate = next((one for one in asked.plates if one.name == fields.get(role)), None)
        if role == "plate" and plate and has_frame(plate.file) and not plate.first <= frame <= plate.last:
            raise NodeError(f"The shot has no frame {frame}, it has {plate.first} to {plate.last}. Go to one of them.")
        if plate is not None and plate.write is not None:
            folder, name = split(plate.file)
            first, last = max(plate.first, frame - REACH), min(plate.last, frame + REACH)
            plate = plate._replace(file=f"{folder}preview/{name}", first=first, last=last)
            fields[role] = plate.name
        plates += [plate] if plate is not None else []
    return asked._replace(plates=plates, fields=fields)


def folder_of(asked: Asked) -> str:
    """Where a preview is written."""
    return own(f"{split(asked.output)[0]}preview")


def placed(place: Optional[Dict[str, int]]) -> Dict[str, int]:
    """Knobs that say where a preview lies around Source, by those of the result."""
    return {f"preview_{name}": value for name, value in (place or {}).items()}
