"""A plate and its matte as the engines see them: frames on one canvas, read when needed, kept within a budget."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.caching import Ahead, Away, Kept, Waiting
from vfx_ai.matte.channels import Matte, read_matte
from vfx_ai.media import plate as plate_files
from vfx_ai.media.canvas import probe_all
from vfx_ai.media.color import in_stops
from vfx_ai.media.exr_load import Decoded
from vfx_ai.media.exr_measures import Measures
from vfx_ai.media.frame import Frame, Layer, Plane, Window
from vfx_ai.media.sequence import Sequence
from vfx_ai.threads import cores

Number = TypeVar("Number", bound=np.generic)

# Memory must not grow with the shot's length, however large the budget: so many frames are what a fill mostly asks for.
MOST_VIEWS, MOST_SMALL, MOST_SEEN = 48, 12, 2000
VIEW_BYTES = 19  # of each pixel of a view
AHEAD, FEW_CORES = 4, 4  # frames that are read at the same time, unless so few cores have enough to do without it
WORKING_WIDTH = 1280  # motion is found at no more than this many pixels across


@dataclass(frozen=True)
class View:
    """One frame on the shot's canvas, on the shot's device.

    Attributes:
        number: the frame's number.
        scene: [3, H, W] float32, scene-linear; 0 where `valid` isn't set.
        valid: [H, W] bool, inside the frame's data window and neither NaN nor Inf.
        coverage: [H, W] float32, 0..1, the matte; 0 outside the data window.
        inside: the frame's own data window.
        black: the frame is a gap that counts as black; it shows nothing.
        aside: [H, W] bool, what isn't filled, yet shows no background; None: nothing.
        seen: [H, W] bool, the background is to be seen here.
        hole: [H, W] bool, what is to be filled.
    """

    number: int
    scene: torch.Tensor
    valid: torch.Tensor
    coverage: torch.Tensor
    inside: Window
    black: bool = False
    aside: torch.Tensor | None = None
    seen: torch.Tensor = field(init=False)
    hole: torch.Tensor = field(init=False)

    def __post_init__(self) -> None:
        hole = self.coverage > 0
        object.__setattr__(self, "hole", hole)
        seen = torch.zeros_like(hole) if self.black else self.valid & ~hole
        object.__setattr__(self, "seen", seen if self.aside is None else seen & ~self.aside)


@dataclass(frozen=True)
class MatteOptions:
    """How the matte's file is read; see Job."""

    channel: str = ""
    invert: bool = False
    grow: str = "0"
    objects: str = ""
    objects_layer: str = ""
    aside: str = ""


