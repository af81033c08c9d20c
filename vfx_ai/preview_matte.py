"""Previews of mattes: one frame, small. That of clicks is followed through the frames near it alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import torch

from vfx_ai.budget import parse_memory
from vfx_ai.errors import JobError
from vfx_ai.job import Cancelled, Missing, Progress
from vfx_ai.matte.clicks import make_matte
from vfx_ai.matte.pick import pick_matte
from vfx_ai.matte.prompts import (
    SHORTEST_WIRE,
    Box,
    Click,
    Wire,
    gather,
    gather_wires,
    parse_box,
    parse_click,
    parse_wire,
)
from vfx_ai.matte.stills import check_box_in_picture, check_in_picture
from vfx_ai.media.channel import ChannelImage
from vfx_ai.media.frame import Window
from vfx_ai.media.matte_write import write_matte
from vfx_ai.media.output import refuse_input
from vfx_ai.media.plate import read_channel
from vfx_ai.media.sequence import Sequence as FrameSequence
from vfx_ai.media.sequence import find_sequence, output_path
from vfx_ai.plates.register import Bare
from vfx_ai.preview import LINEAR, Previewed, near, small_copy
from vfx_ai.proof.pictures import encoded, write_atomically
from vfx_ai.shot import MatteOptions
from vfx_ai.telling import Teller

Said = Click | Box | Wire
MEMORY = "25%"
WHY = "a preview follows an object through the frames near it alone"
EXACT = "the ids of the frame itself"


def preview_click(
    frame: int,
    file: str,
    *,
    width: int,
    reach: int,
    progress: Progress,
    cancelled: Cancelled,
    plate: str,
    output: str,
    points: Sequence[str] = (),
    not_points: Sequence[str] = (),
    boxes: Sequence[str] = (),
    wires: Sequence[str] = (),
    edge: str = "soft",
    sam_weights: str = "",
    frames: str = "",
    layer: str = "RGB",
    colorspace: str = "",
    missing: Missing = "error",
    device: str = "auto",
) -> Previewed:
    """Write one frame of a matte from clicks, small, by what was said in the frames near it.

    Args:
        frame, file, width, reach, progress, cancelled: as for `preview.preview`; .exr has the matte's own channels.
        plate: the sequence, and all that follows: as for `make_matte`. Nothing is written at `output`.

    Raises:
        VfxAiError: as of `make_matte`; JobError: nothing near the frame says where the object is.
    """
    del output, frames
    files = find_sequence(plate, missing=missing)
    target = Path(file)
    refuse_input(target, frame, [files])
    said: list[Said] = [parse_click(text) for text in points]
    said += [parse_click(text, yes=False) for text in not_points]
    said += [*(parse_box(text) for text in boxes), *(parse_wire(text) for text in wires)]
    there = near(files, frame, reach)
    first = files.frames[0]
    close = [one for one in said if (first if one.frame is None else one.frame) in there.frames]
    if not any(not isinstance(one, Click) or one.yes for one in close):
        raise JobError(
            f"nothing within {reach} frames of frame {frame} says where the object is",
            frame=frame,
            remedy="Say it in this frame, or look at one with a click, a box or a wire.",
        )
    tell = Teller(progress, cancelled, [])
    shot = Bare(there, None, layer, MatteOptions(), torch.device("cpu"), parse_memory(MEMORY) // 2, colorspace)
    _check(close, files, shot)
    scale = min(1.0, width / shot.width)
    with small_copy(shot, scale, tell) as folder:
        written = str(folder / "matte.####.exr")
        made = make_matte(
            str(folder / "plate.####.exr"),
            written,
            points=[_click(one, scale, first) for one in close if isinstance(one, Click)],
            boxes=[_box(one, scale, first) for one in close if isinstance(one, Box)],
            wires=[_wire(one, scale, first) for one in close if isinstance(one, Wire)],
            edge=edge,
            sam_weights=sam_weights,
            frames=str(frame),
            colorspace=LINEAR,
            missing=missing,
            device=device,
            progress=progress,
            cancelled=cancelled,
        )
        picture = read_channel(output_path(written, frame), frame, "A")
        _leave(picture, target, frame)
    notes = (*made.notes, *(f"Frame {number}: {doubt}." for number, doubt in made.doubts))
    return _told(picture, target, frame, scale, made.method, WHY, there.frames, notes)


def _check(said: Sequence[Said], files: FrameSequence, shot: Bare) -> None:
    """Refuse what makes no sense in the plate's own words: the small copy has other names and other coordinates.

    Raises:
        JobError: as of `make_matte`.
    """
    where = files.frames, files.missing, files.pattern
    clicks, boxes = [one for one in said if isinstance(one, Click)], [one for one in said if isinstance(one, Box)]
    objects = gather(clicks, boxes, *where) if clicks or boxes else {}
    for number, prompts in (one for there in objects.values() for one in there.items()):
        for click in prompts.clicks:
            check_in_picture(shot.infos[number], number, click.x, click.y)
        if prompts.box is not None:
            check_box_in_picture(shot.infos[number], number, prompts.box)
    for _, ends in gather_wires([one for one in said if isinstance(one, Wire)], *where):
        for number, wire in ends.items():
            check_in_picture(shot.infos[number], number, wire.x0, wire.y0)
            check_in_picture(shot.infos[number], number, wire.x1, wire.y1)


def preview_pick(
    frame: int,
    file: str,
    *,
    width: int,
    reach: int,
    progress: Progress,
    cancelled: Cancelled,
    plate: str,
    objects: str,
    output: str,
    layer: str = "",
    frames: str = "",
    missing: Missing = "error",
) -> Previewed:
    """Write one frame of a Cryptomatte's matte, small. Ids can't be scaled, so it is the frame's own matte, scaled.

    Args:
        frame, file, width, progress, cancelled: as for `preview.preview`; `reach` says nothing, no other frame matters.
        plate: the sequence, and all that follows: as for `pick_matte`. Nothing is written at `output`.

    Raises:
        VfxAiError: as of `pick_matte`.
    """
    del output, frames, reach
    target = Path(file)
    refuse_input(target, frame, [find_sequence(plate, missing=missing)])
    with TemporaryDirectory(prefix="vfx-ai-preview-", ignore_cleanup_errors=True) as folder:
        written = str(Path(folder) / "matte.####.exr")
        pick_matte(
            *(plate, objects, written),
            layer=layer,
            frames=str(frame),
            missing=missing,
            progress=progress,
            cancelled=cancelled,
        )
        whole = read_channel(output_path(written, frame), frame, "A")
    scale = min(1.0, width / max(1, whole.display_window.width))
    picture = _scaled(whole, scale)
    _leave(picture, target, frame)
    return _told(picture, target, frame, scale, "cryptomatte", EXACT, (frame,), ())


def _at(one: Said, first: int) -> str:
    return f"@{first if one.frame is None else one.frame}"


def _name(one: Said) -> str:
    return f"{one.name}:" if one.name else ""


def _small(value: float, scale: float) -> float:
    """A place in the small picture: pixels have their middles at whole numbers."""
    return (value + 0.5) * scale - 0.5


def _click(one: Click, scale: float, first: int) -> str:
    x, y = _small(one.x, scale), _small(one.y, scale)
    return f"{_name(one)}{'+' if one.yes else '-'}{x:.2f},{y:.2f}{_at(one, first)}"


def _box(one: Box, scale: float, first: int) -> str:
    x0, y0, x1, y1 = (_small(value, scale) for value in (one.x0, one.y0, one.x1, one.y1))
    corners = x0, y0, max(x1, x0 + 1), max(y1, y0 + 1)
    return f"{_name(one)}{','.join(f'{value:.2f}' for value in corners)}{_at(one, first)}"


def _wire(one: Wire, scale: float, first: int) -> str:
    ends = [_small(value, scale) for value in (one.x0, one.y0, one.x1, one.y1)]
    if np.hypot(ends[2] - ends[0], ends[3] - ends[1]) < SHORTEST_WIRE:
        raise JobError("a wire is too short to be seen in a preview", remedy="Render a few frames instead.")
    width = [one.width * scale] if one.width else []
    return f"{_name(one)}{','.join(f'{value:.2f}' for value in (*ends, *width))}{_at(one, first)}"


def _scaled(whole: ChannelImage, scale: float) -> ChannelImage:
    data = whole.data_window
    size = max(1, round(data.width * scale)), max(1, round(data.height * scale))
    x0, y0 = round(data.x0 * scale), round(data.y0 * scale)
    shown = Window(*(round(side * scale) for side in vars(whole.display_window).values()))
    values = np.asarray(cv2.resize(whole.values, size, interpolation=cv2.INTER_AREA), np.float32)
    return ChannelImage(values, Window(x0, y0, x0 + size[0], y0 + size[1]), shown, whole.names)


def _leave(picture: ChannelImage, target: Path, frame: int) -> None:
    """Write the matte's picture where it was asked for: as an EXR's channel A, or as grey for the eye."""
    if target.suffix.lower() == ".exr":
        write_matte(target, frame, picture.values, picture.data_window, picture.display_window)
        return
    grey = (np.clip(picture.values, 0, 1) * 255).round().astype(np.uint8)
    write_atomically(target, encoded(grey, target.suffix.lower()), frame=frame)


def _told(
    picture: ChannelImage,
    target: Path,
    frame: int,
    scale: float,
    method: str,
    why: str,
    numbers: tuple[int, ...],
    notes: tuple[str, ...],
) -> Previewed:
    height, width = picture.values.shape
    hole = int((picture.values > 0).sum())
    return Previewed(str(target), frame, width, height, scale, method, why, hole, 0, 0, numbers, notes)
