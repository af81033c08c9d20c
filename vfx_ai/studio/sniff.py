"""What a model on disk is, by its own files: family, task, and the class that diffusers opens it with."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vfx_ai.errors import InputError
from vfx_ai.media.plain_file import open_plain
from vfx_ai.studio.safe import files_within, head_of, refuse_pickled

INDEX = "model_index.json"
_MOST_JSON = 2**22


@dataclass(frozen=True)
class Sniffed:
    """What was found.

    Attributes:
        family, task, pipeline: as of a Model; empty where they couldn't be told.
        files: its files, whole paths.
    """

    family: str
    task: str
    pipeline: str
    files: tuple[Path, ...]


# How the classes of diffusers begin, the longer ones first.
_BY_CLASS = (
    ("StableDiffusionXL", "sdxl"),
    ("StableDiffusion3", "sd3"),
    ("StableDiffusion", "sd"),
    ("Flux2", "flux2"),
    ("Flux", "flux"),
    ("Chroma", "chroma"),
    ("QwenImage", "qwen-image"),
    ("ZImage", "z-image"),
    ("Kandinsky", "kandinsky"),
    ("WanVACE", "wan-vace"),
    ("Wan", "wan"),
    ("LTX2", "ltx2"),
    ("LTX", "ltx"),
    ("CogVideoX", "cogvideox"),
    ("HunyuanVideo", "hunyuan-video"),
    ("EasyAnimate", "easyanimate"),
)
_VIDEO = ("wan-vace", "wan", "ltx", "ltx2", "cogvideox", "hunyuan-video", "easyanimate")
# What in a class's name says what it is for.
_TASKS: tuple[tuple[str, str], ...] = (
    ("Inpaint", "inpaint"),
    ("Fill", "inpaint"),
    ("VACE", "inpaint"),
    ("Edit", "edit"),
    ("Kontext", "edit"),
)
_TASKS += (("Condition", "edit"), ("Img2Img", "edit"), ("VideoToVideo", "edit"), ("Flux2", "edit"))
_VIDEO_TASKS = {"inpaint": "video-inpaint", "edit": "video-edit", "image": "video"}


def sniff(path: Path) -> Sniffed:
    """What a folder or a file is.

    Args:
        path: a folder of diffusers (model_index.json) or transformers (config.json), or one .safetensors file.

    Raises:
        InputError: it isn't there, is none of these, is damaged, or holds pickled weights.
    """
    if path.is_dir():
        return _folder(path)
    refuse_pickled(path)
    if not path.is_file():
        raise InputError("there is no such model", file=path, remedy="Check the path.")
    if path.suffix.lower() != ".safetensors":
        raise InputError("this is no model", file=path, remedy=f"Give a folder with {INDEX}, or one .safetensors file.")
    family, task = _weights(head_of(path))
    return Sniffed(family, task, "", (path,))


def by_class(name: str) -> tuple[str, str]:
    """Family and task by the name of a class of diffusers; empty where it says nothing."""
    family = next((family for start, family in _BY_CLASS if name.startswith(start)), "")
    if not family:
        return "", ""
    task = next((task for word, task in _TASKS if word in name), "image")
    return family, _VIDEO_TASKS[task] if family in _VIDEO else task


def _folder(path: Path) -> Sniffed:
    files = files_within(path)
    for file in files:
        if file.suffix.lower() == ".safetensors":
            head_of(file)
    if (path / INDEX).is_file():
        name = _json(path / INDEX).get("_class_name")
        if not isinstance(name, str) or not name:
            raise InputError("it doesn't say what it is (_class_name)", file=path / INDEX, remedy="Copy it again.")
        return Sniffed(*by_class(name), name, files)
    if (path / "config.json").is_file():
        kind = str(_json(path / "config.json").get("model_type", ""))
        return Sniffed(*_TRANSFORMERS.get(kind, ("", "")), "", files)
    raise InputError(
        f"the folder has no {INDEX}", file=path, remedy="Name the folder that has it, or one .safetensors file."
    )


# By the "model_type" of a config of transformers.
_TRANSFORMERS = {
    "sam": ("sam", "matte"),
    "sam2": ("sam2", "matte"),
    "sam2_video": ("sam2", "matte"),
    "clip": ("clip", "search"),
    "blip": ("blip", "caption"),
}


def _json(path: Path) -> dict[str, Any]:
    try:
        with open_plain(path) as file:
            data = json.loads(file.read(_MOST_JSON))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"it can't be read: {error}", file=path, remedy="Copy it again.") from None
    if not isinstance(data, dict):
        raise InputError("it is no JSON object", file=path, remedy="Copy it again.")
    return data


def _weights(head: dict[str, Any]) -> tuple[str, str]:
    """Family and task by the names and shapes of tensors; by what is written in the head, if that is ours."""
    said = head.get("__metadata__")
    said = said if isinstance(said, dict) else {}
    names = [name for name in head if name != "__metadata__"]
    if any(mark in name for name in names for mark in (".lora_", "lora_unet", "lora_te", ".lora.")):
        return _lora_family(said, names), "lora"
    if isinstance(family := said.get("vfx_ai.family"), str):
        return family, str(said.get("vfx_ai.task", ""))

    def across(name: str) -> int:
        shape = head.get(name, {}).get("shape") or [0, 0]
        return int(shape[1]) if len(shape) > 1 else 0

    return next((told for fits, told in _BY_TENSORS if fits(names, across)), ("", ""))


def _has(*starts: str) -> Callable[[list[str], Callable[[str], int]], bool]:
    return lambda names, _across: all(any(name.startswith(start) for name in names) for start in starts)


_FIRST = "model.diffusion_model.input_blocks.0.0.weight"
# A U-Net that fills holes takes nine channels, FLUX Fill 384: latents, mask and what is known.
_BY_TENSORS: tuple[tuple[Callable[[list[str], Callable[[str], int]], bool], tuple[str, str]], ...] = (
    (_has("image_encoder.", "mask_decoder."), ("sam", "matte")),
    (
        lambda names, across: _has("conditioner.embedders.1.")(names, across) and across(_FIRST) == 9,
        ("sdxl", "inpaint"),
    ),
    (_has("conditioner.embedders.1.", "model.diffusion_model."), ("sdxl", "image")),
    (lambda _names, across: across(_FIRST) == 9, ("sd", "inpaint")),
    (_has("cond_stage_model.", "model.diffusion_model."), ("sd", "image")),
    (lambda _names, across: across("img_in.weight") == 384, ("flux", "inpaint")),
    (_has("double_stream_modulation_img", "double_blocks."), ("flux2", "edit")),
    (_has("double_blocks.", "single_blocks."), ("flux", "image")),
    (_has("vace_blocks.", "patch_embedding."), ("wan-vace", "video-inpaint")),
    (_has("blocks.0.cross_attn.", "patch_embedding."), ("wan", "video")),
)

_LORA_WORDS = (
    *(("sdxl", "sdxl"), ("stable-diffusion-xl", "sdxl"), ("flux2", "flux2"), ("flux.2", "flux2"), ("flux", "flux")),
    *(("qwen", "qwen-image"), ("z-image", "z-image"), ("z_image", "z-image"), ("wan", "wan"), ("ltx2", "ltx2")),
    *(("ltx", "ltx"), ("stable-diffusion-v1", "sd"), ("sd_v1", "sd")),
)


def _lora_family(said: dict[str, Any], names: list[str]) -> str:
    told = " ".join(
        str(said.get(key, "")).lower()
        for key in ("vfx_ai.family", "modelspec.architecture", "ss_base_model_version", "base_model")
    )
    found = next((family for word, family in _LORA_WORDS if word in told), "")
    if found:
        return found
    if any("lora_te2" in name or "text_encoder_2" in name for name in names):
        return "sdxl"
    return "flux" if any("double_blocks" in name for name in names) else ""
