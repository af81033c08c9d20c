"""What a maker made in a few key frames, carried to every other frame along the background's motion.

Key frames depend on the shot alone. Each of them first takes over what was made in those before it, so that only what
is still open is made anew, around what is there already: all of them show one background. Every frame asks them in the
same order, so that each point of the background always gets its pixel from the same key frame: nothing boils, and no
frame depends on which others were asked for.

Light may change between two frames. Beside a hole both the plate and the key frame's picture show the same background:
by how many stops they differ there is spread over what is carried.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from vfx_ai.caching import Kept
from vfx_ai.fill import MAKERS
from vfx_ai.fill.behind import Behind
from vfx_ai.fill.contract import Fill
from vfx_ai.fill.detail import Noise
from vfx_ai.fill.keys import key_frames
from vfx_ai.fill.ladder import Ladder
from vfx_ai.fill.made_pictures import Picture, bare_of, put, read_picture, slices, without_grain, write_picture
from vfx_ai.fill.makers import Ask, Maker, Wanted, checked, opened, seed_of
from vfx_ai.fill.masks import box_sum, dilated, eroded
from vfx_ai.fill.smooth import tone
from vfx_ai.fill.surfaces import Surfaces
from vfx_ai.media.color import from_log, to_log
from vfx_ai.media.frame import Window
from vfx_ai.motion.membrane import membrane
from vfx_ai.motion.sampling import resample, sees
from vfx_ai.shot import crop, hole_box

BESIDE = 0.02  # of the width: how far around a hole light is compared
LEAST_BESIDE = 6  # pixels
SLIVER = 3  # pixels beside what was made that are carried with it: holes don't end at the same pixel
EVENED = 9  # pixels over which differences of light are averaged
OTHER = 1.0  # stops: what differs by more is another thing
MOST_KEPT = 6  # key frames


class Made:
    """A maker's pictures, and what they are for each frame.

    Args:
        ask: for the maker, which is opened when it is first needed.
        ladder: the engines, which know how the background moves.
        surfaces: of the background.
        folder: for the pictures, see `makers.folder_of`.
        noise: from light [3, H, W] the standard deviation of the plate's grain in log code; None: it has none.
    """

    def __init__(
        self,
        ask: Ask,
        ladder: Ladder,
        surfaces: Surfaces,
        folder: Path,
        noise: Noise | None,
    ) -> None:
        self._ask, self._shot = ask, ask.shot
        self._ladder, self._surfaces, self._folder, self._noise = ladder, surfaces, folder, noise
        self._engine = ask.job.engine
        self._source, self._upon_tone = MAKERS[self._engine].source, MAKERS[self._engine].upon_tone
        self._keys = key_frames(self._shot)
        self._kept: Kept[int, Picture] = Kept(self._shot.budget // 8, MOST_KEPT)
        self._maker: Maker | None = None

    def laid(self, fill: Fill) -> Fill:
        """The fill with what was made instead of what the smooth fill and the shot's own texture put there.

        Args:
            fill: complete.

        Returns:
            The same fill where a key frame's picture reaches nothing; else with pixels of the maker's source, their
            confidence 0 and without an origin.
        """
        view, bare = self._shot.view(fill.number), bare_of(self._shot, fill)
        inside = (..., *slices(fill.box))
        scene, known = view.scene.clone(), view.seen.clone()
        scene[inside] = torch.where(fill.source > 0, fill.scene, scene[inside])
        known[inside] |= crop(view.hole, fill.box) & (fill.source > 0) & ~bare[inside]
        return put(fill, *self._carried(fill.number, scene, known, bare, self._keys), self._source)

    def _picture(self, key: int) -> Picture:
        return self._kept.get(key, self._kept_or_made)

    def _kept_or_made(self, key: int) -> Picture:
        path = self._folder / f"{key}.npz"
        if not path.exists():
            write_picture(path, self._make(key))
        return read_picture(path, self._shot.device)

    def _make(self, key: int) -> Picture:
        known = self._ask.picture(key)
        before = self._keys[: self._keys.index(key)]
        light, found = self._carried(key, known.scene, known.real, known.bare, before)
        scene, left = torch.where(found, light, known.scene), known.bare & ~found
        if bool(found.any()) and not bool(eroded(left, 1).any()):
            left = torch.zeros_like(left)  # the rim of what is there already
        if bool(left.any()):
            if self._maker is None:
                self._maker = opened(self._ask)
            seed = seed_of(self._ask.job.seed, key)
            wanted = Wanted(key, scene, left, known.real | found, seed)
            step = self._ask.progress(f"{self._engine}, key frame {key}")
            scene = torch.where(left, checked(self._engine, wanted, self._maker.make(wanted, step)), scene)
            scene = without_grain(self._shot, self._noise, scene, left, known.real | known.bare)
        made = found | left
        box = hole_box(made, self._beside + 4)
        light, made, real = (crop(part, box).contiguous() for part in (scene, made, known.real))
        return Picture(box, light, made, real, self._tone(key, box, scene, known.real))

    def _tone(self, number: int, box: Window, scene: torch.Tensor, known: torch.Tensor) -> torch.Tensor | None:
        """A frame's smooth tone [3, h, w] over a box, where pictures are laid on it; known [H, W] of the canvas."""
        if not self._upon_tone or box.empty or not bool(known.any()):
            return None
        wide = box.grown(self._beside).intersection(Window(0, 0, self._shot.width, self._shot.height))
        there = crop(known, wide)
        if not bool(there.any()):
            return None
        whole = tone(self._shot, number, wide, crop(scene, wide), there)
        return whole[(..., *box.slices(wide))].contiguous()

    @property
    def _beside(self) -> int:
        return max(LEAST_BESIDE, round(BESIDE * self._shot.width))

    def _carried(
        self, number: int, scene: torch.Tensor, known: torch.Tensor, bare: torch.Tensor, keys: Sequence[int]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """What key frames have for a frame.

        Args:
            number: the frame.
            scene: [3, H, W], its picture.
            known: [H, W] bool, where that is real.
            bare: [H, W] bool, where something is to be put.
            keys: the key frames, in the order in which they are asked.

        Returns:
            Light [3, H, W], and where [H, W] bool there is some.
        """
        out, found = torch.zeros_like(scene), torch.zeros_like(bare)
        if not bool(bare.any()) or not keys:
            return out, found
        shot, device = self._shot, self._shot.device
        wide = bare | (dilated(bare, self._beside) & known)
        box = hole_box(wide, 0)
        behind = Behind(shot, self._surfaces, self._ladder, number, wide)
        place = torch.full(wide.shape, -1, dtype=torch.long, device=device)
        place[wide] = torch.arange(int(wide.sum()), device=device)
        ring = place[wide & known & ~bare]
        own = self._tone(number, box, scene, known)
        for key in keys:
            left = place[bare & ~found]
            if left.numel() == 0:
                break
            at = behind.where(key, left)
            if not bool(_touches(dilated(shot.view(key).hole, SLIVER), at).any()):
                continue
            picture = self._picture(key)
            if picture.box.empty:
                continue
            at = at - at.new_tensor([[picture.box.x0], [picture.box.y0]])
            whole = picture.made | picture.real
            good = _touches(dilated(picture.made, SLIVER) & whole, at)
            if not bool(good.any()):
                continue
            taken = torch.zeros(place.shape, dtype=torch.bool, device=device)
            taken[bare & ~found] = good
            light = resample(picture.scene, at[:, good][:, None])[:, 0]
            if own is not None and picture.tone is not None:
                added = to_log(light) - resample(picture.tone, at[:, good][:, None])[:, 0]
                light = from_log(own[:, crop(taken, box)] + added)
            elif key != number:
                offset = self._offset(scene, behind, key, picture, ring, wide & known & ~bare, box)
                light = from_log(to_log(light) + offset[:, crop(taken, box)])
            out[:, taken] = light
            found |= taken
        return out, found

    def _offset(
        self,
        scene: torch.Tensor,
        behind: Behind,
        key: int,
        picture: Picture,
        ring: torch.Tensor,
        where: torch.Tensor,
        box: Window,
    ) -> torch.Tensor:
        """By how much log light of a frame differs from a key frame's picture, smoothly over a box: [3, h, w]."""
        offset = scene.new_zeros((3, box.height, box.width))
        if ring.numel() == 0:
            return offset
        at = behind.where(key, ring) - scene.new_tensor([[picture.box.x0], [picture.box.y0]])
        off = to_log(scene[:, where]) - to_log(resample(picture.scene, at[:, None])[:, 0])
        good = sees(picture.real, at[:, None])[0] & (off.abs().amax(0) < OTHER)
        told = torch.zeros_like(where)
        told[where] = good
        told = crop(told, box)
        if not bool(told.any()):
            return offset
        offset[:, told] = off[:, good]
        both = box_sum(torch.cat([offset, told[None].float()]), EVENED)
        return membrane(both[:3] / both[3:].clamp(min=1), told, torch.ones_like(told))


def _touches(mask: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
    """[N] bool: whether the pixel nearest to each position [2, N] is set in a mask [h, w]."""
    height, width = mask.shape
    x, y = (torch.nan_to_num(side, nan=-2.0, posinf=-2.0, neginf=-2.0).round().long() for side in at)
    inside = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    return inside & mask[y.clamp(0, height - 1), x.clamp(0, width - 1)]
