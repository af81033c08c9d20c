"""What the commands about proof say at their end."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from vfx_ai.console import print_json, print_table
from vfx_ai.errors import VerifyError
from vfx_ai.proof.wording import counted, ranges

if TYPE_CHECKING:
    from vfx_ai.again import Again


def show_again(again: Again, *, as_json: bool, quiet: bool) -> None:
    """What came of doing a result again."""
    if as_json:
        print_json({"event": "reproduce", "passed": again.passed, **asdict(again)})
        return
    if quiet:
        return
    lost = [frame for frame, off in again.differing.items() if off is None]
    off = {frame: pixels for frame, pixels in again.differing.items() if pixels is not None}
    rows = [
        *([("identical", _frames(again.identical, "byte for byte"))] if again.identical else []),
        *([("same pixels", _frames(again.same_pixels, "the files differ otherwise"))] if again.same_pixels else []),
        *([("differing", _frames(tuple(off), f"{max(off.values()):,} pixels at most"))] if off else []),
        *([("differing", _frames(tuple(lost), "the first result isn't there to be compared"))] if lost else []),
        *(("note", one) for one in again.told),
        ("result", again.output),
        ("sidecar", again.sidecar),
    ]
    print_table(rows, title="The same pixels" if again.passed else "Not the same pixels")


def refuse_unless_same(again: Again) -> None:
    """End with what differs, if anything does.

    Raises:
        VerifyError: a pixel differs.
    """
    if not again.passed:
        frames = tuple(again.differing)
        remedy = "What is told of versions and devices may be why." if again.told else "Report this as a fault."
        raise VerifyError(
            f"{counted(len(frames), 'frame')} came out otherwise", file=again.output, frame=frames[0], remedy=remedy
        )


def _frames(frames: tuple[int, ...], words: str) -> str:
    return f"{counted(len(frames), 'frame')}, {words}: {ranges(frames)}"