class Shot:
    """All frames of one plate with its matte.

    Args:
        plate, matte: the sequences; `matte` is None where the plate carries the matte itself.
        layer: name of the layer that is filled.
        options: how the matte is read.
        device: where views live.
        budget: bytes that the views kept at the same time may take.
        colorspace: what the plate's numbers mean, see Job.
    """

    def __init__(
        self,
        plate: Sequence,
        matte: Sequence | None,
        layer: str,
        options: MatteOptions,
        device: torch.device,
        budget: int,
        colorspace: str = "",
    ) -> None:
        self.plate, self.matte = plate, matte
        self.layer_name, self.options = layer, options
        self.device, self.budget = device, budget
        self.numbers: tuple[int, ...] = plate.frames
        self.infos, self.canvas = probe_all(plate, layer, colorspace)
        self._unknown: dict[int, int] = {}
        self._files: Waiting[int, Decoded] = Waiting(budget // 8)
        self._away = Away()
        self._views: Kept[int, View] = Kept(budget, MOST_VIEWS, self._away)
        self._ahead: Ahead[int, View] = Ahead(AHEAD)
        self._small: Kept[int, tuple[torch.Tensor, torch.Tensor]] = Kept(budget // 4, MOST_SMALL)
        self._seen: Kept[int, npt.NDArray[np.uint8]] = Kept(budget // 16, MOST_SEEN)

    @property
    def height(self) -> int:
        """Rows of the canvas."""
        return self.canvas.height

    @property
    def width(self) -> int:
        """Columns of the canvas."""
        return self.canvas.width

    @property
    def working_size(self) -> tuple[int, int]:
        """(height, width) at which motion is found."""
        factor = min(1.0, WORKING_WIDTH / max(self.width, 1))
        return max(1, round(self.height * factor)), max(1, round(self.width * factor))

    def layer(self, number: int) -> Layer:
        """The layer that is filled, as frame `number` stores it."""
        return plate_files.pick_layer(self.infos[number], self.layer_name)

    def frame(self, number: int) -> Frame:
        """Frame `number` as its file has it; black where the job says so."""
        info = self.infos[number]
        if self.plate.is_black(number):
            return plate_files.black_frame(info, number)
        frame, file = plate_files.read_whole(self.plate.path(number), number, self.layer(number), info.space)
        if file is not None:
            self._files.keep(number, file, file.size)
        return frame

    def turn_to(self, number: int) -> None:
        """Frame `number` is worked on from here: of the others, those far from it are kept least."""
        self._away.here = number

    def await_files(self, numbers: Iterable[int]) -> None:
        """These frames will be written: what of their files is read to be seen is kept for it, where memory allows."""
        self._files.expect(numbers)

    def file(self, number: int) -> Decoded | None:
        """The file of an awaited frame as it was read, which is not kept any longer; None: it has to be read."""
        return self._files.take(number)

    def measures(self, number: int) -> Measures:
        """The layers of frame `number` that measure the scene: its depth and its motion."""
        if number in self.plate.missing:
            return Measures()
        return plate_files.find_measures(self.plate.path(number), number, self.layer(number))

    def beside(self, number: int, planes: Iterable[Plane]) -> npt.NDArray[np.float32] | None:
        """Channels of frame `number` beside its layer, on the canvas; they aren't kept.

        Args:
            number: which frame.
            planes: of any frame; see `measures`.

        Returns:
            [n, H, W] float32 as the file has them; NaN where it has none; None for a gap, or if it lacks a channel.
        """
        planes = tuple(planes)
        if number in self.plate.missing:
            return None
        found = plate_files.read_floats(self.plate.path(number), number, self.layer(number), planes)
        if found is None:
            return None
        out = np.full((len(planes), self.height, self.width), np.nan, np.float32)
        for into, (values, window) in zip(out, found, strict=True):
            there = window.intersection(self.canvas)
            into[there.slices(self.canvas)] = values[there.slices(window)]
        return out

    def coverage(self, number: int) -> npt.NDArray[np.float32]:
        """The matte of frame `number` on the canvas, [H, W] float32, 0 outside the data window."""
        info = self.infos[number]
        if self.plate.is_black(number) or (self.matte is not None and self.matte.is_black(number)):
            return np.zeros((self.height, self.width), np.float32)
        matte = self._matte(number, info.data_window)
        self._unknown[number] = matte.unknown
        return self._laid(matte.coverage, info.data_window)

    def beyond(self, number: int) -> int:
        """How many pixels of frame `number`'s matte lie where its plate has none: outside the data window."""
        info = self.infos[number]
        whole = info.display_window.union(info.data_window)
        if whole == info.data_window:
            return 0
        return int(self._matte(number, whole).hole.sum() - self._matte(number, info.data_window).hole.sum())

    def _matte(self, number: int, window: Window) -> Matte:
        source = self.plate if self.matte is None else self.matte
        options = self.options
        return read_matte(
            source.path(number),
            number,
            channel=options.channel,
            invert=options.invert,
            grow=options.grow,
            objects=options.objects,
            objects_layer=options.objects_layer,
            onto=self.infos[number],
            window=window,
        )

    def unknown(self, number: int) -> int:
        """How many pixels of frame `number`'s matte were NaN, and counted as 0, as far as it was read."""
        return self._unknown.get(number, 0)

    def view(self, number: int) -> View:
        """Frame `number` on the canvas."""
        return self._views.get(number, self._load)

    def ahead(self, numbers: Iterable[int]) -> None:
        """These frames are looked at next: they are read in other threads, as far as there are cores and memory."""
        if cores() <= FEW_CORES:
            return
        new = [n for n in numbers if n not in self.plate.missing and self._views.peek(n) is None]
        size = VIEW_BYTES * self.height * self.width
        self._ahead.want(new[: max(0, self._views.room // size)], self._read)

    def _load(self, number: int) -> View:
        return self._ahead.take(number) or self._read(number)

    def _read(self, number: int) -> View:
        frame = self.frame(number)
        scene, valid = (self._laid(p, frame.data_window) for p in (np.moveaxis(frame.pixels, -1, 0), frame.valid))
        tensors = [torch.from_numpy(a).to(self.device) for a in (scene, valid, self.coverage(number))]
        black = self.plate.is_black(number)
        return View(number, tensors[0], tensors[1], tensors[2], frame.data_window, black, self._aside(number))

    def _laid(self, values: npt.NDArray[Number], window: Window) -> npt.NDArray[Number]:
        """Values [..., h, w] over `window` on the canvas, 0 beyond it; not copied where they cover it."""
        owner = values.base
        if window == self.canvas and values.flags.c_contiguous and owner is not None and owner.flags.writeable:
            mine = values.view()
            mine.flags.writeable = True
            return mine
        out = np.zeros((*values.shape[:-2], self.height, self.width), values.dtype)
        out[(..., *window.slices(self.canvas))] = values
        return out

    def _aside(self, number: int) -> torch.Tensor | None:
        if not self.options.aside or self.matte is None or self.matte.is_black(number):
            return None
        info, out = self.infos[number], np.zeros((self.height, self.width), bool)
        path, window = self.matte.path(number), info.data_window
        found = read_matte(path, number, channel=self.options.aside, onto=info, window=window)
        out[window.slices(self.canvas)] = found.hole
        return torch.from_numpy(out).to(self.device)

    def seen(self, number: int) -> torch.Tensor:
        """[H, W] bool: where frame `number` shows the background; kept packed, so that it is cheap to ask again.

        A gap in the plate shows nothing: what stands in for it is no picture of that moment.
        """
        if number in self.plate.missing:
            return torch.zeros((self.height, self.width), dtype=torch.bool, device=self.device)
        kept = self._views.peek(number)
        if kept is not None:
            return kept.seen
        flat = np.unpackbits(self._packed(number), count=self.height * self.width).astype(bool)
        return torch.from_numpy(flat.reshape(self.height, self.width)).to(self.device)

    def seen_at(self, number: int, pixels: torch.Tensor) -> torch.Tensor:
        """[N] bool: where frame `number` shows the background, of pixels [N] int64 of the canvas, row by row."""
        if number in self.plate.missing:
            return torch.zeros_like(pixels, dtype=torch.bool)
        kept = self._views.peek(number)
        if kept is not None:
            return kept.seen.reshape(-1).index_select(0, pixels)
        packed = torch.from_numpy(self._packed(number)).to(self.device)
        return (packed.index_select(0, pixels >> 3) >> (7 - (pixels & 7)).to(torch.uint8) & 1).bool()

    def _packed(self, number: int) -> npt.NDArray[np.uint8]:
        return self._seen.get(number, lambda n: np.packbits(self.view(n).seen.cpu().numpy()))

    def small(self, number: int) -> tuple[torch.Tensor, torch.Tensor]:
        """What motion is found in: features [3, h, w] float32 and seen [h, w] bool, at the working size."""
        return self._small.get(number, self._shrink)

    def _shrink(self, number: int) -> tuple[torch.Tensor, torch.Tensor]:
        view = self.view(number)
        compared, seen = in_stops(view.scene), view.seen
        size = self.working_size
        if size == (self.height, self.width):
            return compared, seen
        weight = seen[None].float()
        both = F.interpolate(torch.cat([compared * weight, weight])[None], size=size, mode="area")[0]
        return both[:3] / both[3:].clamp(min=1e-3), both[3] > 0.999


def hole_box(hole: torch.Tensor, margin: int) -> Window:
    """The box [rows and columns of the canvas] that holds a hole [H, W] bool and `margin` pixels around it."""
    height, width = hole.shape
    flags = hole.view(torch.uint8)  # its maximum is found thirty times as fast as any()
    rows, columns = torch.nonzero(flags.amax(1))[:, 0], torch.nonzero(flags.amax(0))[:, 0]
    if rows.numel() == 0:
        return Window(0, 0, 0, 0)
    box = Window(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1).grown(margin)
    return box.intersection(Window(0, 0, width, height))


def crop(picture: torch.Tensor, box: Window) -> torch.Tensor:
    """The part [..., h, w] of a canvas [..., H, W] that lies in `box`."""
    return picture[..., box.y0 : box.y1, box.x0 : box.x1]
