"""What is said of the camera: how near it is, and how it moves. Two tables, and how words are looked up in them."""

from __future__ import annotations

import re
from dataclasses import dataclass

DETAIL, CLOSE, MEDIUM, WIDE, DISTANT = "extreme close", "close", "medium", "wide", "extreme wide"

# Such a word is one of the camera's if it stands by itself, or points at something.
_ALONE = r"(?= ?[:,.;–—-]| (?:ON|OF|TO|FROM)\b| ?$)"
# The first that fits counts; words as they stand at the start of a line or of a note.
_FRAMINGS: tuple[tuple[str, str], ...] = (
    (DETAIL, r"EXTREME CLOSE(?:[- ]?UP)?|ECU|XCU|BIG CLOSE(?:[- ]?UP)?|INSERT|MACRO(?: SHOT)?"),
    (DISTANT, r"EXTREME (?:WIDE|LONG)(?: SHOT)?|EWS|ELS|ESTABLISHING(?: SHOT)?|AERIAL(?: SHOT)?"),
    (CLOSE, rf"CLOSE(?:[- ]?UP|R? SHOT|R? ON|R)|CLOSE{_ALONE}|TIGHT(?:ER)? ON|CU{_ALONE}|MCU{_ALONE}"),
    (MEDIUM, rf"(?:MEDIUM|MID)(?: CLOSE| LONG)?[- ]?SHOT|MEDIUM CLOSE(?:[- ]?UP)?|(?:MEDIUM|MID|MS){_ALONE}"),
    (
        MEDIUM,
        rf"(?:TWO|THREE|2|3)[- ]?SHOT|OVER(?:[- ]THE)?[- ]SHOULDER|OTS{_ALONE}|ANGLE ON|REVERSE(?: ANGLE| ON| SHOT)",
    ),
    (MEDIUM, rf"(?:[A-Z']+ )?P\.?O\.?V{_ALONE}"),
    (WIDE, rf"WIDER?(?: SHOT| ON| ANGLE)|WIDER?{_ALONE}|(?:LONG|FULL|MASTER) SHOT|(?:WS|LS){_ALONE}"),
    (WIDE, r"(?:HIGH|LOW|DUTCH) ANGLE|BIRD'?S[- ]EYE"),
)
_SLOW = r"(?:(?:SLOW(?:LY)?|FAST|QUICK(?:LY)?|WHIP) )?"
# What moves, and its ways: the words that must stand right behind it or within the same sentence.
_MOVES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("pan", r"(?:WHIP[- ])?PAN(?:S|NING)?", ("left", "right")),
    ("tilt", r"TILT(?:S|ING)?", ("up", "down")),
    ("zoom", r"ZOOM(?:S|ING)?|CRASH ZOOM", ("in", "out")),
    ("dolly", r"DOLL(?:Y|IES|YING)", ("in", "out")),
    ("dolly in", r"PUSH(?:ES|ING)?[- ]IN|MOV(?:E|ES|ING) IN", ()),
    ("dolly out", r"PULL(?:S|ING)?[- ](?:BACK|OUT)", ()),
    ("truck", r"TRUCK(?:S|ING)?(?: SHOT)?|TRACK(?:S|ING)?(?: SHOT)?|CRAB(?:S|BING)?", ("left", "right")),
    ("crane", r"CRAN(?:E|ES|ING)(?: SHOT)?|BOOM(?:S|ING)?(?= (?:UP|DOWN))|PEDESTAL", ("up", "down")),
)
_WAYS = {
    "left": r"\bLEFT(?:WARDS?)?\b",
    "right": r"\bRIGHT(?:WARDS?)?\b",
    "up": r"\bUP(?:WARDS?)?\b",
    "down": r"\bDOWN(?:WARDS?)?\b",
    "in": r"\b(?:IN|INTO|CLOSER|FORWARDS?|TOWARDS?|ON)\b",
    "out": r"\b(?:OUT|BACK|BACKWARDS?|AWAY)\b",
}
MOVES = tuple(f"{name} {way}" for name, _, ways in _MOVES for way in ways)

