"""A result's light made anew from its plates, by the map that the result carries: the proof of where it came from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from vfx_ai.caching import Kept
from vfx_ai.fill import PAINTED, REFERENCE, TRACED
from vfx_ai.finish.origin import sampled
from vfx_ai.media import plate as plate_files
from vfx_ai.media.color_space import LINEAR, Space
from vfx_ai.media.exr_write import LARGEST_HALF
from vfx_ai.media.frame import BoolArray, FloatArray, Frame, Window
from vfx_ai.media.painted import find_painted, read_painted
from vfx_ai.media.reference import read_whole
from vfx_ai.media.result import read_aovs
from vfx_ai.media.sequence import find_sequence, parse_frames

SMALLEST_HALF = 2.0**-14
SMALLEST_CODE = 0.0625  # of a log curve; light is 0 above it
MOST_KEPT = 16  # frames


@dataclass(frozen=True)
class Remade:
    """One frame of a result, made anew.

    Attributes:
        frame: its number.
        window: its data window.
        pixels: [H, W, 3] float32, scene-linear, the light at fill.from times fill.gain; 0 where `made` isn't set.
        result: [H, W, 3] float32, scene-linear, what the result's file holds.
        made: [H, W] bool, where fill.source is another frame, the shot's texture, a paint-out, or the plate, relit.
        space: what the numbers in the result's file mean.
    """

    frame: int
    window: Window
    pixels: FloatArray
    result: FloatArray
    made: BoolArray
    space: Space = LINEAR

    @property
    def off(self) -> float:
        """The largest difference of `pixels` from `result`, as a share of the result; at most 2**-10 if all is well.

        Of a file that holds log codes the codes are compared.
        """
        made, result = (self.space.encode(pixels[self.made]) for pixels in (self.pixels, self.result))
        least = SMALLEST_HALF if self.space.linear else SMALLEST_CODE
        return float((np.abs(made - result) / np.maximum(np.abs(result), least)).max(initial=0.0))


def remake(
    plate: str,
    result: str,
    *,
    frames: str = "",
    layer: str = "RGB",
    missing: str = "error",
    colorspace: str = "",
    painted: str = "",
    reference: str = "",
) -> Iterator[Remade]:
    """Make the frames of a result anew.

    Args:
        plate, result: sequences, in any spelling.
        frames: which, e.g. "1001-1010"; "": all of the result.
        layer, missing, colorspace, painted, reference: as for the run; without the last two, pixels that came from them
            aren't made.

    Yields:
        Each frame, in order.

    Raises:
        InputError: a file can't be read, or the result carries no map.
        JobError, MissingFrameError: there is no such layer or frame.
    """
    shot = find_sequence(plate, missing=missing)
    done = find_sequence(result, missing="hold", role="result")
    numbers = [n for n in (shot.frames if shot.single and done.single else done.frames) if n not in done.missing]
    kept: Kept[int, Frame] = Kept(2**62, MOST_KEPT)

    by_hand = {file.number: file for file in find_painted(painted, shot)[0]}
    theirs_by_hand: Kept[int, FloatArray] = Kept(2**62, MOST_KEPT)

    def picture(number: int) -> FloatArray:
        info = plate_files.probe(shot.path(number), number, layer, colorspace)
        return read_painted(by_hand[number], info, layer, colorspace)[0]

    def source(number: int) -> Frame:
        if number == REFERENCE:
            return read_whole(reference)
        path = shot.path(number)
        info = plate_files.probe(path, number, layer, colorspace)
        return plate_files.read(path, number, plate_files.pick_layer(info, layer), info.space)

    for number in parse_frames(frames, tuple(numbers)) if frames else numbers:
        own, path = plate_files.probe(shot.path(number), number, layer, colorspace), done.path(number)
        chosen = plate_files.pick_layer(plate_files.probe(path, number, layer), layer)
        space = plate_files.space_of_result(own, path)
        mine, told = plate_files.read(path, number, chosen, space), read_aovs(path, number, chosen)
        came = np.isin(told["fill.source"], TRACED)
        came &= (told["fill.source"] != PAINTED) | np.isin(told["fill.from.frame"], list(by_hand))
        came &= (told["fill.from.frame"] != REFERENCE) | bool(reference)
        hand = told["fill.source"][came] == PAINTED
        at, given = np.stack([told["fill.from.x"][came], told["fill.from.y"][came]]), told["fill.from.frame"][came]
        gain = np.stack([told[f"fill.gain.{color}"][came] for color in "RGB"], 1)
        light = np.zeros((len(given), 3), np.float32)
        for other in np.unique(given):
            theirs = kept.get(int(other), source)
            for mask, painted_there in (((given == other) & ~hand, False), ((given == other) & hand, True)):
                if mask.any():
                    shown = theirs_by_hand.get(int(other), picture) if painted_there else theirs.pixels
                    laid = torch.from_numpy(np.moveaxis(shown, -1, 0).copy())
                    light[mask] = sampled(laid, theirs.data_window, torch.from_numpy(at[:, mask])).T.numpy()
        pixels = np.zeros_like(mine.pixels)
        # The run, too, wrote what a half can't hold as the most that it holds.
        most = LARGEST_HALF if gain.dtype == np.float16 else np.inf
        pixels[came] = np.clip(light * gain.astype(np.float32), -most, most)
        yield Remade(number, mine.data_window, pixels, mine.pixels, came, space)
