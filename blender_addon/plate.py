"""A source: its frames on disk, and how the scene and the editor show them."""

from typing import NamedTuple

from . import exr_head
from .paths import frame_file, plain_stem, with_range

# What the worker calls a color space, by Blender's name of it; of others the file itself tells.
SPACES = {"ACEScg": "ACEScg", "ACES2065-1": "ACES2065-1", "Linear Rec.2020": "Linear Rec.2020"}


class Plate(NamedTuple):
    """A source.

    Attributes:
        pattern: of its files, or one file.
        first, last: numbers of its files.
        shift: a file's number less the frame of the scene that shows it.
        space: the color space that Blender takes its files for; empty: Blender's own choice.
        movie: the movie that must be turned into these files before; empty: they are there.
        shown: name of the image or clip datablock that shows it, and which of both.
        words: what it is called where there are no files, as what is made by a model of words alone.
        render: whether it is what a scene was rendered to.
    """

    pattern: str
    first: int
    last: int
    shift: int = 0
    space: str = ""
    movie: str = ""
    shown: tuple[str, str] = ("", "")
    words: str = ""
    render: bool = False

    @property
    def source(self) -> str:
        """What it came as: the movie, or the pattern of its files."""
        return self.movie or self.pattern or self.words

    @property
    def name(self) -> str:
        """What a job calls it."""
        return with_range(self.pattern, self.first, self.last)

    @property
    def one(self) -> str:
        """The file of its first frame."""
        return frame_file(self.pattern, self.first)

    @property
    def stem(self) -> str:
        """What it is called in names of results."""
        return plain_stem(self.source)

    @property
    def colorspace(self) -> str:
        """What the worker calls its color space; empty: the file tells."""
        return "" if self.movie else SPACES.get(self.space, "")

    def frame_at(self, frame: int) -> int:
        """The number of the file that is shown at a frame of the scene; before and behind them all the nearest."""
        return min(max(frame + self.shift, self.first), self.last)

    def layer(self) -> str:
        """Which layer of it is the picture; empty: it has plain R, G, B."""
        head = exr_head.read(self.one) if self.one.lower().endswith(".exr") else None
        return exr_head.layer_of(head.channels) if head else ""
