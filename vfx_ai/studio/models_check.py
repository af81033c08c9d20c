"""Models compared with what was written down of them, and removed again."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from vfx_ai.errors import InputError, JobError, OutputError
from vfx_ai.job import Cancelled, Progress, silent
from vfx_ai.media.hashing import hash_file
from vfx_ai.model_folder import models_folder
from vfx_ai.studio.model import Model, check_name
from vfx_ai.studio.models import read_record, record_path, registered
from vfx_ai.studio.models_add import Meter, within


@dataclass(frozen=True)
class Verdict:
    """What was found of a model's files.

    Attributes:
        name: of the model.
        files: how many were compared.
        missing, changed, added: paths of files that aren't there, whose contents are others, or that weren't there.
    """

    name: str
    files: int
    missing: tuple[str, ...]
    changed: tuple[str, ...]
    added: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether all files are as they were when the model was registered."""
        return not (self.missing or self.changed or self.added)


def verify_models(
    name: str = "",
    *,
    folder: str | Path | None = None,
    progress: Progress = silent,
    cancelled: Cancelled = lambda: False,
) -> tuple[Verdict, ...]:
    """Compare the files of a model, or of all, with what was written down when it was registered.

    Args:
        name: which; empty: all that are on this machine.
        folder, progress, cancelled: as `add_model`.

    Raises:
        JobError: there is none of that name.
        InputError: a record or a file can't be read.
    """
    where = models_folder(str(folder or ""))
    models = (_record(where, name),) if name else registered(folder)
    meter = Meter(sum(model.bytes for model in models), "comparing", progress, cancelled)
    return tuple(_verdict(model, meter) for model in models)


def remove_model(name: str, *, folder: str | Path | None = None) -> Model:
    """Take a model out of the registry; its files are deleted too, unless they are linked.

    Returns:
        What it was.

    Raises:
        JobError: there is none of that name.
        OutputError: it can't be deleted.
    """
    where = models_folder(str(folder or ""))
    if not record_path(where, check_name(name)).is_file():
        raise JobError(f"there is no model {name!r} on this machine", file=where, remedy="See `vfx-ai models list`.")
    try:
        model = read_record(where, name)
    except InputError:
        model = Model(name)  # a record that can't be read must be removable; its files stay
    try:
        record_path(where, name).unlink()
        if not model.linked and model.files and model.path is not None:
            shutil.rmtree(model.path) if model.path.is_dir() else model.path.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(
            f"it can't be deleted: {error.strerror or error}", file=where, remedy="Check the folder's rights."
        ) from None
    return model


def _record(where: Path, name: str) -> Model:
    if not record_path(where, check_name(name)).is_file():
        raise JobError(f"there is no model {name!r} on this machine", file=where, remedy="See `vfx-ai models list`.")
    return read_record(where, name)


def _verdict(model: Model, meter: Meter) -> Verdict:
    missing, changed = [], []
    for file in model.files:
        place = model.place(file)
        if not place.is_file():
            missing.append(file.path)
        elif place.stat().st_size != file.bytes or hash_file(place, None, meter).sha256 != file.sha256:
            changed.append(file.path)
    return Verdict(model.name, len(model.files), tuple(missing), tuple(changed), _added(model))


def _added(model: Model) -> tuple[str, ...]:
    """Files in a copied model's folder that nobody wrote down; a linked folder may hold whatever it likes."""
    if model.linked or model.path is None or not model.path.is_dir():
        return ()
    here = {within(path, model.path) for path in model.path.rglob("*") if path.is_file()}
    return tuple(sorted(here - {file.path for file in model.files}))
