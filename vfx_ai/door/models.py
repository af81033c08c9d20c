"""What a Python caller asks of the registry of models."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

from vfx_ai.door.calls import never

if TYPE_CHECKING:
    from vfx_ai.job import Progress
    from vfx_ai.studio.model import Model
    from vfx_ai.studio.models_check import Verdict


def models(*, models_dir: str | PathLike[str] = "") -> tuple[Model, ...]:
    """All models, as the command `vfx-ai models list` lists them: those on this machine, then well-known ones.

    Args:
        models_dir: the folder of models; "": $VFX_AI_MODELS, else the user's data folder.

    Returns:
        The models; `path` is None for one that isn't on this machine.

    Raises:
        VfxAiError: a record can't be read.
    """
    from vfx_ai.studio.models import list_models

    return list_models(fspath(models_dir))


def find_model(name: str | PathLike[str], *, models_dir: str | PathLike[str] = "") -> Model:
    """A model that is on this machine, by name or path; as `vfx-ai models show` shows it.

    Args:
        name: its name in the registry, or the path that it was registered with.
        models_dir: as for `models`.

    Raises:
        VfxAiError: there is none, it isn't here, or its files aren't as they were.
    """
    from vfx_ai.studio.models import find_model as found

    return found(fspath(name), folder=fspath(models_dir))


def add_model(
    path: str | PathLike[str],
    name: str,
    licence: str,
    *,
    models_dir: str | PathLike[str] = "",
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    **fields: Any,
) -> Model:
    """Take a model that is on disk into the registry, as the command `vfx-ai models add` does.

    Args:
        path: a folder of diffusers or transformers, or one .safetensors file.
        name: by which it is asked for.
        licence: SPDX id, or the licence's name.
        models_dir: as for `models`.
        progress: called with each Event.
        cancelled: asked often; once it is true nothing is left of it.
        fields: family, task, uses ("commercial,research", "research", "unknown"), base, trained_on, conditions, link.

    Raises:
        VfxAiError: the files are pickled or damaged, the name is taken, or what is asked makes no sense.
        TypeError: `fields` has another name.
    """
    from vfx_ai.job import silent
    from vfx_ai.studio.models_add import add_model as added

    return added(
        fspath(path),
        name,
        licence,
        folder=fspath(models_dir),
        progress=progress or silent,
        cancelled=cancelled or never,
        **fields,
    )


def pull_model(
    name: str,
    *,
    revision: str = "",
    models_dir: str | PathLike[str] = "",
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Model:
    """Fetch a well-known model from the Hugging Face hub, as the command `vfx-ai models pull` does.

    It is the one function of the package that asks the network.

    Args:
        name: of the table that ships.
        revision: the hub's commit, 40 hex digits; "": the table's, else its newest, which is written down.
        models_dir, progress, cancelled: as for `add_model`.

    Raises:
        VfxAiError: there is none of that name, the hub can't be reached or doesn't give it, or there is no room.
    """
    from vfx_ai.job import silent
    from vfx_ai.studio.models_pull import pull_model as pulled

    return pulled(
        name,
        revision=revision,
        folder=fspath(models_dir),
        progress=progress or silent,
        cancelled=cancelled or never,
    )


def verify_models(
    name: str = "",
    *,
    models_dir: str | PathLike[str] = "",
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> tuple[Verdict, ...]:
    """Compare models' files with what was written down, as the command `vfx-ai models verify` does.

    Args:
        name: which; "": all on this machine.
        models_dir, progress, cancelled: as for `add_model`.

    Returns:
        A verdict for each; `passed` says whether all files are the same, `missing`, `changed` and `added` which aren't.

    Raises:
        VfxAiError: there is none of that name, or a file can't be read.
    """
    from vfx_ai.job import silent
    from vfx_ai.studio.models_check import verify_models as verified

    return verified(name, folder=fspath(models_dir), progress=progress or silent, cancelled=cancelled or never)


def remove_model(name: str, *, models_dir: str | PathLike[str] = "") -> Model:
    """Take a model out of the registry, and delete its files unless they are linked; as `vfx-ai models remove`.

    Args:
        name: which.
        models_dir: as for `models`.

    Returns:
        What it was.

    Raises:
        VfxAiError: there is none of that name, or it can't be deleted.
    """
    from vfx_ai.studio.models_check import remove_model as removed

    return removed(name, folder=fspath(models_dir))
