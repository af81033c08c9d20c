"""The report on a made plate: a page with a strip of pictures and its figures, and the same as JSON."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vfx_ai.media.color_view import Viewer
from vfx_ai.media.frame import ByteArray, FloatArray
from vfx_ai.proof.pages import rendered
from vfx_ai.proof.pictures import picture_for_the_eye, small_size, write_atomically

SCHEMA = 1
QUALITY = 88


@dataclass(frozen=True)
class Picture:
    """A picture of the page: [h, w, 3] uint8 RGB, and what it shows."""

    pixels: ByteArray
    words: str


@dataclass(frozen=True)
class PlatePage:
    """What a page tells.

    Attributes:
        title: what was made.
        output: the pattern of its files.
        warnings: what to act on; none: it can be used.
        figures: names and values, the most important first.
        notes: what is good to know.
        pictures: in order.
        record: what the JSON holds.
    """

    title: str
    output: str
    warnings: tuple[str, ...]
    figures: tuple[tuple[str, str], ...]
    notes: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    record: dict[str, Any] = field(default_factory=dict)


def write_page(page: PlatePage, folder: Path) -> tuple[Path, Path]:
    """Write `folder/report.html` and `folder/report.json`, each atomically, and give their paths.

    Raises:
        OutputError: a file can't be written.
    """
    html, data = folder / "report.html", folder / "report.json"
    write_atomically(data, (json.dumps(_finite({"schema": SCHEMA, **page.record}), indent=1) + "\n").encode())
    write_atomically(html, page_html(page).encode("utf-8", "replace"))
    return html, data


def page_html(page: PlatePage) -> str:
    """The page; every word of it that comes from a file or a user is escaped."""
    pictures = [(f"data:image/jpeg;base64,{_encoded(one.pixels)}", one.words) for one in page.pictures]
    return rendered("vfx_ai.proof", "plate_page.html.j2", {"page": page, "pictures": pictures})


def shown(scene: FloatArray, viewer: Viewer) -> ByteArray:
    """A small picture for the eye, [h, w, 3] uint8, of scene-linear [H, W, 3]."""
    return picture_for_the_eye(scene, small_size(scene.shape[1], scene.shape[0]), viewer)


def side_by_side(pictures: Sequence[ByteArray], gap: int = 4) -> ByteArray:
    """Pictures of one height in a row."""
    between = np.full((pictures[0].shape[0], gap, 3), 128, np.uint8)
    parts = [part for one in pictures for part in (one, between)][:-1]
    return np.concatenate(parts, 1)


def _encoded(pixels: ByteArray) -> str:
    done, data = cv2.imencode(".jpg", np.ascontiguousarray(pixels[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return base64.b64encode(data.tobytes()).decode() if done else ""


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
