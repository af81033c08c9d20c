"""Training a LoRA on the transformer of a model of videos: from where noise flows to, of hidden parts of clips.

These models learned straight ways from a clip to noise (flow matching): at a share s of noise they are shown
(1 - s) clip + s noise, and are to say noise - clip. Wan VACE alone is taught; see `bases`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from vfx_ai.fill.families import wan_vace as wan
from vfx_ai.fill.families.asked import hears
from vfx_ai.fill.families.videos import noise_like
from vfx_ai.fill.pipeline import quietly
from vfx_ai.learning.together import ALONE, Together
from vfx_ai.training.lora_base import LoraRecipe, OnNetwork
from vfx_ai.training.lora_clips import ClipExample, Clips, cells, clip_examples

THOUSAND = 1000.0  # a share of noise is told to networks in thousandths


@dataclass(frozen=True)
class Lesson:
    """One clip, as a family's network is shown it.

    Attributes:
        given: what the network says, of what `target` is.
        target: what it should say.
        counted: where that counts, 0 or 1, in a shape that fits both.
    """

    given: torch.Tensor
    target: torch.Tensor
    counted: torch.Tensor


class VideoLoraTraining(OnNetwork):
    """A training on clips, see `lora_base`.

    Args:
        pipe: of diffusers, opened.
        clips: what is learned from.
        recipe: how.
        device: where.
        together: with which other processes.

    Raises:
        JobError: there are too many processes.
    """

    prefix = "transformer"

    def __init__(
        self,
        pipe: Any,
        clips: Clips,
        recipe: LoraRecipe,
        device: torch.device,
        together: Together = ALONE,
    ) -> None:
        super().__init__(pipe, pipe.transformer, recipe, device, together)
        self.clips = clips
        self._words: dict[str, torch.Tensor] = {}

    def part(self, step: int) -> torch.Tensor:
        """See `OnNetwork`."""
        return self.loss(clip_examples(self.clips, self.recipe.count, self.recipe.seed, step), step)

    def loss(self, batch: tuple[ClipExample, ...], step: int) -> torch.Tensor:
        """How far off the network's word is, of this process's part of a batch, by a step's chance.

        Each clip counts as much as the others, whatever its size.
        """
        total: torch.Tensor = torch.zeros((), device=self.device)
        for index in self.own:
            seed = (self.recipe.seed * 1_000_033 + step * 7_907 + index * 104_729) % 2**63
            chance = torch.Generator().manual_seed(seed)
            drawn = float(torch.sigmoid(torch.randn((), generator=chance)))
            with self.autocast():
                words, left = self.told(batch[index].caption), noise_share(self.pipe.scheduler.config, drawn)
                one = lesson(self.pipe, batch[index], words, left, seed)
            off = (one.given.float() - one.target.float()).square() * one.counted
            each = one.counted.expand_as(one.target).sum().clamp(min=1)
            total = total + off.sum() / each
        return total / self.recipe.count

    def told(self, caption: str) -> torch.Tensor:
        """A caption as numbers, where the network is."""
        if caption not in self._words:
            with torch.no_grad(), quietly():
                self._words[caption] = words_for(self.pipe, caption, self.device).cpu()
        return self._words[caption].to(self.device, self.network.dtype)


def noise_share(config: Any, drawn: float) -> float:
    """The share of noise for a number drawn from 0..1, shifted as a scheduler shifts its steps."""
    drawn = min(max(drawn, 1e-4), 1 - 1e-4)
    shift = float(config.get("shift") or config.get("flow_shift") or 1.0)
    return shift * drawn / (1 + (shift - 1) * drawn)


def words_for(pipe: Any, caption: str, device: torch.device) -> torch.Tensor:
    """A caption as numbers; zeros where the model has no encoder for words."""
    if not hears(pipe):
        return wan.silence(pipe)
    found: torch.Tensor = pipe.encode_prompt(caption, do_classifier_free_guidance=False, device=device)[0]
    return found


def lesson(pipe: Any, example: ClipExample, words: torch.Tensor, left: float, seed: int) -> Lesson:
    """A video with a mask beside it, as `families.wan_vace` shows it, of which so much is noise, by a seed."""
    network, device = pipe.transformer, words.device
    with torch.no_grad():
        clean = wan.encoded(pipe, (example.video * 2 - 1).movedim(0, 1)[None], device)
        shown = example.video * (1 - example.mask) + wan.GREY * example.mask
        mask = example.mask.expand(-1, 3, -1, -1).movedim(0, 1)[None].to(device)
        video = (shown * 2 - 1).movedim(0, 1)[None].to(device)
        none: list[list[Any]] = [[]]
        known = pipe.prepare_video_latents(video, mask, none, None, device)
        control = torch.cat([known.float(), pipe.prepare_masks(mask, none).float()], 1).to(network.dtype)
        frames, height, width = clean.shape[2:]
        counted = 1 - cells(1 - example.counted.to(device), frames, height, width)[None, None]
        noise = noise_like(clean, seed)
        noisy = ((1 - left) * clean + left * noise).to(network.dtype)
    given = network(
        hidden_states=noisy,
        timestep=torch.tensor([THOUSAND * left], device=device),
        encoder_hidden_states=words,
        control_hidden_states=control,
        control_hidden_states_scale=control.new_ones(len(network.config.vace_layers)),
        return_dict=False,
    )[0]
    return Lesson(given, noise - clean, counted)
