"""A screenplay in Fountain, read into its elements by the rules of fountain.io/syntax.

Read more freely than written there: a scene heading needs no empty line after it, since many writers leave it out.
Every rule looks at a line once, so that no text takes long.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

HEADING, ACTION, CHARACTER, DIALOGUE, PARENTHETICAL = "heading", "action", "character", "dialogue", "parenthetical"
TRANSITION, SECTION, SYNOPSIS, NOTE, PAGE = "transition", "section", "synopsis", "note", "page"

# Stand for a note and for the ends of lines within it, while lines are read; files can't hold them, see `_plain`.
_NOTE, _END, _FOLD = "\ue000", "\ue001", "\ue002"
_HEADING = re.compile(r"(?:int\.?/ext|ext\.?/int|i/e|int|ext|est)(?:\.|\s|$)", re.IGNORECASE)
_SCENE_NUMBER = re.compile(r"#([\w.\- ]{1,20})#\s*$")
_TORN, _TOLD = re.compile(r"\n ?\n"), 20
_NOTES = re.compile(f"{_NOTE}(\\d+){_FOLD}*{_END}")
_KEY = re.compile(r"([A-Za-z][A-Za-z ]{0,40}):[ \t]*(.*)")
# Inner marks before outer ones; each looks no further than the next mark of its kind.
_EMPHASIS = tuple(
    re.compile(rf"(?<![\\{one}]){many}(?![\s{one}])([^{one}\n]*[^\s{one}\\]){many}(?![{one}])")
    for one, many in (("*", r"\*"), ("*", r"\*\*"), ("*", r"\*\*\*"), ("_", "_"))
)
_ESCAPED = re.compile(r"\\([*_\\>~.!@#=\[\]])")


@dataclass(frozen=True)
class Element:
    """A piece of a screenplay.

    Attributes:
        kind: HEADING, ACTION, ...
        text: without its marks and emphasis; lines of action stay lines.
        line: where it begins, from 1.
        number: of a scene heading, what stands between its # signs.
        depth: of a section, from 1.
        notes: what [[...]] within it say.
    """

    kind: str
    text: str
    line: int
    number: str = ""
    depth: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Screenplay:
    """Its title page, as keys in small letters and their text; its elements; and what is wrong with it, in words."""

    title_page: dict[str, str]
    elements: tuple[Element, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Line:
    number: int
    raw: str  # without notes
    notes: tuple[str, ...]

    @property
    def text(self) -> str:
        return self.raw.strip()

    @property
    def empty(self) -> bool:
        """Nothing at all; two spaces keep a line of dialogue open, and a note is something."""
        return not self.raw.strip() and not self.notes

    @property
    def blank(self) -> bool:
        """Nothing that is read as text."""
        return not self.raw.strip()


def parse(text: str) -> Screenplay:
    """The screenplay that `text` is."""
    warnings: list[str] = []
    text = _without_boneyard(_plain(text), warnings)
    text, notes = _without_notes(text, warnings)
    lines = _lines(text, notes)
    title_page, start = _title_page(lines)
    return Screenplay(title_page, tuple(_elements(lines[start:])), tuple(warnings))


def _plain(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufeff", "")
    for mark in (_NOTE, _END, _FOLD):
        text = text.replace(mark, "\ufffd")
    # Of the control characters only tab and the end of a line mean something, and an XML of them is none.
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\x85]", " ", text).replace("\t", "    ")


def _without_boneyard(text: str, warnings: list[str]) -> str:
    """The text without /* ... */, its lines still where they were."""
    parts, at = [], 0
    while (begin := text.find("/*", at)) >= 0:
        end = text.find("*/", begin + 2)
        if end < 0:
            warnings.append(f"line {_line_of(text, begin)}: /* without */: what follows is read as it stands")
            break
        parts += [text[at:begin], "\n" * text.count("\n", begin, end)]
        at = end + 2
    return "".join([*parts, text[at:]])


def _without_notes(text: str, warnings: list[str]) -> tuple[str, list[str]]:
    """The text with marks in the place of its notes, and the notes; an empty line ends what is no note."""
    parts: list[str] = []
    notes: list[str] = []
    at, end = 0, 0
    while (begin := text.find("[[", at)) >= 0:
        if 0 <= end < begin + 2:
            end = text.find("]]", begin + 2)
        torn = _TORN.search(text, begin, end if end >= 0 else len(text))
        if end < 0 or torn:
            if len(warnings) < _TOLD:
                warnings.append(f"line {_line_of(text, begin)}: [[ without ]]: read as text")
            stop = torn.start() if torn else len(text)
            parts.append(text[at:stop])
            at = stop
            continue
        inner = text[begin + 2 : end]
        parts += [text[at:begin], f"{_NOTE}{len(notes)}{_FOLD * inner.count(chr(10))}{_END}"]
        notes.append(" ".join(inner.split()))
        at = end + 2
    return "".join([*parts, text[at:]]), notes


def _line_of(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _lines(text: str, notes: list[str]) -> list[_Line]:
    lines, number = [], 1
    for raw in text.split("\n"):
        found = tuple(notes[int(one)] for one in _NOTES.findall(raw))
        lines.append(_Line(number, _NOTES.sub("", raw) if found else raw, found))
        number += 1 + raw.count(_FOLD)
    return lines


def _title_page(lines: list[_Line]) -> tuple[dict[str, str], int]:
    """Keys and values before the first empty line, and where the rest begins."""
    first = next((index for index, line in enumerate(lines) if not line.empty), 0)
    found: dict[str, list[str]] = {}
    key = ""
    for index in range(first, len(lines)):
        raw = lines[index].raw
        if lines[index].empty:
            return {name: plain_words(" ".join(" ".join(value).split())) for name, value in found.items()}, index
        match = _KEY.fullmatch(raw.rstrip())
        if match and not raw[0].isspace() and not _HEADING.match(raw) and not raw.rstrip().endswith("TO:"):
            key = match[1].strip().lower()
            found.setdefault(key, []).append(match[2])
        elif key and raw.startswith("   "):
            found[key].append(raw)
        else:
            return {}, 0  # no title page after all
    return (
        ({name: plain_words(" ".join(value).strip()) for name, value in found.items()}, len(lines)) if key else ({}, 0)
    )


def _elements(lines: list[_Line]) -> list[Element]:
    made: list[Element] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        before = index == 0 or lines[index - 1].blank
        if line.blank:
            made += [Element(NOTE, note, line.number) for note in line.notes]
            index += 1
            continue
        after = index + 1 >= len(lines) or lines[index + 1].empty
        single = _single(line, before, after)
        if single is not None:
            made.append(single)
            index += 1
        elif before and not after and _cue(line.text) and not lines[index + 1].blank:
            index = _dialogue(lines, index, made)
        else:
            index = _action(lines, index, made)
    return made


def _single(line: _Line, before: bool, after: bool) -> Element | None:
    """The element that is one line by itself, if it is one."""
    text, number, notes = line.text, line.number, line.notes
    if text.startswith("===") and not text.strip("="):
        return Element(PAGE, "", number, notes=notes)
    if text.startswith("=") and not text.startswith("=="):
        return Element(SYNOPSIS, plain_words(text[1:].strip()), number, notes=notes)
    if text.startswith("#"):
        words = text.lstrip("#")
        return Element(SECTION, plain_words(words.strip()), number, depth=len(text) - len(words), notes=notes)
    if before and len(text) > 1 and text[0] == "." and text[1].isalnum():
        return _heading(text[1:], number, notes)
    if before and _HEADING.match(text):
        return _heading(text, number, notes)
    if text.startswith(">") and not text.endswith("<"):
        return Element(TRANSITION, plain_words(text[1:].strip()), number, notes=notes)
    if before and after and text.endswith("TO:") and text == text.upper():
        return Element(TRANSITION, plain_words(text), number, notes=notes)
    return None


def _heading(text: str, line: int, notes: tuple[str, ...]) -> Element:
    found = _SCENE_NUMBER.search(text)
    words = text[: found.start()] if found else text
    return Element(HEADING, plain_words(words.strip()), line, number=found[1].strip() if found else "", notes=notes)


def _cue(text: str) -> bool:
    """Whether a line may be a character's: forced by @, or in capitals but for what stands in brackets."""
    if text.startswith("@"):
        return len(text) > 1
    if text.startswith(("!", "~", ">", "(")):
        return False
    name = text.rstrip("^").strip().partition("(")[0]
    return any(letter.isalpha() for letter in name) and name == name.upper()


