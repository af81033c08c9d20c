"""What an engine gives: a Fill, over the box that holds a frame's hole."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

from vfx_ai.media.frame import Window


@dataclass(frozen=True)
class Fill:
    """The hole of one frame, filled as far as an engine can.

    Attributes:
        number: the frame's number.
        box: where the arrays lie on the shot's canvas, as rows and columns of it (not of the picture).
        scene: [3, h, w] float32, scene-linear; meant only where `source` isn't 0.
        source: [h, w] uint8, see `vfx_ai.fill.SOURCES`; 0 where the engine reached nothing.
        confidence: [h, w] float32, 0..1; 0 where `source` is 0.
        never_seen: [h, w] bool, pixels of the hole that no frame shows, as far as the engine can tell.
        frames: how many pixels each other frame gave.
        gain: (R, G, B), mean factor by which fetched pixels were matched to this frame.
    """

    number: int
    box: Window
    scene: torch.Tensor
    source: torch.Tensor
    confidence: torch.Tensor
    never_seen: torch.Tensor
    frames: dict[int, int] = field(default_factory=dict)
    gain: tuple[float, float, float] = (1.0, 1.0, 1.0)
