"""Making a board: what is there is looked at first, then each panel that must be is drawn, then all is put together."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from vfx_ai.board import assemble, pictures, sources, stills
from vfx_ai.board.arrows import draw_arrows
from vfx_ai.board.camera import read_camera
from vfx_ai.board.ids import Known, fingerprint, ids_for
from vfx_ai.board.jobs import Storyboard
from vfx_ai.board.read import read_script
from vfx_ai.board.record import BY_HAND, FOLDER, Entry, Panel, Past, read_past
from vfx_ai.board.shots import Script, Shot
from vfx_ai.board.sketch import sketch
from vfx_ai.board.sources import Found, Setting
from vfx_ai.board.stills import Still
from vfx_ai.errors import Interrupted, JobError, OutputError
from vfx_ai.job import Event, Progress, silent
from vfx_ai.media.frame import ByteArray

if TYPE_CHECKING:
    from vfx_ai.board.generated import Maker
    from vfx_ai.board.library import Library

DRAWING = 1  # of the program's way to draw; another draws all panels anew
ASIDE = "set-aside"  # the folder of panels by hand that --redo replaced


@dataclass(frozen=True)
class BoardShot:
    """A shot of a made board: see `shots.Shot` and `record.Panel`.

    Attributes:
        id: stays the same while the script changes.
        number: what people call it.
        panel: its picture's file.
        source, title: where the picture is from.
        seconds: how long it is held.
        by_hand: somebody drew it, and it was left as it is.
        changed: it is by hand, and the shot's words are others since it was drawn.
    """

    id: str
    number: str
    panel: str
    source: str
    title: str
    seconds: float
    by_hand: bool = False
    changed: bool = False


@dataclass(frozen=True)
class Board:
    """What was made.

    Attributes:
        output: the board's folder.
        title: the script's.
        shots: in order.
        drawn: ids of the panels that were drawn this time.
        left: files of panels by hand whose shots are no longer in the script.
        page, pdf, timeline, movie: the files; empty where one wasn't made, and `notes` says why.
        seconds: of all shots.
        notes: what is good to know.
        warnings: what to act on.
    """

    output: str
    title: str
    shots: tuple[BoardShot, ...]
    drawn: tuple[str, ...]
    left: tuple[str, ...]
    page: str
    pdf: str
    timeline: str
    movie: str
    seconds: float
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def make_board(asked: Storyboard, progress: Progress = silent, cancelled: Callable[[], bool] = lambda: False) -> Board:
    """Make a storyboard, or make it again after its script or its pictures changed.

    Panels that would come out the same aren't touched; those that somebody drew in or replaced stay as they are.

    Raises:
        VfxAiError: a file can't be read or written; the message names it, and the line of a script.
        Interrupted: it was stopped; what is drawn is kept, and the next making goes on from there.
    """
    script = read_script(Path(asked.script), asked.split)
    folder = Path(asked.output)
    if folder.exists() and not folder.is_dir():
        raise OutputError("the board's folder is a file", file=folder, remedy="Name a folder after -o, e.g. board/.")
    past = read_past(folder)
    ids = ids_for(script.shots, past.known)
    _check_redo(asked, script, ids)
    library = _library(asked, progress, cancelled)
    setting = Setting(
        size=pictures.panel_size(asked.ratio),
        given=sources.given_pictures(Path(asked.panels)) if asked.panels else {},
        cast=frozenset(sources.speaker(one.who) for shot in script.shots for one in shot.dialogue) - {""},
        maker=_maker(asked),
        library=library,
    )
    made = _Panels(asked, folder, past, setting, progress, cancelled)
    entries = [Entry(one, shot, panel) for one, shot, panel in made.all(zip(ids, script.shots, strict=True))]
    kept = made.left(set(ids), {one.id: one for one in past.known})
    files, notes = assemble.assemble(asked, script, entries, kept, made.stopped)
    return Board(
        output=str(folder),
        title=script.title,
        shots=tuple(_told(folder, one) for one in entries),
        drawn=tuple(made.drawn),
        left=tuple(str(folder / panel.file) for _, panel in kept),
        page=files["page"],
        pdf=files["pdf"],
        timeline=files["timeline"],
        movie=files["movie"],
        seconds=round(sum(one.shot.seconds for one in entries), 3),
        notes=notes,
        warnings=(
            *script.warnings,
            *made.warnings,
            *_changed(entries, kept),
            *(library.told if library else ()),
            *(setting.maker.doubts if setting.maker else ()),
        ),
    )


class _Panels:
    """The panels of one making."""

    def __init__(
        self,
        asked: Storyboard,
        folder: Path,
        past: Past,
        setting: Setting,
        progress: Progress,
        cancelled: Callable[[], bool],
    ) -> None:
        self._asked, self._folder, self._past, self._setting = asked, folder, past, setting
        self._progress, self._cancelled = progress, cancelled
        self._texts = {known.id: known.text for known in past.known}
        recorded = {one: panel.sha256 for one, panel in (past.panels or {}).items() if not panel.by_hand}
        self._there = stills.found_in(folder / FOLDER, recorded)
        self.drawn: list[str] = []
        self.warnings: list[str] = []

    def stopped(self, text: str = "", done: int = 0, total: int = 0) -> None:
        """Tell how far it is, and end if that is wanted.

        Raises:
            Interrupted: it is to be stopped.
        """
        if self._cancelled():
            raise _stopped()
        if total:
            self._progress(Event("step", "board", text, done, total))

    def all(self, shots: Iterator[tuple[str, Shot]]) -> Iterator[tuple[str, Shot, Panel]]:
        """Each shot with its panel, which is drawn if it has to be."""
        todo = list(shots)
        for done, (one, shot) in enumerate(todo):
            self.stopped("panels", done, len(todo))
            yield one, shot, self._panel(one, shot)
        self.stopped("panels", len(todo), len(todo))

    def _panel(self, one: str, shot: Shot) -> Panel:
        still, before = self._there.get(one), self._past.panel(one)
        anew = bool({one, shot.number} & self._asked.anew)
        if still is not None and still.by_hand and not anew:
            return self._by_hand(one, still, shot)
        name, found = sources.find(one, shot, self._setting)
        moves = read_camera(shot.camera).moves
        drawn = found.drawn or not self._asked.sketch
        key = _key(name, found.identity, self._setting.size, found.whole, "as it is" if drawn else "sketch", moves)
        file = f"{FOLDER}/{one}.png"
        if still is not None and before is not None and before.key == key and not anew and not still.by_hand:
            return replace(before, file=file, sha256=still.sha256, source=name, title=found.title)
        data = stills.encoded(self._draw(found, moves, sketched=not drawn))
        if still is not None and still.by_hand:
            self._set_aside(still.path)
        digest = stills.write(self._folder / file, data)
        self.drawn.append(one)
        return Panel(file, digest, name, found.title, key)

    def _draw(self, found: Found, moves: tuple[str, ...], *, sketched: bool) -> ByteArray:
        made = pictures.fitted(found.picture(), self._setting.size, whole=found.whole)
        return pictures.bordered(draw_arrows(sketch(made) if sketched else made, moves))

    def _by_hand(self, one: str, still: Still, shot: Shot) -> Panel:
        """A panel that stays as it is, and whether its shot says something else than what it was drawn for.

        A drawing that wasn't there before was made from the page as it was last: for the words that the shot had then.
        """
        before, now = self._past.panel(one), fingerprint(shot.text)
        if before is not None and before.by_hand and before.sha256 == still.sha256:
            drawn_for = before.drawn_for
        else:
            drawn_for = fingerprint(self._texts[one]) if one in self._texts else now
        file = f"{FOLDER}/{still.path.name}"
        return Panel(file, still.sha256, BY_HAND, drawn_for=drawn_for, changed=drawn_for != now)

    def _set_aside(self, path: Path) -> None:
        """Move somebody's drawing where no making touches it."""
        folder = self._folder / ASIDE
        target = folder / path.name
        number = 1
        while target.exists():
            number += 1
            target = folder / f"{path.stem}.{number}{path.suffix}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.rename(target)
        except OSError as error:
            raise OutputError(f"the panel can't be set aside: {error.strerror or error}", file=path) from None
        self.warnings.append(f"the panel drawn by hand was set aside: {target}")

    def left(self, ids: set[str], known: dict[str, Known]) -> list[tuple[Known, Panel]]:
        """Panels whose shots are gone: those by hand are kept, those drawn by the program removed."""
        kept = []
        for one, still in self._there.items():
            if one in ids:
                continue
            if not still.by_hand:
                still.path.unlink(missing_ok=True)
            elif one in known:
                before = self._past.panel(one)
                drawn_for = before.drawn_for if before and before.by_hand else fingerprint(known[one].text)
                kept.append(
                    (known[one], Panel(f"{FOLDER}/{still.path.name}", still.sha256, BY_HAND, "", "", drawn_for))
                )
            else:
                self.warnings.append(f"no shot of this board is called {one}, and its picture isn't used: {still.path}")
        return kept


