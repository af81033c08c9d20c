"""What is asked of a storyboard: frozen, and checked before any file is opened."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from vfx_ai.errors import JobError
from vfx_ai.job import check_choices

SPLITS = ("beats", "marks", "scenes")
BY_WORDS = "words"
PAPERS = ("a4", "letter", "none")
MOST_COLUMNS = 6
NARROWEST, WIDEST = 0.3, 6.0
_RATIO = re.compile(r"(\d{1,5}(?:\.\d{1,6})?)(?:[:x/](\d{1,5}(?:\.\d{1,6})?))?")


@dataclass(frozen=True)
class Storyboard:
    """A storyboard from a script: panels, a page, a PDF, a timeline and an animatic.

    Attributes:
        script: a screenplay in Fountain, a table of shots (.csv), or a timeline (.otio).
        output: the board's folder; made anew in place, panels drawn by hand are kept.
        catalogue: a catalogue's folder, whose shots are looked through for pictures; empty: none.
        search: a model of words and pictures of the registry that looks for what a shot shows; "words": the catalogue's
            words alone; empty: the only such model that is registered, else words alone.
        territory: where the board is shown, as the catalogue's rights are asked: "world", or a country's code.
        model: a model of the registry that makes pictures up; empty: none.
        style: words that stand before each shot's, e.g. "pencil storyboard sketch".
        lora: adapters laid on the model, e.g. "ourlook:0.8".
        use: what the board is for, which the model's licence must allow, as for a Job.
        policy: the studio's file of what is allowed, as for a Job.
        models_dir: the folder of models, as for a Job.
        seed: another gives other pictures.
        device: "auto", "cpu", "cuda" or "mps".
        panels: a folder with pictures named by a shot's id or number, e.g. "12.3.png"; empty: none.
        aspect: the frame, e.g. "2.39", "1.85:1" or "16:9".
        sketch: draw pictures as pencil lines.
        columns: panels side by side, 1 to 6.
        pages: paper of the PDF: "a4" or "letter"; "none": no PDF; empty: a4 where reportlab is installed.
        fps: of the timeline and the animatic, e.g. "24" or "23.976".
        font: a TrueType font (.ttf) for PDF and animatic, with letters beyond those of Western Europe; empty: Droid.
        split: where a screenplay is cut into shots: "beats" (each paragraph of action), "marks" (where it speaks of the
            camera) or "scenes".
        movie: make the animatic where ffmpeg is.
        redo: ids or numbers of shots whose panels are made anew, with commas between them; a panel drawn by hand is set
            aside, not thrown away.
    """

    script: str
    output: str
    catalogue: str = ""
    search: str = ""
    territory: str = "world"
    model: str = ""
    style: str = ""
    lora: str = ""
    use: str = "commercial"
    policy: str = ""
    models_dir: str = ""
    seed: int = 1
    device: str = "auto"
    panels: str = ""
    aspect: str = "16:9"
    sketch: bool = False
    columns: int = 3
    pages: str = ""
    fps: str = "24"
    font: str = ""
    split: str = "beats"
    movie: bool = True
    redo: str = ""

    def __post_init__(self) -> None:
        for name in ("script", "output"):
            if not getattr(self, name):
                raise JobError(f"no {name} was given", remedy="See vfx-ai storyboard --help.")
        for name, value, choices in (("split", self.split, SPLITS), ("pages", self.pages, ("", *PAPERS))):
            if value not in choices:
                raise JobError(f"{name} is {value!r}", remedy=f"Give one of {', '.join(filter(None, choices))}.")
        if not 1 <= self.columns <= MOST_COLUMNS:
            raise JobError(f"columns is {self.columns}", remedy=f"Give 1 to {MOST_COLUMNS}.")
        check_choices(use=self.use, device=self.device)
        _ = self.ratio, self.rate

    @property
    def ratio(self) -> float:
        """Width over height of the frame.

        Raises:
            JobError: `aspect` is none.
        """
        found = _RATIO.fullmatch(self.aspect.strip())
        under = float(found[2] or 1) if found else 0.0
        ratio = float(found[1]) / under if found and under else 0.0
        if not NARROWEST <= ratio <= WIDEST:
            raise JobError(f"aspect is {self.aspect!r}", remedy="Give width over height, e.g. 2.39 or 16:9.")
        return ratio

    @property
    def rate(self) -> Fraction:
        """Frames a second, exactly: 23.976 is 24000/1001.

        Raises:
            JobError: `fps` is none.
        """
        try:
            rate = Fraction(self.fps.strip())
        except (ValueError, ZeroDivisionError):
            rate = Fraction(0)
        if not 1 <= rate <= 240:
            raise JobError(f"fps is {self.fps!r}", remedy="Give e.g. 24, 25, 23.976 or 24000/1001.")
        whole = round(rate * 1001 / 1000)
        drop = Fraction(whole * 1000, 1001)
        return drop if rate.denominator > 1 and abs(rate - drop) < Fraction(1, 500) else rate

    @property
    def anew(self) -> frozenset[str]:
        """Ids and numbers of `redo`."""
        return frozenset(filter(None, (part.strip() for part in self.redo.split(","))))
