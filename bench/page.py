"""The part of a page that a benchmark owns: what it printed, between two marks that nobody reads.

<!-- bench/peers.py begins -->
...
<!-- bench/peers.py ends -->
"""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

BENCHMARKS = Path("docs/benchmarks.md")


class Page:
    """What a benchmark says: printed at once, and written into its part of a page at the end.

    Args:
        file: the page; None: nothing is written.
        owner: the benchmark's file, "peers.py".
    """

    def __init__(self, file: Path | None, owner: str) -> None:
        self._file, self._owner, self._said = file, owner, list[str]()
        if file is not None:
            _parts(file, owner)  # before hours of work, not after

    def say(self, text: str = "") -> None:
        """Print a line, and keep it for the page."""
        print(text, flush=True)
        self._said.append(text)

    def picture(self, file: Path, words: str) -> None:
        """Show a picture that lies beside the page or below; one elsewhere isn't shown."""
        if self._file is not None and file.resolve().is_relative_to(self._file.resolve().parent):
            self.say(f"\n![{words}]({file.resolve().relative_to(self._file.resolve().parent).as_posix()})")

    def write(self) -> None:
        """Put what was said in the place of what stood there, below the command that was given."""
        if self._file is None:
            return
        before, _, after = _parts(self._file, self._owner)
        command = f"    python bench/{self._owner} {shlex.join(sys.argv[1:])}".rstrip()
        inner = re.sub(r"\n{3,}", "\n\n", "\n".join(["", command, "", *self._said, ""]))
        self._file.write_text(f"{before}\n{inner}\n{after}", encoding="utf-8")


def _parts(file: Path, owner: str) -> tuple[str, str, str]:
    """A page up to and with the first mark, between them, and from the second on."""
    begin, end = (f"<!-- bench/{owner} {word} -->" for word in ("begins", "ends"))
    head, first, rest = file.read_text(encoding="utf-8").partition(begin)
    inner, second, tail = rest.partition(end)
    if not first or not second:
        sys.exit(f"{file} has no place for this: it wants the lines {begin} and {end}.")
    return head + begin, inner, end + tail


def page_of(text: str) -> Path | None:
    """What --page names; "" is none."""
    return Path(text) if text else None
