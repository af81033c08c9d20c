"""The objects of a plate by its cryptomattes: which there are, and the matte that some of them make."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from vfx_ai.errors import JobError
from vfx_ai.matte.cryptomatte import Cryptomatte, find_cryptomattes, read_coverage, read_shares
from vfx_ai.matte.manifest import Manifest, sidecar_of
from vfx_ai.matte.selection import Wanted, parse_objects, spelled
from vfx_ai.media.channel import ChannelImage
from vfx_ai.media.sequence import Sequence as FrameSequence

# In so many frames, spread over the shot, objects are looked for before the headers of all frames are asked.
_PROBES = 5
_MOST_NAMED = 6


def choose_cryptomatte(found: Sequence[Cryptomatte], layer: str, path: Path, frame: int) -> Cryptomatte:
    """The cryptomatte that `layer` means: by its name, its end ("CryptoObject" of "ViewLayer.CryptoObject"), or a part.

    Without a name it is the only one, or the only one of objects.

    Raises:
        JobError: there is none, or more than one.
    """
    low = layer.lower()
    by_name: tuple[Callable[[str], bool], ...] = (
        lambda name: name == layer,
        lambda name: name.lower() == low,
        lambda name: name.lower().endswith(f".{low}"),
        lambda name: low in name.lower(),
    )
    unnamed: tuple[Callable[[str], bool], ...] = (lambda _: True, lambda name: name.lower().endswith("object"))
    meant: list[Cryptomatte] = []
    for test in by_name if layer else unnamed:
        meant = [crypto for crypto in found if test(crypto.name)]
        if len(meant) == 1:
            return meant[0]
    wrong = f"the cryptomatte {layer!r} could be several" if meant else f"there is no cryptomatte {layer!r}"
    raise JobError(
        wrong if layer else f"there are {len(found)} cryptomattes",
        file=path,
        frame=frame,
        remedy=f"Name the layer: {', '.join(crypto.name for crypto in found)}.",
    )


def read_objects(path: Path, frame: int, objects: str, layer: str = "") -> ChannelImage:
    """How much of each pixel some objects cover, as the cryptomatte of a file says; see `cryptomatte.read_coverage`.

    An object that has no pixel in this frame adds nothing; `check_objects` tells whether it has one in any.

    Args:
        path, frame: which file.
        objects: names, patterns and ids; see `selection.parse_objects`.
        layer: which cryptomatte; see `choose_cryptomatte`.

    Raises:
        InputError, UnsupportedFileError: the file can't be read, or has no cryptomatte that can be used.
        JobError: there is no such cryptomatte, or `objects` makes no sense.
    """
    crypto, manifest = _opened(path, frame, layer)
    wanted = parse_objects(objects)
    patterns = [entry for entry in wanted if entry.pattern]
    if manifest.gap and patterns:
        raise JobError(
            f"no name fits {patterns[0].text}: {crypto.name} has no names, for {manifest.gap}",
            file=path,
            frame=frame,
            remedy="Write whole names, or ids as vfx-ai matte names shows them.",
        )
    return read_coverage(path, frame, crypto, frozenset().union(*(entry.ids(manifest) for entry in wanted)))


def names_beside(path: Path, frame: int, layer: str = "") -> Path | None:
    """The file beside a picture that gives its objects their names; None: the header does, or nothing.

    Args:
        path, frame: which picture.
        layer: which cryptomatte; see `choose_cryptomatte`.

    Raises:
        InputError, UnsupportedFileError, JobError: as `read_objects`.
    """
    crypto = choose_cryptomatte(find_cryptomattes(path, frame), layer, path, frame)
    if crypto.manifest.strip() or not crypto.sidecar.strip():
        return None
    try:
        return sidecar_of(path, crypto.sidecar)
    except (OSError, ValueError):  # as if there were none; ids still work
        return None


def check_objects(files: FrameSequence, numbers: Iterable[int], objects: str, layer: str = "") -> None:
    """Make sure that everything that is named covers a pixel in some frame.

    Args:
        files: the sequence with the cryptomatte.
        numbers: frames to look at.
        objects, layer: as `read_objects`.

    Raises:
        JobError: something has no pixel; the message has names that are near.
        InputError, UnsupportedFileError: as `read_objects`.
    """
    # a held file, or a frame that stands in for a gap, is looked at once
    by_file: dict[Path, int] = {}
    for number in numbers:
        if not files.is_black(number):
            by_file.setdefault(files.path(number), number)
    frames = list(by_file.values())
    if not frames:
        return
    spread = [frames[i * (len(frames) - 1) // (_PROBES - 1)] for i in range(_PROBES)]
    probes = list(dict.fromkeys([frames[0], *spread]))
    search = _Search(files, layer, parse_objects(objects))
    if search.through(probes):
        return
    # A header is read a thousand times as fast as pixels: a name that none has is told of at once.
    nameless = [entry for entry in search.left if not search.is_named(entry, frames)]
    if nameless or not search.through(number for number in frames if number not in probes):
        raise search.nowhere((nameless or search.left)[0], frames[0])


class _Search:
    """Looks for the pixels of objects, frame by frame, and remembers which names it came across.

    Args:
        files: where.
        layer: the cryptomatte.
        wanted: what.
    """

    def __init__(self, files: FrameSequence, layer: str, wanted: Sequence[Wanted]) -> None:
        self.files, self.layer, self.left = files, layer, list(wanted)
        self.seen: dict[str, None] = {}

    def through(self, frames: Iterable[int]) -> bool:
        """Whether everything is found in these frames or was before."""
        for number in frames:
            path = self.files.path(number)
            crypto, manifest = _opened(path, number, self.layer)
            there, names = read_shares(path, number, crypto), manifest.names()
            self.left = [entry for entry in self.left if entry.ids(manifest).isdisjoint(there)]
            if not self.left:
                return True
            self.seen |= dict.fromkeys(names[found] for found in there if found in names)
        return False

    def is_named(self, entry: Wanted, frames: Iterable[int]) -> bool:
        """Whether a frame's header has a name for it, so that a closer look is worth while; an id needs none."""
        manifests = (_opened(self.files.path(number), number, self.layer)[1] for number in frames)
        if entry.number is not None:
            return True
        return any(entry.names(manifest) or (manifest.gap and not entry.pattern) for manifest in manifests)

    def nowhere(self, entry: Wanted, frame: int) -> JobError:
        """The error for what has no pixel in any frame."""
        path = self.files.path(frame)
        crypto, manifest = _opened(path, frame, self.layer)
        named = f"{entry.text} has no pixel in any frame of {crypto.name}"
        if entry.number is None and not entry.names(manifest):
            named = f"{entry.text} isn't among the objects of {crypto.name}"
            named += f", for {manifest.gap}" if manifest.gap else ""
        others = [
            other.name
            for other in find_cryptomattes(path, frame)
            if other.name != crypto.name and entry.number is None and entry.names(other.names(path))
        ]
        if others:
            remedy = f"It is in {others[0]}: name that layer."
        elif near := _near(entry.text, list(self.seen)):
            remedy = f"There is {', '.join(spelled(name) for name in near)}."
        else:
            remedy = "vfx-ai matte names lists what there is."
        return JobError(named, file=path, frame=frame, remedy=remedy)


def _opened(path: Path, frame: int, layer: str) -> tuple[Cryptomatte, Manifest]:
    crypto = choose_cryptomatte(find_cryptomattes(path, frame), layer, path, frame)
    return crypto, crypto.names(path)


def _near(text: str, names: list[str]) -> list[str]:
    """Names that are like what was written, and if none is, a few of them."""
    by_low = {name.lower(): name for name in reversed(names)}
    plain = text.lower().strip("*?")
    inside = [name for low, name in by_low.items() if plain and (plain in low or low in plain)]
    close = difflib.get_close_matches(plain, list(by_low), n=_MOST_NAMED, cutoff=0.5)
    found = list(dict.fromkeys([*(by_low[low] for low in close), *inside]))
    return found[:_MOST_NAMED] or names[:_MOST_NAMED]
