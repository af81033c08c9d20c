"""How a node's inputs come to the worker: the file of a plain Read as it is, all else rendered to EXR before."""

from typing import Dict, List, NamedTuple, Optional, Tuple

import nuke

from vfx_ai_nuke import places
from vfx_ai_nuke.errors import NodeError
from vfx_ai_nuke.nodes import MATTE, kind_of
from vfx_ai_nuke.paths import file_of, has_frame, of_view, slashes, this_view, with_range

# Stills that the worker reads; movies and camera raw are rendered.
HANDED_OVER = ("exr", "dpx", "cin", "tif", "tiff", "png", "jpg", "jpeg", "tga", "hdr", "sgi")
# Names of Nuke's own look-up tables where the worker calls them otherwise.
SPACES = {"AlexaV3LogC": "logc3", "SLog3": "slog3", "Log3G10": "log3g10"}
LIGHT = ("", "linear", "scene_linear")  # spaces of an EXR whose numbers are those of Nuke's tree
MASKS = 2  # inputs that are as long as the shot
_DEFAULT = "default"
_PASSING = ("Dot", "NoOp", "PostageStamp")


class Plate(NamedTuple):
    """One input of a job.

    Attributes:
        file: pattern.
        first, last: its frames.
        write: the Write within that must render it before; None: it is there.
        colorspace: as the job calls it; empty: the file tells.
        read: knobs by which the result is read back so that it looks as Source does.
        light: whether its numbers are those that Nuke's tree has.
        frames: those that it has, if there are gaps between first and last; empty: all.
    """

    file: str
    first: int
    last: int
    write: Optional[nuke.Node]
    colorspace: str
    read: Dict[str, object]
    light: bool = True
    frames: Tuple[int, ...] = ()

    @property
    def numbers(self) -> List[int]:
        """Its frames, in order."""
        return list(self.frames or range(self.first, self.last + 1))

    @property
    def name(self) -> str:
        """The pattern with the range, so that a job sees these frames alone."""
        return with_range(self.file, self.first, self.last)


def plate_of(node: nuke.Node, index: int, name: str, render: bool = False) -> Optional[Plate]:
    """What is connected to an input; None if nothing is.

    Args:
        node: of ours.
        index: of the input.
        name: of the input.
        render: render it, also if it could be handed over.

    Raises:
        NodeError: it has no frames, or the frames that were asked for make no sense.
    """
    source = node.input(index)
    if source is None:
        return None
    handed = None if render else handed_over(node, source, index)
    if handed is not None:
        return handed
    first, last = _range(node, source)
    file = f"{places.own(file_of(node, 'input_folder').rstrip('/'))}/{name.lower()}.####.exr"
    return Plate(file, first, last, node.node(f"Write_{name}"), "linear", {"raw": True})


def handed_over(node: nuke.Node, source: nuke.Node, index: int) -> Optional[Plate]:
    """What is connected to an input, if its files are there already."""
    read = _plain_read(source)
    # What is painted is of a few frames, whatever the shot's are.
    return _of_ours(source, index) if read is None else _of_read(read, asked_range(node) if index < MASKS else None)


def _plain_read(node: Optional[nuke.Node]) -> Optional[nuke.Node]:
    """The Read whose files are exactly what comes in, but for color; None if there is none."""
    node = _passed(node)
    if node is None or node.Class() != "Read":
        return None
    file = slashes(node["file"].getEvaluatedValue() or "")
    kind = file.rpartition(".")[2].lower()
    # A frame expression; or one in the name, of which only this frame's is known.
    shifted = bool(str(node["frame"].value()).strip())
    shifted = shifted or (
        "[" in node["file"].getText() and not has_frame(file) and node["last"].value() > node["first"].value()
    )
    # What isn't EXR comes back as linear light, which is Nuke's own only where it has no config.
    same = kind == "exr" or nuke.root()["colorManagement"].value() == "Nuke"
    return node if kind in HANDED_OVER and same and not shifted else None


def _of_read(read: nuke.Node, asked: Optional[Tuple[int, int]]) -> Plate:
    file = of_view(slashes(read["file"].getEvaluatedValue()), this_view())
    first, last = int(read["first"].value()), int(read["last"].value())
    if asked:
        first, last = asked
    exr = file.lower().endswith(".exr")
    said = str(read["colorspace"].value())
    if said.startswith(_DEFAULT):
        said = "" if exr else said[len(_DEFAULT) :].strip(" ()")
    raw = bool(read["raw"].value())
    # 0 is the default, whatever it is called.
    chosen = 0 if str(read["colorspace"].value()).startswith(_DEFAULT) else str(read["colorspace"].value())
    knobs: Dict[str, object] = {"raw": raw, "colorspace": chosen} if exr else {"raw": True}
    space = "" if raw else SPACES.get(said, said)
    return Plate(file, first, last, None, space, knobs, light=exr and space in LIGHT)


def _of_ours(node: Optional[nuke.Node], index: int) -> Optional[Plate]:
    """The result of a node of ours, if that is what comes out of it: a fill as plate, a fill or a matte as mask."""
    node = _passed(node)
    if node is None or not kind_of(node) or not (node["has_result"].value() and node["is_whole"].value()):
        return None
    matte = kind_of(node) == MATTE
    previewed = node.knob("show_preview") is not None and node["show_preview"].value()
    shown = node["output"].value() in (("Result", "Matte") if matte else ("Result",))
    if previewed or not shown or (matte and index == 0):
        return None
    result = node.node("Result")
    first, last = int(result["first"].value()), int(result["last"].value())
    file = slashes(result["file"].getEvaluatedValue())
    knobs = {name: result[name].value() for name in ("raw", "colorspace")}
    plain = bool(knobs["raw"]) or str(knobs["colorspace"]).startswith(_DEFAULT) or knobs["colorspace"] in LIGHT
    return Plate(file, first, last, None, "", knobs, light=plain)


def _passed(node: Optional[nuke.Node]) -> Optional[nuke.Node]:
    """The node whose picture comes through nodes that change nothing."""
    while node is not None and (node.Class() in _PASSING or _disabled(node)):
        node = node.input(0)
    return node


def _disabled(node: nuke.Node) -> bool:
    knob = node.knob("disable")
    return knob is not None and bool(knob.value())


def _range(node: nuke.Node, source: nuke.Node) -> Tuple[int, int]:
    found = asked_range(node) or (int(source.firstFrame()), int(source.lastFrame()))
    if found[1] < found[0]:
        raise NodeError(f"{source.name()} has no frames. Write those of the shot on the tab Advanced.")
    return found


def asked_range(node: nuke.Node) -> Optional[Tuple[int, int]]:
    """First and last of the frames of the shot, if the knob says them."""
    frames = frames_in(node, "shot_range", "993-1032")
    return (frames[0], frames[-1]) if frames else None


def frames_in(node: nuke.Node, knob: str, example: str) -> List[int]:
    """The frames that a knob names, in order; none if it is empty.

    Raises:
        NodeError: it names none.
    """
    text = str(node[knob].value()).replace(",", " ").strip()
    if not text:
        return []
    try:
        frames = nuke.FrameRanges(text).toFrameList()
    except (RuntimeError, ValueError):
        frames = []
    if not frames:
        raise NodeError(f"{node[knob].label()}: {text!r} is no range. Write e.g. {example}.")
    return sorted({int(frame) for frame in frames})
