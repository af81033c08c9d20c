"""Models and checkpoints on disk: safetensors, with the record of the training in their metadata."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch

from vfx_ai.errors import InputError
from vfx_ai.learning.loop import Training
from vfx_ai.learning.network import Network, Shape
from vfx_ai.learning.spread import parted, whole
from vfx_ai.media.atomic import replacing

RECORD = "vfx_ai.training"  # in the metadata: the record, as JSON
KIND = "internal"
VERSION = 1
MOST_RECORD = 16 * 2**20  # bytes of metadata that are believed to be a record
_ADAM = ("exp_avg", "exp_avg_sq")


def keep_checkpoint(path: Path, training: Training, record: dict[str, Any]) -> None:
    """Write all that a training needs to go on, atomically.

    Raises:
        OutputError: it can't be written; what was there stays.
    """
    tensors = {f"network.{name}": value for name, value in training.network.state_dict().items()}
    tensors |= {f"mean.{name}": value for name, value in training.mean.state_dict().items()}
    tensors |= moments_of(training.adam)
    tensors["losses"] = torch.tensor(training.losses, dtype=torch.float32)
    keep_tensors(path, tensors, {**record, "step": training.step, "recipe": training.recipe.to_dict()})


def go_on(path: Path, training: Training, inputs: Any) -> bool:
    """Bring a training to where a checkpoint left it; False if that is of another recipe or footage.

    Args:
        path: the checkpoint.
        training: not begun.
        inputs: what tells the footage, as it stands in the record.

    Raises:
        InputError: it can't be read.
    """
    tensors, record = read_tensors(path)
    if record.get("recipe") != training.recipe.to_dict() or record.get("inputs") != inputs:
        return False
    try:
        for name, network in (("network.", training.network), ("mean.", training.mean)):
            network.load_state_dict({k.removeprefix(name): v for k, v in tensors.items() if k.startswith(name)})
        training.step, training.losses = begun_at(record, tensors)
        take_moments(training.adam, tensors, begun=training.step > 0)
    except (RuntimeError, KeyError, ValueError, TypeError) as error:
        raise damaged(path, error) from None
    training.exercises.told(training.network.scale)
    return True


def moments_of(adam: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    """What Adam has to remember, by names of a checkpoint."""
    tensors: dict[str, torch.Tensor] = {}
    for index, moments in adam.state_dict()["state"].items():
        tensors |= {f"adam.{index}.{name}": whole(moments[name]) for name in _ADAM}
        tensors[f"adam.{index}.step"] = torch.as_tensor(moments["step"]).reshape(1).float()
    return tensors


def take_moments(adam: torch.optim.Optimizer, tensors: Mapping[str, torch.Tensor], *, begun: bool) -> None:
    """Give Adam back what `moments_of` took.

    Raises:
        ValueError: it isn't that of these weights.
    """
    state: dict[int, dict[str, torch.Tensor]] = {}
    for key, value in tensors.items():
        if key.startswith("adam."):
            _, index, part = key.split(".")
            state.setdefault(int(index), {})[part] = value.reshape(()) if part == "step" else value
    weights = [weight for group in adam.param_groups for weight in group["params"]] if begun else []
    # Adam itself would find out in the next step, or never.
    if state.keys() != set(range(len(weights))) or any(
        state[i].keys() != {"step", *_ADAM} or any(state[i][name].shape != weight.shape for name in _ADAM)
        for i, weight in enumerate(weights)
    ):
        raise ValueError("the optimiser's moments aren't those of its weights")
    for i, weight in enumerate(weights):
        state[i] |= {name: parted(state[i][name], weight) for name in _ADAM}
    adam.load_state_dict({"state": state, "param_groups": adam.state_dict()["param_groups"]})


def begun_at(record: Mapping[str, Any], tensors: Mapping[str, torch.Tensor]) -> tuple[int, list[float]]:
    """The step of a checkpoint, and the losses until then.

    Raises:
        KeyError, ValueError, TypeError: it doesn't say them.
    """
    step, losses = int(record["step"]), tensors["losses"].tolist()
    if len(losses) != step or not all(bool(torch.isfinite(value).all()) for value in tensors.values()):
        raise ValueError("it holds NaN or Inf, or not as many losses as steps")
    return step, losses


def keep_model(path: Path, network: Network, record: dict[str, Any]) -> None:
    """Write a trained network, atomically.

    Args:
        path: the .safetensors file.
        network: what is used: the running mean of its weights.
        record: of its training: shots, hashes, rights, steps, seed, version.

    Raises:
        OutputError: it can't be written.
    """
    about = {"kind": KIND, "format": VERSION, "shape": network.shape.to_dict()}
    keep_tensors(
        path, dict(network.state_dict()), {**record, **about}, {"vfx_ai.family": KIND, "vfx_ai.task": "inpaint"}
    )


def read_model(path: Path, device: torch.device) -> tuple[Network, dict[str, Any]]:
    """A trained network, and the record of its training.

    Raises:
        InputError: it isn't there, damaged, or no model of this kind.
    """
    tensors, record = read_tensors(path)
    if record.get("kind") != KIND or record.get("format") != VERSION:
        raise InputError(
            "this is no model that was trained from scratch by `vfx-ai train`, or of another version",
            file=path,
            remedy="Name one that `vfx-ai train --from-scratch` made.",
        )
    try:
        shape = Shape(**{name: int(value) for name, value in record["shape"].items()})
        if not (1 <= shape.width <= 512 and 1 <= shape.levels <= 16):
            raise ValueError(f"its shape is {shape}")
        network = Network(shape)
        network.load_state_dict(tensors)
    except (RuntimeError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise damaged(path, error) from None
    if not all(bool(torch.isfinite(value).all()) for value in tensors.values()):
        raise damaged(path, ValueError("it holds NaN or Inf"))
    return network.to(device).eval().requires_grad_(False), record


def read_record(path: Path) -> dict[str, Any]:
    """The record in a model's or checkpoint's metadata, without its weights.

    Raises:
        InputError: it isn't there, damaged, or has none.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            return _parsed(path, (file.metadata() or {}).get(RECORD, ""))
    except (OSError, SafetensorError) as error:
        raise damaged(path, error) from None


def keep_tensors(
    path: Path, tensors: dict[str, torch.Tensor], record: dict[str, Any], more: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Write a safetensors file with a record in its metadata, atomically.

    Raises:
        OutputError: it can't be written.
    """
    from safetensors.torch import save

    plain = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    data = save(plain, {RECORD: json.dumps(record, sort_keys=True), **more})
    with replacing(path) as beside:
        beside.write_bytes(data)


def read_tensors(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """What `keep_tensors` wrote.

    Raises:
        InputError: it isn't there, damaged, or has no record.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            record = _parsed(path, (file.metadata() or {}).get(RECORD, ""))
            return {name: file.get_tensor(name) for name in file.keys()}, record  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise damaged(path, error) from None


def _parsed(path: Path, text: str) -> dict[str, Any]:
    try:
        record = json.loads(text) if len(text) <= MOST_RECORD else None
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        raise InputError("it has no record of a training", file=path, remedy="Name a file that `vfx-ai train` made.")
    return record


def damaged(path: Path, error: Exception) -> InputError:
    """What is said of a file that can't be read."""
    missing = isinstance(error, FileNotFoundError)
    return InputError(
        "it isn't there" if missing else f"it can't be read: {error}",
        file=path,
        remedy="Name a .safetensors file that `vfx-ai train` made.",
    )
