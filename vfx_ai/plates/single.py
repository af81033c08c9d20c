"""One plate for the whole shot, stitched of all its frames, and for each frame the map that puts it back there."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch

from vfx_ai.errors import JobError
from vfx_ai.fill import OTHER_FRAME
from vfx_ai.media.color import to_log
from vfx_ai.media.exr_header import is_exr
from vfx_ai.media.exr_intact import read_header
from vfx_ai.media.frame import FloatArray, Window
from vfx_ai.media.output import refuse_input, stem_of
from vfx_ai.media.pattern import has_frame_token
from vfx_ai.media.sequence import Sequence, output_path
from vfx_ai.media.single_write import write_map, write_single
from vfx_ai.motion.homography import homography_positions
from vfx_ai.motion.sampling import pixel_grid, resample, sees
from vfx_ai.plates.register import Registered, register
from vfx_ai.plates.sidecars import stamp
from vfx_ai.shot import Shot
from vfx_ai.telling import Teller

MOST = 31  # frames whose median a pixel is nearest to; the others give what none of these shows
LARGEST = 12.0  # times the frame's area: beyond that the camera turns too far for one flat picture
ENGINE = "stitch"


@dataclass(frozen=True)
class Single:
    """A single plate that was made.

    Attributes:
        output: its file.
        maps: the pattern of the maps that put it back.
        frames: that have a map.
        width, height: of the plate in pixels.
        anchor: the frame that lies in it unbent.
        at: (x, y) of that frame's first pixel, of the smallest window that holds all frames' pixels, in the plate.
        unseen: pixels that no frame shows, 0 in all channels, A as well; also beyond the frames' edges.
        hidden: of these, pixels that lie within a frame: the matte covers them in each.
        notes: what is good to know.
        seconds: that it took.
    """

    output: str
    maps: str
    frames: tuple[int, ...]
    width: int
    height: int
    anchor: int
    at: tuple[int, int]
    unseen: int
    hidden: int
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
        found: where the shot's frames lie; None: it is found here.
        job: what the header names as the job, see `sidecars.job_hash`.

    Raises:
        JobError: the frames don't lie in one flat picture. OutputError: it can't be written.
    """
    clock = time.perf_counter()
    target, maps = places(output, shot.plate)
    inputs = [s for s in (shot.plate, shot.matte) if s is not None]
    for path in (target, *(output_path(maps, n) for n in frames)):
        refuse_input(path, frames[0], inputs)
    if found is None:
        tell.stage("analyse", len(shot.numbers), 0, "how the camera moves")
        found = register(shot, tell.steps("analyse", "how the camera moves"))
    window = _canvas(shot, found)
    tell.stage("fill", window.height, 0, "the single plate")
    light, x, y, origin = stitched(shot, found, window, tell.steps("fill", "the single plate"))
    seen = origin >= 0
    hidden = int((_within(shot, found, window) & ~seen).sum())
    like = shot.plate.path(found.anchor)
    info = shot.infos[found.anchor]
    pixels = info.space.encode(light.reshape(-1, 3)).reshape(light.shape) if is_exr(like) else light
    from_frame = np.where(seen, origin, 0).astype(np.float32)
    others = {
        "fill.from.x": np.where(seen, x + shot.canvas.x0, 0).astype(np.float32),
        "fill.from.y": np.where(seen, y + shot.canvas.y0, 0).astype(np.float32),
        "fill.from.frame": from_frame,
    }
    said = stamp(job, ENGINE, {OTHER_FRAME: int(seen.sum())})
    beyond = write_single(
        target, found.anchor, np.where(seen[..., None], pixels, 0), seen, others, _kind(shot, like), like, said
    )
    if beyond:
        tell.note(f"{beyond} values are beyond what half holds, and are 65504.", "warning")
    if hidden:
        tell.note(
            f"{hidden} pixels of the single plate were covered by the matte in every frame: they are black, A is 0."
        )
    tell.stage("report", len(frames), 0, "the maps")
    for done, number in enumerate(frames, 1):
        tell.check()
        data = shot.infos[number].data_window
        across, down = put_back(shot, found, window, number)
        write_map(
            output_path(maps, number),
            number,
            across,
            down,
            data,
            shot.infos[number].display_window,
            shot.plate.path(number),
        )
        tell.steps("report", "the maps")(done, len(frames))
    return Single(
        str(target),
        maps,
        frames,
        window.width,
        window.height,
        found.anchor,
        (-window.x0, -window.y0),
        int((~seen).sum()),
        hidden,
        tuple(notes),
        time.perf_counter() - clock,
    )


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


