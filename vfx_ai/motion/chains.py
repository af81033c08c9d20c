"""What is matched between frames, two by two, and the chains that it makes: one point of the world through the shot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Pairs = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Tracks:
    """Features of frames and which of them are the same point.

    Attributes:
        numbers: the frames.
        positions: per frame [N, 2] float64, in pixels of the working size.
        pairs: per pair of indices into `numbers`, which feature of one [M] is which of the other [M]: [M, 2].
    """

    numbers: tuple[int, ...]
    positions: tuple[npt.NDArray[np.float64], ...]
    pairs: dict[tuple[int, int], Pairs]

    def matched(self, first: int, second: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Positions [M, 2] of the points that two frames show."""
        pairs = self.pairs[first, second]
        return self.positions[first][pairs[:, 0]], self.positions[second][pairs[:, 1]]

    def save(self, file: Path) -> None:
        """Write all of it to an .npz."""
        arrays: dict[str, Any] = {
            "numbers": np.array(self.numbers, np.int64),
            "counts": np.array([len(p) for p in self.positions], np.int64),
            "positions": np.concatenate([np.zeros((0, 2)), *self.positions]),
            "between": np.array(list(self.pairs), np.int64).reshape(-1, 2),
            "lengths": np.array([len(p) for p in self.pairs.values()], np.int64),
            "pairs": np.concatenate([np.zeros((0, 2), np.int64), *self.pairs.values()]),
        }
        np.savez(file, **arrays)

    @classmethod
    def load(cls, file: Path) -> Tracks:
        """What `save` wrote."""
        with np.load(file, allow_pickle=False) as kept:
            positions = np.split(kept["positions"], np.cumsum(kept["counts"])[:-1])
            pairs = np.split(kept["pairs"], np.cumsum(kept["lengths"])[:-1])
            between = [(int(i), int(j)) for i, j in kept["between"]]
            return cls(
                tuple(int(n) for n in kept["numbers"]),
                tuple(positions),
                dict(zip(between, pairs if between else [], strict=True)),
            )


@dataclass(frozen=True)
class Chains:
    """Which features of all frames are one point; a chain has at most one feature of each frame.

    Attributes:
        of: per frame [N] int64, the chain of each feature; -1 if it is in none.
        count: how many chains there are.
    """

    of: tuple[npt.NDArray[np.int64], ...]
    count: int

    def rows(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Frame, feature and chain [N] of all that is in one, by frame."""
        inside = [np.nonzero(chain >= 0)[0] for chain in self.of]
        frames = np.repeat(np.arange(len(self.of)), [len(i) for i in inside])
        return frames, np.concatenate(inside), np.concatenate([c[i] for c, i in zip(self.of, inside, strict=True)])


def link(tracks: Tracks) -> Chains:
    """The chains that matches make.

    Frames next to each other come first, since they are matched best; two chains that have a feature in the same frame
    aren't joined, so one wrong match doesn't make one point of two.
    """
    starts = np.concatenate([[0], np.cumsum([len(p) for p in tracks.positions])])
    parent = list(range(int(starts[-1])))
    frames = [1 << i for i, p in enumerate(tracks.positions) for _ in range(len(p))]  # a bit for each
    for i, j in sorted(tracks.pairs, key=lambda pair: (pair[1] - pair[0], pair)):
        _join(tracks.pairs[i, j] + starts[[i, j]], parent, frames)
    roots = np.array([_root(parent, i) for i in range(len(parent))], np.int64)
    _, names, sizes = np.unique(roots, return_inverse=True, return_counts=True)
    several = sizes > 1
    renamed = np.where(several, np.cumsum(several) - 1, -1)
    return Chains(tuple(np.split(renamed[names], starts[1:-1])), int(several.sum()))


def _join(pairs: Pairs, parent: list[int], frames: list[int]) -> None:
    for a, b in pairs.tolist():
        one, other = _root(parent, a), _root(parent, b)
        if one != other and not frames[one] & frames[other]:
            parent[other] = one
            frames[one] |= frames[other]


def _root(parent: list[int], i: int) -> int:
    while parent[i] != i:
        parent[i] = i = parent[parent[i]]
    return i


def thinned(tracks: Tracks, chains: Chains, chosen: Sequence[int], reach: int, fewest: int) -> Tracks:
    """The tracks of some frames alone, matched by the chains with those up to `reach` after them.

    Args:
        tracks, chains: of all frames.
        chosen: indices into the frames, in order.
        reach: how many of the chosen a frame is matched with.
        fewest: matches that a pair must have.
    """
    pairs = {}
    for here in range(len(chosen)):
        for there in range(here + 1, min(here + 1 + reach, len(chosen))):
            found = shared(chains, chosen[here], chosen[there])
            if len(found) >= fewest:
                pairs[here, there] = found
    return Tracks(tuple(tracks.numbers[i] for i in chosen), tuple(tracks.positions[i] for i in chosen), pairs)


def shared(chains: Chains, first: int, second: int) -> Pairs:
    """Which features of two frames [M, 2] are in the same chain."""
    a, b = chains.of[first], chains.of[second]
    _, mine, other = np.intersect1d(
        np.where(a >= 0, a, -1 - np.arange(len(a))), np.where(b >= 0, b, -1 - len(a) - np.arange(len(b))), True, True
    )
    return np.stack([mine, other], 1).astype(np.int64)
