"""What the command `vfx-ai matte click` does: a shot's matte from clicks, boxes and wires, from files to files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import numpy.typing as npt
import torch

from vfx_ai.device import choose_device, refuse_unless_cpu_can_help
from vfx_ai.errors import Interrupted
from vfx_ai.job import Event, Missing, Progress, check_choices, silent
from vfx_ai.matte.curve import Line, drawn
from vfx_ai.matte.follow import First, follow, reach
from vfx_ai.matte.kept import Outlines
from vfx_ai.matte.marks import check_marks
from vfx_ai.matte.prompts import Prompts, gather, gather_wires, parse_box, parse_click, parse_wire
from vfx_ai.matte.sam_video import follow_by_sam, load_sam_video
from vfx_ai.matte.soft import soften
from vfx_ai.matte.stills import Stills
from vfx_ai.matte.weights import SAM_NAMES, find_sam
from vfx_ai.matte.wires import check_ends, follow_wire
from vfx_ai.media.color import in_stops
from vfx_ai.media.frame import FloatArray, Window
from vfx_ai.media.lens import read_lens
from vfx_ai.media.matte_write import write_matte
from vfx_ai.media.sequence import check_output, find_sequence, output_path, parse_frames, resolve_output
from vfx_ai.model_folder import models_folder

BoolArray = npt.NDArray[np.bool_]

HALF = 0.5  # of a pixel: from here on it is the line's, with hard edges
BAND = 3.0  # pixels on each side of an outline that may be soft, at the working size


@dataclass(frozen=True)
class ClickedMatte:
    """A matte that was made from clicks.

    Attributes:
        output: the pattern of its files.
        objects: names; "" for one without.
        frames: that were written.
        empty: of these, those in which nothing is covered.
        share: of the canvas that is covered, 0..1, the mean of the frames.
        method: how objects were found: "sam2" in all frames; "sam" or "classical" in those with clicks, and then by
            their motion; "wires": there were only these.
        doubts: (frame, why): where an object may be lost.
        notes: what a user should know, as sentences.
    """

    output: str
    objects: tuple[str, ...]
    frames: tuple[int, ...]
    empty: tuple[int, ...]
    share: float
    method: str
    doubts: tuple[tuple[int, str], ...]
    notes: tuple[str, ...]


def make_matte(
    plate: str,
    output: str,
    *,
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
    progress: Progress = silent,
    cancelled: Callable[[], bool] = lambda: False,
) -> ClickedMatte:
    """Write the matte of clicked objects, one EXR per frame: half, with the plate's windows.

    Channel A is all objects together; each named one has a channel `name.A` beside it.

    Args:
        plate: the sequence.
        output: pattern of the matte's files.
        points, not_points, boxes, wires: see `prompts.parse_click`, `parse_box` and `parse_wire`.
        edge: "soft" or "hard".
        sam_weights: a folder with SAM 2's weights, or a safetensors file with segment-anything's; "": the models
            folder is searched.
        frames: which to write; "": all. What they look like doesn't depend on it.
        layer: of the plate.
        colorspace: what the plate's numbers mean, see Job.
        missing: what a gap in the plate means.
        device: for networks and soft edges.
        progress: is told how far it is.
        cancelled: is asked before each frame; when it says True it ends with Interrupted, and what is written stays.

    Raises:
        VfxAiError: a file can't be read or written, or what is asked makes no sense.
    """
    check_choices(missing=missing, device=device, edge=edge)
    clicks = [*(parse_click(text) for text in points), *(parse_click(text, yes=False) for text in not_points)]
    framed = [parse_box(text) for text in boxes]
    files = find_sequence(plate, missing=missing)
    target = resolve_output(output, files, "matte")
    numbers = parse_frames(frames, files.frames)
    check_output(target, numbers, files, None)
    there = files.frames, files.missing, files.pattern
    strung = gather_wires([parse_wire(text) for text in wires], *there)
    said = gather(clicks, framed, *there) if clicks or framed or not strung else {}
    weights = find_sam(sam_weights)
    where = choose_device(device)
    stills = Stills(files, layer, colorspace)
    # What makes no sense is told at once, and not when its object's turn has come.
    for name, prompts in said.items():
        check_marks(stills, prompts, _others(said, name))
    for _, ends in strung:
        check_ends(stills, ends)
    notes = [_fallback()] if said and not weights else []
    for note in notes:
        progress(Event("note", "matte", note))
    through = len(reach(files.frames, numbers))
    total = len(said) * (through + len(numbers)) + len(strung) * len(numbers) + len(numbers)
    progress(Event("stage", "matte", "", 0, total))
    done = 0

    def step() -> None:
        nonlocal done
        if cancelled():
            raise Interrupted("stopped; frames of the matte that are written stay")
        progress(Event("step", "matte", "following", done, total))
        done += 1

    doubts: list[tuple[int, str]] = []

    def doubted(number: int, name: str, doubt: str) -> None:
        words = f"{name}: {doubt}" if name else doubt
        doubts.append((number, words))
        progress(Event("warning", "matte", f"frame {number}: {words}", frame=number))

    through_time = weights is not None and weights.is_dir()
    first = _by_sam(stills, weights, where) if weights and not through_time else _by_nothing
    video = load_sam_video(weights, where) if weights and said and through_time else None
    with TemporaryDirectory(prefix="vfx-ai-", ignore_cleanup_errors=True) as folder:
        found = {name: _outlines(Path(folder), f"{i}", stills.size) for i, name in enumerate(said)}
        for index, (name, prompts) in enumerate(said.items()):
            walked = _outlines(Path(folder), f"{index}-walked", stills.size)
            others = _others(said, name)
            if video is not None:
                following = follow_by_sam(video, stills, prompts, others, numbers, step)
            else:
                following = follow(stills, prompts, others, numbers, first, step, walked)
            for outline in following:
                found[name].keep(outline.number, outline.mask)
                if outline.doubt:
                    doubted(outline.number, name, outline.doubt)
        lines: dict[int, list[tuple[str, Line]]] = {}
        for name, ends in strung:
            for wire in follow_wire(stills, ends, numbers, step):
                lines.setdefault(wire.number, []).extend([(name, wire.line)] if wire.line else [])
                if wire.doubt:
                    doubted(wire.number, name, wire.doubt)
        empty, covered = [], 0.0
        for number in numbers:
            step()
            masks = {name: mask for name in said if (mask := found[name].get(number)) is not None}
            share = _write(stills, number, masks, lines.get(number, []), edge, where, target)
            covered += share
            empty += [number] if share == 0 else []
            progress(Event("frame", "matte", "", done, total, number))
    method = "wires" if not said else "classical" if not weights else "sam" if video is None else "sam2"
    share = covered / len(numbers)
    names = tuple(sorted({*said, *(name for name, _ in strung)}))
    return ClickedMatte(target, names, numbers, tuple(empty), share, method, tuple(sorted(doubts)), tuple(notes))


def _fallback() -> str:
    return (
        "no weights of Segment Anything or SAM 2 were found, so objects are found by their motion and color: look at "
        f"the frames with clicks. Weights are taken from {models_folder() / SAM_NAMES[-1]} or --sam-weights."
    )


def _by_nothing(_number: int, _prompts: Prompts) -> BoolArray | None:
    return None


def _by_sam(stills: Stills, weights: Path, device: torch.device) -> First:
    """Objects by Segment Anything; the network is loaded when it is first asked."""
    loaded: list[object] = []

    def first(number: int, prompts: Prompts) -> BoolArray | None:
        from vfx_ai.matte.sam import load_sam, outline_by_sam, shown

        if not loaded:
            loaded.append(load_sam(weights, device))
        frame = stills.frame(number)
        lies, box = frame.data_window, prompts.box
        mask = outline_by_sam(
            loaded[0],
            shown(frame.pixels),
            [(click.x - lies.x0, click.y - lies.y0, click.yes) for click in prompts.clicks],
            None if box is None else (box.x0 - lies.x0, box.y0 - lies.y0, box.x1 - lies.x0, box.y1 - lies.y0),
        )
        whole = np.zeros((stills.canvas.height, stills.canvas.width), np.float32)
        whole[lies.slices(stills.canvas)] = mask
        return np.asarray(cv2.resize(whole, stills.size[::-1], interpolation=cv2.INTER_AREA)) > 0.5

    return first


def _others(said: dict[str, dict[int, Prompts]], name: str) -> dict[int, tuple[tuple[float, float], ...]]:
    """Clicks on the other objects, which are clicks beside this one."""
    found: dict[int, tuple[tuple[float, float], ...]] = {}
    for other, prompts in said.items():
        for number, there in prompts.items() if other != name else ():
            found[number] = (*found.get(number, ()), *((c.x, c.y) for c in there.clicks if c.yes))
    return found


def _outlines(folder: Path, name: str, size: tuple[int, int]) -> Outlines:
    (folder / name).mkdir()
    return Outlines(folder / name, size)


def _write(
    stills: Stills,
    number: int,
    masks: dict[str, BoolArray],
    lines: Sequence[tuple[str, Line]],
    edge: str,
    device: torch.device,
    target: str,
) -> float:
    """Write one frame; the share of the data window that is covered."""
    info = stills.infos[number]
    features = in_stops(stills.frame(number).pixels, -1)
    parts = {name: _coverage(stills, number, features, mask, edge, device) for name, mask in masks.items()}
    x0, y0 = info.data_window.x0 - stills.canvas.x0, info.data_window.y0 - stills.canvas.y0
    there = Window(x0, y0, x0 + info.data_window.width, y0 + info.data_window.height)
    nothing = np.zeros(features.shape[:2], np.float32)
    for name, line in lines:
        coverage = drawn(line, there)
        coverage = coverage if edge == "soft" else (coverage >= HALF).astype(np.float32)
        parts[name] = np.maximum(parts.get(name, nothing), coverage)
    union = nothing
    for part in parts.values():
        union = np.maximum(union, part)
    path = stills.plate.path(number)
    write_matte(
        output_path(target, number),
        number,
        union,
        info.data_window,
        info.display_window,
        read_lens(path, number).pixel_aspect,
        others={f"{name}.A": part for name, part in parts.items() if name},
        like=path,
    )
    return float(union.mean(dtype="f8"))


def _coverage(
    stills: Stills, number: int, features: FloatArray, mask: BoolArray, edge: str, device: torch.device
) -> FloatArray:
    """Coverage over the frame's data window, at full size."""
    canvas = stills.canvas
    if stills.plate.is_black(number):
        return np.zeros(features.shape[:2], np.float32)
    size = (canvas.width, canvas.height)
    whole = np.asarray(cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)) > 0.5
    own = np.ascontiguousarray(whole[stills.infos[number].data_window.slices(canvas)])
    if edge == "hard":
        return own.astype(np.float32)
    band = max(1, round(BAND / stills.factor))
    try:
        return soften(features, own, band, device)
    except (RuntimeError, MemoryError) as error:
        refuse_unless_cpu_can_help(error, device, number)
        return soften(features, own, band, torch.device("cpu"))
