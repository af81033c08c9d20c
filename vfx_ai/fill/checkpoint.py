"""The model that a job names: found and allowed by the registry, its folder looked at, nothing of it loaded.

The folder is one as diffusers writes it. What its index names must come from diffusers and transformers alone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vfx_ai.errors import InputError, JobError
from vfx_ai.fill.families import FAMILIES, family_of
from vfx_ai.job import Job
from vfx_ai.media.reference import identity_of
from vfx_ai.studio.models import Chosen
from vfx_ai.studio.safe import refuse_pickled

INDEX = "model_index.json"
MOST_BYTES = 1 << 20  # of an index
LIBRARIES = frozenset({"diffusers", "transformers"})
MODULES = {"StableDiffusion": "stable_diffusion", "LTX2": "ltx2"}  # of diffusers' pipelines, with parts of their own


@dataclass(frozen=True)
class Checkpoint:
    """A model on disk.

    Attributes:
        folder: where it lies.
        pipeline: the class that its index names.
        family: a name of FAMILIES.
        parts: bytes of weights by component.
        absent: components that its pipeline has and its folder hasn't, as its index says.
        distilled: its index says that it was made to do with few steps.
    """

    folder: Path
    pipeline: str
    family: str
    parts: dict[str, int]
    absent: tuple[str, ...] = ()
    distilled: bool = False

    @property
    def bytes(self) -> int:
        """Of all weights."""
        return sum(self.parts.values())


def model_of(found: Chosen | None, kind: str) -> tuple[Chosen, Checkpoint]:
    """The model of a job, and its folder.

    Args:
        found: what the registry has of it.
        kind: IMAGE or VIDEO, see `families`.

    Raises:
        JobError, InputError: there is none, or it can't be opened.
    """
    if found is None or found.model.path is None:
        raise JobError(
            f"the engine diffusion_{kind} needs a model, and none was named",
            remedy="Name one with --model; see `vfx-ai models list`.",
        )
    return found, checkpoint(found.model.path, kind)


def check_reference(reference: str, family: str) -> None:
    """Refuse a reference picture that a family can't be shown, or that isn't there.

    Raises:
        JobError, InputError: see the message.
    """
    if not reference:
        return
    if not FAMILIES[family].reference:
        known = ", ".join(row.told for row in FAMILIES.values() if row.reference)
        raise JobError(
            f"{FAMILIES[family].told} can't be shown a reference picture",
            file=reference,
            remedy=f"Leave --reference out, or take a model of {known}.",
        )
    identity_of(reference)


@dataclass(frozen=True)
class OfKind:
    """What an engine that opens a model of one kind answers before it does, see `makers`.

    Attributes:
        kind: IMAGE or VIDEO.
        method: of the engine; raised when its pixels change.
    """

    kind: str
    method: int

    def check(self, job: Job, found: Chosen | None) -> None:
        """Refuse a job without a model of the kind, or with a picture that it can't be shown."""
        check_reference(job.reference, model_of(found, self.kind)[1].family)

    def told(self, _job: Job, found: Chosen | None) -> str:
        """Whose pixels they are, with licences."""
        assert found is not None
        return found.told()

    def identity(self, job: Job, found: Chosen | None) -> str:
        """The method, the model, and what it is shown beside the plate."""
        assert found is not None
        shown = f" {identity_of(job.reference)}" if job.reference else ""
        return f"{self.method} {found.identity}{shown}"


def checkpoint(folder: Path, kind: str) -> Checkpoint:
    """Look at a model's folder; nothing of it is loaded.

    Args:
        folder: with model_index.json.
        kind: IMAGE or VIDEO, see `families`: what its family must be.

    Raises:
        InputError: it is no such folder, its index can't be read, or something in it could run as code.
        JobError: no family of that kind knows its pipeline.
    """
    index = _index(folder)
    pipeline = index.get("_class_name")
    family = family_of(pipeline) if isinstance(pipeline, str) else ""
    if not isinstance(pipeline, str) or not family:
        known = ", ".join(row.told for row in FAMILIES.values() if row.kind == kind)
        raise JobError(
            f"no family of models knows the pipeline {pipeline!r}",
            file=folder,
            remedy=f"Use a model of one of these: {known}.",
        )
    if FAMILIES[family].kind != kind:
        raise JobError(
            f"{pipeline} makes {FAMILIES[family].kind}s, and the engine wants a model of {kind}s",
            file=folder,
            remedy=f"Use --engine diffusion_{FAMILIES[family].kind}.",
        )
    parts, absent = {}, []
    for name, value in index.items():
        if name.startswith("_") or not isinstance(value, list):
            continue
        if value[:1] == [None]:
            absent.append(name)
            continue
        if len(value) != 2 or value[0] not in LIBRARIES | {_module_of(pipeline)} or not _plain(name):
            raise InputError(
                f"its part {name!r} is of {value[0]!r}, which would run as code of its own",
                file=folder / INDEX,
                remedy="Use a model whose parts are of diffusers and transformers alone.",
            )
        parts[name] = _weights(folder / name)
    return Checkpoint(folder, pipeline, family, parts, tuple(absent), index.get("is_distilled") is True)


def _index(folder: Path) -> dict[str, Any]:
    path = folder / INDEX
    if folder.suffix == ".safetensors":
        raise InputError(
            "is one file, and pipelines are opened from folders",
            file=folder,
            remedy="Get the model as a folder for diffusers, with model_index.json, and add that.",
        )
    if not path.is_file():
        raise InputError(
            "is no folder of a model: it has no model_index.json",
            file=folder,
            remedy="Give a folder as diffusers writes one; see `vfx-ai models list` for names.",
        )
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError("it is too large")
        index = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(index, dict):
            raise ValueError("it holds no names")
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"can't be read: {error}", file=path, remedy="Get the model anew.") from None
    return index


def _weights(folder: Path) -> int:
    """Bytes of weights in a component's folder."""
    total = 0
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        refuse_pickled(path)
        if path.suffix == ".py":
            raise InputError("is code", file=path, remedy="Use a model without code of its own.")
        total += path.stat().st_size if path.suffix == ".safetensors" else 0
    return total


def _plain(name: str) -> bool:
    return name.replace("_", "a").isalnum() and name not in (".", "..")


def _module_of(pipeline: str) -> str:
    """The module of diffusers beside a pipeline that parts of its own stand in, as an index names it."""
    return next((module for start, module in MODULES.items() if pipeline.startswith(start)), "diffusers")
