"""What the tests of the file contract share: filling a hole of a file, and what must be kept of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR

from vfx_ai.media import plate
from vfx_ai.media.exr_intact import read_header
from vfx_ai.media.frame import Patch

# Follow from how pixels are laid out; everything else must be the same bytes.
LAYOUT = {"channels", "chunkCount", "compression"}
Planes = list[dict[str, np.ndarray]]


def planes_of(path: Path) -> Planes:
    file = OpenEXR.File(str(path), separate_channels=True)
    return [{name: channel.pixels for name, channel in part.channels.items()} for part in file.parts]


def bits(plane: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(plane).view(f"u{plane.dtype.itemsize}")


def fill(source: Path, target: Path, patch: Patch | None, layer: str = "RGB", **options: Any) -> tuple[str, ...]:
    info = plate.probe(source, 1001, layer)
    return plate.write(source, target, 1001, plate.pick_layer(info, layer), patch, **options)


def assert_kept(source: Path, target: Path, patch: Patch, layer: str = "RGB") -> None:
    """Every bit outside the hole, every other channel, every attribute, every type is as it was."""
    info = plate.probe(source, 1001, layer)
    chosen = plate.pick_layer(info, layer)
    old, new = read_header(source), read_header(target)
    assert len(old.parts) == len(new.parts)
    for before, after in zip(old.parts, new.parts, strict=True):
        kept = {name: a for name, a in before.attributes.items() if name not in LAYOUT}
        assert {name: a for name, a in after.attributes.items() if name not in LAYOUT} == kept
        assert [c for c in after.channels if not c.name.startswith("fill.")] == list(before.channels)
    for index, (before_planes, after_planes) in enumerate(zip(planes_of(source), planes_of(target), strict=True)):
        window = old.parts[index].data_window
        hole = np.zeros((window.height, window.width), bool)
        inside = patch.window.intersection(window)
        if index == chosen.part and not inside.empty:
            hole[inside.slices(window)] = patch.hole[inside.slices(patch.window)]
            assert hole.any()
        for name, plane in before_planes.items():
            same = bits(plane) == bits(after_planes[name])
            assert same[~hole].all(), f"{name} of part {index} changed outside the hole"
            if name not in chosen.channels or index != chosen.part:
                assert same.all(), f"{name} of part {index} changed"
            else:
                assert np.allclose(after_planes[name][hole].astype(np.float32), 7.25)


def multi_part(make_exr: Callable, half_noise: Callable, path: Path) -> Path:
    ids = np.random.default_rng(4).integers(0, 2**32, (20, 16), dtype=np.uint32)
    return make_exr(
        path,
        parts=[
            (
                {"name": "rgba_right", "view": "right", "window": (3, 4), "display": (64, 48)},
                half_noise("RGBA", 20, 30),
            ),
            ({"name": "ids", "window": (9, 9), "display": (64, 48)}, {"id": ids}),
            (
                {"name": "rgba_left", "view": "left", "window": (5, 4), "display": (64, 48)},
                {**half_noise("RGB", 20, 30, 7), **half_noise(["diffuse.R", "diffuse.G", "diffuse.B"], 20, 30, 8)},
            ),
        ],
    )
