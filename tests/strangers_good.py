"""Small good files of every kind that strangers send, to be changed: made here, from bytes or by the libraries."""

from __future__ import annotations

import json
import struct
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import cryptomattes
import numpy as np
import OpenEXR
import OpenImageIO
from exr_files import write_exr

SIZE = (19, 23)  # height, width: more than one chunk of most compressions, and no round numbers


def light(height: int = SIZE[0], width: int = SIZE[1]) -> np.ndarray:
    """A slope with a little noise: it is compressed, and not to nothing."""
    rng = np.random.default_rng(3)
    return (np.add.outer(np.arange(height), np.arange(width)) / 40 + rng.normal(0, 0.01, (height, width))).astype("f4")


def _made(name: str, write: Callable[[Path], Any]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write(path)
        return path.read_bytes()


@cache
def good_exrs() -> tuple[bytes, ...]:
    """One of each compression, and those of several parts, of tiles, of uint, of a window off the origin."""
    half = {name: light().astype(np.float16) for name in "ABGR"}
    mixed = {**half, "Z": light(), "id": np.arange(light().size, dtype=np.uint32).reshape(light().shape)}
    found = []
    for name in ("NO", "RLE", "ZIPS", "ZIP", "PIZ", "PXR24", "B44", "B44A", "DWAA", "DWAB", "HTJ2K256"):
        kind = getattr(OpenEXR, f"{name}_COMPRESSION", None)
        if kind is not None:
            planes = half if name.startswith(("B44", "DWA", "HTJ2K")) else mixed
            found.append(_made("a.exr", lambda path, p=planes, k=kind: write_exr(path, dict(p), compression=k)))
    tiles = OpenEXR.TileDescription()
    tiles.xSize, tiles.ySize, tiles.mode = 8, 8, OpenEXR.LevelMode.ONE_LEVEL
    found.append(_made("a.exr", lambda path: write_exr(path, dict(half), type=OpenEXR.tiledimage, tiles=tiles)))
    found.append(_made("a.exr", lambda path: write_exr(path, dict(half), window=(-3, 5), display=(30, 30))))
    parts = [({"name": name}, dict(half)) for name in ("left", "right")]
    found.append(_made("a.exr", lambda path: write_exr(path, parts=parts)))
    return tuple(found)


@cache
def good_crypto() -> bytes:
    """A cryptomatte with its names in the header."""
    planes = {**{name: light(6, 8) for name in "RGB"}, **cryptomattes.planes(cryptomattes.halves())}
    return _made("a.exr", lambda path: write_exr(path, planes, **cryptomattes.told()))


@cache
def good_pictures(suffix: str) -> tuple[bytes, ...]:
    """What OpenImageIO writes with that ending, 8 and 16 bits or float, of one, three and four channels."""
    found = []
    for kind in ("uint8", "uint16", "float"):
        for channels in (1, 3, 4):
            for extra in ({}, {"compression": "lzw"}, {"compression": "zip", "tiles": True}):
                if extra and suffix not in (".tif", ".tga", ".iff"):
                    continue
                data = _picture(suffix, kind, channels, extra)
                if data and data not in found:
                    found.append(data)
    return tuple(found)


def _picture(suffix: str, kind: str, channels: int, extra: dict[str, Any]) -> bytes:
    height, width = (32, 32) if suffix == ".jp2" else SIZE  # OpenImageIO writes no smaller JPEG 2000 that can be read
    spec = OpenImageIO.ImageSpec(width, height, channels, kind)
    for name, value in extra.items():
        if name == "tiles":
            spec.tile_width = spec.tile_height = 16
        else:
            spec.attribute(name, value)
    if suffix == ".dpx" and kind == "uint16" and channels == 3:
        spec.attribute("oiio:BitsPerSample", 10)
    pixels = np.repeat(light(height, width)[..., None], channels, 2)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a{suffix}"
        writer = OpenImageIO.ImageOutput.create(str(path))
        if not writer or not writer.open(str(path), spec) or not writer.write_image(pixels) or not writer.close():
            OpenImageIO.geterror()
            return b""
        return path.read_bytes()


def good_cineon() -> bytes:
    """A Cineon file of ten bits, by the format's own description (SMPTE/Kodak 4.5)."""
    height, width = SIZE
    head = struct.pack(">4sIIIII8s100s12s12s36s", b"\x80\x2a\x5f\xd7", 2048, 1024, 1024, 0, 2048 + 4 * height * width,
                       b"V4.5", b"a.cin", b"", b"", b"")  # fmt: skip
    image = struct.pack(">BBH", 0, 3, 0)
    for number in (1, 2, 3):
        image += struct.pack(">BBBBIIffff", 0, number, 10, 0, width, height, 0, 0, 1023, 2.048)
    image = image.ljust(488, b"\0") + struct.pack(">BBBBII", 0, 5, 0, 0, 0, 0)
    return (head + image).ljust(2048, b"\0") + bytes(4 * height * width)


def good_psd() -> bytes:
    """A Photoshop file of one flat picture of 8 bits, without layers."""
    height, width = SIZE
    head = struct.pack(">4sH6sHIIHH", b"8BPS", 1, b"", 3, height, width, 8, 3) + bytes(12)
    return head + struct.pack(">H", 0) + bytes(range(height * width % 256)) + bytes(3 * height * width)


CAMERAS = {
    ".chan": b"1001 0 0 5 1 2 3 40\n1002 0.5 0 5 1 2 3 40\n1003 1 0 5 1 2 3 40\n1004 1.5 0 5 1 2 3 40\n",
    ".json": json.dumps(
        {
            "format": "vfx-ai camera",
            "schema": 1,
            "display_window": [0, 0, 64, 36],
            "frames": {
                str(n): {"camera_to_world": np.eye(4).tolist(), "focal": [80.0, 80.0], "center": [31.5, 17.5]}
                for n in range(1001, 1005)
            },
            "points": [[0, 0, -5], [1, 0, -5]],
        }
    ).encode(),
    ".usda": b"""#usda 1.0
(
    startTimeCode = 1001
    endTimeCode = 1004
)
def Xform "world"
{
    def Camera "camera"
    {
        float focalLength = 30
        float horizontalAperture.timeSamples = { 1001: 36, 1004: 36 }
        matrix4d xformOp:transform.timeSamples = {
            1001: ((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)),
            1004: ((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (3, 0, 0, 1)),
        }
        uniform token[] xformOpOrder = ["xformOp:transform"]
    }
}
""",
}

JOB = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "run",
    "params": {
        "kind": "inpaint",
        "job": {"schema": 1, "plate": "p.####.exr", "matte": "m.####.exr", "output": "out/c.####.exr", "detail": 0.5},
    },
}
