"""What a script becomes, whatever it was written in: a list of shots."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from vfx_ai.errors import InputError

LONGEST = 20_000  # characters of one text of a shot; more is no screenplay
MOST_SHOTS = 5_000

# How long a shot is held where its script doesn't say: slow reading aloud, and time to see what is done.
SECONDS_A_SPOKEN_WORD, SECONDS_A_SPEECH = 0.4, 0.5
SECONDS_A_WORD_OF_ACTION, SECONDS_A_PAUSE = 0.3, 1.0
SHORTEST = 2.0
_PAUSES = ("beat", "pause", "silence")


@dataclass(frozen=True)
class Speech:
    """What one person says: a name as the script has it, the words, and how they are said ("whispering")."""

    who: str
    words: str
    how: str = ""


@dataclass(frozen=True)
class Shot:
    """One panel's worth of a script.

    Attributes:
        slug: the scene's heading, e.g. "INT. KITCHEN - DAY"; may be empty.
        scene: the scene's number, e.g. "12".
        number: what people call the shot, e.g. "12.3"; changes where shots are put in before it.
        action: what is seen; may be empty.
        dialogue: what is said, in order.
        camera: the camera note as it was written, e.g. "CLOSE ON the kettle"; may be empty.
        notes: further notes.
        transition: how it ends, e.g. "CUT TO:"; usually empty.
        seconds: how long it is held, above 0.
        estimated: `seconds` was estimated from the words.
        code: the name that the source itself keeps for the shot; empty: it has none, and is known by its content.
        line: where it begins in its file, from 1; a clip's place in its track for a timeline.
    """

    slug: str = ""
    scene: str = ""
    number: str = ""
    action: str = ""
    dialogue: tuple[Speech, ...] = ()
    camera: str = ""
    notes: tuple[str, ...] = ()
    transition: str = ""
    seconds: float = SHORTEST
    estimated: bool = True
    code: str = ""
    line: int = 0

    @property
    def text(self) -> str:
        """All that is seen, said and noted, a line each; what a shot is known by."""
        said = (f"{one.who}: {one.how} {one.words}" for one in self.dialogue)
        return "\n".join((self.slug, self.action, *said, self.camera, *self.notes))


@dataclass(frozen=True)
class Script:
    """A script read in.

    Attributes:
        title, author: as its title page or file says; the author may be empty.
        shots: in order, at least one.
        warnings: what was left out or taken for something, each with its line.
    """

    title: str
    author: str
    shots: tuple[Shot, ...]
    warnings: tuple[str, ...] = ()


def estimated_seconds(action: str, dialogue: tuple[Speech, ...]) -> float:
    """How long a shot is likely held: what is said takes its time, and so does what is done; never below SHORTEST."""
    seconds = SECONDS_A_WORD_OF_ACTION * len(action.split())
    for speech in dialogue:
        seconds += SECONDS_A_SPEECH + SECONDS_A_SPOKEN_WORD * len(speech.words.split())
        seconds += SECONDS_A_PAUSE * any(word in speech.how.lower() for word in _PAUSES)
    return max(SHORTEST, round(seconds, 1))


def timed(shot: Shot) -> Shot:
    """The shot, with its length estimated unless its source gave one."""
    return replace(shot, seconds=estimated_seconds(shot.action, shot.dialogue)) if shot.estimated else shot


def check_shots(shots: list[Shot], file: Path) -> tuple[Shot, ...]:
    """The shots, if a board can be made of them.

    Raises:
        InputError: there is none, there are more than MOST_SHOTS, or a text is longer than LONGEST.
    """
    if not shots:
        raise InputError("it holds no shot", file=file, remedy="Check that it is a script; see docs/storyboards.md.")
    if len(shots) > MOST_SHOTS:
        raise InputError(
            f"it holds {len(shots):,} shots, and a board takes {MOST_SHOTS:,}", file=file, remedy="Split it."
        )
    for shot in shots:
        if len(shot.text) > LONGEST:
            raise InputError(
                f"line {shot.line}: a shot of {len(shot.text):,} characters, and {LONGEST:,} are the most",
                file=file,
                remedy="Check that it is a script, or split what is there into paragraphs.",
            )
    return tuple(shots)
