"""The board as PDF pages: rows of panels, each with its words below; too many words go on with the next page."""

from __future__ import annotations

import hashlib
import io
import struct
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vfx_ai.board import extras, lettering, page
from vfx_ai.board.frames import clock
from vfx_ai.board.jobs import Storyboard
from vfx_ai.board.record import Entry
from vfx_ai.board.shots import Script
from vfx_ai.errors import InputError

# Points of the paper, on its side; 72 are an inch.
PAPERS = {"a4": (841.89, 595.28), "letter": (792.0, 612.0)}
MARGIN, GAP, HEAD, FOOT = 30.0, 14.0, 24.0, 14.0
PICTURE_DOTS = 2.6  # pixels a point: about 190 an inch
REGULAR, BOLD = "board", "board-bold"
_STANDARD = {REGULAR: "Helvetica", BOLD: "Helvetica-Bold"}
_TOLD_LETTERS = 12


@dataclass(frozen=True)
class _Line:
    words: str
    font: str = REGULAR
    size: float = 8.0
    color: tuple[float, float, float] = (0.11, 0.11, 0.12)
    right: str = ""  # at the column's other end


_SOFT, _ORDER, _ALARM = (0.45, 0.45, 0.47), (0.52, 0.26, 0.06), (0.63, 0.15, 0.05)


def pdf_bytes(asked: Storyboard, script: Script, entries: list[Entry]) -> tuple[bytes, list[str]]:
    """The pages, and what is to be known of them, in sentences; the same bytes for the same board.

    Raises:
        VfxAiError: reportlab isn't installed.
        InputError: a panel can't be read.
    """
    extras.needed(extras.PDF)
    from reportlab.pdfgen.canvas import Canvas

    fonts, missing = _fonts(script, entries, asked.font)
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=PAPERS[asked.pages or "a4"], invariant=1, pageCompression=1)
    canvas.setTitle(script.title)
    canvas.setAuthor(script.author)
    canvas.setCreator("vfx-ai")
    _Pages(canvas, asked, script, fonts).rows(entries)
    canvas.save()
    notes = []
    if missing:
        some = "".join(sorted(missing)[:_TOLD_LETTERS])
        notes.append(f"The font lacks {len(missing)} of the script's letters ({some}): give another by --font.")
    return out.getvalue(), notes


def _fonts(script: Script, entries: list[Entry], given: str) -> tuple[dict[str, str], set[str]]:
    """Fonts by what they are for, and the letters that they lack.

    Raises:
        InputError: the font that was given can't be used.
    """
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFError, TTFont

    letters = set("".join([script.title, script.author, *(one.shot.text for one in entries)])) - set("\n\t ")
    fonts, known = dict(_STANDARD), set(map(chr, range(32, 127)))
    for name, file in ((REGULAR, lettering.REGULAR), (BOLD, lettering.BOLD)):
        path = Path(given) if given else lettering.font_file(file)
        if path is None:
            continue
        # The package keeps fonts by their names for as long as the process lives.
        unlike = f"{name}-{hashlib.sha256(str(path.absolute()).encode('utf-8', 'replace')).hexdigest()[:12]}"
        try:
            font = TTFont(unlike, str(path))
        except (TTFError, OSError, struct.error) as error:
            raise InputError(f"the font can't be used: {error}", file=path, remedy="Give a .ttf.") from None
        pdfmetrics.registerFont(font)
        fonts[name] = unlike
        if name == REGULAR:
            known = {chr(code) for code in font.face.charToGlyph}
    return fonts, letters - known


