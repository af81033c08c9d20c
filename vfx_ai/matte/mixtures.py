"""What pixels of one kind look like: a mixture of Gaussians over a few numbers per pixel.

As in GrabCut (Rother, Kolmogorov and Blake, SIGGRAPH 2004), with all of its means and covariances found by expectation
maximisation, and from the same start each time.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

PARTS = 6
ROUNDS = 12
MOST_SAMPLES = 6000
FLOOR = 0.05  # least standard deviation, in the units of the numbers
STRAY = 1e-4  # density of what fits no part: nothing is impossible


@dataclass(frozen=True)
class Mixture:
    """A mixture of Gaussians.

    Attributes:
        log_weights: [K] float32, natural logarithms.
        means: [K, N] float32.
        roots: [K, N, N] float32, lower triangular roots of the covariances.
    """

    log_weights: torch.Tensor
    means: torch.Tensor
    roots: torch.Tensor

    def log_likelihood(self, values: torch.Tensor) -> torch.Tensor:
        """[M] natural logarithms of the density at `values` [M, N]."""
        floor = torch.full((), STRAY, device=values.device).log()
        total: torch.Tensor = torch.logaddexp(torch.logsumexp(self._parts(values), 0), floor)
        return total

    def _parts(self, values: torch.Tensor) -> torch.Tensor:
        off = torch.linalg.solve_triangular(self.roots, (values[None] - self.means[:, None]).mT, upper=False)
        size = self.roots.diagonal(dim1=1, dim2=2).log().sum(1)
        constant = 0.5 * self.means.shape[1] * 1.8378770664093453  # log of 2 pi
        log: torch.Tensor = self.log_weights[:, None] - 0.5 * off.square().sum(1) - size[:, None] - constant
        return log


def learn(values: torch.Tensor, floor: float = FLOOR) -> Mixture:
    """The mixture that `values` [M, N] float32, M > 0, are likely from."""
    every = max(1, -(-values.shape[0] // MOST_SAMPLES))
    values = values[::every]
    width = values.shape[1]
    means = _spread_out(values)
    least = floor**2 * torch.eye(width, device=values.device)
    share = torch.nn.functional.one_hot(torch.cdist(values, means).argmin(1), means.shape[0]).float().T
    mixture = None
    for _ in range(ROUNDS):
        weight = share.sum(1) + 1e-3
        means = (share @ values) / weight[:, None]
        off = values[None] - means[:, None]
        spread = (off * share[:, :, None]).mT @ off / weight[:, None, None] + least
        mixture = Mixture((weight / weight.sum()).log(), means, torch.linalg.cholesky(spread))
        share = torch.softmax(mixture._parts(values), 0)
    assert mixture is not None
    return mixture


def _spread_out(values: torch.Tensor) -> torch.Tensor:
    """Starting points: the mean, then again and again the value that is farthest from all chosen, outliers aside."""
    chosen = values.mean(0, keepdim=True)
    for _ in range(min(PARTS, values.shape[0]) - 1):
        far = torch.cdist(values, chosen).amin(1)
        # Not the farthest of all, which is an outlier, but one that a few are beyond.
        index = far.argsort(stable=True)[int(0.97 * (far.numel() - 1))]
        chosen = torch.cat([chosen, values[index][None]])
    return chosen
