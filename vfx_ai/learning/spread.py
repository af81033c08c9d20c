"""Weights that are spread over several processes, block by block, so that none of them holds all (PyTorch's FSDP).

Whoever asks for a whole one asks in all processes at the same place: each brings its part.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch

from vfx_ai.learning.together import Together


def shared_out(network: torch.nn.Module, apart: Iterable[torch.nn.Parameter], together: Together) -> None:
    """Spread a network's weights over all processes, where that is wanted: block by block, then what is left of it.

    Gradients of what is spread are added up over all processes by themselves.

    Args:
        network: with lists of blocks.
        apart: weights that stay whole in each process.
        together: which says whether it is wanted.
    """
    if not together.spread:
        return
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    whole, mesh = set(apart), init_device_mesh(together.device.type, (together.count,))
    blocks = [block for part in network.children() if isinstance(part, torch.nn.ModuleList) for block in part]
    for block in (*blocks, network):
        own = {weight for weight in block.parameters() if weight in whole}
        made = fully_shard(block, mesh=mesh, ignored_params=own)
        made.set_force_sum_reduction_for_comms(True)  # gloo has no mean, and what is wanted is the sum
        made.set_gradient_divide_factor(1.0)


def is_spread(tensor: torch.Tensor) -> bool:
    """Whether a process holds but a part of it."""
    from torch.distributed.tensor import DTensor

    return isinstance(tensor, DTensor)


def own_part(tensor: torch.Tensor) -> torch.Tensor:
    """What this process holds of a tensor, the same memory; of one that isn't spread all."""
    from torch.distributed.tensor import DTensor

    return tensor.to_local() if isinstance(tensor, DTensor) else tensor


def whole(tensor: torch.Tensor) -> torch.Tensor:
    """All of a tensor, in every process."""
    from torch.distributed.tensor import DTensor

    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def parted(value: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """A whole tensor, the same in all processes, spread as another one is."""
    from torch.distributed.tensor import DTensor, distribute_tensor

    if not isinstance(like, DTensor):
        return value
    place = value.to(like.to_local().device)
    return distribute_tensor(place, like.device_mesh, like.placements, src_data_rank=None)
