"""The registry of models: what engines and hosts ask. Standard library alone; nothing is opened, and nothing fetched.

    model = find_model("sdxl-inpaint")            JobError with close names, or how to get it, where it isn't here
    check_use(model, "commercial", policy_of())   JobError where its licence or the studio's policy doesn't allow it
    model.path, model.family, model.pipeline      what an engine opens, and how
    chosen(job)                                   all of that for a Job, with its LoRAs

A record is one JSON file, `registry/NAME.json` in the folder of models; its files lie in `NAME/` or `NAME.safetensors`
beside that folder, or elsewhere where they are linked.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Protocol

from vfx_ai.checks import loras_of
from vfx_ai.errors import InputError, JobError, VfxAiError
from vfx_ai.media.plain_file import open_plain
from vfx_ai.model_folder import models_folder
from vfx_ai.studio.model import Model, check_name, model_from
from vfx_ai.studio.models_known import KNOWN
from vfx_ai.studio.own_models import check_rights, training_of
from vfx_ai.studio.policy import Policy, check_use, policy_of
from vfx_ai.studio.safe import refuse_pickled

__all__ = ["Chosen", "Model", "Policy", "check_use", "chosen", "find_model", "list_models", "policy_of", "registered"]

RECORDS = "registry"  # the folder of records, in the folder of models
_MOST_BYTES = 2**22


@dataclass(frozen=True)
class Chosen:
    """What a job's pixels are made by.

    Attributes:
        model: the model.
        loras: adapters laid on it, with their weights.
        doubts: what nobody could say of their rights, in words.
    """

    model: Model
    loras: tuple[tuple[Model, float], ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def trainings(self) -> dict[str, dict[str, Any]]:
        """What those of them that were trained on a catalogue say of it, by name; see `own_models.training_of`."""
        told = {model.name: training_of(model) for model in (self.model, *(lora for lora, _ in self.loras))}
        return {name: training for name, training in told.items() if training}

    @property
    def identity(self) -> str:
        """What decides their pixels: the contents of all files, and the weights."""
        return " ".join([self.model.identity, *(f"{lora.identity}:{weight:g}" for lora, weight in self.loras)])

    def told(self) -> str:
        """In words, for a report: "sdxl-inpaint (CreativeML-OpenRAIL++-M), LoRA ourlook:0.8 (own)"."""
        laid = [f"LoRA {lora.name}:{weight:g} ({lora.licence})" for lora, weight in self.loras]
        return ", ".join([f"{self.model.name} ({self.model.licence})", *laid])


class Asks(Protocol):
    """What asks for a model: a Job, an Edit and what else has these fields."""

    @property
    def model(self) -> str:
        """Its name; empty: none."""
        ...

    @property
    def lora(self) -> str:
        """Adapters on it, as `checks.loras_of` reads them."""
        ...

    @property
    def use(self) -> str:
        """What its pixels are for."""
        ...

    @property
    def policy(self) -> str:
        """The studio's file; empty: of the environment."""
        ...

    @property
    def models_dir(self) -> str:
        """The folder of models; empty: the usual one."""
        ...


def chosen(job: Asks) -> Chosen | None:
    """The model of a job and its LoRAs, found and allowed, before anything is loaded; None: it asks for none.

    Raises:
        JobError: one isn't in the registry, isn't on this machine, may not be used like that, or a LoRA belongs on
            another model.
        InputError: a record, a file or the policy can't be read.
        RightsError: what one was trained on isn't cleared any more.
    """
    if not job.model:
        return None
    policy = policy_of(job.policy)
    model = find_model(job.model, folder=job.models_dir)
    if model.task == "lora":
        raise JobError(
            f"{model.name!r} is a LoRA, which is laid on {model.base or 'another model'}",
            remedy=f"Write --model {model.base or 'NAME'} --lora {model.name}.",
        )
    check_use(model, job.use, policy)
    loras = []
    for name, weight in loras_of(job.lora):
        lora = find_model(name, folder=job.models_dir)
        check_lora(lora, model)
        check_use(lora, job.use, policy)
        loras.append((lora, weight))
    doubts = [check_rights(one) for one in (model, *(lora for lora, _ in loras))]
    return Chosen(model, tuple(loras), tuple(filter(None, doubts)))


def check_lora(lora: Model, model: Model) -> None:
    """Refuse a LoRA that belongs on another model, by name; a model of the same family and base is none other.

    Raises:
        JobError: it is none, or belongs on another.
    """
    if lora.task != "lora":
        raise JobError(
            f"{lora.name!r} is no LoRA, but {lora.task or 'a model of its own'}", remedy="Give it as --model."
        )
    fits = (
        lora.base in (model.name, model.base, model.source, model.family) if lora.base else lora.family == model.family
    )
    if not fits or (lora.family and model.family and lora.family != model.family):
        own = lora.base or f"a model of the family {lora.family or 'unknown'}"
        raise JobError(
            f"the LoRA {lora.name!r} belongs on {own}, not on {model.name!r}"
            + (f" ({model.family})" if model.family else ""),
            remedy=f"Take --model {lora.base or 'NAME'}, or a LoRA that was made for {model.name}.",
        )


