"""The page of a loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import torch

from vfx_ai.media.color import from_log
from vfx_ai.media.color_view import Viewer
from vfx_ai.media.frame import ByteArray
from vfx_ai.media.sequence import find_sequence
from vfx_ai.plates.footage import Footage, small_size
from vfx_ai.plates.loop_figures import Seam
from vfx_ai.proof.plate_page import Picture, PlatePage, side_by_side
from vfx_ai.proof.wording import counted

if TYPE_CHECKING:
    from vfx_ai.plates.loop import Loop

ACROSS = 300
WAYS = {"loop": "each place at its own moment", "cut": "a bare cut", "fade": "a cross-fade"}


def loop_page(
    made: Loop, target: str, shot: Footage, when: torch.Tensor, others: tuple[int, ...], viewer: Viewer
) -> PlatePage:
    """What is told of a loop.

    Args:
        made: its figures.
        target: pattern of its files.
        shot: the plate.
        when: see `loop_change.moments`.
        others: the frames that those of the change go over to.
        viewer: how light is shown.
    """
    size = small_size(shot.window, ACROSS)
    around = [made.last - 1, made.last, made.first, made.first + 1]

    def small(number: int, of: Footage = shot) -> ByteArray:
        pixels = from_log(of.small(number, size)).numpy()
        return np.asarray(viewer.shown(pixels) * 255 + 0.5, np.uint8)

    there = [n for n in around if n in shot.files.frames]
    cut = Picture(
        side_by_side([small(n) for n in there]), f"the plate's own frames at the cut: {', '.join(map(str, there))}"
    )
    written = Footage(find_sequence(target, missing="hold"), shot.layer, shot.colorspace)
    ends = [*made.frames[-2:], *made.frames[:2]]
    closed = Picture(
        side_by_side([small(n, written) for n in ends]),
        "the loop: its last two frames, and its first two"
        + (" that were written" if len(made.frames) < made.length else ""),
    )
    share = ((when - when.min()) / (when.max() - when.min()).clamp(min=1e-6) * 255).byte().numpy()
    colored = cv2.applyColorMap(cv2.resize(share, size[::-1]), cv2.COLORMAP_CIVIDIS)[..., ::-1]
    moment = Picture(np.ascontiguousarray(colored), "when each place changes over: dark early, light late")
    return PlatePage(
        f"A loop of {counted(made.length, 'frame')}",
        target,
        made.warnings,
        (
            ("plate's frames", f"{made.first}-{made.last}"),
            ("changes over", f"in the last {made.over}, to {others[0]}-{others[-1]}"),
            ("the two moments", f"{made.apart:.2f} usual steps apart"),
            *figures_of(made.seam),
        ),
        made.notes,
        (cut, closed, moment),
    )


def figures_of(seam: dict[str, Seam]) -> tuple[tuple[str, str], ...]:
    """Figures as names and values."""
    plain = seam["loop"]
    return (
        *(
            (
                WAYS[name],
                f"step at the seam {one.step:.2f}, largest {one.largest:.2f}, {one.coherence:.3f} stops from the plate",
            )
            for name, one in seam.items()
        ),
        ("the plate itself", f"median step 1, largest {plain.usual_largest:.2f}, {plain.usual_coherence:.3f} stops"),
    )
