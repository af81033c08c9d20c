"""Whether an EXR file can keep what its header promises, found out before any pixel is touched."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import BinaryIO

import numpy as np
import psutil

from vfx_ai.errors import InputError, ResourceError
from vfx_ai.media.exr_header import COMPRESSIONS, MULTI_PART, DamagedError, Header, Part, parse_header

# Tiny pictures are cheap to try, whatever they promise.
_NEVER_TOO_MUCH = 16 << 20
_MOST_CHUNKS = 1 << 24  # tiles of 1 x 1 pixel in a picture of 4096 x 4096


def read_header(path: Path, frame: int | None = None) -> Header:
    """The header of an EXR file.

    Raises:
        InputError: the file can't be read, is damaged, or was cut off.
        ResourceError: it promises more pixels than the machine has memory for.
    """
    try:
        with path.open("rb") as file:
            header = parse_header(file, path)
            _check_chunks(file, header)
    except OSError as error:
        raise InputError(
            f"the file can't be read: {error.strerror}", file=path, frame=frame, remedy="Check the path."
        ) from None
    except (DamagedError, struct.error) as error:
        raise damaged(path, frame, str(error)) from None
    _check_memory(header, frame)
    return header


def damaged(path: Path, frame: int | None, why: str) -> InputError:
    """The error for a file that is broken."""
    return InputError(f"the EXR file is damaged: {why}", file=path, frame=frame, remedy="Render or copy it again.")


def _check_chunks(file: BinaryIO, header: Header) -> None:
    """Finds files that were cut off, never finished, or can't hold what their headers promise."""
    size, count = os.fstat(file.fileno()).st_size, sum(part.chunks for part in header.parts)
    shrink = {name: most for name, _, most in COMPRESSIONS}
    flat = [part for part in header.parts if not part.deep]
    holds = sum(part.promised / shrink[part.compression] for part in flat)
    if sum(part.promised for part in flat) > _NEVER_TOO_MUCH and holds > size:
        raise DamagedError("its header promises more pixels than the file can hold")
    if any(part.deep or part.levels not in ("", "one") for part in header.parts):
        return
    if count < 1 or 8 * count > size - header.table:
        raise DamagedError("it ends within the chunk table")
    if count > _MOST_CHUNKS:
        raise DamagedError(f"it has {count:,} chunks")
    offsets = np.frombuffer(file.read(8 * count), "<u8")
    unwritten = count - int(np.count_nonzero(offsets))
    if unwritten:
        raise DamagedError(f"{unwritten} of its {count} chunks were never written")
    last = int(offsets.max())
    if int(offsets.min()) < header.table + 8 * count or last > size - 8:
        raise DamagedError("it was cut off, or its chunk table makes no sense")
    file.seek(last)
    lead = (4 if header.version & MULTI_PART else 0) + 4
    part = _part_of_chunk(header, int(offsets.argmax()))
    lead += 12 if part.tile != (0, 0) else 0
    leader = file.read(lead + 4)
    if len(leader) < lead + 4 or last + lead + 4 + struct.unpack_from("<I", leader, lead)[0] > size:
        raise DamagedError("it was cut off: the last chunk is not whole")


def _part_of_chunk(header: Header, index: int) -> Part:
    for part in header.parts:
        if index < part.chunks:
            return part
        index -= part.chunks
    return header.parts[-1]


def _check_memory(header: Header, frame: int | None) -> None:
    promised, available = sum(part.promised for part in header.parts), psutil.virtual_memory().available
    if promised > available:
        raise ResourceError(
            f"the header promises {promised / 2**30:.1f} GiB of pixels, {available / 2**30:.1f} GiB of memory are free",
            file=header.path,
            frame=frame,
            remedy="Check the file, or use a machine with more memory.",
        )
