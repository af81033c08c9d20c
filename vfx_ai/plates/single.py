"""One plate for the whole shot, stitched of all its frames, and for each frame the map that puts it back there.

Where one flat picture fits all frames it is that; where the camera travels past things near and far it is the view of
one frame, and frames are put there through the solved camera.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from vfx_ai.errors import JobError
from vfx_ai.fill import OTHER_FRAME
from vfx_ai.media.exr_header import is_exr
from vfx_ai.media.exr_intact import read_header
from vfx_ai.media.frame import BoolArray
from vfx_ai.media.output import refuse_input, stem_of
from vfx_ai.media.pattern import has_frame_token
from vfx_ai.media.sequence import Sequence, output_path
from vfx_ai.media.single_write import write_map, write_single
from vfx_ai.plates.flat import flat
from vfx_ai.plates.laid import Laid
from vfx_ai.plates.projected import projected
from vfx_ai.plates.register import FITTING, MOST_OFF, Registered, laid_onto_one
from vfx_ai.plates.sidecars import stamp
from vfx_ai.shot import Shot
from vfx_ai.telling import Teller

ENGINE = "stitch"


@dataclass(frozen=True)
class Single:
    """A single plate that was made.

    Attributes:
        output: its file.
        maps: the pattern of the maps that put it back.
        way: "flat", one picture that fits all frames, or "camera", the anchor's view through the solved camera.
        frames: that have a map.
        width, height: of the plate in pixels.
        anchor: the frame that lies in it unbent.
        at: (x, y) of that frame's first pixel, of the smallest window that holds all frames' pixels, in the plate.
        unseen: pixels that no frame shows, 0 in all channels, A as well; also beyond the frames' edges.
        hidden: of these, pixels that lie within a frame: the matte covers them in each.
        placed: share of the frames' pixels, 0..1, that have a place in the plate; of a flat one all.
        notes: what is good to know.
        seconds: that it took.
    """

    output: str
    maps: str
    way: str
    frames: tuple[int, ...]
    width: int
    height: int
    anchor: int
    at: tuple[int, int]
    unseen: int
    hidden: int
    placed: float
    notes: tuple[str, ...]
    seconds: float


def stitch(
    shot: Shot,
    output: str,
    frames: tuple[int, ...],
    tell: Teller,
    notes: list[str],
    found: Registered | None = None,
    job: str = "",
) -> Single:
    """Stitch a shot, and write the plate and its maps.

    Args:
        shot: the shot; what its matte covers lends nothing.
        output: where the plate goes; of a pattern, the frame's number is left out.
        frames: that get a map.
        tell: is told how far it is.
        notes: what `tell` keeps.
        found: where the shot's frames lie in one flat picture; None: it is found here whether they do.
        job: what the header names as the job, see `sidecars.job_hash`.

    Raises:
        JobError: the frames don't lie in one picture, neither flat nor through a camera. OutputError: it can't be
            written.
    """
    clock = time.perf_counter()
    target, maps = places(output, shot.plate)
    inputs = [s for s in (shot.plate, shot.matte) if s is not None]
    for path in (target, *(output_path(maps, n) for n in frames)):
        refuse_input(path, frames[0], inputs)
    with TemporaryDirectory(prefix="vfx-ai-", ignore_cleanup_errors=True) as folder:
        way, laid = _laid(shot, tell, found, Path(folder))
        tell.stage("fill", laid.window.height, 0, "the single plate")
        unseen, hidden, seen = _write_plate(shot, laid, target, tell, job)
        tell.stage("report", len(frames), 0, "the maps")
        placed = []
        for done, number in enumerate(frames, 1):
            tell.check()
            placed.append(_write_map(shot, laid, seen, number, output_path(maps, number)))
            tell.steps("report", "the maps")(done, len(frames))
    share = float(np.mean(placed))
    if share < 1:
        tell.note(f"{100 * (1 - share):.1f} % of the frames' pixels have no place in it: A of their maps is 0 there.")
    window, at = laid.window, (-laid.window.x0, -laid.window.y0)
    size, seconds = (window.width, window.height), time.perf_counter() - clock
    return Single(str(target), maps, way, frames, *size, laid.anchor, at, unseen, hidden, share, tuple(notes), seconds)


def _laid(shot: Shot, tell: Teller, found: Registered | None, folder: Path) -> tuple[str, Laid]:
    """How the frames lie in one plate, and which way that is; the reason is told.

    Raises:
        JobError: neither way will do.
    """
    if found is not None:
        return "flat", flat(shot, found)
    tell.stage("analyse", len(shot.numbers), 0, "how the camera moves")
    found, motion, off = laid_onto_one(shot, tell.steps("analyse", "how the camera moves"))
    if off <= MOST_OFF:
        why = "the camera stands still" if found.locked else f"{FITTING} % of it is off by {off:.1f} px at most"
        tell.note(f"The single plate is one flat picture, which fits all frames: {why}.")
        return "flat", flat(shot, found)
    why = f"one flat picture doesn't fit all frames: {FITTING} % of it is off by up to {off:.1f} px"
    tell.stage("analyse", len(shot.numbers), 0, "the camera and the depth of the frames")
    laid = projected(shot, motion, folder, why, tell.steps("analyse", "the camera and the depth of the frames"))
    tell.note(
        f"The single plate is the view of frame {laid.anchor}, and the others are put there through the solved camera "
        f"and its depth, since {why}."
    )
    return "camera", laid


def _write_plate(shot: Shot, laid: Laid, target: Path, tell: Teller, job: str) -> tuple[int, int, BoolArray]:
    """Write the plate; gives how many pixels no frame shows, how many of these lie within one, and which are shown."""
    made = laid.stitched(tell.steps("fill", "the single plate"))
    seen, light = made.seen, made.light
    hidden = int((laid.within() & ~seen).sum())
    like = shot.plate.path(laid.anchor)
    info = shot.infos[laid.anchor]
    pixels = info.space.encode(light.reshape(-1, 3)).reshape(light.shape) if is_exr(like) else light
    others = {
        "fill.from.x": np.where(seen, made.x + shot.canvas.x0, 0).astype(np.float32),
        "fill.from.y": np.where(seen, made.y + shot.canvas.y0, 0).astype(np.float32),
        "fill.from.frame": np.where(seen, made.origin, 0).astype(np.float32),
    }
    said = stamp(job, ENGINE, {OTHER_FRAME: int(seen.sum())})
    beyond = write_single(
        target, laid.anchor, np.where(seen[..., None], pixels, 0), seen, others, _kind(shot, like), like, said
    )
    if beyond:
        tell.note(f"{beyond} values are beyond what half holds, and are 65504.", "warning")
    if hidden:
        tell.note(f"{hidden} pixels of the single plate lie in a frame, but none shows them: they are black, A is 0.")
    return int((~seen).sum()), hidden, seen


def _write_map(shot: Shot, laid: Laid, seen: BoolArray, number: int, target: Path) -> float:
    """Write the map of a frame: for each pixel of its data window where it lies in the single plate.

    x is 0 at the plate's left edge and 1 at its right one; y is 0 at its bottom and 1 at its top. A pixel's middle
    is half a pixel from its edges, so that the first pixel of a row lies at 0.5 / width.

    Returns:
        The share of the frame's pixels, 0..1, that have a place.
    """
    info = shot.infos[number]
    across, down, there = laid.put_back(number, seen)
    x = ((across + 0.5) / laid.window.width).astype(np.float32)
    y = (1 - (down + 0.5) / laid.window.height).astype(np.float32)
    write_map(target, number, x, y, there, info.data_window, info.display_window, shot.plate.path(number))
    return float(there.mean())


def places(output: str, plate: Sequence) -> tuple[Path, str]:
    """The file of the single plate and the pattern of its maps, beside it: stmap.####.exr.

    Raises:
        JobError: the plate's file isn't named as an EXR.
    """
    path = Path(output)
    if path.suffix.lower() != ".exr":
        raise JobError("a single plate is an EXR", file=output, remedy="Name it e.g. out/single.exr.")
    target = path.with_name(f"{stem_of(output)}.exr") if has_frame_token(path.name) else path
    hashes = "#" * Path(plate.pattern).name.count("#") or "####"
    return target, str(path.parent / f"stmap.{hashes}.exr")


def _kind(shot: Shot, like: Path) -> str:
    """ "half" or "float": what the plate's own channels are."""
    if not is_exr(like):
        return "half"
    layer = shot.layer(shot.numbers[0])
    types = {c.name: c.type for c in read_header(like, None).parts[layer.part].channels}
    return "float" if types.get(layer.channels[0]) == "float" else "half"
