"""A frame as an ideal lens would have seen it, at the working size: where depth is found and looked up."""

from __future__ import annotations

import torch

from vfx_ai.motion.camera import Camera
from vfx_ai.motion.geometry import real
from vfx_ai.motion.sampling import pixel_grid, sample, sees
from vfx_ai.shot import Shot


def ideal_picture(shot: Shot, small: Camera, number: int) -> tuple[torch.Tensor, torch.Tensor]:
    """What a frame shows, without the lens's distortion.

    Args:
        shot: the plate and its matte.
        small: the camera at the working size.
        number: the frame.

    Returns:
        Features [3, h, w] float32 as `color.in_stops` gives them, and where [h, w] bool the background is seen.
    """
    features, seen = shot.small(number)
    if not small.distortion[small.index(number)].any():
        return features, seen
    at = real(small, number, pixel_grid(seen.shape, seen.device))
    return sample(features, at), sees(seen, at)
