"""What comes of `vfx-ai plate generate`: a new plate, and its figures for people."""

from __future__ import annotations

from dataclasses import dataclass

from vfx_ai.plates.figures import Figures
from vfx_ai.proof.wording import counted, duration


@dataclass(frozen=True)
class Generated:
    """A new plate.

    Attributes:
        output: the pattern of its files; "" if nothing was written.
        frames: numbers of files that were written or are finished.
        width, height, length: of the whole plate.
        seed: which of many it is.
        scale: at what share of the full size patches were searched; finer detail is that of the places found.
        copied: the largest piece taken over as it is, as a share of the plate.
        nature: what the reference was found to be like.
        figures: how the plate compares with its reference; None: not made yet.
        estimate: seconds that it takes, about, and bytes of memory.
        device: what computed.
        warnings: what to act on.
        notes: what is good to know.
        seconds: that it took.
        report: the page.
    """

    output: str
    frames: tuple[int, ...]
    width: int
    height: int
    length: int
    seed: int
    scale: float
    copied: float
    nature: str
    figures: Figures | None
    estimate: tuple[float, int]
    device: str
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    seconds: float
    report: str

    def rows(self) -> tuple[tuple[str, str], ...]:
        """Names and values for people."""
        f = self.figures
        told = [
            ("plate", f"{counted(self.length, 'frame')} of {self.width}x{self.height}, seed {self.seed}"),
            ("searched at", f"{100 * self.scale:.0f}% of the size"),
        ]
        if f is None:
            return (
                *told,
                ("takes", f"about {duration(self.estimate[0])} and {self.estimate[1] / 1e9:.1f} GB"),
                ("would write", self.output),
            )
        return (
            *told,
            ("reference", self.nature),
            ("largest copied piece", f"{100 * self.copied:.0f}% of the plate"),
            ("coherence", f"{f.coherence:.3f} stops from its patches to the reference's"),
            ("completeness", f"{f.completeness:.3f} stops from the reference's patches to its own"),
            ("motion", f"steps {f.flicker:.2f} of the reference's, temporal spectrum {f.spectrum:.1f} dB off"),
            ("finest detail", f"{f.fine:+.1f} dB"),
            (
                "light",
                f"mean {f.mean:.2f}, brightest thousandth {f.highlight:.2f}, most {f.brightest:.2f} of the other",
            ),
            ("time", duration(self.seconds)),
            ("result", self.output),
            ("report", self.report),
        )