def stitched(
    shot: Shot, found: Registered, window: Window, step: Callable[[int, int], None]
) -> tuple[FloatArray, FloatArray, FloatArray, np.ndarray]:
    """The single plate.

    Each pixel is that of one frame: the one whose log light is nearest to the median of all that show the place.

    Args:
        shot: what its matte covers lends nothing.
        found: where its frames lie.
        window: of the plate, in pixels of the anchor on the shot's canvas.
        step: called with (rows done, rows).

    Returns:
        Light [H, W, 3] float32, 0 where no frame shows anything; the place [H, W] float32, x and y, that each pixel
        came from; and that frame's number [H, W] int64, -1 where there is none.
    """
    there = list(shot.plate.present)
    picks = sorted(
        {there[int(i)] for i in np.linspace(0, len(there) - 1, min(MOST, len(there))).round()} | {found.anchor}
    )
    rest = sorted((n for n in there if n not in picks), key=lambda n: abs(n - found.anchor))
    size = (window.height, window.width)
    light, place = np.zeros((*size, 3), np.float32), np.zeros((*size, 2), np.float32)
    origin = np.full(size, -1, np.int64)
    rows = max(16, shot.budget // 4 // (2 * 6 * 4 * len(picks) * max(1, window.width)))
    for top in range(0, window.height, rows):
        end = min(top + rows, window.height)
        grid = pixel_grid((end - top, window.width), shot.device, window.x0, window.y0 + top)
        taken = [_taken(shot, found, n, grid) for n in picks]
        scenes, spots = torch.stack([t[0] for t in taken]), torch.stack([t[1] for t in taken])
        codes = to_log(scenes)
        off = (codes - torch.nanmedian(codes, 0).values[None]).abs().sum(1)
        best = torch.where(off.isnan(), torch.inf, off).argmin(0)
        seen = torch.isfinite(off).any(0)
        index = best[None, None]
        chosen = torch.take_along_dim(scenes, index, 0)[0]
        spot = torch.take_along_dim(spots, index, 0)[0]
        number = torch.tensor(picks, device=shot.device)[best]
        for n in rest:
            if bool(seen.all()):
                break
            if not _meets(found, n, grid, shot):
                continue
            other, at = _taken(shot, found, n, grid)
            new = ~seen & ~other[0].isnan()
            chosen, spot = torch.where(new, other, chosen), torch.where(new, at, spot)
            number, seen = torch.where(new, n, number), seen | new
        band = slice(top, end)
        light[band] = torch.where(seen, chosen, 0).permute(1, 2, 0).cpu().numpy()
        place[band] = torch.where(seen, spot, 0).permute(1, 2, 0).cpu().numpy()
        origin[band] = torch.where(seen, number, -1).cpu().numpy()
        step(end, window.height)
    return light, place[..., 0], place[..., 1], origin


def _taken(shot: Shot, found: Registered, number: int, grid: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """What a frame shows at pixels of the anchor [2, h, w]: light [3, h, w], NaN where nothing, and where in it."""
    positions = homography_positions(found.between(found.anchor, number), grid)
    view = shot.view(number)
    return torch.where(sees(view.seen, positions)[None], resample(view.scene, positions), torch.nan), positions


def _meets(found: Registered, number: int, grid: torch.Tensor, shot: Shot) -> bool:
    """Whether any of the pixels of the anchor [2, h, w] may lie in a frame, by a coarse look."""
    x, y = homography_positions(found.between(found.anchor, number), grid[:, ::4, ::4])
    return bool(((x > -8) & (y > -8) & (x < shot.width + 8) & (y < shot.height + 8)).any())


def _canvas(shot: Shot, found: Registered) -> Window:
    """The window, in pixels of the anchor on the shot's canvas, that holds all pixels of all frames."""
    whole = Window(0, 0, 0, 0)
    for number, matrix in found.onto.items():
        box = shot.infos[number].data_window
        x0, y0 = box.x0 - shot.canvas.x0, box.y0 - shot.canvas.y0
        x1, y1 = x0 + box.width - 1, y0 + box.height - 1
        corners = np.array([[x0, y0], [x1, y0], [x0, y1], [x1, y1]], np.float64)
        depth = corners @ matrix[2, :2] + matrix[2, 2]
        moved = cv2.perspectiveTransform(corners[:, None], matrix)[:, 0]
        low, high = np.floor(moved.min(0) + 1e-3), np.ceil(moved.max(0) - 1e-3)
        whole = whole.union(Window(int(low[0]), int(low[1]), int(high[0]) + 1, int(high[1]) + 1))
        if (depth <= 0).any() or whole.width * whole.height > LARGEST * shot.width * shot.height:
            raise JobError(
                "the camera turns too far for one flat picture",
                file=shot.plate.path(found.anchor),
                frame=number,
                remedy="Cut the shot into shorter ranges, or leave --single out.",
            )
    return whole


def _within(shot: Shot, found: Registered, window: Window) -> np.ndarray:
    """[H, W] bool: which pixels of the single plate lie in any frame."""
    inside = np.zeros((window.height, window.width), bool)
    grid = pixel_grid(inside.shape, torch.device("cpu"), window.x0, window.y0)
    for number in {found.anchor} if found.locked else found.onto:
        x, y = homography_positions(found.between(found.anchor, number), grid)
        box = shot.infos[number].data_window
        x, y = x + shot.canvas.x0 - box.x0, y + shot.canvas.y0 - box.y0
        inside |= ((x >= 0) & (y >= 0) & (x <= box.width - 1) & (y <= box.height - 1)).numpy()
    return inside


def put_back(shot: Shot, found: Registered, window: Window, number: int) -> tuple[FloatArray, FloatArray]:
    """The map of a frame: for each pixel of its data window where it lies in the single plate, [h, w] float32 each.

    x is 0 at the plate's left edge and 1 at its right one; y is 0 at its bottom and 1 at its top. A pixel's middle
    is half a pixel from its edges, so that the first pixel of a row lies at 0.5 / width.
    """
    data = shot.infos[number].data_window
    x0, y0 = data.x0 - shot.canvas.x0, data.y0 - shot.canvas.y0
    y, x = np.mgrid[y0 : y0 + data.height, x0 : x0 + data.width].astype(np.float64)
    m = np.eye(3) if found.locked else found.onto[number]
    w = m[2, 0] * x + m[2, 1] * y + m[2, 2]
    across = ((m[0, 0] * x + m[0, 1] * y + m[0, 2]) / w - window.x0 + 0.5) / window.width
    down = ((m[1, 0] * x + m[1, 1] * y + m[1, 2]) / w - window.y0 + 0.5) / window.height
    return across.astype(np.float32), (1 - down).astype(np.float32)


def _kind(shot: Shot, like: Path) -> str:
    """ "half" or "float": what the plate's own channels are."""
    if not is_exr(like):
        return "half"
    layer = shot.layer(shot.numbers[0])
    types = {c.name: c.type for c in read_header(like, None).parts[layer.part].channels}
    return "float" if types.get(layer.channels[0]) == "float" else "half"
