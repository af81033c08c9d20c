"""A model's pipeline, opened from its folder alone, placed where its memory allows, and asked step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import psutil
import torch

from vfx_ai.device import is_out_of_memory
from vfx_ai.errors import InputError, JobError, ResourceError, VfxAiError
from vfx_ai.fill.checkpoint import Checkpoint
from vfx_ai.fill.families import FAMILIES
from vfx_ai.fill.families.asked import hears, takes
from vfx_ai.fill.makers import Ask
from vfx_ai.fill.sides import Sides
from vfx_ai.studio.models import Chosen
from vfx_ai.studio.transformers_model import first_line, quiet

GIB = 1 << 30
# What a step of the largest families works with beside weights, about: a picture of their own side, a window of video.
WORKING = {"image": 6 * GIB, "video": 14 * GIB}
ROOM = 48 * GIB  # with less a picture is decoded in tiles


@dataclass(frozen=True)
class Adapter:
    """A LoRA that is laid on a model.

    Attributes:
        name: what it is called.
        file: .safetensors.
        weight: how much of it.
        base: the model that it was made for, as its maker says; empty: unknown.
    """

    name: str
    file: Path
    weight: float
    base: str = ""


def adapters_of(found: Chosen) -> tuple[Adapter, ...]:
    """The LoRAs that the registry found for a job."""
    return tuple(Adapter(lora.name, lora.path, weight, lora.base) for lora, weight in found.loras if lora.path)


@dataclass(frozen=True)
class Opened:
    """A pipeline that is ready.

    Attributes:
        pipe: of diffusers.
        family: its adapter's module.
        placed: how it lies in memory, for people.
    """

    pipe: Any
    family: Any
    placed: str


def opened(
    model: Checkpoint,
    device: torch.device,
    adapters: Sequence[Adapter] = (),
    name: str = "",
    dtype: torch.dtype | None = None,
) -> Opened:
    """Open a model; nothing beyond its folder is read, and no network is asked.

    Args:
        model: from `checkpoint.checkpoint`.
        device: where it works.
        adapters: LoRAs that are laid on it.
        name: what the model is called; empty: its folder's name.
        dtype: of its weights; None: as is usual on the device.

    Raises:
        InputError: its files, or those of a LoRA, can't be opened, or a LoRA is of another base model.
        JobError: diffusers knows no way to open it.
    """
    import diffusers

    row = FAMILIES[model.family]
    kind = getattr(diffusers, row.opens or model.pipeline, None)
    if kind is None:
        raise JobError(
            f"diffusers {diffusers.__version__} has no {row.opens or model.pipeline}",
            file=model.folder,
            remedy="Install a newer diffusers, or use another model.",
        )
    with quietly():
        try:
            pipe = kind.from_pretrained(
                model.folder,
                local_files_only=True,
                use_safetensors=True,
                torch_dtype=dtype or dtype_on(device),
                **dict.fromkeys(model.absent),
            )
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RuntimeError) as error:
            if is_out_of_memory(error):
                raise
            raise InputError(
                f"the model can't be opened: {first_line(error)}",
                file=model.folder,
                remedy="Check it with `vfx-ai models verify`, or get it anew.",
            ) from None
        pipe.set_progress_bar_config(disable=True)
        lay(pipe, adapters, name or model.folder.name)
        placed = place(pipe, model, device, WORKING[row.kind])
    return Opened(pipe, import_module(row.module), placed)


def dtype_on(device: torch.device) -> torch.dtype:
    """The type that weights have on a device: bfloat16 where it computes with it, half on other GPUs, else float."""
    if device.type == "cuda":
        with torch.cuda.device(device):
            native = torch.cuda.is_bf16_supported(including_emulation=False)
        return torch.bfloat16 if native else torch.float16
    return torch.float16 if device.type == "mps" else torch.float32


def place(pipe: Any, model: Checkpoint, device: torch.device, working: int) -> str:
    """Put a pipeline where its memory allows: whole, part by part, or layer by layer; says which."""
    free = free_memory(device)
    if device.type != "cuda":
        pipe.to(device)
        return "whole"
    step = placement(model, free, working)
    if step == "whole":
        pipe.to(device)
    elif step == "part by part":
        pipe.enable_model_cpu_offload(device=device)
    else:
        pipe.enable_sequential_cpu_offload(device=device)
    if free < ROOM:
        spare(pipe)
    return step


def spare(pipe: Any) -> None:
    """Have a pipeline encode and decode pictures in tiles from now on, where it can."""
    vae = getattr(pipe, "vae", None)
    if vae is not None and hasattr(vae, "enable_tiling"):
        vae.enable_tiling()


def placement(model: Checkpoint, free: int, working: int) -> str:
    """How a model lies in so many bytes of a GPU's memory: "whole", "part by part" or "layer by layer"."""
    if model.bytes + working <= free:
        return "whole"
    largest = max(model.parts.values(), default=0)
    return "part by part" if largest + working <= free else "layer by layer"


