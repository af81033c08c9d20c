"""What comes out of a node of ours, computed as Nuke's nodes within would: enough of each to see how they are wired."""

from __future__ import annotations

import re
from pathlib import Path

import cv2
import numpy as np
import OpenEXR
from standin import frame_of

RGBA = dict(zip("RGBA", ("rgba.red", "rgba.green", "rgba.blue", "rgba.alpha"), strict=True))
SHORT = dict(zip("rgba", RGBA.values(), strict=True))


def read(path):
    """Channels of an EXR by Nuke's names, Y down."""
    if not Path(path).is_file():
        return {}
    with OpenEXR.File(str(path), separate_channels=True) as file:
        return {nukes(name): channel.pixels.astype(np.float32) for name, channel in file.channels().items()}


def nukes(name):
    """A channel's name in Nuke: a layer has one point alone."""
    layer, _, channel = name.rpartition(".")
    return RGBA.get(name, f"{layer.replace('.', '_')}.{channel}")


class Computed:
    """The pictures of a group's nodes at a frame; `inputs` are the channels that come in, by the input's number."""

    def __init__(self, group, frame, inputs):
        self.group, self.frame, self.inputs = group, frame, inputs
        self.shape = next(iter(inputs[0].values())).shape

    def output(self):
        return self.of(self.group.node("Output1"))

    def of(self, node):
        before = [self.of(node.input(index)) for index in range(9) if node.input(index) and node.Class() != "Switch"]
        return getattr(self, f"_{node.Class().lower()}")(node, *before)

    def _output(self, _node, before):
        return before

    def _input(self, node):
        return self.inputs[int(node["number"].value())]

    def _read(self, node):
        first, last = node["first"].value(), node["last"].value()
        outside = node["before" if self.frame < first else "after"].value() if not first <= self.frame <= last else ""
        assert outside in ("", "black") and node["on_error"].value() == "black"
        return {} if outside else read(frame_of(node["file"].getEvaluatedValue(), self.frame))

    def _expression(self, node, before):
        made = dict(before)
        for index, target in enumerate(RGBA.values()):
            if text := node[f"expr{index}"].value():
                made[target] = np.broadcast_to(self._value(text, before), self.shape).astype(np.float32)
        return made

    def _keymix(self, node, below, above, mask):
        share = self._channel(mask, node["maskChannel"].value())
        channels = {*below, *above}
        assert node["channels"].value() == "all"
        return {
            name: np.where(
                share <= 0,
                self._channel(below, name),
                self._channel(above, name) * share + self._channel(below, name) * (1 - share),
            )
            for name in channels
        }

    def _copy(self, node, below, above):
        return {**below, node["to0"].value(): self._channel(above, node["from0"].value())}

    def _merge2(self, node, below, above):
        assert node["operation"].value() == "difference"
        with np.errstate(invalid="ignore"):  # infinity less infinity
            return {name: np.abs(self._channel(above, name) - self._channel(below, name)) for name in RGBA.values()}

    def _reformat(self, node, before):
        if node["resize"].value() == "none":
            assert not node["center"].value() and node["pbb"].value()
            high, wide = (self._worked_out(node[f"box_{side}"].value())[0] for side in ("height", "width"))
            self.shape = high, wide  # of all that comes behind it; the bounding box is kept, and Position places it
            return before
        size = self.shape[::-1]
        return {name: cv2.resize(value, size, interpolation=cv2.INTER_NEAREST) for name, value in before.items()}

    def _position(self, node, before):
        across, up = self._worked_out(node["translate"]._value)
        return {name: placed(value, self.shape, across, up) for name, value in before.items()}

    def _worked_out(self, text):
        return [self._knob(name) for name in re.findall(r"parent\.(\w+)", str(text))]

    def _switch(self, node):
        text = re.sub(r"parent\.(\w+)", lambda found: str(self._knob(found[1])), str(node["which"].value()))
        return self.of(node.input(int(eval(ternary(text.replace("frame", str(self.frame))), {"where": np.where}))))

    def _knob(self, name):
        knob = self.group[name]
        return knob.values().index(knob.value()) if hasattr(knob, "values") else int(knob.value())

    def _channel(self, picture, name):
        return picture.get(name, np.zeros(self.shape, np.float32))

    def _value(self, text, picture):
        names = {name: self._channel(picture, name) for name in ("fill.source", "fill.confidence")}
        names |= {short: self._channel(picture, name) for short, name in SHORT.items()}
        places = {f"v{index}": value for index, value in enumerate(names.values())}
        for index, name in enumerate(names):
            text = re.sub(rf"(?<![\w.]){re.escape(name)}(?![\w.])", f"v{index}", text)
        return eval(ternary(text), {"where": np.where}, places)


def placed(plane, shape, across, up):
    """A plane in a frame of another size, so far from its left and lower edge; it is cut at the frame."""
    made = np.zeros(shape, np.float32)
    top = shape[0] - up - plane.shape[0]
    rows = slice(max(top, 0), min(top + plane.shape[0], shape[0]))
    columns = slice(max(across, 0), min(across + plane.shape[1], shape[1]))
    made[rows, columns] = plane[rows.start - top : rows.stop - top, columns.start - across : columns.stop - across]
    return made


def ternary(text):
    """Nuke's a ? b : c as numpy's where."""
    head, mark, rest = text.partition("?")
    if not mark:
        return text
    yes, _, no = rest.partition(":")
    return f"where({head}, {yes}, {ternary(no)})"
