"""YAML that people write, read so that it can't grow without end, and can't say one thing twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from vfx_ai.errors import InputError
from vfx_ai.media.plain_file import open_plain

MOST_BYTES = 262_144
_MERGE = "tag:yaml.org,2002:merge"  # `<<`, which says fields that stand elsewhere


class NoYaml(ValueError):  # noqa: N818
    """It can't be read; `line` counts from 0, None: it isn't known which."""

    def __init__(self, line: int | None, what: str) -> None:
        super().__init__(what if line is None else f"line {line + 1}: {what}")
        self.line, self.what = line, what


def read_text(path: Path, name: str) -> str:
    """The text of a file, UTF-8, whose lines end alike on all systems; `name` is what it is called in messages.

    Raises:
        InputError: it can't be read, is too large, or isn't UTF-8.
    """
    try:
        with open_plain(path) as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise InputError(
            f"the {name} can't be read: {error.strerror or error}", file=path, remedy="Check the path."
        ) from None
    if len(data) > MOST_BYTES:
        raise InputError(f"a {name} has at most {MOST_BYTES:,} bytes", file=path, remedy="Say it shorter.")
    try:
        # A line's end must not change what it is signed as.
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise InputError(f"the {name} isn't UTF-8", file=path, remedy="Save it as UTF-8.") from None


def composed(text: str, deepest: int) -> yaml.Node | None:
    """What a text says, as nodes that know their lines; None: nothing.

    Raises:
        NoYaml: it is none, has an alias or a key twice, or is nested deeper than `deepest`.
    """
    try:
        depth = 0
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            line = None if event.start_mark is None else event.start_mark.line
            if isinstance(event, yaml.AliasEvent):
                raise NoYaml(line, "it has an alias: write it out")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > deepest:
                raise NoYaml(line, "it is nested too deep")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
        why = problem or " ".join(str(error).split())
        raise NoYaml(None if mark is None else mark.line, f"it is no YAML: {why}") from None
    if node is not None:
        _refuse_twice(node)
    return node


def loaded(text: str, deepest: int) -> Any:
    """The same as Python's plain types.

    Raises:
        NoYaml: see `composed`.
    """
    node = composed(text, deepest)
    try:
        return None if node is None else yaml.SafeLoader("").construct_document(node)
    except (yaml.YAMLError, ValueError) as error:  # a date such as 2026-13-45 is a ValueError
        raise NoYaml(None, f"it is no YAML: {' '.join(str(error).split())}") from None


def _refuse_twice(node: yaml.Node) -> None:
    if isinstance(node, yaml.MappingNode):
        said = set()
        for key, value in node.value:
            word = str(key.value) if isinstance(key, yaml.ScalarNode) else None
            if word in said or key.tag == _MERGE:
                what = f"{word} is said twice" if word in said else "fields are merged by <<: write them out"
                raise NoYaml(None if key.start_mark is None else key.start_mark.line, what)
            if word is not None:
                said.add(word)
            _refuse_twice(value)
    elif isinstance(node, yaml.SequenceNode):
        for one in node.value:
            _refuse_twice(one)