def free_memory(device: torch.device) -> int:
    """Bytes that are free on a device."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return int(psutil.virtual_memory().available)


def lay(pipe: Any, adapters: Sequence[Adapter], model: str) -> None:
    """Lay LoRAs on a pipeline.

    Raises:
        InputError: a file can't be opened, or is of another base model; the message names both.
        JobError: the pipeline takes none.
    """
    if not adapters:
        return
    if not hasattr(pipe, "load_lora_weights"):
        raise JobError(f"{type(pipe).__name__} takes no LoRA", remedy="Leave --lora out.")
    for index, adapter in enumerate(adapters):
        try:
            pipe.load_lora_weights(
                str(adapter.file.parent),
                weight_name=adapter.file.name,
                adapter_name=f"lora{index}",
                local_files_only=True,
                use_safetensors=True,
            )
            laid = {name for names in pipe.get_list_adapters().values() for name in names}
            if f"lora{index}" not in laid:
                raise ValueError("none of its layers is one of the model's")
        except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
            if is_out_of_memory(error):
                raise
            of = f", which was made for {adapter.base}" if adapter.base else ""
            raise InputError(
                f"the LoRA {adapter.name}{of}, doesn't fit the model {model}: {first_line(error)}",
                file=adapter.file,
                remedy="Use it with the base model that it was made for.",
            ) from None
    pipe.set_adapters([f"lora{index}" for index in range(len(adapters))], [one.weight for one in adapters])


def opened_for(ask: Ask, found: Chosen, model: Checkpoint) -> tuple[Opened, Sides]:
    """A run's model, opened with what is laid on it, and the side at which it works; says what a user should know."""
    made = opened(model, ask.shot.device, adapters_of(found), found.model.name)
    if ask.job.prompt and not hears(made.pipe):
        ask.note("The model's folder has no text encoder: it doesn't hear the prompt.")
    if ask.job.negative and not (hears(made.pipe) and takes(made.pipe, "negative_prompt")):
        ask.note("The model takes no negative prompt: what it is to keep away from isn't heard.")
    if made.placed != "whole":
        ask.note(f"The model is larger than what is free of the device's memory: it works {made.placed}, slower.")
    if found.loras and getattr(made.pipe, "transformer_2", None) is not None:
        ask.note("The LoRA lies on the model's network for noisy steps alone, not on that for the last ones.")
    return made, Sides(made.family.side(made.pipe), made.family.multiple(made.pipe))


def run(
    pipe: Any,
    arguments: dict[str, Any],
    seed: int,
    stepped: Callable[[], None],
    output: str,
    after: Callable[[int, dict[str, Any]], dict[str, Any]] | None = None,
    during: Sequence[AbstractContextManager[None]] = (),
) -> Any:
    """Ask a pipeline once.

    Args:
        pipe: of diffusers.
        arguments: in its own words.
        seed: of all its chance; drawn on the CPU, so that devices agree.
        stepped: called after each step; what it raises ends the run.
        output: the name of what it gives, "images" or "frames".
        after: an adapter's own part in each step; see `families.videos`.
        during: contexts in which it is asked.

    Returns:
        Float tensor or array in 0..1, as the pipeline gives it.

    Raises:
        ResourceError: the model's own filter blanked its picture.
        InputError: the pipeline can't do with what it was given.
    """

    def on_step(_pipe: Any, index: int, _time: Any, kept: dict[str, Any]) -> dict[str, Any]:
        stepped()
        return kept if after is None else after(index, kept)

    generator = torch.Generator("cpu").manual_seed(seed)
    try:
        with quietly(), torch.no_grad(), ExitStack() as around:
            for one in during:
                around.enter_context(one)
            more = {"callback_on_step_end": on_step} if takes(pipe, "callback_on_step_end") else {}
            given = pipe(**arguments, generator=generator, output_type="pt", **more)
    except VfxAiError:
        raise
    except (RuntimeError, ValueError, TypeError) as error:
        if is_out_of_memory(error):
            raise
        raise InputError(
            f"{type(pipe).__name__} can't do with what it was given: {first_line(error)}",
            remedy="Check the model with `vfx-ai models verify`, or use another one.",
        ) from error
    if any(getattr(given, "nsfw_content_detected", None) or ()):
        raise ResourceError(
            "the model's own filter blanked its picture",
            remedy="Use another seed or prompt, or a model without a filter.",
        )
    return getattr(given, output)


@contextmanager
def quietly() -> Iterator[None]:
    """Without what diffusers and transformers say of themselves; their errors come through."""
    from diffusers.utils import logging as of_diffusers
    from transformers.utils import logging as of_transformers

    with quiet(of_diffusers, of_transformers):
        yield
