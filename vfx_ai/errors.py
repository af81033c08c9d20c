"""The one tree of exceptions. Each says in one line what is wrong, where, and what to do next.

VfxAiError
├── JobError            what was asked can't be done as asked (an option, a name, a range)      exit code 2
├── InputError          a file can't be read                                                    exit code 3
│   ├── MissingFrameError   a frame of a sequence isn't there
│   └── UnsupportedFileError  a readable file whose contents can't be honoured (deep, luminance/chroma ...)
├── OutputError         a result can't be written, or would overwrite what must stay            exit code 4
├── VerifyError         a result differs from its plate where it must not                       exit code 5
├── ResourceError       not enough memory, or no such device                                    exit code 6
├── RightsError         footage is used for what isn't cleared                                  exit code 7
└── Interrupted         the run was stopped on purpose; what is done is kept                    exit code 130
"""

from __future__ import annotations

from pathlib import Path

MOST_LETTERS = 2000


def visible(text: str) -> str:
    """Text in which nothing is a command to a terminal or can't be written: what isn't printable is spelled out."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def _plain(text: str) -> str:
    """On one line, of bounded length, and visible: the words may be a file's own."""
    line = visible(" ".join(text.split()))
    return line if len(line) <= MOST_LETTERS else f"{line[:MOST_LETTERS]} ..."


class VfxAiError(Exception):
    """Base of all errors that a user is meant to see.

    Args:
        message: what is wrong, without a full stop.
        file: the file it is about.
        frame: the frame number it is about.
        remedy: what to do next, as a sentence.
    """

    exit_code = 1

    def __init__(
        self,
        message: str,
        *,
        file: str | Path | None = None,
        frame: int | None = None,
        remedy: str = "",
    ) -> None:
        self.message = _plain(message)
        self.file = None if file is None else str(file)
        self.frame = frame
        self.remedy = _plain(remedy)
        super().__init__(self.message)

    def __str__(self) -> str:
        where = [] if self.file is None else [_plain(self.file)]
        if self.frame is not None:
            where.append(f"frame {self.frame}")
        line = ", ".join(where) + (": " if where else "") + self.message
        return f"{line}. {self.remedy}" if self.remedy else line


class JobError(VfxAiError):
    """What was asked can't be done as asked."""

    exit_code = 2


class InputError(VfxAiError):
    """A file can't be read."""

    exit_code = 3


class MissingFrameError(InputError):
    """A frame of a sequence isn't there."""


class UnsupportedFileError(InputError):
    """A readable file whose contents can't be honoured."""


class OutputError(VfxAiError):
    """A result can't be written."""

    exit_code = 4


class VerifyError(VfxAiError):
    """A result differs from its plate where it must not."""

    exit_code = 5


class ResourceError(VfxAiError):
    """Not enough memory, or no such device."""

    exit_code = 6


class RightsError(VfxAiError):
    """Footage is used for what isn't cleared, or its ledger can't be believed."""

    exit_code = 7


class Interrupted(VfxAiError):  # noqa: N818 - no error, but the one way out
    """The run was stopped on purpose; what is done is kept."""

    exit_code = 130