def _maker(asked: Storyboard) -> Maker | None:
    if not asked.model:
        return None
    from vfx_ai.board.generated import maker_of

    return maker_of(asked)


def _library(asked: Storyboard, progress: Progress, cancelled: Callable[[], bool]) -> Library | None:
    if not asked.catalogue:
        if asked.search:
            raise JobError("a model was named to look with, and no catalogue", remedy="Name it with --catalogue.")
        return None
    from vfx_ai.board.library import read_library
    from vfx_ai.board.sight import sight_of

    def stop() -> None:
        if cancelled():
            raise _stopped()

    library = read_library(asked.catalogue, asked.territory)
    library.sight = sight_of(asked, library.told, progress, stop)
    return library


def _stopped() -> Interrupted:
    return Interrupted("stopped; the panels that are drawn stay", remedy="The same command goes on from here.")


def _key(*parts: object) -> str:
    return hashlib.sha256(repr((DRAWING, *parts)).encode("utf-8", "replace")).hexdigest()[:32]


def _check_redo(asked: Storyboard, script: Script, ids: list[str]) -> None:
    unknown = asked.anew - set(ids) - {shot.number for shot in script.shots}
    if unknown:
        raise JobError(f"no shot is called {', '.join(sorted(unknown))}", remedy="The page shows ids and numbers.")


def _told(folder: Path, one: Entry) -> BoardShot:
    panel = one.panel
    file = str(folder / panel.file)
    return BoardShot(
        one.id, one.shot.number, file, panel.source, panel.title, one.shot.seconds, panel.by_hand, panel.changed
    )


def _changed(entries: list[Entry], kept: list[tuple[Known, Panel]]) -> Iterator[str]:
    for one in entries:
        if one.panel.changed:
            yield f"shot {one.shot.number}: its panel is by hand, and its words have changed since: {one.panel.file}"
    for _, panel in kept:
        yield f"a panel drawn by hand is kept, though its shot left the script: {panel.file}"
