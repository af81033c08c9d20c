"""How much softer some patches of a picture are than others of the same things, and blurring by as much.

A Gaussian blur weakens what is fine more than what is coarse, wherever things lie: the power of detail tells of it,
frequency by frequency.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F  # noqa: N812

PATCH = 32  # pixels along the side of a patch whose detail is compared
SAME = 0.95  # of what two patches show, by phase; below it they show different things
COARSE = 0.3  # of the highest frequency along an axis: above it a small error of the map turns phases
ASTRAY, WAYS = 0.75, 7  # pixels by which the map may be off, and how many steps are tried along an axis
FOLDS = 8  # parts of the patches, each left out once, to learn how sure the rest is (jackknife, Tukey 1958)
ABOVE_NOISE = 8.0  # times the power of noise that a frequency must have to be heard
SLOWEST, FASTEST = 0.1, 0.8  # of the highest frequency along an axis: below is light, above is noise
FEWEST_FREQUENCIES = 24
LEAST, PLAIN = 0.2, 0.4  # px squared: a blur that is never matched, and from which on it is fully, if it is sure
UNSURE, SURE = 3.0, 5.0  # the same, in standard errors
LONGER = 2.0  # a blur that is along one direction so many times (in px squared) what it is across is motion
MOST = 36.0  # px squared; no blur is stronger
THIN = 0.08  # px squared; what a blur along a line has across it, so that the pixels' grid doesn't show
Doubles = npt.NDArray[np.float64]
Complexes = npt.NDArray[np.complex128]


@dataclass(frozen=True)
class Blur:
    """A Gaussian blur: its covariance in px squared, along rows, along columns, and mixed."""

    xx: float
    yy: float
    xy: float

    def kernel(self) -> torch.Tensor:
        """The blur as weights [k, k] float32 that add up to 1."""
        reach = math.ceil(3 * math.sqrt(max(self.xx, self.yy)))
        y, x = (torch.arange(-reach, reach + 1).double()[:, None], torch.arange(-reach, reach + 1).double()[None])
        determinant = self.xx * self.yy - self.xy**2
        away = (self.yy * x * x - 2 * self.xy * x * y + self.xx * y * y) / determinant
        weights = torch.exp(-away / 2)
        return (weights / weights.sum()).float()


def spectra(patches: Doubles) -> Complexes:
    """The detail [P, PATCH, PATCH // 2 + 1] of patches by frequency, under a Hann window."""
    window = np.hanning(PATCH + 2)[1:-1]
    window = window[:, None] * window[None]
    level = (patches * window).sum((1, 2), keepdims=True) / window.sum()
    found: Complexes = np.fft.rfft2((patches - level) * window)
    return found


def _frequencies() -> tuple[Doubles, Doubles]:
    """Frequencies (x, y) of a patch's spectrum, [PATCH, PATCH // 2 + 1] each, in radians a pixel."""
    y, x = np.meshgrid(2 * np.pi * np.fft.fftfreq(PATCH), 2 * np.pi * np.fft.rfftfreq(PATCH), indexing="ij")
    return x, y


FREQUENCIES = _frequencies()


def agreement(mine: Complexes, theirs: Complexes, moved: Doubles) -> Doubles:
    """How much of what two patches show is the same, whatever the blur and the gain: [P], 1 if all is.

    A blur that is even changes how strong a frequency is, but not its phase; where something else comes in, the phases
    are at odds.

    Args:
        mine, theirs: [P, PATCH, PATCH // 2 + 1] spectra.
        moved: [2, P] pixels by which what `mine` show lies to the right and down in `theirs`.
    """
    x, y = FREQUENCIES
    slow = (np.hypot(x, y) < COARSE * np.pi) & (np.hypot(x, y) > 0)
    x, y, cross = x[slow], y[slow], mine[:, slow] * theirs[:, slow].conj()
    steps = np.linspace(-ASTRAY, ASTRAY, WAYS)
    tried = np.stack([part.ravel() for part in np.meshgrid(steps, steps)])
    phases = np.exp(-1j * (moved[0][:, None] * x + moved[1][:, None] * y))
    ways = np.exp(-1j * (x[:, None] * tried[0] + y[:, None] * tried[1]))
    found: Doubles = ((cross * phases) @ ways).real.max(1) / np.maximum(np.abs(cross).sum(1), 1e-30)
    return found


def softer(mine: Doubles, theirs: Doubles) -> tuple[Doubles, Doubles] | None:
    """How much softer patches are than others of the same things.

    Under a Gaussian blur of covariance S the power at frequency w falls by exp(-w' S w): the log ratio of two powers is
    quadratic in frequency.

    Args:
        mine, theirs: [P, PATCH, PATCH // 2 + 1] power of each patch; neighbors one after the other.

    Returns:
        The covariance (xx, yy, xy) in px squared, negative where `mine` are sharper, and the covariance [3, 3] of its
        error; None where noise hides the detail.
    """
    # A patch of strong contrast has no more say than another.
    weight = 1 / np.sqrt((mine + theirs).sum((1, 2)) ** 2 + 1e-12)
    # Patches overlap, and something that moves lies in many: what is left out together must lie together.
    begins = np.arange(FOLDS) * len(mine) // FOLDS
    sums = [np.add.reduceat(side * weight[:, None, None], begins, axis=0) for side in (mine, theirs)]
    found = _fitted(*(np.concatenate([part.sum(0, keepdims=True), part.sum(0) - part]) for part in sums))
    if found is None:
        return None
    off = found[1:] - found[1:].mean(0)
    return found[0], (FOLDS - 1) / FOLDS * off.T @ off


def _fitted(mine: Doubles, theirs: Doubles) -> Doubles | None:
    """Covariances [N, 3] from N powers [N, PATCH, PATCH // 2 + 1] of either side; None if one has too little detail."""
    x, y = FREQUENCIES
    fast = np.maximum(np.abs(x), np.abs(y)) / np.pi
    heard = (np.hypot(x, y) > SLOWEST * np.pi) & (fast < FASTEST)
    signal, share = [], np.ones((len(mine), int(heard.sum())))
    for side in (mine, theirs):
        noise, power = np.median(side[:, fast >= FASTEST], 1)[:, None], side[:, heard]
        share = share * np.clip(1 - ABOVE_NOISE * noise / np.maximum(power, 1e-30), 0, None)
        signal.append(np.maximum(power - noise, 1e-30))
    if int((share > 0).sum(1).min()) < FEWEST_FREQUENCIES:
        return None
    x, y = x[heard], y[heard]
    causes = np.stack([np.ones_like(x), -x * x, -y * y, -2 * x * y], -1)
    weighted = share[:, :, None] * causes
    sides = np.einsum("nfi,nf->ni", weighted, np.log(signal[0] / signal[1]))
    squares = np.einsum("nfi,fj->nij", weighted, causes) + 1e-9 * np.eye(4)
    found: Doubles = np.linalg.solve(squares, sides[:, :, None])[:, 1:, 0]
    return found


def decided(found: Doubles, error: Doubles) -> Blur | None:
    """The blur to be matched, from a covariance (xx, yy, xy) and its error [3, 3]; None where it may be none."""
    matrix = np.array([[found[0], found[2]], [found[2], found[1]]])
    values, ways = np.linalg.eigh(matrix)
    along = [np.array([way[0] ** 2, way[1] ** 2, 2 * way[0] * way[1]]) for way in ways.T]
    doubts = [math.sqrt(max(float(one @ error @ one), 0.0)) + 1e-9 for one in along]
    apart = along[1] - along[0]
    clear = values[1] - values[0] > UNSURE * math.sqrt(max(float(apart @ error @ apart), 0.0))
    if not clear or values[1] <= LONGER * max(values[0], LEAST):
        even = np.array([0.5, 0.5, 0.0])
        values, doubts = np.full(2, values.mean()), [math.sqrt(max(float(even @ error @ even), 0.0)) + 1e-9] * 2
    kept = [
        min(value, MOST) * _ramp(value, LEAST, PLAIN) * _ramp(value / doubt, UNSURE, SURE)
        for value, doubt in zip(values.tolist(), doubts, strict=True)
    ]
    if max(kept) < THIN:
        return None
    wide = ways @ np.diag([max(value, THIN) for value in kept]) @ ways.T
    return Blur(float(wide[0, 0]), float(wide[1, 1]), float(wide[0, 1]))


def _ramp(value: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low)))


def blurred(scene: torch.Tensor, there: torch.Tensor, blur: Blur) -> torch.Tensor:
    """A picture [3, h, w] blurred in scene-linear light, as a lens does, of what of it is known [h, w] bool."""
    kernel = blur.kernel().to(scene.device)
    stack = torch.cat([scene * there, there[None].float()])[:, None]
    mixed = F.conv2d(stack, kernel[None, None], padding=kernel.shape[0] // 2)[:, 0]
    return mixed[:3] / mixed[3:].clamp(min=1e-6)
