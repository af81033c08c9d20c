"""Paths as another machine knows them, by the rules that a session of Open Job Description hands to a task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

from vfx_ai.errors import JobError

FLAVORS: dict[str, type[PurePath]] = {"POSIX": PurePosixPath, "WINDOWS": PureWindowsPath}
MOST_RULES = 1000


@dataclass(frozen=True)
class Rule:
    """What lies in folder `source` of one kind of machine lies in `destination` here."""

    flavor: str
    source: str
    destination: str


def rules_from(data: object, file: Path) -> tuple[Rule, ...]:
    """The rules that a file of `pathmapping-1.0` holds, the longest source first.

    Args:
        data: what its JSON is.
        file: for the error.

    Raises:
        JobError: it is no such file.
    """
    fault = JobError("these are no path mapping rules", file=file, remedy="Use a file of version pathmapping-1.0.")
    if data == {}:
        return ()
    if not isinstance(data, dict) or data.get("version") != "pathmapping-1.0":
        raise fault
    listed = data.get("path_mapping_rules", [])
    if not isinstance(listed, list) or len(listed) > MOST_RULES:
        raise fault
    rules = []
    for one in listed:
        names = ("source_path_format", "source_path", "destination_path")
        if not isinstance(one, dict) or any(not isinstance(one.get(name), str) for name in names):
            raise fault
        rule = Rule(one["source_path_format"].upper(), one["source_path"], one["destination_path"])
        if rule.flavor not in FLAVORS or not rule.source or not rule.destination:
            raise fault
        rules.append(rule)
    return tuple(sorted(rules, key=lambda rule: -len(FLAVORS[rule.flavor](rule.source).parts)))


def mapped(path: str, rules: Sequence[Rule]) -> str:
    """A path by the first rule whose source it lies in; else as it is."""
    for rule in rules:
        flavor = FLAVORS[rule.flavor]
        whole, source = flavor(path), flavor(rule.source)
        if whole.is_relative_to(source):
            return str(Path(rule.destination, *whole.relative_to(source).parts))
    return path
