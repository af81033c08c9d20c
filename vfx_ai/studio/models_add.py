"""Models taken into the registry from disk. Nothing is fetched, and nothing opened."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from vfx_ai.errors import Interrupted, JobError, OutputError
from vfx_ai.job import Cancelled, Event, Progress, silent
from vfx_ai.media.atomic import replacing
from vfx_ai.media.hashing import hash_file
from vfx_ai.model_folder import models_folder
from vfx_ai.studio.licences import uses_by_licence
from vfx_ai.studio.model import TASKS, Model, ModelFile, check_name, row_of, uses_of
from vfx_ai.studio.models import own_path, read_record, record_path
from vfx_ai.studio.models_known import KNOWN
from vfx_ai.studio.safe import pieces
from vfx_ai.studio.sniff import Sniffed, sniff

STAGE = "models"
_SPARE = 2**30  # bytes that stay free on the disk


class Meter:
    """Tells how much is read, in megabytes, and stops where that is asked."""

    def __init__(self, total: int, text: str, progress: Progress, cancelled: Cancelled) -> None:
        self._total, self._text, self._progress, self._cancelled = total, text, progress, cancelled
        self._done = 0
        progress(Event("stage", STAGE, text, 0, _megabytes(total)))

    def __call__(self, count: int) -> None:
        """So many bytes more.

        Raises:
            Interrupted: it is to stop.
        """
        self._done += count
        self._progress(Event("step", STAGE, self._text, _megabytes(self._done), _megabytes(self._total)))
        if self._cancelled():
            raise Interrupted("stopped", remedy="Nothing was changed.")


def add_model(
    path: str | Path,
    name: str,
    licence: str,
    *,
    family: str = "",
    task: str = "",
    uses: str = "",
    base: str = "",
    trained_on: str = "",
    conditions: str = "",
    link: bool = False,
    folder: str | Path | None = None,
    progress: Progress = silent,
    cancelled: Cancelled = lambda: False,
) -> Model:
    """Take a model that is on disk into the registry.

    Args:
        path: a folder of diffusers or transformers, or one .safetensors file.
        name: by which it is asked for.
        licence: SPDX id, or the licence's name.
        family, task: how it is built, what it is for; empty: what its files say.
        uses: "commercial,research", "research" or "unknown"; empty: what that licence is known to allow.
        base: of a LoRA: the model that it belongs on, by name, or a family.
        trained_on: what it was trained on.
        conditions: what the licence asks, in words.
        link: leave the files where they are; else they are copied.
        folder: the folder of models; None or "": $VFX_AI_MODELS, else the user's data folder.
        progress: told how many megabytes are read.
        cancelled: asked often; when it says True nothing is left of it.

    Raises:
        JobError: the name is taken or no name, or something that is asked makes no sense.
        InputError: the files are pickled, damaged or not there.
        OutputError: there is no room, or the folder can't be written.
    """
    where, source = models_folder(str(folder or "")), Path(path).expanduser()
    check_name(name)
    if record_path(where, name).exists():
        raise JobError(
            f"there is a model {name!r} already",
            file=where,
            remedy=f"Take another name, or `models remove {name}` first.",
        )
    if not licence.strip():
        raise JobError("no licence was given", remedy="Write --licence with its SPDX id or name, e.g. Apache-2.0.")
    if task and task not in TASKS:
        raise JobError(f"task is {task!r}", remedy=f"Use one of: {', '.join(TASKS)}.")
    found = sniff(source)
    known = KNOWN.get(name)
    model = Model(
        name=name,
        family=family or found.family or (known.family if known else ""),
        task=task or found.task or (known.task if known else ""),
        licence=licence.strip(),
        uses=uses_of(uses) if uses.strip() else uses_by_licence(licence),
        source=str(source.resolve()),
        pipeline=found.pipeline,
        trained_on=trained_on or (known.trained_on if known and known.licence == licence.strip() else ""),
        base=base,
        conditions=conditions,
        linked=link,
    )
    if model.task == "lora" and not base:
        raise JobError(
            "this is a LoRA, and nothing says which model it belongs on",
            file=source,
            remedy="Write --base with that model's name, or its family, e.g. --base sdxl.",
        )
    return store(model, source, found, where, progress, cancelled)


def store(
    model: Model,
    source: Path,
    found: Sniffed,
    where: Path,
    progress: Progress,
    cancelled: Cancelled,
    *,
    moves: bool = False,
) -> Model:
    """Copy the files unless they are linked, write down their sha256, and give the model.

    With `moves` the source, a folder on the same disk, becomes the model's own folder.

    Raises:
        InputError, OutputError, Interrupted: as `add_model`.
    """
    sizes = [path.stat().st_size for path in found.files]
    paths = [f"{model.name}.safetensors"] if source.is_file() else [within(path, source) for path in found.files]
    if source.is_file() and model.linked:
        paths = [source.name]
    named = tuple(ModelFile(path, size, "") for path, size in zip(paths, sizes, strict=True))
    target = own_path(where, replace(model, files=named))
    stays = model.linked or source.resolve() == target.resolve()
    copies = not stays and not moves
    if not stays and target.exists():
        raise OutputError(f"{target.name} is there already", file=where, remedy="Take another name for the model.")
    meter = Meter(sum(sizes), f"{'copying' if copies else 'reading'} {model.name}", progress, cancelled)
    if not copies:
        digests = [hash_file(path, None, meter).sha256 for path in found.files]
        if moves:
            os.replace(source, target)  # noqa: PTH105
    else:
        digests = _copied(found.files, paths, target, source.is_file(), sum(sizes), meter)
    files = tuple(replace(file, sha256=digest) for file, digest in zip(named, digests, strict=True))
    kept = replace(model, files=files)
    record = record_path(where, model.name)
    with replacing(record) as beside:
        beside.write_text(json.dumps(row_of(kept), indent=1, sort_keys=True, ensure_ascii=False), encoding="utf-8")
    return read_record(where, model.name)


def _copied(
    files: tuple[Path, ...], paths: list[str], target: Path, single: bool, size: int, meter: Meter
) -> list[str]:
    """Copy to beside the target, then rename that; gives the sha256 of each file as it was read."""
    import hashlib

    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    digests = []
    try:
        beside.parent.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(beside.parent).free < size + _SPARE:
            raise OutputError(
                f"there is no room for {_megabytes(size):,} MB",
                file=beside.parent,
                remedy="Free some, name another folder with --models-dir, or leave the files where they are: --link.",
            )
        for path, name in zip(files, paths, strict=True):
            place = beside if single else beside / name
            place.parent.mkdir(parents=True, exist_ok=True)
            digest = hashlib.sha256()
            with place.open("wb") as out:
                for piece in pieces(path):
                    digest.update(piece)
                    out.write(piece)
                    meter(len(piece))
            digests.append(digest.hexdigest())
        os.replace(beside, target)  # noqa: PTH105
    except OSError as error:
        raise OutputError(
            f"the model can't be written: {error.strerror or error}",
            file=target,
            remedy="Check the folder and its room.",
        ) from None
    finally:
        with suppress(OSError):
            shutil.rmtree(beside) if beside.is_dir() else beside.unlink(missing_ok=True)
    return digests


def within(path: Path, folder: Path) -> str:
    """A path within a folder, with slashes."""
    return path.relative_to(folder).as_posix()


def _megabytes(count: int) -> int:
    return -(-count // 2**20)
