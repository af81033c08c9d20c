"""Own texture over a large hole: what is plain isn't tiled, and what repeats itself still does."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from rendered import load_rgb, save, write_rgb

import vfx_ai
from vfx_ai.fill.shiftmap import CHOICE, _candidates, _lands

HEIGHT, WIDTH = 120, 200
Y, X = np.mgrid[:HEIGHT, :WIDTH]
LEAST = 8  # pixels: nearer than that any texture is like itself
SHARED = 0.15  # of the hole that two places of it must have in common


def plain(seed: int) -> np.ndarray:
    """Fine texture of half a stop."""
    noise = cv2.GaussianBlur(np.random.default_rng(seed).standard_normal((HEIGHT, WIDTH, 3)), (0, 0), 0.8)
    return np.asarray(0.2 * 2.0 ** (0.5 * noise / noise.std()))


def facade() -> np.ndarray:
    """Dark windows in a wall."""
    dark = (X % 20 > 8) & (Y % 24 > 9)
    return np.asarray(np.where(dark, 0.05, 0.35)[..., None] * plain(1) ** 0.1)


def within(rim: int) -> tuple[slice, slice]:
    return slice(rim, HEIGHT - rim), slice(rim, WIDTH - rim)


def filled(folder: Path, picture: np.ndarray, hole: tuple[slice, slice]) -> np.ndarray:
    plate, matte = picture.astype(np.float32), np.zeros((HEIGHT, WIDTH), np.float32)
    plate[hole], matte[hole] = 3, 1
    files = [str(folder / f"{name}.1001.exr") for name in ("plate", "matte", "clean")]
    write_rgb(Path(files[0]), plate, (0, 0), (WIDTH, HEIGHT))
    save(Path(files[1]), {"A": matte})
    vfx_ai.inpaint(*files, engine="patch", grain="none", detail=1.0)
    return load_rgb(Path(files[2]))


def most_alike(picture: np.ndarray, hole: tuple[slice, slice]) -> float:
    """The greatest correlation of a hole's light with itself at a distance: 1 is a tiling."""
    light = np.log2(picture)
    light = np.moveaxis((light - cv2.GaussianBlur(light, (0, 0), 12))[hole], -1, 0)
    tall, wide = light.shape[1:]
    size = (2 * tall, 2 * wide)
    spectrum = np.fft.rfft2(light, size)
    square, there = (np.fft.rfft2(part, size) for part in ((light**2).sum(0), np.ones((tall, wide))))
    both = np.fft.irfft2((np.abs(spectrum) ** 2).sum(0), size)
    own, theirs = (np.fft.irfft2(a.conj() * b, size) for a, b in ((square, there), (there, square)))
    shared = np.fft.irfft2(np.abs(there) ** 2, size)
    y, x = (np.minimum(np.arange(side), side - np.arange(side)) for side in size)
    counts = (np.maximum(y[:, None], x[None]) >= LEAST) & (shared > SHARED * tall * wide)
    return float((both / np.sqrt(np.maximum(own * theirs, 1e-9)))[counts].max())


@pytest.mark.parametrize("rim", [10, 24])
def test_a_plain_texture_over_a_large_hole_is_not_tiled(tmp_path: Path, rim: int) -> None:
    truth, hole = plain(3), within(rim)
    made = filled(tmp_path, truth, hole)
    assert np.log2(made[hole]).std() > 0.5 * np.log2(truth[hole]).std()  # there is texture
    assert most_alike(made, hole) < most_alike(truth, hole) + 0.12


def test_a_facade_over_a_large_hole_still_repeats_itself(tmp_path: Path) -> None:
    hole = within(34)
    assert most_alike(filled(tmp_path, facade(), hole), hole) > 0.9


def test_where_little_is_known_each_place_still_has_several_to_take_from() -> None:
    hole = torch.zeros((40, 66), dtype=torch.bool)
    hole[3:-3, 3:-3] = True
    looks, kinds = torch.rand((4, 40, 66), generator=torch.Generator().manual_seed(1)), torch.zeros_like(hole).long()
    shifts = _candidates(looks, hole, ~hole, kinds)
    choices = sum(_lands(~hole, kinds, shift).int() for shift in shifts)[hole]
    assert (choices > 0).all() and (choices >= CHOICE).float().mean() > 0.75
