"""Several processes that train one model: each does its own part of every batch, and all have the same gradient.

Which process does what follows from its rank alone. accelerate brings them together (`accelerate launch`), or there is
one, which needs nothing of this. Weights are the same in all of them, or spread over all; see `spread`.
"""

from __future__ import annotations

import atexit
import json
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import torch

from vfx_ai.errors import JobError, VfxAiError

Made = TypeVar("Made")


@dataclass(frozen=True)
class Together:
    """A process among others.

    Attributes:
        rank: which one it is, from 0; the first one alone writes.
        count: how many there are.
        local: which one of those on its machine.
        spread: a base's weights are spread over all; see `spread.shared_out`.
    """

    rank: int = 0
    count: int = 1
    local: int = 0
    spread: bool = False

    @property
    def first(self) -> bool:
        """Whether it is the one that writes."""
        return self.rank == 0

    def own(self, count: int) -> list[int]:
        """Which of so many things it does: every `count`th, from its rank on."""
        return list(range(self.rank, count, self.count))

    def total(self, part: torch.Tensor) -> float:
        """The sum of one number of each process, the same in all of them."""
        if self.count < 2:
            return float(part.detach())
        whole = part.detach().double().reshape(1).clone()
        torch.distributed.all_reduce(whole)
        return float(whole)

    def any(self, own: bool) -> bool:
        """Whether it is so in any of them; every process asks at the same place."""
        return self.total(torch.tensor(float(own), device=self.device)) > 0 if self.count > 1 else own

    def each(self, work: Callable[[], Made]) -> Made:
        """What a process makes by itself, without the others; where one of them fails, none goes on.

        Raises:
            VfxAiError: its own, or that another one ended.
        """
        try:
            made = work()
        except VfxAiError:
            self.any(True)
            raise
        if self.any(False):
            raise JobError("another process ended before this one", remedy="See what that one says.")
        return made

    def add_up(self, tensors: Sequence[torch.Tensor]) -> None:
        """Make tensors the sum over all processes, in one go."""
        if self.count < 2 or not tensors:
            return
        flat = torch.cat([tensor.reshape(-1) for tensor in tensors])
        torch.distributed.all_reduce(flat)
        for tensor, part in zip(tensors, torch.split(flat, [tensor.numel() for tensor in tensors]), strict=True):
            tensor.copy_(part.view_as(tensor))

    def agree(self, tensors: Iterable[torch.Tensor]) -> None:
        """Make tensors those of the first process."""
        for tensor in tensors if self.count > 1 else ():
            torch.distributed.broadcast(tensor.data, 0)

    def told(self, value: Any) -> Any:
        """What the first process says; text, a number or None."""
        if self.count < 2:
            return value
        said = json.dumps(value).encode() if self.first else b""
        length = torch.tensor([len(said)], device=self.device)
        torch.distributed.broadcast(length, 0)
        letters = torch.zeros(int(length), dtype=torch.uint8, device=self.device)
        if self.first:
            letters.copy_(torch.frombuffer(bytearray(said), dtype=torch.uint8))
        torch.distributed.broadcast(letters, 0)
        return json.loads(bytes(letters.cpu().numpy()))

    @property
    def device(self) -> torch.device:
        """Where small things are handed round."""
        nccl = self.count > 1 and torch.distributed.get_backend() == "nccl"
        return torch.device("cuda", self.local) if nccl else torch.device("cpu")


ALONE = Together()


def joined(device: torch.device) -> Together:
    """This process among those that `accelerate launch` (or torchrun) started; ALONE if there are no others.

    Args:
        device: of what is trained: its kind decides how they talk.
    """
    distributed = torch.distributed
    if not distributed.is_available():
        return ALONE
    if not distributed.is_initialized():
        if int(os.environ.get("WORLD_SIZE", "1") or 1) < 2:
            return ALONE
        from accelerate import PartialState

        PartialState(cpu=device.type == "cpu")
        # Processes over which weights are spread never end while they are joined.
        atexit.register(distributed.destroy_process_group)
    if distributed.get_world_size() < 2:
        return ALONE
    spread = os.environ.get("ACCELERATE_USE_FSDP", "").lower() in ("1", "true", "yes")
    local = int(os.environ.get("LOCAL_RANK", "0") or 0)
    return Together(distributed.get_rank(), distributed.get_world_size(), local, spread)


def check_share(count: int, together: Together, remedy: str) -> None:
    """Refuse a batch that has nothing for one of the processes; where weights are spread, all must do as much.

    Raises:
        JobError: it is so small.
    """
    if count < together.count or (together.spread and count % together.count):
        raise JobError(f"a batch of {count} can't be shared by {together.count} processes", remedy=remedy)
