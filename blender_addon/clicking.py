"""Where in a picture something is, and which of its frames is shown, in the Image and the Clip editor."""

from typing import Any

import bpy

from . import sources
from .sources import Plate

EDITORS = ("IMAGE_EDITOR", "CLIP_EDITOR")


def shown(context: bpy.types.Context) -> Plate:
    """The plate that the editor shows.

    Raises:
        Told: it shows none.
    """
    space = context.space_data
    return (
        sources.of_clip(space.clip) if space.type == "CLIP_EDITOR" else sources.of_image(space.image, space.image_user)
    )


def frame_of(plate: Plate, scene: Any) -> int:
    """The number of the file that is shown at the scene's current frame."""
    return min(max(scene.frame_current + plate.shift, plate.first), plate.last)


def to_pixels(region: Any, x: float, y: float, size: tuple[int, int]) -> tuple[float, float]:
    """From a place in the region to one in the picture, whose upper left pixel has its middle at 0, 0."""
    across, up = region.view2d.region_to_view(x, y)
    return across * size[0] - 0.5, (1 - up) * size[1] - 0.5


def to_region(region: Any, x: float, y: float, size: tuple[int, int]) -> tuple[float, float]:
    """The way back."""
    return region.view2d.view_to_region((x + 0.5) / size[0], 1 - (y + 0.5) / size[1], clip=False)
