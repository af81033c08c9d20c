"""Words in pictures, by OpenImageIO and the fonts that it brings along, which have the letters of Western Europe."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import OpenImageIO

from vfx_ai.media.frame import ByteArray

REGULAR, BOLD = "DroidSans", "DroidSans-Bold"
_ELLIPSIS = "…"


def font_file(name: str = REGULAR) -> Path | None:
    """Where the font lies; None: this OpenImageIO brought none."""
    listed = OpenImageIO.get_string_attribute("font_file_list").split(";")
    return next((Path(one) for one in listed if Path(one).stem == name and Path(one).suffix == ".ttf"), None)


def write_words(
    pixels: ByteArray,
    words: str,
    at: tuple[int, int],
    size: int,
    color: tuple[int, int, int] = (30, 30, 30),
    *,
    font: str = REGULAR,
    align: str = "left",
    shadow: int = 0,
) -> ByteArray:
    """The picture [H, W, 3] uint8 with words on it; where there is no font, the picture as it was.

    Args:
        pixels: isn't changed.
        words: one line.
        at: x and y of its baseline; x is its left end, its middle or its right end by `align`.
        size: height of its letters, in pixels.
        color: RGB, 0..255.
        font: REGULAR, BOLD, or a font's file.
        align: "left", "center", "right".
        shadow: pixels of dark around the letters.
    """
    buffer = OpenImageIO.ImageBuf(np.ascontiguousarray(pixels))
    tint = tuple(value / 255 for value in color)
    done = OpenImageIO.ImageBufAlgo.render_text(
        buffer, at[0], at[1], words, fontsize=size, fontname=font, textcolor=tint, alignx=align, shadow=shadow
    )
    return np.asarray(buffer.get_pixels("uint8")).reshape(pixels.shape) if done else pixels


def width_of(words: str, size: int, font: str = REGULAR) -> int:
    """How many pixels across a line is."""
    region = OpenImageIO.ImageBufAlgo.text_size(words, fontsize=size, fontname=font)
    return max(0, region.xend - region.xbegin) if region.defined else len(words) * size // 2


def wrapped(words: str, size: int, width: int, most: int, font: str = REGULAR) -> Sequence[str]:
    """The words in lines no wider than `width` pixels; what doesn't fit into `most` lines ends in an ellipsis."""
    lines, line = [], ""
    for word in words.split():
        tried = f"{line} {word}".strip()
        if width_of(tried, size, font) <= width:
            line = tried
            continue
        if line:
            lines.append(line)
        line = word
        if len(lines) > most:
            break
    lines.append(line)
    lines = [_cut(one, size, width, font) for one in lines if one]
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], _cut(f"{lines[most - 1]} {_ELLIPSIS * 2}", size, width, font, always=True)]


def _cut(line: str, size: int, width: int, font: str, *, always: bool = False) -> str:
    """The line, shortened to fit; a word of a million letters isn't measured as a whole."""
    short = line[: max(1, width)].rstrip(_ELLIPSIS).rstrip()
    if not always and len(short) == len(line) and width_of(short, size, font) <= width:
        return line
    while short and width_of(short + _ELLIPSIS, size, font) > width:
        short = short[: -max(1, len(short) // 20)]
    return short + _ELLIPSIS
