"""What a model is: a row of the registry. Standard library alone."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, fields
from pathlib import Path, PurePosixPath
from typing import Any

from vfx_ai.errors import JobError

SCHEMA = 1
USES = ("commercial", "research")
UNKNOWN = "unknown"
# What a model is for. A LoRA is laid on another model, its base.
TASKS = ("inpaint", "edit", "image", "video-inpaint", "video-edit", "video", "matte", "search", "caption", "lora")
# By which the engines know how it is asked; see `sniff`. Others may be registered too.
FAMILIES = (
    *("sd", "sdxl", "sd3", "flux", "flux2", "qwen-image", "z-image", "kandinsky"),
    *("wan", "wan-vace", "ltx", "ltx2", "cogvideox", "hunyuan-video", "easyanimate"),
    *("sam", "sam2", "clip", "blip", "internal"),
)
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)
_RESERVED = frozenset({"registry", "training", "con", "prn", "aux", "nul"})


@dataclass(frozen=True)
class ModelFile:
    """A file of a model.

    Attributes:
        path: within the model's folder, with slashes; of a model that is one file, that file's name.
        bytes: its size.
        sha256: of its contents, 64 hex digits.
    """

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Model:
    """A model, as the registry knows it.

    Attributes:
        name: by which it is asked for.
        family: how it is built, of FAMILIES or another word; empty: it couldn't be told.
        task: what it is for, of TASKS; empty: it couldn't be told.
        licence: SPDX id, or the name of a licence that has none; "unknown" where nobody said.
        uses: what the licence allows, of USES; empty: it isn't known.
        source: the hub's id ("owner/name"), or the path that it was added from.
        revision: the hub's commit; empty: none.
        pipeline: the class that diffusers opens it with, as its model_index.json says; empty: none.
        files: its files.
        trained_on: what its makers say that it was trained on; empty: they don't say, or nobody wrote it down.
        base: of a LoRA: name of the model that it belongs on.
        conditions: what the licence asks beyond a plain yes or no, in words.
        read: where the licence was read, and when.
        linked: its files lie elsewhere than in the folder of models.
        path: the folder, or the file where it is one file; None: it is known, but not on this machine.
    """

    name: str
    family: str = ""
    task: str = ""
    licence: str = UNKNOWN
    uses: tuple[str, ...] = ()
    source: str = ""
    revision: str = ""
    pipeline: str = ""
    files: tuple[ModelFile, ...] = ()
    trained_on: str = ""
    base: str = ""
    conditions: str = ""
    read: str = ""
    linked: bool = False
    path: Path | None = None

    @property
    def bytes(self) -> int:
        """The size of all files."""
        return sum(file.bytes for file in self.files)

    @property
    def identity(self) -> str:
        """What its files are, as one text of hex digits: another where any of them is another."""
        told = sorted((file.path, file.sha256) for file in self.files)
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    @property
    def known_by(self) -> str:
        """By which the studio's ledger and sidecars know it: the sha256 of its weights if they are one file."""
        weights = [file.sha256 for file in self.files if file.path.lower().endswith(".safetensors")]
        return weights[0] if len(weights) == 1 else self.identity

    def place(self, file: ModelFile) -> Path:
        """Where one of its files lies on disk: within its folder, or it is that one file itself."""
        assert self.path is not None
        return self.path / file.path if self.path.is_dir() else self.path

    def told(self) -> dict[str, Any]:
        """The same as plain JSON types, with "uses" as ["unknown"] where they aren't known."""
        data = asdict(self)
        path = None if self.path is None else str(self.path)
        return {**data, "uses": list(self.uses) or [UNKNOWN], "path": path, "installed": path is not None}


def check_name(name: str) -> str:
    """The name, if a model may have it.

    Raises:
        JobError: it may not.
    """
    if _NAME.fullmatch(name) and name.split(".")[0] not in _RESERVED and not name.endswith("."):
        return name
    raise JobError(
        f"a model can't be called {name!r}",
        remedy="Use small letters, digits, dots, dashes and underscores, 64 at most, e.g. our-look.v2.",
    )


def uses_of(text: str) -> tuple[str, ...]:
    """The uses that are written as "commercial,research", "research" or "unknown".

    Raises:
        JobError: there is another word.
    """
    words = [word.strip().lower() for word in text.split(",") if word.strip()]
    if words == [UNKNOWN]:
        return ()
    if not words or set(words) - set(USES):
        raise JobError(f"uses is {text!r}", remedy=f"Write {', '.join(USES)} (or both, with a comma), or {UNKNOWN}.")
    return tuple(use for use in USES if use in words)


def row_of(model: Model) -> dict[str, Any]:
    """What is written down of it, where it lies apart."""
    data = asdict(model)
    del data["path"]
    return {"schema": SCHEMA, **data}


def model_from(data: object, path: Path | None) -> Model:
    """A model from what was written down.

    Raises:
        ValueError: it isn't what `row_of` gives.
    """
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise ValueError("it has another schema")
    given = {name: value for name, value in data.items() if name != "schema"}
    kinds = {field.name: str(field.type) for field in fields(Model) if field.name != "path"}
    if set(given) - set(kinds):
        raise ValueError(f"it has an unknown field {sorted(set(given) - set(kinds))[0]!r}")
    files = tuple(_file_from(one) for one in _listed(given.pop("files", []), dict))
    uses = tuple(_listed(given.pop("uses", []), str))
    if set(uses) - set(USES):
        raise ValueError(f"its uses are {', '.join(uses)}")
    for name, value in given.items():
        if type(value) is not {"str": str, "bool": bool}[kinds[name]]:
            raise ValueError(f"its field {name!r} is {value!r}")
    return Model(**given, uses=uses, files=files, path=path)


def _listed(value: object, kind: type) -> list[Any]:
    if not isinstance(value, list) or not all(isinstance(one, kind) for one in value):
        raise ValueError("a list in it isn't one")
    return value


def _file_from(data: dict[str, Any]) -> ModelFile:
    path, size, digest = data.get("path"), data.get("bytes"), data.get("sha256")
    good = isinstance(path, str) and type(size) is int and isinstance(digest, str)
    if not good or not re.fullmatch(r"[0-9a-f]{64}", str(digest)) or not is_inside(str(path)):
        raise ValueError(f"one of its files is {data!r}")
    return ModelFile(str(path), int(data["bytes"]), str(digest))


def is_inside(path: str) -> bool:
    """Whether a path with slashes stays within the folder that it is counted from, on every system."""
    parts = PurePosixPath(path).parts
    return bool(parts) and ".." not in parts and not path.startswith("/") and "\\" not in path and ":" not in path
