"""Pages of HTML that open from disk and ask nothing of the network; every word from a file or a user is escaped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined

STYLE = ("vfx_ai.proof", "report.css")  # of all pages but the board's


def asset(package: str, name: str) -> str:
    """The text of a file that lies in a package: a template, a style, a script."""
    return files(package).joinpath(name).read_text("utf-8")


def rendered(
    package: str,
    template: str,
    values: Mapping[str, Any],
    filters: Mapping[str, Callable[..., Any]] | None = None,
    style: tuple[str, str] = STYLE,
) -> str:
    """A page.

    Args:
        package: where the template lies.
        template: its name.
        values: what it shows; a name that it uses and isn't here is an error, not a gap.
        filters: that it uses.
        style: package and name of the style sheet, which it has as `style`.
    """
    environment = Environment(
        loader=FunctionLoader(partial(asset, package)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(filters or {})
    made: str = environment.get_template(template).render({"style": asset(*style), **values})
    return made
