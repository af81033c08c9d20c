"""A board's shots and panels put together: page, PDF, timeline, animatic, and the record of it all."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from vfx_ai.board import extras, page, record, stills
from vfx_ai.board.ids import Known
from vfx_ai.board.jobs import Storyboard
from vfx_ai.board.record import Entry, Panel
from vfx_ai.board.shots import Script

PAGE, PDF, TIMELINE, MOVIE = "board.html", "board.pdf", "board.otio", "board.mp4"
NONE = "none"


def assemble(
    asked: Storyboard,
    script: Script,
    entries: list[Entry],
    kept: list[tuple[Known, Panel]],
    stopped: Callable[..., None],
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Write what the panels are for.

    Args:
        asked: what is wanted.
        script: where it is from.
        entries: the shots with their panels, which lie in the folder.
        kept: panels by hand without a shot.
        stopped: is told how far it is, and ends it if that is wanted.

    Returns:
        The files "page", "pdf", "timeline" and "movie", "" for one that wasn't made; and why not, in sentences.

    Raises:
        OutputError: a file can't be written. VfxAiError: a PDF is asked for by name and reportlab isn't there.
    """
    folder, notes = Path(asked.output), list[str]()
    about = {"title": script.title, "author": script.author, "aspect": asked.aspect, "fps": asked.fps}
    # First of all: whatever happens later, the next making knows what is here.
    stills.write(folder / record.FILE, record.as_json(entries, kept, **about))
    files = {"page": str(folder / PAGE)}
    stills.write(folder / PAGE, page.page_html(asked, script, entries, kept).encode("utf-8", "replace"))
    stopped("pages", 1, 4)
    files["pdf"] = _pdf(asked, script, entries, notes)
    stopped("pages", 2, 4)
    files["timeline"] = _timeline(asked, script, entries, notes)
    stopped("pages", 3, 4)
    files["movie"] = _movie(asked, entries, notes, stopped)
    stopped("pages", 4, 4)
    for name, file in (("pdf", PDF), ("timeline", TIMELINE), ("movie", MOVIE)):
        if not files[name] and (folder / file).exists():
            notes.append(f"{file} is of an earlier making: it wasn't made this time.")
    return files, tuple(notes)


def _pdf(asked: Storyboard, script: Script, entries: list[Entry], notes: list[str]) -> str:
    target = Path(asked.output) / PDF
    if asked.pages == NONE:
        return ""
    if not asked.pages and not extras.has(extras.PDF):
        notes.append(f"No PDF was made: reportlab isn't installed; {extras.INSTALL}. The page can be printed.")
        return ""
    from vfx_ai.board import pdf

    data, said = pdf.pdf_bytes(asked, script, entries)
    notes += said
    stills.write(target, data)
    return str(target)


def _timeline(asked: Storyboard, script: Script, entries: list[Entry], notes: list[str]) -> str:
    if not extras.has(extras.TIMELINES):
        notes.append(f"No timeline was made: OpenTimelineIO isn't installed; {extras.INSTALL}.")
        return ""
    from vfx_ai.board import timeline_write

    target = Path(asked.output) / TIMELINE
    stills.write(target, timeline_write.timeline_text(script, entries, asked.rate).encode("utf-8", "replace"))
    return str(target)


def _movie(asked: Storyboard, entries: list[Entry], notes: list[str], stopped: Callable[..., None]) -> str:
    if not asked.movie:
        return ""
    program = shutil.which("ffmpeg")
    if program is None:
        notes.append("No animatic was made: ffmpeg isn't there. The timeline has the same pictures and lengths.")
        return ""
    from vfx_ai.board import animatic

    target = Path(asked.output) / MOVIE
    try:
        animatic.make_movie(program, asked, entries, target, stopped)
    except animatic.NoMovie as error:
        notes.append(f"No animatic was made: {error}")
        return ""
    return str(target)
