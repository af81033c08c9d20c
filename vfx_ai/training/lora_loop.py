"""Training a LoRA on the U-Net of an inpainting model: the noise of hidden parts of pictures is to be told."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.fill.families.asked import hears, zeros
from vfx_ai.fill.families.sdxl_inpaint import WORDS
from vfx_ai.fill.pipeline import quietly
from vfx_ai.learning.together import ALONE, Together
from vfx_ai.training.lora_base import LoraRecipe, OnNetwork
from vfx_ai.training.lora_pictures import Example, Pictures, example


class LoraTraining(OnNetwork):
    """A training on pictures, see `lora_base`.

    Args:
        pipe: of diffusers, opened.
        pictures: what is learned from.
        recipe: how.
        device: where.
        together: with which other processes.

    Raises:
        JobError: there are too many processes.
    """

    prefix = "unet"

    def __init__(
        self, pipe: Any, pictures: Pictures, recipe: LoraRecipe, device: torch.device, together: Together = ALONE
    ) -> None:
        from diffusers import DDPMScheduler

        super().__init__(pipe, pipe.unet, recipe, device, together)
        self.unet, self.pictures = pipe.unet, pictures
        self.noising: Any = DDPMScheduler.from_config(pipe.scheduler.config)  # type: ignore[no-untyped-call]
        self._words: dict[str, tuple[torch.Tensor, ...]] = {}

    def part(self, step: int) -> torch.Tensor:
        """See `OnNetwork`."""
        recipe = self.recipe
        return self.loss(example(self.pictures, recipe.side, recipe.count, recipe.seed, step), step)

    def loss(self, batch: Example, step: int) -> torch.Tensor:
        """How far off the network's word for the noise is, of this process's part of a batch, by a step's chance."""
        chance = torch.Generator().manual_seed((self.recipe.seed * 1_000_033 + step * 7_907) % 2**63)
        own = self.own
        pictures = batch.pictures[own] * 2 - 1
        latents = self._latents(pictures, chance)
        known = self._latents(pictures * (1 - batch.mask[own]), chance)
        size = (latents.shape[-2], latents.shape[-1])
        mask = F.interpolate(batch.mask[own], size=size, mode="nearest").to(latents)
        every = (F.adaptive_avg_pool2d(batch.counted, size) > 0.999).float()  # of all processes
        noise = self._drawn(latents.shape, chance).to(latents)
        steps = int(self.noising.config.num_train_timesteps)
        times = torch.randint(0, steps, (len(batch.pictures),), generator=chance)[own].to(self.device)
        noisy = self.noising.add_noise(latents, noise, times)
        words, more = self._told(tuple(batch.captions[index] for index in own), batch.pictures.shape[-2:])
        with self.autocast():
            given = self.unet(torch.cat([noisy, mask, known], 1), times, words, added_cond_kwargs=more).sample
        by_noise = self.noising.config.prediction_type != "v_prediction"
        target = noise if by_noise else self.noising.get_velocity(latents, noise, times)
        off = (given.float() - target.float()).square() * every[own].to(self.device)
        whole: torch.Tensor = off.sum() / (every.sum().item() * latents.shape[1] or 1.0)
        return whole

    def _drawn(self, shape: torch.Size, chance: torch.Generator) -> torch.Tensor:
        """Noise for this process's part, of what is drawn for the whole batch."""
        return torch.randn((self.recipe.count, *shape[1:]), generator=chance)[self.own]

    def _latents(self, pictures: torch.Tensor, chance: torch.Generator) -> torch.Tensor:
        vae = self.pipe.vae
        with torch.no_grad():
            kind = vae.encode(pictures.to(self.device, vae.dtype)).latent_dist
            drawn = kind.mean + kind.std * self._drawn(kind.mean.shape, chance).to(kind.mean)
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
