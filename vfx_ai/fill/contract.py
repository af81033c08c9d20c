"""What an engine gives: a Fill, over the box that holds a frame's hole."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

from vfx_ai.fill import OTHER_FRAME, PAINTED
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
        origin: [3, h, w] float32, x and y on the shot's canvas, in pixels of the frame that a pixel came from, and that
            frame's number; of several frames that were mixed, the one with the most weight. 0 where `source` isn't
            in TRACED; of RELIT pixels their own place.
        matched: [3, h, w] float32, the factor for exposure by which that frame's pixel was multiplied; 1 where
            there is none.
        frames: how many pixels each other frame gave.
        gain: (R, G, B), mean factor by which fetched pixels were matched to this frame.
        depth_ratio: [h, w] float32, by what the depth that `origin` shows is multiplied to be the depth from this
            frame's camera; None: no camera is known, and depths are taken as they are.
        effects: [h, w] float32, 0..1, what the object leaves beside its matte, see `ratio.Effects`; these pixels are
            filled as well. None: it wasn't looked for, or there is none.
    """

    number: int
    box: Window
    scene: torch.Tensor
    source: torch.Tensor
    confidence: torch.Tensor
    never_seen: torch.Tensor
    origin: torch.Tensor
    matched: torch.Tensor
    frames: dict[int, int] = field(default_factory=dict)
    gain: tuple[float, float, float] = (1.0, 1.0, 1.0)
    depth_ratio: torch.Tensor | None = None
    effects: torch.Tensor | None = None

    @property
    def fetched(self) -> torch.Tensor:
        """[h, w] bool: what came from the very place in another frame, as the camera saw or an artist painted it."""
        return (self.source == OTHER_FRAME) | (self.source == PAINTED)

    def ratio(self) -> torch.Tensor:
        """`depth_ratio` [h, w], 1 where it isn't known."""
        return torch.ones_like(self.confidence) if self.depth_ratio is None else self.depth_ratio


def nothing(number: int, box: Window, hole: torch.Tensor) -> Fill:
    """The fill of an engine that can do nothing for a hole [h, w] bool in `box`: for all it knows, no frame can."""
    zeros = hole.new_zeros((3, *hole.shape), dtype=torch.float32)
    return Fill(
        number,
        box,
        zeros,
        zeros[0].to(torch.uint8),
        zeros[0],
        hole,
        zeros,
        zeros + 1,
    )


UNSURE_STOPS = 0.25  # a claimed error of so many stops makes a confidence of one half


def claimed_confidence(stops: torch.Tensor) -> torch.Tensor:
    """The confidence, 0..1, of pixels that are expected to be off by so many stops on average; any shape."""
    return UNSURE_STOPS / (UNSURE_STOPS + stops)


def claimed_stops(confidence: torch.Tensor) -> torch.Tensor:
    """The error in stops that a confidence claims: the inverse of `claimed_confidence`."""
    return UNSURE_STOPS * (1 / confidence.clamp(min=1e-3) - 1)


def shares(frames: torch.Tensor) -> dict[int, int]:
    """How many pixels came from each frame, from the frame's number per pixel [N]."""
    numbers, counts = torch.unique(frames, return_counts=True)
    return {int(n): int(count) for n, count in zip(numbers.tolist(), counts.tolist(), strict=True)}


def mean_gain(matched: torch.Tensor) -> tuple[float, float, float]:
    """The mean (R, G, B) of the factors [3, N] by which pixels were matched; 1 if there are none."""
    if matched.numel() == 0:
        return (1.0, 1.0, 1.0)
    red, green, blue = matched.mean(1).tolist()
    return (red, green, blue)
