"""Renders what isn't a plain Read: by a background Nuke, or here, a frame at a time between what the user does."""

import itertools
import os
import re
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Iterator, List, Set

import nuke

from vfx_ai_nuke import going
from vfx_ai_nuke.errors import NodeError
from vfx_ai_nuke.inputs import Plate
from vfx_ai_nuke.nodes import living
from vfx_ai_nuke.paths import frame_file, frames_of, pinned, this_view

BACKGROUND = "by a background Nuke"
_HERE = "Set render input to here on the tab Advanced."
# What a background Nuke does before it renders; one without the plugin renders on.
_BEFORE = (
    "__import__('vfx_ai_nuke.going', fromlist=['going']).end_with({0!r}) "
    "if __import__('importlib.util', fromlist=['util']).find_spec('vfx_ai_nuke') else None"
)
_LEFT = "vfx-ai-nuke-*.going"
_OLD_SECONDS = 3600.0  # after which a file that a background Nuke could have looked at is of no use
_numbers = itertools.count(1)
_ended: List[Any] = []  # background renders that are over
_listening: List[bool] = []


class Rendering:
    """One input that is being rendered.

    Args:
        plate: with the Write that does it.
        background: whether another Nuke does it.
        keep: whether what is there already is used.
    """

    def __init__(self, plate: Plate, background: bool, keep: bool) -> None:
        assert plate.write is not None
        self._write, self._background = plate.write, background
        self._views = [this_view()]  # of a stereo script all others would be written into the same files
        self.frames = plate.numbers
        self._pattern, self._file, self._id, self._going = plate.file, "", None, ""
        self.done = len(self.frames) if keep and self._there() == set(self.frames) else 0

    @property
    def over(self) -> bool:
        """Whether all frames are there."""
        return self.done == len(self.frames)

    def step(self) -> None:
        """Go on a little; from the main thread.

        Raises:
            NodeError: it can't be rendered.
        """
        if self.over:
            return
        try:
            if self._background:
                self._watch()
            else:
                self._one()
        except RuntimeError as error:
            if "already executing" not in str(error):  # Nuke is busy: the next time, then
                self.end()
                raise NodeError(f"{self._write.fullName()} can't be rendered: {error}") from None
        if self.over:
            self.end()

    def end(self) -> None:
        """Leave the Write as it was; a background Nuke that isn't done ends in a second."""
        if self._going:
            # What is let go and still there tells it to end, also one that has only just been started.
            going.let_go(self._going, remove=self.over)
        with living():
            self._give_back()

    def _there(self) -> Set[int]:
        """Its frames whose files are there."""
        return set(frames_of(self._pattern, self.frames[0], self.frames[-1])).intersection(self.frames)

    def _ranges(self) -> str:
        first, last = self.frames[0], self.frames[-1]
        gapless = last - first + 1 == len(self.frames)
        return f"{first}-{last}" if gapless else " ".join(map(str, self.frames))

    def _begin(self) -> None:
        """Take away what an earlier job left."""
        for frame in self._there():
            with suppress(FileNotFoundError):
                Path(frame_file(self._pattern, frame)).unlink()

    def _take(self, before: str) -> None:
        """Have the Write write our files. It isn't ours alone: a preview may come while a whole shot is rendered."""
        self._file = pinned(self._pattern)
        for name, value in (("file", self._file), ("beforeRender", before), ("disable", False)):
            self._write[name].setValue(value)

    def _give_back(self) -> None:
        """Switch the Write off, unless another rendering has it by now."""
        if self._file and self._write["file"].getText() == self._file:
            self._write["beforeRender"].setValue("")
            self._write["disable"].setValue(True)

    def _one(self) -> None:
        if self.done == 0:
            self._begin()
        frame = self.frames[self.done]
        self._take("")  # what a background Nuke is told isn't meant for this one
        try:
            with _full_size():
                nuke.execute(self._write, frame, frame, 1, self._views)
        finally:
            self._give_back()
        self.done += 1

    def _watch(self) -> None:
        if self._id is None:  # not started, or Nuke was busy
            self._going = self._going or _new_going()
            self._begin()
            self._take(_BEFORE.format(self._going))
            if not _listening:
                nuke.addAfterBackgroundRender(_note_end)
                _listening.append(True)
            ranges = nuke.FrameRanges(self._ranges())
            limits = {"maxThreads": max(1, nuke.NUM_CPUS // 2), "maxCache": "2G"}
            with _full_size():
                self._id = nuke.executeBackgroundNuke(nuke.EXE_PATH, [self._write], ranges, self._views, limits)
            if self._id == -1:
                raise RuntimeError(f"no background Nuke could be started. {_HERE}")
            return
        over = self._id in _ended  # asked first, so that the last file isn't missed
        self.done = len(self._there())
        if over and not self.over:
            raise RuntimeError(f"the background Nuke ended after {self.done} of {len(self.frames)} frames. {_HERE}")


def _new_going() -> str:
    """A file by which a background Nuke sees that this one lives and wants what it does."""
    import platform  # both take longer to load than most of the rest
    import tempfile

    folder = Path(tempfile.gettempdir())
    for left in folder.glob(_LEFT):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _OLD_SECONDS and going.is_free(str(left)):
                left.unlink()
    machine = re.sub(r"\W", "_", platform.node())  # others may write to the same disk
    path = str(folder / _LEFT.replace("*", f"{machine}-{os.getpid()}-{next(_numbers)}")).replace("\\", "/")
    with suppress(OSError):  # where there are no locks it renders to its end
        going.hold(path)
    return path


def _note_end(context: "dict[str, int]") -> None:
    _ended.append(context["id"])


@contextmanager
def _full_size() -> Iterator[None]:
    """Proxy mode off."""
    proxy = nuke.root()["proxy"]
    before = bool(proxy.value())
    if before:
        proxy.setValue(False)
    try:
        yield
    finally:
        if before:
            proxy.setValue(True)
