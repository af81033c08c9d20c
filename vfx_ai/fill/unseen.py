"""What no frame shows: its tone by the surfaces of the background, and the shot's own texture on it."""

from __future__ import annotations

from pathlib import Path

import torch

from vfx_ai.fill.contract import Fill
from vfx_ai.fill.detail import Noise
from vfx_ai.fill.ladder import Ladder
from vfx_ai.fill.patch import Textures, textured
from vfx_ai.fill.reference import Reference
from vfx_ai.fill.smooth import complete
from vfx_ai.fill.surfaces import Surfaces
from vfx_ai.shot import Shot

BARE, GRAINED = 0.15, 1.0  # the usual detail: as a rule, and where the plate's grain comes on it
SHARP = 0.5  # the detail from which on edges are as sharp as they can be


class Unseen:
    """Completes fills.

    Args:
        shot: the plate and its matte.
        ladder: the engines, which know how the background moves.
        folder: of the analysis.
        noise, reference: see `patch.Textures`.
    """

    def __init__(
        self, shot: Shot, ladder: Ladder, folder: Path, noise: Noise | None, reference: Reference | None = None
    ) -> None:
        self._shot, self._ladder = shot, ladder
        self.surfaces = Surfaces(shot, ladder.ready_of("project"), folder / "planes")
        self.reference = reference
        self._textures = Textures(shot, self.surfaces, folder / "patch", noise, reference)

    def completed(self, fill: Fill, window_hole: torch.Tensor, detail: float) -> Fill:
        """The fill with every pixel of the hole filled.

        Args:
            fill: from the engines; its box holds the hole.
            window_hole: [h, w] bool, the hole within the fill's box.
            detail: 0 (the likeliest tone: smooth, without edges) to 1 (edges and all of the texture).
        """
        fill = complete(self._shot, fill, window_hole, self.surfaces, min(1.0, detail / SHARP))
        return textured(self._shot, self._textures, self.surfaces, self._ladder, fill, detail)
