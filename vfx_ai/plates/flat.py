"""A single plate as one flat picture, a homography a frame; for cameras that stand still, turn or zoom."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch

from vfx_ai.errors import JobError
from vfx_ai.media.frame import BoolArray, FloatArray, Window
from vfx_ai.motion.homography import homography_positions
from vfx_ai.motion.sampling import pixel_grid, resample, sees
from vfx_ai.plates.laid import Step, Stitched, nearest_to_the_median
from vfx_ai.plates.register import Registered
from vfx_ai.shot import Shot

MOST = 31  # frames whose median a pixel is nearest to; the others give what none of these shows
LARGEST = 12.0  # times the frame's area: beyond that the camera turns too far for one flat picture


@dataclass(frozen=True)
class Flat:
    """See `laid.Laid`.

    Attributes:
        shot: the shot; what its matte covers lends nothing.
        found: where its frames lie on the anchor.
        window: of the plate.
    """

    shot: Shot
    found: Registered
    window: Window

    @property
    def anchor(self) -> int:
        """The frame that lies in it as it is."""
        return self.found.anchor

    def stitched(self, step: Step) -> Stitched:
        """Each pixel is that of one frame: the one nearest to the median of all that show the place."""
        shot, window = self.shot, self.window
        there = list(shot.plate.present)
        picks = sorted(
            {there[int(i)] for i in np.linspace(0, len(there) - 1, min(MOST, len(there))).round()} | {self.anchor}
        )
        rest = sorted((n for n in there if n not in picks), key=lambda n: abs(n - self.anchor))
        size = (window.height, window.width)
        light, place = np.zeros((*size, 3), np.float32), np.zeros((*size, 2), np.float32)
        origin = np.full(size, -1, np.int64)
        rows = max(16, shot.budget // 4 // (2 * 6 * 4 * len(picks) * max(1, window.width)))
        for top in range(0, window.height, rows):
            end = min(top + rows, window.height)
            grid = pixel_grid((end - top, window.width), shot.device, window.x0, window.y0 + top)
            taken = [self._taken(n, grid) for n in picks]
            scenes, spots = torch.stack([t[0] for t in taken]), torch.stack([t[1] for t in taken])
            best, seen = nearest_to_the_median(scenes)
            index = best[None, None]
            chosen = torch.take_along_dim(scenes, index, 0)[0]
            spot = torch.take_along_dim(spots, index, 0)[0]
            number = torch.tensor(picks, device=shot.device)[best]
            for n in rest:
                if bool(seen.all()):
                    break
                if not self._meets(n, grid):
                    continue
                other, at = self._taken(n, grid)
                new = ~seen & ~other[0].isnan()
                chosen, spot = torch.where(new, other, chosen), torch.where(new, at, spot)
                number, seen = torch.where(new, n, number), seen | new
            band = slice(top, end)
            light[band] = torch.where(seen, chosen, 0).permute(1, 2, 0).cpu().numpy()
            place[band] = torch.where(seen, spot, 0).permute(1, 2, 0).cpu().numpy()
            origin[band] = torch.where(seen, number, -1).cpu().numpy()
            step(end, window.height)
        return Stitched(light, place[..., 0], place[..., 1], origin)

    def within(self) -> BoolArray:
        """[H, W] bool: which pixels of the plate lie in any frame."""
        shot, window = self.shot, self.window
        inside = np.zeros((window.height, window.width), bool)
        grid = pixel_grid(inside.shape, torch.device("cpu"), window.x0, window.y0)
        for number in {self.anchor} if self.found.locked else self.found.onto:
            x, y = homography_positions(self.found.between(self.anchor, number), grid)
            box = shot.infos[number].data_window
            x, y = x + shot.canvas.x0 - box.x0, y + shot.canvas.y0 - box.y0
            inside |= ((x >= 0) & (y >= 0) & (x <= box.width - 1) & (y <= box.height - 1)).numpy()
        return inside

    def put_back(self, number: int, seen: BoolArray) -> tuple[FloatArray, FloatArray, BoolArray]:
        """Where each pixel of a frame lies in the plate: all of them do."""
        del seen
        shot, found = self.shot, self.found
        data = shot.infos[number].data_window
        x0, y0 = data.x0 - shot.canvas.x0, data.y0 - shot.canvas.y0
        y, x = np.mgrid[y0 : y0 + data.height, x0 : x0 + data.width].astype(np.float64)
        m = np.eye(3) if found.locked else found.onto[number]
        w = m[2, 0] * x + m[2, 1] * y + m[2, 2]
        across = (m[0, 0] * x + m[0, 1] * y + m[0, 2]) / w - self.window.x0
        down = (m[1, 0] * x + m[1, 1] * y + m[1, 2]) / w - self.window.y0
        return across, down, np.ones(x.shape, bool)

    def _taken(self, number: int, grid: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """What a frame shows at pixels of the anchor [2, h, w]: light [3, h, w], NaN where nothing, and where."""
        positions = homography_positions(self.found.between(self.anchor, number), grid)
        view = self.shot.view(number)
        return torch.where(sees(view.seen, positions)[None], resample(view.scene, positions), torch.nan), positions

    def _meets(self, number: int, grid: torch.Tensor) -> bool:
        """Whether any of the pixels of the anchor [2, h, w] may lie in a frame, by a coarse look."""
        x, y = homography_positions(self.found.between(self.anchor, number), grid[:, ::4, ::4])
        return bool(((x > -8) & (y > -8) & (x < self.shot.width + 8) & (y < self.shot.height + 8)).any())


def flat(shot: Shot, found: Registered) -> Flat:
    """A shot laid into one flat picture, as large as all frames together.

    Raises:
        JobError: the camera turns too far.
    """
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
    return Flat(shot, found, whole)