class _Pages:
    """Draws from top to bottom, page after page."""

    def __init__(self, canvas: Any, asked: Storyboard, script: Script, fonts: dict[str, str]) -> None:
        self._canvas, self._asked, self._script, self._fonts = canvas, asked, script, fonts
        self._width, self._height = PAPERS[asked.pages or "a4"]
        self._column = (self._width - 2 * MARGIN - GAP * (asked.columns - 1)) / asked.columns
        self._page, self._y = 0, 0.0

    def rows(self, entries: list[Entry]) -> None:
        """All of it: a row ends where its columns do, and where the scene does."""
        self._turn(entries)
        row: list[Entry] = []
        for one in entries:
            new_scene = row and (row[-1].shot.slug, row[-1].shot.scene) != (one.shot.slug, one.shot.scene)
            if len(row) == self._asked.columns or new_scene:
                self._row(row, entries)
                row = []
            row.append(one)
        self._row(row, entries)
        self._canvas.showPage()

    def _turn(self, entries: list[Entry]) -> None:
        """The next page, with its head and its number."""
        if self._page:
            self._canvas.showPage()
        self._page += 1
        total = clock(sum(one.shot.seconds for one in entries))
        top = self._height - MARGIN - 12
        by = f"  –  {self._script.author}" if self._script.author else ""
        facts = f"{len(entries)} shots · {total} · {self._asked.aspect}"
        room = self._width - 2 * MARGIN - self._across(facts, REGULAR, 8) - 20
        title = self._cut(f"{self._script.title}{by}", BOLD, 13, room)
        self._write(MARGIN, top, _Line(title[0] if title else "", BOLD, 13))
        right = self._width - MARGIN - self._across(facts, REGULAR, 8)
        self._write(right, top, _Line(facts, REGULAR, 8, _SOFT))
        number = str(self._page)
        self._write(
            self._width / 2 - self._across(number, REGULAR, 8) / 2, MARGIN - 14, _Line(number, size=8, color=_SOFT)
        )
        self._canvas.setLineWidth(0.8)
        self._canvas.line(MARGIN, top - 6, self._width - MARGIN, top - 6)
        self._y = self._height - MARGIN - HEAD
        self._slug: tuple[str, str] | None = None

    def _row(self, row: list[Entry], entries: list[Entry]) -> None:
        loaded = [
            page.jpeg_bytes(Path(self._asked.output) / one.panel.file, round(self._column * PICTURE_DOTS))
            for one in row
        ]
        texts = [self._lines(one) for one in row]
        high = min(self._column / self._asked.ratio, self._height * 0.62)
        tall = max(sum(line.size * 1.25 for line in lines) for lines in texts)
        heading = 18.0 if row[0].shot.slug else 0.0
        # A row stays together where a page can hold it; else its pictures and a few lines do.
        whole = heading + high + tall
        room = self._height - 2 * MARGIN - HEAD - FOOT
        if self._y - min(whole, room if whole <= room else heading + high + 60) < MARGIN + FOOT:
            self._turn(entries)
        slug = row[0].shot.slug, row[0].shot.scene
        if heading and slug != self._slug:
            words = self._cut("  ".join(filter(None, (slug[1], slug[0].upper()))), BOLD, 9, self._width - 2 * MARGIN)
            self._write(MARGIN, self._y - 12, _Line(words[0] if words else "", BOLD, 9))
            self._y -= heading
        self._slug = slug
        for index, (data, ratio) in enumerate(loaded):
            self._picture(self._left(index), data, ratio, high)
        self._y -= high + 3
        self._words(texts, entries)
        self._y -= GAP

    def _picture(self, left: float, data: bytes, ratio: float, high: float) -> None:
        from reportlab.lib.utils import ImageReader

        width = min(self._column, high * ratio)
        height = width / ratio
        x, y = left + (self._column - width) / 2, self._y - high + (high - height) / 2
        self._canvas.drawImage(ImageReader(io.BytesIO(data)), x, y, width, height)

    def _words(self, texts: list[list[_Line]], entries: list[Entry]) -> None:
        """The words below a row's pictures, side by side; those of all columns go on together."""
        start = [0] * len(texts)
        while True:
            lowest = self._y
            for index, lines in enumerate(texts):
                y = self._y
                while start[index] < len(lines):
                    line = lines[start[index]]
                    if y - line.size * 1.25 < MARGIN + FOOT:
                        break
                    y -= line.size * 1.25
                    self._write(self._left(index), y, line)
                    if line.right:
                        end = self._left(index) + self._column - self._across(line.right, REGULAR, 8)
                        self._write(end, y, _Line(line.right, color=_SOFT))
                    start[index] += 1
                lowest = min(lowest, y)
            self._y = lowest
            if all(done >= len(lines) for done, lines in zip(start, texts, strict=True)):
                return
            slug = self._slug
            self._turn(entries)
            self._slug = slug

    def _lines(self, one: Entry) -> list[_Line]:
        shot, panel = one.shot, one.panel
        held = f"{'about ' if shot.estimated else ''}{clock(shot.seconds)}"
        made = self._wrapped(_Line(shot.number, BOLD, 9)) or [_Line("", BOLD, 9)]
        made[0] = replace(made[0], right=held)
        if shot.camera:
            made += self._wrapped(_Line(shot.camera, BOLD, 8, _ORDER))
        if shot.action:
            made += self._wrapped(_Line(shot.action))
        for speech in shot.dialogue:
            how = f" ({speech.how})" if speech.how else ""
            made += self._wrapped(_Line(f"{speech.who}{how}: {speech.words}" if speech.who else speech.words))
        for note in shot.notes:
            made += self._wrapped(_Line(f"[{note}]", REGULAR, 7.5, _SOFT))
        if shot.transition:
            made += self._wrapped(_Line(shot.transition, BOLD, 7))
        label = page.label_of(panel) + (" – the words have changed since" if panel.changed else "")
        return made + self._wrapped(_Line(label, REGULAR, 6.5, _ALARM if panel.changed else _SOFT))

    def _wrapped(self, line: _Line) -> list[_Line]:
        return [
            _Line(words, line.font, line.size, line.color)
            for part in line.words.split("\n")
            for words in self._cut(part, line.font, line.size, self._column)
        ]

    def _cut(self, words: str, font: str, size: float, width: float) -> list[str]:
        """Words in lines no wider than `width`; a word that is wider is broken."""
        lines, line = [], ""
        for word in words.split():
            tried = f"{line} {word}" if line else word
            if self._across(tried, font, size) <= width:
                line = tried
                continue
            if line:
                lines.append(line)
            while self._across(word, font, size) > width:
                fits = max(1, int(len(word) * width / self._across(word, font, size)))
                while fits > 1 and self._across(word[:fits], font, size) > width:
                    fits -= 1
                lines.append(word[:fits])
                word = word[fits:]
            line = word
        return [*lines, line] if line else lines

    def _across(self, words: str, font: str, size: float) -> float:
        return float(self._canvas.stringWidth(words, self._fonts[font], size))

    def _left(self, index: int) -> float:
        return MARGIN + index * (self._column + GAP)

    def _write(self, x: float, y: float, line: _Line) -> None:
        self._canvas.setFont(self._fonts[line.font], line.size)
        self._canvas.setFillColorRGB(*line.color)
        self._canvas.drawString(x, y, line.words)
