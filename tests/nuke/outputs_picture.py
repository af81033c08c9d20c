"""The picture of a node's outputs in docs/nuke.md: the sample shot through the stand-in, computed as the tests do.

python tests/nuke/outputs_picture.py docs/images/nuke/VFXAI_Inpaint_outputs.jpg
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "nuke_plugin")]

from computed import Computed, read  # noqa: E402
from standin import Nuke  # noqa: E402
from standin_small import scripts  # noqa: E402

SHOT, FRAME = ROOT / "samples" / "courtyard", 1008
BGR = ("rgba.blue", "rgba.green", "rgba.red")


def outputs(folder: Path) -> list[np.ndarray]:
    """Fill one frame, and show all outputs of the node."""
    nuke = Nuke(folder / "comp.nk", interface=False)
    sys.modules.update(nuke=nuke, nukescripts=scripts([]))
    import vfx_ai_nuke
    from vfx_ai_nuke import starting

    node = nuke.createNode("VFXAI_Inpaint")
    for index, name in enumerate(("plate", "matte")):
        source = nuke.createNode("Read")
        for knob, value in (("file", f"{SHOT}/{name}.%04d.exr"), ("first", 1001), ("last", 1016)):
            source[knob].setValue(value)
        node.setInput(index, source)
    node["frames"].setValue(str(FRAME))
    vfx_ai_nuke.render(node)
    starting.close()
    plate = read(SHOT / f"plate.{FRAME}.exr")
    return [shown(node, output, plate) for output in node["output"].values()]


def shown(node, output: str, plate: dict[str, np.ndarray]) -> np.ndarray:
    """One output for the eye, with its name."""
    node["output"].setValue(output)
    channels = Computed(node, FRAME, {0: plate, 1: {}}).output()
    light = np.stack([channels[name] for name in BGR], axis=-1).clip(0, 1)
    picture = (np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055) * 255).astype(np.uint8)
    picture = np.ascontiguousarray(picture)
    for color, thick in (((0, 0, 0), 3), ((255, 255, 255), 1)):
        cv2.putText(picture, output, (8, 226), cv2.FONT_HERSHEY_SIMPLEX, 0.5, color, thick, cv2.LINE_AA)
    return picture


if __name__ == "__main__":
    with TemporaryDirectory() as name:
        six = outputs(Path(name))
    cv2.imwrite(sys.argv[1], np.vstack([np.hstack(six[:3]), np.hstack(six[3:])]), [cv2.IMWRITE_JPEG_QUALITY, 88])
