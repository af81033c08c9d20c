"""Frames that an artist painted: what the input CleanPlate and the knob `painted` say, as a job has it."""

import re
from typing import List, Optional, Tuple

import nuke

from vfx_ai_nuke import places
from vfx_ai_nuke.errors import NodeError
from vfx_ai_nuke.inputs import Plate, frames_in, handed_over, plate_of
from vfx_ai_nuke.paths import file_of, files_of, frame_file, has_frame, split, with_range

INPUT, NAME, FRAMES = 2, "CleanPlate", "painted_frames"
_NUMBERED = re.compile(r"\d+\.\w+")  # how a file's name ends that says its frame


def painted_of(node: nuke.Node, source: Plate) -> Tuple[str, Plate, List[Plate]]:
    """The job's `painted`, the plate as it must be handed over beside it, and what must be rendered for it.

    Args:
        node: of ours, with the knobs painted and painted_frames.
        source: the plate.

    Raises:
        NodeError: it isn't said which frames are painted, or a file can't be named in a list.
    """
    named = ",".join(files_of(node, "painted"))
    connected = node.input(INPUT)
    if connected is None:
        return named, source, []
    numbers = frames_in(node, FRAMES, "1012,1040")
    there = _as_it_is(node, connected, source)
    if there is not None:
        files = _files(there, numbers)
        return ",".join(filter(None, (named, files))), source, []
    if not numbers:
        raise NodeError(
            f"Which frames of {NAME} are painted? Write them into painted frames on the tab Advanced, e.g. 1012,1040."
        )
    if not source.light:  # what is painted in the tree and what is in the file would be other numbers
        rendered = plate_of(node, 0, "Source", render=True)
        assert rendered is not None
        source = rendered
    file = f"{places.own(file_of(node, 'input_folder').rstrip('/'))}/{NAME.lower()}.####.exr"
    write = node.node(f"Write_{NAME}")
    plate = Plate(file, numbers[0], numbers[-1], write, "linear", {"raw": True}, frames=tuple(numbers))
    return ",".join(filter(None, (named, _files(plate, numbers)))), source, [plate]


def _as_it_is(node: nuke.Node, connected: nuke.Node, source: Plate) -> Optional[Plate]:
    """The files of the input, if there are some whose numbers mean what the plate's do."""
    there = handed_over(node, connected, INPUT)
    if there is None:
        return None
    alike = there.light and source.light
    alike = alike or (source.write is None and _kind(there) == _kind(source) and there.colorspace == source.colorspace)
    said = has_frame(there.file) or _NUMBERED.search(split(there.file)[1]) is not None
    return there if alike and said else None


def _kind(plate: Plate) -> str:
    return plate.file.rpartition(".")[2].lower()


def _files(plate: Plate, numbers: List[int]) -> str:
    if not has_frame(plate.file):
        return _listed(plate.file)
    if not numbers:
        return _listed(with_range(plate.file, plate.first, plate.last))
    return ",".join(_listed(frame_file(plate.file, number)) for number in numbers)


def _listed(file: str) -> str:
    if "," in file:
        raise NodeError(f"{file!r} has a comma, and can't stand in a list. Rename it.")
    return file
