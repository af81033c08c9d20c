#!/usr/bin/env python3
"""How often a frame's depth is right, by what other frames and the surface around say of it; see motion/trust.py.

    python bench/depth_trust.py ../shared [--shots dolly-1] [--results out/referee]

For shots of truth/ that come with their true depth (depth.####.exr, Z along the view axis), as bench/referee.py left
their results and analysis. Depths are those of all frames, where holes may look, mended (motion/mend.py), before
anything is believed of them. A solved world has a scale of its own: it is laid on the true one by the median over what
all frames agree on. "Right" is within three planes of the sweep; too near and too far are beyond. The first table goes
by votes (frames that place the point there, and frames that see through it), the second splits those of which nobody
tells by the share of known depths around that are like it. "trust" is what the program gives them.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import torch
from peers import pixels
from referee import shots

from vfx_ai.fill import project
from vfx_ai.media.sequence import find_sequence
from vfx_ai.motion.depth import CHECKED
from vfx_ai.motion.trust import GOES_ON_PLANES, KNOWN_VOTES, share_around, trusted, votes
from vfx_ai.shot import MatteOptions, Shot

RIGHT = 3.0  # planes
MOST_FOR, MOST_AGAINST = 4, 3  # votes beyond which no more is told apart
SHARES = (0.0, 0.05, 0.3, 0.6, 1.01)
BUDGET = 2 * 2**30
HEAD, LINE = "| depths | right | too near | too far | trust |", "|---|---|---|---|---|"


@dataclass(frozen=True)
class Told:
    """Of each depth of a shot [N]: votes for it and against it, the share around that is like it, trust, planes off."""

    agree: torch.Tensor
    through: torch.Tensor
    share: torch.Tensor
    trust: torch.Tensor
    off: torch.Tensor


def told(shot: Path, results: Path) -> Told:
    """What is said of all depths of a shot, and how far each is from the truth."""
    plate, matte = (find_sequence(str(shot / f"{name}.####.exr")) for name in ("plate", "matte"))
    seen = Shot(plate, matte, "RGB", MatteOptions(), torch.device("cpu"), BUDGET)
    parts = list(of_frames(seen, results / "clean.vfx-ai" / "analysis", shot))
    return Told(*(torch.cat([part[i] for part in parts]) for i in range(5)))


def of_frames(shot: Shot, analysis: Path, truth: Path) -> Iterator[tuple[torch.Tensor, ...]]:
    """The fields of `Told`, frame by frame."""
    known = project.ready(shot, None, analysis)  # type: ignore[arg-type] # the survey isn't asked for
    sweep, numbers = known.depths.sweep, [n for n in shot.numbers if known.depths.of(n) is not None]
    depths = {n: depth for n in numbers if (depth := known.depths.of(n)) is not None}
    shown = {n: shot.small(n)[1] for n in numbers}
    planar = {n: torch.from_numpy(pixels(truth / f"depth.{n}.exr", ["Z"])[..., 0]) for n in numbers}
    there = {n: (slice(d.box.y0, d.box.y1), slice(d.box.x0, d.box.x1)) for n, d in depths.items()}
    sure = [(depths[n].inverse * planar[n][there[n]])[depths[n].trust > 0] for n in numbers]
    scale = torch.cat(sure).median()
    for i, number in enumerate(numbers):
        mine = replace(depths[number], trust=torch.zeros_like(depths[number].trust))
        others = {n: depths[n] for n in numbers[max(0, i - CHECKED) : i + CHECKED + 1] if n != number}
        agree, through = votes(known.small, number, mine, others, shown, sweep)
        here = shown[number][there[number]]
        sure_of = here & (agree >= KNOWN_VOTES) & (through == 0)
        share = share_around(mine.inverse, sure_of, GOES_ON_PLANES * sweep.step)
        off = (mine.inverse - scale / planar[number][there[number]]) / sweep.step
        trust = trusted(known.small, number, mine, others, shown, sweep)
        yield tuple(part[here] for part in (agree, through, share, trust, off))


def row(names: list[str], which: torch.Tensor, found: Told) -> str:
    """A line of a table: how many, how many of them right, too near and too far, and the trust in them."""
    off = found.off[which]
    shares = ((off.abs() < RIGHT), off >= RIGHT, off <= -RIGHT)
    cells = [*names, str(int(which.sum())), *(f"{float(part.float().mean()):.2f}" for part in shares)]
    return f"| {' | '.join([*cells, f'{float(found.trust[which].mean()):.2f}'])} |"


def main() -> None:
    """Print two tables for each shot."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("shared", type=Path)
    parser.add_argument("--shots", default="dolly-1")
    parser.add_argument("--results", type=Path, default=Path("out/referee"))
    asked = parser.parse_args()
    for shot in shots(asked.shared, set(asked.shots.split(","))):
        found = told(shot, asked.results / shot.name)
        print(f"\n{shot.name}\n\n| for | against {HEAD}\n|---|---{LINE}")
        for against in range(MOST_AGAINST):
            for agree in range(MOST_FOR + 1):
                enough = found.agree >= agree if agree == MOST_FOR else found.agree == agree
                which = enough & (found.through >= against if against == MOST_AGAINST - 1 else found.through == against)
                if bool(which.any()):
                    names = [f"{agree}{'+' * (agree == MOST_FOR)}", f"{against}{'+' * (against == MOST_AGAINST - 1)}"]
                    print(row(names, which, found))
        print(f"\n| like it around {HEAD}\n|---{LINE}")
        alone = (found.agree == 0) & (found.through == 0)
        for low, high in pairwise(SHARES):
            which = alone & (found.share >= low) & (found.share < high)
            if bool(which.any()):
                print(row([f"{low:.0%} to {min(high, 1):.0%}"], which, found))


if __name__ == "__main__":
    main()
