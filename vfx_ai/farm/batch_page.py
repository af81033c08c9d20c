"""The page over all shots of a batch: one HTML file that opens from disk and asks nothing of the network."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from vfx_ai.proof.pages import rendered
from vfx_ai.proof.wording import counted, duration, percent

if TYPE_CHECKING:
    from vfx_ai.farm.night import Night, ShotResult


def page_html(night: Night, folder: Path) -> str:
    """The page; every word of it that comes from a file or a user is escaped.

    Args:
        night: what it tells.
        folder: where it will lie, for its links.
    """
    order = {"failed": 0}
    shots = sorted(night.shots, key=lambda one: order.get(one.state, 1))
    values = {
        "night": night,
        "shots": [(one, _link(one, folder), _tone(one)) for one in shots],
        "seconds": sum(one.seconds for one in night.shots if one.state == "done"),
    }
    filters: dict[str, Callable[..., Any]] = {
        "percent": lambda share: percent(*share),
        "duration": duration,
        "counted": counted,
    }
    return rendered("vfx_ai.farm", "batch.html.j2", values, filters)


def _link(shot: ShotResult, folder: Path) -> str:
    if not shot.report:
        return ""
    try:
        return quote(Path(os.path.relpath(shot.report, folder)).as_posix())
    except ValueError:  # another drive of Windows
        return Path(shot.report).absolute().as_uri()


def _tone(shot: ShotResult) -> str:
    if shot.state == "failed":
        return "stop"
    if shot.state in ("left", "submitted"):
        return "know"
    return str(shot.figures.get("review", "look")) if shot.figures.get("review") in ("go", "look", "stop") else "look"
