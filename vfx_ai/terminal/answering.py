"""How a command ends: every failure in one line and an exit code, and Ctrl-C as one of them."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from vfx_ai.errors import InputError, Interrupted, JobError, OutputError, ResourceError, VfxAiError

if TYPE_CHECKING:
    from vfx_ai.terminal.stopping import Stop

INTERNAL_ERROR = 70
DEBUG = "VFX_AI_DEBUG"
SHOW_CURSOR = "\x1b[?25h"


@contextmanager
def stoppable(words: Callable[[], str], output: str | None = None, *, as_json: bool = False) -> Iterator[Stop]:
    """Ctrl-C within it ends as Interrupted, whatever it broke on its way out.

    Args:
        words: what to say then.
        output: the file that it is about.

    Raises:
        Interrupted: Ctrl-C was pressed.
    """
    from vfx_ai.terminal.stopping import stopping

    def interrupted() -> Interrupted:
        return Interrupted(words(), file=output, remedy="The same command goes on from there." if output else "")

    def last_words() -> None:
        from vfx_ai.terminal.console import print_error

        if sys.stderr.isatty():
            sys.stderr.write(SHOW_CURSOR + "\n")
        print_error(interrupted(), as_json=as_json)

    stop: Stop | None = None
    try:
        with stopping(last_words) as stop:
            yield stop
    except Interrupted:
        raise
    except (KeyboardInterrupt, Exception):
        if stop is not None and stop():
            _trace()
            raise interrupted() from None
        raise


@contextmanager
def answering(*, as_json: bool) -> Iterator[None]:
    """Every way in which a command can fail ends in one line and an exit code."""
    try:
        yield
    except (typer.Exit, BrokenPipeError):
        raise
    except (Exception, KeyboardInterrupt) as error:
        from vfx_ai.terminal.console import print_error

        _trace()
        shown = for_a_person(error)
        print_error(shown, as_json=as_json)
        raise typer.Exit(shown.exit_code) from None


def for_a_person(error: BaseException) -> VfxAiError:
    """The error that is shown for whatever went wrong; what isn't one of ours is a fault of the program."""
    if isinstance(error, VfxAiError):
        return error
    if isinstance(error, KeyboardInterrupt):
        return Interrupted("stopped")
    if isinstance(error, MemoryError) or _says_memory(error):
        return ResourceError("memory ran out", remedy="Give a smaller --memory, or close other programs.")
    if isinstance(error, OSError) and error.errno is not None:
        # Not a fault of the program: a file that was there a moment ago, a disk that fails, rights that were taken.
        return _refused_by_the_system(error)
    shown = VfxAiError(
        f"this is a fault of vfx-ai: {type(error).__name__}: {error}",
        remedy=f"Please report it, with what {DEBUG}=1 shows.",
    )
    shown.exit_code = INTERNAL_ERROR
    return shown


def _says_memory(error: BaseException) -> bool:
    """Torch, OpenCV and threads have no class for it."""
    words = (
        *("can't allocate memory", "not enough memory", "insufficient memory", "bad_alloc", "cannot allocate memory"),
        *("can't start new thread", "resource temporarily unavailable"),  # a thread needs memory of its own
        "failed to map segment",  # and a library that is loaded late
        "could not create a primitive",  # oneDNN's words, which torch hands on
    )
    return isinstance(error, Exception) and any(word in str(error).lower() for word in words)


def _refused_by_the_system(error: OSError) -> VfxAiError:
    said, unwritable = error.strerror or str(error), (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
    shown = OutputError if error.errno in unwritable else InputError
    file = error.filename if isinstance(error.filename, str) else None
    return shown(f"the system says: {said}", file=file, remedy="Check the file, its rights and the space left.")


def _trace() -> None:
    if os.environ.get(DEBUG):
        traceback.print_exc()


def usage_error(error: Exception) -> int:
    """Show what the command line's parser found in one line, and give the exit code; anything else is raised."""
    # By what it can do rather than by class: typer has its parser's errors from click or from within, by version.
    if not hasattr(error, "format_message"):
        raise error
    from vfx_ai.terminal.console import print_error

    message = str(error.format_message()).strip().rstrip(".")
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "vfx-ai"
    if message:
        shown = JobError(message[0].lower() + message[1:], remedy=f"See {command} --help.")
        print_error(shown, as_json="--json" in sys.argv)
    return JobError.exit_code
