"""What the worker's doctor says, for the preferences."""

from typing import Any

import bpy

from . import settings, starting, wording

_state: dict[str, Any] = {"asked": "", "lines": (), "icon": "BLANK1"}


def ask() -> None:
    """Ask the doctor; the answer comes through `heard`."""
    starting.ask()  # first: what it answers is told with the doctor's
    _state.update(asked=starting.client().ask("doctor"), lines=("Asking …",), icon="SORTTIME")


def asking() -> bool:
    """Whether an answer is awaited."""
    return bool(_state["asked"])


def lines() -> tuple[str, ...]:
    """What there is to be told."""
    return tuple(_state["lines"])


def heard(event: Any) -> bool:
    """Whether an event was about that question."""
    if event.job is None or event.job != _state["asked"] or event.kind not in ("finished", "failed"):
        return False
    _state["asked"] = ""
    if event.kind == "failed":
        _state.update(lines=(event.data["error"]["text"],), icon="ERROR")
        return True
    found = event.data["result"]
    missing = found.get("missing") or ()
    rows = dict(found.get("rows") or ())
    first = f"vfx-ai {starting.says().get('version', '')}, Python {rows.get('Python', '?').split(' ')[0]}"
    told = (f"Missing: {', '.join(missing)}. Install vfx-ai again.",) if missing else ()
    _state.update(
        lines=(first, *told, *wording.allows(found.get("allows") or (), settings.labels())),
        icon="ERROR" if missing else "CHECKMARK",
    )
    return True


def draw(layout: bpy.types.UILayout) -> None:
    """The answer."""
    if not _state["lines"]:
        return
    column = layout.box().column(align=True)
    for text in _state["lines"]:
        for index, line in enumerate(wording.wrapped(text, 640)):
            column.label(text=line, icon="BLANK1" if index or text != _state["lines"][0] else _state["icon"])
