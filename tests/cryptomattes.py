"""Cryptomattes for tests, written by the specification alone: nothing here is the program's own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

# As the specification and the sample pictures of its makers have them.
IDS = {
    "bunny": 0x13851A76,
    "default": 0x42C9679F,
    "torus": 0xF19C73FD,
    "равнина": 0x9623511E,
    "name, with, comma": 0x62FA4DB8,
    'name containing a "quote"  ': 0xAF8BFA09,
    "has_*_asterisk": 0x5DEF0D04,
    "has_n_asterisk": 0x976D3582,
    "Rect_[]_right": 0x5DD125B2,
}


def planes(
    covered: Mapping[str, np.ndarray], layer: str = "CryptoObject", *, letters: str = "RGBA", pictures: int = 2
) -> dict[str, np.ndarray]:
    """Channels that say how much of each pixel [H, W] each name covers; an id alone is written as eight digits."""
    names = list(covered)
    shares = np.stack([np.asarray(covered[name], np.float32) for name in names])
    ids = np.array([IDS.get(name) or int(name, 16) for name in names], np.uint32).view(np.float32)
    order = np.argsort(-shares, axis=0, kind="stable")
    found = {}
    for rank in range(2 * pictures):
        share = np.zeros(shares.shape[1:], np.float32)
        number = np.zeros(shares.shape[1:], np.float32)
        if rank < len(names):
            share = np.take_along_axis(shares, order[rank][None], 0)[0]
            number = np.where(share > 0, ids[order[rank]], np.float32(0))
        first, second = letters[:2] if rank % 2 == 0 else letters[2:]
        found[f"{layer}{rank // 2:02d}.{first}"] = number
        found[f"{layer}{rank // 2:02d}.{second}"] = share
    return found


def told(
    layer: str = "CryptoObject", names: Mapping[str, int] | None = IDS, key: str = "1a2b3c4", **more: str
) -> dict[str, Any]:
    """The attributes that tell of a cryptomatte, with the manifest in the header unless `names` is None."""
    about = {"name": layer, "hash": "MurmurHash3_32", "conversion": "uint32_to_float32"}
    if names is not None:
        about["manifest"] = json.dumps({name: f"{number:08x}" for name, number in names.items()})
    return {f"cryptomatte/{key}/{name}": value for name, value in {**about, **more}.items()}


def in_half(channels: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The same channels as a compositor writes them that was told to write half."""
    with np.errstate(over="ignore"):
        return {name: plane.astype(np.float16) for name, plane in channels.items()}


def halves(height: int = 6, width: int = 8) -> dict[str, np.ndarray]:
    """Three things: bunny on the left, torus on the right, default a strip below both; edges are shared."""
    bunny, torus, floor = (np.zeros((height, width), np.float32) for _ in range(3))
    bunny[:-1, : width // 2] = 1
    torus[:-1, width // 2 :] = 1
    bunny[:-1, width // 2], torus[:-1, width // 2] = 0.25, 0.75
    floor[-1], bunny[-1, :2] = 1, 0
    floor[-2], bunny[-2], torus[-2] = 0.5, bunny[-2] / 2, torus[-2] / 2
    return {"bunny": bunny, "torus": torus, "default": floor}
