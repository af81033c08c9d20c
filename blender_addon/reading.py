"""Jobs of a .blend, which anybody may have written: what isn't as this extension writes it is none.

A step makes and takes away files as soon as the user presses Go On; it does so where such steps do alone.
"""

from pathlib import PurePath
from typing import Any

from . import offers, wording
from .jobs import KEPT, Job

_MOST = 10**6  # frames
_FOLDERS = {"movie": "frames", "mask": "mask"}  # in which the background makes its frames
_OF_A_PLATE = {
    **{"pattern": str, "first": int, "last": int, "shift": int, "space": str, "shown": list, "stem": str},
    **{"render": bool, "sequencer": str, "source": str},
}
_OF_A_STEP: dict[str, dict[str, type]] = {
    "background": {"what": str, "pattern": str, "first": int, "last": int, "file": str, "stamp": list},
    "ask": {"kind": str, "fields": dict},
    "preview": {"kind": str, "fields": dict, "frame": int, "file": str},
    "plan": {"kind": str, "fields": dict},
}


def read(kept: dict[str, Any]) -> Job:
    """A job.

    Raises:
        ValueError: it is none.
    """
    job = Job()
    for name in KEPT:
        value = kept.get(name, getattr(job, name))
        if type(value) is not type(getattr(job, name)):
            raise ValueError(name)
        setattr(job, name, value)
    if job.state not in wording.STATES:
        raise ValueError(job.state)
    made_of = job.made_of
    if any(name in made_of and type(made_of[name]) is not kind for name, kind in _OF_A_PLATE.items()):
        raise ValueError("made_of")
    if not all(_is_step(step) for step in job.steps):
        raise ValueError("steps")
    return job


def _is_step(step: Any) -> bool:
    wanted = _OF_A_STEP.get(step.get("do", "")) if type(step) is dict else None
    if wanted is None or any(type(step.get(name)) is not kind for name, kind in wanted.items()):
        return False
    return _SOUND[step["do"]](step)


def _is_in_its_folder(step: dict[str, Any]) -> bool:
    file = PurePath(step["pattern"])
    rightly_named = file.parent.name == _FOLDERS.get(step["what"]) and "#" in file.stem and file.suffix == ".exr"
    return rightly_named and 0 <= step["first"] <= step["last"] < step["first"] + _MOST


_SOUND = {
    "background": _is_in_its_folder,
    "ask": lambda step: step["kind"] in offers.FIELDS and type(step["fields"].get("output")) is str,
    "preview": lambda step: step["file"].endswith(".exr"),
    "plan": lambda step: True,
}
