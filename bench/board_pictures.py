"""Makes the pictures of docs/storyboards.md: a board of its scene, with the sample shot as the studio's footage.

    python bench/board_pictures.py [FOLDER]

writes docs/images/board-*.png; the whole board lies in FOLDER (out/board) for whoever wants to look at it. With
Chromium it photographs the page as well.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np

import vfx_ai

ROOT = Path(__file__).resolve().parents[1]
SCENE = ROOT / "docs" / "storyboard" / "handbag.fountain"
IMAGES = ROOT / "docs" / "images"
RIGHTS = """version: 1
owner: the vfx-ai project
uses: [reference]
territory: world
until: unlimited
people: none
signed_off: {by: the vfx-ai project, on: 2026-11-26}
"""
ACROSS, GAP = 400, 10
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def main(folder: Path) -> None:
    """Make the board, and pictures of it."""
    with tempfile.TemporaryDirectory() as room:
        library = Path(room) / "library"
        rights = Path(room) / "rights.yaml"
        rights.write_text(RIGHTS, encoding="utf-8")
        shot = ROOT / "samples" / "courtyard" / "plate.####.exr"
        vfx_ai.catalogue_add(library, shot, title="Courtyard", rights=rights, tags=["courtyard", "dusk", "lamps"])
        board = vfx_ai.storyboard(SCENE, folder, catalogue=library, aspect="1.85", sketch=True)
    for words in (*board.warnings, *board.notes):
        print(words)
    print(f"{len(board.shots)} shots, {board.seconds:g} s, {len(board.drawn)} drawn: {board.page}")
    panels = [cv2.imread(shot.panel) for shot in board.shots]
    small = [cv2.resize(one, (ACROSS, round(ACROSS / 1.85)), interpolation=cv2.INTER_AREA) for one in panels]
    save("board-panels.png", grid([small[index] for index in (0, 1, 2, 4, 5, 8)], 3))
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        print("no Chromium: no picture of the page")
        return
    with tempfile.TemporaryDirectory() as room:
        taken = Path(room) / "page.png"
        line = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1300,1250"]
        page = Path(board.page).resolve().as_uri()
        subprocess.run([browser, *line, f"--screenshot={taken}", page], check=True, capture_output=True)
        whole = cv2.imread(str(taken))
    size = 900, round(whole.shape[0] * 900 / whole.shape[1])
    save("board-page.png", cv2.resize(whole, size, interpolation=cv2.INTER_AREA))


def grid(pictures: list[np.ndarray], columns: int) -> np.ndarray:
    """Pictures of one size in rows, with white between them."""
    high, wide = pictures[0].shape[:2]
    rows = -(-len(pictures) // columns)
    out = np.full((rows * (high + GAP) - GAP, columns * (wide + GAP) - GAP, 3), 255, np.uint8)
    for index, one in enumerate(pictures):
        top, left = (index // columns) * (high + GAP), (index % columns) * (wide + GAP)
        out[top : top + high, left : left + wide] = one
    return out


def save(name: str, pixels: np.ndarray) -> None:
    """Write a picture of the docs, in so few greys that it stays small."""
    few = (np.round(pixels / 255 * 51) * 5).astype(np.uint8)
    cv2.imwrite(str(IMAGES / name), few, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    print(f"docs/images/{name}: {(IMAGES / name).stat().st_size // 1024} kB")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "out" / "board")
