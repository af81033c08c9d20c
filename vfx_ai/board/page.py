"""The board as one HTML page that opens from disk and prints; every word of a script in it is escaped."""

from __future__ import annotations

import base64
from pathlib import Path

import cv2
import numpy as np

from vfx_ai.board import pictures
from vfx_ai.board.frames import clock
from vfx_ai.board.ids import Known
from vfx_ai.board.jobs import Storyboard
from vfx_ai.board.record import Entry, Panel
from vfx_ai.board.shots import Script
from vfx_ai.board.sources import LABELS
from vfx_ai.proof.pages import rendered

ACROSS = 720  # pixels of a picture in the page
_QUALITY = 86


def page_html(asked: Storyboard, script: Script, entries: list[Entry], kept: list[tuple[Known, Panel]]) -> str:
    """The page; the same for the same board. Panels lie in the board's folder."""
    folder = Path(asked.output)
    cards = []
    slug = None
    for one in entries:
        cards.append(
            {
                "id": one.id,
                "shot": one.shot,
                "heading": one.shot.slug if (one.shot.slug, one.shot.scene) != slug else "",
                "picture": small_jpeg(folder / one.panel.file),
                "held": f"{'about ' if one.shot.estimated else ''}{clock(one.shot.seconds)}",
                "panel": one.panel,
                "label": label_of(one.panel),
            }
        )
        slug = one.shot.slug, one.shot.scene
    values = {
        "script": script,
        "cards": cards,
        "kept": [(panel.file, known.text.replace("\n", " ").strip()[:200]) for known, panel in kept],
        "columns": asked.columns,
        "total": clock(sum(one.shot.seconds for one in entries)),
        "aspect": asked.aspect,
    }
    return rendered("vfx_ai.board", "page.html.j2", values, style=("vfx_ai.board", "page.css"))


def label_of(panel: Panel) -> str:
    """What is said beside a panel of where its picture is from."""
    label = LABELS.get(panel.source, panel.source)
    return f"{label}: {panel.title}" if panel.title else label


def small_jpeg(path: Path, across: int = ACROSS) -> str:
    """A panel's picture for a page, as base64."""
    return base64.b64encode(jpeg_bytes(path, across)[0]).decode()


def jpeg_bytes(path: Path, across: int) -> tuple[bytes, float]:
    """A panel's picture no wider than `across` pixels, as JPEG, and its width over its height.

    Raises:
        InputError: the picture can't be read.
    """
    pixels = pictures.load(path)
    if pixels.shape[1] > across:
        size = across, max(1, round(pixels.shape[0] * across / pixels.shape[1]))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))
    done, data = cv2.imencode(".jpg", np.ascontiguousarray(pixels[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return (data.tobytes() if done else b""), pixels.shape[1] / pixels.shape[0]