_FRAMING = tuple((name, re.compile(rf"(?:{_SLOW})(?:{words})(?![A-Za-z])")) for name, words in _FRAMINGS)
_MOVE = tuple((name, re.compile(rf"\b{_SLOW}(?:{words})\b"), ways) for name, words, ways in _MOVES)
_WAY = {name: re.compile(words, re.IGNORECASE) for name, words in _WAYS.items()}
_CLAUSES = re.compile(r"[;,.]|\b(?:and|then)\b", re.IGNORECASE)
# A move in a note whose way isn't said ("pan across the room"), but not what is only called so ("zoom call").
_GOES = re.compile(r"^\S+ ?(?:SLOWLY |QUICKLY )?(?:$|(?:TO|WITH|ACROSS|ALONG|OVER|FROM|THROUGH|PAST)\b)")
_SENTENCE = re.compile(r"[^.!?\n;]+")
_NEAR = 80  # letters behind a move within which its way is said
_NOTE_PHRASE = 8  # words of a framing that are worth repeating beside a panel
_SHOUTED = 6  # a line of more words in nothing but capitals is a sign or a shout, no order to the camera


@dataclass(frozen=True)
class Camera:
    """What is said of a shot's camera.

    Attributes:
        framing: DETAIL, CLOSE, MEDIUM, WIDE, DISTANT; empty: nothing is said.
        moves: of MOVES, or a move alone where its way isn't said ("pan"); in order.
    """

    framing: str = ""
    moves: tuple[str, ...] = ()


def read_camera(note: str) -> Camera:
    """What a camera note says; written in any case."""
    framings = (_framing_of(part.strip().upper()) for part in _CLAUSES.split(note))
    return Camera(next((name for name in framings if name), ""), _moves_of(note.upper()))


def is_camera_note(note: str) -> bool:
    """Whether a note speaks of the camera: it begins with how near it is, or with how it moves."""
    if _framing_of(note.strip().upper()):
        return True
    return any(
        words.match(clause) and (_moves_of(clause)[0].partition(" ")[2] or _GOES.search(clause))
        for part in _CLAUSES.split(note)
        for clause in (re.sub(r"^THE CAMERA ", "", part.strip().upper()),)
        for _, words, _ in _MOVE
    )


def in_action(text: str) -> str:
    """The camera note within a paragraph of action: sentences with a move in capitals, and a framing at its start.

    Small letters aren't looked at: "she pans for gold" is no order.
    """
    notes = []
    first = text.strip().split("\n")[0]
    shouted = first == first.upper() and len(first.split()) > _SHOUTED
    if _framing_of(first) and not shouted:
        clause = re.split(r"(?<=\w\w)\.(?:\s|$)|[:\n]|(?: - )", first)[0]
        rest = first[len(clause) + 1 :].strip()
        if first[len(clause) : len(clause) + 1] == ":" and len(clause.split()) <= 3:
            clause = f"{clause}: {rest.split('.')[0]}"
        notes.append(" ".join(clause.split()[:_NOTE_PHRASE]).rstrip(".,;: "))
    for sentence in _SENTENCE.findall(text):
        phrase = sentence.strip()
        if _moves_of(phrase) and not (phrase == phrase.upper() and len(phrase.split()) > _SHOUTED):
            notes.append(" ".join(phrase.split()[: 2 * _NOTE_PHRASE]))
    kept = [note for index, note in enumerate(notes) if not any(note in other for other in notes[index + 1 :])]
    return "; ".join(dict.fromkeys(kept))


def starts_shot(text: str) -> bool:
    """Whether a paragraph of action begins by saying how near the camera is."""
    first = text.strip().split("\n")[0]
    return bool(_framing_of(first)) and not (first == first.upper() and len(first.split()) > _SHOUTED)


def _framing_of(text: str) -> str:
    return next((name for name, words in _FRAMING if words.match(text)), "")


def _moves_of(text: str) -> tuple[str, ...]:
    found = []
    for name, words, ways in _MOVE:
        for match in words.finditer(text):
            ahead = _SENTENCE.match(text[match.end() : match.end() + _NEAR])
            sentence = ahead.group() if ahead else ""
            said = sorted((hit.start(), way) for way in ways if (hit := _WAY[way].search(sentence)))
            found.append((match.start(), f"{name} {said[0][1]}" if said else name))
    return tuple(dict.fromkeys(move for _, move in sorted(found)))
