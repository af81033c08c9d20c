"""What a Python caller asks of training."""

from __future__ import annotations

from collections.abc import Callable
from os import fspath
from typing import TYPE_CHECKING, Any

from vfx_ai.door.calls import never

if TYPE_CHECKING:
    from vfx_ai.job import Progress
    from vfx_ai.training.scratch import Trained


def train(
    name: str,
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    **fields: Any,
) -> Trained:
    """Train a model on footage alone, as the command `vfx-ai train --from-scratch` does.

    Args:
        name: by which the model is asked for afterwards.
        progress, cancelled: as for `inpaint`; a training that was stopped goes on when it is asked for again.
        fields: any other field of `training.asked_train.Train`: one of plate and catalogue, and e.g. matte, titles,
            steps, minutes, seed, device.

    Returns:
        What was made: the model's file, how far off it is, and the page that shows it.

    Raises:
        VfxAiError: something can't be read or written, or isn't cleared; the message says what to do next.
        TypeError: `fields` has a name that isn't there.
    """
    from vfx_ai.job import silent
    from vfx_ai.threads import wait_without_spinning
    from vfx_ai.training.asked_train import Train

    wait_without_spinning()
    from vfx_ai.training.scratch import train_from_scratch

    for name_ in ("plate", "matte", "catalogue", "models_dir"):
        if name_ in fields:
            fields[name_] = fspath(fields[name_])
    return train_from_scratch(Train(name, **fields), progress or silent, cancelled or never)
