"""A screenplay's elements become shots: where one ends and the next begins."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from vfx_ai.board import fountain
from vfx_ai.board.camera import in_action, is_camera_note, starts_shot
from vfx_ai.board.fountain import Element, Screenplay
from vfx_ai.board.shots import Shot, Speech, estimated_seconds, timed

BEATS, MARKS, SCENES = "beats", "marks", "scenes"
# With BEATS a new speaker gets a panel of their own once one was held for so long.
LONGEST_TALK = 12.0

_SECONDS = re.compile(r"(?:duration|length|time)?:? *(\d{1,4}(?:\.\d{1,3})?) *(?:s|sec|secs|seconds?)", re.IGNORECASE)
_NUMBER = re.compile(r"(?:shot|panel)[ :#]+([\w.\-]{1,20})", re.IGNORECASE)


@dataclass
class _Draft:
    """A shot that is still being put together."""

    slug: str
    scene: str
    line: int
    number: str = ""
    action: list[str] = field(default_factory=list)
    dialogue: list[Speech] = field(default_factory=list)
    camera: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    transition: str = ""
    seconds: float = 0.0

    @property
    def begun(self) -> bool:
        return bool(self.action or self.dialogue)

    def note(self, words: str) -> None:
        """Take a note for what it is: a length, a number, the camera, or a note."""
        if not words:
            return
        if (found := _SECONDS.fullmatch(words)) and float(found[1]) > 0:
            self.seconds = float(found[1])
        elif found := _NUMBER.fullmatch(words):
            self.number = found[1]
        elif is_camera_note(words):
            self.camera.append(words)
        else:
            self.notes.append(words)

    def shot(self, index: int) -> Shot:
        return timed(
            Shot(
                slug=self.slug,
                scene=self.scene,
                number=self.number or (f"{self.scene}.{index}" if self.scene else str(index)),
                action="\n\n".join(self.action),
                dialogue=tuple(self.dialogue),
                camera="; ".join(dict.fromkeys(self.camera)),
                notes=tuple(self.notes),
                transition=self.transition,
                seconds=self.seconds,
                estimated=not self.seconds,
                code=self.number,
                line=self.line,
            )
        )


class _Cutter:
    """Goes through elements, and cuts where `split` says so."""

    def __init__(self, split: str) -> None:
        self.split = split
        self.done: list[_Draft] = []
        self.scenes: list[str] = []
        self.now = _Draft("", "", 1)
        self.waiting: list[str] = []  # notes that stand before the shot that they are about

    def cut(self, line: int) -> None:
        """The next shot of the same scene begins."""
        if self.now.begun:
            self.done.append(self.now)
            self.now = _Draft(self.now.slug, self.now.scene, line)
        if not self.now.begun:
            self.now.line = line
        for words in self.waiting:
            self.now.note(words)
        self.waiting = []

    def heading(self, one: Element) -> None:
        """A scene begins."""
        self.close()
        self.scenes.append(one.number or self._free(str(len(self.scenes) + 1)))
        self.now = _Draft(one.text, self.scenes[-1], one.line)
        self.waiting += one.notes

    def _free(self, number: str) -> str:
        """A number that no scene has yet, where some are numbered by hand and others aren't."""
        while number in self.scenes:
            number += "a"
        return number

    def close(self) -> None:
        """What is there of the shot is all of it; a scene of notes or nothing but its heading is a shot as well."""
        for words in self.waiting:
            self.now.note(words)
        self.waiting = []
        if self.now.begun or self.now.slug:
            self.done.append(self.now)

    def action(self, one: Element) -> None:
        """A paragraph: by the rule it is the next shot, or goes on with this one."""
        marked = starts_shot(one.text) or any(is_camera_note(words) for words in (*self.waiting, *one.notes))
        # Scenes stay whole, whatever is said of the camera in them.
        if self.split == BEATS or (self.split == MARKS and marked) or not self.now.begun:
            self.cut(one.line)
        for words in (*self.waiting, *one.notes):
            self.now.note(words)
        self.waiting = []
        if one.text:
            self.now.action.append(one.text)
        if said := in_action(one.text):
            self.now.camera.append(said)

    def speech(self, parts: list[Element]) -> None:
        """A cue and what is said under it; each change of manner is a speech of its own."""
        cue, first = parts[0], True
        talk = estimated_seconds("", tuple(self.now.dialogue)) if self.now.dialogue else 0.0
        camera = any(is_camera_note(words) for words in (*self.waiting, *cue.notes))
        if (self.split == BEATS and talk >= LONGEST_TALK) or (self.split != SCENES and camera):
            self.cut(cue.line)
        how, words = "", list[str]()
        for part in (*parts[1:], None):
            if part is None or part.kind == fountain.PARENTHETICAL:
                if words or (part is None and (how or first)):
                    self.now.dialogue.append(Speech(cue.text, "\n".join(words), how))
                    first, words, how = False, [], ""
                how = f"{how}; {part.text}" if how and part else (part.text if part else "")
            else:
                words.append(part.text)
        if not self.now.action and len(self.now.dialogue) == 1:
            self.now.line = cue.line
        for note in (*self.waiting, *(note for part in parts for note in part.notes)):
            self.now.note(note)
        self.waiting = []

    def aside(self, one: Element) -> None:
        """What is neither seen nor said: transitions, notes; sections, synopses and pages are the writer's own."""
        if one.kind == fountain.TRANSITION:
            self.now.transition = one.text
        if one.kind == fountain.NOTE:
            self.waiting.append(one.text)
        for words in one.notes:
            self.waiting.append(words)


def shots_of(play: Screenplay, split: str = BEATS) -> list[Shot]:
    """The shots of a screenplay, in order.

    Args:
        play: as `fountain.parse` gives it.
        split: BEATS: each paragraph of action is a shot, with what is said after it; MARKS: a shot begins where action
            or a note says how near the camera is or how it moves; SCENES: each scene is one.
    """
    cutter = _Cutter(split)
    for group in _grouped(play.elements):
        one = group[0]
        if one.kind == fountain.HEADING:
            cutter.heading(one)
        elif one.kind == fountain.ACTION:
            cutter.action(one)
        elif one.kind == fountain.CHARACTER:
            cutter.speech(group)
        else:
            cutter.aside(one)
    cutter.close()
    counts: dict[str, int] = {}
    made = []
    for draft in cutter.done:
        counts[draft.scene] = counts.get(draft.scene, 0) + 1
        made.append(draft.shot(counts[draft.scene]))
    return made


def _grouped(elements: tuple[Element, ...]) -> Iterator[list[Element]]:
    """Elements one by one, but a cue together with what is said under it."""
    group: list[Element] = []
    for one in elements:
        if group and one.kind not in (fountain.DIALOGUE, fountain.PARENTHETICAL):
            yield group
            group = []
        group.append(one)
    if group:
        yield group
