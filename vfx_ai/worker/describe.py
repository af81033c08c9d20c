"""What a worker says of itself and of its machine."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import vfx_ai
from vfx_ai.errors import VfxAiError
from vfx_ai.fill import NAMED
from vfx_ai.job import SCHEMA
from vfx_ai.matte.weights import find_sam
from vfx_ai.model_folder import models_folder
from vfx_ai.studio.models import registered
from vfx_ai.versions import versions
from vfx_ai.worker.kinds import KINDS, RUNNABLE

PROTOCOLS = (1,)  # that are spoken; a change that an older client can't follow gets a new number


def described(devices: list[dict[str, Any]], fault: str = "") -> dict[str, Any]:
    """Versions, what can be asked and with which fields, engines, models and devices.

    Args:
        devices: what computes there, the best first.
        fault: why these couldn't be asked.
    """
    return {
        "version": vfx_ai.__version__,
        "versions": versions(),
        "protocols": list(PROTOCOLS),
        "schema": SCHEMA,
        "kinds": {name: kind.says for name, kind in KINDS.items() if kind.how != "inner"},
        "fields": {name: [field.name for field in fields(KINDS[name].made)] for name in RUNNABLE},
        "engines": [{"name": name, "puts": row.puts, "suits": row.suits} for name, row in NAMED.items()],
        "models": {"folder": str(models_folder()), "sam": _sam(), "registered": _registered()},
        "devices": devices,
        **({"fault": fault} if fault else {}),
    }


def _registered() -> list[dict[str, Any]]:
    """What a host's menu needs of each model on this machine; none where a record can't be read."""
    try:
        found = registered()
    except VfxAiError:
        return []
    told = ("name", "family", "task", "licence", "uses", "base", "conditions")
    return [{name: value for name, value in model.told().items() if name in told} for model in found]


def _sam() -> str:
    try:
        return str(find_sam("") or "")
    except VfxAiError:
        return ""
