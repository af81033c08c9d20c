"""Training a LoRA on the U-Net of an inpainting model, step by step, with checkpoints that go on to the same bits."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.errors import JobError
from vfx_ai.fill.families.asked import hears, zeros
from vfx_ai.fill.families.sdxl_inpaint import WORDS
from vfx_ai.fill.pipeline import quietly
from vfx_ai.learning.checkpoint import begun_at, damaged, keep_tensors, moments_of, read_tensors, take_moments
from vfx_ai.learning.loop import NotFinite
from vfx_ai.training.lora_pictures import Example, Pictures, example

LAYERS = ("to_q", "to_k", "to_v", "to_out.0")  # of attention: where a look lies, and what all such models have
INPAINTING = 9  # channels: latents 4, mask 1, latents of what is known 4
WARM, LONGEST = 20, 1.0


@dataclass(frozen=True)
class LoraRecipe:
    """How a LoRA is trained: rank, rate, pictures in a batch, pixels of a side, seed."""

    rank: int
    rate: float
    count: int
    side: int
    seed: int


class LoraTraining:
    """A training, from its first step or from where a checkpoint left it.

    Args:
        pipe: of diffusers, opened; its weights stay as they are.
        pictures: what is learned from.
        recipe: how.
        device: where.

    Raises:
        JobError: the model's network isn't one that inpaints by a U-Net.
    """

    def __init__(self, pipe: Any, pictures: Pictures, recipe: LoraRecipe, device: torch.device) -> None:
        from diffusers import DDPMScheduler
        from diffusers.training_utils import cast_training_params
        from peft import LoraConfig

        unet = getattr(pipe, "unet", None)
        if unet is None or int(unet.config.in_channels) != INPAINTING:
            raise JobError(
                f"a LoRA can't be trained on {type(pipe).__name__} here",
                remedy="Take an inpainting model of Stable Diffusion or SDXL, whose U-Net has nine channels.",
            )
        self.pipe, self.unet, self.device = pipe, unet, device
        self.recipe, self.pictures = recipe, pictures
        for part in (unet, pipe.vae, getattr(pipe, "text_encoder", None), getattr(pipe, "text_encoder_2", None)):
            if part is not None:
                part.requires_grad_(False)
        with quietly(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(recipe.seed)
            unet.add_adapter(
                LoraConfig(
                    r=recipe.rank, lora_alpha=recipe.rank, init_lora_weights="gaussian", target_modules=list(LAYERS)
                ),
                "ours",
            )
            cast_training_params(unet, dtype=torch.float32)
            unet.enable_gradient_checkpointing()
            self.noising: Any = DDPMScheduler.from_config(pipe.scheduler.config)  # type: ignore[no-untyped-call]
        unet.train()
        self.parameters = [weight for weight in unet.parameters() if weight.requires_grad]
        self.adam = torch.optim.AdamW(self.parameters, recipe.rate)
        self.step, self.losses = 0, list[float]()
        self._words: dict[str, tuple[torch.Tensor, ...]] = {}

    def advance(self) -> float:
        """One step; gives its loss.

        Raises:
            NotFinite: it is no number; the weights are those of the step before.
        """
        for group in self.adam.param_groups:
            group["lr"] = self.recipe.rate * min(1.0, (self.step + 1) / WARM)
        recipe = self.recipe
        batch = example(self.pictures, recipe.side, recipe.count, recipe.seed, self.step)
        loss = self.loss(batch, self.step)
        value = float(loss.detach())
        if not math.isfinite(value):
            remedy = "Train with a lower --rate or another --seed; what was learned before is kept."
            raise NotFinite(f"the loss of step {self.step + 1} is {value}", remedy=remedy)
        self.adam.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.parameters, LONGEST)
        self.adam.step()
        self.step += 1
        self.losses.append(value)
        return value

    def loss(self, batch: Example, step: int) -> torch.Tensor:
        """How far off the network's word for the noise is, of a batch, with the chance of a step."""
        chance = torch.Generator().manual_seed((self.recipe.seed * 1_000_033 + step * 7_907) % 2**63)
        pictures = batch.pictures * 2 - 1
        latents = self._latents(pictures, chance)
        known = self._latents(pictures * (1 - batch.mask), chance)
        size = (latents.shape[-2], latents.shape[-1])
        mask = F.interpolate(batch.mask, size=size, mode="nearest").to(latents)
        counted = (F.adaptive_avg_pool2d(batch.counted, size) > 0.999).to(latents)
        noise = torch.randn(latents.shape, generator=chance).to(latents)
        times = torch.randint(0, int(self.noising.config.num_train_timesteps), (len(latents),), generator=chance)
        times = times.to(self.device)
        noisy = self.noising.add_noise(latents, noise, times)
        words, more = self._told(batch.captions, batch.pictures.shape[-2:])
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.unet.dtype == torch.bfloat16):
            given = self.unet(torch.cat([noisy, mask, known], 1), times, words, added_cond_kwargs=more).sample
        by_noise = self.noising.config.prediction_type != "v_prediction"
        target = noise if by_noise else self.noising.get_velocity(latents, noise, times)
        off = (given.float() - target.float()).square() * counted.float()
        whole: torch.Tensor = off.sum() / (counted.sum() * latents.shape[1]).clamp(min=1)
        return whole

    def _latents(self, pictures: torch.Tensor, chance: torch.Generator) -> torch.Tensor:
        vae = self.pipe.vae
        with torch.no_grad():
            kind = vae.encode(pictures.to(self.device, vae.dtype)).latent_dist
            drawn = kind.mean + kind.std * torch.randn(kind.mean.shape, generator=chance).to(kind.mean)
        scaled: torch.Tensor = drawn * vae.config.scaling_factor
        return scaled.to(self.unet.dtype)

    def _told(self, captions: tuple[str, ...], size: torch.Size) -> tuple[torch.Tensor, dict[str, torch.Tensor] | None]:
        """The captions as numbers, and, for SDXL, what else its network is told."""
        words = [self._encoded(caption) for caption in captions]
        prompt = torch.cat([one[0] for one in words]).to(self.device, self.unet.dtype)
        if self.unet.config.addition_embed_type != "text_time":
            return prompt, None
        pooled = torch.cat([one[1] for one in words]).to(self.device, self.unet.dtype)
        ids = torch.tensor([[*size, 0, 0, *size]] * len(captions), dtype=self.unet.dtype, device=self.device)
        return prompt, {"text_embeds": pooled, "time_ids": ids}

    def _encoded(self, caption: str) -> tuple[torch.Tensor, ...]:
        if caption not in self._words:
            self._words[caption] = self._encode(caption)
        return self._words[caption]

    def _encode(self, caption: str) -> tuple[torch.Tensor, ...]:
        pipe, config = self.pipe, self.unet.config
        larger = config.addition_embed_type == "text_time"
        if hears(pipe) or getattr(pipe, "text_encoder_2", None) is not None:
            with torch.no_grad(), quietly():
                given = pipe.encode_prompt(
                    caption, device=self.device, num_images_per_prompt=1, do_classifier_free_guidance=False
                )
            return (given[0].cpu(), given[2].cpu()) if larger else (given[0].cpu(),)
        words = zeros(pipe, 1, WORDS, config.cross_attention_dim)
        if not larger:
            return (words,)
        return words, zeros(pipe, 1, config.projection_class_embeddings_input_dim - 6 * config.addition_time_embed_dim)

    def weights(self) -> dict[str, torch.Tensor]:
        """The LoRA's own, by the names that diffusers reads."""
        from peft import get_peft_model_state_dict

        return {
            f"unet.{name}": value for name, value in get_peft_model_state_dict(self.unet, adapter_name="ours").items()
        }

    def keep(self, path: Path, record: dict[str, Any]) -> None:
        """Write all that is needed to go on, atomically.

        Raises:
            OutputError: it can't be written; what was there stays.
        """
        tensors = self.weights()
        tensors |= moments_of(self.adam)
        tensors["losses"] = torch.tensor(self.losses, dtype=torch.float32)
        keep_tensors(path, tensors, {**record, "step": self.step, "recipe": vars(self.recipe)})

    def go_on(self, path: Path, inputs: Any) -> bool:
        """Bring it to where a checkpoint left it; False if that is of another training.

        Raises:
            InputError: it can't be read, or is damaged.
        """
        from peft import set_peft_model_state_dict

        tensors, record = read_tensors(path)
        if record.get("recipe") != vars(self.recipe) or record.get("inputs") != inputs:
            return False
        own = {name: value for name, value in tensors.items() if name.startswith("unet.")}
        try:
            # What lacks is passed over by peft, and would stay as it began.
            if {n: v.shape for n, v in own.items()} != {n: v.shape for n, v in self.weights().items()}:
                raise ValueError("it hasn't the weights of this LoRA")
            with quietly():
                bare = {name.removeprefix("unet."): value for name, value in own.items()}
                set_peft_model_state_dict(self.unet, bare, adapter_name="ours")
            self.step, self.losses = begun_at(record, tensors)
            take_moments(self.adam, tensors, begun=self.step > 0)
        except (RuntimeError, KeyError, ValueError, TypeError) as error:
            raise damaged(path, error) from None
        return True


def without(training: LoraTraining, work: Callable[[], Any]) -> Any:
    """What comes of some work without the LoRA."""
    training.unet.disable_adapters()
    try:
        return work()
    finally:
        training.unet.enable_adapters()
