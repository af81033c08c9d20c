"""A list of shots: one job each, from a CSV or an edit; checked whole before anything runs."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from vfx_ai.budget import parse_memory
from vfx_ai.errors import JobError
from vfx_ai.farm.jobfile import KINDS, PATHS, Asked, FarmJob, kind_of, typed
from vfx_ai.fill import NAMED
from vfx_ai.matte.channels import parse_grow

KIND_WORDS = {"inpaint": "inpaint", "clean": "plate_clean", "extend": "plate_extend"}
_NAME = re.compile(r"[\w+-][\w .+-]{0,99}")


@dataclass(frozen=True)
class Row:
    """A shot as a list writes it.

    Attributes:
        where: its place in the list, in words: "row 7" or "clip sh010".
        values: by column, as typed; an empty one is as good as none.
        path: the list.
    """

    where: str
    values: Mapping[str, str]
    path: Path

    def wrong(self, column: str, message: str, remedy: str) -> JobError:
        """The error for a value of the row."""
        at = f"{self.where}, column {column}" if column else self.where
        return JobError(f"{at}: {message}", file=self.path, remedy=remedy)


@dataclass(frozen=True)
class ListedShot:
    """A shot of a list: its name, what is asked, and where it stands in the list."""

    name: str
    asked: FarmJob
    where: str


def columns() -> tuple[str, ...]:
    """All columns that a list may have."""
    settings = dict.fromkeys(one.name for made in KINDS.values() for one in fields(made))
    return ("shot", "kind", *(name for name in settings if name != "single"))


def listed(
    rows: list[Row], output: str = "", matte: str = "", values: Mapping[str, str] | None = None
) -> tuple[ListedShot, ...]:
    """The shots of a list.

    Args:
        rows: of it.
        output, matte: of shots that name none; "{shot}" in them is the shot's name.
        values: settings of shots that don't say otherwise, as typed.

    Raises:
        JobError: a value makes no sense, or two shots would write into one folder; with row and column.
    """
    made: list[ListedShot] = []
    names: dict[str, str] = {}
    folders: dict[str, str] = {}
    for row in rows:
        shot = _shot(row, output, matte, values or {})
        if (other := names.get(shot.name.lower())) is not None:
            raise row.wrong("shot", f"{shot.name!r} is the name of {other} as well", "Give each shot its own name.")
        names[shot.name.lower()] = row.where
        folder = os.path.normcase(_folder(shot.asked.job.output))
        if (other := folders.get(folder)) is not None:
            raise row.wrong(
                "output", f"its folder is that of {other} as well: {folder}", "Each shot's report needs a folder."
            )
        folders[folder] = row.where
        made.append(shot)
    if not made:
        raise JobError("the list holds no shot", file=rows[0].path if rows else None, remedy="Write a row for each.")
    return tuple(made)


def _shot(row: Row, output: str, matte: str, values: Mapping[str, str]) -> ListedShot:
    given = {name: text.strip() for name, text in row.values.items() if text.strip()}
    name = given.pop("shot", "")
    if not _NAME.fullmatch(name) or name.endswith((".", " ")):
        raise row.wrong("shot", f"the name is {name!r}", "Use letters, digits, spaces, and . _ + - within.")
    word = given.pop("kind", "inpaint").lower().replace("plate ", "").replace("plate_", "")
    if word not in KIND_WORDS:
        raise row.wrong("kind", f"{word!r}", f"Use one of: {', '.join(KIND_WORDS)}.")
    made = KINDS[KIND_WORDS[word]]
    known = {one.name for one in fields(made)}
    usual = {**values, "output": output.replace("{shot}", name), "matte": matte.replace("{shot}", name)}
    settings = {column: _here(column, text) for column, text in usual.items() if text and column in known}
    for column, text in given.items():
        if column not in known:
            raise row.wrong(column, f"{word} has no such setting", "Leave it empty for this shot.")
        settings[column] = _beside(row.path, column, text)
    typed_values: dict[str, Any] = {}
    for column, text in settings.items():
        try:
            typed_values[column] = typed(made, column, text)
            _check(column, text)
        except JobError as error:
            raise row.wrong(column, error.message, error.remedy) from None
    for column in ("plate", "output", *(("matte",) if made is KINDS["inpaint"] else ())):
        if not typed_values.get(column):
            if column == "matte" and (typed_values.get("matte_channel") or typed_values.get("matte_objects")):
                typed_values["matte"] = ""
                continue
            raise row.wrong(column, "it is empty", f"Name the {column}.")
    try:
        job: Asked = made(**typed_values)
        kind_of(job)
    except JobError as error:
        column = next((one for one in settings if error.message.startswith(f"{one} is")), "")
        raise row.wrong(column, error.message, error.remedy) from None
    return ListedShot(name, FarmJob(kind_of(job), job), row.where)


def _check(column: str, text: str) -> None:
    """Refuse what would only be noticed as the shot runs."""
    if column == "matte_grow":
        parse_grow(text, 1000)
    elif column == "memory":
        parse_memory(text)
    elif column == "engine" and text not in ("auto", *NAMED):
        raise JobError(f"there is no engine {text!r}", remedy=f"Use auto, {', '.join(NAMED)}.")


def _beside(path: Path, column: str, text: str) -> str:
    """A path of the list: whole, or from the list's folder on."""
    if column not in PATHS:
        return text
    parts = text.split(",") if column == "painted" else [text]
    ends = "/" if text.endswith(("/", os.sep)) else ""
    whole = (os.path.join(path.parent, os.path.expanduser(part.strip())) for part in parts)  # noqa: PTH111, PTH118
    return ",".join(os.path.abspath(part) for part in whole) + ends  # noqa: PTH100


def _here(column: str, text: str) -> str:
    """A path of the command line: from the working folder on."""
    return _beside(Path.cwd() / "list", column, text)


def _folder(output: str) -> str:
    """The folder that a result and its report go to."""
    path = Path(output)
    return str(path if output.endswith("/") or not path.suffix else path.parent)
