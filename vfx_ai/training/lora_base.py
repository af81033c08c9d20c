"""Training a network of diffusers, by a LoRA on it or all of its weights, with checkpoints that go on to the same bits.

What the network is shown, and what it is to say, the kinds of models know: `lora_loop` of images, `lora_video` of
videos.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import torch

from vfx_ai.fill.pipeline import quietly
from vfx_ai.learning.checkpoint import begun_at, damaged, keep_tensors, moments_of, read_tensors, take_moments
from vfx_ai.learning.loop import NotFinite
from vfx_ai.learning.spread import is_spread, own_part, parted, shared_out, whole
from vfx_ai.learning.together import ALONE, Together, check_share

LAYERS = ("to_q", "to_k", "to_v", "to_out.0")  # of attention: where a look lies, and what all such models have
NAME = "ours"
WARM, LONGEST = 20, 1.0


@dataclass(frozen=True)
class LoraRecipe:
    """How it is trained.

    Attributes:
        rank: of a LoRA; 0: there is none, and all weights of the network learn.
        rate: of AdamW.
        count: pictures (or clips) in a batch.
        side: pixels.
        seed: of all chance.
    """

    rank: int
    rate: float
    count: int
    side: int
    seed: int


class OnNetwork(ABC):
    """A training, from its first step or from where a checkpoint left it.

    Args:
        pipe: of diffusers, opened; under a LoRA its weights stay as they are.
        network: the part of it that learns.
        recipe: how.
        device: where.
        together: with which other processes; each does its own part of every batch.

    Raises:
        JobError: a batch has fewer pictures than there are processes.
    """

    prefix: ClassVar[str]  # of the network, in names of weights that diffusers reads, and of its folder

    def __init__(
        self, pipe: Any, network: Any, recipe: LoraRecipe, device: torch.device, together: Together = ALONE
    ) -> None:
        check_share(recipe.count, together, f"Give --batch {together.count} or a multiple of it.")
        self.pipe, self.network, self.device, self.recipe, self.together = pipe, network, device, recipe, together
        self.kind: torch.dtype = network.dtype
        for part in (network, pipe.vae, getattr(pipe, "text_encoder", None), getattr(pipe, "text_encoder_2", None)):
            if part is not None:
                part.requires_grad_(False)
        apart = _lora_on(network, recipe) if recipe.rank else _all_of(network)
        with quietly():
            network.enable_gradient_checkpointing()
        network.train()
        shared_out(network, apart, together)
        network.to(device)  # where it is already, unless it was spread
        self.parameters = [weight for weight in network.parameters() if weight.requires_grad]
        together.agree(weight for weight in self.parameters if not is_spread(weight))
        self.adam = torch.optim.AdamW(self.parameters, recipe.rate)
        self.step, self.losses = 0, list[float]()

    @property
    def own(self) -> list[int]:
        """Which pictures of a batch this process does."""
        return self.together.own(self.recipe.count)

    @abstractmethod
    def part(self, step: int) -> torch.Tensor:
        """This process's part of the loss of a step; those of all add up to the loss."""

    def advance(self) -> float:
        """One step; gives its loss.

        Raises:
            NotFinite: it is no number; the weights are those of the step before.
        """
        for group in self.adam.param_groups:
            group["lr"] = self.recipe.rate * min(1.0, (self.step + 1) / WARM)
        loss = self.part(self.step)
        value = self.together.total(loss)
        if not math.isfinite(value):
            remedy = "Train with a lower --rate or another --seed; what was learned before is kept."
            raise NotFinite(f"the loss of step {self.step + 1} is {value}", remedy=remedy)
        self.adam.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        grads = [weight.grad for weight in self.parameters if weight.grad is not None]
        self.together.add_up([grad for grad in grads if not is_spread(grad)])  # the others are added up already
        self._shorten(grads)
        self.adam.step()
        self.step += 1
        self.losses.append(value)
        return value

    def _shorten(self, grads: Sequence[torch.Tensor]) -> None:
        """Bring the gradient to a length of LONGEST, if it is longer."""
        if not any(is_spread(grad) for grad in grads):
            torch.nn.utils.clip_grad_norm_(self.parameters, LONGEST)
            return
        squares = torch.zeros((), device=self.device)
        for grad in grads:
            if is_spread(grad) or self.together.first:  # what is whole is the same in all of them
                squares += own_part(grad).float().square().sum()
        share = min(1.0, LONGEST / (math.sqrt(self.together.total(squares)) + 1e-6))
        for grad in grads:
            own_part(grad).mul_(share)

    def autocast(self) -> torch.autocast:
        """The context in which the network is asked: bfloat16 where the base's weights are."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.kind == torch.bfloat16)

    def weights(self) -> dict[str, torch.Tensor]:
        """What learned, by the network's name and its own: "unet.conv_in.weight"; all processes ask for it together."""
        found = self.network.state_dict()
        if self.recipe.rank:
            from peft import get_peft_model_state_dict

            found = get_peft_model_state_dict(self.network, found, adapter_name=NAME)
        return {f"{self.prefix}.{name}": whole(value) for name, value in found.items()}

    def keep(self, path: Path, record: dict[str, Any]) -> None:
        """Write all that is needed to go on, atomically; the first process does, with the parts of all.

        Raises:
            OutputError: it can't be written; what was there stays.
        """
        tensors = self.weights()
        tensors |= moments_of(self.adam)
        tensors["losses"] = torch.tensor(self.losses, dtype=torch.float32)
        if self.together.first:
            keep_tensors(path, tensors, {**record, "step": self.step, "recipe": vars(self.recipe)})

    def go_on(self, path: Path, inputs: Any) -> bool:
        """Bring it to where a checkpoint left it; False if that is of another training.

        Raises:
            InputError: it can't be read, or is damaged.
        """
        tensors, record = read_tensors(path)
        if record.get("recipe") != vars(self.recipe) or record.get("inputs") != inputs:
            return False
        own = {name: value for name, value in tensors.items() if name.startswith(f"{self.prefix}.")}
        try:
            # What lacks is passed over by peft, and would stay as it began.
            if {n: v.shape for n, v in own.items()} != {n: v.shape for n, v in self.weights().items()}:
                raise ValueError("it hasn't the weights of this training")
            self._take({name.removeprefix(f"{self.prefix}."): value for name, value in own.items()})
            self.step, self.losses = begun_at(record, tensors)
            take_moments(self.adam, tensors, begun=self.step > 0)
        except (RuntimeError, KeyError, ValueError, TypeError) as error:
            raise damaged(path, error) from None
        return True

    def _take(self, bare: dict[str, torch.Tensor]) -> None:
        if not self.recipe.rank:
            with torch.no_grad():
                for name, value in self.network.state_dict().items():
                    own_part(value).copy_(own_part(parted(bare[name], value)))
            return
        from peft import set_peft_model_state_dict

        with quietly():
            set_peft_model_state_dict(self.network, bare, adapter_name=NAME)


def without(training: OnNetwork, work: Callable[[], Any]) -> Any:
    """What comes of some work without the LoRA."""
    training.network.disable_adapters()
    try:
        return work()
    finally:
        training.network.enable_adapters()


def _lora_on(network: Any, recipe: LoraRecipe) -> list[torch.nn.Parameter]:
    """Lay a LoRA on a network; gives its weights, the only ones that learn."""
    from diffusers.training_utils import cast_training_params
    from peft import LoraConfig

    with quietly(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        network.add_adapter(
            LoraConfig(
                r=recipe.rank, lora_alpha=recipe.rank, init_lora_weights="gaussian", target_modules=list(LAYERS)
            ),
            NAME,
        )
        cast_training_params(network, dtype=torch.float32)
    return [weight for weight in network.parameters() if weight.requires_grad]


def _all_of(network: Any) -> list[torch.nn.Parameter]:
    """Have all of a network learn, in float32: smaller numbers would round most steps away; none stands apart."""
    with quietly():
        network.to(torch.float32)
    network.requires_grad_(True)
    return []
