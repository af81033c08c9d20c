"""An EXR file with a larger data window: the same pixels, zeros around them, and everything else as it was."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import OpenEXR

from vfx_ai.media.exr_intact import read_header
from vfx_ai.media.exr_layers import refuse_unsupported
from vfx_ai.media.exr_load import load
from vfx_ai.media.exr_splice import with_windows
from vfx_ai.media.exr_write import save, settle_compression
from vfx_ai.media.frame import Window


def pad(source: Path, target: Path, frame: int, part: int, window: Window) -> tuple[str, ...]:
    """Writes `source` to `target` with a larger data window; whatever fails, what was at `target` stays.

    Args:
        source, target: the files.
        frame: for messages.
        part: whose data window grows; parts with the same window grow with it, others stay.
        window: what it grows to; it holds the part's own.

    Returns:
        What a reader must know, as sentences.

    Raises:
        InputError, UnsupportedFileError: the source can't be read, or not written again.
        OutputError: the target can't be written.
    """
    header = read_header(source, frame)
    refuse_unsupported(header, source, frame, rewritten=True)
    file, own = load(source, header, frame), header.parts[part].data_window
    grown = [one.index for one in header.parts if one.data_window == own]
    inside = own.slices(window)
    for index in grown:
        pixels = file.parts[index]
        for name, channel in list(pixels.channels.items()):
            larger = np.zeros((window.height, window.width), channel.pixels.dtype)
            larger[inside] = channel.pixels
            pixels.channels[name] = OpenEXR.Channel(name, larger)
        pixels.header["dataWindow"] = window.corners
    notes = settle_compression(file, header, keep=False)
    save(file, with_windows(header, data=dict.fromkeys(grown, window)), target, frame)
    left = [one.name or str(one.index) for one in header.parts if one.index not in grown]
    if left:
        notes.append(f"Parts with a data window of their own stay as they are: {', '.join(left)}.")
    return tuple(notes)
