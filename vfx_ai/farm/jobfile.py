"""The job that a farm's machines read: a small JSON file, checked as a stranger's; and values as people type them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from vfx_ai.errors import InputError, JobError
from vfx_ai.farm.mapping import Rule, mapped
from vfx_ai.job import SCHEMA, Job
from vfx_ai.media.plain_file import open_plain
from vfx_ai.plates.jobs import Clean, Extend
from vfx_ai.reading import read

Asked = Job | Clean | Extend
KINDS: dict[str, type[Asked]] = {"inpaint": Job, "plate_clean": Clean, "plate_extend": Extend}
STEMS = {"inpaint": "clean", "plate_clean": "clean", "plate_extend": "wide"}  # of a result whose name isn't given
PATHS = ("plate", "matte", "output", "camera", "painted", "reference", "policy", "models_dir")  # fields that name files
MOST_BYTES = 1_000_000
_YES, _NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class FarmJob:
    """What is asked, with its kind, one of KINDS."""

    kind: str
    job: Asked

    def to_json(self) -> str:
        """The text of its file."""
        whole = {"schema": SCHEMA, "kind": self.kind, "job": asdict(self.job)}
        return json.dumps(whole, indent=2, sort_keys=True) + "\n"


def kind_of(job: Asked) -> str:
    """The kind that a job is of.

    Raises:
        JobError: it can't be shared by machines.
    """
    for kind, made in KINDS.items():
        if type(job) is made:
            if getattr(job, "single", False):
                raise JobError("a single plate is made in one piece", remedy="Make it with `vfx-ai plate clean`.")
            return kind
    raise JobError(f"a {type(job).__name__} can't be shared by machines", remedy="Run it on one machine.")


def read_job(path: Path) -> FarmJob:
    """The job that a file holds.

    Raises:
        InputError: it can't be read, is too large, or no JSON.
        JobError: it is no job, or a field is unknown or of the wrong type.
    """
    data = read_json(path, "job")
    if not isinstance(data, dict) or set(data) != {"schema", "kind", "job"}:
        raise JobError("it is no job of a farm", file=path, remedy="Write it with `vfx-ai submit`.")
    kind = data["kind"]
    if not isinstance(kind, str) or kind not in KINDS:
        raise JobError(f"the job's kind is {str(kind)[:60]!r}", file=path, remedy=f"Use one of: {', '.join(KINDS)}.")
    if not isinstance(data["job"], dict):
        raise JobError("what is asked is no object", file=path, remedy="Write it with `vfx-ai submit`.")
    try:
        job = read(KINDS[kind], {**data["job"], "schema": data["schema"]}, versioned=True)
        kind_of(job)
    except JobError as error:
        raise JobError(error.message, file=path, remedy=error.remedy) from None
    return FarmJob(kind, job)


def read_json(path: Path, what: str) -> object:
    """What a small JSON file holds.

    Raises:
        InputError: it can't be read, is too large or too deep, or no JSON.
    """
    remedy = "Write it anew with `vfx-ai submit`."
    try:
        with open_plain(path) as file:
            text = file.read(MOST_BYTES + 1)
        if len(text) > MOST_BYTES:
            raise InputError(f"the {what} is larger than {MOST_BYTES:,} bytes", file=path, remedy=remedy)
        return json.loads(text.decode("utf-8"))
    except OSError as error:
        raise InputError(f"the {what} can't be read: {error.strerror or error}", file=path, remedy=remedy) from None
    except (ValueError, RecursionError) as error:
        told = "it is nested too deep" if isinstance(error, RecursionError) else f"it is no JSON: {error}"
        raise InputError(f"the {what} can't be read: {told}", file=path, remedy=remedy) from None


def typed(made: type[Asked], name: str, text: str) -> object:
    """The value of a field from what a person typed.

    Raises:
        JobError: there is no such field, or the text is no value of it.
    """
    kinds = {one.name: str(one.type) for one in fields(made)}
    if name not in kinds:
        raise JobError(f"there is no setting {name!r}", remedy=f"Use among: {', '.join(kinds)}.")
    kind, word = kinds[name], text.strip()
    try:
        if kind == "bool":
            if word.lower() not in (*_YES, *_NO):
                raise ValueError
            return word.lower() in _YES
        if kind == "int":
            return int(word)
        if kind == "float | None":
            return float(word) if word else None
    except ValueError:
        needed = {"bool": "true or false", "int": "a whole number"}.get(kind, "a number")
        raise JobError(f"{name} is {text!r}", remedy=f"Give {needed}.") from None
    return text


def changed(farm_job: FarmJob, values: Mapping[str, str], rules: tuple[Rule, ...] = ()) -> FarmJob:
    """The job with some fields as typed; an empty text leaves a field; then paths as a machine knows them.

    Raises:
        JobError: a field is unknown, or a value makes no sense.
    """
    made = KINDS[farm_job.kind]
    given = {name: typed(made, name, text) for name, text in values.items() if text}
    job = replace(farm_job.job, **given)  # type: ignore[arg-type]
    paths = {name: mapped_field(name, text, rules) for name, text in _paths(job).items()}
    return FarmJob(farm_job.kind, replace(job, **paths))  # type: ignore[arg-type]


def mapped_field(name: str, text: str, rules: tuple[Rule, ...]) -> str:
    """A field that names files, as another machine knows them."""
    if name == "painted":
        return ",".join(mapped(part.strip(), rules) for part in text.split(",") if part.strip())
    return mapped(text, rules)


def check_paths(farm_job: FarmJob, file: Path) -> None:
    """Refuse paths in a job from a file that mean something else on each machine, or lead elsewhere than they say.

    Raises:
        JobError: one is relative, goes up, or holds control characters.
    """
    for name, text in _paths(farm_job.job).items():
        for part in text.split(",") if name == "painted" else (text,):
            word = part.strip()
            if not word:
                continue
            if _CONTROL.search(word):
                fault = "holds control characters"
            elif not os.path.isabs(word):  # noqa: PTH117
                fault = "is no whole path of this machine"
            elif ".." in Path(word).parts:
                fault = "goes up by .."
            else:
                continue
            raise JobError(
                f"the job's {name} {fault}: {word[:200]!r}",
                file=file,
                remedy="Give whole paths, and path mapping rules where machines know them by other names.",
            )


def _paths(job: Asked) -> dict[str, str]:
    return {name: value for name in PATHS if (value := getattr(job, name, ""))}
