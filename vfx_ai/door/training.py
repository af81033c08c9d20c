"""What a Python caller asks of training."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from vfx_ai.door.calls import never, texts

if TYPE_CHECKING:
    from vfx_ai.job import Progress
    from vfx_ai.training.course import Trained


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

    return train_from_scratch(Train(name, **texts(fields)), progress or silent, cancelled or never)


def train_lora(
    name: str,
    base: str,
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    rank: int = 16,
    rate: float = 0.0,
    batch: int = 0,
    side: int = 0,
    prompt: str = "",
    captions: str = "",
    use: str = "commercial",
    policy: str = "",
    **fields: Any,
) -> Trained:
    """Train a LoRA on a model of the registry, as the command `vfx-ai train --lora` does.

    Args:
        name: by which it is asked for afterwards.
        base: the model that it is laid on, by its name in the registry.
        progress, cancelled: as for `train`.
        rank, rate, batch, side, prompt, captions, use, policy: see `training.asked_lora.TrainLora`; batch is its count.
        fields: as for `train`.

    Returns:
        What was made; its `off` is None.

    Raises:
        VfxAiError: the base may not be used so, or as for `train`.
        TypeError: `fields` has a name that isn't there.
    """
    own: dict[str, Any] = {"rank": rank, "rate": rate, "count": batch, "side": side, "prompt": prompt}
    own |= {"captions": captions, "use": use, "policy": policy}
    return _on_base(name, base, fields, own, progress, cancelled)


def train_full(
    name: str,
    base: str,
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    rate: float = 0.0,
    batch: int = 0,
    side: int = 0,
    prompt: str = "",
    captions: str = "",
    use: str = "commercial",
    policy: str = "",
    **fields: Any,
) -> Trained:
    """Train all weights of a model of the registry, as the command `vfx-ai train --full` does.

    Args:
        name: of the model that comes of it, a folder of diffusers.
        base: the model that it begins as, by its name in the registry; it stays as it is.
        progress, cancelled: as for `train`.
        rate, batch, side, prompt, captions, use, policy: see `training.asked_lora.TrainLora`; batch is its count.
        fields: as for `train`.

    Returns:
        What was made; its `off` is None.

    Raises:
        VfxAiError: the base may not be used so, or as for `train`.
        TypeError: `fields` has a name that isn't there.
    """
    own: dict[str, Any] = {"rate": rate, "count": batch, "side": side, "prompt": prompt, "captions": captions}
    return _on_base(name, base, fields, own | {"full": True, "use": use, "policy": policy}, progress, cancelled)


def _on_base(
    name: str,
    base: str,
    fields: dict[str, Any],
    own: dict[str, Any],
    progress: Progress | None,
    cancelled: Callable[[], bool] | None,
) -> Trained:
    from vfx_ai.job import silent
    from vfx_ai.threads import wait_without_spinning
    from vfx_ai.training.asked_lora import TrainLora
    from vfx_ai.training.asked_train import Train

    wait_without_spinning()
    from vfx_ai.training import full, lora

    asked = TrainLora(base, source=Train(name, **texts(fields)), **own)
    return (full.train_full if asked.full else lora.train_lora)(asked, progress or silent, cancelled or never)
