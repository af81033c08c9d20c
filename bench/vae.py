"""How bright a light a model's encoder brings back, shown to it as runs do: python bench/vae.py NAME.

A patch of light on mid grey is exposed and encoded by the log curve of `fill.exposures`, goes through the encoder and
the decoder of a registered model, and is decoded to light again. The ceiling is the brightest one that comes back
within a tenth of a stop. Nothing else of the model is loaded. Weights that don't bring back mid grey, or the same for
all light, are random or broken: then it is said that the figures say nothing. `--tiny` tries the script with such ones.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from vfx_ai.device import choose_device
from vfx_ai.errors import InputError, VfxAiError
from vfx_ai.fill.exposures import MID, RANGE, Exposure
from vfx_ai.fill.pipeline import quietly
from vfx_ai.studio.models import find_model
from vfx_ai.terminal.console import print_table

SIZE, PATCH = 256, 96  # pixels of the picture and of the patch in its middle
MIDDLE = 32  # pixels of the patch that are looked at: what is beside them spreads
HIGHEST = math.log2(RANGE.greatest / MID)  # stops over mid grey at which the curve itself ends
STOPS = (-6.0, -4.0, -2.0, 0.0, 1.0, 2.0, 3.0, 3.5, HIGHEST - 0.05)
COLORS = {"grey": (1.0, 1.0, 1.0), "red": (1.0, 0.1, 0.1), "green": (0.1, 1.0, 0.1), "blue": (0.1, 0.1, 1.0)}
NEAR, BROKEN = 0.1, 0.5  # stops by which what comes back may differ; and by which mid grey must not
FOLLOWS = 0.5  # share of the range that went in that must come back: an encoder that ends at a stop over grey has more
WORDS = "These weights don't bring back light: they are random, or broken. The figures say nothing."

# From a picture [3, h, w] in 0..1 the picture that comes back.
Trip = Callable[[torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class Level:
    """Light that went in, in stops over mid grey, and by how many stops it came back brighter, by color."""

    stops: float
    off: dict[str, float]

    @property
    def worst(self) -> float:
        """The largest difference of any color."""
        return max(abs(off) for off in self.off.values())


def measured(trip: Trip) -> tuple[Level, ...]:
    """What becomes of light at all levels."""
    exposure = Exposure(1.0)
    levels = []
    for stops in STOPS:
        off = {}
        for name, color in COLORS.items():
            light = torch.full((3, SIZE, SIZE), MID)
            there = slice((SIZE - PATCH) // 2, (SIZE + PATCH) // 2)
            patch = MID * 2.0**stops * torch.tensor(color)
            light[:, there, there] = patch[:, None, None]
            back = exposure.decode(trip(exposure.encode(light)))
            seen = slice((SIZE - MIDDLE) // 2, (SIZE + MIDDLE) // 2)
            came = back[:, seen, seen].flatten(1).median(1).values
            strong = int(patch.argmax())
            off[name] = math.log2(max(float(came[strong]), 1e-6) / float(patch[strong]))
        levels.append(Level(stops, off))
    return tuple(levels)


def says_something(levels: Sequence[Level]) -> bool:
    """Whether mid grey came back, and what is brighter came back brighter."""
    came = [level.stops + level.off["grey"] for level in levels]
    follows = came[-1] - came[0] > FOLLOWS * (levels[-1].stops - levels[0].stops)
    return follows and next(abs(level.off["grey"]) for level in levels if level.stops == 0) < BROKEN


def ceiling(levels: Sequence[Level]) -> float | None:
    """The highest level, in stops over mid grey, up to which all light came back; None: not even mid grey."""
    found = None
    for level in levels:
        if level.stops >= 0:
            if level.worst > NEAR:
                break
            found = level.stops
    return found


def trip_of(folder: Path, device: torch.device) -> Trip:
    """What goes through the encoder and the decoder of a model's folder.

    Raises:
        InputError: it has none that diffusers knows.
    """
    import diffusers

    path = folder / "vae" / "config.json"
    try:
        name = str(json.loads(path.read_text(encoding="utf-8"))["_class_name"])
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError("the model's folder has no encoder", file=path, remedy="Name a model of diffusers.") from None
    made = getattr(diffusers, name, None) if name.startswith("Autoencoder") else None
    if made is None:
        raise InputError(f"diffusers knows no encoder {name!r}", file=path, remedy="Name another model.")
    with quietly():
        vae = made.from_pretrained(path.parent, local_files_only=True, use_safetensors=True)
    return trip_through(vae.to(device, torch.float32).eval(), device)


def trip_through(vae: Any, device: torch.device) -> Trip:
    """The same of an encoder that is open."""
    video = max(part.ndim for part in vae.parameters()) == 5

    def trip(picture: torch.Tensor) -> torch.Tensor:
        shown = (picture * 2 - 1)[None].to(device)
        with torch.no_grad():
            code = vae.encode(shown[:, :, None] if video else shown).latent_dist.mode()
            told = (torch.tensor([0.05], device=device),) if vae.config.get("timestep_conditioning") else ()
            back = vae.decode(code, *told).sample
        return ((back[:, :, 0] if video else back)[0] / 2 + 0.5).cpu().float()

    return trip


def rows(name: str, levels: Sequence[Level]) -> list[tuple[str, ...]]:
    """What is printed."""
    lines: list[tuple[str, ...]] = [
        ("stops over mid grey", ", ".join(COLORS) + ": stops by which it comes back brighter")
    ]
    lines += [(f"{level.stops:+.1f}", ", ".join(f"{off:+.2f}" for off in level.off.values())) for level in levels]
    if not says_something(levels):
        return [*lines, (name, WORDS)]
    top = ceiling(levels)
    found = "nothing" if top is None else f"{top:+.1f} stops, {MID * 2.0**top:.2f} where mid grey is {MID}"
    return [*lines, (name, f"brings back within {NEAR} stop up to: {found}; the curve ends at {HIGHEST:+.1f} stops")]


def _tiny() -> Any:
    from diffusers import AutoencoderKL

    torch.manual_seed(0)
    kinds = {"down_block_types": ["DownEncoderBlock2D"] * 2, "up_block_types": ["UpDecoderBlock2D"] * 2}
    return AutoencoderKL(block_out_channels=[8, 8], norm_num_groups=4, **kinds).eval()


def main() -> None:
    """Measure one model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="?", default="", help="of `vfx-ai models list`")
    parser.add_argument("--models-dir", default="")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--tiny", action="store_true")
    asked = parser.parse_args()
    if not asked.name and not asked.tiny:
        parser.error("name a model, or give --tiny")
    try:
        if asked.tiny:
            trip = trip_through(_tiny(), torch.device("cpu"))
        else:
            model = find_model(asked.name, folder=asked.models_dir)
            assert model.path is not None
            trip = trip_of(model.path, choose_device(asked.device))
        print_table(rows(asked.name or "tiny", measured(trip)))
    except VfxAiError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
