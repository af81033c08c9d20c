"""Panels as files: PNGs that say themselves whether somebody has drawn in them since they were made."""

from __future__ import annotations

import hashlib
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from vfx_ai.board.pictures import ENDINGS
from vfx_ai.errors import InputError, OutputError
from vfx_ai.media.atomic import replacing
from vfx_ai.media.frame import ByteArray
from vfx_ai.media.hashing import hash_file

_KEYWORD = b"vfx-ai panel"
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER_END = len(_SIGNATURE) + 25  # of the first chunk, which is always IHDR
_PNG_LEVEL = 6
_LARGEST = 64 << 20  # bytes; more than a panel of ours can have


@dataclass(frozen=True)
class Still:
    """A panel's file as it was found.

    Attributes:
        path: where it lies.
        sha256: of its bytes.
        by_hand: somebody drew or put it there; it is not as the program made it.
    """

    path: Path
    sha256: str
    by_hand: bool


def encoded(pixels: ByteArray) -> bytes:
    """The PNG of [H, W, 3] uint8, marked with its pixels' own hash; the same bytes for the same pixels.

    Raises:
        OutputError: it can't be encoded.
    """
    done, data = cv2.imencode(
        ".png", np.ascontiguousarray(pixels[..., ::-1]), [cv2.IMWRITE_PNG_COMPRESSION, _PNG_LEVEL]
    )
    if not done:
        raise OutputError("a panel can't be encoded")
    whole = data.tobytes()
    body = b"tEXt" + _KEYWORD + b"\0" + _hash(pixels).encode()
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return whole[:_HEADER_END] + chunk + whole[_HEADER_END:]


def write(path: Path, data: bytes) -> str:
    """Write a file whole or not at all, and give its hash.

    Raises:
        OutputError: it can't be written.
    """
    with replacing(path) as beside:
        beside.write_bytes(data)
    return hashlib.sha256(data).hexdigest()


def found_in(folder: Path, recorded: dict[str, str]) -> dict[str, Still]:
    """The panels that lie in a folder, by their ids; of several with one name, that which was not made here.

    Args:
        folder: need not be there.
        recorded: hashes of the files that the program wrote and nobody has touched, by ids.

    Raises:
        InputError: a panel can't be read.
    """
    stills: dict[str, Still] = {}
    entries = sorted(folder.iterdir()) if folder.is_dir() else []
    for path in entries:
        if path.suffix.lower() not in ENDINGS or path.name.startswith(".") or not path.is_file():
            continue
        digest = hash_file(path).sha256
        ours = path.suffix == ".png" and (recorded.get(path.stem) == digest or _untouched(path))
        known = stills.get(path.stem)
        if known is None or not known.by_hand:
            stills[path.stem] = Still(path, digest, not ours)
    return stills


def _untouched(path: Path) -> bool:
    """Whether a PNG bears our mark, and the mark is that of its pixels; of one that is larger than ours, it isn't."""
    start = _HEADER_END + 8
    end = start + len(_KEYWORD) + 65
    try:
        with path.open("rb") as file:
            data = file.read(end)
            if not data.startswith(_SIGNATURE) or data[start : start + len(_KEYWORD)] != _KEYWORD:
                return False
            data += file.read(_LARGEST - end)
            if file.read(1):
                return False
    except OSError as error:
        raise InputError(f"the panel can't be read: {error.strerror or error}", file=path) from None
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    return pixels is not None and _hash(np.asarray(pixels)[..., ::-1]).encode() == data[end - 64 : end]


def _hash(pixels: ByteArray) -> str:
    return hashlib.sha256(repr(pixels.shape).encode() + np.ascontiguousarray(pixels).tobytes()).hexdigest()
