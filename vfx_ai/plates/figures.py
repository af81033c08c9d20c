"""How a made plate compares with its reference: what a picture can't be judged by alone, in figures."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch

from vfx_ai.plates.descriptors import basis_of
from vfx_ai.plates.spread import Spread

SAMPLES = 3000  # patches whose nearest is looked for
KEYS = 60000  # among so many
AGREES = 2.0  # pixels by which a neighbor's place may differ in a piece that was taken over as it is
BAND = 0.25  # of the sampling rate: where the finest octave begins


@dataclass(frozen=True)
class Figures:
    """Attributes:
    coherence: stops (rms) from patches of the result to their nearest in the reference: is all of it real?
    completeness: stops from patches of the reference to their nearest in the result: is all of it used?
    spectrum: rms difference of temporal spectra, in dB; NaN for stills.
    flicker: the mean step from frame to frame, over the reference's; NaN for stills.
    fine: energy of the finest octave against the reference's, in dB.
    highlight: the value that a thousandth of pixels exceed, over the reference's.
    brightest, mean: the largest and the mean value, over the reference's.
    """

    coherence: float
    completeness: float
    spectrum: float
    flicker: float
    fine: float
    highlight: float
    brightest: float
    mean: float


def compare(
    made: torch.Tensor,
    reference: torch.Tensor,
    unlight: Callable[[torch.Tensor], torch.Tensor],
    spread: Spread,
    hidden: torch.Tensor | None = None,
) -> Figures:
    """Figures of a volume against its reference.

    Args:
        made, reference: [T, H, W, 3] float32 in stops.
        unlight: gives scene-linear light of these.
        spread: does the parts.
        hidden: [T, H, W] of the reference, above 0 where it doesn't count.
    """
    size = (min(3, made.shape[0], reference.shape[0]), 7, 7)
    corners = [tuple(n - s + 1 for n, s in zip(v.shape[:3], size, strict=True)) for v in (made, reference)]
    usable = torch.ones(corners[1], dtype=torch.bool, device=reference.device)
    counts = torch.ones(reference.shape[:3], dtype=torch.bool, device=reference.device)
    if hidden is not None:
        counts = hidden <= 0
        usable = torch.nn.functional.max_pool3d(hidden[None, None], size, 1)[0, 0] <= 0
    basis = basis_of(reference, usable, size)
    both = [basis.of(v, spread).flatten(0, 2) for v in (made, reference)]
    both[1] = both[1][usable.reshape(-1)]
    a, b = unlight(made).reshape(-1, 3), unlight(reference[counts])
    high = [torch.quantile(v.mean(-1)[:: max(1, len(v) // 4_000_000)], 0.999) for v in (a, b)]
    moving = min(made.shape[0], reference.shape[0]) > 1
    return Figures(
        _nearest(both[0], both[1], spread),
        _nearest(both[1], both[0], spread),
        _spectra(made, reference) if moving and min(made.shape[0], reference.shape[0]) >= 8 else math.nan,
        float((made[1:] - made[:-1]).abs().mean() / (reference[1:] - reference[:-1]).abs().mean())
        if moving
        else math.nan,
        10 * math.log10(max(1e-12, _fine(made)) / max(1e-12, _fine(reference))),
        float(high[0] / high[1].clamp(min=1e-6)),
        float(a.max() / b.max().clamp(min=1e-6)),
        float(a.mean() / b.mean().clamp(min=1e-6)),
    )


def _nearest(queries: torch.Tensor, keys: torch.Tensor, spread: Spread) -> float:
    queries, keys = (v[:: max(1, len(v) // n)] for v, n in ((queries, SAMPLES), (keys, KEYS)))
    lengths = keys.square().sum(1)

    def least(part: torch.Tensor) -> torch.Tensor:
        return (part.square().sum(1)[:, None] + lengths - 2 * part @ keys.T).amin(1).clamp(min=0)

    return float(torch.cat(spread.over(least, torch.split(queries, 128))).mean().sqrt())


def _spectra(made: torch.Tensor, reference: torch.Tensor) -> float:
    length = min(made.shape[0], reference.shape[0], 48)
    bell = torch.hann_window(length, device=made.device)[:, None, None]
    powers = []
    for volume in (made, reference):
        luma = volume[:length].mean(-1)
        power = torch.fft.rfft((luma - luma.mean(0)) * bell, dim=0).abs().square().mean((1, 2))
        powers.append(10 * torch.log10(power[1:] + 1e-9))
    return float((powers[0] - powers[1]).square().mean().sqrt())


def _fine(volume: torch.Tensor) -> float:
    luma = volume.mean(-1)
    across, down = luma.shape[2], luma.shape[1]
    window = torch.hann_window(down)[:, None] * torch.hann_window(across)[None]
    window = window.to(volume.device)
    total = 0.0
    fy, fx = torch.fft.fftfreq(down)[:, None], torch.fft.rfftfreq(across)[None]
    band = ((fy**2 + fx**2).sqrt() >= BAND).to(volume.device)
    for frame in luma[:: max(1, len(luma) // 12)]:
        power = torch.fft.rfft2((frame - frame.mean()) * window).abs().square()
        total += float(power[band].sum()) / (down * across)
    return total / len(luma[:: max(1, len(luma) // 12)])


def copy_share(corner: torch.Tensor) -> float:
    """The largest piece that was taken over as it is, as a share of all patches.

    Args:
        corner: [T', H', W', 3] int32, where each patch was found; neighbors whose shifts are alike are one piece.
    """
    frames, height, width, _ = corner.shape
    axes = [torch.arange(n, device=corner.device).int() for n in corner.shape[:3]]
    shift = corner - torch.stack(torch.meshgrid(*axes, indexing="ij"), -1)
    count = frames * height * width
    label = torch.arange(count, device=corner.device).reshape(frames, height, width)
    links = []
    for axis in range(3):
        n = corner.shape[axis]
        one, other = (shift.narrow(axis, i, n - 1) for i in (0, 1))
        alike = (one - other).abs().float().amax(-1) < AGREES
        links.append((label.narrow(axis, 0, n - 1)[alike], label.narrow(axis, 1, n - 1)[alike]))
    first, second = (torch.cat([pair[i] for pair in links]) for i in (0, 1))
    root = label.reshape(-1).clone()
    while True:  # each takes the least label of its neighbors, and of whom it points to
        before = root.clone()
        least = torch.minimum(root[first], root[second])
        root.scatter_reduce_(0, first, least, "amin")
        root.scatter_reduce_(0, second, least, "amin")
        root.scatter_reduce_(0, before, root.clone(), "amin")
        root = root[root]
        if torch.equal(root, before):
            break
    return float(torch.bincount(root, minlength=1).max()) / count if count else 0.0
