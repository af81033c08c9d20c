"""The JSON Schema of a job, from the dataclass that it is read into: `vfx-ai worker --schema inpaint`."""

from __future__ import annotations

import re
from dataclasses import MISSING, Field, fields
from inspect import getdoc
from typing import Any

from vfx_ai.job import CHOICES, SCHEMA
from vfx_ai.worker.kinds import KINDS, VERSION_KEY

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TYPES: dict[str, dict[str, Any]] = {
    "str": {"type": "string"},
    "Missing": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number", "minimum": 0, "maximum": 1},  # all of them are shares
    "float | None": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
    "bool": {"type": "boolean"},
    "tuple[str, ...]": {"type": "array", "items": {"type": "string"}},
}


def schema_of(kind: str) -> dict[str, Any]:
    """The JSON Schema of what the kind of job `kind` is asked by; see `kinds.KINDS`."""
    row = KINDS[kind]
    told, parts = _attributes(row.made), fields(row.made)
    return {
        "$schema": DIALECT,
        "title": f"vfx-ai {kind}, schema {SCHEMA}",
        "description": (getdoc(row.made) or "").split("\n\n")[0],
        "type": "object",
        "properties": {VERSION_KEY: {"const": SCHEMA}} | {part.name: _property(part, told) for part in parts},
        "required": [VERSION_KEY, *(part.name for part in parts if part.default is MISSING)],
        "additionalProperties": False,
    }


def _property(part: Field[Any], told: dict[str, str]) -> dict[str, Any]:
    made = {"description": told[part.name], **_TYPES[str(part.type)]}
    if part.name in CHOICES:
        made["enum"] = list(CHOICES[part.name])
    if made["type"] == "integer":
        made["minimum"] = 0
    if part.default is not MISSING:
        made["default"] = list(part.default) if isinstance(part.default, tuple) else part.default
    return made


def _attributes(made: type) -> dict[str, str]:
    """What a dataclass's docstring says of each attribute."""
    text = (getdoc(made) or "").partition("Attributes:\n")[2]
    found = re.findall(r"^    (\w+): (.+(?:\n {5,}.+)*)", text, re.MULTILINE)
    return {name: " ".join(words.split()) for name, words in found}
