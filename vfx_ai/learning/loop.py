"""The training itself: step after step, with a checkpoint from which it goes on to the same bits."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol, TypeVar

import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.errors import Interrupted, ResourceError
from vfx_ai.learning.exercises import Batch, Exercises
from vfx_ai.learning.footage import Footage
from vfx_ai.learning.network import Network, Shape
from vfx_ai.learning.sample import shown
from vfx_ai.learning.together import ALONE, Together

WARM = 40  # steps until the rate is whole
SETTLING, SLOW = 1 / 3, 0.1  # the last share of the steps, in which the rate falls, and to what share
SLOWEST = 0.995  # of the running mean of the weights, which is what is used
# How often, at the coarsest level and at others, nothing but noise is shown: what is then said is the likeliest.
ALL_NOISE = (0.6, 0.25)
LONGEST = 1.0  # of the gradient


class NotFinite(ResourceError):  # noqa: N818
    """The loss is no number any more; what was learned before stays."""


@dataclass(frozen=True)
class Recipe:
    """How a model is trained.

    Attributes:
        shape: of the network.
        seed: of the weights it begins with, and of all exercises.
        count: clips in a batch.
        patch: pixels of a side.
        clip: frames of a clip.
        rate: of Adam.
        steps: over which it is planned: in the last third the rate falls to a tenth, and what was learned settles.
    """

    shape: Shape = field(default_factory=Shape)
    seed: int = 1
    count: int = 8
    patch: int = 48
    clip: int = 1
    rate: float = 1e-3
    steps: int = 0

    def to_dict(self) -> dict[str, Any]:
        """For a record, and to know whether a checkpoint is of the same training."""
        return asdict(self)


class Training:
    """A training, from its first step or from where a checkpoint left it.

    Args:
        recipe: how.
        footages: from what.
        device: where.
        together: with which other processes.
    """

    def __init__(
        self, recipe: Recipe, footages: Sequence[Footage], device: torch.device, together: Together = ALONE
    ) -> None:
        self.recipe, self.device, self.together = recipe, device, together
        self.exercises = Exercises(footages, recipe.seed, recipe.count, recipe.patch, recipe.clip)
        before = torch.get_rng_state()
        torch.manual_seed(recipe.seed)
        self.network, self.mean = Network(recipe.shape), Network(recipe.shape)
        torch.set_rng_state(before)
        self.step = 0
        self.losses: list[float] = []
        self.network.to(device)
        self.mean.to(device).requires_grad_(False)
        self.mean.load_state_dict(self.network.state_dict())
        self.adam = torch.optim.Adam(self.network.parameters(), recipe.rate, betas=(0.9, 0.98))

    def begin(self) -> None:
        """Measure the light; a training that goes on has that from its checkpoint."""
        for name, value in zip(
            ("center", "spread", "scale"), self.exercises.measured(self.recipe.shape.levels), strict=True
        ):
            for network in (self.network, self.mean):
                getattr(network, name).copy_(value)

    def advance(self) -> float:
        """One step.

        Returns:
            Its loss.

        Raises:
            NotFinite: it is no number; the weights are those of the step before.
        """
        for group in self.adam.param_groups:
            group["lr"] = self.recipe.rate * _share(self.step, self.recipe.steps)
        batch = self.exercises.batch(self.step)
        loss = self.loss(batch, torch.Generator().manual_seed(_seed(self.recipe.seed, self.step)))
        value = self.together.total(loss)
        if not math.isfinite(value):
            remedy = "Train with another --seed; what was learned before is kept."
            raise NotFinite(f"the loss of step {self.step + 1} is {value}", remedy=remedy)
        self.adam.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self.together.add_up([weight.grad for weight in self.network.parameters() if weight.grad is not None])
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), LONGEST)
        self.adam.step()
        self.step += 1
        keep = min(SLOWEST, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for mean, now in zip(self.mean.parameters(), self.network.parameters(), strict=True):
                mean.lerp_(now, 1 - keep)
        self.losses.append(value)
        return value

    def loss(self, batch: Batch, generator: torch.Generator) -> torch.Tensor:
        """How wrong the network is, in deviations of the level, of what is hidden and known to be right.

        Of several processes each tells its part; all parts add up to it.
        """
        light, known, expected, target, heights = (
            part.to(self.device) for part in (batch.light, batch.known, batch.expected, batch.target, batch.heights)
        )
        scale = self.network.scale[min(batch.level, self.recipe.shape.levels - 1)][:, None, None]
        # The object's pixels are what is expected, as if nothing were there: they come in from nowhere.
        right = torch.where((known | target)[:, :, None], (light - expected) / scale, 0.0)
        draws = torch.rand((len(light), 2), generator=generator)
        times = torch.where(draws[:, 0] < ALL_NOISE[batch.level > 0], 1.0, draws[:, 1]).to(self.device)
        noise = torch.randn(right.shape, generator=generator).to(self.device)
        whole = (3 * target.sum()).clamp(min=1)
        if self.together.count > 1:
            own = self.together.own(len(light))
            parts = (right, times, noise, light, known, expected, target, heights)
            right, times, noise, light, known, expected, target, heights = (part[own] for part in parts)
        a, s = (f(times * math.pi / 2)[:, None, None, None, None] for f in (torch.cos, torch.sin))
        mixed = torch.where(times[:, None, None, None, None] < 1, a * right + s * noise, 0.0)
        seen = shown(self.network, batch.level, mixed, light, known, expected, heights)
        v = self.network(seen, times, batch.level)
        off = F.smooth_l1_loss(v, a * noise - s * right, reduction="none") * target[:, :, None]
        return off.sum() / whole


def _share(step: int, steps: int) -> float:
    """Of the rate at a step of so many; 0: nobody knows how many it will be, and the rate stays."""
    left = (steps - step) / (SETTLING * steps) if steps else 1.0
    return min(1.0, (step + 1) / WARM) * max(SLOW, min(1.0, left))


def _seed(seed: int, step: int) -> int:
    return (seed * 1_000_033 + step * 7_907 + 17) % 2**63


class Steps(Protocol):
    """What is trained step by step."""

    step: int

    def advance(self) -> float:
        """One step; gives its loss."""
        ...


Kind = TypeVar("Kind", bound=Steps)


def train(
    training: Kind,
    steps: int,
    *,
    minutes: float = math.inf,
    every: float = 60.0,
    keep: Callable[[Kind], None] = lambda training: None,
    told: Callable[[Kind], None] = lambda training: None,
    agreed: Callable[[bool], bool] = bool,
) -> None:
    """Go on until so many steps are done, or so many minutes are over.

    Args:
        training: begun, or read from a checkpoint.
        steps: of the whole training, those done before counted in.
        minutes: of this call.
        every: seconds between checkpoints.
        keep: writes one; it is called at the end too, and before an error goes on its way.
        told: is called after each step; it may raise Interrupted, and what was learned is kept.
        agreed: of several processes, whether something is so in any of them: that the minutes are over, or that it is
            time for a checkpoint.

    Raises:
        Interrupted: `told` did.
        NotFinite: the loss is no number; the last good step is kept.
        OutputError: a checkpoint can't be written; the one before is still there.
    """
    begun = kept = time.monotonic()
    before = training.step
    try:
        while training.step < steps and not agreed(time.monotonic() - begun >= 60 * minutes):
            training.advance()
            told(training)
            if agreed(time.monotonic() - kept > every):
                keep(training)
                kept = time.monotonic()
    except (NotFinite, Interrupted):
        if training.step > before:
            keep(training)
        raise
    keep(training)
