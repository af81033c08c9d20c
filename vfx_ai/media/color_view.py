"""How light is shown to people: through the config's default display and view, at an exposure that is stated."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from vfx_ai.errors import InputError
from vfx_ai.media import color_config, color_primaries
from vfx_ai.media.color import from_log, to_log
from vfx_ai.media.color_names import working_space
from vfx_ai.media.color_space import LINEAR, Light, Space
from vfx_ai.media.frame import BoolArray, FloatArray

# The view of built-in configs that shows light below 1 as it is; for plates made for a display.
AS_IT_IS = "Un-tone-mapped"

# Light that a picture tells apart, exposed; a lamp of 1000 would bleed over its neighbors when scaled down.
DARKEST, BRIGHTEST = -0.1, 16.0
# A view is worked out once, on a lattice of log light: of what lies within the display's colors, 8-bit pictures come
# out within two codes.
_LATTICE = 33

MID_GREY = 0.18
# A plate whose mid level is no farther from mid grey is shown as it is: low key and high key are meant to be seen.
USUAL_STOPS = 2.5
EXPOSURE_STEP = 0.5
# Light below this is black, and tells nothing of how bright a picture is meant.
_BLACK = 2.0**-14
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)


@dataclass(frozen=True)
class Viewer:
    """How one plate's light becomes pictures.

    Attributes:
        light: what the pixels are.
        config: what $OCIO names; "": the built-in one.
        display, view: of the config.
        stops: by how much light is exposed up before.
        why: of the exposure: "as asked", "as it is", "its mid level is 0.004".
    """

    light: Light
    config: str
    display: str
    view: str
    stops: float = 0.0
    why: str = "as it is"

    @property
    def told(self) -> str:
        """The whole of it, for a report."""
        return f"{self.display}, {self.view}, exposure {self.stops:+g} stops ({self.why})"

    @property
    def identity(self) -> str:
        """Changes when pictures would."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]

    def shown(self, scene: FloatArray) -> FloatArray:
        """Values for an 8-bit picture, float32 [..., 3] in 0..1, from scene-linear light of the same shape.

        What lies beyond DARKEST and BRIGHTEST, once exposed, is shown as these.
        """
        low, high = _ends()
        exposed = np.clip(scene * np.float32(2.0**self.stops), DARKEST, BRIGHTEST).astype(np.float32)
        code = (to_log(exposed) - np.float32(low)) * np.float32(1 / (high - low))
        out: FloatArray = np.clip(color_config.applied(_lattice(self), code), 0.0, 1.0)
        return out


def viewer(space: Space = LINEAR, stops: float = 0.0, why: str = "as it is") -> Viewer:
    """The viewer for plates in a space.

    Raises:
        InputError: $OCIO names a config that can't be used, or one without a display.
    """
    config, named = color_config.config(), color_config.from_environment()
    display = config.getDefaultDisplay()
    views = list(config.getViews(display)) if display else []
    if not views:
        raise InputError(
            "the OpenColorIO config has no display",
            file=named or color_config.BUILT_IN,
            remedy="Correct $OCIO, or unset it.",
        )
    view = config.getDefaultView(display)
    if not named and space.video and AS_IT_IS in views:
        view = AS_IT_IS
    made = Viewer(space.light, named, display, view, stops, why)
    _lattice(made)  # what a config lacks is found out before a frame is written
    return made


def exposure_for(frames: Iterable[tuple[FloatArray, BoolArray]]) -> tuple[float, str]:
    """The stops by which a plate is exposed to be looked at, and why; a mid level far from mid grey is brought there.

    Args:
        frames: a few of the plate's, as pixels [H, W, 3] scene-linear and where [H, W] they count.
    """
    levels = []
    for pixels, counts in frames:
        luminance = pixels[counts] @ _LUMINANCE
        lit = luminance[luminance > _BLACK]
        if lit.size:
            levels.append(float(np.median(np.log2(lit))))
    if not levels:
        return 0.0, "as it is"
    mid = float(np.median(levels))
    off = float(np.log2(MID_GREY)) - mid
    if abs(off) <= USUAL_STOPS:
        return 0.0, "as it is"
    return round(off / EXPOSURE_STEP) * EXPOSURE_STEP, f"automatic: its mid level is {2.0**mid:.2g}"


def _ends() -> tuple[float, float]:
    return float(to_log(np.float64(DARKEST))), float(to_log(np.float64(BRIGHTEST)))


@lru_cache(maxsize=8)
def _lattice_of(light: Light, named: str, display: str, view: str) -> Any:
    import PyOpenColorIO as ocio  # noqa: N813

    low, high = _ends()
    line = from_log(np.linspace(low, high, _LATTICE)).astype(np.float32)
    # Red outermost and blue innermost, as a Lut3DTransform has its data.
    grid = np.stack(np.meshgrid(line, line, line, indexing="ij"), -1)
    config = color_config.config()
    group, source = ocio.GroupTransform(), light.source
    matrix = light.matrix
    if not source:
        source, matrix = _from_chromaticities(config, light)
    if matrix:
        group.appendTransform(ocio.MatrixTransform(color_config.four_by_four(matrix)))
    group.appendTransform(ocio.DisplayViewTransform(src=source, display=display, view=view))
    with color_config.told(named):
        exact = config.getProcessor(group).getDefaultCPUProcessor()
    table = ocio.Lut3DTransform(gridSize=_LATTICE)
    table.setData(color_config.applied(exact, grid).ravel())
    table.setInterpolation(ocio.INTERP_TETRAHEDRAL)
    return ocio.Config.CreateRaw().getProcessor(table).getDefaultCPUProcessor()


def _lattice(one: Viewer) -> Any:
    return _lattice_of(one.light, one.config, one.display, one.view)


def _from_chromaticities(config: Any, light: Light) -> tuple[str, tuple[float, ...]]:
    """The config's space that a matrix leads to from light of these primaries, and the matrix."""
    if not config.hasRole("aces_interchange"):
        # It says nothing of its primaries: as compositing programs do, linear files are taken for its linear light.
        return working_space(config), ()
    matrix = color_primaries.matrix_to_ap0(light.chromaticities)
    return "aces_interchange", tuple(float(value) for value in matrix.ravel())
