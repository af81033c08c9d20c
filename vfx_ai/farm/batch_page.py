"""The page over all shots of a batch: one HTML file that opens from disk and asks nothing of the network."""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from jinja2 import Environment, FunctionLoader, StrictUndefined

from vfx_ai.proof.wording import counted, duration, percent

if TYPE_CHECKING:
    from vfx_ai.farm.night import Night, ShotResult


def page_html(night: Night, folder: Path) -> str:
    """The page; every word of it that comes from a file or a user is escaped.

    Args:
        night: what it tells.
        folder: where it will lie, for its links.
    """
    environment = Environment(
        loader=FunctionLoader(_asset), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(percent=lambda share: percent(*share), duration=duration, counted=counted)
    order = {"failed": 0}
    shots = sorted(night.shots, key=lambda one: order.get(one.state, 1))
    made: str = environment.get_template("batch.html.j2").render(
        night=night,
        shots=[(one, _link(one, folder), _tone(one)) for one in shots],
        style=files("vfx_ai.proof").joinpath("report.css").read_text("utf-8"),
        seconds=sum(one.seconds for one in night.shots if one.state == "done"),
    )
    return made


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


def _asset(name: str) -> str:
    return files("vfx_ai.farm").joinpath(name).read_text("utf-8")
