"""What is asked of a training on a model of the registry; before any file is opened."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from vfx_ai.errors import JobError
from vfx_ai.job import check_choices, check_numbers
from vfx_ai.training.asked_train import Train

MOST_RANK, USUAL_RANK = 512, 16
USUAL_RATE = {"lora": 1e-4, "full": 1e-5}


@dataclass(frozen=True)
class TrainLora:
    """An adapter on a model of the registry, or all of its weights, from footage.

    Attributes:
        base: the model that is trained on.
        source: what it is called, what it learns from, and where it goes; its `steps` are 0 for the usual number, its
            `clip` are frames of a model of videos alone, 0 for as many as usual, and `width` has no meaning.
        full: all weights of the base's network learn, and what comes of it is a model of its own; else an adapter is
            trained, which is laid on the base.
        rank: of an adapter's matrices.
        rate: of AdamW; 0: 1e-4 of an adapter, 1e-5 of all weights.
        count: pictures or clips in a batch; 0: 1 of clips and on a CPU, 4 pictures on a GPU.
        prompt: what stands for all pictures that have no caption then.
        captions: a model of the registry that says what a shot without a caption shows; "": none.
        side: pixels along the side of the crops, of clips along the longer side; 0: what the model was made for.
        use: what results are for, "commercial" or "research": the base's licence must allow it.
        policy: the studio's file of what is allowed; "": as for a Job.
    """

    base: str
    source: Train = field(kw_only=True)
    full: bool = False
    rank: int = USUAL_RANK
    rate: float = 0.0
    count: int = 0
    prompt: str = ""
    captions: str = ""
    side: int = 0
    use: str = "commercial"
    policy: str = ""

    def __post_init__(self) -> None:
        if not self.base:
            raise JobError(
                "no base was given", remedy="Name a model of `vfx-ai models list`: --lora NAME, or --full NAME."
            )
        if not 1 <= self.rank <= MOST_RANK:
            raise JobError(f"rank is {self.rank}", remedy=f"Give 1 to {MOST_RANK}.")
        if self.full and self.rank != USUAL_RANK:
            raise JobError("rank belongs to a LoRA", remedy="Leave --rank out: all weights learn.")
        if not 0 <= self.rate < math.inf:
            raise JobError(f"rate is {self.rate:g}", remedy="Give more than 0, e.g. 1e-4, or 0 for the usual one.")
        if self.source.width:
            raise JobError("width belongs to --from-scratch", remedy="Leave --width out.")
        if self.source.licence:
            raise JobError("what is trained on a base is under its licence", remedy="Leave --licence out.")
        check_numbers(None, count=self.count, side=self.side)
        check_choices(use=self.use)

    @property
    def usual_rate(self) -> float:
        """The rate, or the usual one."""
        return self.rate or USUAL_RATE["full" if self.full else "lora"]
