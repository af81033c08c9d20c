"""A well-known model fetched from the Hugging Face hub: the one place of the program that reaches the network."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from vfx_ai.errors import InputError, JobError, OutputError, VfxAiError
from vfx_ai.job import Cancelled, Event, Progress, silent
from vfx_ai.model_folder import models_folder
from vfx_ai.studio.model import Model
from vfx_ai.studio.models import record_path
from vfx_ai.studio.models_add import STAGE, store
from vfx_ai.studio.models_known import KNOWN
from vfx_ai.studio.sniff import sniff

# What is asked of the hub: no pickled weights, no pictures, no programs.
WANTED = ("*.safetensors", "*.json", "*.txt", "*.model", "*.md", "*.jinja", "LICENSE*", "NOTICE*")
UNWANTED = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl", "*.pickle", "*.py", "*.onnx*", "*.msgpack", "*.h5", "*.gguf")
_COMMIT = re.compile(r"[0-9a-f]{40}")


class Hub(Protocol):
    """What is asked of the hub; `huggingface_hub` in earnest."""

    def newest(self, source: str) -> str:
        """The commit that the hub's model stands at, 40 hex digits."""
        ...

    def snapshot(self, source: str, revision: str, into: Path) -> None:
        """Fetch that commit's files, those WANTED and not UNWANTED, into a folder; goes on with what is there."""
        ...


def pull_model(
    name: str,
    *,
    revision: str = "",
    folder: str | Path | None = None,
    progress: Progress = silent,
    cancelled: Cancelled = lambda: False,
    hub: Hub | None = None,
) -> Model:
    """Fetch a well-known model into the registry.

    Args:
        name: of the table that ships.
        revision: the hub's commit, 40 hex digits; empty: the table's, else the one that the hub names as its newest,
            which is written down.
        folder, progress, cancelled: as `models_add.add_model`. A fetch that is in the middle of a file isn't stopped.
        hub: another hub.

    Raises:
        JobError: there is none of that name, it is here already, or it can't be had from the hub.
        InputError: the hub can't be reached, doesn't give it, or gives no such files.
        OutputError: there is no room, or the folder can't be written.
    """
    where, row = models_folder(str(folder or "")), KNOWN.get(name)
    if row is None:
        raise JobError(
            f"{name!r} is none of the well-known models",
            remedy="Fetch it by other means, and `vfx-ai models add` its folder. See `vfx-ai models list`.",
        )
    if record_path(where, name).exists():
        raise JobError(f"the model {name!r} is here already", file=where, remedy="`models remove` it to get it anew.")
    if row.source.count("/") != 1:
        raise JobError(
            f"{name!r} can't be fetched as safetensors", file=row.source, remedy=row.conditions or "Add it from disk."
        )
    if revision and not _COMMIT.fullmatch(revision):
        raise JobError(f"revision is {revision!r}", remedy="Give the 40 hex digits of a commit; a branch moves.")
    hub = hub or _HuggingFace()
    beside = where / f".{name}.pulled"
    try:
        commit = revision or row.revision or hub.newest(row.source)
        if not _COMMIT.fullmatch(commit):
            raise InputError(f"the hub names {commit!r} as its newest commit", remedy="Give --revision COMMIT.")
        progress(Event("stage", STAGE, f"fetching {row.source} at {commit[:12]}"))
        beside.mkdir(parents=True, exist_ok=True)
        hub.snapshot(row.source, commit, beside)
        shutil.rmtree(beside / ".cache", ignore_errors=True)  # the hub's own notes
        found = sniff(beside)
        for path in beside.rglob("*"):
            if path.is_file() and path not in found.files:
                path.unlink()
        model = replace(row, revision=commit, pipeline=found.pipeline or row.pipeline)
        made = store(model, beside, found, where, progress, cancelled, moves=True)
    except VfxAiError:
        raise
    except OSError as error:
        raise _for_a_person(error, row, where) from None
    except Exception as error:  # the hub's own errors are of several families
        raise _for_a_person(error, row, where) from None
    return made


class _HuggingFace:
    """The hub itself."""

    def newest(self, source: str) -> str:
        from huggingface_hub import HfApi

        return str(HfApi().model_info(source).sha or "")

    def snapshot(self, source: str, revision: str, into: Path) -> None:
        from huggingface_hub import snapshot_download

        snapshot_download(
            source,
            revision=revision,
            local_dir=into,
            allow_patterns=list(WANTED),
            ignore_patterns=list(UNWANTED),
        )


# By the names of the errors' classes, their parents' too, the first that fits.
_WORDS: tuple[tuple[str, str, str], ...] = (
    ("OfflineModeIsEnabled", "the hub isn't asked, since HF_HUB_OFFLINE says so", "Unset it, and pull again."),
    (
        "GatedRepoError",
        "its makers give it only to those who accepted their terms",
        "Accept them on its page, log in with `hf auth login`, and pull again.",
    ),
    ("RevisionNotFoundError", "the hub has no such commit of it", "Give another --revision, or none."),
    ("RepositoryNotFoundError", "the hub has no such model, or doesn't show it", "Look whether it was moved."),
    ("HfHubHTTPError", "the hub refuses", "Try again later."),
)


def _for_a_person(error: Exception, row: Model, where: Path) -> VfxAiError:
    names = [one.__name__ for one in type(error).__mro__]
    for name, words, remedy in _WORDS:
        if name in names:
            return InputError(f"{words}: {_short(error)}", file=f"huggingface.co/{row.source}", remedy=remedy)
    if isinstance(error, OSError) and error.errno is not None and not isinstance(error, ConnectionError | TimeoutError):
        return OutputError(f"it can't be written: {error.strerror or error}", file=where, remedy="Check the folder.")
    return InputError(
        f"the hub can't be reached: {_short(error)}",
        file=f"huggingface.co/{row.source}",
        remedy=f"Pull it where there is a network, copy its folder here, and `vfx-ai models add PATH --name {row.name} "
        f"--licence {row.licence}`.",
    )


def _short(error: Exception, most: int = 160) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= most else f"{text[:most]} ..."
