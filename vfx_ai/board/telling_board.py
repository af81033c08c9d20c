"""What the command `vfx-ai storyboard` prints at its end."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING

from vfx_ai.board.frames import clock
from vfx_ai.board.sources import LABELS
from vfx_ai.proof.wording import counted
from vfx_ai.terminal.console import print_json, print_table

if TYPE_CHECKING:
    from vfx_ai.board.make import Board

_TOLD = 8  # warnings in full


def show_board(made: Board, *, as_json: bool, quiet: bool) -> None:
    """How many shots, where their pictures are from, what was drawn, and where all of it lies."""
    if as_json:
        print_json({"event": "storyboard", **asdict(made)})
        return
    rows = [("warning", words) for words in made.warnings[:_TOLD]]
    if len(made.warnings) > _TOLD:
        rows.append(("warning", f"and {len(made.warnings) - _TOLD} more; the page or --json has them"))
    if not quiet:
        counts = Counter(one.source for one in made.shots)
        rows += [
            ("board", f"{made.title}: {counted(len(made.shots), 'shot')}, {clock(made.seconds)}"),
            ("panels", ", ".join(f"{count} {LABELS.get(name, name)}" for name, count in counts.items())),
            ("drawn now", counted(len(made.drawn), "panel")),
            *(
                (name, file)
                for name, file in (
                    ("page", made.page),
                    ("pdf", made.pdf),
                    ("timeline", made.timeline),
                    ("animatic", made.movie),
                )
                if file
            ),
            *(("note", words) for words in made.notes),
        ]
    if rows:
        print_table(rows)
