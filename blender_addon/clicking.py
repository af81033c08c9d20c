"""Where in a picture something is, in the Image and the Clip editor. Standard library alone."""

from typing import Any

EDITORS = ("IMAGE_EDITOR", "CLIP_EDITOR")


def to_pixels(region: Any, x: float, y: float, size: tuple[int, int]) -> tuple[float, float]:
    """From a place in the region to one in the picture, whose upper left pixel has its middle at 0, 0."""
    across, up = region.view2d.region_to_view(x, y)
    return across * size[0] - 0.5, (1 - up) * size[1] - 0.5


def to_region(region: Any, x: float, y: float, size: tuple[int, int]) -> tuple[float, float]:
    """The way back."""
    return region.view2d.view_to_region((x + 0.5) / size[0], 1 - (y + 0.5) / size[1], clip=False)
