"""One filled frame, as the step that fills hands it to the step that writes."""

from __future__ import annotations

from dataclasses import dataclass

from vfx_ai.media.exr_load import Decoded
from vfx_ai.media.frame import BoolArray, FloatArray, Patch, PlateInfo, Window


@dataclass(frozen=True)
class Filled:
    """What one frame becomes, in the machine's memory: all that is needed to write it.

    Attributes:
        number: the frame's number.
        patch: what is to change; None: nothing is.
        canvas: what `scene`, `valid` and `hole` cover.
        inside: the frame's own data window.
        info: the plate's header.
        file: the plate's file, where it was read as a whole; None: it has to be read again.
        scene: [3, H, W] float32, the plate, scene-linear; 0 where `valid` isn't set.
        valid: [H, W] bool, inside the data window and neither NaN nor Inf.
        hole: [H, W] bool, the matte.
        effects: [H, W] bool, what changes beside it; None: nothing.
        never_seen: [h, w] bool over the patch's window, what no frame saw; None without a patch.
        beyond: pixels of the matte outside the data window.
        unknown: pixels of the matte that were NaN.
        sources: how many pixels each frame lent.
        gain: the mean factor of what was lent, red, green and blue.
        real: how many pixels of the hole other frames lent.
        relit: from how many pixels an effect was divided out.
        textured: how many pixels of the hole got texture from elsewhere in the shot.
        made: how many pixels of it a model made.
        painted: how many came from a paint-out.
        reached: whether paint of each paint-out, by its identity, comes into the hole.
        confidence: the sum over the hole.
        seconds: how long it took.
    """

    number: int
    patch: Patch | None
    canvas: Window
    inside: Window
    info: PlateInfo
    file: Decoded | None
    scene: FloatArray
    valid: BoolArray
    hole: BoolArray
    effects: BoolArray | None
    never_seen: BoolArray | None
    beyond: int
    unknown: int
    sources: dict[int, int]
    gain: tuple[float, float, float]
    real: int
    relit: int
    textured: int
    made: int
    painted: int
    reached: dict[str, bool]
    confidence: float
    seconds: float
