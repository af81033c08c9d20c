"""The disclosure sheet as PDF, a page or more for each shot, by reportlab (the extra `studio`)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from vfx_ai.errors import JobError
from vfx_ai.media.atomic import replacing
from vfx_ai.proof.disclosure import OPEN, Line, Sheet, totals

_FONT, _BOLD = "Vera", "VeraBd"  # reportlab brings them along: Latin letters
_WIDTHS = (0.28, 0.46, 0.26)  # of the page, of a line's three columns


def write_pdf(title: str, sheets: Sequence[Sheet], written: str, target: Path) -> None:
    """Write all sheets, whole or not at all; letters that its font lacks stand as their numbers, e.g. U+4E2D.

    Args:
        title, sheets, written: as for `disclosure.page_html`.
        target: the file.

    Raises:
        JobError: the extra isn't installed.
        OutputError: it can't be written.
    """
    try:
        from reportlab.lib.pagesizes import A4
        from reportlab.lib.styles import ParagraphStyle
        from reportlab.lib.units import mm
        from reportlab.pdfbase import pdfmetrics
        from reportlab.pdfbase.ttfonts import TTFont
        from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle
    except ImportError:
        raise JobError(
            "PDF needs the package reportlab, which isn't installed",
            remedy="Install it: pip install 'vfx-ai[studio]'; or write .html.",
        ) from None
    for name in (_FONT, _BOLD):
        pdfmetrics.registerFont(TTFont(name, f"{name}.ttf"))
    known = pdfmetrics.getFont(_FONT).face.charToGlyph
    style = {
        "big": ParagraphStyle("big", fontName=_BOLD, fontSize=15, leading=19, spaceAfter=4),
        "head": ParagraphStyle("head", fontName=_BOLD, fontSize=10, leading=13, spaceBefore=8, spaceAfter=3),
        "text": ParagraphStyle("text", fontName=_FONT, fontSize=8, leading=10.5),
        "soft": ParagraphStyle("soft", fontName=_FONT, fontSize=6.5, leading=9, textColor="#555555"),
    }
    width = A4[0] - 36 * mm

    def words(text: str, kind: str) -> Any:
        shown = "".join(c if ord(c) in known or c.isspace() else f"U+{ord(c):04X}" for c in text)
        return Paragraph(escape(shown), style[kind])

    def told(lines: Sequence[Line]) -> Any:
        rows = [[words(one.about, "text"), words(one.says, "text"), words(one.told_by, "soft")] for one in lines]
        look = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 0.25, "#cccccc")]
        look += [(f"{side}PADDING", (0, 0), (-1, -1), 2) for side in ("TOP", "BOTTOM", "LEFT", "RIGHT")]
        return Table(rows, [width * share for share in _WIDTHS], style=TableStyle(look), splitInRow=1)

    story: list[Any] = [words(f"Disclosure: {title}", "big")]
    story.append(
        words(f"Written by vfx-ai on {written}. The right column names the file each line comes from.", "soft")
    )
    if len(sheets) > 1:
        story += [words("The whole", "head"), told(totals(sheets)), PageBreak()]
    for index, sheet in enumerate(sheets):
        story += [PageBreak()] if index else []
        story += [words(sheet.name, "big"), words(sheet.headline, "text"), words(sheet.sidecar, "soft")]
        for part in sheet.parts:
            story += [words(part.question, "head"), told(part.lines)]
        if sheet.level == "generated":
            story.append(words("To be answered by the production: no file of a result can say it", "head"))
            for question in OPEN:
                story += [words(question, "text"), Spacer(1, 16)]
    with replacing(target) as beside:
        margins = dict.fromkeys(("leftMargin", "rightMargin", "topMargin", "bottomMargin"), 18 * mm)
        document = SimpleDocTemplate(
            str(beside), pagesize=A4, title=f"Disclosure: {title}", author="vfx-ai", invariant=1, **margins
        )
        document.build(story)
