"""Whole EXR files in memory, by the OpenEXR package, which alone keeps every type exactly."""

from __future__ import annotations

import contextlib
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
import numpy.typing as npt
import OpenEXR

from vfx_ai.media.exr_header import Header
from vfx_ai.media.exr_intact import damaged
from vfx_ai.media.exr_splice import exchange_header, without_extras

Planes = list[dict[str, npt.NDArray[Any]]]  # of each part, by the channel's name

DTYPES = {"half": np.float16, "float": np.float32, "uint": np.uint32}
MOST_THREADS = 8  # more bring nothing for one frame
_LOCK = threading.Lock()
_LOADING: set[int] = set()  # threads that are to print nothing


class _Muted:
    """Stands for stdout while the package reads: it prints what is wrong with a part and goes on without it.

    What threads write that read nothing (a progress bar) passes through.
    """

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        return len(text) if threading.get_ident() in _LOADING else int(self.stream.write(text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


@contextlib.contextmanager
def _muted() -> Iterator[None]:
    """The calling thread prints nothing; several may be at it at the same time."""
    with _LOCK:
        if not isinstance(sys.stdout, _Muted):
            sys.stdout = cast(IO[str], _Muted(sys.stdout))
        _LOADING.add(threading.get_ident())
    try:
        yield
    finally:
        with _LOCK:
            _LOADING.discard(threading.get_ident())
            if not _LOADING and isinstance(sys.stdout, _Muted):
                sys.stdout = sys.stdout.stream


def use_threads(count: int) -> None:
    """Let the package decode and encode every file with so many threads, at most MOST_THREADS; as it comes it does
    with none but the caller's."""
    OpenEXR.set_global_thread_count(min(count, MOST_THREADS))


def load(path: Path, header: Header, frame: int | None) -> Any:
    """The file as an OpenEXR.File with separate channels, every part and channel of the header decoded.

    Raises:
        InputError: the pixels are damaged.
    """
    file = _opened(path)
    if file is None:
        # An attribute that the package can't turn into a Python value keeps it from reading any pixel.
        try:
            with tempfile.TemporaryDirectory() as folder:
                plain = Path(folder) / "plain.exr"
                exchange_header(path, header, without_extras(header), plain)
                file = _opened(plain)
        except OSError as error:
            raise damaged(path, frame, f"it can't be read without its attributes: {error.strerror or error}") from None
    fault = _fault(file, header)
    if fault:
        raise damaged(path, frame, fault)
    return file


@dataclass(frozen=True)
class Decoded:
    """A file that was read once, for those who look at it, one who writes it anew and one who compares with it.

    Attributes:
        header: its header.
        file: the OpenEXR.File, for the writer alone, who may give its channels other arrays.
        planes: its pixels to the bit, read-only.
    """

    header: Header
    file: Any
    planes: Planes

    @property
    def size(self) -> int:
        """Bytes of its pixels."""
        return sum(plane.nbytes for part in self.planes for plane in part.values())


def held(file: Any, header: Header) -> Decoded:
    """A file from `load` or `loaded`, whose pixels nothing changes any more."""
    planes = planes_of(file)
    for part in planes:
        for plane in part.values():
            plane.flags.writeable = False
    return Decoded(header, file, planes)


def planes_of(file: Any) -> Planes:
    """Channels of each part of an OpenEXR.File by name, to the bit."""
    return [{name: channel.pixels for name, channel in part.channels.items()} for part in file.parts]


def loaded(path: Path, header: Header) -> Any | None:
    """The file as `load` gives it, or None where the package can't decode it as it lies there."""
    file = _opened(path)
    return None if _fault(file, header) else file


def _opened(path: Path) -> Any:
    with _muted():
        try:
            return OpenEXR.File(str(path), separate_channels=True)
        except Exception:
            return None


def _fault(file: Any, header: Header) -> str:
    """What was not decoded as the header promises, in words; empty if all was."""
    if file is None or len(file.parts) != len(header.parts):
        return "its pixels can't be decoded"
    for part, promised in zip(file.parts, header.parts, strict=True):
        shape = (promised.data_window.height, promised.data_window.width)
        for channel in promised.channels:
            decoded = part.channels.get(channel.name)
            pixels = None if decoded is None else decoded.pixels
            if pixels is None or pixels.shape != shape or pixels.dtype != DTYPES[channel.type]:
                return f"its channel {channel.name} can't be decoded"
    return ""