def _dialogue(lines: list[_Line], index: int, made: list[Element]) -> int:
    """A character's cue and what is said, to the first line with nothing in it."""
    cue = lines[index]
    name = cue.text.removeprefix("@").rstrip("^").strip()
    made.append(Element(CHARACTER, plain_words(name), cue.number, notes=cue.notes))
    index += 1
    while index < len(lines):
        line = lines[index]
        if (line.raw == "" and not line.notes) or (line.empty and len(line.raw) < 2):
            break
        text = line.text
        if text.startswith("(") and text.endswith(")"):
            made.append(Element(PARENTHETICAL, plain_words(text[1:-1].strip()), line.number, notes=line.notes))
        elif text or line.notes:
            made.append(Element(DIALOGUE, plain_words(text.removeprefix("~").strip()), line.number, notes=line.notes))
        index += 1
    return index


def _action(lines: list[_Line], index: int, made: list[Element]) -> int:
    """A paragraph: to the first line with nothing in it, or one that is something else whatever is around it."""
    first, words, notes = lines[index].number, list[str](), list[str]()
    while index < len(lines) and not lines[index].empty:
        line = lines[index]
        if words and (line.text.startswith(("#", "=")) or (line.text.startswith(">") and not line.text.endswith("<"))):
            break
        if line.text:
            words.append(plain_words(_unforced(line.text)))
        notes += line.notes
        index += 1
    made.append(Element(ACTION, "\n".join(words), first, notes=tuple(notes)))
    return index


def _unforced(text: str) -> str:
    if text.startswith(">") and text.endswith("<"):
        return text[1:-1].strip()
    return text[1:].strip() if text.startswith(("!", "~")) else text


def plain_words(text: str) -> str:
    """Without the marks of bold, italics and underlining; escaped marks become the marks themselves."""
    for mark in _EMPHASIS:
        text = mark.sub(r"\1", text)
    return _ESCAPED.sub(r"\1", text)