def find_model(name_or_path: str | Path, *, folder: str | Path | None = None) -> Model:
    """A model that is on this machine, by its name in the registry or by the path that it was registered with.

    Args:
        name_or_path: its name; or its folder or file.
        folder: the folder of models; None or "": $VFX_AI_MODELS, else the user's data folder.

    Returns:
        The model; its files are there, in the sizes that were written down.

    Raises:
        JobError: there is none of that name, or it isn't here; the message has close names, or how to get it.
        InputError: its record can't be read, a file is missing or of another size, or there are pickled files in it.
    """
    asked = str(name_or_path)
    if Path(asked).expanduser().exists() and (Path(asked).name != asked or asked not in _names(folder)):
        return _by_path(Path(asked).expanduser(), folder)
    where = models_folder(str(folder or ""))
    if asked in _names(folder):
        return _whole(read_record(where, asked))
    if asked in KNOWN:
        raise JobError(
            f"the model {asked!r} isn't on this machine",
            file=where,
            remedy=f"`vfx-ai models pull {asked}` fetches it, or `vfx-ai models add PATH --name {asked}` takes it from "
            "a folder.",
        )
    close = get_close_matches(asked.lower(), [*_names(folder), *KNOWN], n=3, cutoff=0.4)
    near = f"Near to it: {', '.join(close)}. " if close else ""
    raise JobError(f"there is no model {asked!r}", file=where, remedy=f"{near}See `vfx-ai models list`.")


def registered(folder: str | Path | None = None) -> tuple[Model, ...]:
    """The models that are on this machine, by name.

    Raises:
        InputError: a record can't be read.
    """
    where = models_folder(str(folder or ""))
    return tuple(read_record(where, name) for name in _names(folder))


def list_models(folder: str | Path | None = None) -> tuple[Model, ...]:
    """All models: those on this machine, then well-known ones that aren't (their `path` is None).

    Raises:
        InputError: a record can't be read.
    """
    here = registered(folder)
    return (*here, *(row for name, row in KNOWN.items() if name not in {model.name for model in here}))


def read_record(where: Path, name: str) -> Model:
    """What is written down of a model, whether its files are there or not.

    Raises:
        InputError: it can't be read, or was written by another program.
    """
    path = record_path(where, name)
    try:
        with open_plain(path) as file:
            data = json.loads(file.read(_MOST_BYTES))
        model = model_from(data, None)
        if check_name(model.name) != name:
            raise ValueError(f"it is of {model.name!r}")
    except (OSError, ValueError, RecursionError, TypeError, VfxAiError) as error:
        raise InputError(
            f"the record of a model can't be read: {error}",
            file=path,
            remedy=f"`vfx-ai models remove {name}` and add it again.",
        ) from None
    return replace(model, path=Path(model.source) if model.linked else own_path(where, model))


def record_path(where: Path, name: str) -> Path:
    """The file that a model is written down in."""
    return where / RECORDS / f"{name}.json"


def own_path(where: Path, model: Model) -> Path:
    """Where the files of a model lie that isn't linked."""
    return where / (f"{model.name}.safetensors" if len(model.files) == 1 else model.name)


def _names(folder: str | Path | None) -> list[str]:
    records = models_folder(str(folder or "")) / RECORDS
    return sorted(path.stem for path in records.glob("*.json") if not path.name.startswith("."))


def _by_path(path: Path, folder: str | Path | None) -> Model:
    place = path.resolve()
    for model in registered(folder):
        if model.path is not None and model.path.resolve() == place:
            return _whole(model)
    refuse_pickled(path)
    raise JobError(
        "this model isn't in the registry, so nobody has said what its licence is",
        file=path,
        remedy=f"`vfx-ai models add {path} --name NAME --licence SPDX --link` says it, and leaves it where it is.",
    )


def _whole(model: Model) -> Model:
    """The model, if all of its files are there as they were written down, and no pickled ones beside them."""
    for file in model.files:
        place = model.place(file)
        try:
            size = place.stat().st_size
        except OSError:
            size = -1
        if size != file.bytes:
            what = "isn't there" if size < 0 else f"has {size:,} bytes, not {file.bytes:,}"
            raise InputError(
                f"a file of the model {model.name!r} {what}",
                file=place,
                remedy=f"`vfx-ai models verify {model.name}` names all that differs; remove it and get it again.",
            )
    if model.path is not None and model.path.is_dir():
        for place in model.path.rglob("*"):
            if place.is_file():
                refuse_pickled(place)
    return model
