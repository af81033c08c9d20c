"""How a node's inputs come to the worker: the file of a plain Read as it is, all else rendered to EXR before."""

from typing import Dict, NamedTuple, Optional, Tuple

import nuke

from vfx_ai_nuke.errors import NodeError
from vfx_ai_nuke.paths import file_of, has_frame, of_view, slashes, with_range

# Stills that the worker reads; movies and camera raw are rendered.
HANDED_OVER = ("exr", "dpx", "cin", "tif", "tiff", "png", "jpg", "jpeg", "tga", "hdr", "sgi")
# Names of Nuke's own look-up tables where the worker calls them otherwise.
SPACES = {"AlexaV3LogC": "logc3", "SLog3": "slog3", "Log3G10": "log3g10"}
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
    """

    file: str
    first: int
    last: int
    write: Optional[nuke.Node]
    colorspace: str
    read: Dict[str, object]

    @property
    def name(self) -> str:
        """The pattern with the range, so that a job sees these frames alone."""
        return with_range(self.file, self.first, self.last)


def plate_of(node: nuke.Node, index: int, name: str) -> Optional[Plate]:
    """What is connected to an input; None if nothing is.

    Args:
        node: of ours.
        index: of the input.
        name: of the input.

    Raises:
        NodeError: it has no frames, or the frames that were asked for make no sense.
    """
    source = node.input(index)
    if source is None:
        return None
    read = _plain_read(source)
    if read is not None:
        return _of_read(node, read)
    made = _of_ours(source, index)
    if made is not None:
        return made
    first, last = _range(node, source)
    folder = file_of(node, "input_folder").rstrip("/")
    file = f"{folder}/{name.lower()}.####.exr"
    return Plate(file, first, last, node.node(f"Write_{name}"), "linear", {"raw": True})


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


def _of_read(node: nuke.Node, read: nuke.Node) -> Plate:
    file = of_view(slashes(read["file"].getEvaluatedValue()), nuke.thisView() or "main")
    first, last = int(read["first"].value()), int(read["last"].value())
    asked = _asked_range(node)
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
    return Plate(file, first, last, None, space, knobs)


def _of_ours(node: Optional[nuke.Node], index: int) -> Optional[Plate]:
    """The result of a node of ours, if that is what comes out of it: a fill as plate, a fill or a matte as mask."""
    node = _passed(node)
    if node is None or node.knob("has_result") is None or not (node["has_result"].value() and node["is_whole"].value()):
        return None
    matte = node.knob("points") is not None
    previewed = node.knob("show_preview") is not None and node["show_preview"].value()
    shown = node["output"].value() in (("Result", "Matte") if matte else ("Result",))
    if previewed or not shown or (matte and index == 0):
        return None
    result = node.node("Result")
    first, last = int(result["first"].value()), int(result["last"].value())
    file = slashes(result["file"].getEvaluatedValue())
    return Plate(file, first, last, None, "", {name: result[name].value() for name in ("raw", "colorspace")})


def _passed(node: Optional[nuke.Node]) -> Optional[nuke.Node]:
    """The node whose picture comes through nodes that change nothing."""
    while node is not None and (node.Class() in _PASSING or _disabled(node)):
        node = node.input(0)
    return node


def _disabled(node: nuke.Node) -> bool:
    knob = node.knob("disable")
    return knob is not None and bool(knob.value())


def _range(node: nuke.Node, source: nuke.Node) -> Tuple[int, int]:
    found = _asked_range(node) or (int(source.firstFrame()), int(source.lastFrame()))
    if found[1] < found[0]:
        raise NodeError(f"{source.name()} has no frames. Write those of the shot on the tab Advanced.")
    return found


def _asked_range(node: nuke.Node) -> Optional[Tuple[int, int]]:
    text = str(node["shot_range"].value()).strip()
    if not text:
        return None
    try:
        frames = nuke.FrameRanges(text).toFrameList()
    except (RuntimeError, ValueError):
        frames = []
    if not frames:
        raise NodeError(f"frames of the shot: {text!r} is no range. Write e.g. 993-1032.")
    return min(frames), max(frames)
